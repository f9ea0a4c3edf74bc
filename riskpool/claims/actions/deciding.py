"""Accepting (apportion, reserve, use limits), refusing, and taking a claim back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction

from kernel.acts.actions import record
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.models import Approval
from riskpool.claims import due, queries
from riskpool.claims.actions.locking import PREPARES, lock_claim, require_state
from riskpool.claims.models import (
    Apportionment,
    BorneShare,
    Claim,
)
from riskpool.claims.postings import source_lines
from riskpool.ledger import actions as ledger
from riskpool.ledger import queries as ledger_queries
from riskpool.ledger.models import Journal
from riskpool.pools import actions as pools
from riskpool.pools.models import Limit
from riskpool.schemes import engine

if TYPE_CHECKING:
    from uuid import UUID


@transaction.atomic
def accept(*, by: Any, claim_id: UUID, on: dt.date) -> Claim:
    """Accept a claim: apportion it under the locks, keep the working, reserve each source's part, use the limits."""
    claim, limits = lock_claim(by, claim_id, roles=(PREPARES,), year=on.year)
    require_state(claim, Claim.State.FILED)
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
    pools.use(limits, preview.public_fen, preview.by_source)
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
    claim, limits = lock_claim(by, claim_id, roles=(PREPARES,), year=None)
    if not reason.strip():
        raise Refused(Problem("不予补偿的理由", "未填写", "请写明理由和依据条款", "required"))
    return _end(claim, limits, Claim.State.REFUSED, reason.strip(), by, on)


@transaction.atomic
def withdraw(*, by: Any, claim_id: UUID, reason: str, on: dt.date) -> Claim:
    """The bank takes back its own claim before it is paid."""
    claim, limits = lock_claim(by, claim_id, roles=("bank.maker",), year=None, as_bank=True)
    return _end(claim, limits, Claim.State.WITHDRAWN, reason.strip(), by, on)


def _back(taken: Mapping[UUID, int]) -> dict[UUID, int]:
    return {source: -fen for source, fen in taken.items()}


def _end(claim: Claim, limits: Sequence[Limit], state: str, reason: str, by: Any, on: dt.date) -> Claim:
    require_state(claim, Claim.State.FILED, Claim.State.ACCEPTED)
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
        pools.use(limits, -fen_of(claim.reserved), _back(queries.by_source(claim)))
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
