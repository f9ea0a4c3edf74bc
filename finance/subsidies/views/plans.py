"""Pages of lists: one list before, while and after it is public, what is said against it, and the public's own pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from finance.subsidies import actions
from finance.subsidies.forms.deciding import ObjectionForm, OutcomeForm, ReasonForm
from finance.subsidies.models import Plan
from finance.subsidies.pages.plans import plan_lines, plan_page
from finance.subsidies.queries import of_applications as asked
from finance.subsidies.queries import of_calls
from finance.subsidies.views.forms import done_or_shown
from kernel.days import today
from kernel.errors import Problem, Refused
from kernel.pages import absent_is_404

LISTS_A_PAGE = 50


@require_GET
@absent_is_404
def plan(request: Any, plan_id: UUID) -> HttpResponse:
    """One list."""
    return _page(request, plan_id)


def _page(request: Any, plan_id: UUID, *, problems: Any = (), **forms: Any) -> HttpResponse:
    found = asked.plan(viewer=request.viewer, plan_id=plan_id)
    context = plan_page(found, request.viewer, today()) | forms | {"problems": list(problems)}
    return render(request, "subsidies/plan.html", context, status=422 if problems or forms else 200)


def _published(request: Any, found: Plan) -> tuple[str, Any]:
    asked_for = actions.propose_publication(by=request.viewer, plan_id=found.pk)
    return reverse("approval", args=[asked_for.pk]), _("已提请本部门另一人签批公示。")


def _awarded(request: Any, found: Plan) -> tuple[str, Any]:
    asked_for = actions.propose_award(by=request.viewer, plan_id=found.pk, on=today())
    return reverse("approval", args=[asked_for.pk]), _("已提请本部门另一人签批核定。")


def _voided(request: Any, found: Plan) -> tuple[str, Any]:
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    actions.void_plan(by=request.viewer, plan_id=found.pk, reason=reason, on=today())
    return reverse("subsidies:call", args=[found.call_id]), _("名单已作废，各件退回审核通过。")


ACTS: dict[str, Callable[[Any, Plan], tuple[str, Any]]] = {
    "publish": _published,
    "award": _awarded,
    "void": _voided,
}


@require_POST
@absent_is_404
def plan_act(request: Any, plan_id: UUID, act: str) -> HttpResponse:
    """Ask to publish or to grant, or take the list back."""
    found = asked.plan(viewer=request.viewer, plan_id=plan_id)
    if act not in ACTS:
        raise Http404
    try:
        url, said = ACTS[act](request, found)
    except Refused as refused:
        return _page(request, plan_id, problems=refused.problems)
    messages.success(request, said)
    return redirect(url)


@require_POST
@absent_is_404
def object_to(request: Any, plan_id: UUID) -> HttpResponse:
    """Record what was said against the list."""
    found = asked.plan(viewer=request.viewer, plan_id=plan_id)
    form = ObjectionForm(request.POST, plan=found)

    def enter() -> HttpResponse:
        actions.object_to(by=request.viewer, plan_id=plan_id, on=today(), **form.said)
        messages.success(request, _("已登记异议。"))
        return redirect("subsidies:plan", plan_id)

    return done_or_shown(
        form, enter, lambda problems: _page(request, plan_id, problems=problems, objection_form=form)
    )


@require_POST
@absent_is_404
def answer_objection(request: Any, plan_id: UUID, objection_id: int) -> HttpResponse:
    """Say what became of an objection."""
    asked.plan(viewer=request.viewer, plan_id=plan_id).objections.get(pk=objection_id)
    form = OutcomeForm(request.POST)
    if not form.is_valid():
        wanted = "请选择结论并写明经过"
        problems = [Problem("异议处理", str(told[0]), wanted, "form") for told in form.errors.values()]
        return _page(request, plan_id, problems=problems)
    try:
        actions.answer_objection(
            by=request.viewer, objection_id=objection_id, upheld=form.cleaned_data["upheld"] == "yes",
            text=form.cleaned_data["text"], on=today(),
        )  # fmt: skip
    except Refused as refused:
        return _page(request, plan_id, problems=refused.problems)
    messages.success(request, _("已登记处理结果。"))
    return redirect("subsidies:plan", plan_id)


# --- for everybody, without a log-in ---


@require_GET
def public_lists(request: Any) -> HttpResponse:
    """Every list that was put before the public."""
    page = Paginator(of_calls.public_lists(), LISTS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "subsidies/public_lists.html", {"page": page, "query": "", "on": today()})


@require_GET
@absent_is_404
def public_list(request: Any, plan_id: UUID) -> HttpResponse:
    """One of them: firms, amounts, days, where to object; no account and nothing of persons."""
    found = of_calls.public_lists().get(pk=plan_id)
    return render(
        request, "subsidies/public_list.html", {"plan": found, "lines": plan_lines(found), "on": today()}
    )
