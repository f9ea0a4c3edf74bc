"""What the bank owes back: declared with its journal, clawed back by two persons, and the money that arrives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money import split
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from kernel.work.models import Approval
from kernel.work.outbox import put
from riskpool.claims import queries
from riskpool.claims.actions.burdens import burdens
from riskpool.claims.actions.locking import (
    PREPARES,
    SIGNS,
    Seat,
    day_of,
    lock_claim,
    require_seat,
    require_state,
)
from riskpool.claims.actions.paying_again import refuse_while_failed
from riskpool.claims.models import (
    BorneShare,
    Claim,
    Receivable,
    ReceivableArrival,
    ReceivableShare,
)
from riskpool.claims.owed import outstanding_fen, repaid_by_share, still_paid
from riskpool.claims.postings import burden_lines, source_lines
from riskpool.claims.rules import cumulative_split
from riskpool.ledger import actions as ledger
from riskpool.ledger.models import Journal
from riskpool.ledger.rules import leaves
from riskpool.pools import actions as pools
from riskpool.pools.models import PoolSource

if TYPE_CHECKING:
    from uuid import UUID

MONEY = (Seat.BUREAU, Seat.MANAGER)


def owe(
    claim: Claim,
    kind: str,
    parts: Sequence[tuple[BorneShare, int, int]],
    *,
    reason: str,
    article: str,
    approval: Approval,
    by: Any,
    day: dt.date,
) -> Receivable:
    """Declare what the bank owes to the sources behind these shares: (share, what was paid too much, interest) in fen.

    The claim is locked; its `owed` is moved in memory and saved by the caller.
    """
    bank = claim.enrolment.agreement.bank
    seq = claim.receivables.count() + 1
    lines = []
    for share, fen, interest in parts:
        due, counter = pools.receivable_accounts(share.of_pool, bank)
        lines.append((due.pk, counter.pk, fen + interest))
    journal = ledger.post(
        key=f"claim:{claim.pk}:owed:{seq}", kind=Journal.Kind.CLAIM_OWED, day=day, memo=approval.summary,
        lines=source_lines(lines), by=by, approval=approval,
    )  # fmt: skip
    amount, interest = sum(fen for _, fen, _ in parts), sum(extra for _, _, extra in parts)
    receivable = Receivable.objects.create(
        claim=claim, seq=seq, kind=kind, amount=money_of(amount), interest=money_of(interest),
        reason=reason, article=article, decided_on=day, approval=approval, journal=journal,
    )  # fmt: skip
    ReceivableShare.objects.bulk_create(
        ReceivableShare(receivable=receivable, share=share, amount=money_of(fen), interest=money_of(interest))
        for share, fen, interest in parts
    )
    claim.owed = money_of(fen_of(claim.owed) + amount)
    return receivable


@transaction.atomic
def propose_clawback(
    *, by: Any, claim_id: UUID, amount_fen: int, interest_fen: int, reason: str, article: str, on: dt.date
) -> Approval:
    """Ask a second person to claw back money that was paid (loss-sharing 7, item 17): a receivable from the bank, with
    deposit interest as typed in. Nothing is paid backwards: money counts when it has arrived."""
    claim, _ = lock_claim(by, claim_id, roles=(PREPARES,), year=None)
    require_state(claim, Claim.State.PART_PAID, Claim.State.PAID)
    refuse_while_failed(claim)
    problems = []
    most = sum(fen for _, fen in still_paid(claim))
    if amount_fen <= 0:
        problems.append(Problem("追回金额", "不大于零", "请填写应追回的补偿款", "not_positive"))
    elif amount_fen > most:
        found = f"{yuan_text(amount_fen, grouped=True)} 元，高于尚在银行的补偿款 {yuan_text(most, grouped=True)} 元"
        problems.append(Problem("追回金额", found, "已返还和已确认应收的部分不得重复追回", "more_than_paid"))
    if not 0 <= interest_fen <= pools.LARGEST_POSTING_FEN:
        problems.append(Problem("存款利息", "不在可记账的范围", "请填写不小于零的金额", "interest"))
    for where, text in (("追回理由", reason), ("依据条款", article)):
        if not text.strip():
            problems.append(Problem(where, "未填写", "请写明", "required"))
    refuse_if_any(problems)
    command = {
        "claim": str(claim.pk), "seq": claim.receivables.count() + 1, "amount_fen": amount_fen,
        "interest_fen": interest_fen, "reason": reason.strip()[:300], "article": article.strip()[:200],
    }  # fmt: skip
    asks, more = yuan_text(amount_fen, grouped=True), yuan_text(interest_fen, grouped=True)
    summary = f"追回 {claim.number} 补偿款 {asks} 元及存款利息 {more} 元"
    basis = {
        "reason": command["reason"],
        "article": command["article"],
        "shares": [{"name": share.bearer.name, "fen": fen} for share, fen, _ in _clawed(claim, command)],
    }
    return ask(by=by, kind="claims.clawback", command=command, subject=claim, summary=summary, basis=basis)


def _clawed(claim: Claim, command: dict[str, Any]) -> list[tuple[BorneShare, int, int]]:
    """What each share gets of a claw-back: by what each still has paid; interest by what each gets."""
    held = [(share, fen) for share, fen in still_paid(claim) if fen]
    weights = {str(share.pk): fen for share, fen in held}
    amounts = split(command["amount_fen"], weights)
    interest = split(command["interest_fen"], amounts)
    return [
        (share, amounts[str(share.pk)], interest[str(share.pk)])
        for share, _ in held
        if amounts[str(share.pk)]
    ]


@executes("claims.clawback")
def _claw_back(approval: Approval, by: Any) -> Receivable:
    command, day = approval.command, day_of(approval)
    claim, _ = lock_claim(by, command["claim"], roles=(SIGNS,), year=None)
    require_state(claim, Claim.State.PART_PAID, Claim.State.PAID)
    refuse_while_failed(claim)
    held = sum(fen for _, fen in still_paid(claim))
    if command["seq"] != claim.receivables.count() + 1 or command["amount_fen"] > held:
        raise Refused(Problem("追回", "提请后支付、返还或应收已有变动", "请重新提请", "basis_moved"))
    parts = _clawed(claim, command)
    receivable = owe(
        claim, Receivable.Kind.CLAWBACK, parts, reason=command["reason"], article=command["article"],
        approval=approval, by=by, day=day,
    )  # fmt: skip
    accounts = burdens(claim, list(claim.apportionment.shares.select_related("source", "organisation")))
    lender = next(pk for share, pk in accounts if share.organisation_id == claim.enrolment.agreement.bank_id)
    of_share = {share.pk: pk for share, pk in accounts}
    ledger.post(
        key=f"claim:{claim.pk}:owed:{receivable.seq}:borne", kind=Journal.Kind.CLAIM_BORNE, day=day,
        memo=f"{claim.number} 追回后由银行承担",
        lines=[
            line for share, fen, _ in parts for line in burden_lines([(lender, fen)], of_share[share.pk])
        ],
        by=by,
    )  # fmt: skip
    claim.save(update_fields=["owed", "owed_currency"])
    _tell(claim, f"owed:{receivable.seq}")
    record(by=by, verb="claim.claw_back", subject=claim, summary=approval.summary, facts=dict(command))
    return receivable


def _tell(claim: Claim, what: str) -> None:
    """The proof sheet is issued again, with what the bank owes."""
    put(kind="claims.paid", payload={"claim": str(claim.pk)}, effect_key=f"proof:{claim.pk}:{what}")


@transaction.atomic
def propose_arrival(
    *, by: Any, claim_id: UUID, seq: int, amount_fen: int, received_on: dt.date, reference: str, on: dt.date
) -> Approval:
    """Ask a second person to record money of a receivable that has arrived in the custody account."""
    claim = queries.claim(viewer=by, claim_id=claim_id)
    require_seat(by, claim, MONEY)
    permit(by, PREPARES, "fund_manager.officer")
    receivable = claim.receivables.get(seq=seq)
    problems = _arrival_problems(receivable, amount_fen, reference)
    if received_on < receivable.decided_on:
        problems.append(
            Problem("到账日", f"早于确认应收日 {receivable.decided_on}", "请核对到账日", "before_decision")
        )
    problems += pools.not_in_the_future("到账日", received_on, on)
    refuse_if_any(problems)
    command = {
        "claim": str(claim.pk), "receivable": str(receivable.pk), "seq": receivable.arrivals.count() + 1,
        "amount_fen": amount_fen, "received_on": received_on.isoformat(), "reference": reference.strip(),
        "leaves": leaves(Journal.Kind.OWED_ARRIVED, _taken(claim, receivable, amount_fen)),
    }  # fmt: skip
    summary = f"{claim.number} 银行退回款到账 {yuan_text(amount_fen, grouped=True)} 元"
    return ask(by=by, kind="claims.arrival", command=command, subject=receivable, summary=summary)


def _arrival_problems(receivable: Receivable, amount_fen: int, reference: str) -> list[Problem]:
    problems = []
    left = outstanding_fen(receivable)
    if amount_fen <= 0:
        problems.append(Problem("到账金额", "不大于零", "请填写到账金额", "not_positive"))
    elif amount_fen > left:
        found = f"{yuan_text(amount_fen, grouped=True)} 元，高于未收 {yuan_text(left, grouped=True)} 元"
        problems.append(Problem("到账金额", found, "多收的款项请与银行核对", "more_than_owed"))
    if not reference.strip():
        problems.append(Problem("凭证号", "未填写", "请填写银行回单号", "required"))
    elif receivable.arrivals.filter(reference=reference.strip()).exists():
        problems.append(
            Problem("凭证号", f"“{reference.strip()}”已登记过到账", "请核对银行回单号", "duplicate")
        )
    return problems


def _arrived(receivable: Receivable, amount_fen: int) -> tuple[int, list[tuple[PoolSource, int]]]:
    """How much of an arrival is principal, which comes before interest, and what it brings to each source (fen)."""
    had_principal, had_interest = repaid_by_share(receivable)
    before = sum(had_principal.values())
    principal = min(amount_fen, fen_of(receivable.amount) - before)
    shares = list(receivable.shares.select_related("share__source"))
    of_principal = cumulative_split(
        before + principal, {str(s.pk): fen_of(s.amount) for s in shares}, had_principal
    )
    of_interest = cumulative_split(
        sum(had_interest.values()) + amount_fen - principal,
        {str(s.pk): fen_of(s.interest) for s in shares}, had_interest,
    )  # fmt: skip
    return principal, [
        (share.share.of_pool, of_principal[str(share.pk)] + of_interest[str(share.pk)]) for share in shares
    ]


def _taken(claim: Claim, receivable: Receivable, amount_fen: int) -> list[tuple[str, int, int]]:
    """(part, account, fen) of what the bank owes no more when the money has arrived."""
    bank = claim.enrolment.agreement.bank
    return [
        ("", pools.receivable_accounts(source, bank)[0].pk, fen)
        for source, fen in _arrived(receivable, amount_fen)[1]
    ]


@executes("claims.arrival")
def _arrive(approval: Approval, by: Any) -> ReceivableArrival:
    command = approval.command
    signs = (SIGNS, "fund_manager.approver")
    claim, _ = lock_claim(by, command["claim"], roles=signs, year=None, seats=MONEY)
    receivable = claim.receivables.get(pk=command["receivable"])
    if command["seq"] != receivable.arrivals.count() + 1:
        raise Refused(Problem("到账", "提请后已有新的到账", "请重新提请", "basis_moved"))
    refuse_if_any(_arrival_problems(receivable, command["amount_fen"], command["reference"]))
    principal, parts = _arrived(receivable, command["amount_fen"])
    lines = []
    for source, fen in parts:
        due, counter = pools.receivable_accounts(source, claim.enrolment.agreement.bank)
        lines += [(source.cash_id, source.free_id, fen), (counter.pk, due.pk, fen)]
    day = dt.date.fromisoformat(command["received_on"])
    journal = ledger.post(
        key=f"{receivable.journal.key}:arrived:{command['seq']}", kind=Journal.Kind.OWED_ARRIVED, day=day,
        memo=approval.summary, lines=source_lines(lines), by=by, approval=approval,
    )  # fmt: skip
    arrival = ReceivableArrival.objects.create(
        receivable=receivable, seq=command["seq"], received_on=day, amount=money_of(command["amount_fen"]),
        principal=money_of(principal), reference=command["reference"], approval=approval, journal=journal,
    )  # fmt: skip
    claim.repaid = money_of(fen_of(claim.repaid) + principal)
    claim.save(update_fields=["repaid", "repaid_currency"])
    _tell(claim, f"owed:{receivable.seq}:{arrival.seq}")
    record(by=by, verb="claim.arrival", subject=claim, summary=approval.summary, facts=dict(command))
    return arrival
