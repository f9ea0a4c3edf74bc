"""内部参考价值 of the rights offered (7.5): relief from royalty, every factor shown, a range, never an appraisal. Pure.

    q * SUM t=1..T  revenue * (1+g)^t * royalty * (1-tax) * (1-obsolescence)^(t-1) / (1+k)^t

At most so many years' royalty, at least what the owner still commits to pay in annual fees. Rights on one product do not add
up: the largest counts whole, the next ones by the card's falling weights. Gates then take their part. Exact fractions; a
value is cut down to the whole yuan. The simulated range alone is worked out in doubles, and told to the hundred yuan.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernel.expressions import exact_text
from kernel.money import yuan_text
from valuation.gates import value_factors
from valuation.inputs import NOT_QUERIED, Application, Input, Right, State
from valuation.results import Score
from valuation.terms import ANY_FIELD, Scorecard

YUAN = 100
Floats = NDArray[np.float64]
Ends = tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction], tuple[Fraction, Fraction]]
"""The middle, the low and the high end of the range: how far the royalty rate is moved, and the discount rate."""


@dataclass(frozen=True)
class RightValue:
    """One right: its factors, and its value with the range and what follows from it; all money in fen."""

    right: Right
    revenue_fen: int
    growth: Fraction
    years: int
    weight: Fraction
    gate_factor: Fraction
    fee_fen: Fraction
    royalty: Fraction
    ceiling: Fraction
    floor: Fraction = Fraction(0)
    value_fen: int = 0
    low_fen: int = 0
    high_fen: int = 0
    pledge_fen: int = 0
    disposal_fen: int = 0
    flags: tuple[str, ...] = ()

    def plain(self, common: Fraction) -> dict[str, Any]:
        """Its factors; its royalty rate only where that is not the common one, which the portfolio tells."""
        own = {} if self.royalty == common else {"royalty": exact_text(self.royalty)}
        return own | {
            "id": self.right.id,
            "kind": self.right.kind,
            "product": self.right.product,
            "revenue": yuan_text(self.revenue_fen),
            "growth": exact_text(self.growth),
            "years": self.years,
            "weight": exact_text(self.weight),
            "gate_factor": exact_text(self.gate_factor),
            "renewal_floor": yuan_text(_cut(self.floor)),
            "royalty_ceiling": yuan_text(_cut(self.ceiling)),
            "value": yuan_text(self.value_fen),
            "low": yuan_text(self.low_fen),
            "high": yuan_text(self.high_fen),
            "pledge_value": yuan_text(self.pledge_fen),
            "disposal_value": yuan_text(self.disposal_fen),
            "flags": list(self.flags),
        }


@dataclass(frozen=True)
class Portfolio:
    """All rights of one application, with the royalty rate of no named field. `needs_appraisal`: too much for an internal
    value, so nothing of it counts.
    """

    label: str
    quality: Fraction
    discount: Fraction
    rights: tuple[RightValue, ...] = ()
    simulated: tuple[int, int, int] = (0, 0, 0)
    needs_appraisal: bool = False
    royalty: Fraction = Fraction(0)

    @property
    def value_fen(self) -> int:
        return sum(one.value_fen for one in self.rights)

    @property
    def range_fen(self) -> tuple[int, int]:
        return sum(one.low_fen for one in self.rights), sum(one.high_fen for one in self.rights)

    @property
    def pledge_fen(self) -> int:
        return 0 if self.needs_appraisal else sum(one.pledge_fen for one in self.rights)

    @property
    def disposal_fen(self) -> int:
        return 0 if self.needs_appraisal else sum(one.disposal_fen for one in self.rights)

    def plain(self) -> dict[str, Any]:
        low, high = self.range_fen
        return {
            "label": self.label,
            "quality": exact_text(self.quality),
            "royalty": exact_text(self.royalty),
            "discount": exact_text(self.discount),
            "value": yuan_text(self.value_fen),
            "range": [yuan_text(low), yuan_text(high)],
            "simulated": [yuan_text(fen) for fen in self.simulated],
            "pledge_value": yuan_text(self.pledge_fen),
            "disposal_value": yuan_text(self.disposal_fen),
            "needs_appraisal": self.needs_appraisal,
            "rights": [one.plain(self.royalty) for one in self.rights],
        }


def value_if_any(card: Scorecard, score: Score, application: Application) -> Portfolio | None:
    """The rights' value; None where the score has no grade or no right is offered."""
    return indicative_value(card, score, application) if score.letter and application.rights else None


def indicative_value(
    card: Scorecard,
    score: Score,
    application: Application,
    pledge_rates: Mapping[str, Fraction] | None = None,
) -> Portfolio:
    """The rights' value for internal reference; `pledge_rates` are the institution's own, never above the card's ceiling.

    The score must have a grade: quality and discount follow from it.
    """
    assert score.letter, "a value needs a graded score"
    terms = card.value
    group = next(one for one in card.groups if one.id == terms.quality_group)
    quality = terms.quality_base + terms.quality_slope * Fraction(score.group_points(group.id), group.most)
    discount = terms.discount[score.letter]
    factors = value_factors(score.findings, application)
    rights = [
        _facts(card, right, application, factors[right.id]) for right in application.rights if right.kind
    ]
    rights = _weighted(card, rights, quality, discount)
    middle = (Fraction(0), discount)
    lower = (-terms.royalty_step, discount + terms.discount_step)
    higher = (terms.royalty_step, max(discount - terms.discount_step, Fraction(0)))
    rates = {kind: _pledge_rate(card, kind, pledge_rates or {}) for kind in terms.kinds}
    valued = tuple(_valued(card, one, quality, (middle, lower, higher), rates) for one in rights)
    found = Portfolio(terms.label, quality, discount, valued, royalty=terms.royalty_of(ANY_FIELD))
    drawn = _simulated(card, valued, quality, (middle, lower, higher))
    return replace(found, simulated=drawn, needs_appraisal=found.value_fen > card.line.ceiling_fen)


def _pledge_rate(card: Scorecard, kind: str, own: Mapping[str, Fraction]) -> Fraction:
    terms = card.value.kinds[kind]
    return min(own.get(kind, terms.pledge_rate), terms.pledge_rate_ceiling)


# --- one right -----------------------------------------------------------------------------------------------------


def _facts(
    card: Scorecard,
    right: Right,
    application: Application,
    factor: Fraction,
) -> RightValue:
    """What is known of a right, what is taken for granted where it is not, its fees and its ceiling."""
    terms, flags = card.value, []
    product = application.products.get(right.product, {})
    revenue, growth = (
        product.get(f"product.{name}", NOT_QUERIED) for name in ("revenue_12m", "growth_percent")
    )
    left, fee = (right.facts.get(f"right.{name}", NOT_QUERIED) for name in ("legal_years_left", "annual_fee"))
    lives = [terms.tech_life[right.technology], terms.most_years]
    if right.kind not in terms.renewable:
        if left.state is not State.VALUE:
            flags.append("剩余保护年数未知，按零年计")
        lives.append(int(_number(left)))
    if revenue.state is not State.VALUE or not revenue.value:
        flags.append("没有产品收入，只按年费下限计")
    if growth.state is not State.VALUE:
        flags.append("产品收入增长率未知，按零增长计")
    rate = min(_number(growth) / 100, terms.most_growth)
    if rate < _number(growth) / 100:
        flags.append("增长率按上限计")
    years = min(lives)
    revenue_fen = int(_number(revenue) * YUAN)
    royalty = terms.royalty_of(right.technology)
    ceiling = revenue_fen * royalty * terms.most_royalty_years
    return RightValue(
        right,
        revenue_fen,
        rate,
        years,
        Fraction(1),
        factor,
        _number(fee) * YUAN,
        royalty,
        ceiling,
        flags=tuple(flags),
    )


def _number(stated: Input) -> Fraction:
    """A stated figure; what is not there brings nothing, and is flagged where it is read."""
    return (
        Fraction(stated.value)
        if stated.state is State.VALUE and isinstance(stated.value, Decimal)
        else Fraction(0)
    )


def _royalties(card: Scorecard, one: RightValue, royalty: Fraction, discount: Fraction) -> Fraction:
    """What licence fees after tax would be worth today, before quality."""
    terms = card.value
    kept = one.revenue_fen * royalty * (1 - terms.tax)
    decay = 1 - terms.obsolescence
    return sum(
        (kept * (1 + one.growth) ** year * decay ** (year - 1) / (1 + discount) ** year for year in range(1, one.years + 1)),
        Fraction(0),
    )  # fmt: skip


def _gross(
    card: Scorecard, one: RightValue, quality: Fraction, shift: Fraction, discount: Fraction
) -> Fraction:
    """By royalties at its rate moved by `shift`, not above so many years of them."""
    royalty = max(one.royalty + shift, Fraction(0))
    most = one.revenue_fen * royalty * card.value.most_royalty_years
    return min(quality * _royalties(card, one, royalty, discount), most)


def _floor(one: RightValue, discount: Fraction) -> Fraction:
    """What the official fees that the owner still commits to pay are worth today, in fen: the renewal floor."""
    return sum((one.fee_fen / (1 + discount) ** year for year in range(1, one.years + 1)), Fraction(0))


def _weighted(
    card: Scorecard, rights: Sequence[RightValue], quality: Fraction, discount: Fraction
) -> list[RightValue]:
    """Each right with its weight among those on its product, by falling value; rights without a product stand alone."""
    gross = {one.right.id: _gross(card, one, quality, Fraction(0), discount) for one in rights}
    place: dict[str, int] = {}
    weights: dict[str, Fraction] = {}
    for one in sorted(rights, key=lambda one: -one.gate_factor * gross[one.right.id]):
        before = place.get(one.right.product, 0)
        place[one.right.product] = before + 1
        table = card.value.weights
        weights[one.right.id] = (
            Fraction(1) if not one.right.product else table[before] if before < len(table) else Fraction(0)
        )
    return [replace(one, weight=weights[one.right.id]) for one in rights]


def _valued(
    card: Scorecard,
    one: RightValue,
    quality: Fraction,
    ends: Ends,
    rates: Mapping[str, Fraction],
) -> RightValue:
    value, low, high = (
        one.gate_factor * max(one.weight * _gross(card, one, quality, shift, discount), _floor(one, discount))
        for shift, discount in ends
    )
    return replace(
        one,
        floor=_floor(one, ends[0][1]),
        value_fen=_cut(value),
        low_fen=_cut(low),
        high_fen=_cut(high),
        pledge_fen=_cut(value * rates[one.right.kind]),
        disposal_fen=_cut(value * card.value.kinds[one.right.kind].recovery),
    )


def _cut(fen: Fraction) -> int:
    """Down to the whole yuan."""
    return int(fen // YUAN) * YUAN


# --- the range -----------------------------------------------------------------------------------------------------


def _simulated(
    card: Scorecard,
    rights: Iterable[RightValue],
    quality: Fraction,
    ends: Ends,
) -> tuple[int, int, int]:
    """Low, middle and high quantile of the sum when royalty and discount vary together over all rights."""
    drawn = card.value.simulation
    random = np.random.Generator(np.random.PCG64(drawn.seed)).random((2, drawn.draws))
    middle, lower, higher = ends
    discount = _triangular(random[1], higher[1], middle[1], lower[1])
    total = np.zeros(drawn.draws)
    for one in rights:
        least, most = (max(one.royalty + end[0], Fraction(0)) for end in (lower, higher))
        royalty = _triangular(random[0], least, one.royalty, most)
        year = np.arange(1, one.years + 1)[:, None]
        floor = float(one.fee_fen) * ((1 + discount) ** -year).sum(axis=0)
        drawn_value = float(one.weight) * _drawn(card, one, quality, royalty, discount)
        total += float(one.gate_factor) * np.maximum(drawn_value, floor)
    told = np.quantile(total, [float(drawn.low), 0.5, float(drawn.high)])
    low, mid, high = (int(np.rint(fen / (100 * YUAN))) * 100 * YUAN for fen in told)
    return low, mid, high


def _drawn(card: Scorecard, one: RightValue, quality: Fraction, royalty: Floats, discount: Floats) -> Floats:
    terms = card.value
    year = np.arange(1, one.years + 1)[:, None]
    decay = (1 - float(terms.obsolescence)) ** (year - 1)
    flow = (1 + float(one.growth)) ** year * decay / (1 + discount) ** year
    kept = one.revenue_fen * royalty * (1 - float(terms.tax))
    most = one.revenue_fen * royalty * terms.most_royalty_years
    return np.asarray(np.minimum(float(quality) * kept * flow.sum(axis=0), most))


def _triangular(drawn: Floats, low: Fraction, middle: Fraction, high: Fraction) -> Floats:
    """Uniform draws turned into a triangular distribution by its inverse."""
    left, mode, right = float(low), float(middle), float(high)
    if left == right:
        return np.full(drawn.shape, mode)
    share = (mode - left) / (right - left)
    rising = left + np.sqrt(drawn * (right - left) * (mode - left))
    falling = right - np.sqrt((1 - drawn) * (right - left) * (right - mode))
    return np.where(drawn < share, rising, falling)
