"""The business day, day counts and periods of months."""

from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import pairwise

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.days import add_months, add_years, day_count, days_in_year, today, year_fraction

days = st.dates(date(2000, 1, 1), date(2060, 12, 31))


def half_up(fen: Fraction) -> int:
    return (2 * fen.numerator + fen.denominator) // (2 * fen.denominator)


def test_the_business_day_begins_at_midnight_in_shanghai_not_in_greenwich():
    with time_machine.travel(datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC), tick=False):
        assert today() == date(2026, 11, 20)
    with time_machine.travel(datetime(2026, 11, 20, 16, 0, tzinfo=UTC), tick=False):
        assert today() == date(2026, 11, 21)


@pytest.mark.parametrize(("basis", "yuan"), [("ACT/360", 34979_17), (360, 34979_17), ("ACT/365", 34500_00)])
def test_a_year_less_a_day_of_a_million_at_3_45_percent(basis, yuan):
    """subsidies reference, section 5: 2024-01-15 to 2025-01-14 is 365 days."""
    part = year_fraction(date(2024, 1, 15), date(2025, 1, 14), basis)
    assert half_up(1_000_000_00 * Fraction("0.0345") * part) == yuan


def test_interest_by_quarters_is_rounded_once_a_quarter():
    """3,333,333.33 at 3.65 %, 42 + 92 + 92 + 91 + 48 days: settled by quarter one fen less than at once."""
    ends = [date(2024, 2, 8), *(date(2024, month, 21) for month in (3, 6, 9, 12)), date(2025, 2, 7)]
    yearly = 3_333_333_33 * Fraction("0.0365")
    counted = [day_count(start, end, "ACT/360") for start, end in pairwise(ends)]
    assert counted == [42, 92, 92, 91, 48]
    parts = [half_up(yearly * n / 360) for n in counted]
    assert parts == [14194_44, 31092_59, 31092_59, 30754_63, 16222_22]
    assert sum(parts) == 123356_47
    assert half_up(yearly * year_fraction(ends[0], ends[-1], "ACT/360")) == 123356_48


def test_the_first_day_is_counted_and_the_last_not_also_in_a_leap_year():
    assert day_count(date(2024, 2, 28), date(2024, 3, 1), 360) == 2
    assert day_count(date(2025, 2, 28), date(2025, 3, 1), 360) == 1
    assert day_count(date(2025, 3, 1), date(2025, 3, 1), 360) == 0
    assert day_count(date(2025, 3, 2), date(2025, 3, 1), 360) == 0


@pytest.mark.parametrize("basis", ["30/360", "ACT/ACT", "act/360", "ACT/0", "ACT/3６0", "", 0, 36000])
def test_a_day_count_that_is_not_known_is_not_guessed(basis):
    with pytest.raises(ValueError, match="unknown day count"):
        day_count(date(2025, 1, 1), date(2025, 2, 1), basis)


def test_the_basis_names_the_divisor():
    assert (days_in_year("ACT/360"), days_in_year("ACT/365")) == (360, 365)


@settings(max_examples=100, deadline=None)
@given(days, days, days)
def test_adjoining_periods_add_up(a, b, c):
    first, middle, last = sorted((a, b, c))
    assert year_fraction(first, middle, 360) + year_fraction(middle, last, 360) == year_fraction(
        first, last, 360
    )


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 5, 31), 4, date(2026, 9, 30)),
        (date(2026, 5, 31), -12, date(2025, 5, 31)),
        (date(2026, 5, 31), 0, date(2026, 5, 31)),
    ],
)
def test_a_period_of_months_ends_on_the_same_day_number_or_the_months_last(day, months, later):
    assert add_months(day, months) == later


def test_a_year_after_leap_day_is_the_28th():
    assert add_years(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert add_years(date(2024, 2, 29), 4) == date(2028, 2, 29)
