"""The challenger above the scorecard: boosting of one-split trees over the card's own bins, monotone in their points. Pure.

Each round adds the one split that lowers the log loss most (Newton's step, shrunk): an indicator's bins up to some points
against those above, or one of its three absences by itself. A split that would call better bins riskier is never taken, so
what comes out is again a table: so much ln odds of bad for each bin of each indicator, never rising with the points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kernel.late import late
from valuation.learning.arrays import Flags, Floats, Ints
from valuation.learning.method import Method
from valuation.learning.period import Column

special = late("scipy.special")


@dataclass(frozen=True)
class Boosted:
    """ln odds of bad = intercept + the step of the bin that each indicator hit."""

    intercept: float
    steps: Mapping[str, Floats]


@dataclass(frozen=True)
class _Side:
    """Bins of one indicator that move together."""

    bins: Flags
    move: float
    gain: float


def boosted(columns: Sequence[Column], bad: Flags, method: Method) -> Boosted:
    """Fitted on rows of which some are bad and some are not; `columns` are of just these rows."""
    intercept = float(special.logit(bad.mean()))
    steps = {each.name: np.zeros(len(each.labels)) for each in columns}
    odds: Floats = np.full(len(bad), intercept)
    least = method.least_bin_share * len(bad)
    sizes: dict[str, Ints] = {
        each.name: np.bincount(each.places, minlength=len(each.labels)) for each in columns
    }
    for _ in range(method.boost_rounds):
        chance = special.expit(odds)
        slope, bend = chance - bad, chance * (1 - chance)
        best: tuple[float, Column | None, tuple[_Side, ...]] = (0.0, None, ())
        for each in columns:
            for sides in _splits(each, slope, bend, sizes[each.name], least, method.boost_ridge):
                gain = sum(side.gain for side in sides)
                if gain > best[0]:
                    best = (gain, each, sides)
        _, column, sides = best
        if column is None:
            break
        step: Floats = np.zeros(len(column.labels))
        for side in sides:
            step[side.bins] = method.boost_rate * side.move
        steps[column.name] += step
        odds = odds + step[column.places]
    return Boosted(intercept, steps)


def _splits(
    column: Column, slope: Floats, bend: Floats, rows: Ints, least: float, ridge: float
) -> Iterator[tuple[_Side, ...]]:
    """Every split of an indicator that leaves enough rows on each side and keeps to its points."""
    labels = len(column.labels)
    slopes = np.bincount(column.places, weights=slope, minlength=labels)
    bends = np.bincount(column.places, weights=bend, minlength=labels)

    def side(bins: Flags) -> _Side:
        down, along = float(slopes[bins].sum()), float(bends[bins].sum()) + ridge
        return _Side(bins, -down / along, down * down / along)

    points, is_value = np.array((*column.bin_points,)), np.array(column.is_value)
    for bound in np.unique(points[is_value])[:-1]:
        low, high = is_value & (points <= bound), is_value & (points > bound)
        if min(rows[low].sum(), rows[high].sum()) < least:
            continue
        worse, better = side(low), side(high)
        if worse.move > better.move:
            yield worse, better
    for place in np.flatnonzero(~is_value & (rows >= max(least, 1))):
        yield (side(np.arange(labels) == place),)


def risk_of(columns: Sequence[Column], intercept: float, steps: Mapping[str, Sequence[float]]) -> Floats:
    """How risky the tables call each row."""
    risk: Floats = np.full(len(columns[0].places) if columns else 0, intercept)
    for each in columns:
        if each.name in steps:
            risk = risk + np.array(steps[each.name])[each.places]
    return risk
