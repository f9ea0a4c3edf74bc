"""Which of all stated inputs speaks on a day, and the application they make together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from valuation.scores.rules.stated import ATTRIBUTES, MANY, items_of
from valuation.terms import Scorecard


@dataclass(frozen=True)
class Known:
    """One input as known: of which item and subject, what it says, where from and when; `order` breaks a tie of days.

    `own`: the house's own row, which it may use without anybody's consent. `self_said`: the enterprise's word of itself.
    """

    id: str
    subject: str
    state: str
    value: str
    source: str
    known_on: date
    order: str = ""
    own: bool = False
    self_said: bool = False

    @property
    def stated(self) -> dict[str, Any]:
        """As an application has it."""
        if self.state == "not_applicable":
            return {"absent": self.state, "why": self.source}
        said = {"value": self.value} if self.state == "value" else {"absent": self.state}
        return {**said, "source": self.source, "known_on": self.known_on.isoformat()}


def latest(known: Iterable[Known], on: date) -> dict[tuple[str, str], Known]:
    """Of each item and subject the one known last by a day; of one day the one recorded last.

    What an enterprise says of itself speaks only where nobody else said anything, however late it says it.
    """
    found: dict[tuple[str, str], Known] = {}
    for one in known:
        key = one.id, one.subject
        if one.known_on <= on and (key not in found or _age(found[key]) < _age(one)):
            found[key] = one
    return found


def _age(one: Known) -> tuple[bool, date, str]:
    return not one.self_said, one.known_on, one.order


def given_of(card: Scorecard, known: Iterable[Known], on: date) -> dict[str, Any]:
    """The plain application of what is known on a day; what the card does not ask for is left out.

    A right of which nobody said what kind it is keeps its facts, so that no gate is passed by leaving the kind out; one
    whose product is not described stands alone.
    """
    items, taken = items_of(card), latest(known, on)
    given: dict[str, Any] = {
        "on": on.isoformat(), "indicators": {}, "firm": {}, "rights": [], "products": {}
    }  # fmt: skip
    rights: dict[str, dict[str, Known]] = {}
    for (name, subject), one in sorted(taken.items()):
        item = items.get(name)
        if item is None:
            continue
        if item.scope == "right":
            rights.setdefault(subject, {})[item.name] = one
        elif item.scope == "product":
            given["products"].setdefault(subject, {})[item.name] = one.stated
        else:
            given["indicators" if item.scope == "indicator" else "firm"][item.name] = one.stated
    given["rights"] = list(_rights(card, rights, given["products"]))
    return given


def _rights(
    card: Scorecard, rights: Mapping[str, Mapping[str, Known]], products: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    for number, said in sorted(rights.items()):
        right: dict[str, Any] = {"id": number}
        if "kind" in said and said["kind"].value in card.value.kinds:
            right["kind"] = said["kind"].value
        if "product" in said and said["product"].value in products:
            right["product"] = said["product"].value
        if "technology" in said and said["technology"].value in card.value.tech_life:
            right["technology"] = said["technology"].value
        if "counted_in" in said:
            right["counted_in"] = [
                name for name in said["counted_in"].value.split(MANY) if name in card.inputs
            ]
        right["facts"] = {name: one.stated for name, one in said.items() if name not in ATTRIBUTES}
        yield right


def not_asked(card: Scorecard, given: Mapping[str, Any]) -> Sequence[str]:
    """The names of the indicators and facts of the firm that nobody stated."""
    firm = [
        fact.name for fact in card.facts_of("firm").values()
        if fact.id.partition(".")[2] not in given["firm"]
    ]  # fmt: skip
    own = [
        one.name
        for one in card.indicators.values()
        if not any(s.id in given["indicators"] for s in one.scales)
    ]
    return [*own, *firm]
