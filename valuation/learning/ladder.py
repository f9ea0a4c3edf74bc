"""What an institution's own defaults may change, rung by rung: the fewer there are, the nearer one stays to the experts.

Below the first bar only each grade's PD moves (Beta posterior round the master scale); then intercept and slope on the
expert's score; then the weights of its groups, shrunk to the experts'; a scorecard of its own only after that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kernel.late import late
from valuation.learning.arrays import Flags, Floats
from valuation.learning.calibration import Line, calibration_line
from valuation.learning.logistic import fit_logistic
from valuation.learning.method import Method, Rung

optimize = late("scipy.optimize")
stats = late("scipy.stats")


def rung_of(defaults: int, method: Method) -> Rung:
    """The highest rung whose number of defaults is reached."""
    return max((each for each in method.ladder if each.least <= defaults), key=lambda each: each.least)


@dataclass(frozen=True)
class GradePd:
    """A grade's PD after the evidence; grades in the order of rising risk never cross."""

    prior: float
    rows: int
    bads: int
    mean: float
    upper: float
    """The quantile that is reported while defaults are few."""


def grade_pds(
    prior: Sequence[float], rows: Sequence[int], bads: Sequence[int], method: Method
) -> list[GradePd]:
    """Beta posterior of each grade with the prior's weight in firm-years, made monotone over the grades.

    n = 100, d = 0, prior 3 % worth 100: mean 1.50 %, 75 % quantile 1.96 % (scoring.md section 4).
    """
    weight = method.prior_rows
    n, d, p = (np.asarray(each, dtype=np.float64) for each in (rows, bads, prior))
    good = weight * (1 - p) + n - d
    mean = (weight * p + d) / (weight + n)
    upper = stats.beta.ppf(method.prior_quantile, weight * p + d, good)
    held = [optimize.isotonic_regression(each, weights=weight + n).x for each in (mean, upper)]
    return [
        GradePd(float(p[i]), int(n[i]), int(d[i]), float(held[0][i]), float(held[1][i]))
        for i in range(len(p))
    ]


def upper_bound(bads: int, rows: int, confidence: float) -> float:
    """The PD at which so few bads (or fewer) have the chance 1 - confidence (Pluto, Tasche 2005, independent)."""
    return 1.0 if bads == rows else float(stats.beta.ppf(confidence, bads + 1, rows - bads))


def line_on_expert(chance: Floats, bad: Flags) -> Line:
    """Intercept and slope on the expert's ln odds: ln odds = intercept + slope * ln odds of the expert."""
    return calibration_line(chance, bad)


@dataclass(frozen=True)
class GroupWeights:
    """ln odds of bad = intercept - sum over groups of weight * (expert's points of the group, in ln odds)."""

    intercept: float
    weights: tuple[float, ...]
    """1 is as the experts say; never below 0: a group cannot turn against its own points."""


def group_weights(points: Floats, bad: Flags, method: Method, expert_factor: float) -> GroupWeights:
    """Ridge logistic over the groups' points (rows x groups), shrunk to the expert weights; `expert_factor` is points per
    unit of ln odds. A group that wants a negative weight is held at 0 and the others are fitted again."""
    columns = -points / expert_factor
    free = list(range(points.shape[1]))
    while True:
        fit = fit_logistic(columns[:, free], bad, method.group_ridge, np.ones(len(free)))
        if not free or fit.weights.min() >= 0:
            break
        free.pop(int(np.argmin(fit.weights)))
    weights = dict(zip(free, fit.weights, strict=True))
    return GroupWeights(fit.intercept, tuple(float(weights.get(i, 0.0)) for i in range(points.shape[1])))


def challenger_wins(gains: Sequence[float], method: Method) -> bool:
    """Two trials out of time, each better (AUC, challenger less champion) by more than the gain that is asked."""
    return sum(gain > method.challenger_gain for gain in gains[-2:]) == 2
