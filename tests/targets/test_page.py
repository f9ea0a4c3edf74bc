"""The page of targets: what the platform measures of a region, what it says it cannot, and who sees which."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest
from django.urls import reverse

from finance.loans.actions import enter_loan
from portal.targets import measuring
from portal.targets.measuring import Line, plans_for, targets_book, years_for
from riskpool.volumes.models import VolumeAward
from tests.cast import Cast, freshly_signed_in
from tests.ground import laid
from tests.loans.stated import stated_loan
from tests.walls.objects_on_volume import an_award_to_bank_a

pytestmark = pytest.mark.django_db
ON = dt.date(2026, 11, 20)
IN_YEAR, CUMULATIVE, SUPPORT = (
    "ip_pledge_financing_in_year", "ip_pledge_financing_cumulative", "ip_fiscal_support_cumulative",
)  # fmt: skip


@laid
def lent(cast: Cast) -> None:
    """60 million in 2025 and 50 million in 2026 to a firm of the district, 9 million to one of another city."""
    for number, year, fen, code in (
        ("D1", 2025, 60_000_000_00, cast.enterprise_a.organisation.credit_code),
        ("D2", 2026, 50_000_000_00, cast.enterprise_a.organisation.credit_code),
        ("D3", 2025, 9_000_000_00, "91370800MA3C0M6T3X"),
    ):
        day = dt.date(year, 3, 2)
        stated = stated_loan(
            bank_loan_no=number, principal_fen=fen, credit_code=code, signed_on=day, disbursed_on=day,
            due_on=day.replace(year=year + 1), pledge_number=f"Y{number}", pledge_registered_on=day,
            right_numbers=(f"ZL2017106018{number[-1]}2.3",),
        )  # fmt: skip
        enter_loan(by=cast.bank_a.checker, bank=cast.bank_a.organisation, stated=stated, on=ON)


def line(viewer, key: str, on: dt.date = ON) -> Line:
    (found,) = [
        one for plan in plans_for(viewer=viewer, on=on) for one in plan.lines if one.target.key == key
    ]
    return found


def test_financing_of_the_year_is_measured_in_both_ways_of_counting(cast: Cast, lent: None) -> None:
    for viewer in (cast.district_bureau.officer, cast.city_bureau.officer, cast.ip_bureau.clerk):
        lent_, registered = line(viewer, IN_YEAR).measured
        for figure in (lent_, registered):
            assert (figure.value, figure.share, figure.met) == (60_000_000, Fraction(6, 10), False)
        assert lent_.label == "发放口径，1 笔"
        told = "登记口径，1 项；其中 60,000,000.00 元登记没有载明金额，按合同本金计"
        assert registered.label == told
        assert lent_.source == "2025-01-01 至 2025-12-31"


def test_on_an_earlier_day_only_what_was_lent_by_then_counts(cast: Cast, lent: None) -> None:
    before = line(cast.district_bureau.officer, IN_YEAR, dt.date(2025, 3, 1))
    assert [one.value for one in before.measured] == [0, 0]
    not_begun = line(cast.district_bureau.officer, IN_YEAR, dt.date(2024, 12, 31))
    assert (not_begun.measured, not_begun.not_measured) == ((), "所计期间还没有开始")


def test_a_cumulative_target_without_a_first_day_has_a_figure_and_no_share(cast: Cast, lent: None) -> None:
    figures = line(cast.district_bureau.officer, CUMULATIVE).measured
    assert [(one.value, one.share, one.met) for one in figures] == [(110_000_000, None, None)] * 2
    assert "平台全部记录" in figures[0].source


def test_with_a_first_day_in_the_file_it_is_compared(cast: Cast, lent: None, monkeypatch) -> None:
    book = targets_book()
    dated = tuple(
        replace(one, window_from=dt.date(2026, 1, 1)) if one.key == CUMULATIVE else one
        for one in book.targets
    )
    monkeypatch.setattr(measuring, "targets_book", lambda: replace(book, targets=dated))
    assert [one.share for one in line(cast.district_bureau.officer, CUMULATIVE).measured] == [
        Fraction(1, 3)
    ] * 2


def test_what_the_platform_does_not_have_is_said(cast: Cast) -> None:
    marks = line(cast.city_bureau.officer, "valid_registered_marks")
    assert (marks.measured, marks.not_measured) == ((), "平台没有这项数据")
    assert marks.observed[0].share_text == "100.44%"
    for viewer in (
        cast.ip_bureau.clerk,
        cast.city_bureau.officer,
    ):  # neither sees what the district's bureau pays
        assert line(viewer, SUPPORT).measured == ()
        assert line(viewer, SUPPORT).not_measured.startswith("只有该地区的财政部门能测")
    for support in line(cast.district_bureau.officer, SUPPORT).measured:
        assert (support.value, support.share, support.at_least) == (0, None, True)


def test_a_bureau_reads_the_targets_of_its_own_region_those_above_and_the_countrys(cast: Cast) -> None:
    regions = {one.region for one in plans_for(viewer=cast.district_bureau.officer, on=ON)}
    assert regions == {"重庆市", "渝中区", "全国"}
    assert years_for(viewer=cast.district_bureau.officer) == [2025, 2027]
    house = cast.district_bureau.organisation
    house.region = "370811"
    viewer = cast.district_bureau.officer
    viewer.organisation = house
    plans = plans_for(viewer=viewer, on=ON)
    assert {one.region for one in plans} == {"济宁市", "全国"}
    assert all(not one.measured for plan in plans for one in plan.lines)


def test_a_district_cannot_measure_its_citys_target(cast: Cast, lent: None, monkeypatch) -> None:
    book = targets_book()
    citys = tuple(replace(one, region="500000") if one.key == IN_YEAR else one for one in book.targets)
    monkeypatch.setattr(measuring, "targets_book", lambda: replace(book, targets=citys))
    assert line(cast.district_bureau.officer, IN_YEAR).not_measured == "本单位看不到该地区的全部数据"
    assert line(cast.city_bureau.officer, IN_YEAR).measured[0].value == 60_000_000


def test_fiscal_support_is_what_this_bureau_awarded_and_a_lower_bound(cast: Cast) -> None:
    award = VolumeAward.objects.get(pk=an_award_to_bank_a(cast).parameters["award_id"])
    awarded, arrived = line(cast.district_bureau.officer, SUPPORT, award.awarded_on).measured
    assert (awarded.value, arrived.value) == (20_000, 0)
    assert awarded.label == "核定口径：贴息与补助 0 笔（已减去追回），放款量补贴 1 项"
    assert "在平台外支付" in arrived.label
    before = line(cast.district_bureau.officer, SUPPORT, award.awarded_on - dt.timedelta(days=1)).measured
    assert [one.value for one in before] == [0, 0]


def test_a_target_in_another_unit_of_money_is_measured_in_it(cast: Cast, lent: None, monkeypatch) -> None:
    book = targets_book()
    in_yi = tuple(
        replace(one, unit="亿元", low=Fraction(1)) if one.key == IN_YEAR else one for one in book.targets
    )
    monkeypatch.setattr(measuring, "targets_book", lambda: replace(book, targets=in_yi))
    for figure in line(cast.district_bureau.officer, IN_YEAR).measured:
        assert (figure.value, figure.unit, figure.share) == (Fraction(6, 10), "亿元", Fraction(6, 10))


@pytest.mark.parametrize("day", ["2025-12-31", "2026-01-01"])
def test_a_loan_of_the_last_day_of_a_year_is_of_that_year(cast: Cast, lent: None, day: str) -> None:
    """60 million of 2025 stay; one million more of the last day counts in that year, of the first day not."""
    stated = stated_loan(
        bank_loan_no="D4", principal_fen=1_000_000_00, credit_code=cast.enterprise_a.organisation.credit_code,
        signed_on=dt.date.fromisoformat(day), disbursed_on=dt.date.fromisoformat(day), due_on=dt.date(2027, 1, 1),
        pledge_number="YD4", pledge_registered_on=dt.date.fromisoformat(day), right_numbers=("ZL201710601844.3",),
    )  # fmt: skip
    enter_loan(by=cast.bank_a.checker, bank=cast.bank_a.organisation, stated=stated, on=ON)
    expected = 61_000_000 if day.startswith("2025") else 60_000_000
    assert [one.value for one in line(cast.district_bureau.officer, IN_YEAR).measured] == [expected] * 2


def test_the_page_shows_one_years_targets_and_the_service_limits(cast: Cast, lent: None) -> None:
    client = freshly_signed_in(cast.district_bureau.officer)
    page = client.get(reverse("targets"), {"year": "2025"})
    assert {plan.by.year for plan in page.context["plans"]} == {2025}
    text = page.content.decode()
    for words in (
        "60.00%",
        "未达到",
        "超过 100,000,000 元",
        "2024 年的数",
        "5 个工作日",
        "当天",
        "已见转载",
        "上千个",
    ):
        assert words in text, words
    assert len(client.get(reverse("targets"), {"year": "x"}).context["plans"]) > len(page.context["plans"])
