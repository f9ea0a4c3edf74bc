"""What uses a limit, and which ceiling was in force: worked out from the facts, for counters that begin, for past days, and
for checking. Reads, never writes; the caller was let in to the pool.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q, Sum

from finance.parties.models import Organisation
from kernel.money.fields import fen_of
from riskpool.pools.models import Ceiling, Enrolment, Limit, LimitGroupMember, LimitScope

if TYPE_CHECKING:
    from uuid import UUID

    from finance.loans.models import Loan
    from riskpool.pools.models import Agreement

EXPOSURE = tuple(scope for scope in LimitScope if scope.value.endswith("_exposure"))
PAYOUT = tuple(scope for scope in LimitScope if scope.value.endswith("_payout"))
YEARLY = tuple(scope for scope in LimitScope if scope.value.endswith("_year_payout"))
OF_BORROWER = (LimitScope.BORROWER_EXPOSURE, LimitScope.BORROWER_YEAR_PAYOUT)
OF_LOAN = (LimitScope.LOAN_EXPOSURE, LimitScope.LOAN_PAYOUT)
JOINT = (LimitScope.JOINT_EXPOSURE, LimitScope.JOINT_YEAR_PAYOUT)
OF_BANK = (LimitScope.BANK_EXPOSURE, LimitScope.BANK_YEAR_PAYOUT)


@dataclass(frozen=True)
class Members:
    """Whom a group binds: the agreements (none: all of its pool) and the sources whose payments count (none: all)."""

    agreements: frozenset[UUID] = frozenset()
    sources: frozenset[UUID] = frozenset()


ALL = Members()


def members_of(limits: Iterable[Limit | Ceiling]) -> dict[UUID, Members]:
    """The members of the groups that these limits name."""
    groups = {limit.group_id for limit in limits if limit.group_id}
    if not groups:
        return {}
    found: dict[UUID, Members] = {}
    for row in LimitGroupMember.objects.filter(group__in=groups):
        had = found.get(row.group_id, ALL)
        found[row.group_id] = Members(
            had.agreements | ({row.agreement_id} if row.agreement_id else set()),
            had.sources | ({row.source_id} if row.source_id else set()),
        )
    return found


def members(limit: Limit | Ceiling, known: Mapping[UUID, Members] | None = None) -> Members:
    """Whom one limit's group binds; everybody when it has none. `known` saves the question."""
    if limit.group_id is None:
        return ALL
    return (members_of([limit]) if known is None else known).get(limit.group_id, ALL)


def within(limit: Limit, bound: Members = ALL, path: str = "") -> Q:
    """The enrolments that a limit bounds; `path` leads to the enrolment from another table (`enrolment__`)."""
    which = Q(**{f"{path}agreement__pool": limit.pool_id})
    for name, value in (
        ("agreement", limit.agreement_id),
        ("loan__borrower", limit.borrower_id),
        ("loan", limit.loan_id),
    ):
        if value is not None:
            which &= Q(**{f"{path}{name}": value})
    if bound.agreements:
        which &= Q(**{f"{path}agreement__in": bound.agreements})
    return which


def part_for(bound: Members, fen: int, by_source: Mapping[UUID, int] | None) -> int:
    """How much of a payout counts against a limit (fen): all of it, or what the sources in its group pay."""
    if not bound.sources:
        return fen
    assert by_source is not None, "a limit of several payers is used by what each of them pays"
    return sum(by_source.get(source, 0) for source in bound.sources)


_payouts: list[Callable[[Limit], int]] = []
_payees: list[Callable[[UUID], Iterable[Payee]]] = []


@dataclass(frozen=True)
class Payee:
    """Of whom a claim was accepted, and in which year."""

    agreement: UUID
    borrower: UUID
    loan: UUID
    year: int


def tells_payouts(function: Callable[[Limit], int]) -> Callable[[Limit], int]:
    """Register the room above that knows what a payout limit has used (fen): accepted and paid claims."""
    _payouts.append(function)
    return function


def tells_payees(function: Callable[[UUID], Iterable[Payee]]) -> Callable[[UUID], Iterable[Payee]]:
    """Register the room above that knows of whom a pool has accepted claims."""
    _payees.append(function)
    return function


def use_so_far(limit: Limit) -> int:
    """What a limit has used already (fen) by what stands in the pool, whether or not it was limited before."""
    if limit.scope in PAYOUT:
        return sum(function(limit) for function in _payouts)
    held = Enrolment.objects.filter(within(limit, members(limit)))
    return int((held.aggregate(total=Sum("exposure"))["total"] or 0) * 100)


def users_of(limit: Limit) -> list[tuple[str, int]]:
    """Which banks use a limit, and with how much (fen), the largest first: for those who may read the pool's totals.

    Of a limit on what some sources pay the banks' whole payouts are told, of which those sources paid a part.
    """
    held = Enrolment.objects.filter(within(limit, members(limit)))
    column = "exposure"
    if limit.scope in PAYOUT:
        column, held = "claims__reserved", held.filter(claims__reserved__gt=0)
        if limit.year is not None:
            held = held.filter(claims__decided_on__year=limit.year)
    sums = held.values_list("loan__bank").annotate(total=Sum(column)).filter(total__gt=0)
    banks = Organisation.objects.in_bulk([bank for bank, _ in sums])
    users = [(banks[bank].short_name, int(total * 100)) for bank, total in sums]
    return sorted(users, key=lambda user: (-user[1], user[0]))


def subjects_of(ceiling: Ceiling, year: int) -> set[tuple[UUID | None, UUID | None, int | None]]:
    """(borrower, loan, year) of every counter that a ceiling calls for: what it names, or this year's and each in use."""
    if ceiling.scope in EXPOSURE and ceiling.scope not in (*OF_BORROWER, *OF_LOAN):
        return {(None, None, None)}
    if ceiling.year is not None and ceiling.scope not in OF_BORROWER:
        return {(None, None, ceiling.year)}
    if ceiling.scope in EXPOSURE:
        held = Enrolment.objects.filter(agreement__pool=ceiling.pool_id, exposure__gt=0)
        if ceiling.agreement_id:
            held = held.filter(agreement=ceiling.agreement_id)
        by_borrower = ceiling.scope in OF_BORROWER
        ids = held.values_list("loan__borrower" if by_borrower else "loan", flat=True)
        return {(pk, None, None) if by_borrower else (None, pk, None) for pk in ids}
    this_year = {(None, None, year)} if ceiling.scope not in (*OF_BORROWER, *OF_LOAN) else set()
    return this_year | {
        (
            payee.borrower if ceiling.scope in OF_BORROWER else None,
            payee.loan if ceiling.scope in OF_LOAN else None,
            payee.year if ceiling.scope in YEARLY else None,
        )
        for function in _payees
        for payee in function(ceiling.pool_id)
        if ceiling.agreement_id in (None, payee.agreement) and ceiling.year in (None, payee.year)
    }


def standing_ceilings(pools: Collection[UUID], scopes: Collection[str]) -> list[Ceiling]:
    """The ceilings of pools that stand now: the last agreed of each key."""
    rows = Ceiling.objects.filter(pool__in=pools, scope__in=scopes)
    return list(
        rows.order_by("scope", "pool", "agreement", "group", "year", "-pk").distinct(
            "scope", "pool", "agreement", "group", "year"
        )
    )


KEY = ("scope", "pool_id", "agreement_id", "group_id", "borrower_id", "loan_id", "year")


def called_for(
    agreements: Collection[Agreement], loans: Collection[Loan], scopes: Collection[str], year: int | None
) -> dict[tuple[Any, ...], Limit]:
    """The counters that standing ceilings call for among these loans, by their key; used at nothing, not saved.

    Whoever had a use has had a counter since the ceiling was agreed, so that one who comes for the first time begins at 0.
    """
    ceilings = standing_ceilings({agreement.pool_id for agreement in agreements}, scopes)
    of_the_year = {(c.scope, c.pool_id, c.agreement_id, c.group_id) for c in ceilings if c.year == year}
    wanted: dict[tuple[Any, ...], Limit] = {}
    for ceiling in ceilings:
        key = (ceiling.scope, ceiling.pool_id, ceiling.agreement_id, ceiling.group_id)
        yearly = ceiling.scope in YEARLY
        if yearly and (
            year is None or ceiling.year not in (None, year) or (ceiling.year is None and key in of_the_year)
        ):
            continue
        for borrower, loan in _each(ceiling, agreements, loans):
            whole = (*key, borrower, loan, year if yearly else None)
            wanted[whole] = Limit(
                **dict(zip(KEY, whole, strict=True)),
                ceiling=ceiling.amount,
                basis=ceiling.basis,
                agreed=ceiling,
            )
    return wanted


def _each(
    ceiling: Ceiling, agreements: Collection[Agreement], loans: Collection[Loan]
) -> set[tuple[UUID | None, UUID | None]]:
    """(borrower, loan) of each that a ceiling bounds among loans of these agreements' banks."""
    if ceiling.scope not in (*OF_BORROWER, *OF_LOAN):
        return {(None, None)}
    banks = {
        one.bank_id
        for one in agreements
        if one.pool_id == ceiling.pool_id and ceiling.agreement_id in (None, one.pk)
    }
    of_borrower = ceiling.scope in OF_BORROWER
    return {
        (loan.borrower_id, None) if of_borrower else (None, loan.pk)
        for loan in loans
        if loan.bank_id in banks
    }


def unmade(
    agreement: Agreement, loan: Loan, scopes: Collection[str], year: int, standing: Iterable[Limit]
) -> list[Limit]:
    """The counters that a loan would make when it comes: for a preview, beside those that stand."""
    had = {tuple(getattr(limit, name) for name in KEY) for limit in standing}
    wanted = called_for([agreement], [loan], scopes, year)
    return [limit for key, limit in wanted.items() if key not in had]


def ceiling_on(limit: Limit, on: dt.date, known_at: dt.datetime | None = None) -> int | None:
    """The ceiling of a limit in force at the end of a day (fen), as known at a moment; None when there was none yet."""
    rows = Ceiling.objects.filter(
        Q(year=limit.year) | Q(year=None),
        scope=limit.scope, pool=limit.pool_id, agreement=limit.agreement_id, group=limit.group_id,
        in_force_from__lte=on,
    )  # fmt: skip
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    row = rows.order_by(
        "year", "-in_force_from", "-pk"
    ).first()  # PostgreSQL puts the year's own before "each year"
    return fen_of(row.amount) if row else None


def exposure_faults() -> list[str]:
    """Sentences naming every exposure limit whose use is not the sum of its enrolments, and every limit whose ceiling is
    not the last agreed."""
    found = []
    for limit in Limit.objects.select_related(
        "pool", "agreement__bank", "borrower", "loan", "group", "agreed"
    ):
        if limit.scope in EXPOSURE and use_so_far(limit) != fen_of(limit.used):
            found.append(f"{limit.pool.name} {limit.title}：已用额不等于在池余额之和")
        standing = _last_agreed(limit)
        if standing.pk != limit.agreed_id:
            found.append(f"{limit.pool.name} {limit.title}：上限不是最后约定的一份")
    return found


def _last_agreed(limit: Limit) -> Ceiling:
    agreed: Ceiling = limit.agreed
    key: dict[str, Any] = {name: getattr(agreed, f"{name}_id") for name in ("pool", "agreement", "group")}
    last = Ceiling.objects.filter(scope=agreed.scope, year=agreed.year, **key).order_by("-pk").first()
    assert last is not None, "a ceiling is at least itself"
    return last
