"""Two persons pay an accepted claim."""

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
from kernel.work.models import Approval
from kernel.work.outbox import put
from riskpool.claims import due
from riskpool.claims.actions.burdens import burdens, losses
from riskpool.claims.actions.locking import PREPARES, SIGNS, lock_claim, require_state
from riskpool.claims.models import (
    Claim,
    Payment,
)
from riskpool.claims.postings import burden_lines, source_lines
from riskpool.ledger import actions as ledger
from riskpool.ledger.models import Journal
from riskpool.pools import actions as pools
from riskpool.pools.models import Enrolment, Limit
from riskpool.pools.weighing import EXPOSURE
from riskpool.treasury import actions as treasury
from riskpool.treasury.queries import frozen

if TYPE_CHECKING:
    from uuid import UUID


@transaction.atomic
def propose_payment(*, by: Any, claim_id: UUID, on: dt.date) -> Approval:
    """Ask a second person of the bureau to pay an accepted claim; the command names amount, payee and working."""
    claim, _ = lock_claim(by, claim_id, roles=(PREPARES,), year=None)
    require_state(claim, Claim.State.ACCEPTED)
    payee = payee_in_force(organisation=claim.enrolment.loan.bank)
    if payee is None:
        bank = claim.enrolment.loan.bank
        raise Refused(
            Problem("收款账户", f"{bank.short_name}没有登记收款账户", "请银行两人登记收款账户", "no_payee")
        )
    amount = fen_of(claim.reserved)
    command = {
        "claim": str(claim.pk),
        "apportionment": claim.apportionment.sha256,
        "amount_fen": amount,
        "payee": str(payee.pk),
        "day": on.isoformat(),
    }
    summary = f"支付 {claim.number} 补偿 {yuan_text(amount, grouped=True)} 元至 {payee}"
    basis = {
        "shares": [
            {
                "party": share.party,
                "name": share.bearer.name,
                "fen": fen_of(share.borne),
            }
            for share in claim.apportionment.shares.select_related("source", "organisation")
        ]
    }
    return ask(by=by, kind="claims.pay", command=command, subject=claim, summary=summary, basis=basis)


@executes("claims.pay")
def _pay(approval: Approval, by: Any) -> Payment:
    command = approval.command
    day = dt.date.fromisoformat(command["day"])
    claim, limits = lock_claim(by, command["claim"], roles=(SIGNS,), year=None, scopes=EXPOSURE, pays=True)
    require_state(claim, Claim.State.ACCEPTED)
    payee = payee_in_force(organisation=claim.enrolment.loan.bank)
    problems = []
    if (
        claim.apportionment.sha256 != command["apportionment"]
        or fen_of(claim.reserved) != command["amount_fen"]
    ):
        problems.append(Problem("支付指令", "与现在的分担结果不一致", "请重新提请支付", "basis_moved"))
    if payee is None or str(payee.pk) != command["payee"]:
        problems.append(Problem("收款账户", "提请后已变更", "请核对新账户后重新提请支付", "payee_moved"))
    problems += due.moved_problems(claim)
    problems += frozen(claim.enrolment.agreement.pool)
    refuse_if_any(problems)
    shares = list(claim.apportionment.shares.select_related("source", "organisation"))
    journal = ledger.post(
        key=f"claim:{claim.pk}:paid",
        kind=Journal.Kind.CLAIM_PAID,
        day=day,
        memo=approval.summary,
        lines=source_lines(
            [(s.source.reserved_id, s.source.cash_id, fen_of(s.borne)) for s in shares if s.source]
        ),
        by=by,
        approval=approval,
    )
    ledger.post(
        key=f"claim:{claim.pk}:borne",
        kind=Journal.Kind.CLAIM_BORNE,
        day=day,
        memo=f"{claim.number} 损失分担",
        lines=burden_lines([(a, fen_of(s.borne)) for s, a in burdens(claim, shares)], losses(claim).pk),
        by=by,
    )
    assert payee is not None, "refused above"
    payment = Payment.objects.create(
        claim=claim, approval=approval, journal=journal, payee=payee, amount=claim.reserved, paid_on=day
    )
    treasury.order(subject=claim, journal=journal, payee=payee, day=day, purpose=f"{claim.number} 风险补偿款")
    _release_exposure(claim.enrolment, limits)
    claim.state, claim.paid = Claim.State.PAID, claim.reserved
    claim.save(update_fields=["state", "paid", "paid_currency"])
    put(kind="claims.paid", payload={"claim": str(claim.pk)}, effect_key=f"proof:{claim.pk}")
    record(
        by=by, verb="claim.pay", subject=claim, summary=approval.summary, facts={"journal": str(journal.pk)}
    )
    return payment


def _release_exposure(enrolment: Enrolment, limits: Sequence[Limit]) -> None:
    pools.use(limits, -fen_of(enrolment.exposure))
    enrolment.exposure = enrolment.committed = money_of(0)
    enrolment.state = Enrolment.State.CLAIMED
    enrolment.save(
        update_fields=["exposure", "exposure_currency", "committed", "committed_currency", "state"]
    )
