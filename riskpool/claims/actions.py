"""Filing, accepting, refusing and paying claims, and handing back what is recovered. One transaction an action.

Money moves only here, through the ledger, in the transaction that decides. Lock order: approval, pool, agreement,
limits by id, loan, enrolment, claim, ledger accounts by id.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from finance.parties.models import Organisation
from finance.parties.queries import payee_in_force
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.documents.actions import keep_file
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from kernel.work.models import Approval
from kernel.work.outbox import put
from riskpool.claims import due, queries, rules
from riskpool.claims.handing_back import recovery_shares
from riskpool.claims.models import (
    Apportionment,
    BorneShare,
    Claim,
    ClaimEvidence,
    Payment,
    Recovery,
    ReturnedShare,
)
from riskpool.claims.postings import burden_lines, source_lines
from riskpool.ledger import actions as ledger
from riskpool.ledger import queries as ledger_queries
from riskpool.ledger.models import Journal, LedgerAccount
from riskpool.pools import actions as pools
from riskpool.pools import queries as pool_queries
from riskpool.pools.models import Agreement, Enrolment, Limit, PoolSeat
from riskpool.pools.versions import procedure_of
from riskpool.pools.weighing import EXPOSURE
from riskpool.schemes import engine
from riskpool.schemes.working import working_to_json

if TYPE_CHECKING:
    from uuid import UUID

Seat = PoolSeat.Seat
_PREPARES, _SIGNS = "finance_bureau.officer", "finance_bureau.approver"


@dataclass(frozen=True)
class EvidenceFile:
    """One uploaded paper: its kind as the procedure names it, file name, media type and bytes."""

    kind: str
    name: str
    media_type: str
    content: bytes


@transaction.atomic
def file_claim(
    *,
    by: Any,
    enrolment_id: UUID,
    loss: Mapping[str, int],
    evidence: Sequence[EvidenceFile],
    on: dt.date,
    at: dt.datetime,
    statement: str = "",
) -> Claim:
    """File a claim on an enrolled loan that has gone bad; `loss` in fen by component. Every fault is told at once."""
    own = pool_queries.enrolments(viewer=by).filter(loan__bank=by.organisation_id)
    pool_id = own.get(pk=enrolment_id).agreement.pool_id
    permit(by, "bank.maker")
    pools.lock_pool(pool_id)
    enrolment = _lock_enrolment(enrolment_id)
    procedure = procedure_of(enrolment.agreement.pool.procedure_id)
    default = due.default_of(enrolment)
    problems = due.filing_problems(enrolment, loss, {paper.kind for paper in evidence}, on)
    problems += _paper_problems(evidence, {kind.kind for kind in procedure.evidence})
    refuse_if_any(problems)
    assert default.overdue_since is not None
    claim = Claim.objects.create(
        number=_next_number(on),
        enrolment=enrolment,
        default_no=enrolment.claims.count() + 1,
        overdue_since=default.overdue_since,
        filed_on=on,
        filed_by=by.account,
        statement=statement.strip()[:500],
        claimed=money_of(sum(loss.values())),
        **{component: money_of(loss.get(component, 0)) for component in rules.COMPONENTS},
    )
    titles = {kind.kind: kind.title for kind in procedure.evidence}
    for paper in evidence:
        file = keep_file(by=by, at=at, name=paper.name, media_type=paper.media_type, content=paper.content)
        ClaimEvidence.objects.create(
            claim=claim, kind=paper.kind, title=titles[paper.kind], file=file, recorded_by=by.account
        )
    record(
        by=by, verb="claim.file", subject=claim, facts={"loss_fen": dict(loss)},
        summary=f"申请补偿 {claim.number}，损失 {yuan_text(fen_of(claim.claimed), grouped=True)} 元",
    )  # fmt: skip
    return claim


@transaction.atomic
def accept(*, by: Any, claim_id: UUID, on: dt.date) -> Claim:
    """Accept a claim: apportion it under the locks, keep the working, reserve each source's part, use the limits."""
    claim, limits = _lock_claim(by, claim_id, roles=(_PREPARES,), year=on.year)
    _require_state(claim, Claim.State.FILED)
    preview = queries.preview(claim, on)
    refuse_if_any([*due.moved_problems(claim), *preview.problems])
    outcome = preview.apportionment
    row = Apportionment.objects.create(
        claim=claim,
        inputs={"loss": dict(outcome.loss), "metrics": dict(outcome.metrics)},
        working=engine.stored(preview.scheme, outcome),
        sha256=outcome.digest,
        covered=money_of(outcome.covered_fen),
        outside=money_of(outcome.outside_fen),
        on=on,
    )
    BorneShare.objects.bulk_create(
        BorneShare(
            apportionment=row, place=place, party=share.party, source=share.source,
            organisation=share.organisation, borne=money_of(share.fen),
        )
        for place, share in enumerate(preview.shares, start=1)
    )  # fmt: skip
    ledger.post(
        key=f"claim:{claim.pk}:reserved",
        kind=Journal.Kind.CLAIM_RESERVED,
        day=on,
        memo=f"受理 {claim.number}",
        lines=source_lines(
            [(s.source.free_id, s.source.reserved_id, s.fen) for s in preview.shares if s.source]
        ),
        by=by,
    )
    pools.use(limits, preview.public_fen)
    claim.state, claim.decided_on, claim.reserved = Claim.State.ACCEPTED, on, money_of(preview.public_fen)
    claim.save(update_fields=["state", "decided_on", "reserved", "reserved_currency"])
    record(
        by=by, verb="claim.accept", subject=claim, facts={"apportionment": row.sha256},
        summary=f"受理 {claim.number}，预留 {yuan_text(preview.public_fen, grouped=True)} 元",
    )  # fmt: skip
    return claim


@transaction.atomic
def refuse(*, by: Any, claim_id: UUID, reason: str, on: dt.date) -> Claim:
    """Refuse a claim that is not yet paid, with a reason; what was reserved for it is free again."""
    claim, limits = _lock_claim(by, claim_id, roles=(_PREPARES,), year=None)
    if not reason.strip():
        raise Refused(Problem("不予补偿的理由", "未填写", "请写明理由和依据条款", "required"))
    return _end(claim, limits, Claim.State.REFUSED, reason.strip(), by, on)


@transaction.atomic
def withdraw(*, by: Any, claim_id: UUID, reason: str, on: dt.date) -> Claim:
    """The bank takes back its own claim before it is paid."""
    claim, limits = _lock_claim(by, claim_id, roles=("bank.maker",), year=None, as_bank=True)
    return _end(claim, limits, Claim.State.WITHDRAWN, reason.strip(), by, on)


def _end(claim: Claim, limits: Sequence[Limit], state: str, reason: str, by: Any, on: dt.date) -> Claim:
    _require_state(claim, Claim.State.FILED, Claim.State.ACCEPTED)
    if Approval.objects.filter(
        kind="claims.pay", subject_id=str(claim.pk), state=Approval.State.ASKED
    ).exists():
        raise Refused(Problem("补偿申请", "已提请支付复核", "请先撤回或退回该支付复核", "payment_asked"))
    if claim.state == Claim.State.ACCEPTED:
        reserved = Journal.objects.get(key=f"claim:{claim.pk}:reserved")
        ledger.post(
            key=f"claim:{claim.pk}:released",
            kind=Journal.Kind.CLAIM_RELEASED,
            day=on,
            memo=f"{claim.number} 解除预留",
            lines=source_lines(
                [(line.credit, line.debit, line.fen) for line in ledger_queries.lines_of(reserved)]
            ),
            by=by,
        )
        pools.use(limits, -fen_of(claim.reserved))
        claim.reserved = money_of(0)
    claim.state, claim.decided_on, claim.reason = state, on, reason[:500]
    claim.save(update_fields=["state", "decided_on", "reason", "reserved", "reserved_currency"])
    record(
        by=by,
        verb=f"claim.{state}",
        subject=claim,
        summary=f"{claim.get_state_display()}：{claim.number}，{reason}",
    )
    return claim


@transaction.atomic
def propose_payment(*, by: Any, claim_id: UUID, on: dt.date) -> Approval:
    """Ask a second person of the bureau to pay an accepted claim; the command names amount, payee and working."""
    claim, _ = _lock_claim(by, claim_id, roles=(_PREPARES,), year=None)
    _require_state(claim, Claim.State.ACCEPTED)
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
    claim, limits = _lock_claim(by, command["claim"], roles=(_SIGNS,), year=None, scopes=EXPOSURE, pays=True)
    _require_state(claim, Claim.State.ACCEPTED)
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
    problems += _unexplained(claim.enrolment.agreement)
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
        lines=burden_lines([(a, fen_of(s.borne)) for s, a in _burdens(claim, shares)], _losses(claim).pk),
        by=by,
    )
    assert payee is not None, "refused above"
    payment = Payment.objects.create(
        claim=claim, approval=approval, journal=journal, payee=payee, amount=claim.reserved, paid_on=day
    )
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
    _require_seat(by, claim, (Seat.BUREAU, Seat.MANAGER))
    permit(by, _PREPARES, "fund_manager.officer")
    _require_state(claim, Claim.State.PAID)
    problems = []
    if gross_fen < 0 or gross_fen + max(costs_fen, 0) == 0:  # a piece may be costs alone
        problems.append(Problem("回收金额", "不大于零", "请填写实际到账金额", "not_positive"))
    if costs_fen < 0:
        problems.append(Problem("回收费用", "为负数", "请填写不小于零的金额", "negative"))
    if received_on < claim.payment.paid_on:
        problems.append(
            Problem(
                "到账日",
                f"早于补偿支付日 {claim.payment.paid_on}",
                "支付前收回的款项应减少损失",
                "before_payment",
            )
        )
    problems += pools.not_in_the_future("到账日", received_on, on)
    if max(gross_fen, costs_fen) > pools.LARGEST_POSTING_FEN:
        problems.append(Problem("回收金额", "超出可记账的范围", "请核对单位是元还是万元", "too_large"))
    if not note.strip():
        problems.append(Problem("说明", "未填写", "请写明回收来源（如处置质物、还款）", "required"))
    refuse_if_any(problems)
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
    outcome = recovery_shares(claim, gross_fen, costs_fen)
    basis = {
        "net_fen": outcome.sharing.net_fen,
        "to_lender_outside_fen": outcome.sharing.to_lender_outside_fen,
        "shares": [
            {"party": share.party, "name": share.bearer.name, "fen": fen} for share, fen in outcome.gives
        ],
    }
    return ask(by=by, kind="claims.recover", command=command, subject=claim, summary=summary, basis=basis)


@executes("claims.recover")
def _recover(approval: Approval, by: Any) -> Recovery:
    command = approval.command
    signs = (_SIGNS, "fund_manager.approver")
    claim, _ = _lock_claim(by, command["claim"], roles=signs, year=None, seats=(Seat.BUREAU, Seat.MANAGER))
    _require_state(claim, Claim.State.PAID)
    if command["seq"] != claim.recoveries.count() + 1:
        raise Refused(Problem("追偿", "提请后已有新的追偿入账", "请重新提请", "basis_moved"))
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
    accounts = {share.pk: account for share, account in _burdens(claim, [share for share, _ in gives])}
    shared = burden_lines([(accounts[share.pk], fen) for share, fen in gives], _losses(claim).pk, back=True)
    if shared:
        ledger.post(
            key=f"{stem}:shared", kind=Journal.Kind.RECOVERY_SHARED, day=day, memo=f"{claim.number} 追偿分配",
            lines=shared, by=by,
        )  # fmt: skip
    return journal


def _burdens(claim: Claim, shares: Sequence[BorneShare]) -> list[tuple[BorneShare, int]]:
    """The burden account of each share: a party's own, under the pool and the bank."""
    agreement = claim.enrolment.agreement
    stem = f"burden/{agreement.pool.code}/{agreement.bank.code}"
    found = []
    for share in shares:
        holder = share.bearer
        code = f"{stem}/{share.party}/{holder.code}"
        is_lender = share.organisation_id == agreement.bank_id
        bound = LedgerAccount.Bound.NONE if is_lender else LedgerAccount.Bound.DEBIT
        account = ledger.open_account(
            code=code, title=f"{holder} 承担", book=LedgerAccount.Book.BURDEN, bound=bound
        )
        found.append((share, account.pk))
    return found


def _losses(claim: Claim) -> LedgerAccount:
    agreement = claim.enrolment.agreement
    return ledger.open_account(
        code=f"burden/{agreement.pool.code}/{agreement.bank.code}/losses",
        title=f"{agreement.pool.name} {agreement.bank.short_name} 损失",
        book=LedgerAccount.Book.BURDEN,
        bound=LedgerAccount.Bound.NONE,  # what comes back beyond the loss goes to the lender over this account
    )


def _unexplained(agreement: Agreement) -> list[Problem]:
    """A custodian's statement that differs from the ledger freezes payouts until it is explained."""
    found = []
    for source in pool_queries.sources_of(agreement.pool):
        stated = source.cash.stated_balances.order_by("-day", "-id").first()
        gap = ledger_queries.difference(stated) if stated else 0
        if stated and gap:
            found.append(
                Problem(
                    f"{source.name} {stated.day} 对账",
                    f"对账单与账面相差 {yuan_text(gap, grouped=True)} 元",
                    "查明差异并更正前暂停支付",
                    "unreconciled",
                )
            )
    return found


def _lock_enrolment(enrolment_id: UUID) -> Enrolment:
    rows = Enrolment.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("agreement__pool", "agreement__bank", "loan__bank", "loan__borrower").get(
        pk=enrolment_id
    )


def _lock_claim(
    by: Any,
    claim_id: Any,
    *,
    roles: tuple[str, ...],
    year: int | None,
    as_bank: bool = False,
    pays: bool = False,
    seats: tuple[str, ...] = (Seat.BUREAU,),
    scopes: Sequence[str] = queries.PAYOUT,
) -> tuple[Claim, list[Limit]]:
    """The claim and the limits it moves, locked in the house's order, for somebody who may act on it.

    `year` chooses the payout limits when the claim is accepted; later the year of its acceptance does.
    """
    assert connection.in_atomic_block
    own = queries.claims(viewer=by).select_related(None)
    seen = own.select_related("enrolment__agreement__pool", "enrolment__loan").get(pk=claim_id)
    if as_bank:
        if seen.enrolment.loan.bank_id != by.organisation_id:
            raise Claim.DoesNotExist
    else:
        _require_seat(by, seen, seats)
    permit(by, *roles)
    agreement = seen.enrolment.agreement
    if (
        pays
    ):  # no other payee may take effect between the look and the payment; docs/lock-order.md has its place
        Organisation.objects.select_for_update(no_key=True).get(pk=seen.enrolment.loan.bank_id)
    pools.lock_pool(agreement.pool_id)
    decided_on = Claim.objects.values_list("decided_on", flat=True).get(
        pk=claim_id
    )  # under the lock, not before
    decided_in = decided_on.year if decided_on else None
    of_year = (year or decided_in) if scopes == queries.PAYOUT else None
    limits = []
    if scopes != queries.PAYOUT or of_year is not None:
        limits = pools.lock_limits(agreements=[agreement], scopes=scopes, year=of_year)
    enrolment = _lock_enrolment(seen.enrolment_id)
    claim = Claim.objects.select_for_update(of=("self",), no_key=True).get(pk=claim_id)
    claim.enrolment = enrolment
    return claim, limits


def _require_seat(by: Any, claim: Claim, seats: tuple[str, ...]) -> None:
    if not pool_queries.has_seat(viewer=by, pool=claim.enrolment.agreement.pool, seats=seats):
        raise Claim.DoesNotExist


def _require_state(claim: Claim, *states: str) -> None:
    if claim.state not in states:
        wanted = "、".join(str(Claim.State(state).label) for state in states)
        raise Refused(
            Problem("补偿申请", f"{claim.number} {claim.get_state_display()}", f"只有{wanted}时可办", "state")
        )


def _paper_problems(evidence: Sequence[EvidenceFile], kinds: set[str]) -> list[Problem]:
    problems = []
    for paper in evidence:
        if paper.kind not in kinds:
            problems.append(
                Problem("证据材料", f"没有“{paper.kind}”这一类", "请从清单中选择", "evidence_kind")
            )
        if not paper.content:
            problems.append(Problem(f"证据材料 {paper.name}", "文件为空", "请重新上传", "empty"))
    return problems


def _next_number(on: dt.date) -> str:
    """The next claim number of a day; the day's counter is an advisory lock until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('claims.number'), %s)", [on.toordinal()])
    prefix = f"BC-{on:%Y%m%d}-"
    last = Claim.objects.filter(number__startswith=prefix).order_by("-number").first()
    return rules.claim_number(on, int(last.number[-4:]) + 1 if last else 1)
