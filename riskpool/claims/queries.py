"""Reading claims. A bank sees its own; those with a seat at the pool see the pool's; a guarantor those it bears."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet, Sum

from finance.loans.rules import overdue_days
from finance.parties.models import Organisation
from kernel.errors import Problem, Refused
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from kernel.work.models import Approval
from riskpool.claims import rules
from riskpool.claims.models import Apportionment, BorneShare, Claim, Payment, ReturnedShare
from riskpool.ledger import queries as ledger
from riskpool.pools import queries as pools
from riskpool.pools import rules as pool_rules
from riskpool.pools.models import Agreement, Enrolment, Limit, Pool, PoolSource
from riskpool.pools.versions import procedure_of, scheme_of
from riskpool.schemes import engine
from riskpool.schemes.recovery import RecoverySharing, share_recovery

if TYPE_CHECKING:
    from uuid import UUID

    from kernel.days import WorkingCalendar
    from riskpool.pools.procedure import Procedure
    from riskpool.schemes.terms import Scheme

ENDED = (Claim.State.REFUSED, Claim.State.WITHDRAWN)
PAYOUT = (Limit.Scope.POOL_YEAR_PAYOUT, Limit.Scope.BANK_YEAR_PAYOUT)


def claims(*, viewer: Any) -> QuerySet[Claim]:
    """The claims that the viewer may know of, newest first."""
    own = {
        Organisation.Kind.BANK: Q(enrolment__loan__bank=viewer.organisation_id),
        Organisation.Kind.GUARANTOR: Q(apportionment__shares__organisation=viewer.organisation_id),
    }.get(viewer.organisation.kind, Q(enrolment__agreement__pool__seats__organisation=viewer.organisation_id))
    return (
        Claim.objects.filter(own)
        .select_related(
            "enrolment__loan__bank", "enrolment__loan__borrower", "enrolment__loan__terms",
            "enrolment__agreement__pool", "enrolment__agreement__bank", "enrolment__scheme", "filed_by__person",
        )
        .distinct()
        .order_by("-filed_on", "-number")
    )  # fmt: skip


def claim(*, viewer: Any, claim_id: UUID) -> Claim:
    """One such claim; Claim.DoesNotExist for everybody else."""
    return claims(viewer=viewer).get(pk=claim_id)


def filing_problems(
    enrolment: Enrolment, loss: Mapping[str, int], evidence: Collection[str], on: dt.date
) -> list[Problem]:
    """Everything that keeps a claim of this loss (fen by component) with these kinds of evidence from being filed."""
    problems = rules.filing_problems(
        loss, default_of(enrolment), evidence, procedure_of(enrolment.agreement.pool.procedure_id), on
    )
    if enrolment.state != Enrolment.State.LIVE:
        problems.append(
            Problem("贷款", f"{enrolment.get_state_display()}", "只有在池贷款可以申请补偿", "not_live")
        )
    live = enrolment.claims.exclude(state__in=ENDED).first()
    if live is not None:
        problems.append(
            Problem("贷款", f"已有补偿申请 {live.number}", "同一次违约只能申请一次", "already_claimed")
        )
    return problems


def default_of(enrolment: Enrolment) -> rules.Default:
    """What the latest return says of an enrolled loan: balance, and since when it is overdue."""
    latest = enrolment.loan.latest_return
    if latest is None:
        return rules.Default(fen_of(enrolment.loan.terms.principal), None)
    return rules.Default(fen_of(latest.balance), latest.overdue_since)


@dataclass(frozen=True)
class Claimable:
    """An overdue loan of a bank without a claim: days of delay, days that must pass, and the first day to file."""

    enrolment: Enrolment
    overdue_since: dt.date
    overdue_days: int
    needed_days: int
    ready_on: dt.date

    @property
    def ready(self) -> bool:
        return self.overdue_days >= self.needed_days


def claimable(*, viewer: Any, on: dt.date) -> list[Claimable]:
    """The viewer bank's overdue loans in pools on which no claim stands, those that may be claimed first."""
    rows = (
        pools.enrolments(viewer=viewer)
        .filter(loan__bank=viewer.organisation_id, state=Enrolment.State.LIVE)
        .filter(loan__latest_return__overdue_since__isnull=False)
        .exclude(pk__in=Claim.objects.exclude(state__in=ENDED).values("enrolment"))
    )
    found = []
    for row in rows:
        since = row.loan.latest_return.overdue_since
        needed = procedure_of(row.agreement.pool.procedure_id).waiting_days.whole
        found.append(
            Claimable(row, since, overdue_days(since, on), needed, since + dt.timedelta(days=needed))
        )
    return sorted(found, key=lambda one: (one.ready_on, one.enrolment.loan.bank_loan_no))


@dataclass(frozen=True)
class Waiting:
    """A claim that is not finished: its age in working days, the days its procedure gives, and whose turn it is."""

    claim: Claim
    age: int
    allowed: int
    payment_asked: bool

    @property
    def late(self) -> bool:
        return self.claim.state == Claim.State.FILED and self.age > self.allowed


def waiting(
    *, viewer: Any, on: dt.date, calendar: WorkingCalendar, pool: Pool | None = None
) -> list[Waiting]:
    """Claims filed or accepted and not yet paid, the oldest first."""
    rows = claims(viewer=viewer).filter(state__in=[Claim.State.FILED, Claim.State.ACCEPTED], filed_on__lte=on)
    if pool is not None:
        rows = rows.filter(enrolment__agreement__pool=pool)
    found = list(rows.order_by("filed_on", "number"))
    asked = set(
        Approval.objects.filter(
            kind="claims.pay", state=Approval.State.ASKED, subject_id__in=[str(row.pk) for row in found]
        ).values_list("subject_id", flat=True)
    )
    return [
        Waiting(
            row,
            calendar.between(row.filed_on, on),
            procedure_for(row).decision_working_days.whole,
            str(row.pk) in asked,
        )
        for row in found
    ]


def asked_of(claim: Claim, kind: str) -> Approval | None:
    """The open approval of a kind about a claim, to show who has asked; the caller was let in to the claim."""
    rows = Approval.objects.filter(kind=kind, subject_id=str(claim.pk), state=Approval.State.ASKED)
    return rows.select_related("maker__person").first()


def not_paid_problems(claim: Claim) -> list[Problem]:
    """Why nothing can be recovered on a claim yet."""
    found = f"{claim.number} {claim.get_state_display()}"
    return [Problem("补偿申请", found, f"只有{Claim.State.PAID.label}时可办", "state")]


def procedure_for(claim: Claim) -> Procedure:
    return procedure_of(claim.enrolment.agreement.pool.procedure_id)


def loss_of(claim: Claim) -> dict[str, int]:
    """The loss by component, in fen; a component of zero is left out. Principal takes the name its scheme includes."""
    scheme = scheme_of(claim.enrolment.scheme_id)
    principal = "principal_net" if "principal_net" in scheme.loss_base.include else "principal"
    parts = {
        principal: claim.principal,
        "interest": claim.interest,
        "penalty": claim.penalty,
        "costs": claim.costs,
    }
    return {name: fen_of(amount) for name, amount in parts.items() if amount.amount}


def metrics_of(claim: Claim, on: dt.date) -> dict[str, str]:
    """The facts for the engine as they stand before this claim and without it (yuan, shares of one)."""
    enrolment = claim.enrolment
    agreement = enrolment.agreement
    facts = pools.facts_of(enrolment.loan, enrolment.enrolled_on)
    return (
        pool_rules.loan_metrics(facts, procedure_for(claim).districts)
        | pools.pool_metrics(agreement.pool)
        | {
            "scheme.paid_this_year": yuan_text(
                _paid(on.year, enrolment__scheme__family=enrolment.scheme.family)
            ),
            "bank.paid_this_year": yuan_text(_paid(on.year, enrolment__agreement=agreement)),
            "borrower.eligible_used_this_year": yuan_text(_eligible(claim, on.year)),
        }
    )


def _paid(year: int, **which: Any) -> int:
    rows = Payment.objects.filter(
        paid_on__year=year, **{f"claim__{key}": value for key, value in which.items()}
    )
    return int((rows.aggregate(total=Sum("amount"))["total"] or 0) * 100)


def _eligible(claim: Claim, year: int) -> int:
    rows = Apportionment.objects.filter(
        claim__enrolment__loan__borrower=claim.enrolment.loan.borrower_id,
        claim__state__in=[Claim.State.ACCEPTED, Claim.State.PAID],
        on__year=year,
    ).exclude(claim=claim)
    return int((rows.aggregate(total=Sum("covered"))["total"] or 0) * 100)


@dataclass(frozen=True)
class Share:
    """What one party bears (fen), who stands behind it, and the source of the pool if it is one."""

    party: str
    name: str
    fen: int
    source: PoolSource | None = None
    organisation: Organisation | None = None

    @property
    def is_paid_by_the_pool(self) -> bool:
        return self.source is not None


def shares_of(claim: Claim, scheme: Scheme, borne: Mapping[str, int]) -> list[Share]:
    """Every party in listed order with who stands behind it; a party on the pool as a whole becomes one share a source."""
    agreement: Agreement = claim.enrolment.agreement
    bearers = pools.bearers(agreement, scheme)
    if not pool_rules.nothing_left_passing(borne, bearers):
        raise Refused(Problem("分担", "有份额停在中间方", "请核对协议中各分担方的承担人", "passing"))
    sources = {source.code: source for source in pools.sources_of(agreement.pool)}
    charged = pool_rules.charged_to_sources(
        borne, bearers, {code: source.weight for code, source in sources.items()}
    )
    shares = []
    for party, fen in borne.items():
        bearer = bearers[party]
        if bearer.kind in ("source", "pool"):
            shares += [
                Share(party, sources[code].name, part, source=sources[code])
                for (of, code), part in charged.items()
                if of == party
            ]
        elif bearer.kind != "passes":
            organisation = _organisation(bearer, claim, party)
            shares.append(Share(party, organisation.short_name, fen, organisation=organisation))
    assert sum(share.fen for share in shares) == sum(borne.values()), "every fen is borne by somebody"
    return shares


def _organisation(bearer: pool_rules.Bearer, claim: Claim, party: str) -> Organisation:
    loan = claim.enrolment.loan
    if bearer.kind == "lender":
        return loan.bank
    if bearer.kind == "organisation":
        return Organisation.objects.get(code=bearer.name)
    assert bearer.kind == "guarantor"
    assert loan.terms is not None
    if loan.terms.guarantor is None:
        raise Refused(
            Problem(f"分担方 {party}", "贷款没有登记在册的担保机构", "请先更正贷款的担保机构", "no_guarantor")
        )
    return loan.terms.guarantor


@dataclass(frozen=True)
class SourceEffect:
    """What a payment takes from one source (fen)."""

    source: PoolSource
    takes: int
    free: int

    @property
    def left(self) -> int:
        return self.free - self.takes


@dataclass(frozen=True)
class LimitEffect:
    """What a claim does to one limit (fen)."""

    limit: Limit
    used: int
    adds: int
    ceiling: int

    @property
    def room(self) -> int:
        return self.ceiling - self.used

    @property
    def used_after(self) -> int:
        return self.used + self.adds

    @property
    def left(self) -> int:
        return self.ceiling - self.used_after

    @property
    def title(self) -> str:
        whose = f"（{self.limit.agreement.bank.short_name}）" if self.limit.agreement else ""
        return (
            f"{self.limit.year or ''}{'年' if self.limit.year else ''}{self.limit.get_scope_display()}{whose}"
        )


@dataclass(frozen=True)
class Preview:
    """What would happen if the claim were accepted now; nothing is written."""

    scheme: Scheme
    apportionment: engine.Apportionment
    shares: tuple[Share, ...]
    sources: tuple[SourceEffect, ...]
    limits: tuple[LimitEffect, ...]

    @property
    def public_fen(self) -> int:
        return sum(share.fen for share in self.shares if share.is_paid_by_the_pool)

    @property
    def problems(self) -> list[Problem]:
        """What would keep the claim from being accepted, all at once."""
        found = []
        if self.public_fen == 0:
            found.append(
                Problem(
                    "应补偿金额",
                    "按方案计算资金池应补偿为零",
                    "请核对事实，或作不予补偿处理",
                    "nothing_to_pay",
                )
            )
        for effect in self.sources:
            if effect.left < 0:
                found.append(_short(f"{effect.source.name}可用余额", effect.takes, effect.free, "overdrawn"))
        for limit in self.limits:
            if limit.left < 0:
                found.append(_short(limit.title, limit.adds, limit.ceiling - limit.used, "over_limit"))
        return found


def _short(where: str, needed: int, left: int, code: str) -> Problem:
    return Problem(
        where,
        f"需 {yuan_text(needed, grouped=True)} 元，余 {yuan_text(left, grouped=True)} 元",
        "申请保持待审核，资金补足或限额调整后可再受理",
        code,
    )


def preview(claim: Claim, on: dt.date) -> Preview:
    """Apportion a claim with the facts of the moment. Refused when the scheme needs a fact that is absent."""
    scheme = scheme_of(claim.enrolment.scheme_id)
    outcome = engine.apportion(scheme, loss_of(claim), metrics_of(claim, on))
    shares = shares_of(claim, scheme, outcome.borne)
    takes: dict[UUID, int] = {}
    for share in shares:
        if share.source is not None:
            takes[share.source.pk] = takes.get(share.source.pk, 0) + share.fen
    sources = pools.sources_of(claim.enrolment.agreement.pool)
    public = sum(takes.values())
    return Preview(
        scheme=scheme,
        apportionment=outcome,
        shares=tuple(shares),
        sources=tuple(
            SourceEffect(source, takes.get(source.pk, 0), ledger.balance(source.free)) for source in sources
        ),
        limits=tuple(
            LimitEffect(limit, fen_of(limit.used), public, fen_of(limit.ceiling))
            for limit in payout_limits(claim.enrolment.agreement, on.year)
        ),
    )


def payout_limits(agreement: Agreement, year: int) -> list[Limit]:
    """The payout limits of a year that bind an agreement."""
    binds = Q(agreement=agreement) | Q(agreement=None, pool=agreement.pool_id)
    rows = Limit.objects.filter(binds, scope__in=PAYOUT, year=year)
    return list(rows.select_related("agreement__bank").order_by("pk"))


def decided(claim: Claim) -> tuple[Apportionment, list[BorneShare]] | None:
    """The accepted apportionment of a claim with its shares in order."""
    row = Apportionment.objects.filter(claim=claim).first()
    if row is None:
        return None
    return row, list(row.shares.select_related("source", "organisation").order_by("place"))


def returned_by_share(claim: Claim) -> dict[int, int]:
    """What recoveries have given back so far, by share id (fen)."""
    rows = (
        ReturnedShare.objects.filter(recovery__claim=claim).values_list("share").annotate(total=Sum("amount"))
    )
    return {share: int(total * 100) for share, total in rows}


@dataclass(frozen=True)
class RecoveryShares:
    """How one piece of recovered money is handed back: the sharing of all pieces so far, and what each share gets now."""

    sharing: RecoverySharing
    gives: tuple[tuple[BorneShare, int], ...]

    @property
    def to_pool_fen(self) -> int:
        return sum(fen for share, fen in self.gives if share.source_id)


def recovery_shares(claim: Claim, gross_fen: int, costs_fen: int) -> RecoveryShares:
    """What the next piece of recovery gives to each who bore the claim; the action and its preview both ask here."""
    earlier = list(claim.recoveries.all())
    shares = list(claim.apportionment.shares.select_related("source", "organisation"))
    had = returned_by_share(claim)
    sharing = share_recovery(
        engine.stored_scheme(claim.apportionment.working),
        engine.replay(claim.apportionment.working),
        sum(fen_of(piece.gross) for piece in earlier) + gross_fen,
        sum(fen_of(piece.costs) for piece in earlier) + costs_fen,
        already_returned=_by_party(shares, had),
    )
    return RecoveryShares(sharing, tuple(_gives(shares, sharing.paid_so_far, had)))


def _by_party(shares: Sequence[BorneShare], had: Mapping[int, int]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for share in shares:
        totals[share.party] = totals.get(share.party, 0) + had.get(share.pk, 0)
    return totals


def _gives(
    shares: Sequence[BorneShare], paid_so_far: Mapping[str, int], had: Mapping[int, int]
) -> list[tuple[BorneShare, int]]:
    """What this piece gives to each share; a party that several sources stand behind is shared by what each bore."""
    gives = []
    for party in dict.fromkeys(share.party for share in shares):
        of_party = [share for share in shares if share.party == party]
        if len(of_party) == 1:
            (share,) = of_party
            gives.append((share, paid_so_far.get(party, 0) - had.get(share.pk, 0)))
            continue
        weights = {str(share.pk): fen_of(share.borne) for share in of_party}
        before = {str(share.pk): had.get(share.pk, 0) for share in of_party}
        now = rules.cumulative_split(paid_so_far.get(party, 0), weights, before)
        gives += [(share, now[str(share.pk)]) for share in of_party]
    return gives


def party_names(claim: Claim, scheme: Scheme) -> dict[str, str]:
    """Names for the parties of a scheme as a reader of this claim knows them."""
    agreement = claim.enrolment.agreement
    bearers = pools.bearers(agreement, scheme)
    sources = {source.code: source.name for source in pools.sources_of(agreement.pool)}
    names = {}
    for code, bearer in bearers.items():
        if bearer.kind == "lender":
            names[code] = claim.enrolment.loan.bank.short_name
        elif bearer.kind == "source":
            names[code] = sources[bearer.name]
        elif bearer.kind in ("organisation", "guarantor"):
            names[code] = _organisation(bearer, claim, code).short_name
        else:
            names[code] = agreement.pool.name
    return names


def faults() -> list[str]:
    """Sentences naming every claim whose stored decision, shares, sums or ledger do not agree. Reads all claims."""
    found = []
    for row in (
        Apportionment.objects.select_related("claim").prefetch_related("shares").iterator(chunk_size=200)
    ):
        number = row.claim.number
        try:
            again = engine.replay(row.working)
        except Refused as refused:
            found.append(f"补偿申请 {number}：存档的分担不能重算（{refused}）")
            continue
        if again.digest != row.sha256:
            found.append(f"补偿申请 {number}：分担摘要不符")
        borne: dict[str, int] = {}
        for share in row.shares.all():
            borne[share.party] = borne.get(share.party, 0) + fen_of(share.borne)
        if {k: v for k, v in borne.items() if v} != {k: v for k, v in again.borne.items() if v}:
            found.append(f"补偿申请 {number}：分担明细与重算结果不符")
        public = sum(fen_of(share.borne) for share in row.shares.all() if share.source_id)
        if row.claim.state in (Claim.State.ACCEPTED, Claim.State.PAID) and public != fen_of(
            row.claim.reserved
        ):
            found.append(f"补偿申请 {number}：预留额与分担明细不符")
    for row in Claim.objects.filter(state=Claim.State.PAID).select_related("payment__journal"):
        total = sum(line.fen for line in ledger.lines_of(row.payment.journal))
        if not fen_of(row.paid) == fen_of(row.payment.amount) == total == fen_of(row.reserved):
            found.append(f"补偿申请 {row.number}：支付额与凭证不符")
        returned = sum(returned_by_share(row).values())
        of_pool = ReturnedShare.objects.filter(recovery__claim=row, share__source__isnull=False)
        if int((of_pool.aggregate(total=Sum("amount"))["total"] or 0) * 100) != fen_of(row.returned):
            found.append(f"补偿申请 {row.number}：返还额与追偿明细不符（{returned}）")
    return found
