"""A step of the rule book: its form, and taking it or saying yes to it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from finance.pledges import actions, forms
from finance.pledges.actions import Paper, Step
from finance.pledges.actions.step import to_state
from finance.pledges.queries import of_files as reading
from finance.pledges.queries import of_yeses
from finance.pledges.queries.of_step_papers import papers_of
from finance.pledges.rules.asked import told_of
from finance.pledges.rules.metrics import METRICS
from finance.pledges.words import worded
from kernel.days import today
from kernel.errors import Problem, Refused
from kernel.pages import absent_is_404

from .beside import refused_beside
from .files import file_page
from .realising import on_cancelling

CANCELLING = "request_cancellation"


@require_http_methods(["GET", "POST"])
@absent_is_404
def step(request: Any, file_id: UUID) -> HttpResponse:
    """One step of the rule book: its form, and taking it or saying yes to it."""
    found = reading.file(viewer=request.viewer, file_id=file_id)
    move = _asked_move(request, found)
    if move is None:
        return _no_such_move(request, found)
    said = _said(request, found, move)
    form = _step_form(request, found, move, said)
    problems: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            taken = _take(request, found, move, form)
        except Refused as refused:
            problems = refused.problems
        else:
            told_done = _("已办理：%(title)s") if taken else _("本方已确认，等待对方确认：%(title)s")
            messages.success(request, told_done % {"title": worded(move.title)})
            return redirect("pledges:file", file_id)
    elif request.method == "POST":
        problems = refused_beside(form, lambda: _take(request, found, move, form))
    return _page(request, found, move, form, said, problems)


@require_POST
@absent_is_404
def make_step_paper(request: Any, file_id: UUID, name: str) -> HttpResponse:
    """Let a worker make a paper of what is typed for a step, or of what the other party said, and show how far it is."""
    found = reading.file(viewer=request.viewer, file_id=file_id)
    move = _asked_move(request, found)
    if move is None:
        return _no_such_move(request, found)
    if name not in dict(papers_of(found, move)):
        raise Http404
    said = _said(request, found, move)
    form = _step_form(request, found, move, said)
    form.is_valid()
    problems = [one for one in forms.told(form) if set(form.errors) & set(form.asks)]
    asked = said.details.get("asked", {}) if said else form.typed["asked"]
    act = partial(
        actions.ask_for_step_paper,
        by=request.viewer,
        file_id=file_id,
        name=name,
        action=move.action,
        asked=asked,
        on=today(),
    )
    if problems:
        return _page(request, found, move, form, said, [*problems, *refused_beside(form, act)])
    try:
        job = act()
    except Refused as refused:
        return _page(request, found, move, form, said, refused.problems)
    return redirect("job", job.pk)


def _asked_move(request: Any, found: Any) -> Any:
    action = request.GET.get("action", "")
    return next((one for one in reading.possible(found, request.viewer) if one.action == action), None)


def _no_such_move(request: Any, found: Any) -> HttpResponse:
    here = reading.book_of(found).state(found.state).title
    if request.method == "GET":
        messages.error(request, _("“%(state)s”状态下本岗位没有这一步") % {"state": worded(here)})
        return redirect("pledges:file", found.pk)
    told = [Problem("步骤", f"“{here}”状态下本岗位没有这一步", "请从下面的步骤中选", "no_such_move")]
    return file_page(request, found, told)


def _said(request: Any, found: Any, move: Any) -> Any:
    party = reading.party_of(request.viewer, found)
    return of_yeses.said_by_other(found, move.action, party)


def _page(request: Any, found: Any, move: Any, form: Any, said: Any, problems: Any) -> HttpResponse:
    book, party = reading.book_of(found), reading.party_of(request.viewer, found)
    applied = reading.answers_before(found) if party is None else {}
    context = {
        "file": found,
        "move": move,
        "form": form,
        "problems": problems,
        "said": said is not None,
        "papers": papers_of(found, move) if party else (),
        "declares": _declares(found, book) if move.action == "declare" else (),
        "waiver": on_cancelling(found, request.viewer) if move.action == CANCELLING else None,
        "answers": told_of(
            book, applied if said is None else said.details.get("asked", {}), to_registry=party is None
        ),
    }
    return render(request, "pledges/step.html", context, status=422 if request.method == "POST" else 200)


def _declares(found: Any, book: Any) -> list[tuple[str, str]]:
    """The grounds that a yes now declares to know of, each with its right."""
    titles = {ground.id: f"{ground.id} {ground.title}" for ground in book.grounds}
    return [(titles.get(ground, ground), right) for ground, right in of_yeses.to_declare(found, today())]


def _step_form(request: Any, found: Any, move: Any, said: Any) -> forms.StepForm:
    """The form of a step; whoever says yes to what the other party has said is asked nothing but the day."""
    book, is_said = reading.book_of(found), said is not None
    return forms.StepForm(
        *((request.POST, request.FILES) if request.method == "POST" else (None, None)),
        move=replace(move, asks=(), guards=()) if is_said else move,
        book=book,
        items=[] if is_said else reading.items_asked(found),
        stated={} if is_said else {name: METRICS[name] for name in to_state(move)},
        numbers=[right["number"] for right in reading.contents_of(found)["rights"]],
        initial={"on": today()},
    )


def _take(request: Any, found: Any, move: Any, form: forms.StepForm) -> Any:
    if reading.is_of_the_clock(move):
        return actions.let_lapse(by=request.viewer, file_id=found.pk, action=move.action, today=today())
    paper = form.cleaned_data.get("paper")
    asked = Step(
        move.action,
        **{**form.typed, "on": form.typed["on"] or today()},
        paper=Paper(paper.name, paper.read()) if paper else None,
    )
    act = actions.take if request.viewer.organisation_id == found.window_id else actions.say
    return act(by=request.viewer, file_id=found.pk, step=asked, today=today())
