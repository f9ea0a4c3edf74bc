"""A filter of white lists as frozen values. Pure; `loading` makes them from a sound document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from kernel.conditions import Answer, Condition

FIRM, RIGHT = "firm", "right"
INDICATOR = "indicator"
LARGEST, SMALLEST = "largest", "smallest"
ABSENT_MEANS = {"meets": Answer.YES, "fails": Answer.NO, "unknown": Answer.UNKNOWN}
"""What a file says that “asked, nothing there” or “does not apply” means for a condition."""


@dataclass(frozen=True)
class Criterion:
    """One line of the filter: met when all conditions of one of its `cases` hold.

    Of rights, `fewest` of those known must meet it. `none` is what “asked, nothing there” means, `not_applicable` likewise;
    where the file says neither, both are unknown: an absence is never read as a figure.
    """

    id: str
    name: str
    of: str
    cases: tuple[tuple[Condition, ...], ...]
    fewest: int
    none: Answer
    not_applicable: Answer
    article: str
    reason: str
    improve: str
    mark: str

    @property
    def metrics(self) -> tuple[str, ...]:
        """The facts it looks at, each once."""
        return tuple(dict.fromkeys(condition.metric for case in self.cases for condition in case))


@dataclass(frozen=True)
class Ordering:
    """One key of the order: firms with more (or less) of a fact come first; whose fact is not known come last."""

    by: str
    first: str


@dataclass(frozen=True)
class Near:
    """Who is told as a near miss: so many criteria failed at most, or so many not known at most."""

    most_failed: int
    most_unknown: int


@dataclass(frozen=True)
class Source:
    what: str
    mark: str
    url: str = ""


@dataclass(frozen=True)
class Filter:
    """A whole filter. `digest` is of what the document says; `card` names the scorecard whose facts it speaks of."""

    id: str
    title: str
    issuer: str
    sources: tuple[Source, ...]
    regions: tuple[str, ...]
    card: str
    first: date
    last: date | None
    valid_days: int
    valid_days_mark: str
    most: int
    most_mark: str
    fewest_counted: int
    near: Near
    criteria: tuple[Criterion, ...]
    order: tuple[Ordering, ...]
    digest: str
    document: Mapping[str, Any] = field(repr=False, compare=False)

    @cached_property
    def by_id(self) -> Mapping[str, Criterion]:
        return {one.id: one for one in self.criteria}

    def in_force(self, on: date) -> bool:
        return self.first <= on and (self.last is None or on <= self.last)
