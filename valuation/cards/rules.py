"""Which places of a card an institution may fill with its own figures, and the card that comes of it. Pure.

The list is a file (`policies/scorecards/_parameters.yaml`): an entry names a place, `*` in it stands for each letter or kind
there. Own figures are laid over the card's document, and what comes out must stand the same looks as any card: an own pledge
rate above the card's ceiling, or caps that rise as grades fall, are refused.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from kernel.errors import Problem, Refused, refuse_if_any
from kernel.shapes import shape_problems
from kernel.strict_yaml import read_file
from valuation.inputs import number_text, shown
from valuation.loading import plain_values
from valuation.meaning import meaning_problems
from valuation.shape import DESCRIBING, LETTERS, scorecard_shape
from valuation.terms import TECHNOLOGIES

FILE = "_parameters.yaml"
EACH = "*"
LONGEST = 20
_KEYS = {"id", "name_zh", "unit", "at", "most", "why"}
_NEEDED = _KEYS - {"most"}
_REMARKS = ("mark", "note", "ref")
Plain = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One line of the list, as written."""

    id: str
    name: str
    unit: str
    at: str
    why: str
    most: str = ""


@dataclass(frozen=True)
class Ownership:
    """The list: which family of cards it speaks of, and its entries in order."""

    family: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Owned:
    """One parameter of one card: where it stands there, the card's own figure, and the most that the card allows."""

    id: str
    name: str
    unit: str
    why: str
    path: tuple[str, ...]
    written: str
    most: str | None

    @property
    def entry(self) -> str:
        return self.id.partition(".")[0]


def load_ownership(path: Path) -> Ownership:
    """The list from its file; Refused with every fault."""
    document = plain_values(read_file(path).values)
    rows = document.get("parameters") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not isinstance(document.get("family"), str):
        raise Refused(
            Problem(FILE, "没有写 family 或 parameters", "写评分卡的名称和参数的列表", "parameters")
        )
    problems = [
        Problem(
            f"parameters[{place}]", "不是完整的一项", f"写 {'、'.join(sorted(_NEEDED))}，可有 most", "entry"
        )
        for place, row in enumerate(rows)
        if not isinstance(row, dict)
        or not _NEEDED <= set(row) <= _KEYS
        or not all(isinstance(value, str) and value for value in row.values())
    ]
    refuse_if_any(problems)
    entries = tuple(
        Entry(row["id"], row["name_zh"], row["unit"], row["at"], row["why"], row.get("most", ""))
        for row in rows
    )
    if len({one.id for one in entries}) != len(entries):
        raise Refused(Problem("parameters", "有编号写了两次", "每项用不同的编号", "duplicate"))
    return Ownership(document["family"], entries)


def owned_in(document: Plain, ownership: Ownership) -> tuple[Owned, ...]:
    """Every parameter that a card has, in the order of the list; what this card does not have is passed over."""
    return tuple(one for entry in ownership.entries for one in _expanded(document, entry))


def _expanded(document: Plain, entry: Entry) -> Iterator[Owned]:
    for path, key, name in _places(document, entry.at.split("."), (), "", ""):
        written = _at(document, path)
        if not isinstance(written, str):
            continue
        most = _at(document, tuple(entry.most.replace(EACH, key).split("."))) if entry.most else None
        label = f"{entry.name}·{name}" if name else entry.name
        yield Owned(
            f"{entry.id}.{key}" if key else entry.id, label, entry.unit, entry.why, path, written,
            most if isinstance(most, str) else None,
        )  # fmt: skip


def _places(
    node: object, steps: Sequence[str], path: tuple[str, ...], key: str, name: str
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """The places an entry stands for: path, what `*` stood for there, and how people call that."""
    if not steps:
        yield path, key, name
        return
    step, rest = steps[0], steps[1:]
    if step != EACH:
        yield from _places(_step(node, step), rest, (*path, step), key, name)
    elif isinstance(node, list):
        for row in node:
            yield from _places(row, rest, (*path, row["id"]), row["id"], row["name_zh"])
    elif isinstance(node, Mapping):
        for letter in node:
            if letter not in _REMARKS:
                called = f"{letter}级" if letter in LETTERS else TECHNOLOGIES.get(letter, str(letter))
                yield from _places(node[letter], rest, (*path, letter), letter, called)


def _step(node: object, step: str) -> Any:
    if isinstance(node, list):
        return next((row for row in node if row["id"] == step), None)
    return node.get(step) if isinstance(node, Mapping) else None


def _at(document: Plain, path: Sequence[str]) -> Any:
    node: Any = document
    for step in path:
        node = _step(node, step)
    return node


def laid_over(document: Plain, ownership: Ownership, values: Mapping[str, str]) -> Plain:
    """The card's document with an institution's own figures; Refused, all at once: what the list does not have, what is no
    number, what the card bounds, and whatever keeps the outcome from being a sound card.
    """
    owned = {one.id: one for one in owned_in(document, ownership)}
    refuse_if_any(_value_problems(owned, values))
    merged = copy.deepcopy(dict(document))
    for name, value in values.items():
        path = owned[name].path
        _at(merged, path[:-1])[path[-1]] = value
    found = [*shape_problems(merged, scorecard_shape, DESCRIBING), *meaning_problems(merged)]
    refuse_if_any(_by_name(problem, merged, owned, values) for problem in dict.fromkeys(found))
    return merged


def _value_problems(owned: Mapping[str, Owned], values: Mapping[str, str]) -> Iterator[Problem]:
    for name, value in values.items():
        one = owned.get(name)
        if one is None:
            yield Problem(str(name)[:60], "不是机构可以自定的参数", "只填页面列出的参数", "not_owned")
            continue
        text = number_text(value) if isinstance(value, str) and len(value) <= LONGEST else None
        if text is None or text.startswith("-"):
            yield Problem(one.name, f"{shown(value)} 不是可用的数", f"写不为负的数（{one.unit}）", "number")
        elif one.most is not None and Decimal(text) > Decimal(one.most):
            found, wanted = f"{text} 高于评分卡的上限 {one.most}", f"不高于 {one.most}（{one.unit}）"
            yield Problem(one.name, found, wanted, "above_most")


def _by_name(
    problem: Problem, document: Plain, owned: Mapping[str, Owned], values: Mapping[str, str]
) -> Problem:
    """The problem under the name of the parameter that it is about, where it is about one."""
    places = {_written_path(document, owned[name].path): owned[name].name for name in values}
    exact = places.get(problem.where)
    near = exact or next((name for place, name in places.items() if place.startswith(problem.where)), None)
    return replace(problem, where=near or problem.where)


def _written_path(document: Plain, path: Sequence[str]) -> str:
    """The place as the checks of a card tell it: rows of a list by number."""
    node: Any = document
    told = ""
    for step in path:
        if isinstance(node, list):
            told += f"[{next(place for place, row in enumerate(node) if row['id'] == step)}]"
        else:
            told += f".{step}" if told else step
        node = _step(node, step)
    return told


def canonical(values: Mapping[str, str]) -> str:
    """The same values as the same text, whatever their order.

    >>> canonical({"b": "1", "a": "0.02"})
    '{"a":"0.02","b":"1"}'
    """
    return json.dumps(dict(values), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
