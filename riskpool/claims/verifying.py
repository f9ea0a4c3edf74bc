"""What `manage.py verify` asks of the claims: every stored decision, share, sum, journal and receivable agrees."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Sum

from kernel.errors import Refused
from kernel.money.fields import fen_of
from riskpool.claims.models import (
    Apportionment,
    BorneShare,
    Claim,
    Receivable,
    ReturnedShare,
    Settlement,
    YearRun,
)
from riskpool.claims.owed import outstanding_fen
from riskpool.claims.replaying import claims_of, digest_again, digest_of, replayed
from riskpool.claims.standing import standing_of
from riskpool.ledger import queries as ledger
from riskpool.ledger.models import Journal, LedgerAccount
from riskpool.pools.models import PoolSource
from riskpool.schemes.stages import BankYear, replay_year
from riskpool.treasury.queries import failed_fen


def faults() -> list[str]:
    """Sentences naming every claim whose stored decisions, shares, sums or ledger do not agree. Reads all claims."""
    return [*_calculations(), *_years(), *_claims(), *_escrow(), *_receivables()]


def _calculations() -> Iterable[str]:
    rows = Apportionment.objects.select_related("claim", "run").prefetch_related("shares")
    years: dict[Any, BankYear] = {}
    for row in rows.iterator(chunk_size=200):
        number = row.claim.number
        try:
            again = replayed(row, years)
        except Refused as refused:
            yield f"补偿申请 {number}：存档的分担不能重算（{refused}）"
            continue
        if digest_again(row, again) != row.sha256:
            yield f"补偿申请 {number}：分担摘要不符"
        borne: dict[str, int] = {}
        for share in row.shares.all():
            borne[share.party] = borne.get(share.party, 0) + fen_of(share.borne)
        if {k: v for k, v in borne.items() if v} != {k: v for k, v in again.borne.items() if v}:
            yield f"补偿申请 {number}：分担明细与重算结果不符"


def _years() -> Iterable[str]:
    """Every run of a bank's year comes to the same again, names each claim once, and its sums are those of its parts."""
    for run in YearRun.objects.select_related("bank_year__agreement").prefetch_related(
        "parts__claim__bank_year"
    ):
        named = f"{run.bank_year} 第{run.seq}次结算"
        try:
            replay_year(run.working)
        except Refused as refused:
            yield f"{named}：存档的年度计算不能重算（{refused}）"
            continue
        if digest_of(run) != run.sha256:
            yield f"{named}：年度摘要不符"
        parts = list(run.parts.all())
        if sorted(part.claim.number for part in parts) != sorted(one.reference for one in claims_of(run)):
            yield f"{named}：参与的申请与存档不符"
        if any(part.claim.bank_year_id != run.bank_year_id for part in parts):
            yield f"{named}：有申请不属于该年度"
        if sum(fen_of(part.covered) for part in parts) != fen_of(run.covered):
            yield f"{named}：方案内损失合计与各申请之和不符"
        borne = BorneShare.objects.filter(apportionment__run=run, source__isnull=False)
        if int((borne.aggregate(total=Sum("borne"))["total"] or 0) * 100) != fen_of(run.entitled):
            yield f"{named}：应补偿合计与各申请之和不符"
        for name in ("paid", "owed"):
            moved = Settlement.objects.filter(apportionment__run=run).aggregate(total=Sum(name))["total"] or 0
            if int(moved * 100) != fen_of(getattr(run, name)):
                yield f"{named}：收付合计与各申请之和不符"


def _claims() -> Iterable[str]:
    rows = (
        Claim.objects.exclude(apportionment=None).distinct().prefetch_related("settlements__payment__journal")
    )
    for claim in rows:
        if claim.state == Claim.State.ACCEPTED:
            entitled = sum(
                fen_of(share.borne) for share in claim.apportionment.shares.all() if share.source_id
            )
            if entitled != fen_of(claim.reserved):
                yield f"补偿申请 {claim.number}：预留额与分担明细不符"
        if claim.settlements.all():
            yield from _settled(claim)


def _settled(claim: Claim) -> Iterable[str]:
    standing = standing_of(claim)
    paid = sum(stood.paid for stood in standing.values())
    moved = 0
    for settlement in claim.settlements.all():
        payment = settlement.payment
        if payment is not None:
            posted = sum(line.fen for line in ledger.lines_of(payment.journal))
            moved += posted
            if posted != fen_of(payment.amount):
                yield f"补偿申请 {claim.number}：支付额与凭证不符"
            if payment.amount != settlement.paid:
                yield f"补偿申请 {claim.number}：支付额与结算不符"
    failed = failed_fen("claims.claim", claim.pk)  # owed still, and reserved, until two persons pay it again
    if not fen_of(claim.paid) + failed == paid == moved:
        yield f"补偿申请 {claim.number}：支付额与凭证不符"
    if claim.state == Claim.State.REFUSED:  # what was set aside was released by a journal of its own
        return
    if sum(stood.escrowed for stood in standing.values()) != fen_of(claim.escrowed):
        yield f"补偿申请 {claim.number}：保证金与结算明细不符"
    if fen_of(claim.reserved) != fen_of(claim.paid) + failed + fen_of(claim.escrowed):
        yield f"补偿申请 {claim.number}：预留额不等于已支付与保证金之和"
    for share in claim.apportionment.shares.all():
        stood = standing.get(share.key)
        if share.source_id is None or stood is None:
            continue
        held = stood.escrowed if claim.state == Claim.State.ESCROWED else stood.kept
        if held != fen_of(share.borne) and not (held > fen_of(share.borne) and held == stood.back):
            yield f"补偿申请 {claim.number}：{share.party}收付与分担结果不符"
    of_pool = ReturnedShare.objects.filter(recovery__claim=claim, share__source__isnull=False)
    if int((of_pool.aggregate(total=Sum("amount"))["total"] or 0) * 100) != fen_of(claim.returned):
        yield f"补偿申请 {claim.number}：返还额与追偿明细不符"


def _escrow() -> Iterable[str]:
    """What lies in the escrow accounts of a pool is what its claims have set aside."""
    for source in PoolSource.objects.select_related("pool"):
        account = LedgerAccount.objects.filter(
            code=f"custody/{source.pool.code}/{source.code}/escrow"
        ).first()
        held = ledger.balance(account) if account else 0
        claims = Claim.objects.filter(state=Claim.State.ESCROWED, enrolment__agreement__pool=source.pool)
        expected = sum(
            stood.escrowed
            for claim in claims
            for (_, of_source, _), stood in standing_of(claim).items()
            if of_source == source.pk
        )
        if held != expected:
            yield f"{source.pool.name} {source.name}：保证金账户与各申请之和不符"


def _receivables() -> Iterable[str]:
    for claim in Claim.objects.exclude(receivables=None).distinct():
        rows: list[Receivable] = list(claim.receivables.prefetch_related("shares", "arrivals"))
        if sum(fen_of(row.amount) for row in rows) != fen_of(claim.owed):
            yield f"补偿申请 {claim.number}：应收合计与明细不符"
        arrived = sum(fen_of(arrival.principal) for row in rows for arrival in row.arrivals.all())
        if arrived != fen_of(claim.repaid):
            yield f"补偿申请 {claim.number}：应收到账合计与明细不符"
        for row in rows:
            of_shares = sum(fen_of(share.amount) + fen_of(share.interest) for share in row.shares.all())
            if of_shares != fen_of(row.amount) + fen_of(row.interest) or outstanding_fen(row) < 0:
                yield f"补偿申请 {claim.number}：应收 {row.seq} 的来源明细不符"
    owed = LedgerAccount.objects.filter(code__contains="/owed/")
    declared = Journal.objects.filter(kind=Journal.Kind.CLAIM_OWED).aggregate(total=Sum("transfers__amount"))
    outstanding = sum(outstanding_fen(row) for row in Receivable.objects.prefetch_related("arrivals"))
    if sum(ledger.balance(account) for account in owed) != outstanding:
        yield "应收账户余额与未收的应收之和不符"
    total = sum(fen_of(row.amount) + fen_of(row.interest) for row in Receivable.objects.all())
    if int((declared["total"] or 0) * 100) != total:
        yield "确认应收的凭证与应收之和不符"
