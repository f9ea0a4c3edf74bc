"""Pages of the indicators and of the bridge between two reports."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from kernel.documents.answers import download
from kernel.errors import Refused
from kernel.pages import absent_is_404, day_asked, day_given, known_asked
from riskpool.claims.indicators.book import When
from riskpool.claims.indicators.gathering import pools_with_indicators
from riskpool.pools import queries as pools

from .bridging import bar_of, bridge_views, reports_asked
from .indicator_papers import ask_for_indicators, workbook_of
from .indicator_rows import behind
from .indicators import Asked, indicator_page, value_at

ROWS_A_PAGE = 100
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _asked(request: Any) -> Asked:
    """Day, moment and period of an address; a period that would begin after the day begins with the year."""
    on, begin = day_asked(request), day_given(request, "from")
    return Asked(on, known_asked(request), begin if begin and begin <= on else None)


@require_GET
def choose(request: Any) -> HttpResponse:
    """The pools of whose indicators one may see anything; a single one is shown at once."""
    found = pools_with_indicators(viewer=request.viewer)
    if len(found) == 1:
        return redirect("pool_indicators", found[0].pk)
    return render(request, "portal/indicators_choose.html", {"pools": found})


@require_GET
@absent_is_404
def indicators(request: Any, pool_id: UUID) -> HttpResponse:
    """All indicators of a pool, or a bank's own lines of them."""
    asked = _asked(request)
    page = indicator_page(request.viewer, pool_id, asked)
    return render(request, "portal/indicators.html", {"page": page, "asked": asked})


@require_GET
@absent_is_404
def rows(request: Any, pool_id: UUID, name: str, place: int) -> HttpResponse:
    """The rows behind one value, part by part."""
    asked = _asked(request)
    page = indicator_page(request.viewer, pool_id, asked)
    title, formula, value = value_at(page, name, place)
    context = {"page": page, "asked": asked, "title": title, "formula": formula, "value": value}
    parts = [_part_shown(request, number, part) for number, part in enumerate(value.parts) if part.rows]
    return render(request, "portal/indicator_rows.html", {**context, "parts": parts})


def _part_shown(request: Any, number: int, part: Any) -> dict[str, Any]:
    """One part with a page of its rows."""
    page = Paginator(list(behind(part)), ROWS_A_PAGE).get_page(request.GET.get(f"page{number}"))
    name = f"page{number}"
    return {"part": part, "rows": page, "name": name, "query": query_but(request, name)}


@require_GET
@absent_is_404
def workbook(request: Any, pool_id: UUID) -> HttpResponse:
    """The same as a workbook, with every row behind every value."""
    page = indicator_page(request.viewer, pool_id, _asked(request))
    name = f"{page.pool.name}_监测指标_{page.facts.on:%Y%m%d}.xlsx"
    return download(name, workbook_of(page), XLSX, plain_name="indicators.xlsx")


@require_POST
@absent_is_404
def issue(request: Any, pool_id: UUID) -> HttpResponse:
    """Let a worker issue the indicators of a day as a PDF, and show how far it is."""
    return redirect("job", ask_for_indicators(by=request.viewer, pool_id=pool_id, asked=_asked(request)).pk)


def query_but(request: Any, *names: str) -> str:
    """The other parameters of an address, encoded, ending in & unless there are none."""
    kept = request.GET.copy()
    for name in names:
        kept.pop(name, None)
    return f"{kept.urlencode()}&" if kept else ""


def _reports(request: Any) -> tuple[When, When]:
    second = When(day_asked(request), known_asked(request))
    return reports_asked(day_given(request, "from"), known_asked(request, "from_known"), second)


@require_GET
@absent_is_404
def bridge(request: Any, pool_id: UUID) -> HttpResponse:
    """From one report to another in bars that sum exactly."""
    pool, (first, second) = pools.pool(viewer=request.viewer, pool_id=pool_id), _reports(request)
    context = {"pool": pool, "first": first, "second": second, "query": request.GET.urlencode()}
    try:
        _, views = bridge_views(request.viewer, pool_id, first, second)
    except Refused as refused:
        context["problems"] = refused.problems
        return render(request, "portal/bridge.html", context, status=422)
    return render(request, "portal/bridge.html", {**context, "views": views})


@require_GET
@absent_is_404
def bridge_rows(request: Any, pool_id: UUID, measure: str, bar: str) -> HttpResponse:
    """The rows behind one bar of a bridge."""
    first, second = _reports(request)
    try:
        found, _ = bridge_views(request.viewer, pool_id, first, second)
    except Refused:
        return redirect(f"{reverse('pool_bridge', args=[pool_id])}?{request.GET.urlencode()}")
    one, step = bar_of(found, measure, bar)
    context = {"pool": found.pool, "bridge": one, "bar": step, "first": first, "second": second}
    page = Paginator(list(behind(step.part)), ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "portal/bridge_rows.html", {**context, "page": page, "query": query_but(request, "page")}
    )
