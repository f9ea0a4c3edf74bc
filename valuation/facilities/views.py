"""Pages of group credit: the facilities, one with its members, one member with its draws, and the forms of the bank."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from finance.parties.models import Organisation
from kernel.days import today
from kernel.errors import Refused
from kernel.pages import absent_is_404
from valuation.facilities import actions, pages, queries
from valuation.facilities.forms import DrawForm, LimitForm, OpeningForm, RaiseForm, ReasonForm

if TYPE_CHECKING:
    from django.forms import Form


@require_GET
def facility_list(request: Any) -> HttpResponse:
    """The facilities the viewer may know of; an enterprise sees its own seats instead."""
    if request.viewer.organisation.kind == Organisation.Kind.ENTERPRISE:
        return render(request, "facilities/seats.html", {"members": queries.members(viewer=request.viewer)})
    context = pages.facility_list(request.viewer)
    return render(request, "facilities/list.html", context)


@require_http_methods(["GET", "POST"])
def open_facility(request: Any) -> HttpResponse:
    """Ask a second person to open one."""
    marks = queries.marks_to_open_for(viewer=request.viewer, on=today())
    form = OpeningForm(request.POST or None, marks=marks, initial={"first": today()})
    context: dict[str, Any] = {"form": form, "marks": marks}
    if request.method == "POST" and form.is_valid():
        try:
            asked = actions.propose_facility(by=request.viewer, on=today(), **form.terms)
        except Refused as refused:
            context["problems"] = refused.problems
        else:
            return _asked(request, asked)
    return render(request, "facilities/open.html", context, status=422 if request.method == "POST" else 200)


@require_GET
@absent_is_404
def facility(request: Any, facility_id: UUID) -> HttpResponse:
    """One facility."""
    return _facility_page(request, facility_id)


def _facility_page(
    request: Any, facility_id: UUID, tried: str = "", form: Any = None, problems: Any = ()
) -> HttpResponse:
    context = pages.facility_page(request.viewer, facility_id, today()) | {"problems": list(problems)}
    if form is not None:
        context[f"{tried}_form"] = form
    return render(request, "facilities/facility.html", context, status=422 if form is not None else 200)


@require_POST
@absent_is_404
def raise_total(request: Any, facility_id: UUID) -> HttpResponse:
    """Ask for a higher total."""
    queries.facility(viewer=request.viewer, facility_id=facility_id)
    return _put(request, facility_id, "raise", RaiseForm(request.POST), actions.propose_raise)


@require_POST
@absent_is_404
def close(request: Any, facility_id: UUID) -> HttpResponse:
    """Ask to close it."""
    queries.facility(viewer=request.viewer, facility_id=facility_id)
    return _put(request, facility_id, "close", ReasonForm(request.POST), actions.propose_closing)


@require_POST
@absent_is_404
def limit(request: Any, facility_id: UUID) -> HttpResponse:
    """Ask for a member's limit."""
    row = queries.facility(viewer=request.viewer, facility_id=facility_id)
    form = LimitForm(request.POST, users=queries.users_of(row, today()))
    return _put(request, facility_id, "limit", form, actions.propose_limit, on=today())


def _put(
    request: Any, facility_id: UUID, tried: str, form: Form, action: Callable[..., Any], **more: Any
) -> HttpResponse:
    """Put something about a facility to a second person, or show the page again with what is wrong."""
    if not form.is_valid():
        return _facility_page(request, facility_id, tried, form)
    try:
        asked = action(by=request.viewer, facility_id=facility_id, **form.cleaned_data, **more)
    except Refused as refused:
        return _facility_page(request, facility_id, tried, form, refused.problems)
    return _asked(request, asked)


def _asked(request: Any, asked: Any) -> HttpResponse:
    messages.success(request, _("已提请本行另一人复核。"))
    return redirect("approval", asked.pk)


@require_GET
@absent_is_404
def member(request: Any, member_id: UUID) -> HttpResponse:
    """One member with its draws: the bank's page, and the member's own."""
    return _member_page(request, member_id)


def _member_page(
    request: Any,
    member_id: UUID,
    tried: str = "",
    form: Any = None,
    problems: Any = (),
    draw_id: UUID | None = None,
) -> HttpResponse:
    releasing = (draw_id, form) if draw_id and form is not None else None
    context = pages.member_page(request.viewer, member_id, today(), releasing) | {"problems": list(problems)}
    if form is not None and releasing is None:
        context[f"{tried}_form"] = form
    return render(request, "facilities/member.html", context, status=422 if form is not None else 200)


@require_POST
@absent_is_404
def draw(request: Any, member_id: UUID) -> HttpResponse:
    """Record a draw."""
    queries.member(viewer=request.viewer, member_id=member_id)
    form = DrawForm(request.POST)
    return _record(
        request,
        member_id,
        "draw",
        form,
        lambda typed: actions.draw(member_id=member_id, **typed),
        _("用款已记录。"),
    )


@require_POST
@absent_is_404
def suspend(request: Any, member_id: UUID) -> HttpResponse:
    """Suspend a member."""
    queries.member(viewer=request.viewer, member_id=member_id)
    form = ReasonForm(request.POST)
    return _record(
        request,
        member_id,
        "suspend",
        form,
        lambda typed: actions.suspend(member_id=member_id, **typed),
        _("已暂停用款。"),
    )


@require_POST
@absent_is_404
def release(request: Any, draw_id: UUID) -> HttpResponse:
    """Record what of a draw came back."""
    drawn = queries.draws(viewer=request.viewer).get(pk=draw_id)
    form = pages.release_form(draw_id, request.POST)
    return _record(
        request,
        drawn.member_id,
        "release",
        form,
        lambda typed: actions.release(draw_id=draw_id, **typed),
        _("归还已记录。"),
        draw_id,
    )


def _record(
    request: Any,
    member_id: UUID,
    tried: str,
    form: Form,
    act: Callable[[dict[str, Any]], Any],
    done: str,
    draw_id: UUID | None = None,
) -> HttpResponse:
    """Record something of a member, or show its page again with what is wrong."""
    if not form.is_valid():
        return _member_page(request, member_id, tried, form, draw_id=draw_id)
    try:
        act({**form.cleaned_data, "by": request.viewer, "on": today()})
    except Refused as refused:
        return _member_page(request, member_id, tried, form, refused.problems, draw_id)
    messages.success(request, done)
    return redirect("facilities:member", member_id)
