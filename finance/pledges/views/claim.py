"""The claim behind a file: what interrupted its limitation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from finance.pledges import actions, forms
from finance.pledges.queries import of_files as reading
from kernel.days import today
from kernel.documents.answers import kept_answer
from kernel.pages import absent_is_404

from .beside import refused
from .files import earlier_interruptions, file_page


@require_POST
@absent_is_404
def interrupt(request: Any, file_id: UUID) -> HttpResponse:
    """The bank records an interruption, or corrects one."""
    found = reading.file(viewer=request.viewer, file_id=file_id)
    form = forms.InterruptionForm(request.POST, request.FILES, earlier=earlier_interruptions(found))

    def act() -> None:
        actions.interrupt(
            by=request.viewer, file_id=file_id, paper=form.sent_paper, today=today(), **form.typed
        )

    if problems := refused(form, act):
        return file_page(request, found, problems, interruption_form=form)
    return redirect("pledges:file", found.pk)


@require_GET
@absent_is_404
def paper(request: Any, file_id: UUID, row_id: int) -> HttpResponse:
    """The paper behind an interruption."""
    found = reading.file(viewer=request.viewer, file_id=file_id)
    row = found.interruptions.select_related("paper").get(pk=row_id)
    if row.paper is None:
        raise Http404
    return kept_answer(row.paper)
