"""The papers of a step: what the parties apply for on a running pledge, or what the pledgee agrees to, ready to be sealed.

    paper = step_paper_of("extension", applied, on=day)
    issue_paper(by=member, at=now, subject=file, paper=paper)

They are made of what is typed for the step and before it is taken, because the step asks for the sealed paper.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from django.conf import settings

from finance.pledges.papers import (
    FILLED,
    OF_A_RIGHT,
    Paper,
    Particulars,
    amount_text,
    content_of,
    contradictions,
    day_text,
    rule_books,
)
from finance.pledges.rules.asked import QUESTIONS
from finance.pledges.rules.step_forms import StepForm, load_step_forms
from kernel.errors import Problem, Refused, refuse_if_any

BEFORE_AND_AFTER = ("变更事项", "变更前", "变更后")


@dataclass(frozen=True)
class Registered:
    """The registration that a step is about; amounts in fen, None is not known."""

    number: str = ""
    on: dt.date | None = None
    until: dt.date | None = None
    amount_fen: int | None = None


@dataclass(frozen=True)
class Applied(Particulars):
    """Particulars of a registered pledge with what a step states.

    `answers` by question, as text; `changes`: (what, as it stood, as it shall stand); `concerned`: numbers of rights.
    """

    registered: Registered = Registered()
    answers: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[tuple[str, str, str], ...] = ()
    concerned: tuple[str, ...] = ()


def _answer(name: str) -> Callable[[Any], str]:
    return lambda one: one.answers.get(name, "")


FILLED_OF_A_STEP: Mapping[str, Callable[[Any], str]] = {
    **FILLED,
    "registered.number": lambda one: one.registered.number,
    "registered.on": lambda one: day_text(one.registered.on),
    "registered.until": lambda one: day_text(one.registered.until),
    "registered.amount": lambda one: amount_text(one.registered.amount_fen),
    **{f"asked.{name}": _answer(name) for name in QUESTIONS},
}
"""What a field of such a paper may ask for."""


@cache
def step_forms() -> Mapping[str, tuple[StepForm, ...]]:
    """The papers of steps of this installation, read once."""
    directory = settings.POLICIES_DIR / "registration" / "papers" / "steps"
    return load_step_forms(directory, FILLED_OF_A_STEP, OF_A_RIGHT)


def forms_of(kind: str, action: str) -> tuple[StepForm, ...]:
    """The papers that belong to a move of a kind of right; none where no form was seen."""
    return tuple(one for one in step_forms().get(kind, ()) if action in one.moves)


def step_paper_of(name: str, action: str, applied: Applied, *, on: dt.date) -> Paper:
    """One paper of a move, by the forms and rules of the day. Refused with every contradiction in it."""
    filing = applied.filing
    found = next((one for one in forms_of(filing.kind, action) if one.id == name), None)
    if found is None:
        raise Refused(Problem("文书", "这一步没有这份文书", "请从这一步所列的文书中选", code="no-form"))
    book = rule_books().on(filing.kind, on)
    if book is None:
        raise Refused(Problem("办理日", f"{on} 没有生效的登记规则", "请核对日期", code="no-rules"))
    refuse_if_any(contradictions(applied))
    if found.only_concerned and applied.concerned:
        rights = tuple(one for one in filing.rights if one.number in applied.concerned)
        applied = replace(applied, filing=replace(filing, rights=rights))
    content = content_of(found.form, applied, book, on, filled=FILLED_OF_A_STEP)
    if found.changes:
        rows = [list(one) for one in applied.changes]
        content["changes"] = {"heading": found.changes, "columns": list(BEFORE_AND_AFTER), "rows": rows}
    return Paper(f"pledge.{name}", found.form.title, content)
