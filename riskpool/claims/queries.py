"""Reading claims. A bank sees its own; those with a seat at the pool see the pool's; a guarantor those it bears."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from finance.parties.models import Organisation
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from riskpool.claims.models import Apportionment, BorneShare, Claim, ReturnedShare, SettledShare
from riskpool.claims.rules import COMPONENTS
from riskpool.ledger import queries as ledger
from riskpool.pools import exposures, metrics, using
from riskpool.pools import queries as pools
from riskpool.pools import rules as pool_rules
from riskpool.pools.models import Agreement, Limit, PoolSource
from riskpool.pools.versions import procedure_of, scheme_of
from riskpool.schemes import engine
from riskpool.schemes.aloud import condition_words, met_lines
from riskpool.schemes.in_year import base_metrics, claim_base

if TYPE_CHECKING:
    from uuid import UUID

    from finance.loans.models import Loan
    from riskpool.pools.catalogue import Entry
    from riskpool.pools.procedure import Procedure
    from riskpool.schemes.terms import Scheme

ENDED = (Claim.State.REFUSED, Claim.State.WITHDRAWN)
HOLDING = (Claim.State.ACCEPTED, Claim.State.ESCROWED, Claim.State.PART_PAID, Claim.State.PAID)
DECIDED = (*HOLDING, Claim.State.IN_YEAR)
OPEN = (Claim.State.FILED, Claim.State.DEFICIENT, Claim.State.DEFERRED)
PAYOUT = using.PAYOUT


def claims(*, viewer: Any) -> QuerySet[Claim]:
    """The claims that the viewer may know of, newest first."""
    own = {
        Organisation.Kind.BANK: Q(enrolment__loan__bank=viewer.organisation_id),
        Organisation.Kind.GUARANTOR: Q(
            pk__in=BorneShare.objects.filter(
                organisation=viewer.organisation_id, apportionment__taken_back=None
            ).values("apportionment__claim")
        ),
    }.get(viewer.organisation.kind, Q(enrolment__agreement__pool__in=pools.seated(viewer)))
    return (
        Claim.objects.filter(own)
        .select_related(
            "enrolment__loan__bank", "enrolment__loan__borrower", "enrolment__loan__terms",
            "enrolment__agreement__pool", "enrolment__agreement__bank", "enrolment__scheme", "filed_by__person",
        )
        .order_by("-filed_on", "-number")
    )  # fmt: skip


def claim(*, viewer: Any, claim_id: UUID) -> Claim:
    """One such claim; Claim.DoesNotExist for everybody else."""
    return claims(viewer=viewer).get(pk=claim_id)


def procedure_for(claim: Claim) -> Procedure:
    """The rules of procedure of the claim's pool."""
    return procedure_of(claim.enrolment.agreement.pool.procedure_id)


def stated_loss(claim: Claim) -> dict[str, int]:
    """The loss as the bank states it now, in fen by component: the latest statement, else the claim as filed."""
    stated = claim.statements.last() or claim
    return {name: fen_of(getattr(stated, name)) for name in COMPONENTS}


def loss_for(claim: Claim, recognised: Mapping[str, int]) -> dict[str, int]:
    """A recognised loss as the engine reads it: zeros left out, principal under the name its scheme includes."""
    scheme = scheme_of(claim.enrolment.scheme_id)
    principal = "principal_net" if "principal_net" in scheme.loss_base.include else "principal"
    return {principal if name == "principal" else name: fen for name, fen in recognised.items() if fen}


def metric_values(claim: Claim, on: dt.date) -> dict[str, metrics.Value | metrics.Unknown]:
    """Every fact that the claim's scheme can ask for, with its working, as it stands before this claim and without it."""
    enrolment = claim.enrolment
    facts = pools.facts_of(enrolment.loan, enrolment.enrolled_on)
    of_loan = pool_rules.loan_metrics(facts, procedure_for(claim).districts)
    asked = metrics.Asked(
        pool=enrolment.agreement.pool, on=on, agreement=enrolment.agreement, version=enrolment.scheme,
        loan=enrolment.loan, facts=of_loan, claim=claim, now=True,
    )  # fmt: skip
    terms = {name: metrics.Value(name, text, on) for name, text in of_loan.items()}
    counted = {name: metrics.value_of(name, asked) for name in COUNTED}
    scheme = scheme_of(enrolment.scheme_id)
    if scheme.level == "bank_year":  # what its steps ask for is asked at the year's end
        return terms | counted | {name: metrics.value_of(name, asked) for name in base_metrics(scheme)}
    return terms | counted | metrics.values_for(scheme, asked)


COUNTED = (  # kept with every decision, whether its scheme asks for them or not
    *("pool.balance", "pool.government_balance"),
    *("scheme.paid_this_year", "bank.paid_this_year", "borrower.eligible_used_this_year"),
)


def metrics_of(claim: Claim, on: dt.date) -> dict[str, str]:
    """The same as the engine takes them (yuan, shares of one); what is not known is left out."""
    return metrics.texts(metric_values(claim, on))


def facts_wanting(claim: Claim, on: dt.date) -> list[Entry]:
    """The facts without which the claim cannot be calculated and that a person must state."""
    absent = metrics.absent(metric_values(claim, on))
    return [entry for entry in absent if entry.is_stated]


def payouts_of(limit: Limit) -> int:
    """What a payout limit has used (fen): the claims accepted in its year, if it has one, and not refused since."""
    members = using.members(limit)
    rows = Claim.objects.filter(using.within(limit, members, "enrolment__"), reserved__gt=0)
    if limit.year is not None:
        rows = rows.filter(decided_on__year=limit.year)
    if members.sources:
        return sum(by_source(claim).get(source, 0) for claim in rows for source in members.sources)
    return int((rows.aggregate(total=Sum("reserved"))["total"] or 0) * 100)


_MOVED = ("paid", "to_escrow", "from_escrow", "freed")


def by_source(claim: Claim) -> dict[UUID, int]:
    """What each source of the pool holds for a claim or has paid of it (fen): by its settlements, before the first as
    accepted."""
    settled = SettledShare.objects.filter(settlement__claim=claim, share__source__isnull=False)
    if not settled.exists():
        shares = BorneShare.objects.filter(
            apportionment__claim=claim, apportionment__seq=claim.accepted_seq, source__isnull=False
        )
        rows = shares.values_list("source").annotate(total=Sum("borne"))
        return {source: int(total * 100) for source, total in rows if source is not None}
    found = {}
    for source, *sums in settled.values_list("share__source").annotate(
        **{f"sum_{name}": Sum(name) for name in _MOVED}
    ):
        paid, to_escrow, from_escrow, freed = (int(total * 100) for total in sums)
        found[source] = paid + to_escrow - from_escrow - freed
    return found


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
    bearers = exposures.bearers(agreement, scheme)
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
    standing = standing_guarantor(claim, party)
    if standing is not None:
        return standing
    assert loan.terms is not None
    if loan.terms.guarantor is None:
        raise Refused(
            Problem(f"分担方 {party}", "贷款没有登记在册的担保机构", "请先更正贷款的担保机构", "no_guarantor")
        )
    return loan.terms.guarantor


def standing_guarantor(claim: Claim, party: str | None = None) -> Organisation | None:
    """The guarantor that the acceptance named (for a year's claim: its first settlement); None before.

    Who bears is a fact of the acceptance like all others (docs/decisions/0016): when the loan's guarantor is corrected
    later, what the first one bears stays with it, and so does what comes back.
    """
    if claim.state not in DECIDED:
        return None
    shares = BorneShare.objects.filter(
        apportionment__claim=claim, apportionment__seq__gte=claim.accepted_seq,
        organisation__kind=Organisation.Kind.GUARANTOR,
    ).exclude(apportionment__stage=Apportionment.Stage.INTO_YEAR)  # fmt: skip
    if party is not None:
        shares = shares.filter(party=party)
    first = shares.select_related("organisation").order_by("apportionment__seq", "place").first()
    return first.organisation if first else None


def guarantor_problems(claim: Claim) -> list[Problem]:
    """That the loan names another guarantor now than the acceptance did, if it does."""
    scheme = scheme_of(claim.enrolment.scheme_id)
    bearers = exposures.bearers(claim.enrolment.agreement, scheme)
    terms, found = claim.enrolment.loan.terms, []
    for party, bearer in bearers.items():
        standing = standing_guarantor(claim, party) if bearer.kind == "guarantor" else None
        if standing is None or terms is None or terms.guarantor_id == standing.pk:
            continue
        now = terms.guarantor.short_name if terms.guarantor else "未登记"
        told = f"受理时为{standing.short_name}，贷款现登记为{now}"
        wanted = "尚未支付的，请退回重审后重新受理；已结算的仍由受理时的担保机构承担"
        found.append(Problem(f"担保机构（{party}）", told, wanted, "guarantor_moved"))
    return found


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
    users: tuple[tuple[str, int], ...] = ()

    @property
    def used_by(self) -> str:
        """Who uses it, in words for those who sit at the pool."""
        told = _("%(bank)s %(amount)s 元")
        parts = [told % {"bank": bank, "amount": yuan_text(fen, grouped=True)} for bank, fen in self.users]
        return str(_("、")).join(parts)

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
        return self.limit.title


@dataclass(frozen=True)
class Preview:
    """What would happen if the claim were accepted now; nothing is written.

    `suspended` names the stop-loss lines that are met and suspend claims: then the claim is not accepted but deferred.
    """

    scheme: Scheme
    apportionment: engine.Apportionment
    shares: tuple[Share, ...]
    sources: tuple[SourceEffect, ...]
    limits: tuple[LimitEffect, ...]

    @property
    def by_source(self) -> dict[UUID, int]:
        """What each source would pay (fen)."""
        return {effect.source.pk: effect.takes for effect in self.sources}

    @property
    def narrowest(self) -> LimitEffect | None:
        """Of the limits the one that would bind first: the least left after this claim."""
        return min(self.limits, key=lambda effect: (effect.left, effect.title), default=None)

    @property
    def public_fen(self) -> int:
        return sum(share.fen for share in self.shares if share.is_paid_by_the_pool)

    @property
    def suspended(self) -> tuple[str, ...]:
        if not self.apportionment.suspended:
            return ()
        return tuple(note for note in self.apportionment.notes if note.endswith(": suspend_claims"))

    @property
    def suspension_problems(self) -> list[Problem]:
        """One for each stop-loss line that suspends claims now."""
        return [
            Problem(
                "止损线", f"{condition_words(line.condition)}，方案暂停补偿",
                "请作暂缓处理，解除后重新计算", "suspended",
            )
            for line in met_lines(self.scheme, self.suspended)
        ]  # fmt: skip

    @property
    def problems(self) -> list[Problem]:
        """What would keep the claim from being accepted, all at once."""
        if self.suspended:
            return self.suspension_problems
        return [*self._nothing, *self.shortages]

    @property
    def into_year(self) -> bool:
        """Whether the claim is only taken into its bank's year: nothing is shared or reserved yet."""
        return self.scheme.level == "bank_year"

    @property
    def _nothing(self) -> list[Problem]:
        if self.public_fen:
            return []
        if self.into_year:
            wanted = "请核对事实，或作不予补偿处理"
            nothing = Problem("列入分担的损失", "按方案计算为零", wanted, "nothing_covered")
            return [] if self.apportionment.covered_fen else [nothing]
        wanted = "请核对事实，或作不予补偿处理"
        return [Problem("应补偿金额", "按方案计算资金池应补偿为零", wanted, "nothing_to_pay")]

    @property
    def shortages(self) -> list[Problem]:
        """Every source and limit that has less room than the claim needs."""
        found = []
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
        "请作暂缓处理排队，资金补足或限额调整后再受理",
        code,
    )


def preview(
    claim: Claim,
    on: dt.date,
    recognised: Mapping[str, int] | None = None,
    grants: Sequence[tuple[int, str, str]] = (),
) -> Preview:
    """Apportion a claim with the facts of the moment.

    Refused when the scheme needs a fact that nobody has set: which, why, and who states it (code `fact_absent`).
    `recognised` (fen by component) stands instead of what the bank states; `grants` are shares granted below the
    scheme's ceilings: (place of the step, party, share).
    """
    scheme = scheme_of(claim.enrolment.scheme_id)
    for step, party, granted in grants:
        scheme = engine.with_granted_share(scheme, step, party, granted)
    values = metric_values(claim, on)
    refuse_if_any(metrics.absent_problems(values))
    loss = loss_for(claim, stated_loss(claim) if recognised is None else recognised)
    share_alone = claim_base if scheme.level == "bank_year" else engine.apportion
    outcome = share_alone(scheme, loss, metrics.texts(values))
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
        limits=tuple(_limit_effects(claim, on.year, public, takes)),
    )


def _limit_effects(claim: Claim, year: int, public: int, takes: Mapping[UUID, int]) -> list[LimitEffect]:
    """What the claim would do to every payout limit that binds it; one that comes to be with it begins at nothing."""
    limits = payout_limits(claim.enrolment.agreement, claim.enrolment.loan, year)
    members = using.members_of(limits)
    return [
        LimitEffect(
            limit,
            fen_of(limit.used),
            using.part_for(using.members(limit, members), public, takes),
            fen_of(limit.ceiling),
            tuple(using.users_of(limit)),
        )
        for limit in limits
    ]


def payout_limits(agreement: Agreement, loan: Loan, year: int) -> list[Limit]:
    """The payout limits of a year that bind a loan under an agreement; those that no row stands for yet unsaved."""
    standing = list(
        Limit.objects.filter(
            Q(agreement=agreement) | Q(agreement=None), Q(borrower=None) | Q(borrower=loan.borrower_id),
            Q(loan=None) | Q(loan=loan.pk), Q(year=None) | Q(year=year), pool=agreement.pool_id, scope__in=PAYOUT,
        ).select_related("agreement__bank", "borrower", "loan", "group").order_by("pk")
    )  # fmt: skip
    found = [*standing, *using.unmade(agreement, loan, PAYOUT, year, standing)]
    members = using.members_of(found)
    bound = {pk: group.agreements for pk, group in members.items()}
    return pool_rules.Binding(found, bound).of(agreement, borrower_id=loan.borrower_id, loan_id=loan.pk)


def decided(claim: Claim) -> tuple[Apportionment, list[BorneShare]] | None:
    """The calculation of a claim that stands, with its shares in order; one that was taken back does not."""
    rows = Apportionment.objects.filter(claim=claim, taken_back=None)
    row = rows.select_related("run").order_by("-seq").first()
    if row is None:
        return None
    row.claim = claim
    return row, list(row.shares.select_related("source", "organisation").order_by("place"))


def payable_fen(row: Apportionment, shares: Sequence[BorneShare]) -> int:
    """What the pool has to pay by a calculation (fen): what its claim holds of it, or its part of a settled year."""
    if row.stage in (Apportionment.Stage.INTO_YEAR, Apportionment.Stage.YEAR):
        return sum(fen_of(share.borne) for share in shares if share.source_id)
    return fen_of(row.claim.reserved)


def returned_by_share(claim: Claim) -> dict[int, int]:
    """What recoveries have given back so far (fen), by the share of the calculation that stands now."""
    rows = (
        ReturnedShare.objects.filter(recovery__claim=claim)
        .values_list("share__party", "share__source", "share__organisation")
        .annotate(total=Sum("amount"))
    )
    had = {(party, source, house): int(total * 100) for party, source, house, total in rows}
    row = decided(claim)
    shares = row[1] if row else []
    return {share.pk: had[share.key] for share in shares if share.key in had}


def party_names(claim: Claim, scheme: Scheme) -> dict[str, str]:
    """Names for the parties of a scheme as a reader of this claim knows them."""
    agreement = claim.enrolment.agreement
    bearers = exposures.bearers(agreement, scheme)
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


def limit_faults() -> list[str]:
    """Sentences naming every payout limit whose use is not the sum of the claims accepted in its year."""
    return [
        f"{limit.pool.name} {limit.title}：已用额不等于已受理与已支付之和"
        for limit in Limit.objects.filter(scope__in=PAYOUT).select_related(
            "pool", "agreement__bank", "borrower", "loan", "group"
        )
        if payouts_of(limit) != fen_of(limit.used)
    ]
