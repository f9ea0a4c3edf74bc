"""Pages of a bank's year: the years of a viewer, one year, and asking a colleague to settle it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kernel.days import today
from kernel.errors import Refused
from kernel.pages import absent_is_404
from riskpool.claims import actions
from riskpool.claims.forms import YearForm
from riskpool.claims.year_page import year_page
from riskpool.claims.years import list_of_years, years


@require_GET
def year_list(request: Any) -> HttpResponse:
    """The years that the viewer may know of, the latest first."""
    context = {"rows": list_of_years(viewer=request.viewer), "on": today()}
    return render(request, "claims/years.html", context)


@require_GET
@absent_is_404
def year(request: Any, year_id: UUID) -> HttpResponse:
    """One bank's year."""
    return _page(request, year_id)


def _page(request: Any, year_id: UUID, form: Any = None, problems: Any = ()) -> HttpResponse:
    found = years(viewer=request.viewer).get(pk=year_id)
    context = year_page(found, request.viewer, today())
    context |= {"form": form or YearForm(), "problems": list(problems)}
    return render(request, "claims/year.html", context, status=422 if problems or form else 200)


@require_POST
@absent_is_404
def settle_year(request: Any, year_id: UUID) -> HttpResponse:
    """Ask a colleague to settle the year as it is shown."""
    form = YearForm(request.POST)
    form.is_valid()
    told = {name: form.cleaned_data.get(name, "") for name in ("reason", "article")}
    try:
        asked = actions.propose_year(by=request.viewer, year_id=year_id, on=today(), **told)
    except Refused as refused:
        return _page(request, year_id, form, refused.problems)
    messages.success(request, _("已提请本机构另一人签批。"))
    return redirect("approval", asked.pk)
