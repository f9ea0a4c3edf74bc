"""A scorecard as frozen values. Pure; `building` makes them from a sound document.

Points are whole hundredths of a point, rates and thresholds exact decimals, money whole fen: nothing that decides is a
float. What a value means (which bin, how many points) is asked here, in one place, by single and bulk paths alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from kernel.conditions import Condition

HUNDREDTHS = 100
FULL = 100 * HUNDREDTHS
BLOCKS = ("K", "B")
ANY_FIELD = "default"
"""A right of no named field of technology, and what a table says for fields that it does not name."""
HIGHER, LOWER = "higher", "lower"
TECHNOLOGIES = {
    ANY_FIELD: "一般",
    "software": "软件",
    "electronics": "电子",
    "machinery": "机械",
    "pharma": "医药",
}
"""What people call the technology fields of a card; a field without a word here is shown as the card writes it."""
NOTHING = "查无"
ABSENCES = ("queried_none", "not_applicable")
MOST_DECIMALS = 6
"""With six decimals every threshold below a billion, and every figure near it, is a double of its own: bulk may compare."""


@dataclass(frozen=True)
class Allowed:
    """Which figures a fact may have at all: both ends belong to it."""

    low: Decimal
    high: Decimal
    whole: bool = False


@dataclass(frozen=True)
class Bin:
    """Figures from `low` up to but not including `high` (None: without end), and the hundredths of a point they bring.

    `reason` is its own when the indicator's would not be true of it.
    """

    low: Decimal | None
    high: Decimal | None
    points: int
    reason: str = ""

    def __contains__(self, figure: Decimal) -> bool:
        return (self.low is None or figure >= self.low) and (self.high is None or figure < self.high)

    def __str__(self) -> str:
        if self.low is None:
            return "不限" if self.high is None else f"低于 {self.high}"
        return f"{self.low} 及以上" if self.high is None else f"{self.low} 至 {self.high} 以下"


@dataclass(frozen=True)
class Scale:
    """How one input is turned into points: by bins or by words; `none` is what “asked, nothing there” brings."""

    id: str
    name: str
    unit: str
    allowed: Allowed | None
    bins: tuple[Bin, ...]
    words: Mapping[str, int]
    none: Bin
    better: str
    peak: Decimal | None

    @cached_property
    def choices(self) -> tuple[tuple[str, int], ...]:
        """Every bin or word with its points, in the order of the file."""
        return tuple((str(one), one.points) for one in self.bins) or tuple(self.words.items())

    @cached_property
    def rungs(self) -> tuple[tuple[str, int], ...]:
        """The choices, and “nothing there” where it is beyond them: the last patent lost, the last lawsuit settled."""
        points = [points for _, points in self.choices]
        beyond = bool(self.bins) and not min(points) <= self.none.points <= max(points)
        return (*self.choices, (NOTHING, self.none.points)) if beyond else self.choices

    @cached_property
    def past_peak(self) -> frozenset[str]:
        """The bins from the peak on, where more brings less again."""
        peak = self.peak
        return frozenset(
            str(one) for one in self.bins if peak is not None and one.low is not None and one.low >= peak
        )

    @cached_property
    def span(self) -> tuple[int, int]:
        """The least and the most points an answer could bring; “nothing there” is an answer, of lawsuits the best."""
        every = (self.none.points, *(points for _, points in self.choices))
        return min(every), max(every)

    @cached_property
    def labels(self) -> Mapping[Bin, str]:
        return {one: str(one) for one in self.bins} | {self.none: "无"}

    def bin_of(self, figure: Decimal) -> Bin:
        """The bin of a figure. Below the first one is nothing at all: `none`."""
        return next((one for one in self.bins if figure in one), self.none)


@dataclass(frozen=True)
class Indicator:
    """One indicator of a block: scale, age limit, what absence means, and the words people read.

    A figure that only rises (an age) is never told as what could fall.
    """

    scale: Scale
    group: str
    block: str
    source: str
    max_age_days: int
    missing: int
    incomplete: bool
    not_applicable: str
    alternative: "tuple[Condition, Scale] | None"
    reason: str
    improve: str
    changeable: bool
    ref: tuple[str, ...]
    bins_mark: str
    points_mark: str
    note: str = ""
    only_rises: bool = False

    @cached_property
    def id(self) -> str:
        return self.scale.id

    @cached_property
    def name(self) -> str:
        return self.scale.name

    @cached_property
    def most(self) -> int:
        return self.scale.span[1]

    @cached_property
    def scales(self) -> tuple[Scale, ...]:
        return (self.scale, self.alternative[1]) if self.alternative else (self.scale,)


@dataclass(frozen=True)
class Group:
    """Indicators that belong together; `most` hundredths."""

    id: str
    block: str
    name: str
    most: int
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True)
class Fact:
    """What is asked beside the indicators: for gates, line and indicative value."""

    id: str
    name: str
    source: str
    unit: str
    max_age_days: int
    allowed: Allowed | None
    words: tuple[str, ...]
    absences: tuple[str, ...] = ABSENCES
    """Which absences may be stated of it. That nobody asked may always be said."""


@dataclass(frozen=True)
class Effects:
    """What a gate does. `cap` is a letter, reached only when more than `cap_over` of the rights are hit, if that is set."""

    reject: bool = False
    value: Fraction | None = None
    exclude: bool = False
    cap: str = ""
    cap_over: Fraction | None = None
    provisional: bool = False


@dataclass(frozen=True)
class Gate:
    """A condition that points never buy back; `of` says what is looked at: the firm, each right, the result."""

    id: str
    rule: str
    of: str
    conditions: tuple[Condition, ...]
    effects: Effects
    reason: str
    improve: str
    ref: str
    mark: str


@dataclass(frozen=True)
class Stage:
    """An age band of firms and the weights of both blocks in hundredths."""

    id: str
    name: str
    band: Bin
    weights: Mapping[str, int]
    mark: str


@dataclass(frozen=True)
class Calibration:
    """odds(good:bad) = (1 - anchor_pd) / anchor_pd * 2 ** ((score - anchor_score) / pdo)."""

    anchor_score: Decimal
    anchor_pd: Decimal
    pdo: Decimal
    floor: Decimal
    cap: Decimal
    mark: str


@dataclass(frozen=True)
class Band:
    """The range of a PD when it rests on so many firm-years."""

    firm_years: int
    level: Decimal


@dataclass(frozen=True)
class Grade:
    """A grade with its letter, its middle PD and the least score, in hundredths, that reaches it."""

    id: str
    letter: str
    pd_mid: Decimal
    score_from: int


@dataclass(frozen=True)
class LineTerms:
    """Parameters of 7.4; amounts in fen, by letter."""

    full_share: Fraction
    cap_with: Mapping[str, int]
    cap_without: Mapping[str, int]
    unsecured: Mapping[str, Fraction]
    unsecured_full: Mapping[str, Fraction]
    revenue_multiple: Mapping[str, Fraction]
    ceiling_fen: int
    ceiling_ref: str
    loss_budget: Fraction
    lgd: Fraction
    lgd_least: Fraction
    step_fen: int
    marks: Mapping[str, str]


@dataclass(frozen=True)
class Kind:
    """A kind of right: what part of its value may be lent on, at most, and what a forced sale is thought to bring."""

    id: str
    name: str
    pledge_rate: Fraction
    pledge_rate_ceiling: Fraction
    recovery: Fraction
    mark: str


@dataclass(frozen=True)
class Simulation:
    """How the range of a value is drawn: number of draws, seed, and the quantiles told."""

    draws: int
    seed: int
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class ValueTerms:
    """Parameters of 7.5."""

    label: str
    royalty: Mapping[str, Fraction]
    royalty_step: Fraction
    discount_step: Fraction
    tax: Fraction
    most_years: int
    most_growth: Fraction
    tech_life: Mapping[str, int]
    discount: Mapping[str, Fraction]
    obsolescence: Fraction
    quality_group: str
    quality_base: Fraction
    quality_slope: Fraction
    weights: tuple[Fraction, ...]
    most_royalty_years: int
    renewable: frozenset[str]
    kinds: Mapping[str, Kind]
    simulation: Simulation
    marks: Mapping[str, str]

    def royalty_of(self, technology: str) -> Fraction:
        """The royalty rate of a field of technology, the common one where the card names none for it."""
        return self.royalty.get(technology, self.royalty[ANY_FIELD])


@dataclass(frozen=True)
class Scorecard:
    """The whole card. `digest` is of the document as it was read: what a stored score names."""

    id: str
    title: str
    version: str
    first: date
    last: date | None
    evidence: str
    digest: str
    references: Mapping[str, tuple[str, str]]
    stage_by: str
    stages: tuple[Stage, ...]
    thin_missing: Mapping[str, int]
    thin_needs: tuple[str, ...]
    reasons_shown: int
    calibration: Calibration
    band: Band | None
    groups: tuple[Group, ...]
    facts: Mapping[str, Fact]
    gates: tuple[Gate, ...]
    unknown: Effects
    grades: tuple[Grade, ...]
    excluded: Mapping[str, str]
    line: LineTerms
    value: ValueTerms
    document: Mapping[str, Any] = field(repr=False, compare=False)
    reasons_by_scale: bool = False
    """Points lost are counted against the best answer on the scale that was used, not of the indicator's own scale."""

    @cached_property
    def indicators(self) -> Mapping[str, Indicator]:
        return {one.id: one for group in self.groups for one in group.indicators}

    @cached_property
    def inputs(self) -> Mapping[str, tuple[Indicator, Scale]]:
        """Every input by id, an indicator's alternative too."""
        return {scale.id: (one, scale) for one in self.indicators.values() for scale in one.scales}

    @cached_property
    def _facts_by_scope(self) -> Mapping[str, Mapping[str, Fact]]:
        scopes: dict[str, dict[str, Fact]] = {}
        for name, fact in self.facts.items():
            scope, _, short = name.partition(".")
            scopes.setdefault(scope, {})[short] = fact
        return scopes

    def facts_of(self, scope: str) -> Mapping[str, Fact]:
        """The facts of the firm, of a right or of a product, by their short names."""
        return self._facts_by_scope.get(scope, {})

    def stage_of(self, figure: Decimal) -> Stage:
        return next(stage for stage in self.stages if figure in stage.band)

    def grade_of(self, score: int) -> Grade:
        """The grade that so many hundredths reach.

        The last grade begins at zero, so that every score has one.
        """
        return next(grade for grade in self.grades if score >= grade.score_from)

    def best_of(self, letter: str) -> int:
        """The place of the best grade a letter allows."""
        return next(place for place, grade in enumerate(self.grades) if grade.letter == letter)


def points_text(hundredths: int) -> str:
    """Hundredths as people read them.

    >>> points_text(250), points_text(1200), points_text(6451), points_text(-50)
    ('2.5', '12', '64.51', '-0.5')
    """
    whole, rest = divmod(abs(hundredths), HUNDREDTHS)
    text = f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)
    return f"-{text}" if hundredths < 0 else text
