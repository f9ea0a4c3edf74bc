"""Interest of a loan over its days: balance segments, the longest subsidised period, day counts (7.6). Pure.

Exact fractions of fen; the first day counts, the last does not (算头不算尾).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from finance.subsidies.facts import Case
from finance.subsidies.rates import Reader
from finance.subsidies.terms import DAY_COUNTS, FLAT_YEAR, MaxPeriod
from kernel.days import add_months

DRAWS, SETTLED = "loan.draws", "loan.settled_on"


@dataclass(frozen=True)
class Segment:
    """A balance (fen) from a day, counted, to a day, not counted."""

    first: date
    end: date
    balance_fen: int

    @property
    def days(self) -> int:
        return (self.end - self.first).days


@dataclass(frozen=True)
class Period:
    """The segments of one interest, or the facts that are missing for them."""

    segments: tuple[Segment, ...] = ()
    missing: tuple[str, ...] = ()
    cut: str = ""
    """The `max_period` that ended it before the loan was settled."""
    day_count: str = ""
    drawn_fen: int = 0

    @property
    def year_fen(self) -> Fraction:
        """Balance x years: times a yearly rate it is the interest."""
        if self.day_count == FLAT_YEAR:
            return Fraction(self.drawn_fen)
        return Fraction(fen_days(self.segments), DAY_COUNTS[self.day_count])


def period_of(reader: Reader, day_count: str, longest: MaxPeriod | None) -> Period:
    """The days and balances an interest runs over; the case may replace the day count of every interest."""
    case = reader.case
    basis = case.day_count or day_count
    if not case.draws:
        span = (
            () if basis == FLAT_YEAR or reader.day(SETTLED) else (SETTLED,)
        )  # nothing drawn, nothing cleared
        return Period(missing=(DRAWS, *span), day_count=basis)
    if basis == FLAT_YEAR:
        return Period(day_count=basis, drawn_fen=case.drawn_fen)
    end = reader.day(SETTLED) or cleared_on(case)
    if end is None:
        return Period(missing=(SETTLED,), day_count=basis)
    first = min(day for day, _ in case.draws)
    last, cut = end, ""
    if longest is not None and (most := latest_end(first, longest)) < end:
        last, cut = most, longest.text
    return Period(segments_of(case, first, last), (), cut, basis, case.drawn_fen)


def latest_end(first: date, longest: MaxPeriod) -> date:
    """First draw + n, itself not counted; a day that does not exist becomes the last of its month.

    >>> latest_end(date(2024, 2, 29), MaxPeriod("P1Y", months=12))
    datetime.date(2025, 2, 28)
    """
    try:
        return add_months(first, longest.months) + timedelta(days=longest.days)
    except (OverflowError, ValueError):  # beyond the calendar: it never ends anything
        return date.max


def cleared_on(case: Case) -> date | None:
    """The last repayment, if the repayments clear the loan."""
    repaid = sum(fen for _, fen in case.repaid)
    return max(day for day, _ in case.repaid) if case.repaid and repaid >= case.drawn_fen else None


def fen_days(segments: Iterable[Segment]) -> int:
    """Balance (fen) times days, added up."""
    return sum(segment.balance_fen * segment.days for segment in segments)


def segments_of(case: Case, first: date, last: date) -> tuple[Segment, ...]:
    """The balances of a loan from its first draw to a day, not counted."""
    changes: dict[date, int] = {}
    for day, fen in case.draws:
        changes[day] = changes.get(day, 0) + fen
    for day, fen in case.repaid:
        changes[day] = changes.get(day, 0) - fen
    days = sorted(day for day in changes if day < last)
    found, balance = [], 0
    for place, day in enumerate(days):
        balance += changes[day]
        start = max(day, first)
        end = days[place + 1] if place + 1 < len(days) else last
        if end > start and balance:
            found.append(Segment(start, end, balance))
    return tuple(found)


def half_up(exact: Fraction) -> int:
    """Whole fen, a half upwards.

    >>> half_up(Fraction(5, 2)), half_up(Fraction(249, 100)), half_up(Fraction(7))
    (3, 2, 7)
    """
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
