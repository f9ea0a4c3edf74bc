"""What the parties are told when a pledge is realised or waived: the order, the ways, and what a court wants to see. Pure.

Nothing here stops a step: 民法典 arts. 392, 435 to 438, 担保解释 arts. 44 and 45, 民事诉讼法 arts. 207 and 208 bind the
parties, not the registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from kernel.errors import refuse_if_any
from kernel.reading import Entry, Reading
from kernel.strict_yaml import Written

from .book import Rule

Whose = Literal["own", "third_party"]
WHOSE: tuple[Whose, ...] = get_args(Whose)
MADE_BY = ("creates", "changes", "extends")
PARTIES = ("pledgee", "pledgor")


@dataclass(frozen=True)
class Told:
    """A sentence and the rule that it rests on; `who` is told it, "" both parties."""

    text: str
    rule: Rule
    who: str = ""


@dataclass(frozen=True)
class Piece:
    """One kind of paper for the court, and where a file keeps it."""

    id: str
    title: str
    rule: Rule
    materials: tuple[str, ...]
    decisions: tuple[str, ...]
    moves: tuple[str, ...]
    interruptions: bool


@dataclass(frozen=True)
class Guide:
    """All of it; `order` and `waiver` by whose asset is pledged."""

    title: str
    order: Mapping[str, Told]
    ways: tuple[Told, ...]
    reminders: tuple[Told, ...]
    waiver: Mapping[str, Told]
    pack: tuple[Piece, ...]


def read_guide(written: Written, rules: Mapping[str, Rule]) -> Guide:
    """One file of `policies/registration/realising/`; Refused with every fault. `rules`: those of `common/` by id."""
    reading = Reading(written)
    top = reading.top
    top.text("id")
    guide = Guide(
        title=top.text("title"),
        order=_by_owner(top, "order", rules),
        ways=tuple(_told(one, "title", rules, keys=("id",)) for one in top.entries("ways", least=1)),
        reminders=tuple(
            _told(one, "title", rules, keys=("id",), who=one.text("who", among=PARTIES))
            for one in top.entries("reminders")
        ),
        waiver=_by_owner(top, "waiver", rules),
        pack=tuple(_piece(one, rules) for one in top.entries("pack", least=1)),
    )
    top.only()
    refuse_if_any(reading.problems)
    return guide


def _by_owner(top: Entry, key: str, rules: Mapping[str, Rule]) -> dict[str, Told]:
    told = {}
    for one in top.entries(key, least=len(WHOSE)):
        whose = one.text("when", among=WHOSE)
        told[whose] = _told(one, "told", rules)
    if set(told) != set(WHOSE):
        top.fault(key, "没有写全", "own（债务人自己的）和 third_party（第三人的）各写一条")
    return told


def _told(
    entry: Entry, text: str, rules: Mapping[str, Rule], *, keys: tuple[str, ...] = (), who: str = ""
) -> Told:
    for key in keys:
        entry.text(key)
    told = Told(entry.text(text), _rule(entry, rules), who)
    entry.only()
    return told


def _piece(entry: Entry, rules: Mapping[str, Rule]) -> Piece:
    piece = Piece(
        entry.text("id"), entry.text("title"), _rule(entry, rules), entry.texts("materials"),
        entry.texts("decisions", among=MADE_BY), entry.texts("moves"), entry.flag("interruptions", default=False),
    )  # fmt: skip
    if not (piece.materials or piece.decisions or piece.moves or piece.interruptions):
        entry.fault("materials", "没有写从哪里取", "写 materials、decisions、moves 或 interruptions 之一")
    entry.only()
    return piece


def _rule(entry: Entry, rules: Mapping[str, Rule]) -> Rule:
    """The rule that is named. A fault of the file is told with the others, so that one of them stands in until then."""
    named = entry.text("rule", among=tuple(rules))
    return rules[named] if named in rules else next(iter(rules.values()))
