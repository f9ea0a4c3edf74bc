"""Reading what the bank owes on a claim, what of it has arrived, and what each source still has paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.money.fields import fen_of
from riskpool.claims import queries, rules
from riskpool.claims.standing import standing_of

if TYPE_CHECKING:
    from riskpool.claims.models import BorneShare, Claim, Receivable


def outstanding_fen(receivable: Receivable) -> int:
    """What of a receivable has not arrived yet, interest included (fen)."""
    arrived = sum(fen_of(arrival.amount) for arrival in receivable.arrivals.all())
    return fen_of(receivable.amount) + fen_of(receivable.interest) - arrived


def repaid_by_share(receivable: Receivable) -> tuple[dict[str, int], dict[str, int]]:
    """What each share of a receivable has had so far (fen): of the principal, and of the interest. Pieces are split
    cumulatively, so the pieces are split again in their order."""
    shares = list(receivable.shares.all())
    amounts = {str(share.pk): fen_of(share.amount) for share in shares}
    extras = {str(share.pk): fen_of(share.interest) for share in shares}
    principal, interest = dict.fromkeys(amounts, 0), dict.fromkeys(extras, 0)
    for arrival in receivable.arrivals.all():
        of_principal = fen_of(arrival.principal)
        more = rules.cumulative_split(sum(principal.values()) + of_principal, amounts, principal)
        principal = {name: principal[name] + more[name] for name in principal}
        more = rules.cumulative_split(
            sum(interest.values()) + fen_of(arrival.amount) - of_principal, extras, interest
        )
        interest = {name: interest[name] + more[name] for name in interest}
    return principal, interest


def still_paid(claim: Claim) -> list[tuple[BorneShare, int]]:
    """Each share of a pool's source with what it has paid and neither had back by recoveries nor declared owed (fen)."""
    standing = standing_of(claim)
    decided = queries.decided(claim)
    assert decided is not None, "a paid claim was calculated"
    shares = [share for share in decided[1] if share.key in standing and share.source_id]
    return [(share, standing[share.key].kept - standing[share.key].back) for share in shares]
