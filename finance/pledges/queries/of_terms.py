"""How long each right of a file lasts and which fee it owes on a day, with the working."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from finance.pledges.rules.terms import Expiry, FeeDue, expiry, next_fee, surcharge_percent

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from finance.pledges.rules.book import RuleBook
    from finance.pledges.rules.facts import Right
    from kernel.days import WorkingCalendar


@dataclass(frozen=True)
class RightTerm:
    """A right with its last valid day and the first fee that is not paid; None where a fact for it is missing.

    `surcharge_percent` of the full fee, of a fee that is overdue; None while it is not, and once the grace is over.
    """

    right: Right
    expiry: Expiry | None
    fee: FeeDue | None
    overdue: bool
    lapsed: bool
    surcharge_percent: int | None


def right_terms(
    book: RuleBook, rights: Iterable[Right], on: dt.date, calendar: WorkingCalendar
) -> list[RightTerm]:
    """What the book says of each right on a day; a right that has ended owes nothing more."""
    return [_right_term(book, right, on, calendar) for right in rights]


def _right_term(book: RuleBook, right: Right, on: dt.date, calendar: WorkingCalendar) -> RightTerm:
    last = expiry(book, right)
    fee = None if right.status in ("ended", "invalidated") else next_fee(book, right, calendar)
    if fee is None or book.annual_fee is None:
        return RightTerm(right, last, None, overdue=False, lapsed=False, surcharge_percent=None)
    overdue, lapsed = fee.overdue(on), fee.lapsed(on)
    percent = surcharge_percent(book.annual_fee, fee, on) if overdue else None
    return RightTerm(right, last, fee, overdue, lapsed, percent)
