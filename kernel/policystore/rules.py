"""Which version of a policy is in force on which days: pure, no Django, no clock.

A version states its first and last day, both included, and which others it replaces. On a day on which several are valid
the one that replaces the others is in force; where none replaces the other the texts do not say what holds, and that is
refused.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kernel.errors import Problem, Refused

_FIRST, _AFTER_LAST = dt.date.min.toordinal(), dt.date.max.toordinal() + 1


@dataclass(frozen=True)
class Span:
    """Days from `first` to `last`, both included; None is open."""

    first: dt.date | None
    last: dt.date | None

    def holds(self, day: dt.date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def __str__(self) -> str:
        if self.first is None and self.last is None:
            return "始终"
        if self.first is None:
            return f"至 {self.last}"
        return f"{self.first} 至 {self.last}" if self.last else f"{self.first} 起"


@dataclass(frozen=True)
class Stated:
    """What a version says of itself: its days, and the versions (directly or through others) that it replaces."""

    version: str
    first: dt.date | None
    last: dt.date | None
    replaces: frozenset[str] = frozenset()


def spans_in_force(versions: Sequence[Stated]) -> dict[str, tuple[Span, ...]]:
    """The days on which each version of one policy is in force; a version that is replaced on all its days has none.

    Refused, all at once: days on which two versions are valid of which neither replaces the other, or on which versions
    replace each other in a circle.

    >>> old = Stated("x@1", None, None)
    >>> new = Stated("x@2", dt.date(2026, 12, 1), None, frozenset({"x@1"}))
    >>> [str(span) for spans in spans_in_force([old, new]).values() for span in spans]
    ['至 2026-11-30', '2026-12-01 起']
    """
    cuts = sorted({_low(one) for one in versions} | {_high(one) for one in versions})
    days: dict[str, list[tuple[int, int]]] = {one.version: [] for one in versions}
    clashes: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for low, high in itertools.pairwise(cuts):
        valid = [one for one in versions if _low(one) <= low and high <= _high(one)]
        replaced = {name for one in valid for name in one.replaces}
        left = [one.version for one in valid if one.version not in replaced]
        if len(left) == 1:
            _add(days[left[0]], low, high)
        elif valid:
            _add(clashes.setdefault(tuple(sorted(one.version for one in valid)), []), low, high)
    if clashes:
        raise Refused(_clash(names, spans) for names, spans in clashes.items())
    return {name: tuple(_span(low, high) for low, high in spans) for name, spans in days.items()}


def told(spans: Iterable[Span]) -> str:
    """Spans as people read them; none at all is 无."""
    return "；".join(str(span) for span in spans) or "无"


def moved(
    before: Mapping[str, tuple[Span, ...]], after: Mapping[str, tuple[Span, ...]]
) -> dict[str, tuple[tuple[Span, ...], tuple[Span, ...]]]:
    """The versions whose days change: before and after."""
    return {
        name: (before.get(name, ()), spans) for name, spans in after.items() if before.get(name, ()) != spans
    }


def _low(one: Stated) -> int:
    return one.first.toordinal() if one.first else _FIRST


def _high(one: Stated) -> int:
    """The day after the last, as a number; the calendar's own last day is no end."""
    return one.last.toordinal() + 1 if one.last else _AFTER_LAST


def _add(spans: list[tuple[int, int]], low: int, high: int) -> None:
    if spans and spans[-1][1] == low:
        spans[-1] = (spans[-1][0], high)
    else:
        spans.append((low, high))


def _span(low: int, high: int) -> Span:
    first = None if low == _FIRST else dt.date.fromordinal(low)
    return Span(first, None if high == _AFTER_LAST else dt.date.fromordinal(high - 1))


def _clash(names: tuple[str, ...], spans: Sequence[tuple[int, int]]) -> Problem:
    when = told(_span(low, high) for low, high in spans)
    return Problem(
        names[0].partition("@")[0],
        f"{when}有几个版本同时有效：{'、'.join(names)}",
        "请以 supersedes 写明取代哪一个版本，或以 valid_from、valid_to 写明起止日",
        "two_versions",
    )
