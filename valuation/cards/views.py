"""Pages of the scorecard desk, and of an institution's own parameters."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.days import today
from kernel.errors import Refused
from kernel.pages import absent_is_404
from kernel.policystore.desk import PREPARES
from valuation.cards import actions, desk, own
from valuation.cards.desk import DESK
from valuation.cards.forms import ParametersForm


@require_GET
def version_list(request: Any) -> HttpResponse:
    """All cards with their versions."""
    context = {"versions": desk.version_rows(request.viewer), "may_upload": request.viewer.seat == PREPARES}
    return render(request, "cards/desk/list.html", context)


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
    return render(request, "cards/desk/version.html", context, status=422 if problems else 200)


@require_GET
@absent_is_404
def file(request: Any, version_id: UUID) -> HttpResponse:
    """The file as it was loaded."""
    return DESK.file(request, version_id)


@require_GET
@absent_is_404
@DESK.read_or_told
def difference(request: Any, version_id: UUID) -> HttpResponse:
    """What changes from the version before."""
    row = DESK.seen(request, version_id)
    context = desk.difference_page(row, request.viewer, request.GET.get("with", ""))
    return render(request, "cards/desk/difference.html", context)


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


@require_http_methods(["GET", "POST"])
def parameters(request: Any) -> HttpResponse:
    """The institution's own parameters: which hold, since when, by whom; and the form that asks for others."""
    page = own.parameters_page(request.viewer, today())
    form = ParametersForm(request.POST or None, owned=page["owned"], standing=page["values"], day=today())
    problems: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            asked = actions.propose_parameters(by=request.viewer, on=today(), **form.terms)
        except Refused as refused:
            problems = refused.problems
        else:
            messages.success(request, _("已提请本行另一人确认。"))
            return redirect("approval", asked.pk)
    context = page | {"form": form, "problems": problems}
    return render(request, "cards/parameters.html", context, status=422 if request.method == "POST" else 200)
