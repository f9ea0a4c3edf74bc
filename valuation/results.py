"""What scoring answers: points per indicator with source and absence, blocks, score, band, PD, grade, gates, reasons. Pure.

`plain()` is all of it as JSON values: points as decimal text, PD in millionths and as a percentage, and `given`, from which
the same answer is worked out again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any

from valuation.calibration import percent
from valuation.gates import Finding
from valuation.inputs import Input, State
from valuation.terms import Indicator, Scale, points_text

Plain = dict[str, Any]


class Status(Enum):
    """How far the answer may be used. None of them is a final refusal: a person looks at what is stopped or thin."""

    SCORED = "scored"
    PROVISIONAL = "provisional"
    THIN = "thin"
    STOPPED = "stopped"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Line:
    """One indicator: what was stated, the bin hit, its points, and the least and most it could have brought."""

    indicator: Indicator
    scale: Scale
    stated: Input
    hit: str
    points: int
    least: int
    most: int
    excluded: int = 0
    reason: str = ""

    @property
    def state(self) -> State:
        return self.stated.state

    def plain(self) -> Plain:
        return {
            "id": self.indicator.id,
            "input": self.scale.id,
            "state": str(self.state),
            "stale": self.stated.stale,
            "value": self.stated.text,
            "excluded": self.excluded,
            "hit": self.hit,
            "points": points_text(self.points),
            "most": points_text(self.indicator.most),
            "source": self.stated.source,
            "known_on": self.stated.known_on.isoformat() if self.stated.known_on else None,
        }


@dataclass(frozen=True)
class GroupPoints:
    """Points of a group after spreading, its full points, and the full points of what applies."""

    id: str
    block: str
    name: str
    points: int
    most: int
    applies: int


@dataclass(frozen=True)
class Reason:
    """What an indicator cost the score, in hundredths, why, and what would help."""

    id: str
    cost: int
    text: str
    improve: str


@dataclass(frozen=True)
class Score:
    """The answer. Without a grade when the file is too thin; stopped ones carry their points and no line."""

    card: str
    digest: str
    on: date
    status: Status
    lines: tuple[Line, ...]
    findings: tuple[Finding, ...]
    missing: Mapping[str, int]
    thin: tuple[str, ...]
    stage: str = ""
    weights: Mapping[str, int] = field(default_factory=dict)
    groups: tuple[GroupPoints, ...] = ()
    blocks: Mapping[str, int] = field(default_factory=dict)
    score: int | None = None
    band: tuple[int, int] | None = None
    grade_by_score: str = ""
    grade: str = ""
    letter: str = ""
    capped_by: tuple[str, ...] = ()
    band_grades: tuple[str, str] | None = None
    pd: int | None = None
    pd_band: tuple[int, int] | None = None
    reasons: tuple[Reason, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def usable(self) -> bool:
        """Whether a line may be worked out from it."""
        return self.status in (Status.SCORED, Status.PROVISIONAL)

    @property
    def hits(self) -> tuple[Finding, ...]:
        """Gates that are hit or not known."""
        return tuple(found for found in self.findings if found.hit is not False)

    def group_points(self, group: str) -> int:
        return next((one.points for one in self.groups if one.id == group), 0)

    def plain(self) -> Plain:
        """All of it for JSON, with what replays it."""
        return {**self.answer(), "given": self.given}

    def answer(self) -> Plain:
        """All of it for JSON but what replays it."""
        return {
            "card": self.card,
            "digest": self.digest,
            "on": self.on.isoformat(),
            "status": str(self.status),
            "stage": self.stage,
            "K": _points(self.blocks.get("K")),
            "B": _points(self.blocks.get("B")),
            "score": _points(self.score),
            "band": [points_text(one) for one in self.band] if self.band else None,
            "grade_by_score": self.grade_by_score,
            "grade": self.grade,
            "band_grades": list(self.band_grades) if self.band_grades else None,
            "capped_by": list(self.capped_by),
            "pd_millionths": self.pd,
            "pd": percent(self.pd) if self.pd is not None else None,
            "pd_band": [percent(one) for one in self.pd_band] if self.pd_band else None,
            "missing": {block: points_text(points) for block, points in self.missing.items()},
            "thin": list(self.thin),
            "gates": [_finding_plain(found) for found in self.hits],
            "groups": {group.id: points_text(group.points) for group in self.groups},
            "lines": [line.plain() for line in self.lines],
            "reasons": [
                {"id": one.id, "cost": points_text(one.cost), "text": one.text, "improve": one.improve}
                for one in self.reasons
            ],
        }


def _points(hundredths: int | None) -> str | None:
    return None if hundredths is None else points_text(hundredths)


def _finding_plain(found: Finding) -> Plain:
    return {
        "id": found.id,
        "answer": "hit" if found.hit else "unknown",
        "rights": list(found.rights),
        "unknown_rights": list(found.unknown_rights),
        "reason": found.gate.reason,
        "improve": found.gate.improve,
    }
