"""What a card would make of applications scored under another: who changes grade, by how many notches. Pure; by columns.

What the other card asked and this one does not is left out; what this one asks beside it was not queried. An application
that this card cannot read is counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.errors import Refused
from valuation.bulk import columns_of, score_many
from valuation.inputs import Application
from valuation.terms import Scorecard

NO_GRADE = "—"


@dataclass(frozen=True)
class Moved:
    """One application whose grade changes: notches are positive when it gets worse; None when one side has no grade."""

    place: int
    before: str
    after: str
    notches: int | None


@dataclass(frozen=True)
class CardEffect:
    """Of so many applications: those scored under both, what became of their grades, and those that could not be read."""

    rows: int
    pairs: Mapping[tuple[str, str], int]
    moved: tuple[Moved, ...]
    unread: int

    @property
    def by_notches(self) -> list[tuple[int, int]]:
        """How many move by how many notches, best first; those without a grade on one side are not among them."""
        return sorted(Counter(one.notches for one in self.moved if one.notches is not None).items())

    @property
    def graded_no_more(self) -> int:
        return sum(count for (before, after), count in self.pairs.items() if after == NO_GRADE != before)

    @property
    def graded_anew(self) -> int:
        return sum(count for (before, after), count in self.pairs.items() if before == NO_GRADE != after)


def effect_of(before: Scorecard, after: Scorecard, given: Sequence[Mapping[str, Any]]) -> CardEffect:
    """Score the same applications under both cards, each in one vectorised run."""
    read = [(place, _read(before, one), _read(after, one)) for place, one in enumerate(given)]
    both = [(place, old, new) for place, old, new in read if old is not None and new is not None]
    if not both:
        return CardEffect(0, {}, (), len(given))
    olds = _grades(before, [old for _, old, _ in both])
    news = _grades(after, [new for _, _, new in both])
    places = {grade.id: place for place, grade in enumerate(after.grades)}
    standing = {grade.id: place for place, grade in enumerate(before.grades)}
    moved = tuple(
        Moved(place, old, new, places[new] - standing[old] if NO_GRADE not in (old, new) else None)
        for (place, _, _), old, new in zip(both, olds, news, strict=True)
        if old != new
    )
    return CardEffect(len(both), Counter(zip(olds, news, strict=True)), moved, len(given) - len(both))


def _read(card: Scorecard, given: Mapping[str, Any]) -> Application | None:
    try:
        return Application.from_plain(_known_to(card, given), card)
    except Refused:
        return None


def _known_to(card: Scorecard, given: Mapping[str, Any]) -> dict[str, Any]:
    """The application without what the card does not ask."""
    firm, right, product = (card.facts_of(scope) for scope in ("firm", "right", "product"))
    rights = [
        {
            **one,
            "facts": {name: stated for name, stated in one.get("facts", {}).items() if name in right},
            "counted_in": [name for name in one.get("counted_in", ()) if name in card.inputs],
        }
        for one in given.get("rights", ())
    ]
    return {
        **given,
        "indicators": {name: one for name, one in given.get("indicators", {}).items() if name in card.inputs},
        "firm": {name: one for name, one in given.get("firm", {}).items() if name in firm},
        "rights": rights,
        "products": {
            name: {fact: one for fact, one in facts.items() if fact in product}
            for name, facts in given.get("products", {}).items()
        },
    }


def _grades(card: Scorecard, applications: Sequence[Application]) -> list[str]:
    found = score_many(card, columns_of(card, applications)).grade
    return [card.grades[place].id if place >= 0 else NO_GRADE for place in found.tolist()]
