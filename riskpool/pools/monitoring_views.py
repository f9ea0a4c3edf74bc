"""Pages that watch over a pool: stop-loss lines with their values, the rows behind a rate, facts that persons state."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.days import today
from kernel.errors import Refused
from kernel.pages import absent_is_404, day_asked, known_asked

from . import actions, watched
from .forms import FactForm

ROWS_A_PAGE = 100


@require_GET
def breaker_list(request: Any) -> HttpResponse:
    """Every stop-loss line that the viewer may know of: threshold, value, distance, effect, since when."""
    on, known_at = day_asked(request), known_asked(request)
    found = watched.lines(request.viewer, on, known_at)
    context = {"lines": found, "on": on, "pools": watched.may_look_at(request.viewer)}
    return render(request, "pools/breakers.html", context)


@require_POST
@absent_is_404
def watch(request: Any, pool_id: UUID) -> HttpResponse:
    """Judge a pool's lines now and keep what was seen."""
    rows = actions.watch_pool(by=request.viewer, pool_id=pool_id, on=today())
    messages.success(request, _("已重新计算并记录 %(n)s 条止损线。") % {"n": len(rows)})
    return redirect("pools:breakers")


@require_GET
@absent_is_404
def measure(request: Any, pool_id: UUID, name: str, of: str) -> HttpResponse:
    """The loans behind a rate on a day; `of` names the agreement, the scheme version or the pool whose rate it is."""
    on, known_at = day_asked(request), known_asked(request)
    found = watched.measure(request.viewer, pool_id, name, of, on, known_at)
    page = Paginator(found.rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    loans = watched.loans_behind(line for line, _, _ in page)
    rows = [(loans[line.row.loan], line, amount, bad) for line, amount, bad in page]
    context = {"found": found, "page": page, "rows": rows, "on": on, "query": f"on={on.isoformat()}&"}
    return render(request, "pools/measure.html", context)


@require_GET
def facts(request: Any) -> HttpResponse:
    """Facts that were stated, the latest first, corrections beside what they correct."""
    page = Paginator(watched.facts(viewer=request.viewer), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "query": "", "pools": watched.may_state(request.viewer)}
    return render(request, "pools/facts.html", context)


@require_http_methods(["GET", "POST"])
@absent_is_404
def state_fact(request: Any, pool_id: UUID) -> HttpResponse:
    """State a fact; a colleague confirms it."""
    pool, side = watched.pool_to_state(request.viewer, pool_id)
    entries = watched.entries_for(side)
    known = watched.asked_for(request.viewer, pool, request.GET)
    form = FactForm(request.POST or None, viewer=request.viewer, pool=pool, entries=entries, initial=known)
    problems: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            terms = actions.FactTerms(**form.terms())
            asked = actions.propose_fact(by=request.viewer, pool=pool, terms=terms, on=today())
        except Refused as refused:
            problems = refused.problems
        else:
            messages.success(request, _("已提请本机构另一人确认。"))
            return redirect("approval", asked.pk)
    context = {"pool": pool, "form": form, "problems": problems, "entries": entries}
    return render(request, "pools/state_fact.html", context, status=422 if request.method == "POST" else 200)
