"""Matching the lines of a bank's statement to what a book says moved on the account. Pure.

Amounts are fen, signed where both directions meet: above zero money came into the account, below zero it went out.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Movement:
    """What one entry of a book, `journal`, moved on one account: `signed` fen, the numbers under which the bank may know it,
    to or from whom.

    `undoes` is the journal that this one takes back (a payment that failed), if it does.
    """

    journal: str
    day: dt.date
    signed: int
    references: frozenset[str] = frozenset()
    counterparty: str = ""
    undoes: str = ""


@dataclass(frozen=True)
class Line:
    """One line of a statement as matching sees it."""

    id: int
    day: dt.date
    signed: int
    reference: str = ""
    counterparty: str = ""
    memo: str = ""


@dataclass(frozen=True)
class Match:
    """A line and the movement that it is, and by what it was known."""

    line: int
    journal: str
    how: Literal["reference", "amount"]


def match(lines: Sequence[Line], movements: Sequence[Movement], window_days: int) -> list[Match]:
    """What can be matched without a person: first by number, then by amount, day and counterparty where only one fits.

    By number: the line's reference (or a word of its memo) is one of the movement's, with the same amount and direction.
    By amount: within `window_days` of each other, the line fits one movement only and the movement that line only; where
    both name a counterparty, it is the same. Whatever fits several is left to a person.

    >>> day = dt.date(2026, 11, 20)
    >>> match([Line(1, day, -500)], [Movement("a", day, -500)], 3)
    [Match(line=1, journal='a', how='amount')]
    >>> match([Line(1, day, -500)], [Movement("a", day, -500), Movement("b", day, -500)], 3)
    []
    """
    found = by_reference(lines, movements)
    done_lines, done = {one.line for one in found}, {one.journal for one in found}
    left = [line for line in lines if line.id not in done_lines]
    open_movements = [movement for movement in movements if movement.journal not in done]
    fits = {line.id: candidates(line, open_movements, window_days) for line in left}
    wanted = Counter(movement.journal for some in fits.values() for movement in some)
    for line in left:
        if len(fits[line.id]) == 1 and wanted[fits[line.id][0].journal] == 1:
            found.append(Match(line.id, fits[line.id][0].journal, "amount"))
    return found


def by_reference(lines: Sequence[Line], movements: Sequence[Movement]) -> list[Match]:
    """The matches that a number alone gives: one movement, one line, same amount and direction."""
    known: dict[tuple[str, int], list[Movement]] = {}
    for movement in movements:
        for reference in movement.references:
            known.setdefault((reference, movement.signed), []).append(movement)
    found: list[Match] = []
    taken: set[str] = set()
    for line in lines:
        named = {line.reference, *line.memo.split()} - {""}
        meant = {m.journal for name in named for m in known.get((name, line.signed), [])} - taken
        if len(meant) == 1:
            found.append(Match(line.id, min(meant), "reference"))
            taken |= meant
    return found


def candidates(line: Line, movements: Sequence[Movement], window_days: int) -> list[Movement]:
    """The movements that a line may be: same amount and direction, within the window, no other counterparty."""
    return [
        movement
        for movement in movements
        if movement.signed == line.signed
        and abs((movement.day - line.day).days) <= window_days
        and not (line.counterparty and movement.counterparty and line.counterparty != movement.counterparty)
    ]
