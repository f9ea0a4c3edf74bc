"""Setting limits by two persons, and using the room in them under lock."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone

from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from kernel.work.models import Approval
from riskpool.pools import using
from riskpool.pools.actions.locking import PREPARES, SIGNS, Seat, lock_pool, not_in_the_future, require_seat
from riskpool.pools.models import (
    Agreement,
    Ceiling,
    Limit,
    LimitGroup,
    LimitGroupMember,
    Pool,
    PoolSource,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from finance.loans.models import Loan


@dataclass(frozen=True)
class LimitTerms:
    """A ceiling (fen) in its scope, with the clause it rests on.

    Of a borrower's or a loan's scope it is the rule for each; without a year, of a yearly scope, for each year. A joint
    one names its group, with members when the group is new. Without `in_force_from` it is in force from the beginning of
    what it bounds, or, where a ceiling stands already, from the day it is asked for.
    """

    scope: str
    ceiling_fen: int
    basis: str
    agreement: Agreement | None = None
    year: int | None = None
    in_force_from: dt.date | None = None
    group: str = ""
    agreements: tuple[Agreement, ...] = ()
    sources: tuple[PoolSource, ...] = ()


@in_chinese
def propose_limit(*, by: Any, pool: Pool, terms: LimitTerms, on: dt.date | None = None) -> Approval:
    """Ask a second person of the bureau to set a limit (a new one, or another ceiling of one that stands)."""
    require_seat(by, pool, (Seat.BUREAU,))
    permit(by, PREPARES)
    refuse_if_any(_faults(pool, terms, on))
    command = {
        "pool": str(pool.pk),
        "scope": terms.scope,
        "agreement": str(terms.agreement.pk) if terms.agreement else None,
        "year": terms.year,
        "ceiling_fen": terms.ceiling_fen,
        "basis": terms.basis,
        "in_force_from": terms.in_force_from.isoformat() if terms.in_force_from else None,
        "group": terms.group.strip(),
        "agreements": [str(one.pk) for one in terms.agreements],
        "sources": [str(one.pk) for one in terms.sources],
    }
    label = Limit.Scope(terms.scope).label
    whose = terms.group.strip() or (terms.agreement.bank.short_name if terms.agreement else "")
    whose = f"（{whose}）" if whose else ""
    summary = f"{pool.name} {terms.year or ''}{label}{whose} {yuan_text(terms.ceiling_fen, grouped=True)} 元"
    return ask(by=by, kind="pools.set_limit", command=command, subject=pool, summary=summary)


def _faults(pool: Pool, terms: LimitTerms, on: dt.date | None) -> list[Problem]:
    problems = []
    if terms.ceiling_fen <= 0:
        problems.append(Problem("限额", "不大于零", "请填写限额", "not_positive"))
    if on is not None and terms.in_force_from is not None:
        problems += not_in_the_future("生效日", terms.in_force_from, on)
    if (terms.scope in using.OF_BANK) != bool(terms.agreement) and terms.scope not in (
        *using.OF_BORROWER,
        *using.OF_LOAN,
    ):
        problems.append(
            Problem("合作协议", "与限额种类不符", "银行限额须选协议，资金池和合并限额不选", "agreement")
        )
    if terms.year is not None and terms.scope not in using.YEARLY:
        problems.append(Problem("年度", "此种限额不分年度", "请不填年度", "year"))
    if (terms.scope in using.JOINT) != bool(terms.group.strip()):
        problems.append(Problem("合并名称", "与限额种类不符", "合并限额须填名称，其他限额不填", "group"))
    if terms.sources and terms.scope != Limit.Scope.JOINT_YEAR_PAYOUT:
        problems.append(Problem("资金来源", "只有合并年度补偿上限按资金来源合并", "请改选", "sources"))
    standing = LimitGroup.objects.filter(pool=pool, name=terms.group.strip()).exists()
    if terms.group.strip() and standing == bool(terms.agreements or terms.sources):
        found = "已有同名的合并，成员不能改动" if standing else "没有写明合并哪些协议或资金来源"
        problems.append(Problem("合并成员", found, "新的合并请另取名称并选成员", "members"))
    foreign = any(one.pool_id != pool.pk for one in terms.agreements)
    foreign = foreign or any(one.pool_id != pool.pk for one in terms.sources)
    if foreign or (terms.agreement and terms.agreement.pool_id != pool.pk):
        problems.append(Problem("合作协议", "不属于这个资金池", "请选择本资金池的", "foreign"))
    return problems


@executes("pools.set_limit")
def _set_limit(approval: Approval, by: Any) -> Ceiling:
    permit(by, SIGNS)
    command = approval.command
    pool = lock_pool(command["pool"])
    require_seat(by, pool, (Seat.BUREAU,))
    day = command.get("in_force_from")
    ceiling = agree_ceiling(
        pool=pool,
        scope=command["scope"],
        agreement_id=command["agreement"],
        group=_group(pool, command),
        year=command["year"],
        fen=command["ceiling_fen"],
        basis=command["basis"],
        in_force_from=dt.date.fromisoformat(day) if day else None,
        approval=approval,
    )
    record(by=by, verb="limit.set", subject=ceiling, summary=approval.summary)
    return ceiling


def _group(pool: Pool, command: Mapping[str, Any]) -> LimitGroup | None:
    if not command.get("group"):
        return None
    group = LimitGroup.objects.filter(pool=pool, name=command["group"]).first()
    if group is None:
        group = LimitGroup.objects.create(pool=pool, name=command["group"])
        LimitGroupMember.objects.bulk_create(
            [
                *(LimitGroupMember(group=group, agreement_id=pk) for pk in command["agreements"]),
                *(LimitGroupMember(group=group, source_id=pk) for pk in command["sources"]),
            ]
        )
    return group


def agree_ceiling(
    *,
    pool: Pool,
    scope: str,
    fen: int,
    basis: str,
    approval: Approval,
    agreement_id: Any = None,
    group: LimitGroup | None = None,
    year: int | None = None,
    in_force_from: dt.date | None = None,
) -> Ceiling:
    """Write a ceiling that two persons agreed, and let its counters stand by it; the pool is locked.

    Refused, all at once, where more is used already: a limit never begins passed.
    """
    key = {"scope": scope, "pool": pool, "agreement_id": agreement_id, "group": group}
    before = Ceiling.objects.filter(**key, year=year).order_by("-pk").first()
    if before is None:
        start = _beginning(pool, agreement_id, year)
    else:
        start = max(timezone.localdate(approval.made_at), before.in_force_from)
    if before is not None and (in_force_from or start) < before.in_force_from:
        found = f"早于现行约定的生效日 {before.in_force_from.isoformat()}"
        raise Refused(Problem("生效日", found, "后约定的不能先生效，请改日期", "before_the_last"))
    ceiling = Ceiling.objects.create(
        **key, year=year, amount=money_of(fen), basis=basis, in_force_from=in_force_from or start,
        approval=approval,
    )  # fmt: skip
    counters = _counters(ceiling, key, timezone.localdate(approval.made_at).year)
    problems = []
    for limit in counters:
        if limit.pk is None or limit._state.adding:
            limit.used = money_of(using.use_so_far(limit))
        if fen_of(limit.used) > fen:
            used = yuan_text(fen_of(limit.used), grouped=True)
            found = f"已使用 {used} 元，高于新限额"
            problems.append(Problem(limit.title, found, "新限额不得低于已使用额", "below_use"))
    refuse_if_any(problems)
    for limit in counters:
        limit.ceiling, limit.basis, limit.agreed = ceiling.amount, basis, ceiling
        limit.save()
    return ceiling


def _beginning(pool: Pool, agreement_id: Any, year: int | None) -> dt.date:
    if year is not None:
        return dt.date(year, 1, 1)
    if agreement_id:
        first: dt.date = Agreement.objects.get(pk=agreement_id).validity.lower
        return first
    return pool.opened_on


def _counters(ceiling: Ceiling, key: Mapping[str, Any], year_asked: int) -> list[Limit]:
    """The counters that a new ceiling bounds: those that stand, locked, and those that what is in use calls for."""
    of_year = {} if ceiling.year is None else {"year": ceiling.year}
    rows = Limit.objects.select_for_update(no_key=True, of=("self",)).filter(**key, **of_year)
    standing = list(rows.select_related("agreed", "agreement__bank", "borrower", "loan").order_by("pk"))
    if ceiling.year is None:  # a year with a ceiling of its own keeps it
        standing = [limit for limit in standing if limit.agreed.year is None]
    taken = {(row.borrower_id, row.loan_id, row.year) for row in Limit.objects.filter(**key)}
    new = [
        Limit(**key, borrower_id=borrower, loan_id=loan, year=year)
        for borrower, loan, year in sorted(using.subjects_of(ceiling, year_asked) - taken, key=str)
    ]
    return [*standing, *new]


def lock_limits(
    *,
    agreements: Sequence[Agreement],
    scopes: Iterable[str],
    loans: Iterable[Loan],
    year: int | None = None,
) -> list[Limit]:
    """The limits of these scopes that bind these loans under these agreements, locked in id order.

    The caller holds their pools. Where a rule bounds each borrower, each loan or each year, the rows of those that come
    for the first time are made first.
    """
    scopes, loans = [str(scope) for scope in scopes], list(loans)
    pools = {agreement.pool_id for agreement in agreements}
    names = using.KEY
    standing = set(Limit.objects.filter(pool__in=pools, scope__in=scopes).values_list(*names))
    wanted = using.called_for(agreements, loans, scopes, year)
    Limit.objects.bulk_create(limit for key, limit in wanted.items() if key not in standing)
    borrowers = {loan.borrower_id for loan in loans}
    rows = Limit.objects.filter(
        Q(agreement=None) | Q(agreement__in=agreements),
        Q(borrower=None) | Q(borrower__in=borrowers),
        Q(loan=None) | Q(loan__in=loans),
        Q(year=None) | Q(year=year),
        pool__in=pools,
        scope__in=scopes,
    )
    ids = list(rows.values_list("pk", flat=True))
    locked = Limit.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ids)
    found = list(locked.select_related("agreement__bank", "borrower", "loan", "group").order_by("pk"))
    members = using.members_of(found)
    own = {agreement.pk for agreement in agreements}
    found = [
        limit
        for limit in found
        if not (group := using.members(limit, members)).agreements or group.agreements & own
    ]
    for limit in found:
        limit.as_locked = fen_of(limit.used)  # type: ignore[attr-defined]
    return found


def room_in(limits: Iterable[Limit]) -> int:
    """The smallest room left (fen) in locked limits; unbounded when there are none."""
    return min((room_of(limit) for limit in limits), default=2**62)


def room_of(limit: Limit) -> int:
    """What one limit has left (fen)."""
    return fen_of(limit.ceiling) - fen_of(limit.used)


def use(limits: Iterable[Limit], fen: int, by_source: Mapping[UUID, int] | None = None) -> None:
    """Use (or, below zero, give back) room in locked limits; the caller has looked whether there is room.

    `by_source` says what of it each source of the pool pays: limits of several payers count only theirs.
    """
    limits = list(limits)
    take(limits, fen, by_source)
    keep(limits)


def take(limits: Iterable[Limit], fen: int, by_source: Mapping[UUID, int] | None = None) -> None:
    """The same in memory only, for many loans under one lock; `keep` writes it."""
    limits = list(limits)
    members = using.members_of(limits)
    for limit in limits:
        part = using.part_for(using.members(limit, members), fen, by_source)
        limit.used = money_of(fen_of(limit.used) + part)


def keep(limits: Iterable[Limit]) -> None:
    """Write what has been taken."""
    for limit in limits:
        if fen_of(limit.used) != getattr(limit, "as_locked", None):
            limit.save(update_fields=["used", "used_currency"])
            limit.as_locked = fen_of(limit.used)  # type: ignore[attr-defined]
