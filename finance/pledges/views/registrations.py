"""Pages of registrations: the list that a viewer may see, and one with its statements and events."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from finance.pledges import queries
from kernel.pages import absent_is_404, text_asked
from kernel.related import sections_of

ROWS_A_PAGE = 50


@require_GET
def registration_list(request: Any) -> HttpResponse:
    """Registrations by number, right or pledgor."""
    q = text_asked(request)
    found = queries.found(queries.registrations(viewer=request.viewer), q)
    page = Paginator(found, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "pledges/list.html", {"page": page, "q": q, "query": ""})


@require_GET
@absent_is_404
def registration(request: Any, registration_id: UUID) -> HttpResponse:
    """One registration with what was stated before it under its number."""
    found = queries.registration(viewer=request.viewer, registration_id=registration_id)
    return render(
        request,
        "pledges/registration.html",
        {
            "registration": found,
            "statements": queries.statements_of(found, viewer=request.viewer),
            "sections": sections_of(found, viewer=request.viewer),
        },
    )
