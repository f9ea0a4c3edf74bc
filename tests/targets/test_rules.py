"""Targets and observations: the file reads, the shares of the reference come out, warnings stand before a comparison."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from kernel.errors import Refused
from kernel.strict_yaml import read_file, read_text
from portal.targets import saying
from portal.targets.reading import read_book
from portal.targets.rules import Book, Figure, Growth, Observation, Target, beside, growth
from portal.targets.saying import target_text, warnings_of

FOLDER = Path(__file__).resolve().parents[2] / "policies" / "kpi"
TARGETS, KEYS = ((FOLDER / name).read_text(encoding="utf-8") for name in ("targets.yaml", "keys.yaml"))
BOOK: Book = read_book(read_file(FOLDER / "targets.yaml"), read_file(FOLDER / "keys.yaml"))
ON = dt.date(2026, 11, 20)


def target(key: str, region: str = "500000") -> Target:
    return next(one for one in BOOK.targets if (one.key, one.region) == (key, region))


def observed(book: Book, one: Target, on: dt.date) -> tuple[Figure, ...]:
    figures, _why = saying.observed(book, one, on)
    return figures


def seen(one: Target, on: dt.date = ON) -> Figure:
    (figure,) = observed(BOOK, one, on)
    return figure


def test_the_file_is_whole_and_every_key_has_a_name() -> None:
    assert (len(BOOK.targets), len(BOOK.observations), len(BOOK.limits)) == (43, 11, 7)
    assert set(BOOK.keys) == {one.key for one in (*BOOK.targets, *BOOK.observations)}


@pytest.mark.parametrize(
    ("key", "share", "met"),
    [
        ("valid_registered_marks", "100.44%", True),
        ("geographical_indications", "91.43%", False),
        ("madrid_marks", "63.60%", False),
    ],
)
def test_attainment_of_chongqing_in_2020_is_that_of_the_reference(key: str, share: str, met: bool) -> None:
    figure = seen(target(key))
    assert (figure.share_text, figure.met) == (share, met)


def test_a_near_key_is_shown_with_its_warning_and_its_own_name() -> None:
    figure = seen(target("geographical_indications"))
    assert "地理标志商标" in figure.label
    assert "口径不同" in figure.caution
    assert observed(BOOK, target("foreign_related_marks"), ON) == ()  # no figure: none is made from its part


def test_an_observation_is_not_known_before_its_day_and_one_after_the_end_does_not_count() -> None:
    assert observed(BOOK, target("madrid_marks"), dt.date(2020, 3, 30)) == ()
    early = replace(target("madrid_marks"), by=dt.date(2019, 12, 31))
    assert observed(BOOK, early, ON) == ()


def test_another_years_figure_is_shown_and_not_compared() -> None:
    figure = seen(target("ip_pledge_financing_in_year", "500103"))
    assert (figure.value, figure.share, figure.met) == (70_000_000, None, None)
    assert "2024 年的数" in figure.caution


def test_warnings_say_what_a_reader_must_know_first() -> None:
    told = {
        "madrid_marks": "是“涉外商标”的一部分",
        "valid_invention_patents_per_10k": "基期 2024 年：44.42 件/万人",
        "ip_pledge_financing_cumulative": "没有写明累计自何时起",
        "firms_with_raised_brand_value": "原文为“上千个”",
        "international_marks": "含马德里商标",
    }
    for key, words in told.items():
        asked = [one for one in BOOK.targets if one.key == key]
        assert any(words in "；".join(warnings_of(BOOK, one)) for one in asked), key


def test_above_leaves_the_number_out_and_a_range_begins_at_its_lower_end() -> None:
    above, span = target("ip_pledge_financing_in_year", "500103"), target("global_brands", "370800")
    words = {"label": "", "source": ""}
    assert [beside(above, Fraction(fen, 100), **words).met for fen in (100_000_000_00, 100_000_000_01)] == [
        False,
        True,
    ]
    assert [beside(span, Fraction(count), **words).met for count in (2, 3, 6)] == [False, True, True]
    assert (target_text(above), target_text(span)) == ("超过 100,000,000 元", "3 至 5 个")


def test_a_part_below_the_target_says_nothing_and_a_part_above_it_does() -> None:
    support, words = target("ip_fiscal_support_cumulative", "500103"), {"label": "", "source": ""}
    figures = [beside(support, Fraction(value), at_least=True, **words) for value in (8_999_999, 9_000_000)]
    assert [one.met for one in figures] == [None, True]


def test_a_window_that_the_file_names_makes_a_cumulative_target_comparable() -> None:
    text = TARGETS.replace(
        "key: ip_pledge_financing_cumulative",
        "key: ip_pledge_financing_cumulative\n  window_from: 2026-01-01",
    )
    book = read_book(read_text(text), read_text(KEYS))
    (asked,) = [one for one in book.targets if one.key == "ip_pledge_financing_cumulative"]
    assert asked.window_from == dt.date(2026, 1, 1)
    assert "累计自 2026-01-01 起" in warnings_of(book, asked)


def test_every_fault_of_the_files_is_told_at_once() -> None:
    wrong = TARGETS
    for right, fault in (
        ("key: madrid_marks\n", "key: madrid_mark\n"), ("op: ge\n", "op: atleast\n"), ("by: 2022-12-31", "by: 2022-13-31"),
        ("region: '370800'", "region: '3708'"), ("value: '0.42'", "value: 0.42"), ("value: '280'", "value: '0'"),
        ("    working_days: 5\n", "    working_days: 5\n    days: 5\n"),
        ("kpi_observations:", "kpi_other: x\nkpi_observations:"),
    ):  # fmt: skip
        assert right in wrong
        wrong = wrong.replace(right, fault, 1)
    with pytest.raises(Refused) as refused:
        read_book(read_text(wrong), read_text(KEYS))
    told = str(refused.value)
    for words in (
        "是不是 madrid_marks？",
        "atleast",
        "2022-13-31",
        "“3708”",
        "0.42",
        "须大于零",
        "两种都写了",
        "kpi_other",
    ):
        assert words in told, words


def test_figures_of_one_key_are_counted_in_units_that_can_be_compared() -> None:
    seen = "- source: 公报\n  region: '370900'\n  observed_on: 2024-12-31\n  key: valid_registered_marks\n"
    wrong = TARGETS.replace("kpi_observations:\n", f"kpi_observations:\n{seen}  value: '7'\n  unit: 只\n", 1)
    with pytest.raises(Refused, match="以“只”计"):
        read_book(read_text(wrong), read_text(KEYS))


def test_keys_are_read_strictly() -> None:
    wrong = KEYS.replace("counts: in_year", "counts: yearly", 1).replace("measure: fiscal", "mesure: fiscal")
    with pytest.raises(Refused, match="yearly") as refused:
        read_book(read_text(TARGETS), read_text(wrong.replace("key: gi_marks,", "key: gi_mark,")))
    for words in ("是不是 measure？", "gi_mark"):
        assert words in str(refused.value)


GROWTH = "valid_registered_marks_growth"


def of_marks(*stated: tuple[str, str]) -> Book:
    seen = [
        Observation("统计公报", "370800", dt.date.fromisoformat(day), "valid_registered_marks", Fraction(value), "件")
        for day, value in stated
    ]  # fmt: skip
    return replace(BOOK, observations=(*BOOK.observations, *seen))


@pytest.mark.parametrize(
    ("stated", "why"),
    [
        ((), "不算倍数：2017 年的有效注册商标没有数"),
        ((("2021-06-30", "70000"),), "不算倍数：2017 年的有效注册商标没有数"),
        ((("2016-12-31", "30000"), ("2021-06-30", "70000")), "不算倍数：2017 年的有效注册商标没有数"),
        ((("2017-12-31", "0"), ("2021-06-30", "70000")), "不算倍数：2017 年的有效注册商标为零"),
        ((("2017-12-31", "30000"),), "不算倍数：2017 年之后的有效注册商标没有数"),
        ((("2017-12-31", "30000"), ("2023-01-01", "70000")), "不算倍数：2017 年之后的有效注册商标没有数"),
    ],
)
def test_a_multiple_is_never_guessed_and_the_reason_is_said(stated: tuple, why: str) -> None:
    assert saying.observed(of_marks(*stated), target(GROWTH, "370800"), ON) == ((), why)


@pytest.mark.parametrize(
    ("now", "multiple", "met"), [("60000", Fraction(2), True), ("59999", Fraction(59999, 30000), False)]
)
def test_a_multiple_is_the_stock_over_that_of_the_base_year(now: str, multiple: Fraction, met: bool) -> None:
    book = of_marks(("2017-06-30", "29000"), ("2017-12-31", "30000"), ("2022-12-31", now))
    ((figure,), why) = saying.observed(book, target(GROWTH, "370800"), ON)
    assert (figure.value, figure.met, why) == (multiple, met, "")
    assert figure.label == f"{int(now):,} 件（2022-12-31）÷ 30,000 件（2017 年）"
    assert saying.figure_text(figure.value, figure.unit) == (
        "2 倍" if met else "1.999966 倍"
    )  # never rounded up to it


def test_a_multiple_of_amounts_counts_both_in_one_unit() -> None:
    now = Observation("公报", "370800", dt.date(2022, 12, 31), "x", Fraction(20000), "万元")
    assert Growth(now, Fraction(1), "亿元").multiple == 2


def test_a_base_that_the_plan_states_goes_before_an_observation() -> None:
    stated = replace(target(GROWTH, "370800"), baseline=Fraction(20000))
    found = growth(of_marks(("2017-12-31", "30000"), ("2021-12-31", "70000")), stated, ON)
    assert found is not None
    assert found.multiple == Fraction(7, 2)
    assert growth(BOOK, target("madrid_marks"), ON) is None


def test_amounts_written_in_other_units_of_money_are_the_same_amounts() -> None:
    """1.5 亿元 is 150,000,000 yuan, and an observation in 万元 stands beside a target in yuan or 亿元."""
    financing, own_year = "ip_pledge_financing_in_year", dt.date(2025, 12, 31)
    for unit, low in (("元", "150000000"), ("万元", "15000"), ("亿元", "1.5")):
        asked = replace(target(financing, "500103"), low=Fraction(low), unit=unit)
        for seen_unit, value in (("元", "75000000"), ("万元", "7500"), ("亿元", "0.75")):
            one = Observation("年报", "500103", own_year, financing, Fraction(value), seen_unit)
            (figure,) = observed(replace(BOOK, observations=(one,)), asked, ON)
            assert (figure.share, figure.met, figure.unit) == (Fraction(1, 2), False, unit)


@pytest.mark.parametrize(
    ("right", "fault", "told"),
    [
        ("value: '502200'\n  unit: 件", "value: '50.22'\n  unit: 万件", "目标以“件”计"),
        ("value: '256'\n  unit: 件", "value: '256'\n  unit: 个", "gi_marks 的观测值以“个”计"),
        ("value: '150000000'\n  unit: 元", "value: '150000000'\n  unit: 件", "件 不是金额单位"),
        ("value: '2.00'\n  unit: 倍", "value: '2.00'\n  unit: 比例", "比例 不是倍"),
        ("value: '0.42'", "value: '42'", "42% 写成 '0.42'"),
        ("value: '18.5'", "value: '18.5000001'", "最多 6 位小数"),
        ("  baseline_year: 2024\n  baseline: '44.42'", "  baseline: '44.42'", "没有写年份"),
        ("  baseline_year: 2017\n  baseline: unknown\n", "", "增长要有基期年份"),
        ("key: geographical_indications", "key: valid_registered_marks", "已有一个目标"),
    ],
)
def test_what_would_be_compared_wrongly_is_refused_with_its_place(right: str, fault: str, told: str) -> None:
    assert right in TARGETS
    with pytest.raises(Refused) as refused:
        read_book(read_text(TARGETS.replace(right, fault, 1)), read_text(KEYS))
    assert told in str(refused.value)
    assert "targets.yaml kpi_" in str(refused.value)
