"""A pool's page calls a bank late only for months in which its loans stood in the pool (decision 0013)."""

import datetime as dt

import pytest

from kernel.days import WorkingCalendar
from riskpool.pools import queries
from tests.books import TODAY, go_bad, open_books
from tests.ground import laid

CALENDAR = WorkingCalendar({}, {2026})
pytestmark = pytest.mark.django_db


@laid
def books(cast):
    return open_books(cast)


def standing(books, on=TODAY):
    found = queries.return_standings(pool=books.pool, on=on, calendar=CALENDAR)
    return (found[0].expected, found[0].received, found[0].late) if found else None


@pytest.mark.parametrize(
    ("enrolled_on", "expected"),
    [
        (dt.date(2026, 10, 1), (1, 0, True)),
        (dt.date(2026, 10, 31), (1, 0, True)),
        (dt.date(2026, 11, 1), None),
        (TODAY, None),
    ],
)
def test_a_loan_is_expected_from_the_month_in_which_it_entered(books, enrolled_on, expected):
    books.enrol(books.lend(disbursed_on=dt.date(2026, 9, 1)), on=enrolled_on)
    assert standing(books) == expected


def test_a_bank_with_new_loans_beside_reported_ones_is_complete(books):
    old = books.lend()
    books.enrol(old)
    go_bad(old, 500_000_00, overdue_since=None)  # reported for October
    books.enrol(books.lend(disbursed_on=dt.date(2026, 9, 1)), on=dt.date(2026, 11, 2))
    assert standing(books) == (1, 1, False)
    assert standing(books, dt.date(2026, 12, 31)) == (2, 0, True)  # November is owed by both


def test_a_banks_part_of_the_exposure_counts_its_new_loans_too(books):
    books.enrol(books.lend(300_000_00))
    books.enrol(books.lend(700_000_00, disbursed_on=dt.date(2026, 11, 1)), on=dt.date(2026, 11, 2))
    (found,) = queries.return_standings(pool=books.pool, on=TODAY, calendar=CALENDAR)
    assert (found.expected, found.share) == (1, 1)
