"""One stated input as a row: what it is called, which words it may use, every fault of it. Pure.

A row names its item by the card's name or in Chinese. What is true of an application is asked of the same reader that scores
(`valuation.inputs`), so that no door takes what scoring would refuse.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from kernel.errors import Problem, Refused
from valuation.inputs import LONGEST, Application, State, shown
from valuation.terms import TECHNOLOGIES, Scorecard

ATTRIBUTES = {
    "kind": "权利种类",
    "product": "所属产品",
    "technology": "技术领域",
    "counted_in": "计入的指标",
}
"""What a right says of itself beside the facts of the card."""
STATES = {"有数": State.VALUE, "查无": State.QUERIED_NONE, "不适用": State.NOT_APPLICABLE}
MANY = "、"


@dataclass(frozen=True)
class Item:
    """Something that can be stated: scope and name as kept, the whole name as in the card, what people call it."""

    scope: str
    name: str
    id: str
    label: str
    unit: str = ""


@dataclass(frozen=True)
class Stated:
    """A row as it came in: nothing of it is believed yet."""

    item: str
    subject: str = ""
    state: str = "value"
    value: str = ""
    source: str = ""
    known_on: object = None


def words_of(card: Scorecard) -> Mapping[tuple[str, str, str], str]:
    """What people call a coded value, by scope, name and value as kept."""
    kinds = {("right", "kind", one): kind.name for one, kind in card.value.kinds.items()}
    return kinds | {("right", "technology", one): word for one, word in TECHNOLOGIES.items()}


def items_of(card: Scorecard) -> Mapping[str, Item]:
    """Every item of a card by its name there."""
    found = {
        name: Item("indicator", name, name, scale.name, scale.unit)
        for name, (_, scale) in card.inputs.items()
    }
    for fact in card.facts.values():
        scope, _, name = fact.id.partition(".")
        found[fact.id] = Item(scope, name, fact.id, fact.name, fact.unit)
    for name, label in ATTRIBUTES.items():
        found[f"right.{name}"] = Item("right", name, f"right.{name}", label)
    return found


def _called(card: Scorecard) -> Mapping[str, Item]:
    items = items_of(card)
    return {item.label: item for item in items.values()} | dict(items)


def item_of(card: Scorecard, written: str) -> Item | None:
    """The item that was meant, by name or Chinese name."""
    return _called(card).get(written.strip())


def faults_of(card: Scorecard, row: Stated, on: date) -> list[Problem]:
    """Everything that is wrong with a row, with the item as its place."""
    item = item_of(card, row.item) if isinstance(row.item, str) and len(row.item) <= LONGEST else None
    if item is None:
        return [
            Problem("项目", f"没有{shown(row.item)}这一项", "写评分卡里的编号或名称，见模板", "no_such_item")
        ]
    problems = list(_form_faults(item, row))
    if not problems:
        try:
            Application.from_plain(_alone(card, item, row, on), card)
        except Refused as refused:
            problems = [_placed(item, problem) for problem in refused.problems]
    return problems


def _form_faults(item: Item, row: Stated) -> Iterator[Problem]:
    named = item.scope in ("right", "product")
    if named != bool(row.subject):
        wanted = "写权利号或产品名称" if named else "企业的数据不写对象"
        yield Problem(f"{item.label} 对象", shown(row.subject or None), wanted, "subject")
    states = {str(state) for state in STATES.values()}
    if row.state not in states:
        yield Problem(
            f"{item.label} 状态", shown(row.state), f"只能是：{'、'.join(STATES)}；没有查的不要写", "state"
        )
    elif (row.state == str(State.VALUE)) != bool(row.value):
        yield Problem(
            f"{item.label} 数值", shown(row.value or None), "有数的写数值，查无或不适用的留空", "value"
        )
    if item.scope == "right" and item.name in ATTRIBUTES and row.state != str(State.VALUE):
        yield Problem(f"{item.label} 状态", shown(row.state), "权利的基本情况须有数", "state")


def _alone(card: Scorecard, item: Item, row: Stated, on: date) -> dict[str, Any]:
    """An application that says this and nothing else."""
    stated: dict[str, Any] = {"source": row.source, "known_on": row.known_on}
    stated |= {"value": row.value} if row.state == str(State.VALUE) else {"absent": row.state}
    if row.state == str(State.NOT_APPLICABLE):  # the reader does not look at them there
        stated = {"absent": row.state}
        dated = {"value": next(iter(card.value.kinds)), "source": row.source, "known_on": row.known_on}
        return _laid(card, item, row, on, stated) | _dated(card, dated)
    return _laid(card, item, row, on, stated)


def _dated(card: Scorecard, dated: Mapping[str, Any]) -> dict[str, Any]:
    """Source and day of what does not apply are read as those of a fact that may have any."""
    word_fact = next(fact for fact in card.facts_of("firm").values() if fact.words)
    return {"firm": {word_fact.id.partition(".")[2]: {**dated, "value": word_fact.words[0]}}}


def _laid(card: Scorecard, item: Item, row: Stated, on: date, stated: Mapping[str, Any]) -> dict[str, Any]:
    alone: dict[str, Any] = {"on": on.isoformat()}
    if item.scope == "indicator":
        return {**alone, "indicators": {item.name: stated}}
    if item.scope == "firm":
        return {**alone, "firm": {item.name: stated}}
    if item.scope == "product":
        return {**alone, "products": {row.subject: {item.name: stated}}}
    right: dict[str, Any] = {"id": row.subject, "kind": next(iter(card.value.kinds))}
    if item.name not in ATTRIBUTES:
        return {**alone, "rights": [{**right, "facts": {item.name: stated}}]}
    right[item.name] = row.value.split(MANY) if item.name == "counted_in" else row.value
    products: dict[str, Any] = {row.value: {}} if item.name == "product" else {}
    dated = {"source": row.source, "known_on": row.known_on, "value": row.value}
    return {**alone, "rights": [right], "products": products, **_dated(card, dated)}


def _placed(item: Item, problem: Problem) -> Problem:
    """The fault by the item's own name: whoever states it never sees the application."""
    ending = problem.where.rpartition(" ")[2]
    part = {"source": "来源", "known_on": "查询日", "absent": "状态"}.get(ending, "")
    where = f"{item.label} {part}".strip()
    return Problem(where, problem.found, problem.wanted, problem.code)
