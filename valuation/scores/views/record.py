"""The record of a bank's own grades, and its overrides with their later fate."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kernel.pages import day_asked
from valuation.scores.published import method_now
from valuation.scores.queries import fates, voices

MOST_OVERRIDES = 200


@require_GET
def record(request: Any) -> HttpResponse:
    """Counts, defaults, observed against stated by grade and year; what overrides came to."""
    on = day_asked(request)
    seen = fates.watched(viewer=request.viewer, on=on)
    changed = voices.overrides(viewer=request.viewer)[:MOST_OVERRIDES]
    method = method_now()
    context = {
        "on": on,
        "rows": fates.record(seen),
        "waiting": fates.waiting(seen, on),
        "meant": method.default,
        "red": method.jeffreys_red,
        "overrides": [(one, fates.fate_of(one, seen)) for one in changed],
    }
    return render(request, "scores/record.html", context)
