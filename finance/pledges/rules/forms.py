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
    """A box of the paper: what is printed beside it, and the value that goes in; `when_told`: no box where there is none."""

    label: str
    value: str
    when_told: bool = False


@dataclass(frozen=True)
class Section:
    """Boxes under a heading; `sides`: each field is asked of the pledgor and of the pledgee, side by side."""

    heading: str
    fields: tuple[Field, ...]
    sides: bool = False


@dataclass(frozen=True)
class Form:
    """One paper of one kind of right, with where its fields come from and how well that is evidenced."""

    title: str
    article: str
    source: str
    confidence: str
    sections: tuple[Section, ...]
    rights: Section
    promise: str
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
    forms = {
        name: read_form(papers.entry(name) or _absent(papers, name), filled, of_a_right) for name in PAPERS
    }
    for entry in (papers, top):
        entry.only()
    refuse_if_any(reading.problems)
    return forms


def _absent(papers: Entry, name: str) -> Entry:
    papers.fault(name, "缺少", "三份文书都要写：登记申请书、承诺书、合同附表")
    return papers.reading.entry({}, papers.at(name))


def read_form(entry: Entry, filled: Collection[str], of_a_right: Collection[str]) -> Form:
    """One form; whoever has more to ask of the entry asks it before."""
    form = Form(
        title=entry.text("title"),
        article=entry.text("article"),
        source=entry.text("source"),
        confidence=entry.text("confidence", among=tuple(CONFIDENCE)),
        sections=tuple(_section(one, "fields", filled) for one in entry.entries("sections", least=1)),
        rights=_section(
            entry.entry("rights") or entry.reading.entry({}, entry.at("rights")), "columns", of_a_right
        ),
        promise=entry.text("promise", default="双方承诺"),
        sentences=entry.texts("sentences"),
        seals=entry.texts("seals", least=1, among=SEALS),
    )
    entry.only()
    return form


def _section(entry: Entry, key: str, known: Collection[str]) -> Section:
    fields = []
    sides = entry.flag("sides", default=False)
    if sides:
        known = [one.removeprefix("pledgor.") for one in known if one.startswith("pledgor.")]
    for one in entry.entries(key, least=1):
        label, value = one.text("label"), one.text("from", among=tuple(known))
        fields.append(Field(label, value, one.flag("when_told", default=False)))
        one.only()
    section = Section(entry.text("heading"), tuple(fields), sides)
    entry.only()
    return section
