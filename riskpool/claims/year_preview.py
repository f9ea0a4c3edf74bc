"""What a bank's year comes to with the facts of a day, and what carrying that out would move. Reading only.

The year is calculated whole each time, from every claim in it as its loss stands now (docs/decisions/0021).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kernel.errors import Problem, refuse_if_any
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from riskpool.claims import queries
from riskpool.claims.models import BankYear, Claim
from riskpool.claims.queries import LimitEffect, Share, SourceEffect
from riskpool.claims.standing import Key, shares_and_moves, standing_of
from riskpool.claims.years import claims_in, facts_day, loss_now
from riskpool.ledger import queries as ledger
from riskpool.pools import metrics, using
from riskpool.pools import queries as pools
from riskpool.pools.versions import scheme_of
from riskpool.schemes import in_year
from riskpool.schemes.aloud import condition_words, met_lines
from riskpool.schemes.stages import YearClaim, bank_year, stored_year
from riskpool.treasury.queries import to_pay_again

if TYPE_CHECKING:
    from uuid import UUID

    from riskpool.claims.rules import Moves
    from riskpool.schemes.engine import Apportionment as Outcome
    from riskpool.schemes.stages import BankYear as Calculated
    from riskpool.schemes.terms import Scheme

SUBJECT = "claims.claim"


@dataclass(frozen=True)
class Part:
    """One claim of a calculated year: its part, who bears it, and what would move against what was moved before (fen).

    `kept` is what the bank has had for it so far and neither owes nor was asked back.
    """

    claim: Claim
    outcome: Outcome
    shares: tuple[Share, ...]
    moves: Mapping[Key, Moves]
    kept: int

    def total(self, name: str) -> int:
        """A sum over the pool's sources, e.g. `paid`."""
        return sum(getattr(move, name) for key, move in self.moves.items() if key[1] is not None)

    @property
    def entitled(self) -> int:
        return sum(share.fen for share in self.shares if share.is_paid_by_the_pool)

    @property
    def paid(self) -> int:
        return self.total("paid")

    @property
    def owed(self) -> int:
        return self.total("owed")

    @property
    def by_source(self) -> dict[UUID, int]:
        """What each source would pay now."""
        found: dict[UUID, int] = {}
        for (_, source, _), move in self.moves.items():
            if source is not None:
                found[source] = found.get(source, 0) + move.paid
        return found


@dataclass(frozen=True)
class YearPreview:
    """What a year comes to with the facts of a day, and what carrying it out would move; nothing is written."""

    year: BankYear
    on: dt.date
    scheme: Scheme
    claims: tuple[YearClaim, ...]
    values: Mapping[str, metrics.Value | metrics.Unknown]
    calculated: Calculated
    parts: tuple[Part, ...]
    sources: tuple[SourceEffect, ...]
    limits: tuple[LimitEffect, ...]
    problems: tuple[Problem, ...]

    @property
    def year_metrics(self) -> dict[str, str]:
        return metrics.texts(self.values)

    @property
    def digest(self) -> str:
        return in_year.year_digest(self.scheme, self.claims, self.year_metrics)

    @property
    def stored(self) -> dict[str, Any]:
        return stored_year(self.scheme, self.claims, self.year_metrics, self.calculated)

    @property
    def entitled(self) -> int:
        return sum(part.entitled for part in self.parts)

    @property
    def paid(self) -> int:
        return sum(part.paid for part in self.parts)

    @property
    def owed(self) -> int:
        return sum(part.owed for part in self.parts)

    @property
    def kept(self) -> int:
        return sum(part.kept for part in self.parts)

    @property
    def borne(self) -> list[tuple[str, int]]:
        """Who bears how much of the year, by name, in the order of the parties."""
        found: dict[str, int] = {}
        for part in self.parts:
            for share in part.shares:
                found[share.name] = found.get(share.name, 0) + share.fen
        return list(found.items())


def year_preview(year: BankYear, on: dt.date) -> YearPreview:
    """Calculate a year with the facts of its last day, or of `on` while it lasts.

    Refused: no claims, facts that nobody has set, and what the engine refuses.
    """
    scheme, members = scheme_of(year.scheme_id), claims_in(year)
    if not members:
        refuse_if_any([Problem("年度结算", "本年度没有已受理的申请", "受理后再结算", "empty_year")])
    day = facts_day(year, on)
    asked = metrics.Asked(
        pool=year.agreement.pool, on=day, agreement=year.agreement, version=year.scheme,
        without=frozenset(claim.pk for claim in members),
    )  # fmt: skip
    now = replace(
        asked, on=on
    )  # whether a line suspends is asked on the day of the settlement (docs/decisions/0024)
    lines = in_year.line_metrics(scheme)
    values = {
        name: metrics.value_of(name, now if name in lines else asked)
        for name in sorted(in_year.year_metrics(scheme))
    }
    refuse_if_any(metrics.absent_problems(values))
    year_claims = tuple(_year_claim(scheme, claim) for claim in members)
    calculated = bank_year(scheme, year_claims, metrics.texts(values))
    parts = tuple(_part(scheme, claim, year_claims, calculated) for claim in members)
    sources, limits = _source_effects(year, parts), tuple(_limit_effects(year, parts))
    problems = [
        *_suspensions(scheme, calculated, values), *_failed(members), *_shortages(sources, limits), *_nothing_new(parts)
    ]  # fmt: skip
    return YearPreview(
        year, day, scheme, year_claims, values, calculated, parts, sources, limits, tuple(problems)
    )


def _year_claim(scheme: Scheme, claim: Claim) -> YearClaim:
    first = claim.apportionments.get(seq=1)
    return YearClaim(claim.number, loss_now(scheme, claim), dict(first.inputs["metrics"]))


def _part(scheme: Scheme, claim: Claim, claims: Sequence[YearClaim], calculated: Calculated) -> Part:
    outcome = in_year.part_of_year(scheme, claims, calculated, claim.number)
    shares, moves = shares_and_moves(claim, scheme, outcome.borne)
    had = [stood for key, stood in standing_of(claim).items() if key[1] is not None]
    return Part(claim, outcome, tuple(shares), moves, sum(stood.kept - stood.back for stood in had))


def _source_effects(year: BankYear, parts: Iterable[Part]) -> tuple[SourceEffect, ...]:
    takes: dict[UUID, int] = {}
    for part in parts:
        for source, fen in part.by_source.items():
            takes[source] = takes.get(source, 0) + fen
    return tuple(
        SourceEffect(source, takes.get(source.pk, 0), ledger.balance(source.free))
        for source in pools.sources_of(year.agreement.pool)
    )


def _limit_effects(year: BankYear, parts: Iterable[Part]) -> list[LimitEffect]:
    """What the payments of all claims together do to every payout limit of the year of acceptance that binds them."""
    limits: dict[tuple[Any, ...], Any] = {}
    adds: dict[tuple[Any, ...], int] = {}
    for part in parts:
        for limit in queries.payout_limits(year.agreement, part.claim.enrolment.loan, year.year):
            key = tuple(getattr(limit, name) for name in using.KEY)
            limits.setdefault(key, limit)
            grows = using.part_for(using.members(limit), part.paid, part.by_source)
            adds[key] = adds.get(key, 0) + grows
    return [
        LimitEffect(limit, fen_of(limit.used), adds[key], fen_of(limit.ceiling), tuple(using.users_of(limit)))
        for key, limit in limits.items()
    ]


def _suspensions(
    scheme: Scheme, calculated: Calculated, values: Mapping[str, metrics.Value | metrics.Unknown]
) -> list[Problem]:
    """Each line that suspends the year's payments: what it says, by which figure of which day, and what ends it."""
    if not calculated.year.suspended:
        return []
    found = []
    for line in met_lines(scheme, calculated.year.notes):
        value = values.get(line.condition.metric)
        told = f"（{value.day} 为 {value.text}）" if isinstance(value, metrics.Value) else ""
        wanted = (
            "已受理的申请和损失不变；止损线解除后再作年度结算。事实有误的，请更正月报，或由有权机构另行陈述"
        )
        found.append(
            Problem("止损线", f"{condition_words(line.condition)}{told}，方案暂停补偿", wanted, "suspended")
        )
    return found


def _failed(claims: Iterable[Claim]) -> list[Problem]:
    return [
        Problem("补偿申请", f"{claim.number} 有付款失败、尚未重付的款项", "请先重付", "payment_failed")
        for claim in claims
        if to_pay_again(SUBJECT, claim.pk)
    ]


def _shortages(sources: Iterable[SourceEffect], limits: Iterable[LimitEffect]) -> list[Problem]:
    found = [
        _short(f"{effect.source.name}可用余额", effect.takes, effect.free, "资金补足后再结算", "overdrawn")
        for effect in sources
        if effect.left < 0
    ]
    return found + [
        _short(effect.title, effect.adds, effect.room, "限额调整后再结算", "over_limit")
        for effect in limits
        if effect.adds > 0 and effect.left < 0
    ]


def _short(where: str, needed: int, left: int, wanted: str, code: str) -> Problem:
    told = f"需 {yuan_text(needed, grouped=True)} 元，余 {yuan_text(left, grouped=True)} 元"
    return Problem(where, told, wanted, code)


def _nothing_new(parts: Iterable[Part]) -> list[Problem]:
    """A year is run again for a claim that is new in it, a loss that has changed, or money that moves."""
    for part in parts:
        if part.claim.state == Claim.State.IN_YEAR or part.paid or part.owed:
            return []
        last = part.claim.apportionment
        if last.working["borne"] != dict(part.outcome.borne):
            return []
    return [Problem("年度结算", "与上次结算相比没有变化", "无需再次结算", "nothing_new")]
