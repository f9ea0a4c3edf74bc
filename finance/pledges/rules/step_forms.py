"""The papers of a step on a running pledge: application for change, extension, cancellation, the pledgee's consent. Pure.

`policies/registration/papers/steps/` says which paper belongs to which moves of the rule book, whose seal it takes and which
answers of the step stand on it. A kind of right without a file has no such papers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from kernel.errors import Problem, Refused, in_file, refuse_if_any
from kernel.reading import Reading
from kernel.strict_yaml import Written, read_file

from .forms import KINDS, Form, read_form


@dataclass(frozen=True)
class StepForm:
    """A paper of these moves; `changes` heads the table of what stood and what shall stand, "" for none."""

    id: str
    moves: tuple[str, ...]
    changes: str
    only_concerned: bool
    form: Form


def load_step_forms(
    directory: Path, filled: Collection[str], of_a_right: Collection[str]
) -> Mapping[str, tuple[StepForm, ...]]:
    """The papers of steps by kind of right. Refused with every fault of every file."""
    problems: list[Problem] = []
    forms: dict[str, tuple[StepForm, ...]] = {}
    for kind in KINDS:
        name = f"{kind}.yaml"
        try:
            forms[kind] = read_step_forms(read_file(directory / name), kind, filled, of_a_right)
        except Refused as refused:
            problems += in_file(name, refused.problems)
    refuse_if_any(problems)
    return forms


def read_step_forms(
    written: Written, kind: str, filled: Collection[str], of_a_right: Collection[str]
) -> tuple[StepForm, ...]:
    """The papers of one file, each with its own id."""
    reading = Reading(written)
    top = reading.top
    if top.text("kind", among=KINDS) != kind:
        top.fault("kind", "与文件名不一致", f"这个文件应写 {kind}")
    forms: list[StepForm] = []
    for entry in top.entries("papers", least=1):
        name = entry.text("id")
        if name in {one.id for one in forms}:
            entry.fault("id", f"“{name}”写了两次", "每份文书一个编号")
        moves, changes = entry.texts("moves", least=1), entry.text("changes", default="")
        only_concerned = entry.flag("only_concerned", default=False)
        forms.append(StepForm(name, moves, changes, only_concerned, read_form(entry, filled, of_a_right)))
    top.only()
    reading.refuse_if_any()
    return tuple(forms)
