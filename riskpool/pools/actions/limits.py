"""Setting limits, and using the room in them under lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Sum

from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.errors import Problem, Refused
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from kernel.work.models import Approval
from riskpool.pools.actions.locking import PREPARES, SIGNS, Seat, lock_pool, require_seat
from riskpool.pools.models import (
    Agreement,
    Enrolment,
    Limit,
    Pool,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


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
    require_seat(by, pool, (Seat.BUREAU,))
    permit(by, PREPARES)
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
    permit(by, SIGNS)
    command = approval.command
    pool = lock_pool(command["pool"])
    require_seat(by, pool, (Seat.BUREAU,))
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
