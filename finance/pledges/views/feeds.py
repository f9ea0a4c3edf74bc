"""A window brings in what its registry decided as a file; another person of the window confirms it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from finance.pledges import actions, forms
from finance.pledges.actions import Paper
from finance.pledges.queries import of_feeds as reading
from kernel.days import today
from kernel.documents.answers import download, kept_answer
from kernel.documents.papers import MEDIA_TYPES
from kernel.errors import Problem, Refused
from kernel.pages import absent_is_404

FAULTS_SHOWN, FEEDS_A_PAGE = 20, 20


@require_http_methods(["GET", "POST"])
def feeds(request: Any) -> HttpResponse:
    """The files that came in, and bringing in another."""
    if request.method == "GET":
        return _page(request, forms.FeedForm())
    form = forms.FeedForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, forms.told(form))
    sent = form.cleaned_data["sheet"]
    sheet = Paper(sent.name, sent.read())
    try:
        _feed, faults, asked = actions.bring_feed(by=request.viewer, sheet=sheet, today=today())
    except Refused as refused:
        return _page(request, form, refused.problems)
    if faults:
        return _page(request, form, _told(faults))
    if asked is None:
        messages.info(request, _("文件里的每一项都已办理过，没有变化。"))
        return redirect("pledges:feeds")
    messages.success(request, _("已核对无误，等待本窗口另一人确认后办理。"))
    return redirect("approval", asked.pk)


def _told(faults: Any) -> list[Problem]:
    problems = [fault.problem() for fault in faults[:FAULTS_SHOWN]]
    if len(faults) > FAULTS_SHOWN:
        rest = len(faults) - FAULTS_SHOWN
        problems.append(Problem("办理结果", f"另有 {rest} 处", "全部标注在退回的文件里", "more"))
    return problems


def _page(request: Any, form: forms.FeedForm, problems: Any = ()) -> HttpResponse:
    page = Paginator(reading.feeds(viewer=request.viewer), FEEDS_A_PAGE).get_page(request.GET.get("page"))
    asked = reading.approvals_of(list(page.object_list))
    rows = [
        (one, asked.get(str(one.pk)), sum(row["state"] == "new" for row in one.rows))
        for one in page.object_list
    ]
    context = {"page": page, "rows": rows, "query": "", "form": form, "problems": problems}
    return render(request, "pledges/feeds.html", context, status=422 if problems else 200)


@require_GET
def feed_template(request: Any) -> HttpResponse:
    """The workbook to fill in."""
    name, content = reading.feed_template(request.viewer, today())
    return download(name, content, MEDIA_TYPES["xlsx"])


@require_GET
@absent_is_404
def marked_feed(request: Any, feed_id: UUID) -> HttpResponse:
    """The window's own file with its faults marked."""
    kept = reading.feeds(viewer=request.viewer).select_related("marked").get(pk=feed_id)
    if kept.marked is None:
        raise Http404
    return kept_answer(kept.marked)
