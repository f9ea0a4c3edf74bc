"""Pages of the subsidy desk: the policies, one version, upload, trial, what changes, what it would cost, publication."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from finance.subsidies import desk
from finance.subsidies.desk import DESK
from finance.subsidies.desk_forms import TrialForm
from finance.subsidies.shelf import policy_of
from kernel.days import today
from kernel.pages import absent_is_404, day_asked
from kernel.policystore.desk import PREPARES


@require_GET
def family_list(request: Any) -> HttpResponse:
    """All policies with their versions."""
    context = {"families": desk.families(request.viewer), "may_upload": request.viewer.seat == PREPARES}
    return render(request, "subsidies/desk/list.html", context)


@require_http_methods(["GET", "POST"])
def upload(request: Any) -> HttpResponse:
    """A file becomes a draft, or is told all its faults."""
    return DESK.upload(request)


@require_GET
@absent_is_404
@DESK.read_or_told
def version(request: Any, version_id: UUID) -> HttpResponse:
    """One version."""
    return _version_page(request, version_id)


def _version_page(request: Any, version_id: UUID, problems: Any = ()) -> HttpResponse:
    context = desk.version_page(DESK.seen(request, version_id), request.viewer) | {"problems": list(problems)}
    return render(request, "subsidies/desk/version.html", context, status=422 if problems else 200)


@require_GET
@absent_is_404
def file(request: Any, version_id: UUID) -> HttpResponse:
    """The file as it was loaded."""
    return DESK.file(request, version_id)


@require_http_methods(["GET", "POST"])
@absent_is_404
@DESK.read_or_told
def trial(request: Any, version_id: UUID) -> HttpResponse:
    """Type facts and see what would be paid; nothing is stored."""
    row = DESK.seen(request, version_id)
    policy = policy_of(row)
    form = TrialForm(request.POST or None, policy=policy)
    context: dict[str, Any] = {"row": row, "policy": policy, "form": form, "problems": (), "tried": None}
    if request.method == "POST" and form.is_valid():
        context["tried"], context["problems"] = desk.try_facts(policy, form, today())
    wrong = request.method == "POST" and context["tried"] is None
    return render(request, "subsidies/desk/trial.html", context, status=422 if wrong else 200)


@require_GET
@absent_is_404
@DESK.read_or_told
def difference(request: Any, version_id: UUID) -> HttpResponse:
    """What changes from the version before."""
    row = DESK.seen(request, version_id)
    context = desk.difference_page(row, request.viewer, request.GET.get("with", ""))
    return render(request, "subsidies/desk/difference.html", context)


@require_GET
@absent_is_404
@DESK.read_or_told
def backtest(request: Any, version_id: UUID) -> HttpResponse:
    """What the version would have paid, and would pay."""
    row = DESK.seen(request, version_id)
    context = desk.backtest_page(row, request.viewer, day_asked(request))
    return render(request, "subsidies/desk/backtest.html", context)


@require_POST
@absent_is_404
@DESK.read_or_told
def publish(request: Any, version_id: UUID) -> HttpResponse:
    """Put a draft to a second person."""
    return DESK.publish(request, version_id, _version_page)


@require_POST
@absent_is_404
@DESK.read_or_told
def withdraw(request: Any, version_id: UUID) -> HttpResponse:
    """Give a draft up."""
    return DESK.withdraw(request, version_id, _version_page)
