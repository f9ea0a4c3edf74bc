"""Pages of the paying bank's statements: upload, line by line, remarks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from finance.subsidies import actions
from finance.subsidies.forms.statements import RemarkForm, StatementForm
from finance.subsidies.models import BankLine
from finance.subsidies.pages.statements import standing, statement_page, statements_page
from finance.subsidies.queries import of_statements as asked
from finance.subsidies.views.forms import done_or_shown
from kernel.days import today
from kernel.pages import absent_is_404


@require_GET
def statements(request: Any) -> HttpResponse:
    """All of them."""
    return _list(request)


def _list(request: Any, *, problems: Any = (), **forms: Any) -> HttpResponse:
    context = statements_page(request.viewer) | forms | {"problems": list(problems)}
    return render(request, "subsidies/statements.html", context, status=422 if problems or forms else 200)


@require_GET
@absent_is_404
def statement(request: Any, statement_id: UUID) -> HttpResponse:
    """One of them."""
    return _one(request, statement_id)


def _one(request: Any, statement_id: UUID, *, problems: Any = (), refused: bool = False) -> HttpResponse:
    found = asked.statement(viewer=request.viewer, statement_id=statement_id)
    context = statement_page(found, request.viewer) | {"problems": list(problems)}
    return render(request, "subsidies/statement.html", context, status=422 if problems or refused else 200)


@require_POST
@absent_is_404
def enter_statement(request: Any) -> HttpResponse:
    """Enter one: every fault of the file at once, nothing is taken while there is one."""
    form = StatementForm(request.POST, request.FILES, standing=standing(request.viewer))

    def enter() -> HttpResponse:
        sent, corrects = form.cleaned_data["file"], form.cleaned_data["supersedes"]
        row = actions.enter_statement(
            by=request.viewer, stated=form.stated, name=sent.name, content=sent.read(), on=today(),
            supersedes_id=UUID(corrects) if corrects else None,
        )  # fmt: skip
        messages.success(request, _("已登记对账单 %(number)s。") % {"number": row.number})
        return redirect("subsidies:statement", row.pk)

    return done_or_shown(form, enter, lambda problems: _list(request, problems=problems, form=form))


@require_POST
@absent_is_404
def remark(request: Any, statement_id: UUID, line_id: int) -> HttpResponse:
    """Say what an unmatched line is."""
    BankLine.objects.get(
        pk=line_id, statement=asked.statement(viewer=request.viewer, statement_id=statement_id)
    )
    form = RemarkForm(request.POST)

    def enter() -> HttpResponse:
        actions.remark_on(by=request.viewer, line_id=line_id, text=form.cleaned_data["text"])
        messages.success(request, _("已记下说明。"))
        return redirect("subsidies:statement", statement_id)

    return done_or_shown(
        form, enter, lambda problems: _one(request, statement_id, problems=problems, refused=True)
    )
