"""What the treasury's pages show, in the order of the page; and what their forms send, made plain."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from kernel.acts.actions import record
from kernel.days import today
from kernel.documents.answers import download
from kernel.errors import Problem, Refused
from kernel.money import capitals, yuan_text
from kernel.money.fields import fen_of
from kernel.sheets import Form
from kernel.work.models import Approval
from riskpool.pools.models import Pool, PoolSeat, PoolSource
from riskpool.treasury import actions, queries
from riskpool.treasury.columns import RETURN_FILE, STATEMENT
from riskpool.treasury.marks import cited
from riskpool.treasury.models import (
    PaymentBatch,
    PaymentInstruction,
    ReturnFile,
    StatementImport,
    StatementLine,
)

if TYPE_CHECKING:
    from django import forms

    from riskpool.treasury.batchfile import BatchFile

Seat, State = PoolSeat.Seat, PaymentInstruction.State
LATEST = 20


def sits(pool: Pool, viewer: Any, *seats: str) -> bool:
    """Whether the viewer's house moves the pool's money (bureau or manager), or sits in one of these seats."""
    return queries.pools.has_seat(viewer=viewer, pool=pool, seats=seats or (Seat.BUREAU, Seat.MANAGER))


def may_prepare(pool: Pool, viewer: Any) -> bool:
    """Whether the viewer puts payments and statements before the second person."""
    return viewer.role == "officer" and sits(pool, viewer)


def own_pool(request: Any, pool_id: UUID, *, bureau_only: bool = False) -> Pool:
    """A pool whose money the viewer's house moves; for everybody else it does not exist."""
    pool = queries.pools.pool(viewer=request.viewer, pool_id=pool_id)
    if not sits(pool, request.viewer, *((Seat.BUREAU,) if bureau_only else ())):
        raise Http404
    return pool


# --- what forms send ---


def uuid_sent(request: Any, name: str) -> UUID | None:
    """An id that a form sends; None for none or for no id."""
    try:
        return UUID(request.POST.get(name, ""))
    except ValueError:
        return None


def ids_sent(request: Any) -> tuple[list[UUID], list[Problem]]:
    """The instructions that were ticked."""
    try:
        return [UUID(text) for text in request.POST.getlist("instruction")], []
    except ValueError:
        return [], [Problem(_("付款指令"), _("编号无效"), _("请刷新页面后重新选择"), "bad_id")]


def file_sent(form: forms.Form) -> dict[str, Any]:
    """Name and bytes of the file of a valid form."""
    file = form.cleaned_data["file"]
    return {"name": file.name, "content": file.read()}


def statement_sent(form: forms.Form) -> dict[str, Any]:
    """What `enter_statement` asks, from a valid form."""
    typed = form.cleaned_data
    stated = actions.Stated(typed["first"], typed["last"], typed["opening_fen"], typed["closing_fen"])
    source = PoolSource.objects.select_related("pool", "cash").get(pk=typed["source"].pk)
    return {"source": source, "stated": stated, "supersedes": typed["supersedes"], **file_sent(form)}


def propose(
    request: Any,
    pool: Pool,
    form: forms.Form,
    title: str,
    ask: Callable[[dict[str, Any]], Approval],
    *,
    template: str = "treasury/form.html",
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Show the form, or put what was typed to a second person."""
    problems: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            asked = ask(form.cleaned_data)
        except Refused as refused:
            problems = refused.problems
        else:
            messages.success(request, _("已提请本机构另一人签批。"))
            return redirect("approval", asked.pk)
    return form_page(request, pool, form, title, problems, template=template, context=context)  # fmt: skip


def form_page(
    request: Any,
    pool: Pool,
    form: forms.Form,
    title: str,
    problems: Any,
    help_rows: Any = (),
    *,
    template: str = "treasury/form.html",
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """A form with its title, what was wrong, and how its file is written."""
    shown = {**(context or {}), "pool": pool, "form": form, "title": title, "problems": problems}
    shown |= {"help_rows": help_rows, "multipart": form.is_multipart()}
    return render(request, template, shown, status=422 if request.method == "POST" else 200)


def return_help() -> list[tuple[str, str, str]]:
    """(column, whether it must be there, how it is written) of a return file."""
    return _help(RETURN_FILE)


def statement_help() -> list[tuple[str, str, str]]:
    """The same of a statement."""
    return _help(STATEMENT)


def _help(form: Form) -> list[tuple[str, str, str]]:
    return [
        (column.header, _("必填") if column.required else _("选填"), "、".join(column.aliases))
        for column in form.columns
    ]


def batch_answer(viewer: Any, batch: PaymentBatch, file: BatchFile) -> HttpResponse:
    """A batch's file, always to be saved; that it was taken is an act."""
    with transaction.atomic():
        facts = {"name": file.name, "sha256": file.sha256}
        record(by=viewer, verb="treasury.take_batch", subject=batch, summary=f"下载 {file.name}", facts=facts)
    return download(file.name, bytes(file.content), file.media_type)


# --- pages ---


def counts_of(pool: Pool) -> dict[str, int]:
    """What waits at a pool's accounts."""
    rows = PaymentInstruction.objects.filter(source__pool=pool)
    return {
        "waiting": rows.filter(state=State.WAITING).count(),
        "sent": rows.filter(state=State.SENT).count(),
        "failed": rows.filter(state=State.FAILED, paid_again=None).count(),
        "open": queries.open_lines(pool).count(),
    }


def overview_of(pool: Pool, viewer: Any) -> dict[str, Any]:
    """Queue by account, what failed, batches, answers."""
    rows = PaymentInstruction.objects.filter(source__pool=pool).select_related("source", "payee", "batch")
    queue = []
    for source in queries.pools.sources_of(pool):
        waiting = list(rows.filter(source=source, state=State.WAITING).order_by("reference"))
        asked = _asked("treasury.release", source.pk)
        queue.append({
            "source": source, "rows": waiting, "asked": asked, "sum": sum(fen_of(row.amount) for row in waiting),
        })  # fmt: skip
    failed = (
        rows.filter(state=State.FAILED, paid_again=None).prefetch_related("outcomes").order_by("reference")
    )
    return {
        "pool": pool,
        "counts": counts_of(pool),
        "queue": queue,
        "failed": [{"row": row, "why": _failure(row), "about": _about(row)} for row in failed[:LATEST]],
        "batches": _batches(pool),
        "answers": ReturnFile.objects.filter(pool=pool)
        .select_related("file")
        .order_by("-recorded_at")[:LATEST],
        "asked_return": _asked("treasury.enter_return", pool.pk),
        "frozen": queries.frozen(pool),
        "may_prepare": may_prepare(pool, viewer),
        "own_side": sits(pool, viewer),
    }


def _asked(kind: str, subject_id: Any) -> Approval | None:
    """The open approval of a kind about a thing of a pool at which the viewer sits."""
    rows = Approval.objects.filter(kind=kind, subject_id=str(subject_id), state=Approval.State.ASKED)
    return rows.select_related("maker__person").first()


def _failure(row: PaymentInstruction) -> Any:
    return next((outcome for outcome in row.outcomes.all() if outcome.result == "failed"), None)


def _about(row: PaymentInstruction) -> str:
    """The claim's id where the payment was a claim's: the portal's page of it pays again."""
    return row.subject_id if row.subject_type == "claims.claim" else ""


def _batches(pool: Pool) -> list[dict[str, Any]]:
    rows = PaymentBatch.objects.filter(source__pool=pool).select_related("source").order_by("-recorded_at")
    found = []
    for batch in rows[:LATEST]:
        states = list(batch.instructions.values_list("state", flat=True))
        found.append({
            "batch": batch, "succeeded": states.count(State.SUCCEEDED), "failed": states.count(State.FAILED),
            "open": states.count(State.SENT),
        })  # fmt: skip
    return found


def statements_of(pool: Pool, viewer: Any) -> dict[str, Any]:
    """Reconciliation in one line an account, open items, statements."""
    accounts = [
        {"source": source, "found": queries.reconciliation(source), "on": queries.reconciled_on(source)}
        for source in queries.pools.sources_of(pool)
    ]
    rows = StatementImport.objects.filter(source__pool=pool).select_related("source", "superseded_by")
    return {
        "pool": pool,
        "accounts": accounts,
        "open": [{"line": line, "signed": queries.signed(line)} for line in queries.open_lines(pool)[:100]],
        "open_count": queries.open_lines(pool).count(),
        "statements": [
            {"row": row, "last": queries.last_day(row), "lines": row.lines.count()}
            for row in rows.order_by("-recorded_at")[:LATEST]
        ],
        "frozen": queries.frozen(pool),
        "may_prepare": may_prepare(pool, viewer),
    }


def statement_of(row: StatementImport, viewer: Any) -> dict[str, Any]:
    """The lines of one statement with what accounts for each."""
    cleared = queries.clearings_of(row.source) if row.live else {}
    custody = queries.procedure_of(row.source.pool.procedure_id).custody
    lines = []
    for line in row.lines.all():
        clearing = cleared.get(line.pk)
        kind = custody.explanation(clearing.explanation) if custody and clearing else None
        lines.append({"line": line, "signed": queries.signed(line), "clearing": clearing, "kind": kind})
    return {"row": row, "pool": row.source.pool, "last": queries.last_day(row), "lines": lines}


def kinds_for(line: StatementLine) -> list[tuple[str, str]]:
    """The explanations that the pool's procedure has for a line's direction, with the article of each."""
    custody = queries.procedure_of(line.statement.source.pool.procedure_id).custody
    kinds = custody.explanations if custody else ()
    return [(k.kind, f"{k.title}（{cited(k)}）") for k in kinds if k.direction == line.direction]


def line_of(line: StatementLine, viewer: Any) -> dict[str, Any]:
    """One line with its candidates, how it is accounted for, and what has been asked about it."""
    pool = line.statement.source.pool
    clearing = queries.clearings_of(line.statement.source).get(line.pk)
    return {
        "line": line,
        "pool": pool,
        "signed": queries.signed(line),
        "clearing": clearing,
        "candidates": [] if clearing else queries.candidates(line),
        "asked": _asked("treasury.match", line.pk) or _asked("treasury.explain", line.pk),
        "may_prepare": may_prepare(pool, viewer),
    }


def reconciliation_of(source: PoolSource, on: dt.date, now: dt.date) -> dict[str, Any]:
    """The two columns of the paper and what stands behind them."""
    found = queries.reconciliation(source, on)
    day = queries.reconciled_on(source, on)
    context = {"source": source, "pool": source.pool, "on": on, "day": day, "found": found}
    if found is None or day is None:
        return context
    custody = queries.procedure_of(source.pool.procedure_id).custody
    days = custody.transit_days if custody else None
    return context | {
        "transit": queries.in_transit(found, now, days.whole if days else None),
        "not_booked": queries.not_booked(found, source),
        "transit_days": days,
        "transit_rule": cited(days) if days else "",
    }


def withdrawal_page(request: Any, pool: Pool, form: forms.Form, source: PoolSource, fen: int) -> HttpResponse:
    """What a withdrawal would leave, and why it would be refused; nothing is asked yet."""
    source = PoolSource.objects.select_related("pool", "organisation").get(pk=source.pk)
    custody = queries.custody_of(pool)
    context = {
        "effect": actions.withdrawal_effect(source, fen),
        "blocks": actions.withdrawal_problems(source, fen),
        "custody": custody,
        "leverage_rule": cited(custody.most_leverage),
        "amount": fen,
    }
    return form_page(
        request, pool, form, _("出资方收回资金"), (), template="treasury/withdraw.html", context=context
    )


def replenishment_of(pool: Pool, viewer: Any, form: forms.Form) -> dict[str, Any]:
    """Contributions against the agreed ratio; what is asked for is worked out for the size that was typed, or for what
    has been contributed."""
    on = today()
    contributed = sum(queries.contributed_by(pool, on).values())
    typed = form.cleaned_data.get("target_fen") if form.is_bound and form.is_valid() else None
    target = typed or contributed
    rows = queries.standings(pool, target, on)
    asked = sum(row.asked for row in rows)
    return {
        "pool": pool, "form": form, "rows": rows, "target": target, "target_text": yuan_text(target),
        "sums": {
            "contributed": contributed, "asked": asked, "cash": sum(row.cash for row in rows),
            "agreed": sum(row.agreed for row in rows), "capitals": capitals(asked),
        },
        "weights": sum(row.source.weight for row in rows),
        "calls": queries.calls(viewer=viewer, pool=pool),
        "asked_call": _asked("treasury.call", pool.pk),
        "may_call": viewer.role == "officer" and sits(pool, viewer, Seat.BUREAU),
    }  # fmt: skip
