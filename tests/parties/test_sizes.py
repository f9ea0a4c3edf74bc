"""The size class of a firm: the file's own tests, the and/or trap at every bound, what is missing, a faulty file."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.parties.sizes import CLASSES, Gap, failing_examples, load_standard, size_class
from kernel.errors import Refused

FILE = Path(__file__).resolve().parents[2] / "policies" / "standards" / "sme_standard.yaml"
STANDARD = load_standard(FILE)
TEXT = FILE.read_text(encoding="utf-8")
INDUSTRIES = st.sampled_from(sorted(STANDARD.industries))
FIGURES = st.lists(st.integers(0, 250_000), min_size=3, max_size=3)
# worked out from the table of 16 industries by the rule itself, not by the code: the least of what each indicator reaches
BY_HAND = [
    ("industry", {"staff": 1000, "revenue": 40000}, "large"), ("industry", {"staff": 1000, "revenue": 39999}, "medium"),
    ("industry", {"staff": 20, "revenue": 299}, "micro"), ("construction", {"revenue": 6000, "assets": 4999}, "small"),
    ("wholesale", {"staff": 5, "revenue": 999}, "micro"), ("retail", {"staff": 50, "revenue": 500}, "medium"),
    ("post", {"staff": 1000, "revenue": 30000}, "large"), ("information", {"staff": 1999, "revenue": 100000}, "medium"),
    ("real_estate", {"revenue": 200000, "assets": 10000}, "large"), ("property", {"staff": 300, "revenue": 999}, "small"),
    ("leasing_business", {"staff": 300, "assets": 120000}, "large"), ("agriculture", {"revenue": 49}, "micro"),
    ("other", {"staff": 9}, "micro"), ("software", {"staff": 300, "revenue": 10000}, "large"),
]  # fmt: skip

# 工信部联企业〔2011〕300号, in the order of the notice: indicator, large from, medium from, small from
TABLE = """
农林牧渔业 revenue 20000 500 50
工业 staff 1000 300 20 revenue 40000 2000 300
建筑业 revenue 80000 6000 300 assets 80000 5000 300
批发业 staff 200 20 5 revenue 40000 5000 1000
零售业 staff 300 50 10 revenue 20000 500 100
交通运输业 staff 1000 300 20 revenue 30000 3000 200
仓储业 staff 200 100 20 revenue 30000 1000 100
邮政业 staff 1000 300 20 revenue 30000 2000 100
住宿业 staff 300 100 10 revenue 10000 2000 100
餐饮业 staff 300 100 10 revenue 10000 2000 100
信息传输业 staff 2000 100 10 revenue 100000 1000 100
软件和信息技术服务业 staff 300 100 10 revenue 10000 1000 50
房地产开发经营 revenue 200000 1000 100 assets 10000 5000 2000
物业管理 staff 1000 300 100 revenue 5000 1000 500
租赁和商务服务业 staff 300 100 10 assets 120000 8000 100
其他未列明行业 staff 300 100 10
"""


def test_every_bound_of_every_industry_is_met_from_below_at_it_and_above() -> None:
    """A cent of 10,000 yuan and one person about each bound, of both indicators in every combination."""
    named = {one.name: one for one in STANDARD.industries.values()}
    rows = [line.split() for line in TABLE.split("\n") if line]
    assert [row[0] for row in rows] == list(named)
    wrong = []
    for name, *cells in rows:
        bounds = {cells[at]: tuple(map(int, cells[at + 1 : at + 4])) for at in range(0, len(cells), 4)}
        around = [
            [value for bound in of for value in (bound - (1 if what == "staff" else Fraction(1, 100)), bound, bound + 1)]
            for what, of in bounds.items()
        ]  # fmt: skip
        for values in product(*around):
            reached = [
                all(value >= of[place] for value, of in zip(values, bounds.values(), strict=True))
                for place in range(3)
            ]
            wanted = ("large", "medium", "small", "micro")[[*reached, True].index(True)]
            found = size_class(STANDARD, named[name].code, dict(zip(bounds, values, strict=True))).size
            wrong += [(name, values, found, wanted)] if found != wanted else []
    assert wrong == []


def test_the_file_has_sixteen_industries_and_all_its_tests_come_out() -> None:
    assert (len(STANDARD.industries), len(STANDARD.examples)) == (16, 10)
    assert failing_examples(STANDARD) == []


def test_an_example_that_comes_out_otherwise_is_found() -> None:
    wrong = load_standard(TEXT.replace("expect: large", "expect: micro"))
    assert [(one.name, found) for one, found in failing_examples(wrong)] == [("farm of 200 million", "large")]


@pytest.mark.parametrize(("industry", "figures", "size"), BY_HAND)
def test_the_class_is_the_lowest_that_any_indicator_reaches(industry: str, figures: dict, size: str) -> None:
    assert size_class(STANDARD, industry, figures).size == size


def test_a_size_says_what_decided_and_how_far_the_next_bounds_are() -> None:
    size = size_class(STANDARD, "industry", {"staff": 999, "revenue": 500_000})
    assert (size.size, size.decided_by, size.missing) == ("medium", ("staff",), ())
    assert size.up == (Gap("staff", 1000, Fraction(1), "large"),)
    assert size.down == (
        Gap("staff", 300, Fraction(699), "small"),
        Gap("revenue", 2000, Fraction(498_000), "small"),
    )
    told = "\n".join(size.working)
    for words in (
        "从业人员 999 人",
        "单看此项为中型",
        "营业收入 500,000 万元",
        "距大型还差：从业人员 1 人",
        "699 人",
    ):
        assert words in told


def test_the_largest_has_nothing_above_and_the_smallest_nothing_below() -> None:
    large = size_class(STANDARD, "other", {"staff": 300})
    micro = size_class(STANDARD, "other", {"staff": 9})
    assert (large.up, micro.down) == ((), ())
    assert (large.down[0].by, micro.up[0].by) == (0, 1)


def test_revenue_counts_to_the_fen() -> None:
    just_below = size_class(STANDARD, "agriculture", {"revenue": Fraction("19999.999999")})
    assert just_below.size == "medium"
    assert "19,999.999999 万元" in "\n".join(just_below.working)


def test_a_missing_indicator_gives_unknown_even_where_another_would_decide() -> None:
    size = size_class(STANDARD, "industry", {"staff": 5, "assets": 90})
    assert (size.size, size.missing, size.up, size.down, size.decided_by) == (
        "unknown",
        ("revenue",),
        (),
        (),
        (),
    )
    assert "缺营业收入，不判定" in size.working


def test_a_day_before_the_standard_has_no_class() -> None:
    figures = {"staff": 10}
    assert size_class(STANDARD, "other", figures, dt.date(2011, 6, 17)).size == "unknown"
    assert size_class(STANDARD, "other", figures, dt.date(2011, 6, 18)).size == "small"


def test_an_industry_that_the_standard_does_not_have_is_refused_and_a_float_never_enters() -> None:
    with pytest.raises(Refused, match="没有“banking”"):
        size_class(STANDARD, "banking", {"staff": 3})
    with pytest.raises(TypeError):
        size_class(STANDARD, "other", {"staff": 10.0})


@given(
    st.sampled_from(sorted(STANDARD.industries)),
    st.lists(st.integers(0, 250_000), min_size=3, max_size=3),
    st.integers(0, 9),
)
def test_more_of_an_indicator_never_makes_a_firm_smaller(
    industry: str, figures: list[int], more: int
) -> None:
    names = ("staff", "revenue", "assets")
    before = size_class(STANDARD, industry, dict(zip(names, figures, strict=True)))
    figures[more % 3] += more
    after = size_class(STANDARD, industry, dict(zip(names, figures, strict=True)))
    assert CLASSES.index(after.size) <= CLASSES.index(before.size)


@given(
    st.sampled_from(sorted(STANDARD.industries)), st.lists(st.integers(0, 250_000), min_size=3, max_size=3)
)
def test_what_is_lacking_is_just_enough(industry: str, figures: list[int]) -> None:
    stated = dict(zip(("staff", "revenue", "assets"), map(Fraction, figures), strict=True))
    size = size_class(STANDARD, industry, stated)
    for gap in size.up:
        stated[gap.indicator] += gap.by
    if size.up:
        assert size_class(STANDARD, industry, stated).size == size.up[0].to


def test_every_fault_of_a_file_is_told_at_once_with_its_place() -> None:
    wrong = TEXT
    for right, fault in (
        ("from: 2011-06-18", "from: 18.6.2011"),
        ("- 1000\n      - 300\n      - 20", "- 300\n      - 1000\n      - 20"),
        ("expect: large", "expect: huge"),
        ("industry: other\n", "industry: others\n"),
        ("  units:\n", "  colour: red\n  units:\n"),
        ("      name: 其他未列明行业\n", "      nam: 其他\n"),
    ):
        assert right in wrong
        wrong = wrong.replace(right, fault)
    with pytest.raises(Refused) as refused:
        load_standard(wrong)
    told, places = (
        str(refused.value),
        ("effective.from", "lower_bounds.industry.staff", "other.name", "other.nam"),
    )
    for words in (*places, "expect", "是不是 other？", "colour"):
        assert words in told, words


@pytest.mark.parametrize(
    "junk",
    ["", "[]", "sme_standard: 3", "sme_standard: {lower_bounds: {a: [1]}}", "tests: {}", "a: [", "0.5"],
)
def test_junk_is_refused_in_words(junk: str) -> None:
    with pytest.raises(Refused):
        load_standard(junk)
