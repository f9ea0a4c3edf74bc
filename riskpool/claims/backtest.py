"""A scheme tried on claims that were decided: what was borne then, what would be borne now, who gains and who loses.

Every accepted or paid claim of the pools that answer to the viewer's bureau is shared again with its stored loss and facts,
by the bulk path. Facts that add up over a year (paid so far) are those recorded then: they are not run again. Reads only;
amounts in fen. A positive change means that a party would bear more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

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
from riskpool.schemes.terms import COMPONENTS, PRINCIPALS, Scheme

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
    many = shared_again(scheme, [row.inputs for row in decided])
    tried, not_tried = [], []
    for place, row in enumerate(decided):
        found, problems = bearers[row.claim.enrolment.agreement_id]
        reasons = (
            *(f"{problem.where}：{problem.found}" for problem in problems),
            *(absent_told(many.reasons(place)) if many.refused[place] else ()),
        )
        if reasons:
            not_tried.append(NotTried(row.claim, reasons))
        else:
            tried.append(_tried(row, scheme, many, place, found))
    return Backtest(tuple(tried), _parties(tried, decided, scheme), _sources(tried), tuple(not_tried))


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


def _tried(
    row: Apportionment,
    scheme: Scheme,
    many: BulkApportionment,
    place: int,
    bearers: Mapping[str, pool_rules.Bearer],
) -> ClaimTried:
    stored = row.working
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
