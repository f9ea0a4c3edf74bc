"""What became of a loan by a definition that is data: bad, good, or not yet known. Pure.

Bad within the window is bad for ever. Good is only what was seen to the window's end, or paid off within it: a loan whose
returns stop early is not good but unknown.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kernel.days import add_months
from valuation.learning.method import DefaultDefinition


@dataclass(frozen=True)
class Month:
    """What the bank reported of a loan as of the end of a month."""

    ends: dt.date
    overdue_days: int
    grade: str
    balance_fen: int


@dataclass(frozen=True)
class Outcome:
    """`bad` is None while it is not known. Of a bad loan: balance when it fell, and what of it is still out."""

    bad: bool | None
    exposure_fen: int
    left_fen: int = 0


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
    >>> fell = Month(dt.date(2024, 6, 30), 95, "special_mention", 80)
    >>> worse, known = Month(dt.date(2024, 7, 31), 126, "substandard", 60), dt.date(2025, 2, 10)
    >>> outcome_of(dt.date(2024, 1, 5), 100, [fell, worse], terms, known)
    Outcome(bad=True, exposure_fen=80, left_fen=60)
    >>> outcome_of(dt.date(2024, 1, 5), 100, [Month(dt.date(2024, 12, 31), 0, "normal", 40)], terms, known).bad
    False
    >>> outcome_of(dt.date(2024, 1, 5), 100, [Month(dt.date(2024, 11, 30), 0, "normal", 40)], terms, known).bad is None
    True
    >>> outcome_of(dt.date(2024, 1, 5), 100, [fell], terms, dt.date(2025, 1, 4)).bad is None
    True
    """
    classes = definition.classes
    until = add_months(lent_on, definition.window_months)
    seen = sorted((each for each in months if each.ends >= lent_on), key=lambda each: each.ends)
    within = [each for each in seen if each.ends < until]
    fell = next((e for e in within if e.overdue_days >= definition.overdue_days or e.grade in classes), None)
    if known_on < until:
        return Outcome(None, seen[-1].balance_fen if seen else principal_fen)
    if fell is not None:
        return Outcome(True, fell.balance_fen, seen[-1].balance_fen)
    balance = seen[-1].balance_fen if seen else principal_fen
    paid_off = any(each.balance_fen == 0 for each in within)
    whole = bool(seen) and seen[-1].ends >= _last_month_end(until)
    return Outcome(False if paid_off or whole else None, balance)


def whole_months(first: dt.date, last: dt.date) -> int:
    """How many whole months lie between two days.

    >>> whole_months(dt.date(2026, 1, 15), dt.date(2026, 7, 14)), whole_months(dt.date(2026, 1, 15), dt.date(2026, 7, 15))
    (5, 6)
    """
    found = (last.year - first.year) * 12 + last.month - first.month
    return max(0, found if add_months(first, found) <= last else found - 1)


def _last_month_end(until: dt.date) -> dt.date:
    """The last end of a month before the window is over."""
    return until.replace(day=1) - dt.timedelta(days=1)


def sha256_of(values: Any) -> str:
    """Of canonical JSON."""
    said = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(said.encode()).hexdigest()
