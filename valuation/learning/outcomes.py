"""What became of a loan by a definition that is data: bad, good, or not yet known. Pure.

Bad within the window is bad for ever. Good is only what was seen at every month's end to the window's end, or until it was
paid off within it: a loan with a month that nobody reported is not good but unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kernel.days import add_months
from valuation.learning.method import DefaultDefinition


@dataclass(frozen=True)
class Month:
    """What the bank reported of a loan as of the end of a month."""

    ends: dt.date
    overdue_days: int
    grade: str
    balance_fen: int

    def fell(self, definition: DefaultDefinition) -> bool:
        """Whether the loan is in default at this month's end."""
        return self.overdue_days >= definition.overdue_days or self.grade in definition.classes


@dataclass(frozen=True)
class Outcome:
    """`bad` is None while it is not known. Of a bad loan: balance when it fell, and what of it is still out.

    `fell_on` is told as soon as it is seen, also while the window runs and nothing is known of the others yet.
    """

    bad: bool | None
    exposure_fen: int
    left_fen: int = 0
    fell_on: dt.date | None = None


def outcome_of(
    lent_on: dt.date,
    principal_fen: int,
    months: Sequence[Month],
    definition: DefaultDefinition,
    known_on: dt.date,
) -> Outcome:
    """`months` are those known by `known_on`, each once. Before the window is over nothing is known of a loan that runs:
    a default shows at once and soundness only at the end, so that a sample of young loans would be a sample of defaults.

    >>> terms = DefaultDefinition(90, ("次级",), 12, 180, "示例")
    >>> lent, known = dt.date(2024, 1, 5), dt.date(2025, 2, 10)
    >>> fell = Month(dt.date(2024, 6, 30), 95, "special_mention", 80)
    >>> worse = Month(dt.date(2024, 7, 31), 126, "substandard", 60)
    >>> outcome_of(lent, 100, [fell, worse], terms, known)
    Outcome(bad=True, exposure_fen=80, left_fen=60, fell_on=datetime.date(2024, 6, 30))
    >>> whole = [Month(end, 0, "normal", 40) for end in month_ends(lent, dt.date(2025, 1, 5))]
    >>> len(whole), outcome_of(lent, 100, whole, terms, known).bad
    (12, False)
    >>> outcome_of(lent, 100, whole[:5] + whole[6:], terms, known).bad is None
    True
    >>> outcome_of(lent, 100, [fell], terms, dt.date(2025, 1, 4)).bad is None
    True
    """
    until = add_months(lent_on, definition.window_months)
    seen = sorted((each for each in months if each.ends >= lent_on), key=lambda each: each.ends)
    within = [each for each in seen if each.ends < until]
    fell = next((each for each in within if each.fell(definition)), None)
    fell_on = fell.ends if fell else None
    if known_on < until:
        return Outcome(None, seen[-1].balance_fen if seen else principal_fen, fell_on=fell_on)
    if fell is not None:
        return Outcome(True, fell.balance_fen, seen[-1].balance_fen, fell_on)
    balance = seen[-1].balance_fen if seen else principal_fen
    return Outcome(False if _seen_throughout(lent_on, until, within) else None, balance)


def _seen_throughout(lent_on: dt.date, until: dt.date, within: Sequence[Month]) -> bool:
    """Whether every month's end of the window was reported, or every one until the loan was paid off."""
    reported = {each.ends for each in within}
    paid_off = next((each.ends for each in within if each.balance_fen == 0), until)
    return all(end in reported for end in month_ends(lent_on, until) if end < paid_off)


def month_ends(after: dt.date, before: dt.date) -> Iterator[dt.date]:
    """The ends of months between two days, neither counted.

    >>> [str(end) for end in month_ends(dt.date(2024, 1, 31), dt.date(2024, 4, 1))]
    ['2024-02-29', '2024-03-31']
    """
    first = add_months(after.replace(day=1), 1)
    while (end := first - dt.timedelta(days=1)) < before:
        if end > after:
            yield end
        first = add_months(first, 1)


def together(outcomes: Sequence[Outcome]) -> bool | None:
    """What became of several loans as one: bad if one of them is, good when all are known; of none nothing is known."""
    if any(one.bad for one in outcomes):
        return True
    return False if outcomes and all(one.bad is False for one in outcomes) else None


def in_default(months: Iterable[Month], on: dt.date, definition: DefaultDefinition) -> bool:
    """Whether the last month's end reported by a day says default of money that is still out."""
    last = max((each for each in months if each.ends <= on), key=lambda each: each.ends, default=None)
    return last is not None and last.balance_fen > 0 and last.fell(definition)
