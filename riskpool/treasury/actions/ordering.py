"""Instructions to pay, ordered with the payout; batches of them, put together by one person and released by another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection

from finance.parties.models import Organisation
from finance.parties.queries import payee_in_force
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from riskpool.pools.actions.locking import OF_MONEY, PREPARE_MONEY, SIGN_MONEY, lock_pool, require_seat
from riskpool.pools.models import Pool, PoolSource
from riskpool.treasury import queries
from riskpool.treasury.batchfile import FORMS, batch_file, lines_digest, lines_of
from riskpool.treasury.models import PaymentBatch, PaymentInstruction

if TYPE_CHECKING:
    from uuid import UUID

    from finance.parties.models import PayeeAccount
    from kernel.work.models import Approval
    from riskpool.ledger.models import Journal

State = PaymentInstruction.State
MOST_LINES = 1000  # technical: a batch is one file of a bank's online desk


def order(
    *,
    subject: Any,
    journal: Journal,
    payee: PayeeAccount,
    day: dt.date,
    purpose: str,
    again: Mapping[UUID, PaymentInstruction] | None = None,
) -> list[PaymentInstruction]:
    """One instruction for each account of a pool that the journal takes money from; in the transaction that posts it.

    The caller holds the pool's row. `again` names by source the failed instruction that each new one takes up.
    """
    assert connection.in_atomic_block, "an instruction is written in the transaction that pays"
    found = []
    for source, fen in paid_by_source(journal).items():
        number = PaymentInstruction.objects.filter(source__pool=source.pool_id).count() + 1
        found.append(
            PaymentInstruction.objects.create(
                reference=f"{source.pool.code}-ZF-{number:06d}", source=source, payee=payee, amount=money_of(fen),
                journal=journal, day=day, subject_type=subject._meta.label_lower, subject_id=str(subject.pk),
                purpose=purpose[:120], again_of=again[source.pk] if again else None,
            )
        )  # fmt: skip
    return found


def paid_by_source(journal: Journal) -> dict[PoolSource, int]:
    """What a journal takes from the cash of each source (fen); several transfers of one account are one payment."""
    rows = list(journal.transfers.order_by("seq"))
    sources = {
        source.cash_id: source
        for source in PoolSource.objects.filter(cash__in=[row.credit_id for row in rows]).select_related(
            "pool"
        )
    }
    found: dict[PoolSource, int] = {}
    for row in rows:
        if row.credit_id in sources:
            source = sources[row.credit_id]
            found[source] = found.get(source, 0) + fen_of(row.amount)
    return found


@in_chinese
def propose_batch(*, by: Any, pool_id: UUID, source_id: UUID, instruction_ids: Sequence[UUID]) -> Approval:
    """Put waiting instructions of one account together and ask a second person to release them to the bank.

    The command names no day: the batch is of the day on which it is released.
    """
    pool = queries.pools.pool(viewer=by, pool_id=pool_id)
    require_seat(by, pool, OF_MONEY)
    permit(by, *PREPARE_MONEY)
    source = pool.sources.get(pk=source_id)
    rows = _chosen(source, instruction_ids)
    if not rows or len(rows) > MOST_LINES:
        found = "没有选择付款指令" if not rows else f"选择了 {len(rows)} 笔，超过 {MOST_LINES} 笔"
        raise Refused(Problem("付款批次", found, f"请选择 1 到 {MOST_LINES} 笔待发送的付款", "no_lines"))
    refuse_if_any([*queries.frozen(pool), *_payee_problems(rows)])
    lines = lines_of(rows)
    total = sum(fen_of(row.amount) for row in rows)
    command = {
        "source": str(source.pk), "instructions": [str(row.pk) for row in rows], "sha256": lines_digest(lines),
        "count": len(rows), "amount_fen": total,
    }  # fmt: skip
    summary = f"{source.name} 付款批次 {len(rows)} 笔 {yuan_text(total, grouped=True)} 元"
    shown = [
        {**line, "number": f"尾号{line['number'][-4:]}"} for line in lines
    ]  # whole numbers stand in the file only
    return ask(
        by=by,
        kind="treasury.release",
        command=command,
        subject=source,
        summary=summary,
        basis={"lines": shown},
    )


def _chosen(source: PoolSource, instruction_ids: Sequence[Any]) -> list[PaymentInstruction]:
    rows = PaymentInstruction.objects.filter(source=source, pk__in=instruction_ids, state=State.WAITING)
    found = list(rows.select_related("payee__organisation", "source__pool").order_by("reference"))
    if len(found) != len(set(instruction_ids)):
        gone = len(set(instruction_ids)) - len(found)
        raise Refused(
            Problem("付款指令", f"有 {gone} 笔已不在待发送之列", "请刷新页面后重新选择", "not_waiting")
        )
    return found


def _payee_problems(rows: Sequence[PaymentInstruction]) -> list[Problem]:
    found = []
    for row in rows:
        if payee_in_force(row.payee.organisation) != row.payee:
            told = f"{row.reference} 的收款账户（{row.payee}）其后已变更"
            found.append(Problem("收款账户", told, "请撤回该笔付款，按新账户重新提请", "payee_moved"))
    return found


@executes("treasury.release")
def _release(approval: Approval, by: Any) -> PaymentBatch:
    command = approval.command
    permit(by, *SIGN_MONEY)
    source = PoolSource.objects.select_related("pool").get(pk=command["source"])
    require_seat(by, source.pool, OF_MONEY)
    payees = PaymentInstruction.objects.filter(pk__in=command["instructions"]).values("payee__organisation")
    list(
        Organisation.objects.select_for_update(no_key=True).filter(pk__in=payees).order_by("pk")
    )  # no payee changes
    pool = lock_pool(source.pool_id)
    rows = _chosen(source, command["instructions"])
    lines = lines_of(rows)
    refuse_if_any([*queries.frozen(pool), *_payee_problems(rows)])
    if lines_digest(lines) != command["sha256"]:
        raise Refused(Problem("付款批次", "提请后内容已变", "请重新提请", "basis_moved"))
    batch = PaymentBatch(
        number=_batch_number(pool), source=source, approval=approval, count=len(rows),
        released_on=approval.decided_on, amount=money_of(command["amount_fen"]), lines=lines,
        sha256=command["sha256"], files={},
    )  # fmt: skip
    batch.files = {form: batch_file(batch, form).sha256 for form in FORMS}
    batch.save(force_insert=True)
    for row in rows:
        row.state, row.batch = State.SENT, batch
        row.save(update_fields=["state", "batch"])
    record(
        by=by, verb="treasury.release", subject=batch, facts={"sha256": batch.sha256, "count": batch.count},
        summary=f"放行 {batch.number}：{approval.summary}",
    )  # fmt: skip
    return batch


def _batch_number(pool: Pool) -> str:
    return f"{pool.code}-PC-{PaymentBatch.objects.filter(source__pool=pool).count() + 1:05d}"
