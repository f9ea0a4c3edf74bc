"""Ridge logistic regression by Newton's method, small enough to read; no library bigger than numpy.

The penalty is on the distance from `centre` (zeros, or the weights of experts); the intercept is never penalised.
"""

from dataclasses import dataclass

import numpy as np

from kernel.late import late
from valuation.learning.arrays import Flags, Floats

special = late("scipy.special")

MOST_STEPS = 100
CLOSE_ENOUGH = 1e-10


@dataclass(frozen=True)
class LogisticFit:
    """ln odds of bad = intercept + columns @ weights (+ offset)."""

    intercept: float
    weights: Floats
    errors: Floats
    """Standard errors: of the intercept first, then of each weight."""
    log_likelihood: float


def fit_logistic(
    columns: Floats, bad: Flags, ridge: float, centre: Floats | None = None, offset: Floats | None = None
) -> LogisticFit:
    """Maximise log-likelihood - ridge/2 * |weights - centre|². `columns` is rows x weights; both outcomes must occur."""
    assert 0 < bad.sum() < len(bad), "one outcome only: nothing to learn"
    design = np.column_stack([np.ones(len(bad)), columns])
    outcome = bad.astype(np.float64)
    shift = np.zeros(len(bad)) if offset is None else offset
    target = np.concatenate([[0.0], np.zeros(columns.shape[1]) if centre is None else centre])
    penalty = np.full(design.shape[1], ridge)
    penalty[0] = 0.0
    beta = target.copy()
    beta[0] = np.log(bad.mean() / (1 - bad.mean()))
    value = _objective(design, outcome, shift, beta, penalty, target)
    for _ in range(MOST_STEPS):
        chance = special.expit(design @ beta + shift)
        slope = design.T @ (outcome - chance) - penalty * (beta - target)
        step = np.linalg.lstsq(_information(design, chance, penalty), slope, rcond=None)[0]
        size = 1.0
        while (better := _objective(design, outcome, shift, beta + size * step, penalty, target)) < value:
            size /= 2
            if size < CLOSE_ENOUGH:
                break
        else:
            beta, value = beta + size * step, better
        if size < CLOSE_ENOUGH or np.max(np.abs(size * step)) < CLOSE_ENOUGH:
            break
    chance = special.expit(design @ beta + shift)
    errors = np.sqrt(np.maximum(np.diag(np.linalg.pinv(_information(design, chance, penalty))), 0))
    return LogisticFit(float(beta[0]), beta[1:], errors, log_likelihood(outcome, chance))


def log_likelihood(outcome: Floats, chance: Floats) -> float:
    return float(np.sum(special.xlogy(outcome, chance) + special.xlog1py(1 - outcome, -chance)))


def _information(design: Floats, chance: Floats, penalty: Floats) -> Floats:
    return (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)


def _objective(
    design: Floats, outcome: Floats, shift: Floats, beta: Floats, penalty: Floats, target: Floats
) -> float:
    chance = special.expit(design @ beta + shift)
    return log_likelihood(outcome, chance) - float(penalty @ (beta - target) ** 2) / 2
