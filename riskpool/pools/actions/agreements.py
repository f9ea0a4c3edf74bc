"""A bank and a pool agree, and two persons of the bureau put it into force."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.backends.postgresql.psycopg_any import DateRange

from finance.parties.models import Organisation
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.policystore import queries as policies
from kernel.policystore.models import PolicyVersion
from kernel.policystore.rules import told
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

if TYPE_CHECKING:
    from riskpool.schemes.terms import Scheme


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
    problems = bearer_problems(pool, scheme, terms.bearers)
    problems += version_problems(terms.scheme, scheme, terms.valid_from)
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


def bearer_problems(pool: Pool, scheme: Scheme, bearers: dict[str, Any]) -> list[Problem]:
    """Every fault in who shall stand behind the parties of a scheme, unknown organisations included."""
    problems = rules.bearer_problems(scheme, bearers, list(pool.sources.values_list("code", flat=True)))
    for holder in bearers.values():
        name = holder.get("organisation") if isinstance(holder, dict) else None
        if name is not None and not Organisation.objects.filter(code=name).exists():
            problems.append(Problem("分担方", f"没有代码为“{name}”的机构", "请先登记该机构", "bearer"))
    return problems


def version_problems(version: PolicyVersion, scheme: Scheme, first: dt.date) -> list[Problem]:
    """Why a version cannot be followed from a day: not published, not in force on that day, in another currency."""
    where = "损失分担方案"
    if version.state != PolicyVersion.State.PUBLISHED:
        return [Problem(where, f"“{version.version}”尚未发布", "请选择已发布的版本", "draft")]
    problems = []
    spans = policies.standing([version]).get(version.pk, ())
    if not any(span.holds(first) for span in spans):
        found = f"{version.version} 在 {first} 未施行（施行期：{told(spans)}）"
        problems.append(Problem(where, found, "请选择当日施行的版本，或改起始日", "not_in_force"))
    if scheme.currency != "CNY":
        problems.append(Problem(where, f"币种为 {scheme.currency}", "资金池只收支人民币", "currency"))
    return problems


def followed_from(first: dt.date, agreement: Agreement, version: PolicyVersion) -> DateRange:
    """The days on which a version is followed: from a day to the end of the agreement, or to the version's own last day
    where its text states one. Loans lent later need another version to be adopted.
    """
    ends = [agreement.validity.upper] if agreement.validity.upper else []
    if version.valid_to is not None and version.valid_to < dt.date.max:
        ends.append(version.valid_to + dt.timedelta(days=1))
    return DateRange(first, min(ends, default=None))


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
    refuse_if_any(version_problems(version, scheme_of(version.pk), validity.lower))
    AdoptedScheme.objects.create(
        agreement=agreement,
        version=version,
        validity=followed_from(validity.lower, agreement, version),
        approval=approval,
    )
    agree_ceiling(
        pool=pool, scope=Limit.Scope.BANK_EXPOSURE, agreement_id=agreement.pk, fen=command["exposure_limit_fen"],
        basis=command["basis"], in_force_from=validity.lower, approval=approval,
    )  # fmt: skip
    record(by=by, verb="agreement.sign", subject=agreement, summary=approval.summary)
    return agreement
