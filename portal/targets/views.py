"""The page of targets, for the bureaus of a region."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kernel.pages import day_asked, text_asked

from .measuring import limits_for, plans_for, targets_book, years_for
from .saying import own


@require_GET
def targets(request: Any) -> HttpResponse:
    """What is asked of the region by when, how far it is, and what is not known."""
    on, years = day_asked(request), years_for(viewer=request.viewer)
    year = next((one for one in years if str(one) == text_asked(request, "year", 4)), None)
    book = targets_book()
    context = {
        "on": on,
        "year": year,
        "years": years,
        "plans": plans_for(viewer=request.viewer, on=on, year=year),
        "limits": [
            (
                region,
                limit,
                _("、").join(map(own, limit.services)),
                own(book.word(limit.before)),
                own(book.word(limit.note)),
            )
            for region, limit in limits_for(viewer=request.viewer)
        ],
    }
    return render(request, "portal/targets.html", context)
