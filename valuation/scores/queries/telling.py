"""A score as its page tells it: points by group and factor with their sources, gates, what is missing, what would help."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from valuation.inputs import State
from valuation.prospects import Prospects, prospects
from valuation.scores.queries.replaying import worked_again
from valuation.scores.rules import is_of_this_working
from valuation.terms import points_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from valuation.results import GroupPoints, Line
    from valuation.results import Score as Worked
    from valuation.scores.models import Dispute, Score
    from valuation.terms import Scorecard


@dataclass(frozen=True)
class Factor:
    """One indicator of a score."""

    line: Line
    cost: int = 0

    @property
    def name(self) -> str:
        return self.line.scale.name

    @property
    def unit(self) -> str:
        """Of a figure; a word (a class, yes or no) has none."""
        return "" if self.line.scale.words else self.line.scale.unit

    @property
    def points(self) -> str:
        return points_text(self.line.points)

    @property
    def most(self) -> str:
        return points_text(self.line.indicator.most)

    @property
    def state(self) -> str:
        return str(self.line.state)

    @property
    def reason(self) -> str:
        """Why points are missing, if any are."""
        if self.line.points >= self.line.indicator.most or self.line.state is not State.VALUE:
            return ""
        return self.line.reason or self.line.indicator.reason


@dataclass(frozen=True)
class ScoreTold:
    """Everything a page says of a score; `theirs` is another house's score shown to its enterprise."""

    row: Score
    card: Scorecard
    found: Worked
    prospects: Prospects | None
    theirs: bool

    @property
    def groups(self) -> list[tuple[GroupPoints, str, list[Factor]]]:
        """Each group with its points and factors, in the order of the card."""
        return [
            (group, points_text(group.points), [Factor(line) for line in self._lines_of(group.id)])
            for group in self.found.groups
        ]

    def _lines_of(self, group: str) -> list[Line]:
        return [line for line in self.found.lines if line.indicator.group == group]

    @property
    def factors(self) -> list[Factor]:
        """All of them; what a score without a grade has to show."""
        return [Factor(line) for line in self.found.lines]

    @property
    def gate_leads(self) -> list[tuple[str, str]]:
        """Kinds of answers of gates, what holds first, each with what is said before it; what nobody asked is no finding."""
        told = {gate["answer"] for gate in self.row.answer["gates"]}
        leads = {
            "hit": "",
            "unknown": _(
                "下列各项还没有查询，查得后才能判断，不是说有这些情况；授权查询或补充材料后重新评分。"
            ),
        }
        return [(answer, lead) for answer, lead in leads.items() if answer in told]

    @property
    def missing(self) -> list[Factor]:
        return [Factor(line) for line in self.found.lines if line.state is State.NOT_QUERIED]

    @property
    def valued(self) -> list[dict[str, Any]]:
        """The rights that have a value, as they were answered."""
        return [one for one in self._rights if Decimal(one["value"])]

    @property
    def without_value(self) -> list[dict[str, Any]]:
        """Those worth nothing so far: mostly without a product whose revenue is known."""
        return [one for one in self._rights if not Decimal(one["value"])]

    @property
    def _rights(self) -> list[dict[str, Any]]:
        """Each with the royalty rate that it was valued by."""
        value: dict[str, Any] = self.row.value or {}
        return [{"royalty": value.get("royalty"), **one} for one in value.get("rights", ())]

    @property
    def of_an_earlier_working(self) -> bool:
        """Whether the page's points and prospects are worked out otherwise than the score was."""
        return not is_of_this_working(self.row.answer)

    @property
    def points_of(self) -> dict[str, str]:
        """Both blocks and their weights in text."""
        return {block: points_text(points) for block, points in self.found.blocks.items()}

    @property
    def needed(self) -> str:
        return points_text(self.prospects.needed) if self.prospects else ""

    @property
    def stage(self) -> str:
        return next((one.name for one in self.card.stages if one.id == self.found.stage), "")

    @property
    def capped_by(self) -> list[str]:
        return [one.why for one in self.found.findings if one.id in self.found.capped_by]

    @property
    def disputable(self) -> list[tuple[str, str]]:
        """What an enterprise may say is wrong: every indicator, and every gate that was hit or not known."""
        gates = [(one.id, one.gate.rule) for one in self.found.hits if one.gate.of != "result"]
        return [*((line.indicator.id, line.scale.name) for line in self.found.lines), *gates]


def told(row: Score, viewer: Any) -> ScoreTold:
    """The page of a score that the viewer was let in to."""
    card, _, found = worked_again(row)
    ahead = prospects(card, found) if found.score is not None else None
    return ScoreTold(row, card, found, ahead, row.house_id != viewer.organisation_id)


def names_of_inputs(row: Score) -> dict[str, str]:
    """What people call the inputs and gates of a score."""
    card, _, found = worked_again(row)
    inputs = {name: scale.name for name, (_, scale) in card.inputs.items()}
    lines = {line.indicator.id: line.scale.name for line in found.lines}
    return inputs | lines | {one.id: one.gate.rule for one in found.findings}


def disputes_named(disputes: Iterable[Dispute]) -> list[tuple[Dispute, str]]:
    """Each dispute with what people call the input or gate that it says is wrong."""
    return [(one, names_of_inputs(one.score).get(one.input, one.input)) for one in disputes]
