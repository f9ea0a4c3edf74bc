"""Score to PD to grade (7.3), exact and the same on every machine: decimals of 34 digits, never a float. Pure.

A PD is a whole number of millionths. Rounded half up; floored and capped as the card says.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from itertools import pairwise

from kernel.late import late
from valuation.terms import FULL, HUNDREDTHS, Band, Calibration

special = late("scipy.special")

MILLION = 1_000_000
_EXACT = Context(prec=34)


@lru_cache(maxsize=1 << 15)
def pd_millionths(calibration: Calibration, score: int) -> int:
    """The probability of default at so many hundredths of a point.

    >>> card = Calibration(*map(Decimal, ("60", "0.030", "12", "0.0030", "0.30")), "assumed")
    >>> [pd_millionths(card, points * 100) for points in (0, 40, 60, 80, 100)]
    [300000, 89411, 30000, 9648, 3059]
    """
    good = _EXACT.divide(1 - calibration.anchor_pd, calibration.anchor_pd)
    doublings = _EXACT.divide(Decimal(score) / HUNDREDTHS - calibration.anchor_score, calibration.pdo)
    odds = _EXACT.multiply(good, _EXACT.power(Decimal(2), doublings))
    pd = min(max(_EXACT.divide(Decimal(1), 1 + odds), calibration.floor), calibration.cap)
    return int((pd * MILLION).to_integral_value(ROUND_HALF_UP))


def score_reaching(calibration: Calibration, pd: Decimal) -> int:
    """The least score, in hundredths, whose PD before floor and cap is no higher than `pd`; never below 0.

    Above `FULL` where even a full score has a higher one: with a high anchor the best grades are reached by nobody.
    """
    good = _EXACT.divide(1 - calibration.anchor_pd, calibration.anchor_pd)
    ratio = _EXACT.divide(_EXACT.divide(1 - pd, pd), good)
    doublings = _EXACT.divide(_EXACT.ln(ratio), _EXACT.ln(Decimal(2)))
    score = (calibration.anchor_score + calibration.pdo * doublings) * HUNDREDTHS
    return min(max(int(score.to_integral_value(ROUND_CEILING)), 0), FULL + 1)


def least_scores(calibration: Calibration, middles: Sequence[Decimal]) -> list[int]:
    """For each grade the score from which it is reached: bounds are the geometric means of neighbouring PDs."""
    bounds = [_EXACT.sqrt(_EXACT.multiply(one, other)) for one, other in pairwise(middles)]
    return [*(score_reaching(calibration, bound) for bound in bounds), 0]


def pd_range(band: Band, pd: int) -> tuple[int, int]:
    """Where the PD lies if it rests on `firm_years` (Beta, equal tails), in millionths rounded to the basis point.

    scipy's quantiles are floats; a hundred millionths is far coarser than their last digit, so the figure replays.
    """
    defaults = band.firm_years * pd / MILLION
    tail = (1 - float(band.level)) / 2
    low, high = (special.betaincinv(defaults, band.firm_years - defaults, q) for q in (tail, 1 - tail))
    return round(low * 10_000) * 100, round(high * 10_000) * 100


def percent(millionths: int) -> str:
    """Millionths as a percentage of two decimals, rounded half up.

    >>> percent(30000), percent(8942), percent(300000)
    ('3.00%', '0.89%', '30.00%')
    """
    units = (2 * millionths + 100) // 200
    return f"{units // 100}.{units % 100:02d}%"
