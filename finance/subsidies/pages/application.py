"""The page of one application: what is asked and how it was worked out, the facts with their sources, what is to be done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from finance.parties.models import Organisation
from finance.parties.queries import payee_in_force
from finance.subsidies.actions.locking import OWNS, PREPARES
from finance.subsidies.forms.deciding import JudgeForm, NoticeForm, OfficeForm, ReasonForm, ReviewForm
from finance.subsidies.forms.facts import AnswerForm, FactForm, PaperForm
from finance.subsidies.models import Application, ApplicationFact, OfficeWord, Plan, Step
from finance.subsidies.pages.policies import policy_page
from finance.subsidies.pages.previewing import Previewed, preview
from finance.subsidies.queries import of_applications as asked
from finance.subsidies.queries.of_knowledge import knowledge_of
from finance.subsidies.reads import (
    SECTIONS,
    facts_read,
    line_name,
    may_be_left_out,
    needed_by,
    section_of,
)
from finance.subsidies.saying import all_said, said, said_if_whole
from finance.subsidies.shelf import policy_of
from finance.subsidies.words import fact_words, facts_known
from finance.subsidies.working import sentences, steps_from_plain
from kernel.chinese import page_is_english
from kernel.money.yuan import fen_from_yuan, yuan_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from finance.parties.models import Membership
    from finance.subsidies.queries.of_applications import Stated
    from finance.subsidies.queries.of_knowledge import Knowledge
    from finance.subsidies.terms import Policy
    from kernel.errors import Problem

State = Application.State
Standing = ApplicationFact.Standing
EDITED = (State.DRAFT, State.DEFICIENT)
PREVIEWED = (State.DRAFT, State.LISTED, State.DEFICIENT, State.FILED)


@dataclass(frozen=True)
class FactRow:
    """One fact on the page; `stated` None: nobody stated it; `newer`: what the platform knows now, where it is another."""

    path: str
    name: str
    stated: Stated | None
    why: str
    lacking: bool
    needed: bool
    newer: Any = None
    judge: JudgeForm | None = None

    @property
    def value(self) -> Any:
        return self.stated.row.value if self.stated else None

    @property
    def tone(self) -> str:
        """Stated by the enterprise alone is not yet settled."""
        tones = {Standing.STATED: "near", Standing.CONFIRMED: "good", Standing.REJECTED: "bad"}
        return tones.get(Standing(self.stated.row.standing), "plain") if self.stated else "plain"


def page_of(application: Application, viewer: Membership, on: dt.date) -> dict[str, Any]:
    """The context of the page; the viewer was let in to the application."""
    policy = policy_of(application.call.policy)
    knowledge = knowledge_of(application, on)
    facts = knowledge.stated
    seen = preview(application, on, knowledge) if application.state in PREVIEWED else Previewed()
    owner = viewer.seat == OWNS and viewer.organisation_id == application.enterprise_id
    officer = viewer.seat == PREPARES and viewer.organisation_id == application.call.bureau_id
    decided = application.state not in PREVIEWED and application.calculation is not None
    told = (
        application.calculation.result
        if decided and application.calculation
        else seen.result.answer()
        if seen.result
        else None
    )
    steps = list(application.steps.select_related("recorded_by__person").order_by("-id"))
    return {
        "application": application,
        "call": application.call,
        "loan": application.loan,
        "on": on,
        "owner": owner,
        "officer": officer,
        "told": shown_result(policy, told) if told else None,
        "is_preview": not decided,
        "preview": seen,
        "unreadable": in_words(seen.problems),
        "against": in_words(seen.against) if (officer if application.state == State.FILED else owner) else [],
        **fact_tables(application, policy, knowledge, seen, officer=officer),
        "moved": knowledge.moved if officer and application.state == State.FILED else [],
        "unjudged": sum(facts[path].row.standing == Standing.STATED for path in facts_read(policy) if path in facts),
        "papers": application.papers.select_related("file").defer("file__content").order_by("id"),
        "events": [event_of(one, application, viewer) for one in steps],
        "notice": next((one for one in steps if one.kind == Step.Kind.NOTICE), None),
        "offices": offices_of(application),
        "account": application.account or (payee_in_force(application.enterprise) if owner else None),
        "account_counts": application.account is not None,
        "plans": list(
            Plan.objects.filter(lines__application=application).distinct().order_by("-seq")
        ),
        "awards": asked.awards(viewer=viewer).filter(application=application),
        **policy_page(application.call.policy),
        **owner_forms(application, policy, facts, seen, owner=owner),
        **officer_forms(application, policy, seen, officer=officer),
    }  # fmt: skip


def owner_forms(
    application: Application, policy: Policy, facts: Mapping[str, Stated], seen: Previewed, *, owner: bool
) -> dict[str, Any]:
    """The forms of the owner, as far as the state has them."""
    if not owner or application.state not in EDITED:
        return {}
    return {
        "fact_form": FactForm(policy=policy, facts=facts, missing=seen.missing),
        "paper_form": PaperForm(),
        "answer_form": AnswerForm() if application.state == State.DEFICIENT else None,
    }


def officer_forms(
    application: Application, policy: Policy, seen: Previewed, *, officer: bool
) -> dict[str, Any]:
    """The forms of the officer, as far as the state has them."""
    if not officer:
        return {}
    filed, passed = application.state == State.FILED, application.state == State.REVIEWED
    hears = (filed or passed) and application.call.offices
    return {
        "review_form": ReviewForm(policy=policy, ceilings=seen.ceilings) if filed else None,
        "notice_form": NoticeForm() if filed else None,
        "office_form": OfficeForm(offices=application.call.offices) if hears else None,
        "reopen_form": ReasonForm() if passed else None,
        "refuse_form": ReasonForm() if filed or passed or application.state == State.DEFICIENT else None,
    }


def fact_tables(
    application: Application, policy: Policy, knowledge: Knowledge, seen: Previewed, *, officer: bool
) -> dict[str, list[tuple[str, list[FactRow]]]]:
    """What the policy looks at, stated or not, and beside it what else is known; (heading, rows) by section."""
    facts, newer = knowledge.stated, {}
    if application.state not in (State.AWARDED, State.REFUSED, State.WITHDRAWN):
        newer = {one.path: one.now for one in knowledge.other if one.was is not None}
    read = facts_read(policy)
    judges = officer and application.state == State.FILED

    def row_of(path: str) -> FactRow:
        row = FactRow(
            path, fact_words(path).name, facts.get(path), needed_by(policy, path), path in seen.missing,
            not may_be_left_out(policy, path), newer.get(path),
        )  # fmt: skip
        if not judges:
            return row
        shown = row.value if row.newer is None else row.newer
        return replace(row, judge=JudgeForm(policy=policy, path=path, shown=shown, auto_id=f"id_{path}_%s"))

    return {
        "facts": _by_section([row_of(path) for path in read]),
        "beside": _by_section([row_of(path) for path in facts if path not in read]),
    }


def _by_section(rows: Iterable[FactRow]) -> list[tuple[str, list[FactRow]]]:
    sections: dict[str, list[FactRow]] = {}
    for row in rows:
        sections.setdefault(section_of(row.path), []).append(row)
    known = list(SECTIONS)
    ordered = sorted(sections, key=lambda name: known.index(name) if name in known else len(known))
    return [(SECTIONS.get(name, name), sections[name]) for name in ordered]


def shown_result(policy: Policy, told: Mapping[str, Any]) -> dict[str, Any]:
    """A stored or fresh answer with each line's words, working and article beside it."""
    steps = steps_from_plain(told["working"])
    lines = []
    for line in told["lines"]:
        written = policy.line(line["id"])
        own = [step for step in steps if step.line == line["id"]]
        lines.append(
            line
            | {
                "name": line_name(policy, line["id"]),
                "ref": written.remarks.ref if written else "",
                "note": written.remarks.note if written else "",
                "bound": _bound_words(line, told),
                "sentences": sentences(own),
            }
        )
    return {**told, "lines": lines, "limits": [_with_bar(limit) for limit in told["limits"]]}


def _bound_words(line: Mapping[str, Any], told: Mapping[str, Any]) -> str:
    """What cut the line, in words."""
    if line["state"] == "lost":
        return _("与其他项目只能选一")
    if line["state"] == "counted_out":
        return _("超过补助笔数")
    if line["state"] == "not_computable":
        return _("不能按公式计算，由主管部门核定")
    if line["state"] == "refused":
        return "；".join(one["text"] for one in told["lost"] if one["line"] == line["id"])
    words = {"cap": _("单笔上限"), "max_principal": _("计入的本金上限")}
    return all_said(
        dict.fromkeys(
            words.get(one, _("成本上限") if one.startswith("bounds") else _("年度或累计上限"))
            for one in line["bound_by"]
        )
    )


def _with_bar(limit: Mapping[str, Any]) -> dict[str, Any]:
    """A limit with whole fen, for its bar: what it comes to with this application."""
    after = fen_from_yuan(limit["used"]) + fen_from_yuan(limit["taken"])
    return {
        **limit,
        "most_fen": None if limit["max"] is None else fen_from_yuan(limit["max"]),
        "after_fen": after,
    }


def offices_of(application: Application) -> list[tuple[str, OfficeWord | None]]:
    """Each office whose word is asked, with what it said last."""
    words = {word.office: word for word in application.office_words.order_by("id")}
    return [(name, words.get(name)) for name in application.call.offices]


def event_of(step: Step, application: Application, viewer: Membership) -> dict[str, Any]:
    """What happened, for the timeline; of the other house one sees the house, not the person."""
    of_owner = step.kind in (Step.Kind.FILED, Step.Kind.CONFIRMED, Step.Kind.ANSWER, Step.Kind.WITHDRAWN)
    house: Organisation = application.enterprise if of_owner else application.call.bureau
    own = viewer.organisation_id == house.pk and step.recorded_by is not None
    items = [one for one in step.items if isinstance(one, str)]
    grants = [one for one in step.items if isinstance(one, dict)]
    notes = [
        said_if_whole(step.text),
        *(f"{place}. {item}" for place, item in enumerate(items, 1)),
        *(f"{_grant_words(application, one)}" for one in grants),
        _("请于 %(day)s 前答复") % {"day": step.due_on} if step.due_on else "",
    ]
    return {
        "at": step.recorded_at,
        "title": f"{step.get_kind_display()} ({step.day})"
        if page_is_english()
        else f"{step.get_kind_display()}（{step.day}）",
        "who": f"{house.short_name} {step.recorded_by}" if own else house.short_name,
        "notes": [note for note in notes if note],
        "tone": "bad" if step.kind == Step.Kind.REFUSED else "",
    }


def _grant_words(application: Application, grant: Mapping[str, Any]) -> str:
    name = said(line_name(policy_of(application.call.policy), grant["line"]))
    return _("核定%(line)s %(amount)s 元") % {"line": name, "amount": yuan_text(grant["fen"], grouped=True)}


def in_words(problems: Iterable[Problem]) -> list[Problem]:
    """The same problems, their places named as people name the facts."""
    known = facts_known()
    told = []
    for problem in problems:
        path, _bracket, rest = problem.where.partition("[")
        place = f"（{rest.replace(']', '').replace('[', ' ')}）" if rest else ""
        told.append(replace(problem, where=f"{known[path].name}{place}") if path in known else problem)
    return told
