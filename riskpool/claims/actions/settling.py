"""Carrying a calculation out: what goes into escrow, is paid, comes free again or is owed, each with its journal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kernel.acts.actions import record
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.models import Approval
from kernel.work.outbox import put
from riskpool.claims import queries
from riskpool.claims.actions.burdens import burdens, losses
from riskpool.claims.actions.clocks import end_clocks
from riskpool.claims.actions.owing import owe
from riskpool.claims.models import (
    Apportionment,
    BorneShare,
    Claim,
    Payment,
    Receivable,
    SettledShare,
    Settlement,
)
from riskpool.claims.postings import burden_lines, source_lines
from riskpool.claims.queries import PAYOUT
from riskpool.claims.rules import Moves
from riskpool.claims.standing import Key, came_back
from riskpool.ledger import actions as ledger
from riskpool.ledger.models import Journal
from riskpool.pools import actions as pools
from riskpool.pools.models import Enrolment, Limit, Pool
from riskpool.treasury import actions as treasury

if TYPE_CHECKING:
    from uuid import UUID

Stage = Apportionment.Stage


@dataclass(frozen=True)
class Order:
    """A calculation to be carried out, on whose approval, by whom, when, and to which account of the bank."""

    row: Apportionment
    moves: Mapping[Key, Moves]
    approval: Approval
    by: Any
    day: dt.date
    payee: Any
    reserved_before: bool
    reason: str = ""
    article: str = ""

    @property
    def claim(self) -> Claim:
        return self.row.claim

    def key(self, word: str) -> str:
        """The journal's key."""
        return self.claim.journal_key(word, self.row.seq)

    @property
    def part(self) -> str:
        """Which part of what the approval pays this is: a year's approval pays many claims."""
        return str(self.claim.pk) if self.row.run_id else ""

    def total(self, name: str) -> int:
        return sum(getattr(move, name) for key, move in self.moves.items() if key[1] is not None)


def payouts(pool: Pool, moves: Mapping[Key, Moves], part: str = "") -> list[tuple[str, int, int]]:
    """(part, cash account, fen) of what the moves pay: what the command of an approval says that it takes."""
    cash = dict(pool.sources.values_list("pk", "cash_id"))
    return [(part, cash[source], move.paid) for (_, source, _), move in moves.items() if source is not None]


def carry_out(order: Order, limits: Sequence[Limit]) -> Settlement:
    """Post, move the claim's sums, and keep what was done; everything is locked and checked by the caller."""
    claim, row = order.claim, order.row
    held = queries.by_source(claim)
    shares = {
        share.key: share
        for share in row.shares.select_related(
            "source__pool", "source__free", "source__reserved", "organisation"
        )
    }
    journal = _post_money(order, shares)
    sets_aside = row.stage == Stage.ESTIMATE
    payment = None
    if order.total("paid"):
        assert journal is not None
        payment = Payment.objects.create(
            claim=claim, seq=row.seq, approval=order.approval, journal=journal, payee=order.payee,
            amount=money_of(order.total("paid")), paid_on=order.day,
        )  # fmt: skip
        treasury.order(
            subject=claim,
            journal=journal,
            payee=order.payee,
            day=order.day,
            purpose=f"{claim.number} 风险补偿款",
        )
    ends = row.stage in (Stage.FINAL, Stage.YEAR) or (
        row.stage == Stage.REPAIR and claim.state == Claim.State.PAID
    )
    settlement = Settlement.objects.create(
        claim=claim, apportionment=row, approval=order.approval, payment=payment, settled_on=order.day, ends=ends,
        **{name: money_of(order.total(name)) for name in ("to_escrow", "paid", "freed", "owed")},
    )  # fmt: skip
    SettledShare.objects.bulk_create(
        SettledShare(
            settlement=settlement, share=shares[key],
            **{
                name: money_of(getattr(move, name))
                for name in ("to_escrow", "paid", "from_escrow", "freed", "owed")
            },
        )
        for key, move in order.moves.items()
        if key[1] is not None
    )  # fmt: skip
    if not sets_aside:
        _post_burden(order, list(shares.values()))
    _move_sums(order, limits, held)
    if order.total("owed"):
        kind = Receivable.Kind.REPAIR if row.stage == Stage.REPAIR else Receivable.Kind.SETTLEMENT
        parts = [(shares[key], move.owed, 0) for key, move in order.moves.items() if key[1] and move.owed]
        owe(
            claim, kind, parts, reason=order.reason, article=order.article, approval=order.approval,
            by=order.by, day=order.day,
        )  # fmt: skip
    _move_state(order, ends)
    if ends:
        _release_exposure(claim.enrolment, [limit for limit in limits if limit.scope not in PAYOUT])
    if not sets_aside:
        put(kind="claims.paid", payload={"claim": str(claim.pk)}, effect_key=f"proof:{claim.pk}:{row.seq}")
    record(
        by=order.by, verb="claim.pay" if row.seq == claim.accepted_seq else "claim.settle", subject=claim,
        summary=order.approval.summary,
        facts={"calculation": row.sha256, "seq": row.seq} | ({"journal": str(journal.pk)} if journal else {}),
    )  # fmt: skip
    return settlement


def _post_money(order: Order, shares: Mapping[Key, BorneShare]) -> Journal | None:
    """Reserve what comes from free money, set aside or pay, free what is left; the journal of the payment, if any."""
    claim = order.claim
    rows = [(shares[key].of_pool, move) for key, move in order.moves.items() if key[1] is not None]
    escrow = {source.pk: pools.escrow_account(source).pk for source, move in rows if _uses_escrow(move)}
    common = {"day": order.day, "by": order.by, "approval": order.approval}
    if not order.reserved_before and order.total("from_free"):
        lines = source_lines([(s.free_id, s.reserved_id, move.from_free) for s, move in rows])
        ledger.post(
            key=order.key("reserved"), kind=Journal.Kind.CLAIM_RESERVED, memo=f"{claim.number} 清算预留",
            lines=lines, **common,
        )  # fmt: skip
    journal = None
    if order.total("to_escrow"):
        lines = source_lines(
            [(s.reserved_id, escrow[s.pk], move.to_escrow) for s, move in rows if move.to_escrow]
        )
        ledger.post(
            key=order.key("escrowed"), kind=Journal.Kind.CLAIM_ESCROWED, memo=order.approval.summary,
            lines=lines, **common,
        )  # fmt: skip
    if order.total("paid"):
        out = [(s.reserved_id, s.cash_id, move.from_free) for s, move in rows]
        out += [(escrow[s.pk], s.cash_id, move.from_escrow) for s, move in rows if move.from_escrow]
        journal = ledger.post(
            key=order.key("paid"), kind=Journal.Kind.CLAIM_PAID, memo=order.approval.summary,
            lines=source_lines(out), part=order.part, **common,
        )  # fmt: skip
    if order.total("freed"):
        lines = source_lines([(escrow[s.pk], s.free_id, move.freed) for s, move in rows if move.freed])
        ledger.post(
            key=order.key("settled"), kind=Journal.Kind.CLAIM_SETTLED, memo=f"{claim.number} 清算退回",
            lines=lines, **common,
        )  # fmt: skip
    return journal


def _uses_escrow(move: Moves) -> bool:
    return bool(move.to_escrow or move.from_escrow or move.freed)


def _post_burden(order: Order, shares: Sequence[BorneShare]) -> None:
    """The burden book follows what each party bears now; what a party bore before is taken off.

    Nobody but the lender bears less than nothing: what a share has had back beyond what it bears now is not owed to it a
    second time (`rules.moves_to_settle`), and the lender carries the difference until the next recovery levels it.
    """
    claim = order.claim
    last = (
        BorneShare.objects.filter(apportionment__claim=claim, apportionment__settlement__isnull=False)
        .exclude(apportionment__stage=Stage.ESTIMATE)
        .exclude(apportionment=order.row)
        .order_by("-apportionment__seq")
    )
    newest = last.values_list("apportionment", flat=True).first()
    before = {share.key: fen_of(share.borne) for share in last if share.apportionment_id == newest}
    change = _changes(claim, shares, before)
    more = burden_lines([(account, fen) for account, fen in change if fen > 0], losses(claim).pk)
    less = burden_lines([(account, -fen) for account, fen in change if fen < 0], losses(claim).pk, back=True)
    if more or less:
        ledger.post(
            key=order.key("borne"), kind=Journal.Kind.CLAIM_BORNE, day=order.day,
            memo=f"{claim.number} 损失分担", lines=[*more, *less], by=order.by,
        )  # fmt: skip


def _changes(claim: Claim, shares: Sequence[BorneShare], before: Mapping[Key, int]) -> list[tuple[int, int]]:
    """(burden account, fen more or less) of each share; together they are what the covered loss has changed by."""
    back = came_back(claim)
    found, lender, over = [], None, 0
    for share, account in burdens(claim, shares):
        was, now, had = before.get(share.key, 0), fen_of(share.borne), back.get(share.key, 0)
        if share.organisation_id == claim.enrolment.agreement.bank_id:
            lender = (account, now - was)
            continue
        moved = max(now - had, 0) - max(was - had, 0)
        over += now - was - moved
        found.append((account, moved))
    assert lender is not None, "the lender is a party of every scheme"
    return [*found, (lender[0], lender[1] + over)]


def _move_sums(order: Order, limits: Sequence[Limit], held: Mapping[UUID, int]) -> None:
    """The claim's sums. What it holds of the payout limits is what is set aside and what was paid; `held` is what each
    source held before (fen), since a limit of several payers counts only theirs."""
    claim = order.claim
    claim.paid = money_of(fen_of(claim.paid) + order.total("paid"))
    claim.escrowed = money_of(
        fen_of(claim.escrowed) + order.total("to_escrow") - order.total("from_escrow") - order.total("freed")
    )
    holds = fen_of(claim.paid) + fen_of(claim.escrowed)
    grows = holds - fen_of(claim.reserved)
    now = queries.by_source(claim)
    by_source = {source: now.get(source, 0) - held.get(source, 0) for source in {*now, *held}}
    if grows or any(by_source.values()):
        pools.use([limit for limit in limits if limit.scope in PAYOUT], grows, by_source)
    claim.reserved = money_of(holds)


def _move_state(order: Order, ends: bool) -> None:
    claim, row = order.claim, order.row
    if row.stage == Stage.ESTIMATE:
        claim.state = Claim.State.ESCROWED
    else:
        claim.state = Claim.State.PAID if ends else Claim.State.PART_PAID
    claim.save(
        update_fields=[
            *("state", "paid", "paid_currency", "escrowed", "escrowed_currency"),
            *("reserved", "reserved_currency", "owed", "owed_currency"),
        ]
    )
    end_clocks(
        claim, on=order.day, by=order.by, reason=f"{yuan_text(order.total('paid'), grouped=True)} 元已支付"
    )


def _release_exposure(enrolment: Enrolment, limits: Sequence[Limit]) -> None:
    """A claim settled for good takes its loan out of the pool's exposure; one that was closed meanwhile is out."""
    if enrolment.state != Enrolment.State.LIVE:
        return
    pools.use(limits, -fen_of(enrolment.exposure))
    enrolment.exposure = enrolment.committed = money_of(0)
    enrolment.state = Enrolment.State.CLAIMED
    enrolment.save(
        update_fields=["exposure", "exposure_currency", "committed", "committed_currency", "state"]
    )
