"""A bank files a claim on a loan that has gone bad."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.documents.actions import keep_file
from kernel.errors import Problem, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from riskpool.claims import due, rules
from riskpool.claims.actions.clocks import Desk, Kind, tick
from riskpool.claims.actions.locking import lock_enrolment
from riskpool.claims.models import (
    Claim,
    ClaimEvidence,
)
from riskpool.pools import actions as pools
from riskpool.pools import queries as pool_queries
from riskpool.pools.versions import procedure_of

if TYPE_CHECKING:
    from uuid import UUID


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
    enrolment = lock_enrolment(enrolment_id)
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
    tick(claim, Desk.DECISION, Kind.START, on=on, by=by, reason="银行提交申请")
    record(
        by=by, verb="claim.file", subject=claim, facts={"loss_fen": dict(loss)},
        summary=f"申请补偿 {claim.number}，损失 {yuan_text(fen_of(claim.claimed), grouped=True)} 元",
    )  # fmt: skip
    return claim


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
