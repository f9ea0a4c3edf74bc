"""Pages of calls: the list, one call, opening one, and what is done with one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from finance.subsidies import actions
from finance.subsidies.forms.calls import OpenCallForm, ShortageForm
from finance.subsidies.pages.calls import call_page, list_page
from finance.subsidies.queries import of_applications as asked
from kernel.days import today
from kernel.errors import Refused
from kernel.pages import absent_is_404


@require_GET
def call_list(request: Any) -> HttpResponse:
    """What a house of this kind has to do with subsidies."""
    template, context = list_page(request.viewer, today())
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
def open_call(request: Any) -> HttpResponse:
    """Open a call; every fault at once, nothing typed is lost."""
    form = OpenCallForm(request.POST or None, viewer=request.viewer, initial={"opens_on": today()})
    problems: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            call = actions.open_call(by=request.viewer, on=today(), **form.terms)
        except Refused as refused:
            problems = refused.problems
        else:
            messages.success(request, _("已发布申报通知 %(number)s。") % {"number": call.number})
            return redirect("subsidies:call", call.pk)
    elif request.method == "POST":
        problems = form.order_problems
    status = 422 if request.method == "POST" else 200
    return render(request, "subsidies/open_call.html", {"form": form, "problems": problems}, status=status)


@require_GET
@absent_is_404
def call(request: Any, call_id: UUID) -> HttpResponse:
    """One call."""
    return _page(request, call_id)


def _page(request: Any, call_id: UUID, **more: Any) -> HttpResponse:
    """The page of a call, with what came of the act just tried."""
    found = asked.call(viewer=request.viewer, call_id=call_id)
    context = call_page(
        found, request.viewer, today(), state=request.GET.get("state", ""), page=request.GET.get("page")
    )
    return render(request, "subsidies/call.html", context | more, status=422 if more.get("problems") else 200)


@require_POST
@absent_is_404
def begin(request: Any, call_id: UUID) -> HttpResponse:
    """Begin an application with one of one's own loans, or with none."""
    try:
        loan_id = UUID(request.POST["loan"]) if request.POST.get("loan") else None
    except ValueError as absent:
        raise Http404 from absent
    try:
        drafted = actions.draft_application(by=request.viewer, call_id=call_id, loan_id=loan_id, on=today())
    except Refused as refused:
        return _page(request, call_id, problems=refused.problems)
    messages.success(request, _("已起草，平台已有的数据已填入；请补齐其余各项后提交。"))
    return redirect("subsidies:application", drafted.pk)


# --- the officer's acts, by the last word of the address: each does it and says where to go and what was done ---


def _closed(request: Any, call_id: UUID) -> tuple[str, Any]:
    actions.close_call(by=request.viewer, call_id=call_id)
    return reverse("subsidies:call", args=[call_id]), _("已截止受理。")


def _reopened(request: Any, call_id: UUID) -> tuple[str, Any]:
    actions.reopen_call(by=request.viewer, call_id=call_id)
    return reverse("subsidies:call", args=[call_id]), _("已恢复受理。")


def _cancelled(request: Any, call_id: UUID) -> tuple[str, Any]:
    actions.cancel_call(by=request.viewer, call_id=call_id)
    return reverse("subsidies:call", args=[call_id]), _("已取消申报通知。")


def _planned(request: Any, call_id: UUID) -> tuple[str, Any]:
    form = ShortageForm(request.POST)
    shortage = form.cleaned_data["shortage"] if form.is_valid() else ""
    plan = actions.draw_plan(by=request.viewer, call_id=call_id, on=today(), shortage=shortage)
    return reverse("subsidies:plan", args=[plan.pk]), _("已拟定名单，请核对后提请公示。")


def _payment_asked(request: Any, call_id: UUID) -> tuple[str, Any]:
    asked_for = actions.propose_payment(by=request.viewer, call_id=call_id)
    return reverse("approval", args=[asked_for.pk]), _("已提请本部门另一人签批支付。")


ACTS: dict[str, Callable[[Any, UUID], tuple[str, Any]]] = {
    "close": _closed,
    "reopen": _reopened,
    "cancel": _cancelled,
    "plan": _planned,
    "pay": _payment_asked,
}


@require_POST
@absent_is_404
def call_act(request: Any, call_id: UUID, act: str) -> HttpResponse:
    """One of the acts; a list that needs a rule for a short pool is asked for it."""
    asked.call(viewer=request.viewer, call_id=call_id)
    if act not in ACTS:
        raise Http404
    try:
        url, said = ACTS[act](request, call_id)
    except Refused as refused:
        short = any(problem.code == "shortage_rule" for problem in refused.problems)
        return _page(
            request, call_id, problems=refused.problems, shortage_form=ShortageForm() if short else None
        )
    messages.success(request, said)
    return redirect(url)


@require_POST
@absent_is_404
def build_list(request: Any, call_id: UUID) -> HttpResponse:
    """免申即享: what was put on the list, and what was not and why, loan by loan."""
    asked.call(viewer=request.viewer, call_id=call_id)
    try:
        built = actions.build_list(by=request.viewer, call_id=call_id, on=today())
    except Refused as refused:
        return _page(request, call_id, problems=refused.problems)
    return _page(request, call_id, built=built)
