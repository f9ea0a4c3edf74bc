"""Papers made of what a file states, and rights entered from a workbook."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from finance.pledges import actions, forms
from finance.pledges.actions import Paper
from finance.pledges.queries import of_files as reading
from finance.pledges.queries import of_making
from finance.pledges.rules.forms import PAPERS
from kernel.days import today
from kernel.documents.answers import download, kept_answer
from kernel.documents.papers import MEDIA_TYPES
from kernel.errors import Problem, Refused
from kernel.pages import absent_is_404

from .files import file_page

FAULTS_SHOWN = 20


@require_POST
@absent_is_404
def make_paper(request: Any, file_id: UUID, name: str) -> HttpResponse:
    """Let a worker make a paper, and show how far it is."""
    found = reading.file(viewer=request.viewer, file_id=file_id)
    asked = next((one for one in PAPERS if one == name), None)
    if asked is None:
        raise Http404
    try:
        job = actions.ask_for_paper(by=request.viewer, file_id=file_id, name=asked, on=today())
    except Refused as refused:
        return file_page(request, found, refused.problems)
    return redirect("job", job.pk)


@require_POST
@absent_is_404
def rights_sheet(request: Any, file_id: UUID) -> HttpResponse:
    """A workbook of rights comes in: all of it is entered, or its faults are told and marked in a copy."""
    found = reading.file(viewer=request.viewer, file_id=file_id)
    form = forms.RightsSheetForm(request.POST, request.FILES)
    if not form.is_valid():
        return file_page(request, found, forms.told(form), sheet_form=form)
    sent = form.cleaned_data["sheet"]
    try:
        asked = {"sheet": Paper(sent.name, sent.read()), "only_these": form.cleaned_data["only_these"]}
        kept, faults = actions.enter_rights(by=request.viewer, file_id=file_id, on=today(), **asked)
    except Refused as refused:
        return file_page(request, found, refused.problems, sheet_form=form)
    if kept.statement_id is None:
        problems = [fault.problem() for fault in faults[:FAULTS_SHOWN]]
        if len(faults) > FAULTS_SHOWN:
            rest = len(faults) - FAULTS_SHOWN
            problems.append(Problem("权利清单", f"另有 {rest} 处", "全部标注在退回的文件里", "more"))
        return file_page(request, found, problems, sheet_form=form)
    messages.success(
        request, _("已录入 %(n)s 件权利；此前的确认如有内容变动，须重新确认。") % {"n": kept.rows}
    )
    return redirect("pledges:file", file_id)


@require_GET
@absent_is_404
def rights_template(request: Any, file_id: UUID) -> HttpResponse:
    """The workbook to fill in, with the rights that the file already has."""
    name, content = of_making.rights_template(reading.file(viewer=request.viewer, file_id=file_id), today())
    return download(name, content, MEDIA_TYPES["xlsx"])


@require_GET
@absent_is_404
def marked_sheet(request: Any, file_id: UUID, sheet_id: int) -> HttpResponse:
    """One's own workbook with its faults marked."""
    found = reading.file(viewer=request.viewer, file_id=file_id)
    kept = of_making.sheets(request.viewer, found).select_related("marked").get(pk=sheet_id)
    if kept.marked is None:
        raise Http404
    return kept_answer(kept.marked)
