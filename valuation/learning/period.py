"""What a validation report is made from: the scored applicants of a model version in a period, one row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from valuation.learning.arrays import Flags, Floats, Ints, Texts


@dataclass(frozen=True)
class Grade:
    name: str
    pd: float


@dataclass(frozen=True)
class Column:
    """One indicator over the rows: which of its bins each row hit, what that brought, and what it could bring."""

    name: str
    title: str
    group: str
    block: str
    labels: tuple[str, ...]
    """Bins in the order of the card, the three absences among them."""
    is_value: tuple[bool, ...]
    """Of each bin: whether a value stands there (not an absence)."""
    bin_points: tuple[float, ...]
    places: Ints
    points: Floats
    most: float
    applies: Flags
    """Whether it counts in this row at all."""


@dataclass(frozen=True)
class Scale:
    """How points become a PD: what sensitivity varies."""

    anchor_score: float
    anchor_pd: float
    double: float
    floor: float
    cap: float


@dataclass(frozen=True)
class Use:
    """Of the booked rows: line granted and drawn, exposure, loss stated and lost; amounts in whole fen."""

    granted: Ints
    drawn: Ints
    exposure: Ints
    lgd: Floats
    lost: Ints
    """Where the outcome is known; 0 for a good row."""
    booked: Flags


@dataclass(frozen=True)
class Period:
    """The scored applicants of a model version in a period, one row each, and what the model was made on."""

    version: str
    begins: str
    ends: str
    grades: Sequence[Grade]
    """From the safest to the riskiest."""
    flow: Mapping[str, int]
    """Applied, refused by a gate, scored, booked, ... in the order of the report."""
    score: Floats
    pd: Floats
    grade: Texts
    bad: Flags
    known: Flags
    """Whose outcome is known: the others count in the flow and in stability only."""
    approved: Flags
    blocks: Mapping[str, Floats] = field(default_factory=dict)
    """Scores of K and B apart; more is safer."""
    segments: Mapping[str, Texts] = field(default_factory=dict)
    """Stage, sector, size, region, age: for discrimination and fairness."""
    level_orders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Of a segment whose levels have an order of their own, all of them in it."""
    given_grade: Texts | None = None
    """What a person decided in the end."""
    earlier_grade: Texts | None = None
    """The same firm's grade a year before; "" if it had none."""
    development_scores: Floats | None = None
    indicator_bins: Mapping[str, tuple[Ints, Ints]] = field(default_factory=dict)
    """Counts per bin at development and in this period."""
    absences: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Per indicator: rows known, queried and none, not queried, not applicable, stale."""
    losses: Mapping[str, tuple[float, Sequence[float]]] = field(default_factory=dict)
    """Per kind of right: the LGD assumed, and those realised."""
    reasons: Mapping[str, int] = field(default_factory=dict)
    """How often each reason was shown; `development_reasons` on the rows the model was made on."""
    development_reasons: Mapping[str, int] | None = None
    head: Mapping[str, Any] = field(default_factory=dict)
    """Purpose, scope, owner, digest, the changes since the version before."""
    definition: Mapping[str, Any] = field(default_factory=dict)
    """What counts as a default, within which window, from which source."""
    selection: str = ""
    """Who could not come into the sample, in words."""
    outages: Sequence[Mapping[str, Any]] = ()
    days: Texts | None = None
    """Of each row the day of the score, YYYY-MM-DD."""
    columns: Sequence[Column] = ()
    weights: Mapping[str, Floats] = field(default_factory=dict)
    """Of each row the weights of the blocks."""
    scale: Scale | None = None
    use: Use | None = None
    first_reasons: Sequence[tuple[str, ...]] = ()
    """Of each row the reasons shown to the applicant, heaviest first."""
    earlier_reasons: Sequence[tuple[str, ...] | None] = ()
    disputes: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Per indicator: disputes answered, and upheld among them."""
    challenger_risk: Floats | None = None
    earlier_gain: float | None = None
    """By how much the same challenger was better (AUC) in the last report on an earlier period; None if there is none."""
    development_auc: tuple[float, float] | None = None
    """The AUC on the development rows and its standard error."""
    made_on: date | None = None
    limits: Sequence[str] = ()

    @property
    def every(self) -> Flags:
        return np.ones(len(self.score), dtype=bool)
