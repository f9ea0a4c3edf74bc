"""What was moved for a claim so far, and what a further calculation would move. Reading only.

The facts of a further calculation are those of the acceptance: cover was granted then, and what moves is the difference
to what was moved by the same facts (docs/decisions/0016).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Sum

from kernel.errors import Problem
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from riskpool.claims import queries
from riskpool.claims.models import (
    Apportionment,
    Claim,
    Receivable,
    ReceivableShare,
    ReturnedShare,
    SettledShare,
)
from riskpool.claims.queries import Share
from riskpool.claims.rules import (
    COMPONENTS,
    Moves,
    Standing,
    moves_to_settle,
    recognition_problems,
    steady_split,
)
from riskpool.ledger import queries as ledger
from riskpool.pools import using
from riskpool.schemes import engine
from riskpool.schemes.stages import settle_stages

if TYPE_CHECKING:
    import datetime as dt
    from uuid import UUID

    from riskpool.schemes.terms import Scheme

Key = tuple[str, "UUID | None", "UUID | None"]
Stage = Apportionment.Stage
STAGES = {  # which further calculation a claim may have in which state
    Claim.State.ESCROWED: (Stage.FINAL,),
    Claim.State.PART_PAID: (Stage.PART, Stage.FINAL, Stage.REPAIR),
    Claim.State.PAID: (Stage.REPAIR,),
}
_OF_SHARE = ("share__party", "share__source", "share__organisation")


def standing_of(claim: Claim) -> dict[Key, Standing]:
    """What settlements have moved so far for each share of a claim (fen)."""
    moved = ("to_escrow", "from_escrow", "freed", "paid", "owed")
    rows = (
        SettledShare.objects.filter(settlement__claim=claim)
        .values_list(*_OF_SHARE)
        .annotate(**{f"sum_{name}": Sum(name) for name in moved})
    )
    back = came_back(claim)
    found = {}
    for party, source, house, *sums in rows:
        key = (party, source, house)
        to_escrow, from_escrow, freed, paid, owed = (int(total * 100) for total in sums)
        found[key] = Standing(to_escrow - from_escrow - freed, paid, owed, back.get(key, 0))
    return found


def came_back(claim: Claim) -> dict[Key, int]:
    """What each share has had back by recoveries or is owed by claw-backs (fen)."""
    back = clawed_back(claim)
    rows = ReturnedShare.objects.filter(recovery__claim=claim).values_list(*_OF_SHARE)
    for party, source, house, total in rows.annotate(total=Sum("amount")):
        back[party, source, house] = back.get((party, source, house), 0) + int(total * 100)
    return back


def clawed_back(claim: Claim) -> dict[Key, int]:
    """What claw-backs have declared owed for each share (fen), whether or not it has arrived."""
    rows = (
        ReceivableShare.objects.filter(receivable__claim=claim, receivable__kind=Receivable.Kind.CLAWBACK)
        .values_list(*_OF_SHARE)
        .annotate(total=Sum("amount"))
    )
    return {(party, source, house): int(total * 100) for party, source, house, total in rows}


def recognised_loss(row: Apportionment) -> dict[str, int]:
    """The loss that a calculation recognised, by component (fen), principal under its plain name."""
    loss = {name.removesuffix("_net"): int(fen) for name, fen in row.inputs["loss"].items()}
    return {name: loss.get(name, 0) for name in COMPONENTS}


@dataclass(frozen=True)
class SettlementPreview:
    """What a further calculation of a claim comes to, and what it would move; nothing is written."""

    stage: str
    outcome: engine.Apportionment
    stored: Mapping[str, object]
    shares: tuple[Share, ...]
    moves: Mapping[Key, Moves]
    problems: tuple[Problem, ...]

    def total(self, name: str) -> int:
        """A sum over the pool's sources (fen), e.g. `paid`."""
        return sum(getattr(move, name) for key, move in self.moves.items() if key[1] is not None)

    @property
    def paid(self) -> int:
        return self.total("paid")

    @property
    def from_escrow(self) -> int:
        return self.total("from_escrow")

    @property
    def freed(self) -> int:
        return self.total("freed")

    @property
    def owed(self) -> int:
        return self.total("owed")

    @property
    def entitled(self) -> int:
        return sum(share.fen for share in self.shares if share.is_paid_by_the_pool)


def key_of(share: Share) -> Key:
    return (
        share.party,
        share.source.pk if share.source else None,
        share.organisation.pk if share.organisation else None,
    )


def shares_and_moves(
    claim: Claim, scheme: Scheme, borne: Mapping[str, int]
) -> tuple[list[Share], dict[Key, Moves]]:
    """Who bears what when the parties bear this (fen), and what it would move for each of the pool's sources."""
    standing = standing_of(claim)
    shares = _steadied(queries.shares_of(claim, scheme, borne), standing)
    entitled = {key_of(share): share.fen for share in shares if share.is_paid_by_the_pool}
    return shares, moves_to_settle(entitled, {key: st for key, st in standing.items() if key[1] is not None})


def settlement_preview(
    claim: Claim, *, stage: str, recognised: Mapping[str, int], reasons: Mapping[str, str], on: dt.date
) -> SettlementPreview:
    """Calculate an accepted claim again on the running total of its recognised loss, and what that would move."""
    last = claim.apportionment
    scheme = engine.stored_scheme(last.working)
    facts = claim.acceptance.inputs["metrics"]
    outcome = engine.apportion(scheme, queries.loss_for(claim, recognised), facts)
    shares, moves = shares_and_moves(claim, scheme, outcome.borne)
    entitled = {key_of(share) for share in shares if share.is_paid_by_the_pool}
    problems = recognition_problems(recognised, queries.stated_loss(claim), reasons)
    if claim.state == Claim.State.ESCROWED:
        by_engine = settle_stages(scheme, engine.replay(last.working), outcome).settles
        for party in {party for party, _, _ in entitled}:
            moved = sum(move.from_free - move.freed for key, move in moves.items() if key[0] == party)
            assert moved == by_engine[party], (
                "the sources of a party settle what the engine says of the party"
            )
    problems += _shortages(shares, moves)
    problems += _over_limits(claim, moves)
    if any(move.from_free for move in moves.values()):
        problems += queries.preview(claim, on, recognised).suspension_problems
    return SettlementPreview(
        stage, outcome, engine.stored(scheme, outcome), tuple(shares), moves, tuple(problems)
    )


def _steadied(shares: Sequence[Share], standing: Mapping[Key, Standing]) -> list[Share]:
    """The same shares, but the sources of one party keep what they have paid where only rounding would take it back."""
    found = []
    for party in dict.fromkeys(share.party for share in shares):
        of_party = [share for share in shares if share.party == party]
        if len(of_party) == 1 or any(share.source is None for share in of_party):
            found += of_party
            continue
        weights = {share.source.code: share.source.weight for share in of_party if share.source}
        had = {
            share.source.code: standing.get(key_of(share), Standing()).kept
            for share in of_party
            if share.source
        }
        parts = steady_split(sum(share.fen for share in of_party), weights, had)
        found += [
            Share(party, share.name, parts[share.source.code], source=share.source)
            for share in of_party
            if share.source
        ]
    return found


def _over_limits(claim: Claim, moves: Mapping[Key, Moves]) -> list[Problem]:
    """Payout limits of the year of acceptance that what further moves hold and pay would pass."""
    assert claim.decided_on is not None, "only an accepted claim is settled"
    by_source: dict[UUID, int] = {}
    for (_, source, _), move in moves.items():
        if source is not None:
            held = move.paid + move.to_escrow - move.from_escrow - move.freed
            by_source[source] = by_source.get(source, 0) + held
    enrolment = claim.enrolment
    limits = queries.payout_limits(enrolment.agreement, enrolment.loan, claim.decided_on.year)
    members = using.members_of(limits)
    found = []
    for limit in limits:
        grows = using.part_for(using.members(limit, members), sum(by_source.values()), by_source)
        room = fen_of(limit.ceiling) - fen_of(limit.used)
        if grows > room:
            told = f"需 {yuan_text(grows, grouped=True)} 元，余 {yuan_text(room, grouped=True)} 元"
            found.append(Problem(limit.title, told, "限额调整后再清算", "over_limit"))
    return found


def _shortages(shares: Sequence[Share], moves: Mapping[Key, Moves]) -> list[Problem]:
    needed: dict[UUID, int] = {}
    sources = {share.source.pk: share.source for share in shares if share.source}
    for (_, source, _), move in moves.items():
        if source is not None:
            needed[source] = needed.get(source, 0) + move.from_free
    found = []
    for pk, fen in needed.items():
        free = ledger.balance(sources[pk].free)
        if fen > free:
            told = f"需 {yuan_text(fen, grouped=True)} 元，余 {yuan_text(free, grouped=True)} 元"
            found.append(Problem(f"{sources[pk].name}可用余额", told, "资金补足后再清算", "overdrawn"))
    return found
