"""An application as it is written: what is missing, what is refused, JSON both ways, and what an estimate fills in."""

from __future__ import annotations

from datetime import date

import pytest

from finance.subsidies import (
    Case,
    Series,
    Status,
    evaluate,
    in_force,
    incomplete_in,
    load_policy,
    open_windows,
)
from finance.subsidies.metering import metered
from finance.subsidies.rates import Row
from finance.subsidies.windows import all_windows
from kernel.errors import Refused
from tests.subsidies.conftest import SAMPLE

FULL = {
    "applicant": {"region": "370211", "size": "small", "revenue": "80000000", "legal_person": True, "tags": ["a", 5]},
    "pledge": {},
    "bank": None,
    "loan": {
        "draws": [["2024-03-01", "1000000"], ["2024-02-29", 5]], "rate": "0.0345", "settled_on": "2025-02-28", "note": None
    },
    "fees": {"appraisal": "20000.5"},
    "interest_paid": 7,
    "band_choice": "0.30",
    "evaluated_on": "2025-06-01",
    "application_date": "2025-05-31",
    "day_count_override": "ACT/365",
    "granted": {"interest": "1.00"},
    "assumed": {"pledge.kinds": ["patent"]},
}  # fmt: skip


def test_a_case_goes_into_json_and_comes_back():
    case = Case.from_plain(FULL)
    assert Case.from_plain(case.plain()) == case
    assert Case.from_plain(case.plain()).plain() == case.plain()
    assert case.plain()["fees"] == {"appraisal": "20000.50"}
    assert case.plain()["bank"] is None
    assert case.sections == {"applicant", "pledge", "loan"}
    assert (case.first_draw, case.drawn_fen) == (date(2024, 2, 29), 1_000_005_00)
    assert "loan.note" not in case.facts


FIRST = ["2024-03-01", "1"]


@pytest.mark.parametrize(
    ("plain", "where", "found"),
    [
        ({"loan": {"draws": [["2024-02-30", "1"]]}}, "loan.draws[0][0]", "2024-02-30"),
        ({"loan": {"draws": [["2024-02-28", "-1"]]}}, "loan.draws[0][1]", "小于零"),
        ({"loan": {"draws": [["2024-02-28", "1.005"]]}}, "loan.draws[0][1]", "小数超过2位"),
        ({"loan": {"draws": [["2024-02-28"]]}}, "loan.draws[0]", "不是两项"),
        ({"loan": {"draws": "2024-02-28"}}, "loan.draws", "2024-02-28"),
        ({"loan": {"rate": 0.05}}, "loan.rate", "没有加引号的小数"),
        ({"loan": {"rate": "-0.01"}}, "loan.rate", "-0.01"),
        ({"loan": {"rate": "3.45%"}}, "loan.rate", "3.45%"),
        ({"loan": {"settled_on": "2025-02-29"}}, "loan.settled_on", "2025-02-29"),
        ({"loan": {"a.b": 1}}, "loan.a.b", "不是事实名"),
        ({"loan": {"purpose": " "}}, "loan.purpose", "空"),
        ({"loan": {"kinds": ["a", None]}}, "loan.kinds", "空的一项"),
        ({"loan": []}, "loan", "不是一节事实"),
        ({"Loan!": {}}, "Loan!", "不认识的键"),
        ({"fees": {"interest": "5"}}, "fees.interest", "利息不是费用"),
        ({"fees": "5"}, "fees", "5"),
        ({"interest_paid": "1e5"}, "interest_paid", "1e5"),
        ({"approved_amount": True}, "approved_amount", "是"),
        ({"band_choice": "half"}, "band_choice", "half"),
        ({"evaluated_on": "yesterday"}, "evaluated_on", "yesterday"),
        ({"day_count_override": "30/360"}, "day_count_override", "30/360"),
        ({"assumed": {"kinds": 1}}, "kinds", "不是事实名"),
        # well written, but it cannot be
        ({"loan": {"draws": [FIRST], "settled_on": "2024-02-29"}}, "loan.settled_on", "早于首次提款日"),
        ({"loan": {"draws": [FIRST, ["2024-05-01", "1"]], "settled_on": "2024-04-30"}}, "loan.draws[1]", "之后提款"),
        ({"loan": {"draws": [FIRST], "repaid": [["2024-04-01", "1.01"]]}}, "loan.repaid[0]", "多于累计提款"),
        ({"loan": {"repaid": [["2024-05-01", "1"]], "settled_on": "2024-04-30"}}, "loan.repaid[0]", "之后还款"),
        ({"pledge": {"ip_share": "1.01"}}, "pledge.ip_share", "大于1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place(plain, where, found):
    with pytest.raises(Refused) as refused:
        Case.from_plain(plain)
    assert any(problem.where == where and found in problem.found for problem in refused.value.problems), (
        refused.value
    )


def test_all_faults_of_an_application_come_at_once():
    with pytest.raises(Refused) as refused:
        Case.from_plain({"loan": {"rate": 0.05, "settled_on": "x"}, "fees": {"a": "-1"}, "band_choice": "x"})
    assert [problem.where for problem in refused.value.problems] == [
        "loan.rate",
        "loan.settled_on",
        "fees.a",
        "band_choice",
    ]


def test_a_worked_example_is_believed_as_it_stands(defaults):
    plain = {"loan": {"draws": [["2024-03-01", "1"]], "settled_on": "2024-02-29"}}
    assert defaults.case(plain).first_draw == date(2024, 3, 1)


def test_defaults_are_laid_under_the_sections_of_a_test_and_null_takes_them_away(defaults):
    case = defaults.case(
        {
            "applicant": {"size": None},
            "pledge": None,
            "loan": {"draws": [["2024-03-01", "7"]], "contract_date": None},
        }
    )
    assert "applicant.size" not in {**case.assumed, **case.facts}
    assert case.assumed["applicant.industry"] == "industry"
    assert not any(path.startswith("pledge.") for path in case.assumed)
    assert case.assumed["loan.contract_date"] == "2024-03-01"
    assert case.assumed["loan.amount"] == case.assumed["loan.enterprise_outstanding"] == "7.00"
    assert case.sections == {"applicant", "loan"}
    assert defaults.case({"evaluated_on": "2024-05-01"}).application_date == date(2024, 5, 1)


def test_in_the_product_nothing_is_filled_in_and_what_an_estimate_assumes_is_said(library, series):
    qingdao = library["sd-qingdao-2024"]
    plain = {"applicant": {"region": "370211", "legal_person": True, "size": "small"}, "loan": {
        "draws": [["2024-10-25", "5000000"]], "settled_on": "2025-10-24", "contract_date": "2024-10-21"}}  # fmt: skip
    unknown = evaluate(qingdao, Case.from_plain(plain), series)
    assert (unknown.status, unknown.keys) == (Status.UNKNOWN, ("kind", "owner", "first_pledge"))
    assert [each.name for each in unknown.missing] == [
        "质押的知识产权种类",
        "出质的权利归借款企业所有",
        "至少有一件权利是第一次出质",
    ]
    assumed = {
        "pledge.kinds": ["patent"],
        "pledge.owner_is_borrower": True,
        "pledge.has_first_time_right": True,
    }
    estimate = evaluate(qingdao, Case.from_plain({**plain, "assumed": assumed}), series)
    assert estimate.total_fen == 101_616_67
    assert [each.where for each in estimate.assumptions if each.words == "fact"] == list(assumed)


def test_a_policy_that_is_never_offered_loads_and_its_neighbours_without_numbers_are_listed_by_region(
    library,
):
    assert "unidentified-a" in library.policies
    assert "unidentified-a" not in {policy.id for policy in library.offered()}
    assert len(library) == 20
    jining = incomplete_in(library.incomplete, "370811")
    assert [each.id for each in jining] == ["sd-jining-2011", "sd-2024-92", "national-equipment-2024"]
    assert jining[0].missing == "all numbers"
    assert library["sd-jining-2018-award"].legal_status


# --- when ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy_id", "plain", "answer"),
    [
        ("js-wuxi", {"application_date": "2016-01-01"}, True),
        ("js-wuxi", {"application_date": "2015-12-31"}, False),
        ("js-wuxi", {}, None),
        ("gd-panyu", {"application_date": "2019-12-31"}, True),
        ("gd-panyu", {"application_date": "2020-01-01"}, False),
        ("js-nanjing-2020", {"loan": {"draws": [["2022-01-01", "1"], ["2021-12-31", "1"]]}}, True),
        ("ah-huangshan-2017", {"loan": {"settled_on": "2018-01-01"}}, False),
        ("sd-jining-2018-award", {"event": {"date": "2018-09-10"}}, True),
        ("js-zhangjiagang-tm", {"application_date": "2011-12-31"}, True),
        ("js-zhangjiagang-tm", {"application_date": "2010-12-31"}, False),
    ],
)
def test_a_version_is_picked_by_the_date_its_policy_names(library, policy_id, plain, answer):
    found = in_force(library[policy_id], Case.from_plain(plain, believe=True))
    assert found.answer is answer
    assert "None" not in found.words


def windows_of(settled, day):
    text = """
policy:
  id: w
  effective: {from: 2024-07-01, to: 2025-06-30, version_picked_by: calendar_year}
  benefits: [{id: l, payee: bank, base: {kind: approved_amount}, factor: 1}]
  windows:
  - {id: batch, settled: [2022-04-01, 2022-09-30], apply_by: 2023-06-18, paper_by: 2023-07-03}
  - {id: yearly, apply_by: 07-31}
  - {id: older, settled: [null, 2022-03-31], note: not seen}
"""
    case = Case.from_plain({"loan": {"settled_on": settled}} if settled else {})
    return load_policy(text), case, date.fromisoformat(day)


@pytest.mark.parametrize(
    ("settled", "day", "states"),
    [
        ("2022-04-01", "2023-06-18", ["open", "open", "closed"]),
        ("2022-09-30", "2023-06-19", ["closed", "open", "closed"]),
        ("2022-03-31", "2023-06-18", ["closed", "open", "open"]),
        (None, "2023-06-18", ["unknown", "open", "unknown"]),
    ],
)
def test_windows_include_both_ends_and_an_unknown_settlement_is_not_a_no(settled, day, states):
    policy, case, on = windows_of(settled, day)
    assert [each.state for each in all_windows(policy, case, on)] == states
    assert len(open_windows(policy, case, on)) == 3 - states.count("closed")


def test_a_yearly_day_comes_back_and_a_calendar_year_is_touched_by_part_of_it():
    policy, case, _ = windows_of(None, "2023-06-18")
    days = {
        day: open_windows(policy, case, date.fromisoformat(day))[-2] for day in ("2026-07-31", "2026-08-01")
    }
    assert [each.last_day for each in days.values()] == [date(2026, 7, 31), date(2027, 7, 31)]
    for day, answer in (
        ("2024-01-01", True),
        ("2025-12-31", True),
        ("2023-12-31", False),
        ("2026-01-01", False),
    ):
        assert in_force(policy, Case.from_plain({"application_date": day})).answer is answer


@pytest.mark.parametrize("date_of", ["application_date", "loan.settled_on"])
def test_a_fiscal_year_ends_with_december_and_the_next_day_has_a_limit_of_its_own(date_of):
    """The budget year is the calendar year (预算法 art. 18), so the measures' words for a year are the fiscal year."""
    picked, window = (
        ("application_date", "application_year")
        if date_of == "application_date"
        else ("settlement_date", "calendar_year")
    )
    text = (SAMPLE.parent / "lake-district.yaml").read_text("utf-8")
    policy = load_policy(
        text.replace("version_picked_by: settlement_date", f"version_picked_by: {picked}").replace(
            "[enterprise], window: calendar_year", f"[enterprise], window: {window}"
        )
    )

    def key_on(day: str) -> str:
        plain = {"loan": {"settled_on": day}} if date_of != "application_date" else {date_of: day}
        limits = metered(policy, "f", Case.from_plain(plain), {"enterprise": "e"})
        return next(one.key.window_key for one in limits if one.limit == "both")

    assert [key_on(day) for day in ("2025-01-01", "2025-12-31", "2026-01-01")] == ["2025", "2025", "2026"]


def test_the_year_of_a_limit_is_that_of_the_application_or_of_the_date_that_picks_the_version(
    library, series
):
    loan = {
        "lender_type": "bank",
        "overdue_days": 0,
        "contract_date": "2017-01-01",
        "draws": [["2017-01-01", "1"]],
    }
    plain = {
        "loan": {**loan, "settled_on": "2017-12-19"},
        "fees": {"guarantee": "5"},
        "interest_paid": "1",
        "application_date": "2018-05-01",
    }
    keys = {}
    for policy, region in (("ah-huangshan-2017", "341002"), ("gd-nansha-2024", "440115")):
        applicant = {"region": region, "size": "small"}
        rates = Series.of([*series.rows["pboc_benchmark_1y"], Row("lpr_1y", date(2016, 12, 20), "4.00"),
                           Row("lpr_1y", date(2017, 1, 20), "4.00")])  # fmt: skip
        result = evaluate(library[policy], Case.from_plain({**plain, "applicant": applicant}), rates)
        keys[policy] = [limit.window_key for limit in result.limits]
    assert keys == {"ah-huangshan-2017": ["2017"], "gd-nansha-2024": ["2018"]}
