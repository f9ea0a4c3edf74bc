"""Are the stated probabilities true? Brier, slope and intercept, Hosmer-Lemeshow, tests per grade, recalibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kernel.late import late
from valuation.learning.arrays import Flags, Floats
from valuation.learning.logistic import fit_logistic

integrate = late("scipy.integrate")
optimize = late("scipy.optimize")
special = late("scipy.special")
stats = late("scipy.stats")

TINY = 1e-12
"""A stated probability this near to 0 or 1 is taken as this: its log odds stay finite."""


@dataclass(frozen=True)
class Brier:
    score: float
    """Mean squared difference of probability and outcome."""
    skill: float
    """1 - score / that of the constant forecast with the rows' own bad rate; below zero is worse than saying nothing."""


def brier(chance: Floats, bad: Flags) -> Brier:
    score = float(np.mean((chance - bad) ** 2))
    constant = float(bad.mean() * (1 - bad.mean()))
    return Brier(score, 1 - score / constant if constant else float("nan"))


@dataclass(frozen=True)
class Line:
    """ln odds of what happened = intercept + slope * ln odds stated; (0, 1) is perfect, a slope below 1 is overfitted."""

    intercept: float
    slope: float
    intercept_error: float
    slope_error: float
    at_large: float
    """The intercept when the slope is held at 1: how far all are over- or understated (Cox 1958)."""


def calibration_line(chance: Floats, bad: Flags) -> Line:
    stated = _log_odds(chance)
    if np.ptp(stated) == 0:
        raise ValueError("a constant forecast has no slope")
    free = fit_logistic(stated[:, None], bad, ridge=0.0)
    fixed = fit_logistic(np.empty((len(bad), 0)), bad, ridge=0.0, offset=stated)
    return Line(
        free.intercept, float(free.weights[0]), float(free.errors[0]), float(free.errors[1]), fixed.intercept
    )


@dataclass(frozen=True)
class Group:
    """Rows of about equal stated probability."""

    rows: int
    bads: int
    mean_chance: float

    @property
    def bad_rate(self) -> float:
        return self.bads / self.rows


def calibration_groups(chance: Floats, bad: Flags, groups: int) -> list[Group]:
    """Rows by rising probability in about equal groups; equal probabilities are never torn apart."""
    cuts = np.unique(np.quantile(chance, np.arange(1, groups) / groups))
    places = np.searchsorted(cuts, chance, side="left")
    return [
        Group(int(inside.sum()), int(bad[inside].sum()), float(chance[inside].mean()))
        for place in range(len(cuts) + 1)
        if (inside := places == place).any()
    ]


@dataclass(frozen=True)
class Test:
    statistic: float
    freedom: int
    p: float


def hosmer_lemeshow(groups: list[Group], fitted_here: bool) -> Test:
    """Sum of (seen - expected)² / variance over the groups; two degrees are lost on the rows of the fit (1980, 2013)."""
    statistic = sum(
        (each.bads - each.rows * each.mean_chance) ** 2
        / max(each.rows * each.mean_chance * (1 - each.mean_chance), TINY)
        for each in groups
    )
    freedom = max(1, len(groups) - (2 if fitted_here else 0))
    return Test(float(statistic), freedom, float(stats.chi2.sf(statistic, freedom)))


def jeffreys_p(bads: int, rows: int, pd: float) -> float:
    """Chance, after the evidence, that the true rate is at most `pd`: small means that the grade's PD is too low.

    Beta(d + 1/2, n - d + 1/2) at `pd` (ECB instructions for reporting the validation results, 2019, 2.5.3.1).
    """
    return float(stats.beta.cdf(pd, bads + 0.5, rows - bads + 0.5))


def jeffreys_interval(bads: int, rows: int, level: float = 0.95) -> tuple[float, float]:
    """Equal tails of Beta(d + 1/2, n - d + 1/2), from 0 at no bads and to 1 at all bads (Brown, Cai, DasGupta 2001)."""
    tail = (1 - level) / 2
    low = float(stats.beta.ppf(tail, bads + 0.5, rows - bads + 0.5)) if bads else 0.0
    high = float(stats.beta.isf(tail, bads + 0.5, rows - bads + 0.5)) if bads < rows else 1.0
    return low, high


def binomial_p(bads: int, rows: int, pd: float) -> float:
    """Chance of at least that many bads if each falls alone with `pd`."""
    return float(stats.binom.sf(bads - 1, rows, pd))


def correlated_p(bads: int, rows: int, pd: float, correlation: float) -> float:
    """Chance of at least that many bads if all lean on one factor (Vasicek 2002) with this asset correlation."""
    if correlation == 0 or bads == 0:
        return binomial_p(bads, rows, pd)
    threshold = stats.norm.ppf(pd)

    def density(factor: float) -> float:
        given = stats.norm.cdf((threshold - np.sqrt(correlation) * factor) / np.sqrt(1 - correlation))
        return float(stats.binom.sf(bads - 1, rows, given) * stats.norm.pdf(factor))

    turn = (
        (threshold - np.sqrt(1 - correlation) * stats.norm.ppf(bads / rows)) / np.sqrt(correlation)
        if bads < rows
        else -9
    )
    value, _ = integrate.quad(density, -9, 9, points=[float(np.clip(turn, -8.9, 8.9))], limit=200)
    return float(min(1.0, max(0.0, value)))


def shift_to(chance: Floats, tendency: float) -> float:
    """What to add to every ln odds so that the mean probability becomes `tendency`; order and AUC do not change."""
    stated = _log_odds(chance)
    return float(
        optimize.brentq(lambda shift: special.expit(stated + shift).mean() - tendency, -40, 40, xtol=1e-12)
    )


def prior_correction(sample_rate: float, true_rate: float) -> float:
    """What to add to the intercept of a model fitted on a sample in which bads were over- or undersampled (King, Zeng 2001).

    >>> round(prior_correction(0.5, 0.0943), 4)
    -2.2622
    """
    return float(special.logit(true_rate) - special.logit(sample_rate))


def shifted(chance: Floats, shift: float) -> Floats:
    moved: Floats = special.expit(_log_odds(chance) + shift)
    return moved


def _log_odds(chance: Floats) -> Floats:
    odds: Floats = special.logit(np.clip(chance, TINY, 1 - TINY))
    return odds
