"""Counting days, months and years by the written rules. Pure; no calendar of holidays (that is `working`).

The basis of interest comes as text from a policy or an agreement (`ACT/360`), so that its number is not
typed here.
"""

import re
from calendar import monthrange
from datetime import date
from fractions import Fraction

_BASIS = re.compile(r"ACT/([1-9][0-9]{2})", re.ASCII)


def day_count(start: date, end: date, basis: str | int) -> int:
    """Days of interest from `start` to `end`: the first day counted, the last not (算头不算尾); 0 for an end
    on or before the start. Both known bases count actual days; the basis is checked so that a foreign one is
    not guessed.

    >>> day_count(date(2024, 1, 15), date(2025, 1, 14), "ACT/360")
    365
    """
    days_in_year(basis)
    return max(0, (end - start).days)


def year_fraction(start: date, end: date, basis: str | int) -> Fraction:
    """The part of a year that interest is due for, exact: interest = balance x yearly rate x this, rounded
    once.

    >>> year_fraction(date(2024, 1, 15), date(2025, 1, 14), "ACT/360") == Fraction(365, 360)
    True
    """
    return Fraction(day_count(start, end, basis), days_in_year(basis))


def days_in_year(basis: str | int) -> int:
    """The divisor that a basis names; a bare number (a loan's `day_count_basis`) is the divisor itself.

    >>> days_in_year("ACT/365"), days_in_year(360)
    (365, 360)
    """
    match = _BASIS.fullmatch(f"ACT/{basis}" if isinstance(basis, int) else basis)
    if match is None:
        raise ValueError(f"unknown day count {basis!r}; known are ACT/360, ACT/365 and their like")
    return int(match[1])


def add_months(day: date, months: int) -> date:
    """The same day number `months` later (or earlier); where the month has no such day, its last day.

    Source: 民法典 article 202 (a period of months or years ends on the corresponding day, else on the
    month's last).

    >>> add_months(date(2024, 1, 31), 1), add_months(date(2024, 3, 31), -1)
    (datetime.date(2024, 2, 29), datetime.date(2024, 2, 29))
    """
    year, month_index = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month_index + 1)[1]
    return date(year, month_index + 1, min(day.day, last))


def add_years(day: date, years: int) -> date:
    """The same day `years` later; 29 February becomes the 28th in a year that has none.

    >>> add_years(date(2024, 2, 29), 1)
    datetime.date(2025, 2, 28)
    """
    return add_months(day, 12 * years)
