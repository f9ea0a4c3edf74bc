"""From policies/registration/ to rule books: read strictly, merge with what is inherited, compare with the vocabulary.

All faults come at once, each with its place and line. Pure but for reading the files it is given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from kernel.errors import Problem, Refused, in_file, refuse_if_any
from kernel.policystore.rules import Stated, spans_in_force
from kernel.reading import Reading
from kernel.strict_yaml import Written, read_file, read_text

from .book import Rule, RuleBook
from .building import BookReading

MERGED = (
    "materials", "contract_terms", "grounds", "revocations", "endings", "notes", "clocks", "states", "transitions",
    "legal_events", "watch",
)  # fmt: skip
"""Lists whose entries an inheriting file replaces one by one, by their id; all other keys it replaces whole."""


@dataclass(frozen=True)
class Library:
    """Rule books by id, with the version of each day."""

    books: Mapping[str, RuleBook] = field(default_factory=dict)

    def on(self, kind: str, day: dt.date) -> RuleBook | None:
        """The rules of a kind of right in force on a day, or None; refused if the files do not say which."""
        family = {book.id: book for book in self.books.values() if book.kind == kind}
        stated = [
            Stated(b.id, b.valid_from, b.valid_to, frozenset([b.supersedes]) if b.supersedes else frozenset())
            for b in family.values()
        ]
        spans = spans_in_force(stated)
        return next(
            (family[name] for name, held in spans.items() if any(span.holds(day) for span in held)), None
        )


def load_library(directory: Path) -> Library:
    """All books of a directory but the files whose name begins with `_`; all faults of all files together."""
    problems: list[Problem] = []
    written: dict[str, Written] = {}
    for path in sorted(directory.glob("[!_.]*.yaml")):
        try:
            written[path.stem] = read_file(path)
        except Refused as refused:
            problems += in_file(path.name, refused.problems)
    books: dict[str, RuleBook] = {}
    for name, one in written.items():
        try:
            book = read_book(one, {other: documents.values for other, documents in written.items()}.get)
        except Refused as refused:
            problems += in_file(f"{name}.yaml", refused.problems)
            continue
        if book.id != name:
            problems.append(Problem(f"{name}.yaml id", f"编号是 {book.id}", f"文件名应为 {book.id}.yaml"))
        books[book.id] = book
    refuse_if_any(problems)
    return Library(books)


def load_common(directory: Path) -> tuple[Rule, ...]:
    """The rules that all kinds share, from the files of `common/`: shown and cited, never judged."""
    problems: list[Problem] = []
    found: list[Rule] = []
    for path in sorted((directory / "common").glob("[!_.]*.yaml")):
        try:
            reading = Reading(read_file(path))
        except Refused as refused:
            problems += in_file(path.name, refused.problems)
            continue
        book = BookReading(reading)
        for key in ("id", "title"):
            book.top.text(key)
        found += book.rules("rules", book.plain)
        book.top.only()
        problems += in_file(path.name, reading.problems)
    refuse_if_any(problems)
    return tuple(found)


def read_book(written: Written | str, find: Callable[[str], object] = lambda _: None) -> RuleBook:
    """One rule book from strictly read YAML or its text; `find` gives the values of the book that it inherits from."""
    if isinstance(written, str):
        written = read_text(written)
    reading = Reading(_merged(written, find))
    book = BookReading(reading).book()
    refuse_if_any(reading.problems)
    return book


def _merged(written: Written, find: Callable[[str], object]) -> Written:
    """The file with what it inherits: entries of lists by id, everything else whole. Its own lines are kept."""
    values = written.values
    if not isinstance(values, dict) or "inherits" not in values:
        return written
    parent = find(values["inherits"]) if isinstance(values["inherits"], str) else None
    if not isinstance(parent, dict):
        raise Refused(Problem("inherits", f"没有 {values['inherits']}", "请写同一目录里另一个文件的编号"))
    if "inherits" in parent:
        raise Refused(Problem("inherits", f"{values['inherits']} 自己也是继承来的", "请继承写全的那个文件"))
    merged: dict[str, object] = {
        key: value for key, value in parent.items() if key not in ("valid_from", "valid_to")
    }
    lines: dict[str, int] = {}
    for key, value in values.items():
        if key in MERGED and isinstance(value, list) and isinstance(parent.get(key), list):
            merged[key], places = _merged_list(parent[key], value)
            for own, place in enumerate(places):
                lines |= _moved(written.lines, f"{key}[{own}]", f"{key}[{place}]")
        elif key != "inherits":
            merged[key] = value
            lines |= _moved(written.lines, key, key)
    return Written(merged, lines)


def _merged_list(old: list[object], new: list[object]) -> tuple[list[object], list[int]]:
    """The old entries with the new ones over them by id (key by key), further ones behind; where each new one came to."""
    answer, places = list(old), []
    for entry in new:
        name = entry.get("id") if isinstance(entry, dict) else None
        at = next(
            (n for n, one in enumerate(answer) if isinstance(one, dict) and one.get("id") == name), None
        )
        if at is None or name is None:
            answer.append(entry)
        else:
            answer[at] = {**cast("dict[str, object]", answer[at]), **cast("dict[str, object]", entry)}
        places.append(len(answer) - 1 if at is None else at)
    return answer, places


def _moved(lines: Mapping[str, int], before: str, after: str) -> dict[str, int]:
    return {
        after + place[len(before) :]: line
        for place, line in lines.items()
        if place == before or place.startswith((f"{before}.", f"{before}["))
    }
