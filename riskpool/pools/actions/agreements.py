"""A bank and a pool agree, and two persons of the bureau put it into force."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from finance.parties.models import Organisation
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.policystore.models import PolicyVersion
from kernel.work.approvals import ask, executes
from kernel.work.models import Approval
from riskpool.pools import rules
from riskpool.pools.actions.limits import agree_ceiling
from riskpool.pools.actions.locking import PREPARES, SIGNS, Seat, lock_pool, require_seat
from riskpool.pools.models import (
    AdoptedScheme,
    Agreement,
    Limit,
    Pool,
)
from riskpool.pools.versions import scheme_of


@dataclass(frozen=True)
class AgreementTerms:
    """What a bank and a pool agree; amounts in fen, `valid_to` the last day or None."""

    number: str
    bank: Organisation
    signed_on: dt.date
    valid_from: dt.date
    valid_to: dt.date | None
    scheme: PolicyVersion
    bearers: dict[str, Any]
    exposure_limit_fen: int
    basis: str


def propose_agreement(*, by: Any, pool: Pool, terms: AgreementTerms) -> Approval:
    """Ask a second person of the bureau to put an agreement into force; every fault of its terms is told at once."""
    require_seat(by, pool, (Seat.BUREAU,))
    permit(by, PREPARES)
    scheme = scheme_of(terms.scheme.pk)
    problems = rules.bearer_problems(scheme, terms.bearers, list(pool.sources.values_list("code", flat=True)))
    for holder in terms.bearers.values():
        name = holder.get("organisation") if isinstance(holder, dict) else None
        if name is not None and not Organisation.objects.filter(code=name).exists():
            problems.append(Problem("分担方", f"没有代码为“{name}”的机构", "请先登记该机构", "bearer"))
    if terms.scheme.state != PolicyVersion.State.PUBLISHED:
        problems.append(
            Problem("损失分担方案", f"“{terms.scheme.version}”尚未发布", "请选择已发布的版本", "draft")
        )
    if terms.valid_to is not None and terms.valid_to < terms.valid_from:
        problems.append(Problem("有效期", "止日早于起日", "请核对日期", "dates"))
    if Agreement.objects.filter(number=terms.number).exists():
        problems.append(Problem("协议编号", f"“{terms.number}”已被使用", "请核对编号", "duplicate"))
    if terms.exposure_limit_fen <= 0:
        problems.append(Problem("在池余额上限", "不大于零", "请按协议填写", "not_positive"))
    refuse_if_any(problems)
    command = {
        "pool": str(pool.pk),
        "number": terms.number,
        "bank": str(terms.bank.pk),
        "signed_on": terms.signed_on.isoformat(),
        "valid_from": terms.valid_from.isoformat(),
        "valid_to": terms.valid_to.isoformat() if terms.valid_to else None,
        "scheme": str(terms.scheme.pk),
        "scheme_sha256": terms.scheme.sha256,
        "bearers": terms.bearers,
        "exposure_limit_fen": terms.exposure_limit_fen,
        "basis": terms.basis,
    }
    summary = f"{pool.name}与{terms.bank.short_name}合作协议 {terms.number}，方案 {terms.scheme.version}"
    return ask(by=by, kind="pools.sign_agreement", command=command, subject=pool, summary=summary)


@executes("pools.sign_agreement")
def _sign_agreement(approval: Approval, by: Any) -> Agreement:
    permit(by, SIGNS)
    command = approval.command
    pool = lock_pool(command["pool"])
    require_seat(by, pool, (Seat.BUREAU,))
    ends = dt.date.fromisoformat(command["valid_to"]) + dt.timedelta(days=1) if command["valid_to"] else None
    validity = DateRange(dt.date.fromisoformat(command["valid_from"]), ends)
    if Agreement.objects.filter(number=command["number"]).exists():
        raise Refused(Problem("协议编号", f"“{command['number']}”已被使用", "请核对编号", "duplicate"))
    overlapping = Agreement.objects.filter(
        pool=pool, bank_id=command["bank"], validity__overlap=validity
    ).first()
    if overlapping is not None:
        raise Refused(
            Problem("有效期", f"与协议 {overlapping.number} 重叠", "请先终止原协议或调整起止日", "overlap")
        )
    agreement = Agreement.objects.create(
        number=command["number"],
        pool=pool,
        bank_id=command["bank"],
        signed_on=dt.date.fromisoformat(command["signed_on"]),
        validity=validity,
        bearers=command["bearers"],
    )
    version = PolicyVersion.objects.get(pk=command["scheme"])
    assert version.sha256 == command["scheme_sha256"], "a published version never changes"
    AdoptedScheme.objects.create(agreement=agreement, version=version, validity=validity, approval=approval)
    agree_ceiling(
        pool=pool, scope=Limit.Scope.BANK_EXPOSURE, agreement_id=agreement.pk, fen=command["exposure_limit_fen"],
        basis=command["basis"], in_force_from=validity.lower, approval=approval,
    )  # fmt: skip
    record(by=by, verb="agreement.sign", subject=agreement, summary=approval.summary)
    return agreement
