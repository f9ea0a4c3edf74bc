"""Further calculations of a claim: the final loss after an escrow, a part recognised later, a repair. By two persons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.queries import payee_in_force
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from kernel.work.models import Approval
from riskpool.claims import due, queries
from riskpool.claims.actions.deciding import keep_calculation
from riskpool.claims.actions.locking import PREPARES, SIGNS, day_of, lock_claim, require_state
from riskpool.claims.actions.paying import (
    BOTH,
    payee_problems,
    refuse_if_asked_otherwise,
    require_payee,
)
from riskpool.claims.actions.paying_again import refuse_while_failed
from riskpool.claims.actions.settling import Order, carry_out, payouts
from riskpool.claims.models import Apportionment, Claim, LossStatement, Settlement
from riskpool.claims.rules import COMPONENTS
from riskpool.claims.standing import STAGES, SettlementPreview, recognised_loss, settlement_preview
from riskpool.ledger.models import Journal
from riskpool.ledger.rules import leaves
from riskpool.schemes import engine
from riskpool.treasury.queries import frozen

if TYPE_CHECKING:
    from uuid import UUID

Stage = Apportionment.Stage


@in_chinese
@transaction.atomic
def state_final_loss(
    *, by: Any, claim_id: UUID, loss: Mapping[str, int], statement: str, on: dt.date
) -> LossStatement:
    """The bank states the final loss (fen by component) of a claim that lies in escrow; it may differ from the estimate."""
    claim, _ = lock_claim(by, claim_id, roles=("bank.maker",), year=None, as_bank=True)
    require_state(claim, Claim.State.ESCROWED)
    problems = due.loss_problems(claim.enrolment, claim.overdue_since, loss, on)
    if not statement.strip():
        problems.append(Problem("情况说明", "未填写", "请写明处置、核销情况", "required"))
    refuse_if_any(problems)
    stated = LossStatement.objects.create(
        claim=claim, seq=claim.statements.count() + 1, statement=statement.strip()[:500], stated_on=on,
        recorded_by=by.account, **{name: money_of(loss.get(name, 0)) for name in COMPONENTS},
    )  # fmt: skip
    claim.added = money_of(max(fen_of(claim.added), sum(loss.values()) - fen_of(claim.claimed), 0))
    claim.save(update_fields=["added", "added_currency"])
    record(
        by=by, verb="claim.state_loss", subject=claim, facts={"loss_fen": dict(loss)},
        summary=f"{claim.number} 申报最终损失 {yuan_text(sum(loss.values()), grouped=True)} 元",
    )  # fmt: skip
    return stated


@in_chinese
@transaction.atomic
def propose_settlement(
    *,
    by: Any,
    claim_id: UUID,
    stage: str,
    recognised: Mapping[str, int],
    reasons: Mapping[str, str],
    on: dt.date,
    reason: str = "",
    article: str = "",
) -> Approval:
    """Ask a second person to settle a claim anew on the running total of its recognised loss (fen by component).

    `reason` and `article` are needed for a repair and wherever the bank would owe something.
    """
    claim, _ = lock_claim(by, claim_id, roles=(PREPARES,), year=None)
    require_stage(claim, stage)
    refuse_while_failed(claim)
    refuse_if_asked_otherwise(claim, "claims.settle")
    preview = settlement_preview(claim, stage=stage, recognised=recognised, reasons=reasons, on=on)
    problems = [*preview.problems, *_course_problems(claim, stage, recognised)]
    if stage == Stage.REPAIR or preview.total("owed"):
        for where, text in (("理由", reason), ("依据条款", article)):
            if not text.strip():
                problems.append(Problem(where, "未填写", "纠正或应退的，请写明", "required"))
    refuse_if_any(problems)
    payee = require_payee(claim)
    command = {
        "claim": str(claim.pk), "seq": claim.apportionment.seq + 1, "stage": stage,
        "recognised": {name: recognised.get(name, 0) for name in COMPONENTS}, "reasons": dict(reasons),
        "reason": reason.strip()[:300], "article": article.strip()[:200],
        "calculation": preview.outcome.digest, "payee": str(payee.pk), **_sums(preview),
        "leaves": leaves(Journal.Kind.CLAIM_PAID, payouts(claim.enrolment.agreement.pool, preview.moves)),
    }  # fmt: skip
    return ask(
        by=by, kind="claims.settle", command=command, subject=claim,
        summary=_summary(claim, stage, preview), basis=_basis(claim, preview, command),
    )  # fmt: skip


def require_stage(claim: Claim, stage: str) -> None:
    """Refused when a claim in its state has no further calculation of this kind."""
    require_state(claim, *STAGES)
    if claim.bank_year_id is not None:
        wanted = "损失因追偿减少的，登记追偿后重新作年度结算；认定有误的，作追回处理"
        raise Refused(Problem("结算", f"{claim.number} 按年度合并计算", wanted, "settled_with_its_year"))
    if stage not in STAGES[Claim.State(claim.state)]:
        wanted = "、".join(str(Stage(one).label) for one in STAGES[Claim.State(claim.state)])
        raise Refused(
            Problem("结算", f"{claim.get_state_display()}时不能作这种认定", f"可作：{wanted}", "stage")
        )


def _course_problems(claim: Claim, stage: str, recognised: Mapping[str, int]) -> list[Problem]:
    """The running total grows from part to part; only a repair takes back what was recognised before."""
    before, now = recognised_loss(claim.apportionment), {n: recognised.get(n, 0) for n in COMPONENTS}
    if claim.apportionment.stage == Stage.ESTIMATE:
        return []
    if stage == Stage.REPAIR:
        if any(now[name] > before[name] for name in COMPONENTS) or now == before:
            return [Problem("纠正", "没有调减", "纠正只减少已认定的损失", "repair_lowers")]
        return []
    return [
        Problem(
            f"认定的{title}", "低于前次累计认定", "按累计数填写；要减少已认定的，请作纠正", "running_total"
        )
        for name, title in COMPONENTS.items()
        if now[name] < before[name]
    ]


def _sums(preview: SettlementPreview) -> dict[str, int]:
    return {f"{name}_fen": preview.total(name) for name in ("paid", "from_escrow", "freed", "owed")}


def _summary(claim: Claim, stage: str, preview: SettlementPreview) -> str:
    words = {"paid": "支付", "freed": "退回可用", "owed": "银行应退"}
    told = [
        f"{word} {yuan_text(preview.total(n), grouped=True)} 元"
        for n, word in words.items()
        if preview.total(n)
    ]
    return f"{claim.number} {Stage(stage).label}结算：{'，'.join(told) or '无需收付'}"


def _basis(claim: Claim, preview: SettlementPreview, command: dict[str, Any]) -> dict[str, Any]:
    return {
        "stage": str(Stage(preview.stage).label),
        "loss": dict(preview.outcome.loss),
        "stated": queries.stated_loss(claim),
        "reasons": dict(command["reasons"]),
        "grants": list(preview.outcome.grants),
        "shares": [{"party": s.party, "name": s.name, "fen": s.fen} for s in preview.shares],
    }


@executes("claims.settle")
def _settle(approval: Approval, by: Any) -> Settlement:
    command, day = approval.command, day_of(approval)
    claim, limits = lock_claim(by, command["claim"], roles=(SIGNS,), year=None, scopes=BOTH, pays=True)
    require_stage(claim, command["stage"])
    refuse_while_failed(claim)
    preview = settlement_preview(
        claim, stage=command["stage"], recognised=command["recognised"], reasons=command["reasons"], on=day
    )
    payee = payee_in_force(organisation=claim.enrolment.loan.bank)
    problems = [*preview.problems, *payee_problems(payee, command["payee"])]
    moved = {name: command[name] for name in _sums(preview)} != _sums(preview)
    if (
        moved
        or preview.outcome.digest != command["calculation"]
        or command["seq"] != claim.apportionment.seq + 1
    ):
        problems.append(Problem("清算指令", "与现在的计算结果不一致", "请重新提请", "basis_moved"))
    if preview.total("paid"):
        problems += frozen(claim.enrolment.agreement.pool)
    refuse_if_any(problems)
    scheme = engine.stored_scheme(claim.apportionment.working)
    row = keep_calculation(
        claim, command["seq"], command["stage"], scheme, preview.outcome, preview.shares,
        reasons=command["reasons"], on=day,
    )  # fmt: skip
    order = Order(
        row, preview.moves, approval, by, day, payee, reserved_before=False,
        reason=command["reason"], article=command["article"],
    )  # fmt: skip
    return carry_out(order, limits)
