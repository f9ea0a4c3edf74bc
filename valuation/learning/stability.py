"""Has the population moved? PSI of a score, CSI of a feature, migration between grades, overrides."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from kernel.late import late
from valuation.learning.arrays import Floats, Ints

special = late("scipy.special")

EMPTY_ROWS = 0.5
"""What an empty bin counts for: without it one empty bin alone makes the index infinite (Jeffreys' half)."""


def psi(before: Sequence[int] | Ints, after: Sequence[int] | Ints) -> float:
    """Population stability index of two rows of counts over the same bins: sum of (p - q) * ln(p / q)."""
    p, q = _shares(before), _shares(after)
    return float((special.rel_entr(p, q) + special.rel_entr(q, p)).sum())


def csi(before: Ints, after: Ints, bins: int) -> float:
    """The same of a feature: `before` and `after` hold the bin of each row."""
    return psi(np.bincount(before, minlength=bins), np.bincount(after, minlength=bins))


def overlap(before: Mapping[str, int], after: Mapping[str, int]) -> float:
    """How much of two mixtures is common: the sum over names of the smaller share, 0 to 1. Of nothing and nothing it is 1.

    >>> overlap({"a": 3, "b": 1}, {"a": 1, "b": 1}), overlap({"a": 1}, {"b": 1}), overlap({}, {}), overlap({"a": 1}, {})
    (0.75, 0.0, 1.0, 0.0)
    """
    first, second = sum(before.values()), sum(after.values())
    if not first or not second:
        return float(first == second)
    return sum(min(rows / first, after.get(name, 0) / second) for name, rows in before.items())


def _shares(counts: Sequence[int] | Ints) -> Floats:
    rows = np.asarray(counts, dtype=np.float64)
    if not rows.all():
        rows = rows + EMPTY_ROWS
    shares: Floats = rows / rows.sum()
    return shares


def score_cuts(scores: Floats, groups: int) -> Floats:
    """The inner bounds of about equal groups of a score."""
    return np.unique(np.quantile(scores, np.arange(1, groups) / groups))


def migration(before: Sequence[str], after: Sequence[str], grades: Sequence[str]) -> list[list[int]]:
    """How many went from each grade (row) to each grade (column), in the order of `grades`."""
    place = {grade: index for index, grade in enumerate(grades)}
    matrix = [[0] * len(grades) for _ in grades]
    for was, now in zip(before, after, strict=True):
        matrix[place[was]][place[now]] += 1
    return matrix


def override_rate(
    given: Sequence[Hashable], model: Sequence[Hashable], rank: Mapping[Any, int]
) -> dict[str, float]:
    """Shares of the grades given by persons that lie above and below the model's; a better grade has the lower rank."""
    assert given, "no decisions"
    better = sum(rank[g] < rank[m] for g, m in zip(given, model, strict=True))
    worse = sum(rank[g] > rank[m] for g, m in zip(given, model, strict=True))
    return {"better": better / len(given), "worse": worse / len(given), "all": (better + worse) / len(given)}
