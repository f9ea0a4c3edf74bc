"""What figures, days and states look like; expected texts by hand."""

import itertools
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from django.template import engines
from djmoney.money import Money
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.templatetags import charts, zhirong


def page(source: str, **context: object) -> str:
    return engines["django"].from_string("{% load zhirong %}" + source).render(context)


def test_one_amount_looks_the_same_as_fen_as_money_and_as_decimal() -> None:
    for amount in (183000000, Money("1830000.00", "CNY"), Decimal("1830000")):
        assert page("{{ a|yuan }} {{ a|wan }} {{ a|money }}", a=amount) == "1,830,000.00 183.00 183.00 万元"


def test_small_amounts_stay_in_yuan_and_nothing_is_a_dash() -> None:
    assert page("{{ a|money }}", a=999999) == "9,999.99 元"
    assert page("{{ a|money }}", a=1000000) == "1.00 万元"
    assert page("{{ a|money }}", a=-123456789) == "-123.46 万元"
    assert page("{{ a|yuan }}{{ a|wan }}{{ a|money }}{{ a|percent }}{{ a|cnday }}", a=None) == "—————"
    assert page("{{ a|yuan }}", a=0) == "0.00"


@pytest.mark.parametrize("amount", [1.5, True, "1830000.00", Decimal("0.001")])
def test_a_float_a_text_or_part_of_a_fen_is_a_programmers_error(amount: object) -> None:
    with pytest.raises(TypeError):
        zhirong.yuan(amount)


def test_a_share_is_rounded_half_up_and_a_float_refused() -> None:
    assert zhirong.percent(Fraction(1, 3)) == "33.3%"
    assert zhirong.percent(Fraction(1, 2000), 1) == "0.1%"  # 0.05 % : half goes up
    assert zhirong.percent(Decimal("-0.0005"), 1) == "-0.1%"
    assert zhirong.percent(12) == "1,200.0%"
    assert zhirong.percent(Fraction(79, 100), 0) == "79%"
    with pytest.raises(TypeError):
        zhirong.percent(0.79)


def test_a_moment_is_shown_as_the_day_in_shanghai() -> None:
    late = datetime(2026, 11, 19, 16, 30, tzinfo=UTC)
    assert (
        page("{{ d|cnday }} {{ d|isoday }} {{ d|moment }}", d=late)
        == "2026年11月20日 2026-11-20 2026-11-20 00:30"
    )
    assert page("{{ d|cnday }} {{ d|isoday }}", d=date(2026, 1, 5)) == "2026年1月5日 2026-01-05"


def test_a_badge_always_says_its_state_in_a_word() -> None:
    assert page("{% badge '已付款' 'paid' %}") == '<span class="zr-badge zr-badge-good">已付款</span>'
    stranger = page("{% badge label 'nobody knows' %}", label="<b>")
    assert stranger == '<span class="zr-badge zr-badge-plain">&lt;b&gt;</span>'


@pytest.mark.parametrize(
    ("used", "word", "share"),
    [
        (0, "有余量", "0.0%"),
        (7499, "有余量", "75.0%"),
        (7500, "接近上限", "75.0%"),
        (10000, "已用满", "100.0%"),
        (10001, "已超限", "100.1%"),
    ],
)
def test_a_limit_says_in_words_how_near_it_is(used: int, word: str, share: str) -> None:
    shown = page("{% limit_meter '额度' used 10000 near=near %}", used=used, near=Fraction(3, 4))
    assert f">{word}</span>" in shown
    assert share in shown


def test_a_limit_of_zero_is_full_or_over_and_never_a_division_by_zero() -> None:
    assert ">已用满</span>" in page("{% limit_meter '额度' 0 0 %}")
    assert ">已超限</span>" in page("{% limit_meter '额度' 1 0 %}")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 10**14), min_size=1, max_size=8))
def test_the_parts_of_a_stack_fill_the_bar_without_gap_or_overlap(amounts: list[int]) -> None:
    drawn = str(charts.stack([(f"第{n}", amount, "") for n, amount in enumerate(amounts)]))
    pieces = [(int(x), int(width)) for x, width in re.findall(r'<rect x="(\d+)" y="2" width="(\d+)"', drawn)]
    assert pieces[0][0] == 0
    assert all(x + width == next_x for (x, width), (next_x, _) in itertools.pairwise(pieces))
    assert pieces[-1][0] + pieces[-1][1] == (charts.WIDTH if sum(amounts) else 0)


def test_the_largest_bar_is_full_and_a_chart_can_be_read_aloud() -> None:
    drawn = page("{% svg_bars rows %}", rows=[("济宁银行", 200), ("<重庆>", -100)])
    assert f'width="{charts.WIDTH}" height="10" fill="{charts.SHADES[1]}"' in drawn
    assert f'width="{charts.WIDTH // 2}" height="10" fill="{charts.NEGATIVE}"' in drawn
    assert 'role="img" aria-label="济宁银行 2.00 元、&lt;重庆&gt; -1.00 元"' in drawn


@settings(deadline=None)
@given(st.integers(0, 10**12), st.lists(st.integers(-(10**12), 10**12), max_size=8))
def test_a_bridge_is_drawn_from_where_the_sum_stood_to_where_it_stands(start: int, steps: list[int]) -> None:
    """Each drawn bar begins where the one before it ended, and none leaves the picture."""
    end = start + sum(steps)
    svg = charts.waterfall(
        ("前", start, "a"), [(f"步{n}", fen, "b") for n, fen in enumerate(steps)], ("后", end, "c")
    )
    drawn = re.findall(r'<rect x="(-?\d+)" y="\d+" width="(-?\d+)" height="10" fill="(?!#e7ebf1)', str(svg))
    assert len(drawn) == len(steps) + 2
    for left, width in drawn:
        assert int(left) >= 0
        assert int(width) >= 0
        assert int(left) + int(width) <= charts.WIDTH + 1


def test_a_bridge_that_does_not_reach_its_other_end_is_a_programmers_error() -> None:
    with pytest.raises(AssertionError):
        charts.waterfall(("前", 1, "a"), [("步", 1, "b")], ("后", 3, "c"))
