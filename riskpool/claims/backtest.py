"""A scheme tried on claims that were decided: what was borne then, what would be borne now, who gains and who loses.

Every accepted or paid claim of the pools that answer to the viewer's bureau is shared again with its stored loss and facts,
by the bulk path. Facts that add up over a year (paid so far) are those recorded then: they are not run again. A share that
was granted to the claim below its ceiling is granted under the tried scheme too, at most its ceiling there. Reads only;
amounts in fen. A positive change means that a party would bear more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money import percent_text
from kernel.money.fields import fen_of
from riskpool.claims.models import Apportionment, Claim
from riskpool.claims.queries import HOLDING
from riskpool.pools import queries as pools
from riskpool.pools import rules as pool_rules
from riskpool.pools.effect import absent_told, bearers_under
from riskpool.pools.models import PoolSeat
from riskpool.schemes import engine
from riskpool.schemes.aloud import party_words
from riskpool.schemes.bulk import BulkApportionment, apportion_many
from riskpool.schemes.recovery import share_recovery
from riskpool.schemes.terms import COMPONENTS, PRINCIPALS, Scheme, Transfer

if TYPE_CHECKING:
    from riskpool.schemes.engine import Apportionment as Shared

Borne = Mapping[str, int]


@dataclass(frozen=True)
class ClaimTried:
    """One claim: what each party has of it in the end (what came back counted off, the lender's outside part counted in),
    and what the pool pays, then and now; facts that were absent without forbidding the calculation."""

    claim: Claim
    then: Borne
    now: Borne
    public_then: int
    public_now: int
    by_source_then: Borne
    by_source_now: Borne
    missing: tuple[str, ...] = ()

    @property
    def change(self) -> int:
        return self.public_now - self.public_then


@dataclass(frozen=True)
class NotTried:
    """A claim that cannot be shared by the scheme, and why."""

    claim: Claim
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Balance:
    """What somebody bears over all claims that were tried."""

    name: str
    then: int
    now: int

    @property
    def change(self) -> int:
        return self.now - self.then


@dataclass(frozen=True)
class Backtest:
    """All claims with their sums; the changes of all parties together are nought."""

    rows: tuple[ClaimTried, ...]
    parties: tuple[Balance, ...]
    sources: tuple[Balance, ...]
    not_tried: tuple[NotTried, ...]

    @property
    def public(self) -> Balance:
        return Balance("", sum(r.public_then for r in self.rows), sum(r.public_now for r in self.rows))


def backtest(*, viewer: Any, scheme: Scheme) -> Backtest:
    """Every decided claim of the bureau's pools under `scheme`."""
    decided = list(_decided(viewer))
    if scheme.level == "bank_year":
        reason = ("方案按银行和年度合并计算，不能逐笔试算",)
        return Backtest((), (), (), tuple(NotTried(row.claim, reason) for row in decided))
    bearers = {}
    for row in decided:
        agreement = row.claim.enrolment.agreement
        if agreement.pk not in bearers:
            bearers[agreement.pk] = bearers_under(agreement, scheme)
    again = _shared_as_granted(scheme, decided)
    tried, not_tried = [], []
    for row, outcome in zip(decided, again, strict=True):
        found, problems = bearers[row.claim.enrolment.agreement_id]
        reasons = [f"{problem.where}：{problem.found}" for problem in problems]
        if isinstance(outcome, NotTried):
            reasons += outcome.reasons
        elif outcome.many.refused[outcome.place]:
            reasons += absent_told(outcome.many.reasons(outcome.place))
        if reasons:
            not_tried.append(NotTried(row.claim, tuple(reasons)))
        else:
            assert isinstance(outcome, _Again)
            tried.append(_tried(row, outcome, found))
    return Backtest(tuple(tried), _parties(tried, decided, scheme), _sources(tried), tuple(not_tried))


@dataclass(frozen=True)
class _Again:
    """A claim among those shared together under the scheme with the same granted shares."""

    scheme: Scheme
    many: BulkApportionment
    place: int


def _shared_as_granted(scheme: Scheme, decided: Sequence[Apportionment]) -> list[_Again | NotTried]:
    """Every claim shared again with what was granted to it, those of the same grants together."""
    groups: dict[tuple[Grant, ...], list[int]] = {}
    for place, row in enumerate(decided):
        groups.setdefault(grants_of(row.working), []).append(place)
    found: dict[int, _Again | NotTried] = {}
    for grants, places in groups.items():
        try:
            granted_scheme = as_granted(scheme, grants)
        except Refused as refused:
            reasons = tuple(f"{problem.where}：{problem.found}" for problem in refused.problems)
            found |= {place: NotTried(decided[place].claim, reasons) for place in places}
            continue
        many = shared_again(granted_scheme, [decided[place].inputs for place in places])
        found |= {place: _Again(granted_scheme, many, at) for at, place in enumerate(places)}
    return [found[place] for place in range(len(decided))]


@dataclass(frozen=True)
class Grant:
    """A share granted below its ceiling: whose, how much, and in which of the transfers to that party."""

    party: str
    share: str
    which: int
    of: int


def grants_of(decision: Mapping[str, Any]) -> tuple[Grant, ...]:
    """What was granted in a stored decision."""
    grants = [grant.split(" ") for grant in decision.get("grants", ())]
    if not grants:
        return ()
    frozen = engine.stored_scheme(decision)
    places = {party: _places_of(frozen, party) for _, party, _ in grants}
    return tuple(
        Grant(party, share, places[party].index(int(step)), len(places[party]))
        for step, party, share in grants
    )


def as_granted(scheme: Scheme, grants: Sequence[Grant]) -> Scheme:
    """The scheme with the shares that were granted under another version of it.

    Refused: a party with another number of transfers than then, where nobody can say which was meant; a share above the
    ceiling of the tried scheme, which the deciding body would have to decide anew.
    """
    problems = []
    for grant in grants:
        where, places = f"核定比例 {grant.party}", _places_of(scheme, grant.party)
        if len(places) != grant.of:
            found = f"受理时有 {grant.of} 步写有该分担方的比例，试算的方案有 {len(places)} 步"
            problems.append(Problem(where, found, "请逐件核对", "grant_of_no_step"))
            continue
        try:
            scheme = engine.with_granted_share(scheme, places[grant.which], grant.party, grant.share)
        except Refused:
            granted, most = Fraction(grant.share), _ceiling(scheme, places[grant.which], grant.party)
            found = f"受理时核定 {percent_text(granted, 2)}，高于试算方案的上限 {percent_text(most, 2)}"
            problems.append(Problem(where, found, "须由决定机构重新核定", "above_ceiling"))
    refuse_if_any(problems)
    return scheme


def _places_of(scheme: Scheme, party: str) -> list[int]:
    return [
        place
        for place, step in enumerate(scheme.steps)
        if isinstance(step, Transfer) and any(party in row.shares for row in step.rows)
    ]


def _ceiling(scheme: Scheme, place: int, party: str) -> Fraction:
    step = scheme.steps[place]
    assert isinstance(step, Transfer)
    return max(row.shares[party] for row in step.rows if party in row.shares)


def shared_again(scheme: Scheme, inputs: Sequence[Mapping[str, Any]]) -> BulkApportionment:
    """Stored losses and facts through a scheme at once; the principal takes the name that the scheme includes."""
    losses = [loss_for(scheme, each["loss"]) for each in inputs]
    measure = _measure(scheme)
    names = [measure, *(name for name in COMPONENTS if name not in PRINCIPALS)]
    columns = {name: np.array([loss.get(name, 0) for loss in losses], dtype=np.int64) for name in names}
    needed = [need.name for need in engine.needed_metrics(scheme)]
    return apportion_many(
        scheme, columns, {name: [each["metrics"].get(name) for each in inputs] for name in needed}
    )


def loss_for(scheme: Scheme, loss: Mapping[str, int]) -> dict[str, int]:
    """A stored loss in the components of a scheme: its principal under the measure that the scheme includes.

    The claim knows one figure of principal, what is unpaid; a scheme that takes it after disposal is tried with the same.
    """
    measure = _measure(scheme)
    return {measure if name in PRINCIPALS else name: fen for name, fen in loss.items()}


def _measure(scheme: Scheme) -> str:
    return next((name for name in PRINCIPALS if name in scheme.loss_base.include), PRINCIPALS[0])


def _decided(viewer: Any) -> Any:
    answering = PoolSeat.objects.filter(organisation=viewer.organisation_id, seat=PoolSeat.Seat.BUREAU)
    return (
        Apportionment.objects.filter(
            pk__in=Apportionment.objects.order_by("claim", "-seq").distinct("claim").values("pk"),
            claim__state__in=HOLDING,
            claim__enrolment__agreement__pool__in=answering.values("pool"),
        )
        .select_related(
            "claim__enrolment__agreement__pool", "claim__enrolment__loan__bank", "claim__enrolment__scheme"
        )
        .prefetch_related("shares__source", "claim__recoveries")
        .order_by("claim__decided_on", "claim__number")
    )


def _tried(row: Apportionment, again: _Again, bearers: Mapping[str, pool_rules.Bearer]) -> ClaimTried:
    stored, scheme, many, place = row.working, again.scheme, again.many, again.place
    borne = dict(zip(scheme.codes, (int(fen) for fen in many.borne[place]), strict=True))
    then, now = dict(stored["borne"]), dict(borne)
    frozen = engine.stored_scheme(stored)
    then[frozen.lender] += stored["outside_fen"]
    now[scheme.lender] = now.get(scheme.lender, 0) + int(many.outside[place])
    recoveries = [] if row.run_id else list(row.claim.recoveries.all())  # a year counts them off the loss
    if recoveries:
        gross, costs = (
            sum(fen_of(getattr(each, name)) for each in recoveries) for name in ("gross", "costs")
        )
        _count_off(then, frozen, engine.replay(stored), gross, costs)
        _count_off(now, scheme, many.single(place), gross, costs)
    sources = pools.sources_of(row.claim.enrolment.agreement.pool)
    names = {source.code: source.name for source in sources}
    charged = pool_rules.charged_to_sources(
        borne, bearers, {source.code: source.weight for source in sources}
    )
    before: dict[str, int] = {}
    for share in row.shares.all():
        if share.source is not None:
            before[share.source.name] = before.get(share.source.name, 0) + fen_of(share.borne)
    after: dict[str, int] = {}
    for (_, code), fen in charged.items():
        after[names[code]] = after.get(names[code], 0) + fen
    return ClaimTried(
        row.claim, then, now, sum(before.values()), sum(after.values()), before, after, many.missing(place)
    )


def _count_off(borne: dict[str, int], scheme: Scheme, shared: Shared, gross: int, costs: int) -> None:
    """Take off what came back; costs that the money collected has not met stay with the lender."""
    sharing = share_recovery(scheme, shared, gross, costs)
    for code, fen in sharing.returned.items():
        borne[code] -= fen
    borne[scheme.lender] += costs - (gross - sharing.net_fen) - sharing.to_lender_outside_fen


def _parties(
    tried: Sequence[ClaimTried], decided: Sequence[Apportionment], scheme: Scheme
) -> tuple[Balance, ...]:
    names = {code: party_words(scheme, code) for code in scheme.codes}
    for row in decided:
        frozen = engine.stored_scheme(row.working)
        names |= {code: party_words(frozen, code) for code in frozen.codes if code not in names}
    return tuple(
        Balance(name, sum(row.then.get(code, 0) for row in tried), sum(row.now.get(code, 0) for row in tried))
        for code, name in names.items()
        if any(row.then.get(code) or row.now.get(code) for row in tried)
    )


def _sources(tried: Sequence[ClaimTried]) -> tuple[Balance, ...]:
    names = dict.fromkeys(name for row in tried for name in (*row.by_source_then, *row.by_source_now))
    return tuple(
        Balance(
            name,
            sum(row.by_source_then.get(name, 0) for row in tried),
            sum(row.by_source_now.get(name, 0) for row in tried),
        )
        for name in names
    )
