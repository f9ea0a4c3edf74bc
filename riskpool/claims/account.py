"""A claim's account as it is shown: its loss as stated and recognised, its calculations, what the bank owes (fen)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from kernel.money.fields import fen_of
from riskpool.claims import queries
from riskpool.claims.models import Claim, Settlement
from riskpool.claims.owed import outstanding_fen
from riskpool.claims.rules import COMPONENTS
from riskpool.claims.standing import recognised_loss
from riskpool.claims.wording import component_title
from riskpool.schemes.terms import Transfer

if TYPE_CHECKING:
    from riskpool.schemes.terms import Scheme


def losses_of(claim: Claim) -> list[dict[str, Any]]:
    """Each component as filed, as last stated and as recognised by the calculation that stands (fen), with the reason of a
    cut."""
    stated = queries.stated_loss(claim)
    row = claim.apportionments.filter(taken_back=None).order_by("seq").last()
    recognised = recognised_loss(row) if row else None
    return [
        {
            "title": component_title(name),
            "filed": fen_of(getattr(claim, name)),
            "stated": stated[name],
            "recognised": recognised[name] if recognised else None,
            "reason": row.reasons.get(name, "") if row else "",
        }
        for name in COMPONENTS
    ]


@dataclass(frozen=True)
class Ceiling:
    """A share that the file states and of which less may be granted where the text says "at most"."""

    step: int
    party: str
    name: str
    most: Fraction

    @property
    def most_text(self) -> str:
        """The ceiling as a decimal, or as a fraction where it has none.

        >>> Ceiling(0, "fund", "基金", Fraction(45, 100)).most_text
        '0.45'
        """
        return str(Decimal(self.most.numerator) / Decimal(self.most.denominator))

    @property
    def field(self) -> str:
        return f"grant_{self.step}_{self.party}"


def ceilings_of(scheme: Scheme, names: Mapping[str, str]) -> list[Ceiling]:
    """Every share of every transfer, with the largest that a row names."""
    found = []
    for place, step in enumerate(scheme.steps):
        if isinstance(step, Transfer):
            for party in dict.fromkeys(party for row in step.rows for party in row.shares):
                most = max(row.shares[party] for row in step.rows if party in row.shares)
                found.append(Ceiling(place, party, names.get(party, party), most))
    return found


def settlements_of(claim: Claim) -> list[dict[str, Any]]:
    """Every calculation with what was carried out of it (fen): the cumulative table of the claim."""
    rows = (
        claim.apportionments.select_related("taken_back").prefetch_related("shares__source").order_by("seq")
    )
    told = []
    for row in rows:
        done: Settlement | None = getattr(row, "settlement", None)
        told.append(
            {
                "seq": row.seq,
                "stage": row.get_stage_display(),
                "on": row.on,
                "recognised": sum(recognised_loss(row).values()),
                "covered": fen_of(row.covered),
                "entitled": sum(fen_of(share.borne) for share in row.shares.all() if share.source_id),
                "sha256": row.sha256,
                "settled_on": done.settled_on if done else None,
                "taken_back": getattr(row, "taken_back", None),
                **{
                    name: fen_of(getattr(done, name)) if done else 0
                    for name in ("to_escrow", "paid", "freed", "owed")
                },
            }
        )
    return told


def receivables_of(claim: Claim) -> list[dict[str, Any]]:
    """What the bank owes or owed (fen), why, and what has arrived."""
    return [
        {
            "seq": row.seq,
            "kind": row.get_kind_display(),
            "on": row.decided_on,
            "amount": fen_of(row.amount),
            "interest": fen_of(row.interest),
            "left": outstanding_fen(row),
            "reason": row.reason,
            "article": row.article,
            "arrivals": [(a.received_on, fen_of(a.amount), a.reference) for a in row.arrivals.all()],
        }
        for row in claim.receivables.prefetch_related("arrivals")
    ]
