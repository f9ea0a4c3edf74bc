"""Does a score tell bad from good? AUC with DeLong's variance, Gini, KS, CAP. `risk` is more for the riskier."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

import numpy as np

from kernel.late import late
from valuation.learning.arrays import Flags, Floats

stats = late("scipy.stats")


@dataclass(frozen=True)
class Auc:
    """The chance that a bad row has more risk than a good one (ties count half), with its standard error."""

    value: float
    error: float

    @property
    def gini(self) -> float:
        return 2 * self.value - 1

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        half = float(stats.norm.isf((1 - level) / 2)) * self.error
        return max(0.0, self.value - half), min(1.0, self.value + half)


def auc(risk: Floats, bad: Flags) -> Auc:
    """AUC and its standard error (DeLong, DeLong, Clarke-Pearson 1988; by ranks as Sun and Xu 2014)."""
    of_bads, of_goods = _placements(risk, bad)
    return Auc(float(of_bads.mean()), sqrt(_variance(of_bads) + _variance(of_goods)))


def auc_value(risk: Floats, bad: Flags) -> float:
    """The AUC alone."""
    bads = int(bad.sum())
    goods = len(bad) - bads
    assert bads * goods, "one outcome only"
    return float((stats.rankdata(risk)[bad].sum() - bads * (bads + 1) / 2) / (bads * goods))


@dataclass(frozen=True)
class Comparison:
    """Two scores on the same rows: how far the second's AUC lies above the first's; p is two-sided."""

    difference: float
    error: float
    p: float


def compare_auc(first: Floats, second: Floats, bad: Flags) -> Comparison:
    """DeLong's test of two correlated AUCs."""
    bads = [_placements(risk, bad)[0] for risk in (first, second)]
    goods = [_placements(risk, bad)[1] for risk in (first, second)]
    difference = float(bads[1].mean() - bads[0].mean())
    error = sqrt(_variance(bads[1] - bads[0]) + _variance(goods[1] - goods[0]))
    if error == 0:
        return Comparison(difference, 0.0, 1.0 if difference == 0 else 0.0)
    return Comparison(difference, error, float(2 * stats.norm.sf(abs(difference) / error)))


def _placements(risk: Floats, bad: Flags) -> tuple[Floats, Floats]:
    """For each bad row the share of good rows below it; for each good row the share of bad rows above it."""
    assert 0 < bad.sum() < len(bad), "one outcome only"
    overall = stats.rankdata(risk)
    of_bads = (overall[bad] - stats.rankdata(risk[bad])) / (~bad).sum()
    of_goods = 1 - (overall[~bad] - stats.rankdata(risk[~bad])) / bad.sum()
    return of_bads, of_goods


def _variance(placements: Floats) -> float:
    return float(placements.var(ddof=1) / len(placements)) if len(placements) > 1 else 0.0


def ks(risk: Floats, bad: Flags) -> float:
    """The widest gap between the two distributions of the score; equal scores move together."""
    _, bads, goods = _counted(risk, bad)
    return float(np.max(np.abs(np.cumsum(bads) / bads.sum() - np.cumsum(goods) / goods.sum())))


def cap_curve(risk: Floats, bad: Flags) -> list[tuple[float, float]]:
    """Share of all rows, riskiest first, against the share of the bads among them; from (0, 0) to (1, 1)."""
    _, bads, goods = _counted(risk, bad)
    bads, goods = bads[::-1], goods[::-1]
    rows = np.cumsum(bads + goods) / (bads + goods).sum()
    caught = np.cumsum(bads) / bads.sum()
    return [(0.0, 0.0), *((float(x), float(y)) for x, y in zip(rows, caught, strict=True))]


def accuracy_ratio(curve: list[tuple[float, float]], bad_share: float) -> float:
    """Area between the CAP and the diagonal over that of a perfect score: equals the Gini."""
    area = sum((x1 - x0) * (y1 + y0) / 2 for (x0, y0), (x1, y1) in pairwise(curve))
    return (area - 0.5) / ((1 - bad_share) / 2)


def _counted(risk: Floats, bad: Flags) -> tuple[Floats, Floats, Floats]:
    """The different scores, rising, with the bads and the goods at each."""
    scores, places = np.unique(risk, return_inverse=True)
    rows, bads = np.zeros(len(scores)), np.zeros(len(scores))
    np.add.at(rows, places, 1)
    np.add.at(bads, places, bad)
    return scores, bads, rows - bads
