"""Reading pools. Every question takes the viewer: a seat at the pool, or (for its own rows) a bank with an agreement."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from finance.loans.models import Loan, LoanReturn, LoanTerms
from finance.parties.models import Organisation
from kernel.days import add_months
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from riskpool.ledger import queries as ledger
from riskpool.ledger.models import Journal, LedgerAccount
from riskpool.pools import rules
from riskpool.pools.models import (
    Agreement,
    Enrolment,
    EnrolmentRefusal,
    Limit,
    Pool,
    PoolSeat,
    PoolSource,
)
from riskpool.pools.versions import procedure_of, scheme_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from kernel.days import WorkingCalendar
    from riskpool.schemes.terms import Scheme

BANK = Organisation.Kind.BANK


def pools(*, viewer: Any) -> QuerySet[Pool]:
    """The pools at which the viewer's organisation has a seat."""
    return Pool.objects.filter(pk__in=seated(viewer)).order_by("code")


def seated(viewer: Any) -> QuerySet[PoolSeat, UUID]:
    """The ids of the pools at which the viewer's organisation sits, as a subquery: no join, no row twice."""
    return PoolSeat.objects.filter(organisation=viewer.organisation_id).values_list("pool", flat=True)


def pool(*, viewer: Any, pool_id: UUID) -> Pool:
    """One such pool; Pool.DoesNotExist for everybody else."""
    return pools(viewer=viewer).get(pk=pool_id)


def has_seat(*, viewer: Any, pool: Pool, seats: tuple[str, ...]) -> bool:
    """Whether the viewer's organisation sits at the pool in one of these seats."""
    return PoolSeat.objects.filter(pool=pool, organisation=viewer.organisation_id, seat__in=seats).exists()


def agreements(*, viewer: Any) -> QuerySet[Agreement]:
    """A bank's own agreements, or all agreements of the pools at which the viewer sits."""
    mine = Q(bank=viewer.organisation_id) if viewer.organisation.kind == BANK else Q(pool__in=seated(viewer))
    return Agreement.objects.filter(mine).select_related("pool", "bank").order_by("number")


def enrolments(*, viewer: Any) -> QuerySet[Enrolment]:
    """Enrolments of the viewer's own loans (as bank or borrower), or of the pools at which the viewer sits."""
    own = {
        Organisation.Kind.BANK: Q(loan__bank=viewer.organisation_id),
        Organisation.Kind.ENTERPRISE: Q(loan__borrower=viewer.organisation_id),
        Organisation.Kind.GUARANTOR: Q(loan__terms__guarantor=viewer.organisation_id),
    }.get(viewer.organisation.kind, Q(agreement__pool__in=seated(viewer)))
    return Enrolment.objects.filter(own).select_related(
        "loan__bank", "loan__borrower", "loan__terms", "loan__latest_return", "agreement__pool", "scheme"
    )


def refusals(*, viewer: Any) -> QuerySet[EnrolmentRefusal]:
    """Refusals of the viewer's own loans, or by the pools at which the viewer sits."""
    own = (
        Q(loan__bank=viewer.organisation_id)
        if viewer.organisation.kind == BANK
        else Q(agreement__pool__in=seated(viewer))
    )
    return EnrolmentRefusal.objects.filter(own).select_related(
        "loan__bank", "loan__borrower", "agreement__pool"
    )


def loans_seen_from_a_seat(viewer: Any) -> Q:
    """Loans that a viewer sees because of a seat at the pool in which they are enrolled."""
    return Q(enrolment__agreement__pool__in=seated(viewer))


def sources_of(pool: Pool) -> list[PoolSource]:
    """A pool's sources of money with their accounts, in the order in which they are printed."""
    return list(pool.sources.select_related("cash", "free", "reserved", "organisation").order_by("place"))


def escrow_of(source: PoolSource) -> LedgerAccount | None:
    """The account of a source's money that is set aside for claims; None while nothing ever was."""
    return LedgerAccount.objects.filter(code=f"custody/{source.pool.code}/{source.code}/escrow").first()


def facts_of(loan: Loan, filed_on: dt.date, terms: LoanTerms | None = None) -> rules.LoanFacts:
    """What admission and the engine ask of a loan, from its terms in force, or from other terms of it."""
    terms = terms or loan.terms
    assert terms is not None, "an entered loan has terms"
    return rules.LoanFacts(
        principal_fen=fen_of(terms.principal),
        ip_share=Fraction(terms.ip_share_percent) / 100,
        disbursed_on=terms.disbursed_on,
        due_on=terms.due_on,
        district=terms.district,
        pledge_registered=terms.pledge_id is not None,
        evaluation_free=terms.evaluation_free,
        first_loan=terms.first_loan,
        purely_pledged=terms.security == "pledge",
        filed_on=filed_on,
    )


def pool_metrics(
    pool: Pool, on: dt.date | None = None, known_at: dt.datetime | None = None
) -> dict[str, str]:
    """The state of a pool before a claim (yuan): money available before this payment, now or at the end of a day."""
    accounts = [source.free for source in sources_of(pool)]
    free = sum(ledger.balance(a) if on is None else ledger.balance_on(a, on, known_at) for a in accounts)
    return {"pool.balance": yuan_text(free), "pool.government_balance": yuan_text(free)}


def bearers(agreement: Agreement, scheme: Scheme) -> dict[str, rules.Bearer]:
    codes = list(agreement.pool.sources.values_list("code", flat=True))
    return rules.bearers_of(scheme, agreement.bearers, codes)


def limits(*, viewer: Any, on: dt.date) -> QuerySet[Limit]:
    """Limits in force on a day: all of the pools at which the viewer sits, or those of a bank's own agreements."""
    mine = (
        Q(agreement__bank=viewer.organisation_id)
        if viewer.organisation.kind == BANK
        else Q(pool__in=seated(viewer))
    )
    return (
        Limit.objects.filter(mine)
        .filter(Q(year__isnull=True) | Q(year=on.year))
        .select_related("pool", "agreement__bank")
        .order_by("pool__code", "scope", "agreement__number")
    )


def room_told(limits: Iterable[Limit]) -> int | None:
    """What the narrowest of these limits has left (fen), if it is an agreement's own; None if it is the whole pool's."""
    rooms = [(fen_of(limit.ceiling) - fen_of(limit.used), limit.agreement_id is None) for limit in limits]
    room, of_the_pool = min(rooms)  # of two equal ones the agreement's own, which the bank knows
    return None if of_the_pool else room


@dataclass(frozen=True)
class LimitView:
    """A limit with what a reader asks of it (fen); `warned` when use has reached the pool's warning part."""

    limit: Limit
    used: int
    ceiling: int
    left: int
    ratio: Fraction
    warned: bool
    reached_on: dt.date | None

    @property
    def percent(self) -> str:
        return f"{int(self.ratio * 1000) / 10:.1f}"

    @property
    def title(self) -> str:
        whose = f"（{self.limit.agreement.bank.short_name}）" if self.limit.agreement else ""
        year = f"{self.limit.year}年" if self.limit.year else ""
        return f"{year}{self.limit.get_scope_display()}{whose}"


_PACE_DAYS = 90


def limit_views(
    *,
    viewer: Any,
    on: dt.date,
    pool: Pool | None = None,
    known_at: dt.datetime | None = None,
    as_of_now: bool = True,
) -> list[LimitView]:
    """Limits nearest to their ceiling first, with the day on which each is reached at the pace of the last 90 days.

    `as_of_now` reads the use that the limits' rows hold; without it the use is worked out from the facts of the day `on`
    as known at a moment (the ceilings are those of today: their history stands in the acts).
    """
    rows = limits(viewer=viewer, on=on)
    if pool is not None:
        rows = rows.filter(pool=pool)
    exposures: dict[UUID, list[Exposed]] = {}
    views = []
    for limit in rows:
        if as_of_now:
            used = fen_of(limit.used)
        else:
            if limit.year is None and limit.pool_id not in exposures:
                exposures[limit.pool_id] = exposed_on(limit.pool, on, known_at)
            used = _used_on(limit, exposures.get(limit.pool_id, []), on, known_at)
        ceiling = fen_of(limit.ceiling)
        ratio = rules.used_ratio(used, ceiling)
        warn_at = procedure_of(limit.pool.procedure_id).warn_at.value
        earlier = used - _grown(limit, on)
        views.append(
            LimitView(
                limit, used, ceiling, ceiling - used, ratio, ratio >= warn_at,
                rules.day_reached(used, ceiling, earlier, _PACE_DAYS, on),
            )
        )  # fmt: skip
    return sorted(views, key=lambda view: (-view.ratio, str(view.limit.pk)))


def _used_on(limit: Limit, exposures: list[Exposed], on: dt.date, known_at: dt.datetime | None) -> int:
    """Use of a limit at the end of a day (fen): exposure then, or what was reserved of the year's payouts by then."""
    if limit.year is None:
        return sum(
            row.exposure for row in exposures if limit.agreement_id in (None, row.enrolment.agreement_id)
        )
    return _reserved_on(limit, on, known_at)


def _reserved_on(limit: Limit, on: dt.date, known_at: dt.datetime | None) -> int:
    """What claims accepted in the limit's year hold or have paid at the end of a day (fen), from the ledger."""
    claims = Enrolment.objects.filter(agreement__pool=limit.pool_id, claims__isnull=False)
    if limit.agreement_id:
        claims = claims.filter(agreement=limit.agreement_id)
    ids = {str(pk) for pk in claims.values_list("claims__pk", flat=True)}
    taken = {Journal.Kind.CLAIM_RESERVED: 1, Journal.Kind.CLAIM_RELEASED: -1, Journal.Kind.CLAIM_SETTLED: -1}
    journals = Journal.objects.filter(kind__in=taken, key__startswith="claim:", day__lte=on)
    if known_at is not None:
        journals = journals.filter(posted_at__lte=known_at)
    moved = journals.values_list("key", "kind", "day").annotate(total=Sum("transfers__amount"))
    rows = [(key.split(":"), kind, day, total) for key, kind, day, total in moved]
    of_year = {
        parts[1]
        for parts, kind, day, _ in rows
        if parts[1] in ids and parts[2:] == ["reserved"] and day.year == limit.year
    }
    return sum(
        int(total * 100) * taken[Journal.Kind(kind)] for parts, kind, _, total in rows if parts[1] in of_year
    )


def _grown(limit: Limit, on: dt.date) -> int:
    """How much of an exposure limit's use came in during the last 90 days (fen); payout limits have no pace yet."""
    if limit.year is not None:
        return 0
    recent = Enrolment.objects.filter(
        agreement__pool=limit.pool_id, enrolled_on__gt=on - dt.timedelta(days=_PACE_DAYS), enrolled_on__lte=on
    )
    if limit.agreement_id:
        recent = recent.filter(agreement=limit.agreement_id)
    total = recent.aggregate(total=Sum("exposure"))["total"]
    return int(total * 100) if total else 0


@dataclass(frozen=True)
class SourcePosition:
    """One source of money on a day (fen). `difference` is the custodian's statement less the ledger on its day.

    `escrowed` is set aside for claims and not yet paid: neither free nor merely reserved.
    """

    source: PoolSource
    cash: int
    reserved: int
    free: int
    stated: int | None
    stated_on: dt.date | None
    difference: int | None
    stated_at: dt.datetime | None = None
    escrowed: int = 0

    @property
    def set_aside(self) -> int:
        """What is promised to claims, reserved or in escrow: cash is this and what is free."""
        return self.reserved + self.escrowed


@dataclass(frozen=True)
class Position:
    """A pool on a day: what it holds, what of it is promised, what it could still have to bear (fen)."""

    pool: Pool
    on: dt.date
    sources: tuple[SourcePosition, ...]
    exposure: int
    committed: int
    live_loans: int

    @property
    def cash(self) -> int:
        return sum(source.cash for source in self.sources)

    @property
    def reserved(self) -> int:
        return sum(source.reserved for source in self.sources)

    @property
    def set_aside(self) -> int:
        return sum(source.set_aside for source in self.sources)

    @property
    def free(self) -> int:
        return sum(source.free for source in self.sources)

    @property
    def difference(self) -> int | None:
        stated = [source.difference for source in self.sources]
        return (
            None if any(part is None for part in stated) else sum(part for part in stated if part is not None)
        )

    @property
    def leverage(self) -> Fraction | None:
        """放大倍数 (a): covered outstanding over the pool's cash (loss-sharing.md section 8)."""
        return Fraction(self.exposure, self.cash) if self.cash else None


def position(*, viewer: Any, pool_id: UUID, on: dt.date, known_at: dt.datetime | None = None) -> Position:
    """The pool's position at the end of a business day, as known at a moment (now, when not given)."""
    held = pool(viewer=viewer, pool_id=pool_id)
    exposure, committed, live = exposure_on(held, on, known_at)
    return Position(
        pool=held,
        on=on,
        sources=tuple(_source_position(source, on, known_at) for source in sources_of(held)),
        exposure=exposure,
        committed=committed,
        live_loans=live,
    )


def _source_position(source: PoolSource, on: dt.date, known_at: dt.datetime | None) -> SourcePosition:
    stated = ledger.stated_balance(source.cash, on, known_at)
    escrow = escrow_of(source)
    return SourcePosition(
        source=source,
        cash=ledger.balance_on(source.cash, on, known_at),
        reserved=ledger.balance_on(source.reserved, on, known_at),
        free=ledger.balance_on(source.free, on, known_at),
        stated=fen_of(stated.amount) if stated else None,
        stated_on=stated.day if stated else None,
        difference=ledger.difference(stated, known_at) if stated else None,
        stated_at=stated.recorded_at if stated else None,
        escrowed=ledger.balance_on(escrow, on, known_at) if escrow else 0,
    )


@dataclass(frozen=True)
class Exposed:
    """One enrolment on a day: outstanding balance, covered part, and what the pool would bear if all were lost (fen)."""

    enrolment: Enrolment
    balance: int
    exposure: int
    committed: int


def exposure_on(pool: Pool, on: dt.date, known_at: dt.datetime | None = None) -> tuple[int, int, int]:
    """(exposure, committed, live loans) of a pool at the end of a day, from the facts then known (fen)."""
    rows = exposed_on(pool, on, known_at)
    return sum(row.exposure for row in rows), sum(row.committed for row in rows), len(rows)


def exposed_on(pool: Pool, on: dt.date, known_at: dt.datetime | None = None) -> list[Exposed]:
    """The rows behind the exposure of a pool at the end of a day; the caller was let in to the pool.

    An enrolment counts from the day it was enrolled until its claim is settled for good; its balance is that of the
    latest return reported by then, or the principal. Each loan is weighed alone, as if only it failed
    (`rules.exposure_of`); one whose scheme needs facts that nobody has set counts in full.
    """
    rows = Enrolment.objects.filter(agreement__pool=pool, enrolled_on__lte=on)
    paid: dict[str, Any] = {"claims__settlement__ends": True, "claims__settlement__settled_on__lte": on}
    if known_at is not None:
        rows, paid = (
            rows.filter(recorded_at__lte=known_at),
            paid | {"claims__settlement__recorded_at__lte": known_at},
        )
    rows = rows.exclude(pk__in=Enrolment.objects.filter(**paid).values("pk"))
    rows = rows.select_related("loan__terms", "loan__bank", "loan__borrower", "agreement__pool")
    rows = rows.order_by("enrolled_on", "pk")
    loans = [row.loan_id for row in rows]
    balances, known_terms = _balances_on(loans, on, known_at), _terms_known(loans, known_at)
    districts = procedure_of(pool.procedure_id).districts
    shared = pool_metrics(pool, on, known_at)
    engines: dict[tuple[UUID, UUID], tuple[Scheme, dict[str, rules.Bearer]]] = {}
    found = []
    for row in rows:
        terms = known_terms.get(row.loan_id) or row.loan.terms
        assert terms is not None, "an enrolled loan has terms"
        balance = balances.get(row.loan_id, fen_of(terms.principal))
        if balance == 0:
            continue
        key = (row.scheme_id, row.agreement_id)
        if key not in engines:
            scheme = scheme_of(row.scheme_id)
            engines[key] = scheme, bearers(row.agreement, scheme)
        metrics = rules.loan_metrics(facts_of(row.loan, row.enrolled_on, terms), districts) | shared
        covered, public = rules.exposure_or_whole(*engines[key], balance, metrics)
        found.append(Exposed(row, balance, covered, public))
    return found


def _terms_known(loans: list[UUID], known_at: dt.datetime | None) -> dict[UUID, LoanTerms]:
    """The terms of loans as they were known at a moment; empty when now is asked, which the loans' pointers answer."""
    if known_at is None:
        return {}
    known = LoanTerms.objects.filter(loan__in=loans, recorded_at__lte=known_at)
    return {terms.loan_id: terms for terms in known.order_by("loan", "-seq").distinct("loan")}


def _balances_on(loans: list[UUID], on: dt.date, known_at: dt.datetime | None) -> dict[UUID, int]:
    known = LoanReturn.objects.filter(loan__in=loans, reported_on__lte=on)
    if known_at is not None:
        known = known.filter(recorded_at__lte=known_at)
    latest = known.order_by("loan", "-period", "-seq").distinct("loan")
    return {row.loan_id: fen_of(row.balance) for row in latest}


@dataclass(frozen=True)
class ReturnStanding:
    """Whether a bank's return for the last ended month is in: loans reported of loans that should be."""

    bank: Organisation
    period: dt.date
    due_on: dt.date
    expected: int
    received: int
    share: Fraction
    late_by: int = 0

    @property
    def complete(self) -> bool:
        return self.received >= self.expected

    @property
    def late(self) -> bool:
        """Not complete although the due day is over; `late_by` counts the working days since."""
        return not self.complete and self.late_by > 0


def return_standings(*, pool: Pool, on: dt.date, calendar: WorkingCalendar) -> list[ReturnStanding]:
    """Freshness of a pool's figures: each bank's return of the last ended month, and its part of the exposure."""
    period = add_months(on.replace(day=1), -1)
    due_working_day = procedure_of(pool.procedure_id).returns_due_working_day.whole
    due_on = calendar.add(add_months(period, 1) - dt.timedelta(days=1), due_working_day)
    lent_by = add_months(period, 1)
    live = Enrolment.objects.filter(agreement__pool=pool, loan__terms__disbursed_on__lt=lent_by).exclude(
        state=Enrolment.State.CLOSED
    )
    reported = LoanReturn.objects.filter(loan=OuterRef("loan"), period__gte=period, reported_on__lte=on)
    total = live.aggregate(total=Sum("exposure"))["total"] or 0
    standings = []
    for row in live.values("loan__bank").annotate(
        expected=Count("id", distinct=True),
        received=Count("id", distinct=True, filter=Exists(reported)),
        exposure=Sum("exposure"),
    ):
        part = Fraction(row["exposure"]) / Fraction(total) if total else Fraction(0)
        bank = Organisation.objects.get(pk=row["loan__bank"])
        late_by = calendar.between(due_on, on)
        standings.append(
            ReturnStanding(bank, period, due_on, row["expected"], row["received"], part, late_by)
        )
    return sorted(standings, key=lambda standing: standing.bank.code)


def faults() -> list[str]:
    """Sentences naming every source whose cash is not what is free and reserved, and every exposure limit whose use is
    not the sum of its enrolments. Reads all pools."""
    found = []
    for source in PoolSource.objects.select_related("pool", "cash", "free", "reserved"):
        cash, free, reserved = (
            ledger.balance(account) for account in (source.cash, source.free, source.reserved)
        )
        escrow = escrow_of(source)
        if cash != free + reserved + (ledger.balance(escrow) if escrow else 0):
            found.append(f"{source.pool.name} {source.name}：存款不等于可用、预留与保证金之和")
    for limit in Limit.objects.filter(year=None).select_related("pool", "agreement"):
        held = Enrolment.objects.filter(agreement__pool=limit.pool_id)
        if limit.agreement_id:
            held = held.filter(agreement=limit.agreement_id)
        total = held.aggregate(total=Sum("exposure"))["total"] or 0
        if int(total * 100) != fen_of(limit.used):
            found.append(f"{limit.pool.name} {limit.get_scope_display()}：已用额不等于在池余额之和")
    return found
