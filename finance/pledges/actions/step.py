"""One step of a registration file as somebody asks for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from kernel.sheets.cells import folded

from .files import Paper

if TYPE_CHECKING:
    from finance.pledges.models import RegistryFeed
    from finance.pledges.rules.book import Transition
    from kernel.documents.models import StoredFile

STATED_FACTS = (
    "act.proceeds_settled", "act.default", "act.end_proven", "act.guarantee_letter", "act.legal_opinion",
)  # fmt: skip
"""Facts of a step that whoever takes it states; all others are found out."""
ANSWERED = {"act.proceeds_settled": "proceeds", "act.default": "default_on"}
"""Facts that the answer to a question already states, where the step asks it."""


@dataclass(frozen=True)
class ToldBy:
    """One row of a registry's feed: the feed (None in a dry run), its digest, the row; the extract once it is taken."""

    feed: RegistryFeed | None
    sha256: str
    row: int
    extract: StoredFile | None = None

    @property
    def source(self) -> dict[str, Any]:
        return {"feed": self.sha256, "row": self.row}


@dataclass(frozen=True)
class Step:
    """One step as somebody asks for it: the action, its day, and what belongs to it.

    `number`: of the registration; `until`: the end of the registered period; `items`: what a notice asks for;
    `told_by`: the feed that tells it, in place of a paper.
    `answers`: to these items, in their order; `declared`, (ground, right) each, is filled in for a declaration; `asked`: the
    answers to what the move asks (`rules.asked`).
    """

    action: str
    on: dt.date
    note: str = ""
    channel: str = ""
    number: str = ""
    until: dt.date | None = None
    items: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    stated: frozenset[str] = frozenset()
    paper: Paper | None = None
    told_by: ToldBy | None = None
    declared: tuple[tuple[str, str], ...] = ()
    asked: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """A registration has one number however it is typed: half-width and without blanks, as in workbooks."""
        object.__setattr__(self, "number", folded(self.number).replace(" ", ""))

    @property
    def details(self) -> dict[str, Any]:
        told = {"note": self.note, "channel": self.channel, "number": self.number, "asked": self.asked}
        if self.told_by:
            told["source"] = self.told_by.source
        lists = {
            "items": self.items,
            "answers": self.answers,
            "grounds": dict.fromkeys(ground for ground, _ in self.declared),
            "declared": (list(pair) for pair in self.declared),
            "stated": sorted(self.stated),
        }
        return {
            name: value for name, value in {**told, **{k: list(v) for k, v in lists.items()}}.items() if value
        }

    @property
    def declares(self) -> str:
        """A digest of what is declared, so that the database can tell whether two yeses declare the same."""
        return sha256(repr(self.declared).encode()).hexdigest() if self.declared else ""


def to_state(move: Transition) -> list[str]:
    """The facts of a step that whoever takes it states by themselves, no answer to a question doing so."""
    metrics = [guard.condition.metric for guard in move.guards]
    return [name for name in metrics if name in STATED_FACTS and ANSWERED.get(name) not in move.asks]
