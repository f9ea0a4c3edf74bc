"""Money collected on a paid claim is handed back to who bore the loss."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from kernel.work.models import Approval
from riskpool.claims import queries
from riskpool.claims.actions.burdens import burdens, losses
from riskpool.claims.actions.locking import PREPARES, SIGNS, Seat, lock_claim, require_seat, require_state
from riskpool.claims.actions.paying_again import refuse_while_failed
from riskpool.claims.handing_back import recovery_shares
from riskpool.claims.models import (
    Apportionment,
    BorneShare,
    Claim,
    Recovery,
    ReturnedShare,
)
from riskpool.claims.postings import burden_lines, source_lines
from riskpool.claims.years import collected_net, loss_now
from riskpool.ledger import actions as ledger
from riskpool.ledger.models import Journal
from riskpool.pools import actions as pools
from riskpool.pools.versions import scheme_of
from riskpool.schemes.working import working_to_json

if TYPE_CHECKING:
    from uuid import UUID

PAID = (Claim.State.PART_PAID, Claim.State.PAID)


def propose_recovery(
    *,
    by: Any,
    claim_id: UUID,
    gross_fen: int,
    costs_fen: int,
    received_on: dt.date,
    note: str,
    on: dt.date,
) -> Approval:
    """Ask a second person to record money collected on a paid claim and hand it back to who bore the loss."""
    claim = queries.claim(viewer=by, claim_id=claim_id)
    require_seat(by, claim, (Seat.BUREAU, Seat.MANAGER))
    permit(by, PREPARES, "fund_manager.officer")
    _require_recoverable(claim)
    refuse_while_failed(claim)
    refuse_if_any(
        [
            *recovery_problems(claim, gross_fen, costs_fen, received_on, on),
            *(
                []
                if note.strip()
                else [Problem("说明", "未填写", "请写明回收来源（如处置质物、还款）", "required")]
            ),
        ]
    )
    command = {
        "claim": str(claim.pk),
        "seq": claim.recoveries.count() + 1,
        "gross_fen": gross_fen,
        "costs_fen": costs_fen,
        "received_on": received_on.isoformat(),
        "note": note.strip()[:200],
    }
    gross, costs = yuan_text(gross_fen, grouped=True), yuan_text(costs_fen, grouped=True)
    summary = f"{claim.number} 追偿到账 {gross} 元，费用 {costs} 元"
    if claim.bank_year_id is not None:
        net = collected_net(scheme_of(claim.enrolment.scheme_id), claim, gross_fen, costs_fen)
        told = {"net_fen": net, "lowers_the_loss": True}
        return ask(by=by, kind="claims.recover", command=command, subject=claim, summary=summary, basis=told)
    outcome = recovery_shares(claim, gross_fen, costs_fen)
    basis = {
        "net_fen": outcome.sharing.net_fen,
        "to_lender_outside_fen": outcome.sharing.to_lender_outside_fen,
        "shares": [
            {"party": share.party, "name": share.bearer.name, "fen": fen} for share, fen in outcome.gives
        ],
    }
    return ask(by=by, kind="claims.recover", command=command, subject=claim, summary=summary, basis=basis)


def recovery_problems(
    claim: Claim, gross_fen: int, costs_fen: int, received_on: dt.date, on: dt.date
) -> list[Problem]:
    """Everything that is wrong with a piece of collected money; its preview asks the same."""
    problems = []
    if gross_fen < 0 or gross_fen + max(costs_fen, 0) == 0:  # a piece may be costs alone
        problems.append(Problem("回收金额", "不大于零", "请填写实际到账金额", "not_positive"))
    if costs_fen < 0:
        problems.append(Problem("回收费用", "为负数", "请填写不小于零的金额", "negative"))
    problems += _too_early(claim, received_on)
    problems += pools.not_in_the_future("到账日", received_on, on)
    if max(gross_fen, costs_fen) > pools.LARGEST_POSTING_FEN:
        problems.append(Problem("回收金额", "超出可记账的范围", "请核对单位是元还是万元", "too_large"))
    return problems


def _require_recoverable(claim: Claim) -> None:
    """Money is collected on a claim that was paid; on one of a bank's year as soon as it is in the year."""
    require_state(claim, *PAID, *([Claim.State.IN_YEAR] if claim.bank_year_id is not None else []))


def _too_early(claim: Claim, received_on: dt.date) -> list[Problem]:
    """What came in before the payment (of a year's claim: before its acceptance) lowers the loss that is recognised."""
    if claim.bank_year_id is not None:
        assert claim.decided_on is not None, "a claim of a year was accepted"
        if received_on >= claim.decided_on:
            return []
        found = f"早于受理日 {claim.decided_on}"
        return [Problem("到账日", found, "受理前收回的款项应减少认定的损失", "before_acceptance")]
    if received_on >= first_settled_on(claim):
        return []
    found = f"早于补偿支付日 {first_settled_on(claim)}"
    return [Problem("到账日", found, "支付前收回的款项应减少损失", "before_payment")]


def first_settled_on(claim: Claim) -> dt.date:
    """The day on which who bears a paid claim was first settled, with a payment or (a final loss too small) without one;
    what was set aside before was borne by nobody yet."""
    first = claim.settlements.exclude(apportionment__stage=Apportionment.Stage.ESTIMATE).earliest(
        "apportionment__seq"
    )
    return first.settled_on


@executes("claims.recover")
def _recover(approval: Approval, by: Any) -> Recovery:
    command = approval.command
    signs = (SIGNS, "fund_manager.approver")
    claim, _ = lock_claim(by, command["claim"], roles=signs, year=None, seats=(Seat.BUREAU, Seat.MANAGER))
    _require_recoverable(claim)
    refuse_while_failed(claim)
    if command["seq"] != claim.recoveries.count() + 1:
        raise Refused(Problem("追偿", "提请后已有新的追偿入账", "请重新提请", "basis_moved"))
    if claim.bank_year_id is not None:
        return _lower_the_loss(claim, command, approval, by)
    outcome = recovery_shares(claim, command["gross_fen"], command["costs_fen"])
    sharing, gives = outcome.sharing, outcome.gives
    day = dt.date.fromisoformat(command["received_on"])
    journal = _post_recovery(claim, gives, command["seq"], day, by, approval)
    recovery = Recovery.objects.create(
        claim=claim,
        seq=command["seq"],
        received_on=day,
        gross=money_of(command["gross_fen"]),
        costs=money_of(command["costs_fen"]),
        note=command["note"],
        working={
            "net_fen": sharing.net_fen,
            "to_covered_fen": sharing.to_covered_fen,
            "to_lender_outside_fen": sharing.to_lender_outside_fen,
            "returned_so_far": dict(sharing.returned),
            "steps": working_to_json(sharing.working),
        },
        approval=approval,
        journal=journal,
        recorded_by=by.account,
    )
    ReturnedShare.objects.bulk_create(
        ReturnedShare(recovery=recovery, share=share, amount=money_of(fen)) for share, fen in gives if fen
    )
    to_pool = outcome.to_pool_fen
    claim.returned = money_of(fen_of(claim.returned) + to_pool)
    claim.recovered_gross = money_of(fen_of(claim.recovered_gross) + command["gross_fen"])
    claim.save(update_fields=["returned", "returned_currency", "recovered_gross", "recovered_gross_currency"])
    record(
        by=by, verb="claim.recover", subject=claim, summary=approval.summary, facts={"to_pool_fen": to_pool}
    )
    return recovery


def _lower_the_loss(claim: Claim, command: dict[str, Any], approval: Approval, by: Any) -> Recovery:
    """A recovery on a claim of a bank's year moves no money by itself: the year is run again with the lower loss, and what
    was paid too much is owed then (loss-sharing.md 5.7)."""
    scheme = scheme_of(claim.enrolment.scheme_id)
    net = collected_net(scheme, claim, command["gross_fen"], command["costs_fen"])
    recovery = Recovery.objects.create(
        claim=claim, seq=command["seq"], received_on=dt.date.fromisoformat(command["received_on"]),
        gross=money_of(command["gross_fen"]), costs=money_of(command["costs_fen"]), note=command["note"],
        working={
            "net_fen": net, "lowers_the_loss": True,
            "loss": loss_now(scheme, claim, command["gross_fen"], command["costs_fen"]),
        },
        approval=approval, recorded_by=by.account,
    )  # fmt: skip
    claim.recovered_gross = money_of(fen_of(claim.recovered_gross) + command["gross_fen"])
    claim.save(update_fields=["recovered_gross", "recovered_gross_currency"])
    record(by=by, verb="claim.recover", subject=claim, summary=approval.summary, facts={"net_fen": net})
    return recovery


def _post_recovery(
    claim: Claim, gives: Sequence[tuple[BorneShare, int]], seq: int, day: dt.date, by: Any, approval: Approval
) -> Journal | None:
    stem = f"claim:{claim.pk}:recovery:{seq}"
    to_sources = source_lines([(s.source.cash_id, s.source.free_id, fen) for s, fen in gives if s.source])
    journal = None
    if to_sources:
        journal = ledger.post(
            key=stem, kind=Journal.Kind.RECOVERY_RECEIVED, day=day, memo=approval.summary,
            lines=to_sources, by=by, approval=approval,
        )  # fmt: skip
    accounts = {share.pk: account for share, account in burdens(claim, [share for share, _ in gives])}
    shared = burden_lines([(accounts[share.pk], fen) for share, fen in gives], losses(claim).pk, back=True)
    if shared:
        ledger.post(
            key=f"{stem}:shared", kind=Journal.Kind.RECOVERY_SHARED, day=day, memo=f"{claim.number} 追偿分配",
            lines=shared, by=by,
        )  # fmt: skip
    return journal
