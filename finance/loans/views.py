"""Pages of loans: the list that a viewer may see, and one loan with its terms, months and pledge."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kernel.acts.queries import acts_of
from kernel.pages import absent_is_404, day_asked, known_asked

from . import queries
from .forms import STATES, LoanFilter

LOANS_A_PAGE = 50


@require_GET
def loan_list(request: Any) -> HttpResponse:
    """Loans by number, borrower or state, with their count and principal."""
    form = LoanFilter(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = queries.found(queries.loans(viewer=request.viewer), **chosen)
    page = Paginator(found, LOANS_A_PAGE).get_page(request.GET.get("page"))
    query = urlencode({key: value for key, value in chosen.items() if value})
    context = {"page": page, "query": f"{query}&" if query else "", "chosen": chosen, "states": STATES}
    return render(request, "loans/list.html", {**context, "sums": queries.sums(found)})


@require_GET
@absent_is_404
def loan(request: Any, loan_id: UUID) -> HttpResponse:
    """One loan as it stood on a day, as known at a moment."""
    found, on, known_at = (
        queries.loan(viewer=request.viewer, loan_id=loan_id),
        day_asked(request),
        known_asked(request),
    )
    context = {
        "loan": found,
        "on": on,
        "known_at": known_at,
        "state": queries.state_of(found, on=on, known_at=known_at),
        "returns": queries.returns_of(found, known_at=known_at),
        "terms": queries.terms_of(found),
        "accrued": queries.accrued_on(found, on=on),
        "acts": acts_of(found) if request.viewer.organisation_id == found.bank_id else (),
    }
    return render(request, "loans/loan.html", context)
