"""What the shape of a filter cannot say: facts that the card has, values of their kind, ids written once. Pure.

Each check takes the document as plain values and yields Problems, and passes over what it cannot read, so that a person
sees all faults at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from kernel.errors import Problem
from valuation.inputs import number_text
from valuation.terms import Allowed, Scorecard
from valuation.whitelists.terms import FIRM, INDICATOR, RIGHT

Document = Mapping[str, Any]
Found = Iterator[Problem]
_ORDERED = ("<", "<=", ">", ">=")
Kind = tuple[Allowed | None, tuple[str, ...]]
"""The figures a fact may have, or the words it may be."""


def facts_of(card: Scorecard, of: str) -> dict[str, Kind]:
    """What a condition of firms or of rights may look at, by name."""
    if of == RIGHT:
        return {fact.id: (fact.allowed, fact.words) for fact in card.facts_of(RIGHT).values()}
    known = {
        f"{INDICATOR}.{name}": (scale.allowed, tuple(scale.words)) for name, (_, scale) in card.inputs.items()
    }
    return known | {fact.id: (fact.allowed, fact.words) for fact in card.facts_of(FIRM).values()}


def fact_names(card: Scorecard) -> dict[str, str]:
    """The Chinese name of every fact by its metric."""
    return {f"{INDICATOR}.{name}": scale.name for name, (_, scale) in card.inputs.items()} | {
        fact.id: fact.name for fact in card.facts.values()
    }


def meaning_problems(document: Document, card: Scorecard | None) -> list[Problem]:
    """All faults of meaning. Without a card (none of that name) no fact can be looked up, and that is the fault told."""
    found = [*_effective(document), *_repeated(document), *_counted(document)]
    if card is None:
        found.append(
            Problem(
                "card", f"没有评分卡“{document.get('card')}”", "写 policies/scorecards 里的编号", "no_card"
            )
        )
        return found  # fmt: skip
    return [*found, *_conditions(document, card), *_order(document, card)]


def _maps(value: object) -> list[tuple[int, Document]]:
    return (
        [(n, one) for n, one in enumerate(value) if isinstance(one, Mapping)]
        if isinstance(value, list)
        else []
    )


def _map(value: object) -> Document:
    return value if isinstance(value, Mapping) else {}


def _effective(document: Document) -> Found:
    days: dict[str, date] = {}
    places = [("effective.from", _map(document.get("effective")).get("from"))]
    places += [("effective.to", _map(document.get("effective")).get("to"))]
    places += [("examples.on", _map(document.get("examples")).get("on"))]
    for place, written in places:
        if isinstance(written, str):
            try:
                days[place] = date.fromisoformat(written)
            except ValueError:
                yield Problem(place, f"{written[:20]} 不是日期", "写真实的日期 YYYY-MM-DD", "date")
    if days.get("effective.to", date.max) < days.get("effective.from", date.min):
        yield Problem("effective.to", f"{days['effective.to']} 早于 from", "to 不早于 from", "order")


def _repeated(document: Document) -> Found:
    ids = [str(one.get("id")) for _, one in _maps(document.get("conditions"))]
    for name, times in Counter(ids).items():
        if times > 1:
            yield Problem("conditions", f"编号“{name}”写了{times}次", "每个编号只写一次", "repeated")
    names = [str(one.get("name")) for _, one in _maps(_map(document.get("examples")).get("cases"))]
    for name, times in Counter(names).items():
        if times > 1:
            yield Problem("examples.cases", f"“{name}”写了{times}次", "每家企业用不同的名称", "repeated")


def _counted(document: Document) -> Found:
    for place, one in _maps(document.get("conditions")):
        if "fewest" in one and one.get("of") != RIGHT:
            yield Problem(f"conditions[{place}].fewest", "只用于权利的条件", "of 写 right，或删去", "fewest")
    ids = [one.get("id") for _, one in _maps(document.get("conditions"))]
    for place, case in _maps(_map(document.get("examples")).get("cases")):
        for key in ("failed", "unknown"):
            named = _map(case.get("expect")).get(key)
            for one in named if isinstance(named, list) else []:
                if one not in ids:
                    where = f"examples.cases[{place}].expect.{key}"
                    yield Problem(where, f"没有条件“{one}”", "写 conditions 里的编号", "unknown")


def _conditions(document: Document, card: Scorecard) -> Found:
    for place, criterion in _maps(document.get("conditions")):
        of = RIGHT if criterion.get("of") == RIGHT else FIRM
        known = facts_of(card, of)
        cases = criterion.get("any")
        for number, case in enumerate(cases if isinstance(cases, list) else []):
            for index, condition in _maps(case):
                yield from _condition(f"conditions[{place}].any[{number}][{index}]", condition, known)


def _condition(where: str, condition: Document, known: Mapping[str, Kind]) -> Found:
    metric, op, value = (condition.get(key) for key in ("metric", "op", "value"))
    if not isinstance(metric, str):
        return
    if metric not in known:
        yield unknown_fact(f"{where}.metric", metric, known)
        return
    if not isinstance(value, str):
        return
    allowed, words = known[metric]
    if allowed is None:
        if op in _ORDERED or value not in words:
            yield Problem(
                f"{where}.value", f"{op} {value[:40]}", f"用 == 或 != 与其一比较：{'、'.join(words)}", "value"
            )
        return  # fmt: skip
    figure = number_text(value)
    if figure is None:
        yield Problem(f"{where}.value", f"“{value[:40]}”不是数字", "写数字", "value")
    elif not allowed.low <= Decimal(figure) <= allowed.high:
        wanted = f"在 {allowed.low} 至 {allowed.high} 之间，否则永远成立或永远不成立"
        yield Problem(f"{where}.value", f"{value} 超出可能的范围", wanted, "range")


def unknown_fact(where: str, metric: str, known: Mapping[str, object]) -> Problem:
    near = get_close_matches(metric, known, 3)
    wanted = (
        f"是不是 {'、'.join(near)}？" if near else "写评分卡里的指标（indicator.…）或事实（firm.…、right.…）"
    )
    return Problem(where, f"没有“{metric[:60]}”这个事实", wanted, "unknown_fact")


def _order(document: Document, card: Scorecard) -> Found:
    known = facts_of(card, FIRM)
    for place, key in _maps(document.get("order")):
        by = key.get("by")
        if isinstance(by, str) and by not in known:
            yield unknown_fact(f"order[{place}].by", by, known)
        elif isinstance(by, str) and known[by][0] is None:
            yield Problem(f"order[{place}].by", f"“{by}”不是数", "按数排序", "order")
