"""Pages of a bank's filings: list, drop, one filing with its progress, its rows and files, submit and withdraw."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from finance.intake import actions, queries
from finance.intake.forms import UploadForm
from finance.intake.models import Filing, FilingRow
from finance.intake.outcomes import happened
from finance.intake.page import OUTSIDE, filing_page, rows_chosen, told_rows
from kernel.days import today
from kernel.documents.answers import download, kept_answer
from kernel.errors import Refused
from kernel.pages import absent_is_404
from kernel.sheets.limited import LIMITS

FILINGS_A_PAGE, ROWS_A_PAGE = 50, 100
LARGEST_MB = LIMITS.bytes // 2**20


@require_GET
def filing_list(request: Any) -> HttpResponse:
    """The bank's filings, the latest first."""
    page = Paginator(queries.filings(viewer=request.viewer), FILINGS_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "intake/list.html",
        {"page": page, "query": "", "may_upload": request.viewer.seat == "bank.maker"},
    )


@require_http_methods(["GET", "POST"])
def upload(request: Any) -> HttpResponse:
    """Drop a file; its page then shows how the checking goes on."""
    form = UploadForm(
        request.POST or None, request.FILES or None, initial={"form": request.GET.get("form", "loans")}
    )
    problems: Any = ()
    if request.method == "POST" and form.is_valid():
        file, on = form.cleaned_data["file"], today()
        given = {"form": form.cleaned_data["form"], "name": file.name, "content": file.read(), "on": on}
        try:
            return redirect("intake:filing", actions.receive(by=request.viewer, **given).pk)
        except Refused as refused:
            problems = refused.problems
    context = {"form": form, "problems": problems, "largest_mb": LARGEST_MB}
    return render(request, "intake/upload.html", context, status=422 if request.method == "POST" else 200)


@require_GET
@absent_is_404
def filing(request: Any, filing_id: UUID) -> HttpResponse:
    """One filing; asked for by the page itself, only the part that moves."""
    found = queries.filing(viewer=request.viewer, filing_id=filing_id)
    return filing_answer(request, found)


def filing_answer(request: Any, found: Filing, problems: Any = ()) -> HttpResponse:
    """The page or its part, with what was wrong in the answer just given."""
    parts = {
        "body": "intake/filing_body.html",
        "files": "intake/filing_files.html",
        "followed": "intake/followed.html",
    }
    part = parts.get(request.GET.get("part", ""))
    template = part if part and request.htmx else "intake/filing.html"
    context = {**filing_page(found, request.viewer), "problems": problems}
    return render(request, template, context, status=422 if problems else 200)


@require_GET
@absent_is_404
def rows(request: Any, filing_id: UUID) -> HttpResponse:
    """All rows of a filing, or those of one outcome (or of no pool), with every fault and what became of each."""
    found = queries.filing(viewer=request.viewer, filing_id=filing_id)
    outcome, followed = request.GET.get("outcome", ""), happened(found)
    chosen = outcome if outcome in (*FilingRow.Outcome.values, OUTSIDE) else None
    page = Paginator(rows_chosen(found, chosen, followed), ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "filing": found,
        "page": page,
        "told": told_rows(page.object_list, followed, request.viewer),
        "outcome": outcome,
        "outcomes": [*FilingRow.Outcome.choices, (OUTSIDE, _("未入池") if followed else _("不能入池"))],
    }
    return render(request, "intake/rows.html", {**context, "query": f"outcome={chosen or ''}&"})


@require_POST
@absent_is_404
def submit(request: Any, filing_id: UUID) -> HttpResponse:
    """The maker's choice, on its way to a second person."""
    found = queries.filing(viewer=request.viewer, filing_id=filing_id)
    try:
        actions.choose_and_submit(
            by=request.viewer, filing_id=filing_id, choice=request.POST.get("choice", "")
        )
    except Refused as refused:
        return filing_answer(request, found, refused.problems)
    messages.success(request, _("已提交，等本行另一位人员复核。"))
    return redirect("intake:filing", filing_id)


@require_POST
@absent_is_404
def withdraw(request: Any, filing_id: UUID) -> HttpResponse:
    """Give the filing up."""
    found = queries.filing(viewer=request.viewer, filing_id=filing_id)
    try:
        actions.withdraw(by=request.viewer, filing_id=filing_id)
    except Refused as refused:
        return filing_answer(request, found, refused.problems)
    messages.success(request, _("已撤销，没有任何行入库。"))
    return redirect("intake:filing", filing_id)


@require_GET
@absent_is_404
def original(request: Any, filing_id: UUID) -> HttpResponse:
    """The bank's file as it came."""
    return kept_answer(queries.filing(viewer=request.viewer, filing_id=filing_id).file)


@require_GET
@absent_is_404
def marked(request: Any, filing_id: UUID) -> HttpResponse:
    """The bank's file with its faults marked."""
    found = queries.filing(viewer=request.viewer, filing_id=filing_id)
    if found.marked_file is None:
        raise Http404
    return kept_answer(found.marked_file)


@require_GET
def template(request: Any, form: str) -> HttpResponse:
    """This month's workbook to fill in."""
    name, content = queries.template(viewer=request.viewer, form=form, on=today())
    return download(name, content, actions.MEDIA_TYPES["xlsx"])
