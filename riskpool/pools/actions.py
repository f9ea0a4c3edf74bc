"""Founding pools, taking money in, signing agreements, setting limits. One transaction an action.

Lock order: approval, pool, agreement, limits by id, loan, enrolment, claim, ledger accounts by id.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Sum

from finance.parties.models import Organisation
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.policystore.models import PolicyVersion
from kernel.work.approvals import ask, executes
from kernel.work.models import Approval
from riskpool.ledger import actions as ledger
from riskpool.ledger import queries as ledger_queries
from riskpool.ledger.models import Journal, StatedBalance
from riskpool.ledger.rules import Line
from riskpool.pools import queries, rules
from riskpool.pools.models import (
    AdoptedScheme,
    Agreement,
    Enrolment,
    Limit,
    Pool,
    PoolSeat,
    PoolSource,
)
from riskpool.pools.versions import scheme_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Seat = PoolSeat.Seat
_OF_MONEY = (Seat.BUREAU, Seat.MANAGER)
LARGEST_POSTING_FEN = 10**15  # technical: an account's running totals have eighteen digits
_PREPARES, _SIGNS = "finance_bureau.officer", "finance_bureau.approver"
_PREPARE_MONEY, _SIGN_MONEY = (_PREPARES, "fund_manager.officer"), (_SIGNS, "fund_manager.approver")


@transaction.atomic
def found_pool(
    *, by: Any, code: str, name: str, region: str, opened_on: dt.date, procedure: PolicyVersion
) -> Pool:
    """A new pool under the viewer's bureau, with the published rules of procedure it follows."""
    permit(by, _PREPARES)
    if Pool.objects.filter(code=code).exists():
        raise Refused(Problem("资金池代码", f"“{code}”已被使用", "请换一个代码", "duplicate"))
    assert procedure.kind == PolicyVersion.Kind.PROCEDURE
    pool = Pool.objects.create(code=code, name=name, region=region, opened_on=opened_on, procedure=procedure)
    PoolSeat.objects.create(pool=pool, organisation=by.organisation, seat=Seat.BUREAU)
    record(by=by, verb="pool.found", subject=pool, summary=f"设立资金池 {name}", facts={"code": code})
    return pool


@transaction.atomic
def give_seat(*, by: Any, pool: Pool, organisation: Organisation, seat: str) -> PoolSeat:
    """Let an organisation in to a pool; only its bureau may."""
    _require_seat(by, pool, (Seat.BUREAU,))
    permit(by, _PREPARES)
    given, _ = PoolSeat.objects.get_or_create(pool=pool, organisation=organisation, seat=seat)
    record(
        by=by,
        verb="pool.seat",
        subject=pool,
        summary=f"{organisation.short_name}：{given.get_seat_display()}",
    )
    return given


@transaction.atomic
def add_source(
    *, by: Any, pool: Pool, code: str, name: str, organisation: Organisation, weight: int
) -> PoolSource:
    """A source of money with its three accounts: cash held, free, reserved. Sources keep the order in which they come."""
    _require_seat(by, pool, (Seat.BUREAU,))
    permit(by, _PREPARES)
    place = pool.sources.count() + 1
    stem = f"custody/{pool.code}/{code}"
    accounts = {
        role: ledger.open_account(
            code=f"{stem}/{role}", title=f"{pool.name} {name} {title}", book="custody", bound=bound
        )
        for role, title, bound in (
            ("cash", "存款", "debit"),
            ("free", "可用", "credit"),
            ("reserved", "预留", "credit"),
        )
    }
    source = PoolSource.objects.create(
        pool=pool, code=code, name=name, organisation=organisation, place=place, weight=weight, **accounts
    )
    PoolSeat.objects.get_or_create(pool=pool, organisation=organisation, seat=Seat.CONTRIBUTOR)
    record(by=by, verb="pool.source", subject=pool, summary=f"资金来源 {name}，出资权重 {weight}")
    return source


def propose_contribution(
    *, by: Any, source: PoolSource, fen: int, day: dt.date, reference: str, on: dt.date
) -> Approval:
    """Ask a second person to record money that has arrived from a source."""
    _require_seat(by, source.pool, _OF_MONEY)
    permit(by, *_PREPARE_MONEY)
    problems = []
    if fen <= 0:
        problems.append(Problem("到账金额", "不大于零", "请填写到账金额", "not_positive"))
    if fen > LARGEST_POSTING_FEN:
        problems.append(Problem("到账金额", "超出可记账的范围", "请核对单位是元还是万元", "too_large"))
    problems += not_in_the_future("到账日", day, on)
    if not reference.strip():
        problems.append(Problem("凭证号", "未填写", "请填写银行回单号", "required"))
    refuse_if_any(problems)
    command = {"source": str(source.pk), "fen": fen, "day": day.isoformat(), "reference": reference.strip()}
    summary = f"{source.pool.name} {source.name} 出资到账 {yuan_text(fen, grouped=True)} 元"
    return ask(by=by, kind="pools.contribute", command=command, subject=source, summary=summary)


@executes("pools.contribute")
def _contribute(approval: Approval, by: Any) -> Journal:
    command = approval.command
    permit(by, *_SIGN_MONEY)
    source = PoolSource.objects.select_related("pool").get(pk=command["source"])
    _require_seat(by, source.pool, _OF_MONEY)
    lock_pool(source.pool_id)
    key = f"contribution:{source.pk}:{command['reference']}"
    if Journal.objects.filter(key=key).exists():
        found = f"“{command['reference']}”已登记过到账"
        raise Refused(Problem("凭证号", found, "请核对银行回单号", "duplicate"))
    return ledger.post(
        key=key,
        kind=Journal.Kind.CONTRIBUTION,
        day=dt.date.fromisoformat(command["day"]),
        memo=approval.summary,
        lines=[Line(source.cash_id, source.free_id, command["fen"])],
        by=by,
        approval=approval,
    )


@transaction.atomic
def state_balance(
    *, by: Any, source: PoolSource, day: dt.date, fen: int, reference: str, on: dt.date
) -> StatedBalance:
    """Record the custodian bank's statement of a source's account.

    While an earlier statement differs from the ledger, payouts are frozen; whatever might lift that takes two persons
    (code `needs_second_person`: use `propose_statement`).
    """
    _require_seat(by, source.pool, _OF_MONEY)
    permit(by, *_PREPARE_MONEY)
    refuse_if_any(not_in_the_future("对账日", day, on))
    lock_pool(source.pool_id)
    if unexplained(source):
        raise Refused(
            Problem("对账单", "上一份对账单的差异尚未解除", "更正或新对账单须两人办理", "needs_second_person")
        )
    return _state(by, source, day, fen, reference)


def unexplained(source: PoolSource) -> int:
    """The difference (fen) of the newest statement of a source; anything but zero freezes payouts."""
    stated = source.cash.stated_balances.order_by("-day", "-id").first()
    return ledger_queries.difference(stated) if stated else 0


def propose_statement(
    *, by: Any, source: PoolSource, day: dt.date, fen: int, reference: str, on: dt.date
) -> Approval:
    """Ask a second person to record a statement while an earlier difference is unexplained."""
    _require_seat(by, source.pool, _OF_MONEY)
    permit(by, *_PREPARE_MONEY)
    problems = not_in_the_future("对账日", day, on)
    if not reference.strip():
        problems.append(Problem("对账单来源", "未填写", "请填写对账单名称或编号", "required"))
    if fen < 0:
        problems.append(Problem("对账单余额", "为负数", "请填写不小于零的金额", "negative"))
    refuse_if_any(problems)
    command = {"source": str(source.pk), "fen": fen, "day": day.isoformat(), "reference": reference.strip()}
    gap = yuan_text(unexplained(source), grouped=True)
    summary = f"{source.name} {day} 对账单余额 {yuan_text(fen, grouped=True)} 元（原差异 {gap} 元）"
    return ask(by=by, kind="pools.state_balance", command=command, subject=source, summary=summary)


@executes("pools.state_balance")
def _state_approved(approval: Approval, by: Any) -> StatedBalance:
    permit(by, *_SIGN_MONEY)
    command = approval.command
    source = PoolSource.objects.select_related("pool", "cash").get(pk=command["source"])
    _require_seat(by, source.pool, _OF_MONEY)
    lock_pool(source.pool_id)
    day = dt.date.fromisoformat(command["day"])
    return _state(by, source, day, command["fen"], command["reference"])


def _state(by: Any, source: PoolSource, day: dt.date, fen: int, reference: str) -> StatedBalance:
    stated = ledger.state_balance(account=source.cash, day=day, fen=fen, source=reference, by=by)
    record(
        by=by, verb="pool.statement", subject=source.pool,
        summary=f"{source.name} {day} 对账单余额 {yuan_text(fen, grouped=True)} 元", facts={"reference": reference},
    )  # fmt: skip
    return stated


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
    _require_seat(by, pool, (Seat.BUREAU,))
    permit(by, _PREPARES)
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
    permit(by, _SIGNS)
    command = approval.command
    pool = lock_pool(command["pool"])
    _require_seat(by, pool, (Seat.BUREAU,))
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
    Limit.objects.create(
        scope=Limit.Scope.BANK_EXPOSURE,
        pool=pool,
        agreement=agreement,
        ceiling=money_of(command["exposure_limit_fen"]),
        basis=command["basis"],
    )
    record(by=by, verb="agreement.sign", subject=agreement, summary=approval.summary)
    return agreement


@dataclass(frozen=True)
class LimitTerms:
    """A ceiling (fen) in its scope, with the clause it rests on."""

    scope: str
    ceiling_fen: int
    basis: str
    agreement: Agreement | None = None
    year: int | None = None


def propose_limit(*, by: Any, pool: Pool, terms: LimitTerms) -> Approval:
    """Ask a second person of the bureau to set a limit (a new one, or another ceiling of one that stands)."""
    _require_seat(by, pool, (Seat.BUREAU,))
    permit(by, _PREPARES)
    if terms.ceiling_fen <= 0:
        raise Refused(Problem("限额", "不大于零", "请填写限额", "not_positive"))
    command = {
        "pool": str(pool.pk),
        "scope": terms.scope,
        "agreement": str(terms.agreement.pk) if terms.agreement else None,
        "year": terms.year,
        "ceiling_fen": terms.ceiling_fen,
        "basis": terms.basis,
    }
    label = Limit.Scope(terms.scope).label
    whose = f"（{terms.agreement.bank.short_name}）" if terms.agreement else ""
    summary = f"{pool.name} {terms.year or ''}{label}{whose} {yuan_text(terms.ceiling_fen, grouped=True)} 元"
    return ask(by=by, kind="pools.set_limit", command=command, subject=pool, summary=summary)


@executes("pools.set_limit")
def _set_limit(approval: Approval, by: Any) -> Limit:
    permit(by, _SIGNS)
    command = approval.command
    pool = lock_pool(command["pool"])
    _require_seat(by, pool, (Seat.BUREAU,))
    key = {
        "scope": command["scope"],
        "pool": pool,
        "agreement_id": command["agreement"],
        "year": command["year"],
    }
    limit = Limit.objects.select_for_update(no_key=True).filter(**key).first()
    ceiling = money_of(command["ceiling_fen"])
    if limit is None:
        limit = Limit(**key)
        limit.used = money_of(use_so_far(limit))
    if fen_of(limit.used) > command["ceiling_fen"]:
        used = yuan_text(fen_of(limit.used), grouped=True)
        raise Refused(Problem("限额", f"已使用 {used} 元，高于新限额", "新限额不得低于已使用额", "below_use"))
    limit.ceiling, limit.basis = ceiling, command["basis"]
    limit.save()
    record(by=by, verb="limit.set", subject=limit, summary=approval.summary)
    return limit


_payouts: list[Callable[[Limit], int]] = []


def tells_payouts(function: Callable[[Limit], int]) -> Callable[[Limit], int]:
    """Register the room above that knows what a payout limit has used (fen): accepted and paid claims."""
    _payouts.append(function)
    return function


def use_so_far(limit: Limit) -> int:
    """What a limit has used already (fen) by what stands in the pool, whether or not it was limited before."""
    if limit.year is not None:
        return sum(function(limit) for function in _payouts)
    held = Enrolment.objects.filter(agreement__pool=limit.pool_id)
    if limit.agreement_id:
        held = held.filter(agreement=limit.agreement_id)
    return int((held.aggregate(total=Sum("exposure"))["total"] or 0) * 100)


def not_in_the_future(where: str, day: dt.date, on: dt.date) -> list[Problem]:
    """A thing that has not happened yet is not recorded."""
    return [Problem(where, f"{day} 晚于今天（{on}）", "请填写已经发生的日期", "future")] if day > on else []


def lock_pool(pool_id: Any) -> Pool:
    """The pool's row, locked: the first lock of everything that moves its money or limits."""
    return Pool.objects.select_for_update(no_key=True).get(pk=pool_id)


def lock_limits(
    *, agreements: Sequence[Agreement], scopes: Iterable[str], year: int | None = None
) -> list[Limit]:
    """The limits of these scopes that bind these agreements, locked in id order."""
    scopes = list(scopes)
    of_bank = Limit.objects.filter(agreement__in=agreements, scope__in=scopes)
    of_pool = Limit.objects.filter(agreement=None, pool__in=[a.pool_id for a in agreements], scope__in=scopes)
    ids = [
        *of_bank.filter(year=year).values_list("pk", flat=True),
        *of_pool.filter(year=year).values_list("pk", flat=True),
    ]
    return list(Limit.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))


def room_in(limits: Iterable[Limit]) -> int:
    """The smallest room left (fen) in locked limits; unbounded when there are none."""
    rooms = [fen_of(limit.ceiling) - fen_of(limit.used) for limit in limits]
    return min(rooms, default=2**62)


def use(limits: Iterable[Limit], fen: int) -> None:
    """Use (or, below zero, give back) room in locked limits; the caller has looked whether there is room."""
    limits = list(limits)
    take(limits, fen)
    keep(limits)


def take(limits: Iterable[Limit], fen: int) -> None:
    """The same in memory only, for many loans under one lock; `keep` writes it."""
    for limit in limits:
        limit.used = money_of(fen_of(limit.used) + fen)


def keep(limits: Iterable[Limit]) -> None:
    """Write what has been taken."""
    for limit in limits:
        limit.save(update_fields=["used", "used_currency"])


def _require_seat(by: Any, pool: Pool, seats: tuple[str, ...]) -> None:
    """Another organisation's pool does not exist for the caller."""
    if not queries.has_seat(viewer=by, pool=pool, seats=seats):
        raise Pool.DoesNotExist
