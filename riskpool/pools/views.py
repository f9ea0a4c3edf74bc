"""Pages of the pools' rows: which pools, what moved on their accounts, which loans stand in them, what was refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from finance.loans.queries import loans as seen_loans
from kernel.days import today
from kernel.pages import absent_is_404, day_asked, known_asked

from . import queries
from .lines import ROLES, pool_lines
from .page import adoptions, agreement_page

ROWS_A_PAGE = 100


@require_GET
def pool_list(request: Any) -> HttpResponse:
    """The pools at which the viewer's organisation sits, each with its position today."""
    on = day_asked(request)
    held = [
        queries.position(viewer=request.viewer, pool_id=pool.pk, on=on)
        for pool in queries.pools(viewer=request.viewer)
    ]
    return render(request, "pools/list.html", {"positions": held, "on": on})


@require_GET
@absent_is_404
def lines(request: Any, pool_id: UUID, role: str) -> HttpResponse:
    """What moved on the pool's cash, reserved or free accounts, all sources or one."""
    if role not in ROLES:
        raise Http404
    pool, on = queries.pool(viewer=request.viewer, pool_id=pool_id), day_asked(request)
    source, known_at = request.GET.get("source", ""), known_asked(request)
    rows = pool_lines(pool, role, on, source, known_at)
    context = {
        "pool": pool,
        "on": on,
        "known_on": known_at,
        "title": ROLES[role],
        "rows": rows,
        "total": rows[-1].left if rows else 0,
    }
    return render(
        request, "pools/lines.html", {**context, "sources": queries.sources_of(pool), "source": source}
    )


@require_GET
@absent_is_404
def loans(request: Any, pool_id: UUID) -> HttpResponse:
    """The loans that make up the exposure on a day; `?bank=CODE` only one bank's."""
    pool, on = queries.pool(viewer=request.viewer, pool_id=pool_id), day_asked(request)
    known_at, bank = known_asked(request), request.GET.get("bank", "")
    rows = queries.exposed_on(pool, on, known_at)
    rows = [row for row in rows if not bank or row.enrolment.loan.bank.code == bank]
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    sums = {name: sum(getattr(row, name) for row in rows) for name in ("balance", "exposure", "committed")}
    asked = {"on": on, "bank": bank} | ({"known": known_at.date()} if known_at else {})
    context = {"pool": pool, "on": on, "known_on": known_at, "page": page, "sums": sums, "count": len(rows)}
    return render(request, "pools/loans.html", {**context, "bank": bank, "query": f"{urlencode(asked)}&"})


@require_GET
def refusals(request: Any) -> HttpResponse:
    """Loans that did not enter a pool, each with every reason and its article."""
    rows = queries.refusals(viewer=request.viewer).order_by("-on", "-id")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    told = [row.loan_id for row in page.object_list]
    opens = set(seen_loans(viewer=request.viewer).filter(pk__in=told).order_by().values_list("pk", flat=True))
    return render(request, "pools/refusals.html", {"page": page, "query": "", "opens": opens})


@require_GET
def limits(request: Any) -> HttpResponse:
    """Every limit that the viewer may know of, the nearest to its ceiling first."""
    on, known_at = day_asked(request), known_asked(request)
    is_now = on == today() and known_at is None
    views = queries.limit_views(viewer=request.viewer, on=on, known_at=known_at, as_of_now=is_now)
    agreed = queries.ceilings(viewer=request.viewer, on=on, known_at=known_at)
    context = {
        "views": views,
        "on": on,
        "known_on": known_at,
        "past": not is_now,
        "agreed": agreed[:ROWS_A_PAGE],
    }
    return render(request, "pools/limits.html", context)


@require_GET
def agreements(request: Any) -> HttpResponse:
    """Agreements with the schemes they follow and the last day of each."""
    rows = [(row, adoptions(row)) for row in queries.agreements(viewer=request.viewer)]
    return render(request, "pools/agreements.html", {"agreements": rows, "on": today()})


@require_GET
@absent_is_404
def agreement(request: Any, agreement_id: UUID) -> HttpResponse:
    """One agreement: what it follows from when, who stands behind whom, its limits."""
    found = queries.agreements(viewer=request.viewer).get(pk=agreement_id)
    return render(request, "pools/agreement.html", agreement_page(found, request.viewer, today()))
