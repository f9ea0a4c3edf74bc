"""Pages of the policy desk: the schemes, one version, upload, trial, what changes, whom it would touch, publication."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.days import today
from kernel.pages import absent_is_404
from kernel.policystore.desk import PREPARES
from riskpool.claims.backtest import backtest as tried_on_claims
from riskpool.policies import page
from riskpool.policies.forms import TrialForm
from riskpool.policies.page import DESK
from riskpool.pools.effect import effect_on_live_loans


@require_GET
def family_list(request: Any) -> HttpResponse:
    """All schemes with their versions."""
    context = {"families": page.families(request.viewer), "may_upload": request.viewer.seat == PREPARES}
    return render(request, "policies/list.html", context)


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
    context = page.version_page(DESK.seen(request, version_id), request.viewer) | {"problems": list(problems)}
    return render(request, "policies/version.html", context, status=422 if problems else 200)


@require_GET
@absent_is_404
def file(request: Any, version_id: UUID) -> HttpResponse:
    """The file as it was loaded."""
    return DESK.file(request, version_id)


@require_http_methods(["GET", "POST"])
@absent_is_404
@DESK.read_or_told
def trial(request: Any, version_id: UUID) -> HttpResponse:
    """Type a loss and see who would bear what; nothing is stored."""
    row = DESK.seen(request, version_id)
    scheme = page.scheme_in(row)
    form = TrialForm(request.POST or None, scheme=scheme)
    context: dict[str, Any] = {"row": row, "scheme": scheme, "form": form, "problems": (), "tried": None}
    if request.method == "POST" and form.is_valid():
        context["tried"], context["problems"] = page.try_loss(scheme, form)
    wrong = request.method == "POST" and context["tried"] is None
    return render(request, "policies/trial.html", context, status=422 if wrong else 200)


@require_GET
@absent_is_404
@DESK.read_or_told
def difference(request: Any, version_id: UUID) -> HttpResponse:
    """What changes from the version before."""
    row = DESK.seen(request, version_id)
    context = page.difference_page(row, request.viewer, request.GET.get("with", ""))
    return render(request, "policies/difference.html", context)


@require_GET
@absent_is_404
@DESK.read_or_told
def effect(request: Any, version_id: UUID) -> HttpResponse:
    """What the version would mean to the live loans of one's pools."""
    row = DESK.seen(request, version_id)
    found = effect_on_live_loans(viewer=request.viewer, scheme=page.scheme_in(row), on=today(), version=row)
    return render(request, "policies/effect.html", {"row": row, "effect": found})


@require_GET
@absent_is_404
@DESK.read_or_told
def backtest(request: Any, version_id: UUID) -> HttpResponse:
    """What the version would have paid of the claims of one's pools."""
    row = DESK.seen(request, version_id)
    found = tried_on_claims(viewer=request.viewer, scheme=page.scheme_in(row))
    return render(request, "policies/backtest.html", {"row": row, "backtest": found})


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
