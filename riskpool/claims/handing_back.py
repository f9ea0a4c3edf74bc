"""How recovered money is handed back to who bore the claim: asked by the preview and by the action alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kernel.money.fields import fen_of
from riskpool.claims import rules
from riskpool.claims.models import BorneShare, Claim
from riskpool.claims.queries import returned_by_share
from riskpool.claims.replaying import replayed
from riskpool.claims.standing import clawed_back
from riskpool.schemes import engine
from riskpool.schemes.recovery import RecoverySharing, share_recovery


@dataclass(frozen=True)
class RecoveryShares:
    """How one piece of recovered money is handed back: the sharing of all pieces so far, and what each share gets now."""

    sharing: RecoverySharing
    gives: tuple[tuple[BorneShare, int], ...]

    @property
    def to_pool_fen(self) -> int:
        return sum(fen for share, fen in self.gives if share.source_id)


def recovery_shares(claim: Claim, gross_fen: int, costs_fen: int) -> RecoveryShares:
    """What the next piece of recovery gives to each who bore the claim; the action and its preview both ask here.

    Who bore what follows the calculation that stands; what was clawed back is the bank's to bear from then on, as far as
    the share bears it still: a later repair may have left it less.
    """
    assert claim.bank_year_id is None, (
        "a recovery of a year's claim lowers its loss and is handed back by the year"
    )
    earlier = list(claim.recoveries.all())
    row = claim.apportionment
    shares = list(row.shares.select_related("source", "organisation"))
    had, clawed = returned_by_share(claim), clawed_back(claim)
    scheme, outcome = engine.stored_scheme(row.working), replayed(row)
    borne, bore = dict(outcome.borne), {}
    for share in shares:
        passed = min(clawed.get(share.key, 0), fen_of(share.borne))
        bore[share.pk] = fen_of(share.borne) - passed
        borne[share.party] -= passed
        borne[scheme.lender] += passed
    sharing = share_recovery(
        scheme,
        replace(outcome, borne=borne),
        sum(fen_of(piece.gross) for piece in earlier) + gross_fen,
        sum(fen_of(piece.costs) for piece in earlier) + costs_fen,
        already_returned=_by_party(shares, had),
    )
    return RecoveryShares(sharing, tuple(_gives(shares, sharing.paid_so_far, had, bore)))


def _by_party(shares: Sequence[BorneShare], had: Mapping[int, int]) -> dict[str, int]:
    totals: dict[str, int] = {}
    for share in shares:
        totals[share.party] = totals.get(share.party, 0) + had.get(share.pk, 0)
    return totals


def _gives(
    shares: Sequence[BorneShare],
    paid_so_far: Mapping[str, int],
    had: Mapping[int, int],
    bore: Mapping[int, int],
) -> list[tuple[BorneShare, int]]:
    """What this piece gives to each share; a party that several sources stand behind is shared by what each bore."""
    gives = []
    for party in dict.fromkeys(share.party for share in shares):
        of_party = [share for share in shares if share.party == party]
        if len(of_party) == 1:
            (share,) = of_party
            gives.append((share, paid_so_far.get(party, 0) - had.get(share.pk, 0)))
            continue
        before = {str(share.pk): had.get(share.pk, 0) for share in of_party}
        weights = {str(share.pk): bore[share.pk] for share in of_party}
        if not any(weights.values()):  # nothing is left to bear: what they had stays theirs
            weights = before
        now = rules.cumulative_split(paid_so_far.get(party, 0), weights, before)
        gives += [(share, now[str(share.pk)]) for share in of_party]
    return gives
