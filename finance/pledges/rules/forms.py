"""The papers of a registration as files lay them out: which fields stand under which heading. Pure.

`policies/registration/papers/` names the fields, `finance.pledges.papers` fills them. A file that asks for a value nobody
knows, or lacks one of the three papers, is refused with every fault at once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kernel.errors import Problem, Refused, refuse_if_any
from kernel.reading import Entry, Reading
from kernel.strict_yaml import Written, read_file

from .book import CONFIDENCE

PaperName = Literal["application", "commitment", "schedule"]
PAPERS: tuple[PaperName, ...] = ("application", "commitment", "schedule")
KINDS = ("patent", "trademark", "copyright")
SEALS = ("pledgor", "pledgee")


@dataclass(frozen=True)
class Field:
    """A box of the paper: what is printed beside it, and the value that goes in."""

    label: str
    value: str


@dataclass(frozen=True)
class Section:
    heading: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Form:
    """One paper of one kind of right, with where its fields come from and how well that is evidenced."""

    title: str
    article: str
    source: str
    confidence: str
    sections: tuple[Section, ...]
    rights: Section
    sentences: tuple[str, ...]
    seals: tuple[str, ...]


def load_forms(
    directory: Path, filled: Collection[str], of_a_right: Collection[str]
) -> Mapping[str, Mapping[PaperName, Form]]:
    """The papers by kind of right; `filled` and `of_a_right` are the values that fields and columns may ask for."""
    problems: list[Problem] = []
    forms: dict[str, Mapping[PaperName, Form]] = {}
    for kind in KINDS:
        name = f"{kind}.yaml"
        try:
            forms[kind] = read_forms(read_file(directory / name), kind, filled, of_a_right)
        except Refused as refused:
            problems += [
                Problem(f"{name} {one.where}".strip(), one.found, one.wanted, one.code)
                for one in refused.problems
            ]
    refuse_if_any(problems)
    return forms


def read_forms(
    written: Written, kind: str, filled: Collection[str], of_a_right: Collection[str]
) -> Mapping[PaperName, Form]:
    """The three papers of one file."""
    reading = Reading(written)
    top = reading.top
    if top.text("kind", among=KINDS) != kind:
        top.fault("kind", "与文件名不一致", f"这个文件应写 {kind}")
    papers = top.entry("papers") or reading.entry({}, "papers")
    forms = {name: _form(papers.entry(name) or _absent(papers, name), filled, of_a_right) for name in PAPERS}
    for entry in (papers, top):
        entry.only()
    refuse_if_any(reading.problems)
    return forms


def _absent(papers: Entry, name: str) -> Entry:
    papers.fault(name, "缺少", "三份文书都要写：登记申请书、承诺书、合同附表")
    return papers.reading.entry({}, papers.at(name))


def _form(entry: Entry, filled: Collection[str], of_a_right: Collection[str]) -> Form:
    form = Form(
        title=entry.text("title"),
        article=entry.text("article"),
        source=entry.text("source"),
        confidence=entry.text("confidence", among=tuple(CONFIDENCE)),
        sections=tuple(_section(one, "fields", filled) for one in entry.entries("sections", least=1)),
        rights=_section(
            entry.entry("rights") or entry.reading.entry({}, entry.at("rights")), "columns", of_a_right
        ),
        sentences=entry.texts("sentences"),
        seals=entry.texts("seals", least=1, among=SEALS),
    )
    entry.only()
    return form


def _section(entry: Entry, key: str, known: Collection[str]) -> Section:
    fields = []
    for one in entry.entries(key, least=1):
        fields.append(Field(one.text("label"), one.text("from", among=tuple(known))))
        one.only()
    section = Section(entry.text("heading"), tuple(fields))
    entry.only()
    return section
