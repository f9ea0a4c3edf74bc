"""Published rates: which row a selector takes on the days where it matters, and when a value is still to come (7.5)."""

from __future__ import annotations

from datetime import date

import pytest

from finance.subsidies import Case, Status, evaluate, load_policy
from finance.subsidies.rates import Row, Waiting, asked_day

LAST = date(2026, 8, 20)
POLICY = """
policy:
  id: x
  effective: {{from: 2000-01-01, version_picked_by: contract_date}}
  benefits:
  - id: i
    payee: enterprise
    base: {{kind: notional_interest, rate: {rate}, day_count: FLAT_YEAR}}
    factor: 1
"""


def taken(series, name, at, stated, evaluated_on=None):
    found = series.take(
        name,
        at,
        asked_day(at, date.fromisoformat(stated)),
        evaluated_on and date.fromisoformat(evaluated_on),
    )
    return found.percent if isinstance(found, Row) else "pending" if isinstance(found, Waiting) else None


@pytest.mark.parametrize(
    ("name", "at", "stated", "percent"),
    [
        # a change on the very day counts; the day before has the old value
        ("lpr_1y", "contract_date", "2024-10-21", "3.10"),
        ("lpr_1y", "contract_date", "2024-10-20", "3.35"),
        ("lpr_5y", "disbursement_date", "2024-02-20", "3.95"),
        # the calendar month before the month of signing, on its first and last day
        ("lpr_1y", "month_before_contract", "2024-10-01", "3.35"),
        ("lpr_1y", "month_before_contract", "2024-10-31", "3.35"),
        ("lpr_1y", "month_before_contract", "2024-11-01", "3.10"),
        ("lpr_1y", "month_before_contract", "2024-03-31", "3.45"),
        # the row of December, also after the settlement
        ("lpr_1y", "december_of_settlement_year", "2021-01-01", "3.80"),
        ("lpr_1y", "december_of_settlement_year", "2026-01-02", "pending"),
        # a make-up Saturday is a publication day like others
        ("lpr_1y", "contract_date", "2021-02-20", "3.85"),
        # one month after the last known row the next value is due
        ("lpr_1y", "contract_date", "2026-09-19", "3.00"),
        ("lpr_1y", "contract_date", "2026-09-20", "pending"),
        ("lpr_1y", "month_before_contract", "2026-09-30", "3.00"),
        ("lpr_1y", "month_before_contract", "2026-10-01", "pending"),
        # before the first row nothing was ever published
        ("lpr_1y", "contract_date", "2019-08-19", None),
        ("lpr_1y", "december_of_settlement_year", "2018-06-01", None),
        # the benchmark ended; its last row holds on
        ("pboc_benchmark_1y", "contract_date", "2030-01-01", "4.35"),
        ("pboc_benchmark_1y", "contract_date", "2015-10-23", "4.60"),
        ("pboc_benchmark_1y", "contract_date", "2008-12-22", None),
        ("pboc_benchmark_1y", "december_of_settlement_year", "2010-03-01", "5.81"),
        ("pboc_benchmark_1y", "december_of_settlement_year", "2013-03-01", "pending"),
    ],
)
def test_a_selector_takes_the_row_of_its_day(series, name, at, stated, percent):
    assert taken(series, name, at, stated) == percent


@pytest.mark.parametrize(
    ("at", "stated", "evaluated_on", "percent"),
    [
        ("december_of_settlement_year", "2022-03-15", "2022-12-19", "pending"),
        ("december_of_settlement_year", "2022-03-15", "2022-12-20", "3.65"),
        ("contract_date", "2024-10-21", "2024-10-20", "pending"),
        ("contract_date", "2024-10-20", "2024-10-20", "pending"),
        ("contract_date", "2024-10-19", "2024-10-20", "3.35"),
        ("contract_date", "2024-10-21", "2024-10-21", "3.10"),
        ("contract_date", "2024-02-28", "2019-01-01", "pending"),
    ],
)
def test_only_rows_published_by_the_day_of_the_decision_are_known(series, at, stated, evaluated_on, percent):
    assert taken(series, "lpr_1y", at, stated, evaluated_on) == percent


def answer(series, rate, **loan):
    case = Case.from_plain({"loan": {"draws": [["2024-03-01", "1000000"]], **loan}})
    return evaluate(load_policy(POLICY.format(rate=rate)), case, series)


@pytest.mark.parametrize(
    ("rate", "signed", "status", "keys"),
    [
        ("{contract: true}", None, Status.UNKNOWN, ("i.loan.rate",)),
        ("{ref: lpr_1y, at: contract_date}", None, Status.UNKNOWN, ("i.loan.contract_date",)),
        ("{ref: lpr_1y, at: contract_date}", "2018-01-01", Status.UNKNOWN, ("i.parameter",)),
        ("{ref: lpr_1y, at: contract_date}", "2027-01-01", Status.PENDING, ("parameter",)),
        # a fact that is missing asks first, though another part waits
        (
            "{min: [{ref: lpr_1y, at: contract_date}, {contract: true}]}",
            "2027-01-01",
            Status.UNKNOWN,
            ("i.loan.rate",),
        ),
        # a part that could not matter still has to be known
        ("{min: ['0', {ref: lpr_1y, at: contract_date}]}", "2027-01-01", Status.PENDING, ("parameter",)),
    ],
)
def test_missing_comes_before_waiting_and_every_operand_is_needed(series, rate, signed, status, keys):
    result = answer(series, rate, contract_date=signed)
    assert (result.status, result.keys) == (status, keys)


def test_a_waiting_result_says_for_which_value_in_words(series):
    result = answer(series, "{ref: lpr_1y, at: december_of_settlement_year}", settled_on="2027-02-01")
    assert [str(wait) for wait in result.waits_for] == [
        "一年期LPR（结清当年12月口径，2027年12月的值尚未公布）"
    ]


def test_the_rows_that_were_read_stand_in_the_result_with_day_value_and_source(series):
    result = answer(series, "{ref: lpr_1y, at: contract_date}", contract_date="2024-10-21")
    (row,) = result.parameters
    assert (row.name, row.day, row.percent, row.source) == (
        "lpr_1y",
        date(2024, 10, 21),
        "3.10",
        "2份公开来源",
    )


@pytest.mark.parametrize(
    ("rate", "fen"),
    [
        ("{mul: [{ref: lpr_1y, at: contract_date}, '1.40']}", 4_340_000),
        ("{add: ['0.01', {const: '0.02'}, 0]}", 3_000_000),
        ("{sub: ['0.05', '0.01', '0.015']}", 2_500_000),
        ("{max: ['0.01', {sub: ['0.01', '0.02']}]}", 1_000_000),
        ("{sub: ['0.01', '0.02']}", 0),
    ],
)
def test_expressions_are_exact_and_a_negative_amount_is_nothing(series, rate, fen):
    assert answer(series, rate, contract_date="2024-10-21").total_fen == fen
