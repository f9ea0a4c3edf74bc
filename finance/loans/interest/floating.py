"""A floating rate: a published series plus points, taken anew on agreed days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from finance.loans.interest.terms import RateStep
from kernel.days import WorkingCalendar, add_months
from kernel.errors import Problem, Refused

BASIS_POINTS_IN_ONE = 10_000


@dataclass(frozen=True)
class Published:
    """A value of the series, a share of one, and the day from which it holds: the day of its publication."""

    on: dt.date
    rate: Fraction


@dataclass(frozen=True)
class Reprices:
    """When the rate is taken anew: on a day of every year, or every so many months from the first draw. Neither: never."""

    month: int = 0
    day: int = 0
    every_months: int = 0

    def __post_init__(self) -> None:
        assert not (self.every_months and self.month), "one rule of repricing"

    def days(self, drawn_on: dt.date, until: dt.date) -> list[dt.date]:
        """The days within (first draw, until) on which it is taken anew, in order. Of a day that a year does not have its
        month's last counts.

        >>> Reprices(month=1, day=1).days(dt.date(2024, 7, 1), dt.date(2026, 1, 1))
        [datetime.date(2025, 1, 1)]
        >>> Reprices(every_months=6).days(dt.date(2024, 8, 31), dt.date(2025, 9, 1))
        [datetime.date(2025, 2, 28), datetime.date(2025, 8, 31)]
        """
        if self.every_months:
            span = (until.year - drawn_on.year) * 12 + 12
            found = [
                add_months(drawn_on, months) for months in range(self.every_months, span, self.every_months)
            ]
        elif self.month:
            first = dt.date(drawn_on.year, self.month, 1)
            found = [
                _day_of(add_months(first, 12 * year), self.day) for year in range(until.year - first.year + 1)
            ]
        else:
            found = []
        return [day for day in found if drawn_on < day < until]


@dataclass(frozen=True)
class Floating:
    """Points over (or, below zero, under) the series, in basis points of 0.01 %."""

    basis_points: int
    reprices: Reprices = Reprices()


def rate_steps(
    floating: Floating,
    series: Sequence[Published],
    *,
    drawn_on: dt.date,
    until: dt.date,
    calendar: WorkingCalendar,
) -> tuple[RateStep, ...]:
    """The loan's rates: the value of the working day before the first draw and before each repricing day, plus the points.

    A repricing whose value is not published yet has rate None. The first value must be known: refused otherwise.
    """
    rows = sorted(series, key=lambda row: row.on)
    steps = []
    for day in (drawn_on, *floating.reprices.days(drawn_on, until)):
        value = value_on(rows, calendar.add(day, -1))
        steps.append(
            RateStep(
                day, None if value is None else value + Fraction(floating.basis_points, BASIS_POINTS_IN_ONE)
            )
        )
        if value is None:  # what follows hangs on what is not known
            break
    if steps[0].rate is None:
        found = f"{drawn_on} 放款前一工作日的利率尚未公布"
        raise Refused(Problem("浮动利率", found, "请待公布后再算", "rate_pending"))
    return tuple(steps)


def value_on(rows: Sequence[Published], day: dt.date) -> Fraction | None:
    """The last value published by a day; None when the next one is due: one calendar month or more after the last known row.

    Refused before the first row: there never was a value.
    """
    known = [row for row in rows if row.on <= day]
    if not known:
        raise Refused(
            Problem("浮动利率", f"{day} 早于首次公布", "请改用固定利率或另一利率", "rate_before_first")
        )
    is_last = known[-1] == rows[-1]
    return None if is_last and day >= add_months(known[-1].on, 1) else known[-1].rate


def _day_of(first_of_month: dt.date, day: int) -> dt.date:
    last = add_months(first_of_month, 1) - dt.timedelta(days=1)
    return first_of_month.replace(day=min(day, last.day))
