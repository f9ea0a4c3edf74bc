"""Pages of the custodian's statements: import, open items, one line, reconciliation; and money besides claims."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kernel.days import today
from kernel.errors import Refused
from kernel.pages import absent_is_404, day_asked
from kernel.work.models import Approval
from riskpool.treasury import actions, page, queries
from riskpool.treasury.forms import (
    CallForm,
    ExplanationForm,
    InterestForm,
    StatementFileForm,
    TargetForm,
    WithdrawalForm,
)
from riskpool.treasury.papers import ask_for_reconciliation


@require_GET
@absent_is_404
def statements(request: Any, pool_id: UUID) -> HttpResponse:
    """Reconciliation by account, open items, and the statements that stand or were superseded."""
    pool = queries.pools.pool(viewer=request.viewer, pool_id=pool_id)
    return render(request, "treasury/statements.html", page.statements_of(pool, request.viewer))


@require_GET
@absent_is_404
def statement(request: Any, pool_id: UUID, statement_id: UUID) -> HttpResponse:
    """One statement, line by line, with what accounts for each."""
    found = queries.statement(viewer=request.viewer, pool_id=pool_id, statement_id=statement_id)
    return render(request, "treasury/statement.html", page.statement_of(found, request.viewer))


@require_http_methods(["GET", "POST"])
@absent_is_404
def import_statement(request: Any, pool_id: UUID) -> HttpResponse:
    """A statement of one account with its lines: every fault at once; entered, or put to a second person."""
    pool = page.own_pool(request, pool_id)
    problems: Any = ()
    form = StatementFileForm(request.POST or None, request.FILES or None, pool=pool)
    if request.method == "POST" and form.is_valid():
        try:
            done = actions.enter_statement(by=request.viewer, on=today(), **page.statement_sent(form))
        except Refused as refused:
            problems = refused.problems
        else:
            if isinstance(done, Approval):
                messages.success(request, _("支付冻结期间或更正对账单须两人办理，已提请另一人复核。"))
                return redirect("approval", done.pk)
            messages.success(request, _("对账单已入账，能确定的行已自动匹配。"))
            return redirect("treasury:statement", pool.pk, done.pk)
    return page.form_page(request, pool, form, _("导入逐笔对账单"), problems, page.statement_help())


@require_POST
@absent_is_404
def match_again(request: Any, pool_id: UUID) -> HttpResponse:
    """Match open lines anew, by the rules alone."""
    found = actions.match_again(by=request.viewer, pool_id=pool_id)
    messages.info(request, _("重新匹配了 %(n)s 行。") % {"n": found})
    return redirect("treasury:statements", pool_id)


@require_GET
@absent_is_404
def line(request: Any, pool_id: UUID, line_id: int) -> HttpResponse:
    """One line: what it may be, how it is accounted for."""
    return line_page(request, pool_id, line_id)


def line_page(
    request: Any, pool_id: UUID, line_id: int, problems: Any = (), form: Any = None
) -> HttpResponse:
    """The page of a line, with what was wrong in the act just tried."""
    found = queries.line(viewer=request.viewer, pool_id=pool_id, line_id=line_id)
    context = page.line_of(found, request.viewer) | {"problems": list(problems)}
    context["form"] = form or ExplanationForm(kinds=page.kinds_for(found))
    return render(request, "treasury/line.html", context, status=422 if problems or form else 200)


@require_POST
@absent_is_404
def match(request: Any, pool_id: UUID, line_id: int) -> HttpResponse:
    """Ask a second person to say that the line is the chosen movement."""
    page.own_pool(request, pool_id)
    journal_id = page.uuid_sent(request, "journal")
    try:
        asked = actions.propose_match(
            by=request.viewer, pool_id=pool_id, line_id=line_id, journal_id=journal_id
        )
    except Refused as refused:
        return line_page(request, pool_id, line_id, refused.problems)
    messages.success(request, _("已提请本机构另一人复核。"))
    return redirect("approval", asked.pk)


@require_POST
@absent_is_404
def explain(request: Any, pool_id: UUID, line_id: int) -> HttpResponse:
    """Ask a second person to accept an explanation of the line."""
    page.own_pool(request, pool_id)
    found = queries.line(viewer=request.viewer, pool_id=pool_id, line_id=line_id)
    form = ExplanationForm(request.POST, kinds=page.kinds_for(found))
    if not form.is_valid():
        return line_page(request, pool_id, line_id, form=form)
    try:
        asked = actions.propose_explanation(
            by=request.viewer, pool_id=pool_id, line_id=line_id, **form.cleaned_data
        )
    except Refused as refused:
        return line_page(request, pool_id, line_id, refused.problems)
    messages.success(request, _("已提请本机构另一人复核。"))
    return redirect("approval", asked.pk)


@require_GET
@absent_is_404
def reconciliation(request: Any, pool_id: UUID, source_id: UUID) -> HttpResponse:
    """余额调节表 of one account at its last statement up to a day."""
    pool = queries.pools.pool(viewer=request.viewer, pool_id=pool_id)
    source = pool.sources.select_related("pool", "cash").get(pk=source_id)
    context = page.reconciliation_of(source, day_asked(request), today())
    context["may_issue"] = page.sits(pool, request.viewer)
    return render(request, "treasury/reconciliation.html", context)


@require_POST
@absent_is_404
def issue_reconciliation(request: Any, pool_id: UUID, source_id: UUID) -> HttpResponse:
    """Let a worker issue it as a PDF, and show how far it is."""
    page.own_pool(request, pool_id)
    job = ask_for_reconciliation(
        by=request.viewer, pool_id=pool_id, source_id=source_id, on=day_asked(request)
    )
    return redirect("job", job.pk)


@require_http_methods(["GET", "POST"])
@absent_is_404
def interest(request: Any, pool_id: UUID) -> HttpResponse:
    """Interest of an account."""
    pool = page.own_pool(request, pool_id)
    form = InterestForm(request.POST or None, pool=pool, initial={"day": today()})
    return page.propose(
        request, pool, form, _("登记专户结息"),
        lambda typed: actions.propose_interest(by=request.viewer, on=today(), **typed),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@absent_is_404
def withdraw(request: Any, pool_id: UUID) -> HttpResponse:
    """Money back to its contributor; what it would do to the pool is shown before anybody is asked."""
    pool = page.own_pool(request, pool_id, bureau_only=True)
    form = WithdrawalForm(request.POST or None, pool=pool)
    if request.method == "POST" and form.is_valid() and "preview" in request.POST:
        typed = form.cleaned_data
        return page.withdrawal_page(request, pool, form, typed["source"], typed["fen"])
    return page.propose(
        request, pool, form, _("出资方收回资金"),
        lambda typed: actions.propose_withdrawal(by=request.viewer, on=today(), **typed),
        template="treasury/withdraw.html",
    )  # fmt: skip


@require_GET
@absent_is_404
def replenish(request: Any, pool_id: UUID) -> HttpResponse:
    """Contributions against the agreed ratio, what a call to a size (`?target=`) would ask of whom, the calls so far."""
    pool = queries.pools.pool(viewer=request.viewer, pool_id=pool_id)
    form = TargetForm(request.GET or None)
    shown = page.replenishment_of(pool, request.viewer, form)
    return render(request, "treasury/replenish.html", shown)


@require_http_methods(["GET", "POST"])
@absent_is_404
def call(request: Any, pool_id: UUID) -> HttpResponse:
    """Call on the sources, by two persons."""
    pool = page.own_pool(request, pool_id, bureau_only=True)
    asked = {"target_fen": request.GET.get("target_fen", ""), "due_on": today()}
    form = CallForm(request.POST or None, initial=asked)
    return page.propose(
        request, pool, form, _("发出补充出资通知"),
        lambda typed: actions.propose_call(by=request.viewer, pool_id=pool.pk, on=today(), **typed),
    )  # fmt: skip
