"""Pages of the pools' rows: which pools, what moved on their accounts, which loans stand in them, what was refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kernel.days import today
from kernel.pages import absent_is_404, day_asked, known_asked

from . import queries
from .lines import ROLES, pool_lines

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
    source = request.GET.get("source", "")
    rows = pool_lines(pool, role, on, source, known_asked(request))
    context = {
        "pool": pool,
        "on": on,
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
    rows, bank = queries.exposed_on(pool, on, known_asked(request)), request.GET.get("bank", "")
    rows = [row for row in rows if not bank or row.enrolment.loan.bank.code == bank]
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    sums = {name: sum(getattr(row, name) for row in rows) for name in ("balance", "exposure", "committed")}
    context = {"pool": pool, "on": on, "page": page, "sums": sums, "count": len(rows), "bank": bank}
    return render(request, "pools/loans.html", {**context, "query": f"on={on.isoformat()}&bank={bank}&"})


@require_GET
def refusals(request: Any) -> HttpResponse:
    """Loans that did not enter a pool, each with every reason and its article."""
    rows = queries.refusals(viewer=request.viewer).order_by("-on", "-id")
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "pools/refusals.html", {"page": page, "query": ""})


@require_GET
def limits(request: Any) -> HttpResponse:
    """Every limit that the viewer may know of, the nearest to its ceiling first."""
    on, known_at = day_asked(request), known_asked(request)
    is_now = on == today() and known_at is None
    views = queries.limit_views(viewer=request.viewer, on=on, known_at=known_at, as_of_now=is_now)
    agreed = queries.ceilings(viewer=request.viewer, on=on, known_at=known_at)
    context = {"views": views, "on": on, "past": not is_now, "agreed": agreed[:ROWS_A_PAGE]}
    return render(request, "pools/limits.html", context)


@require_GET
def agreements(request: Any) -> HttpResponse:
    """Agreements with the schemes they follow and the last day of each."""
    rows = queries.agreements(viewer=request.viewer).prefetch_related("adopted_schemes__version")
    return render(request, "pools/agreements.html", {"agreements": rows, "on": today()})
