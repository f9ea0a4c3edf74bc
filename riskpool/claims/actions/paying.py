"""Two persons carry out the first calculation of an accepted claim: they pay it, or set it aside in escrow."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.queries import payee_in_force
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from kernel.work.models import Approval
from riskpool.claims import due, queries
from riskpool.claims.actions.deciding import MONEY_KINDS
from riskpool.claims.actions.locking import PREPARES, SIGNS, day_of, lock_claim, require_state
from riskpool.claims.actions.settling import Order, carry_out, payouts
from riskpool.claims.models import Apportionment, Claim, Settlement
from riskpool.claims.rules import Moves, moves_to_escrow, moves_to_settle
from riskpool.claims.standing import Key
from riskpool.ledger.models import Journal
from riskpool.ledger.rules import leaves
from riskpool.pools.weighing import EXPOSURE
from riskpool.treasury.queries import frozen

if TYPE_CHECKING:
    from uuid import UUID

BOTH = (*EXPOSURE, *queries.PAYOUT)


@in_chinese
@transaction.atomic
def propose_payment(*, by: Any, claim_id: UUID, on: dt.date) -> Approval:
    """Ask a second person of the bureau to pay an accepted claim, or to set it aside where its scheme does that first.

    The command names amount, payee and working. It names no day: the money moves on the day of the approval.
    """
    claim, _ = lock_claim(by, claim_id, roles=(PREPARES,), year=None)
    require_state(claim, Claim.State.ACCEPTED)
    refuse_if_asked_otherwise(claim, "claims.pay")
    refuse_if_any(queries.guarantor_problems(claim))
    payee = require_payee(claim)
    amount, row = fen_of(claim.reserved), claim.apportionment
    command = {
        "claim": str(claim.pk),
        "apportionment": row.sha256,
        "amount_fen": amount,
        "payee": str(payee.pk),
        "leaves": leaves(Journal.Kind.CLAIM_PAID, payouts(claim.enrolment.agreement.pool, _first_moves(row))),
    }
    does = "划入保证金" if row.stage == Apportionment.Stage.ESTIMATE else "支付"
    summary = f"{does} {claim.number} 补偿 {yuan_text(amount, grouped=True)} 元至 {payee}"
    if row.stage == Apportionment.Stage.ESTIMATE:
        summary = f"{does} {claim.number} 补偿 {yuan_text(amount, grouped=True)} 元，核销清算时支付"
    return ask(
        by=by, kind="claims.pay", command=command, subject=claim, summary=summary, basis=decision_basis(row)
    )


def decision_basis(row: Apportionment) -> dict[str, Any]:
    """The whole decision as the second person is shown it: stage, loss recognised, cuts with reasons, grants, shares."""
    return {
        "stage": str(row.get_stage_display()),
        "loss": {name: int(fen) for name, fen in row.inputs["loss"].items()},
        "stated": queries.stated_loss(row.claim),
        "reasons": dict(row.reasons),
        "grants": list(row.working.get("grants", ())),
        "prepared_on": row.on.isoformat(),
        "shares": [
            {"party": share.party, "name": share.bearer.name, "fen": fen_of(share.borne)}
            for share in row.shares.select_related("source", "organisation")
        ],
    }


def require_payee(claim: Claim) -> Any:
    payee = payee_in_force(organisation=claim.enrolment.loan.bank)
    if payee is None:
        bank = claim.enrolment.loan.bank
        raise Refused(
            Problem("收款账户", f"{bank.short_name}没有登记收款账户", "请银行两人登记收款账户", "no_payee")
        )
    return payee


def payee_problems(payee: Any, asked: str | None) -> list[Problem]:
    if payee is not None and str(payee.pk) == asked:
        return []
    return [Problem("收款账户", "提请后已变更", "请核对新账户后重新提请支付", "payee_moved")]


def refuse_if_asked_otherwise(claim: Claim, kind: str) -> None:
    """Two open approvals that both move a claim's money would undo each other."""
    others = [other for other in MONEY_KINDS if other != kind]
    rows = Approval.objects.filter(kind__in=others, subject_id=str(claim.pk), state=Approval.State.ASKED)
    if rows.exists():
        raise Refused(Problem("补偿申请", "另有事项待复核", "请先处理该复核", "payment_asked"))


@executes("claims.pay")
def _pay(approval: Approval, by: Any) -> Settlement:
    command, day = approval.command, day_of(approval)
    claim, limits = lock_claim(by, command["claim"], roles=(SIGNS,), year=None, scopes=BOTH, pays=True)
    require_state(claim, Claim.State.ACCEPTED)
    row = claim.apportionment
    payee = payee_in_force(organisation=claim.enrolment.loan.bank)
    problems = []
    if row.sha256 != command["apportionment"] or fen_of(claim.reserved) != command["amount_fen"]:
        problems.append(Problem("支付指令", "与现在的分担结果不一致", "请重新提请支付", "basis_moved"))
    problems += payee_problems(payee, command["payee"])
    problems += [*due.moved_problems(claim), *queries.guarantor_problems(claim)]
    problems += frozen(claim.enrolment.agreement.pool)
    refuse_if_any(problems)
    row.claim = claim
    order = Order(row, _first_moves(row), approval, by, day, payee, reserved_before=True)
    return carry_out(order, limits)


def _first_moves(row: Apportionment) -> dict[Key, Moves]:
    entitled = {share.key: fen_of(share.borne) for share in row.shares.all() if share.source_id}
    if row.stage == Apportionment.Stage.ESTIMATE:
        return moves_to_escrow(entitled)
    return moves_to_settle(entitled, {})
