"""A payment that the bank could not make: the claim's paid sum falls, and two persons pay it again.

The decision stands and so does its payment, both append-only: what is owed is still reserved, the new journal and the new
instruction take up the failed one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.queries import payee_in_force
from kernel.acts.actions import record
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from riskpool.claims.actions.locking import PREPARES, SIGNS, day_of, lock_claim
from riskpool.claims.models import Claim
from riskpool.claims.postings import source_lines
from riskpool.ledger import actions as ledger
from riskpool.ledger.models import Journal
from riskpool.ledger.rules import leaves
from riskpool.treasury import actions as treasury
from riskpool.treasury.models import PaymentInstruction
from riskpool.treasury.queries import frozen, to_pay_again

if TYPE_CHECKING:
    from uuid import UUID

    from kernel.work.models import Approval

SUBJECT = "claims.claim"


def lock_claims(ids: Sequence[str]) -> None:
    """The claims behind failed payments, locked in id order; the treasury holds their pool."""
    list(Claim.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk"))


def failure_problems(claim_id: str, fen: int) -> list[Problem]:
    """Why a payment of a claim cannot be taken back any more: part of it came back to the pool already, or is owed to it."""
    claim = Claim.objects.get(pk=claim_id)
    left, back = fen_of(claim.paid) - fen, fen_of(claim.returned) + fen_of(claim.owed)
    if left >= back:
        return []
    told, paid = yuan_text(back, grouped=True), yuan_text(max(left, 0), grouped=True)
    found = f"{claim.number} 已返还或应退资金池 {told} 元，扣除该笔后已支付只余 {paid} 元"
    return [Problem("补偿申请", found, "请先核实追偿返还和应退款，再办理付款失败", "already_returned")]


def payment_failed(claim_id: str, fen: int, reason: str, by: Any) -> None:
    """What was paid falls by what came back; the money is reserved again. The claim is locked."""
    claim = Claim.objects.get(pk=claim_id)
    claim.paid = money_of(fen_of(claim.paid) - fen)
    claim.save(update_fields=["paid", "paid_currency"])
    record(
        by=by, verb="claim.payment_failed", subject=claim, facts={"fen": fen},
        summary=f"{claim.number} 付款失败 {yuan_text(fen, grouped=True)} 元，资金退回预留：{reason}",
    )  # fmt: skip


@transaction.atomic
def propose_payment_again(*, by: Any, claim_id: UUID, on: dt.date) -> Approval:
    """Ask a second person to pay again what failed, to the payee account in force now.

    As of every payment the command names no day: the money moves on the day of the approval (docs/decisions/0016).
    """
    claim, _ = lock_claim(by, claim_id, roles=(PREPARES,), year=None)
    failed = to_pay_again(SUBJECT, claim.pk)
    payee = payee_in_force(organisation=claim.enrolment.loan.bank)
    problems = []
    if not failed:
        problems.append(
            Problem("补偿申请", f"{claim.number} 没有失败待重付的款项", "无需重付", "nothing_failed")
        )
    if payee is None:
        problems.append(Problem("收款账户", "银行没有登记收款账户", "请银行两人登记收款账户", "no_payee"))
    refuse_if_any(problems)
    amount = sum(fen_of(row.amount) for row in failed)
    command = {
        "claim": str(claim.pk), "failed": [str(row.pk) for row in failed], "amount_fen": amount,
        "payee": str(payee.pk) if payee else "",
        "leaves": leaves(Journal.Kind.CLAIM_PAID, [("", credit, fen) for _, credit, fen in _moves(failed)]),
    }  # fmt: skip
    summary = f"重付 {claim.number} 补偿 {yuan_text(amount, grouped=True)} 元至 {payee}"
    rows = [
        {"name": row.source.name, "reference": row.reference, "fen": fen_of(row.amount)} for row in failed
    ]
    return ask(
        by=by,
        kind="claims.pay_again",
        command=command,
        subject=claim,
        summary=summary,
        basis={"failed": rows},
    )


@executes("claims.pay_again")
def _pay_again(approval: Approval, by: Any) -> list[PaymentInstruction]:
    command, day = approval.command, day_of(approval)
    claim, _ = lock_claim(by, command["claim"], roles=(SIGNS,), year=None, pays=True)
    failed = to_pay_again(SUBJECT, claim.pk)
    payee = payee_in_force(organisation=claim.enrolment.loan.bank)
    problems = frozen(claim.enrolment.agreement.pool)
    if [str(row.pk) for row in failed] != command["failed"]:
        problems.append(Problem("重付指令", "提请后失败的款项已有变化", "请重新提请", "basis_moved"))
    if payee is None or str(payee.pk) != command["payee"]:
        problems.append(Problem("收款账户", "提请后已变更", "请核对新账户后重新提请", "payee_moved"))
    refuse_if_any(problems)
    assert payee is not None, "refused above"
    journal = ledger.post(
        key=f"claim:{claim.pk}:paid_again:{approval.pk}", kind=Journal.Kind.CLAIM_PAID, day=day,
        memo=approval.summary, lines=source_lines(_moves(failed)), by=by, approval=approval,
    )  # fmt: skip
    found = treasury.order(
        subject=claim, journal=journal, payee=payee, day=day, purpose=f"{claim.number} 风险补偿款（重付）",
        again={row.source_id: row for row in failed},
    )  # fmt: skip
    claim.paid = money_of(fen_of(claim.paid) + command["amount_fen"])
    claim.save(update_fields=["paid", "paid_currency"])
    record(
        by=by,
        verb="claim.pay_again",
        subject=claim,
        summary=approval.summary,
        facts={"journal": str(journal.pk)},
    )
    return found


def _moves(failed: Sequence[PaymentInstruction]) -> list[tuple[int, int, int]]:
    """(debit, credit, fen) of what paid the failed instructions, to be paid once more."""
    return [
        (row.debit_id, row.credit_id, fen_of(row.amount))
        for one in failed
        for row in one.journal.transfers.filter(credit=one.source.cash_id).order_by("seq")
    ]


def refuse_while_failed(claim: Claim) -> None:
    """Nothing is recovered on a claim whose payment has failed and was not made again: nobody has borne it yet."""
    if to_pay_again(SUBJECT, claim.pk):
        raise Refused(
            Problem("补偿申请", f"{claim.number} 有付款失败、尚未重付的款项", "请先重付", "payment_failed")
        )
