"""Reading pools. Every question takes the viewer: a seat at the pool, or (for its own rows) a bank with an agreement."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum

from finance.loans.models import Loan, LoanReturn
from finance.parties.models import Organisation
from kernel.days import add_months
from kernel.money import percent_figure
from kernel.money.fields import fen_of
from riskpool.ledger import queries as ledger
from riskpool.ledger.models import Journal, LedgerAccount, StatedBalance, Transfer
from riskpool.pools import rules, using
from riskpool.pools.exposures import Case, Scales, Whose
from riskpool.pools.models import (
    Agreement,
    Ceiling,
    Enrolment,
    EnrolmentRefusal,
    Limit,
    LimitScope,
    Pool,
    PoolSeat,
    PoolSource,
)
from riskpool.pools.versions import procedure_of
from riskpool.pools.weighed import Bare, Weighed, bare, terms_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from uuid import UUID

    from finance.loans.models import LoanTerms
    from kernel.days import WorkingCalendar

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


def seats_at(*, viewer: Any, pool: Pool) -> frozenset[str]:
    """The seats of the viewer's organisation at a pool."""
    rows = PoolSeat.objects.filter(pool=pool, organisation=viewer.organisation_id)
    return frozenset(rows.values_list("seat", flat=True))


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
        "loan__bank", "loan__borrower", "loan__terms", "agreement__pool"
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
    return terms_facts(filed_on, terms)


def limits(*, viewer: Any, on: dt.date) -> QuerySet[Limit]:
    """Limits in force on a day: all of the pools at which the viewer sits, or those of a bank's own agreements."""
    mine = (
        Q(agreement__bank=viewer.organisation_id) | Q(loan__bank=viewer.organisation_id)
        if viewer.organisation.kind == BANK
        else Q(pool__in=seated(viewer))
    )
    return (
        Limit.objects.filter(mine)
        .filter(Q(year__isnull=True) | Q(year=on.year))
        .select_related("pool", "agreement__bank", "borrower", "loan", "group")
        .order_by("pool__code", "scope", "agreement__number", "pk")
    )


def ceilings(*, viewer: Any, on: dt.date, known_at: dt.datetime | None = None) -> QuerySet[Ceiling]:
    """What was agreed by the end of a day, the latest first: all of the viewer's pools; for a bank its own agreements', and
    the rules that bound each of its borrowers and loans."""
    each = Q(scope__in=(*using.OF_BORROWER, *using.OF_LOAN), agreement=None)
    mine = (
        Q(agreement__bank=viewer.organisation_id)
        | (each & Q(pool__in=agreements(viewer=viewer).order_by().values("pool")))
        if viewer.organisation.kind == BANK
        else Q(pool__in=seated(viewer))
    )
    rows = Ceiling.objects.filter(mine, in_force_from__lte=on)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    return rows.select_related("pool", "agreement__bank", "group").order_by("-in_force_from", "-pk")


def is_own(limit: Limit) -> bool:
    """Whether a limit concerns one bank's loans only, so that its figures tell that bank of no other's."""
    return limit.agreement_id is not None or limit.loan_id is not None


SHARED = {  # what a bank is told of a limit that it shares with others, without its figures
    LimitScope.POOL_EXPOSURE: "资金池余量不足",
    LimitScope.BORROWER_EXPOSURE: "该借款企业在资金池的余量不足",
    LimitScope.JOINT_EXPOSURE: "几份协议合并的余量不足",
}


def room_refusals(
    limits: Iterable[Limit], covered: int, article: str, taken: Mapping[UUID, int] | None = None
) -> list[rules.Refusal]:
    """Every limit that a loan would pass, all at once: the asker's own with figures and the narrowest of them first.

    `taken` is what has been taken of each in thought (fen), beyond what its row says.
    """
    short = []
    for limit in limits:
        left = fen_of(limit.ceiling) - fen_of(limit.used) - (taken or {}).get(limit.pk, 0)
        if left < covered:
            short.append((not is_own(limit), left, limit))
    return [
        rules.no_room(covered, None, SHARED[LimitScope(limit.scope)], article)
        if shared
        else rules.no_room(covered, left, f"限额不足（{limit.title}）", article)
        for shared, left, limit in sorted(short, key=lambda found: found[:2])
    ]


@dataclass(frozen=True)
class LimitView:
    """A limit with what a reader asks of it (fen); `warned` when use has reached the pool's warning part.

    `reached_on` is the day on which it would be used up at the pace of the last `pace_days` days.
    """

    limit: Limit
    used: int
    ceiling: int
    left: int
    ratio: Fraction
    warned: bool
    reached_on: dt.date | None
    pace_days: int = 0

    @property
    def percent(self) -> str:
        return percent_figure(self.ratio)

    @property
    def title(self) -> str:
        return self.limit.title


_PACE_DAYS = 90
_EACH_SHOWN = 10  # of the borrowers and loans that are bounded one by one, those nearest to their ceiling


def limit_views(
    *,
    viewer: Any,
    on: dt.date,
    pool: Pool | None = None,
    known_at: dt.datetime | None = None,
    as_of_now: bool = True,
) -> list[LimitView]:
    """Limits nearest to their ceiling first, with the day on which each is reached at the pace of the last 90 days.

    The pace follows `on` and `known_at` like the use: it is the use of the day less the use 90 days before, both from
    the facts then known.

    `as_of_now` reads the use that the limits' rows hold; without it the use is worked out from the facts of the day `on`
    as known at a moment, and the ceiling is the one then in force; a limit that was not yet agreed then is left out.
    Of borrowers and loans that are bounded one by one only the nearest are given.
    """
    rows = limits(viewer=viewer, on=on)
    if pool is not None:
        rows = rows.filter(pool=pool)
    exposures: dict[UUID, list[Weighed]] = {}
    earlier: dict[tuple[UUID, dt.date], list[Weighed]] = {}
    views = []
    for limit in rows:
        if as_of_now:
            used, ceiling = fen_of(limit.used), fen_of(limit.ceiling)
        else:
            agreed = using.ceiling_on(limit, on, known_at)
            if agreed is None:
                continue
            if limit.of_exposure and limit.pool_id not in exposures:
                exposures[limit.pool_id] = weighed_on(limit.pool, on, known_at)
            used, ceiling = _used_on(limit, exposures.get(limit.pool_id, []), on, known_at), agreed
        if not used and (limit.borrower_id or limit.loan_id):
            continue
        ratio = rules.used_ratio(used, ceiling)
        warn_at = procedure_of(limit.pool.procedure_id).warn_at.value
        begin = _pace_begins(limit, on)
        grown = _grown(limit, used, begin, known_at, earlier)
        days = (on - begin).days
        reached = rules.day_reached(used, ceiling, used - grown, days, on) if days else None
        if reached and limit.year is not None and reached.year > limit.year:
            reached = None  # the year is over before; the next one has a limit of its own
        views.append(LimitView(limit, used, ceiling, ceiling - used, ratio, ratio >= warn_at, reached, days))
    views.sort(key=lambda view: (-view.ratio, str(view.limit.pk)))
    each = [view for view in views if view.limit.borrower_id or view.limit.loan_id][_EACH_SHOWN:]
    return [view for view in views if view not in each]


def _used_on(limit: Limit, exposures: list[Weighed], on: dt.date, known_at: dt.datetime | None) -> int:
    """Use of a limit at the end of a day (fen): exposure then, or what was reserved of the year's payouts by then."""
    members = using.members(limit)
    if limit.of_exposure:
        return sum(
            one.exposure
            for one in exposures
            if limit.agreement_id in (None, one.row.agreement)
            and limit.borrower_id in (None, one.row.borrower)
            and limit.loan_id in (None, one.row.loan)
            and (not members.agreements or one.row.agreement in members.agreements)
        )
    return _reserved_on(limit, members, on, known_at)


def _reserved_on(limit: Limit, members: using.Members, on: dt.date, known_at: dt.datetime | None) -> int:
    """What claims accepted in the limit's year hold or have paid at the end of a day (fen), from the ledger."""
    claims = Enrolment.objects.filter(using.within(limit, members), claims__isnull=False)
    ids = {str(pk) for pk in claims.values_list("claims__pk", flat=True)}
    taken = {Journal.Kind.CLAIM_RESERVED: 1, Journal.Kind.CLAIM_RELEASED: -1, Journal.Kind.CLAIM_SETTLED: -1}
    journals = Journal.objects.filter(kind__in=taken, key__startswith="claim:", day__lte=on)
    if known_at is not None:
        journals = journals.filter(posted_at__lte=known_at)
    moved = Transfer.objects.filter(_of_payers(members), journal__in=journals)
    summed = moved.values_list("journal__key", "journal__kind").annotate(total=Sum("amount"))
    opened = journals.filter(Q(key__endswith=":reserved") | Q(key__contains=":accepted:"))
    accepted: dict[
        str, list[tuple[int, int]]
    ] = {}  # claim -> (calculation, year) of each time it was accepted
    for key, day in opened.values_list("key", "day"):
        claim, seq = _claim_and_seq(key)
        accepted.setdefault(claim, []).append((seq, day.year))

    def counts(key: str) -> bool:
        claim, seq = _claim_and_seq(key)
        years = sorted(one for one in accepted.get(claim, ()) if one[0] <= seq)
        return claim in ids and bool(years) and limit.year in (None, years[-1][1])

    return sum(int(total * 100) * taken[Journal.Kind(kind)] for key, kind, total in summed if counts(key))


def _claim_and_seq(key: str) -> tuple[str, int]:
    """The claim of a journal, and by which of its calculations it moved.

    >>> _claim_and_seq("claim:8:reserved"), _claim_and_seq("claim:8:accepted:2")
    (('8', 1), ('8', 2))
    """
    _, claim, _, *seq = key.split(":")
    return claim, int(seq[0]) if seq else 1


def _of_payers(members: using.Members) -> Q:
    """Transfers of some sources alone, where a limit binds what they pay: out of their free money, or back into it."""
    if not members.sources:
        return Q()
    accounts = PoolSource.objects.filter(pk__in=members.sources).values_list("free", flat=True)
    return Q(debit__in=accounts) | Q(credit__in=accounts)


def total_fen(transfers: QuerySet[Transfer]) -> int:
    """The sum of transfers in fen."""
    return int((transfers.aggregate(total=Sum("amount"))["total"] or 0) * 100)


def _pace_begins(limit: Limit, on: dt.date) -> dt.date:
    """The day that the pace is measured from: 90 days before, but not before the limit's own time (its year, its pool)."""
    starts = limit.pool.opened_on if limit.year is None else dt.date(limit.year, 1, 1) - dt.timedelta(days=1)
    return min(max(on - dt.timedelta(days=_PACE_DAYS), starts), on)


def _grown(
    limit: Limit,
    used: int,
    begin: dt.date,
    known_at: dt.datetime | None,
    earlier: dict[tuple[UUID, dt.date], list[Weighed]],
) -> int:
    """How much a limit's use has grown since the end of the day `begin` (fen, below zero when it fell), from the facts as
    known at a moment. `earlier` keeps the exposure of each pool on each day, so that it is worked out once."""
    key = (limit.pool_id, begin)
    if limit.of_exposure and key not in earlier:
        earlier[key] = weighed_on(limit.pool, begin, known_at)
    return used - _used_on(limit, earlier.get(key, []), begin, known_at)


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
    unexplained: int = 0
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
    def escrowed(self) -> int:
        return sum(source.escrowed for source in self.sources)

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


_explains: list[Callable[[StatedBalance, PoolSource], int | None]] = []


def explains_differences(
    function: Callable[[StatedBalance, PoolSource], int | None],
) -> Callable[[StatedBalance, PoolSource], int | None]:
    """Register the room above that reads statements line by line: what of a difference it accounts for (fen)."""
    _explains.append(function)
    return function


def read_by_lines(source: PoolSource, stated: StatedBalance) -> bool:
    """Whether a room above has read the lines of this statement, and so tells itself what of it is open."""
    return any(function(stated, source) is not None for function in _explains)


def unexplained(source: PoolSource, stated: StatedBalance, known_at: dt.datetime | None = None) -> int:
    """A stated balance less the ledger, less what the lines of its statement account for (fen); not zero freezes payouts.

    As known at a past moment the lines are not asked: the whole difference is told.
    """
    gap = ledger.difference(stated, known_at)
    if known_at is not None:
        return gap
    parts = [function(stated, source) for function in _explains]
    return gap - sum(part for part in parts if part is not None)


def _source_position(source: PoolSource, on: dt.date, known_at: dt.datetime | None) -> SourcePosition:
    stated = ledger.stated_balance(source.cash, on, known_at)
    escrow = escrow_of(source)
    accounts = [source.cash, source.reserved, source.free, *([escrow] if escrow else [])]
    held = ledger.balances_on(accounts, on, known_at)
    return SourcePosition(
        source=source,
        cash=held[source.cash_id],
        reserved=held[source.reserved_id],
        free=held[source.free_id],
        stated=fen_of(stated.amount) if stated else None,
        stated_on=stated.day if stated else None,
        difference=ledger.difference(stated, known_at) if stated else None,
        stated_at=stated.recorded_at if stated else None,
        unexplained=unexplained(source, stated, known_at) if stated else 0,
        escrowed=held[escrow.pk] if escrow else 0,
    )


@dataclass(frozen=True)
class Exposed:
    """A weighed loan of a pool for a page that shows it (amounts in fen)."""

    enrolment: Enrolment
    balance: int
    exposure: int
    committed: int


def live_exposure(pool: Pool) -> int:
    """What stands in the pool now (fen), from the enrolments' own rows; they follow the latest returns."""
    held = Enrolment.objects.filter(agreement__pool=pool, state=Enrolment.State.LIVE)
    return int((held.aggregate(total=Sum("exposure"))["total"] or 0) * 100)


def exposure_on(pool: Pool, on: dt.date, known_at: dt.datetime | None = None) -> tuple[int, int, int]:
    """(exposure, committed, live loans) of a pool at the end of a day, from the facts then known (fen)."""
    rows = weighed_on(pool, on, known_at)
    return sum(row.exposure for row in rows), sum(row.committed for row in rows), len(rows)


def weighed_on(pool: Pool, on: dt.date, known_at: dt.datetime | None = None) -> list[Weighed]:
    """The loans behind the exposure of a pool at the end of a day; the caller was let in to the pool.

    An enrolment counts from the day it was enrolled until its claim is settled for good; its balance is that of the
    latest return reported by then, or the principal. Each loan is weighed alone, as if only it failed
    (`rules.exposure_of`); one whose scheme needs facts that nobody has set counts in full.
    """
    rows = bare(standing_on(pool, on, known_at), known_at)
    balances = _balances_on([row.loan for row in rows], on, known_at)
    cases = [
        Case(
            row.scheme,
            row.agreement,
            row.facts,
            balances.get(row.loan, row.facts.principal_fen),
            Whose(row.loan, row.borrower),
        )
        for row in rows
    ]
    weights = Scales(pool, on, known_at).weigh(cases)
    return [
        Weighed(row, case.balance, covered, public)
        for row, case, (covered, public) in zip(rows, cases, weights, strict=True)
        if case.balance
    ]


def exposed_on(pool: Pool, on: dt.date, known_at: dt.datetime | None = None) -> list[Exposed]:
    """The same loans for a page that shows them."""
    rows = weighed_on(pool, on, known_at)
    shown = Enrolment.objects.select_related(
        "loan__terms", "loan__bank", "loan__borrower", "loan__latest_return"
    )
    enrolments = shown.in_bulk([one.row.pk for one in rows])
    return [Exposed(enrolments[one.row.pk], one.balance, one.exposure, one.committed) for one in rows]


def standing_on(pool: Pool, on: dt.date, known_at: dt.datetime | None = None) -> QuerySet[Enrolment]:
    """Enrolments that had come by the end of a day and whose claim was not settled for good by then, as then known."""
    rows = Enrolment.objects.filter(agreement__pool=pool, enrolled_on__lte=on)
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
    return rows.exclude(pk__in=Enrolment.objects.filter(**_settled(on, known_at)).values("pk"))


def outstanding_on(pool: Pool, on: dt.date, known_at: dt.datetime | None = None) -> QuerySet[Enrolment]:
    """Those of them that had not been paid back by then: no return yet, or a latest one with a balance."""
    said = LoanReturn.objects.filter(loan=OuterRef("loan"), reported_on__lte=on)
    if known_at is not None:
        said = said.filter(recorded_at__lte=known_at)
    latest = Subquery(said.order_by("-period", "-seq").values("balance")[:1])
    return standing_on(pool, on, known_at).alias(last_balance=latest).exclude(last_balance=0)


def _settled(on: dt.date, known_at: dt.datetime | None) -> dict[str, Any]:
    """A filter: the claim was settled for good by the end of a day, as known at a moment."""
    paid: dict[str, Any] = {"claims__settlement__ends": True, "claims__settlement__settled_on__lte": on}
    return paid if known_at is None else paid | {"claims__settlement__recorded_at__lte": known_at}


def compensated(
    enrolments: Iterable[Enrolment | Bare], on: dt.date, known_at: dt.datetime | None = None
) -> set[UUID]:
    """Of these enrolments those whose claim had been settled for good by the end of a day, as known at a moment."""
    rows = Enrolment.objects.filter(pk__in=[row.pk for row in enrolments], **_settled(on, known_at))
    return set(rows.values_list("pk", flat=True))


def _balances_on(loans: list[UUID], on: dt.date, known_at: dt.datetime | None) -> dict[UUID, int]:
    known = LoanReturn.objects.filter(loan__in=loans, reported_on__lte=on)
    if known_at is not None:
        known = known.filter(recorded_at__lte=known_at)
    latest = known.order_by("loan", "-period", "-seq").distinct("loan")
    return {loan: int(balance * 100) for loan, balance in latest.values_list("loan", "balance")}


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
    """Freshness of a pool's figures: each bank's return of the last ended month, and its part of the exposure.

    A month's return is expected of a loan that had been lent and stood in the pool by the month's last day: of one that the
    bank filed only afterwards nothing was to be reported yet (decision 0013). A bank with nothing to report is left out.
    """
    period = add_months(on.replace(day=1), -1)
    due_working_day = procedure_of(pool.procedure_id).returns_due_working_day.whole
    after = add_months(period, 1)
    due_on = calendar.add(after - dt.timedelta(days=1), due_working_day)
    live = Enrolment.objects.filter(agreement__pool=pool).exclude(state=Enrolment.State.CLOSED)
    owing = Q(loan__terms__disbursed_on__lt=after, enrolled_on__lt=after)
    reported = LoanReturn.objects.filter(loan=OuterRef("loan"), period__gte=period, reported_on__lte=on)
    total = live.aggregate(total=Sum("exposure"))["total"] or 0
    standings = []
    for row in live.values("loan__bank").annotate(
        expected=Count("id", distinct=True, filter=owing),
        received=Count("id", distinct=True, filter=owing & Q(Exists(reported))),
        exposure=Sum("exposure"),
    ):
        if not row["expected"]:
            continue
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
    return [*found, *using.exposure_faults()]
