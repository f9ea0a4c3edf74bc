"""Pages of subsidies on volume: what was awarded, one award with its working, and weighing a new one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.days import today
from kernel.errors import Refused
from kernel.pages import absent_is_404
from riskpool.schemes.working import working_from_json, working_lines
from riskpool.volumes import actions, queries
from riskpool.volumes.forms import AwardForm, TakingBackForm

ROWS_A_PAGE = 100


@require_GET
def award_list(request: Any) -> HttpResponse:
    """Every award the viewer may see, with their sums."""
    seen = queries.awards(viewer=request.viewer)
    page = Paginator(seen, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "totals": queries.totals(seen), "query": "", "awards_here": _awards(request)}
    return render(request, "volumes/list.html", context)


@require_GET
@absent_is_404
def award(request: Any, award_id: UUID) -> HttpResponse:
    """One award: amount, measure, working, and every loan that was counted."""
    return _award_page(request, award_id)


@require_POST
@absent_is_404
def take_back(request: Any, award_id: UUID) -> HttpResponse:
    """Ask a second person to take it back."""
    queries.owed(request.viewer, award_id)
    form = TakingBackForm(request.POST)
    if not form.is_valid():
        return _award_page(request, award_id, form)
    try:
        asked = actions.propose_taking_back(by=request.viewer, award_id=award_id, **form.cleaned_data)
    except Refused as refused:
        return _award_page(request, award_id, form, refused.problems)
    messages.success(request, _("已提请本机构另一人签批。"))
    return redirect("approval", asked.pk)


def _award_page(request: Any, award_id: UUID, form: Any = None, problems: Any = ()) -> HttpResponse:
    """One award, with what was wrong in the taking back just tried."""
    one = queries.award(viewer=request.viewer, award_id=award_id)
    lines = working_lines(working_from_json(one.working))
    loans = one.loans.select_related("loan").order_by("lent_on", "loan__bank_loan_no")
    page = Paginator(loans, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "award": one, "lines": lines, "page": page, "count": loans.count(), "beside": queries.beside(one),
        "may_take_back": one.live and one.payer_id == request.viewer.organisation_id and _awards(request),
        "form": form or TakingBackForm(), "problems": list(problems),
    }  # fmt: skip
    return render(request, "volumes/award.html", context, status=422 if form else 200)


@require_http_methods(["GET", "POST"])
def propose(request: Any) -> HttpResponse:
    """Weigh a bank's period (GET with the form filled in), or put it to a second person (POST)."""
    form = AwardForm(
        request.POST if request.method == "POST" else request.GET or None, payer=request.viewer.organisation
    )
    problems: Any = ()
    weighed = None
    if form.is_valid():
        typed = {**form.cleaned_data, "on": today()}
        try:
            if request.method == "POST":
                asked = actions.propose_award(by=request.viewer, **typed)
                messages.success(request, _("已提请本机构另一人签批。"))
                return redirect("approval", asked.pk)
            weighed = queries.weigh(viewer=request.viewer, **typed)
        except Refused as refused:
            problems = refused.problems
    context = {"form": form, "problems": problems, "weighed": weighed}
    context["lines"] = working_lines(weighed.subsidy.working) if weighed else ()
    return render(request, "volumes/propose.html", context, status=422 if request.method == "POST" else 200)


def _awards(request: Any) -> bool:
    """Whether the viewer's seat prepares awards."""
    return bool(request.viewer.seat == actions.PREPARES)
