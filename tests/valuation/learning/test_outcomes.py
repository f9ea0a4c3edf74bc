"""What became of loans: good only when every month was seen, known only when all loans are."""

from __future__ import annotations

import datetime as dt

import pytest

from valuation.learning.method import DefaultDefinition
from valuation.learning.outcomes import Month, Outcome, in_default, month_ends, outcome_of, together

TERMS = DefaultDefinition(90, ("次级",), 12, 180, "示例")
LENT, KNOWN = dt.date(2024, 1, 5), dt.date(2025, 2, 10)
YEAR = [Month(end, 0, "normal", 40) for end in month_ends(LENT, dt.date(2025, 1, 5))]
PAID_OFF_IN_JUNE = [*YEAR[:5], Month(dt.date(2024, 6, 30), 0, "normal", 0)]


@pytest.mark.parametrize(
    ("months", "bad"),
    [
        (YEAR, False),
        (YEAR[-1:], None),  # eleven months unseen
        (YEAR[:3] + YEAR[4:], None),
        (PAID_OFF_IN_JUNE, False),
        (PAID_OFF_IN_JUNE[-1:], None),
        ([], None),
    ],
    ids=["whole", "only the last", "one missing", "paid off", "paid off unseen before", "nothing"],
)
def test_a_loan_is_good_only_if_every_month_to_its_end_was_reported(months, bad):
    assert outcome_of(LENT, 100, months, TERMS, KNOWN).bad is bad


def test_of_no_loan_or_of_one_that_is_not_known_nothing_is_known_unless_another_fell():
    good, unknown, bad = (Outcome(one, 1) for one in (False, None, True))
    assert [together(of) for of in ([], [good, unknown], [good, good], [unknown, bad])] == [
        None,
        None,
        False,
        True,
    ]


def test_the_last_month_seen_by_a_day_says_whether_a_firm_is_in_default():
    fell, cured = Month(dt.date(2024, 6, 30), 95, "normal", 9), Month(dt.date(2024, 7, 31), 0, "normal", 9)
    days = (dt.date(2024, 6, 29), dt.date(2024, 7, 30), dt.date(2024, 7, 31))
    assert [in_default([fell, cured], day, TERMS) for day in days] == [False, True, False]
