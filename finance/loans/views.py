"""Pages of loans: the list that a viewer may see, and one loan with its terms, months, pledge and what hangs on it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from finance.pledges import queries as pledges
from kernel.calendars.queries import working_calendar
from kernel.days import today
from kernel.pages import absent_is_404, day_asked, known_asked
from kernel.related import sections_of

from . import queries
from .forms import STATES, LoanFilter
from .planned import planned

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
    state = queries.state_of(found, on=on, known_at=known_at)
    pledge = state.terms.pledge_id if state else None
    returns = queries.returns_of(found, known_at=known_at)
    plan = planned(state.terms, returns, on=on, calendar=working_calendar()) if state else None
    context = {
        "loan": found,
        "on": on,
        "known_at": known_at,
        "is_now": on == today() and known_at is None,
        "state": state,
        "returns": returns,
        "planned": plan,
        "terms": queries.terms_of(found, known_at=known_at),
        "accrued": queries.accrued_on(found, on=on),
        "sections": sections_of(found, viewer=request.viewer),
        "pledge_opens": pledges.may_see(pledge, viewer=request.viewer),
    }
    return render(request, "loans/loan.html", context)
