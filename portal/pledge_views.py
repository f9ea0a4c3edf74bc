"""Pages around registration that cross rooms: the statistics of pledge financing, and the windows of each district."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from kernel.days import today
from kernel.documents.answers import download
from kernel.pages import day_asked, day_given, known_asked, text_asked

from .pledge_statistics import Asked, ask_for_statistics, sheet_of, workbook_of
from .pledge_windows import windows_by_region

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _asked(request: Any) -> Asked:
    """Period and moment of an address; a period that would begin after the day begins with the year."""
    on, begin = day_asked(request), day_given(request, "from")
    return Asked(begin if begin and begin <= on else dt.date(on.year, 1, 1), on, known_asked(request))


@require_GET
def statistics(request: Any) -> HttpResponse:
    """What was registered and what was lent, by month, region and kind."""
    asked = _asked(request)
    context = {"asked": asked, "sheet": sheet_of(request.viewer, asked), "query": request.GET.urlencode()}
    return render(request, "portal/pledge_statistics.html", context)


@require_GET
def workbook(request: Any) -> HttpResponse:
    """The same tables as a workbook."""
    asked = _asked(request)
    content = workbook_of(sheet_of(request.viewer, asked))
    return download(f"质押融资统计_{asked.on:%Y%m%d}.xlsx", content, XLSX, plain_name="statistics.xlsx")


@require_POST
def issue(request: Any) -> HttpResponse:
    """Let a worker issue the report as a PDF, and show how far it is."""
    return redirect("job", ask_for_statistics(by=request.viewer, asked=_asked(request)).pk)


@require_GET
def windows(request: Any) -> HttpResponse:
    """Where a pledge is registered, by district; open to everybody."""
    region = text_asked(request, "region", 6)
    return render(request, "portal/pledge_windows.html", windows_by_region(region, today()))
