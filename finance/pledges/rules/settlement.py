"""What a realised pledge brings against the claim it secures: what the creditor takes, what is left over, what is still owed
(民法典 436, 438). Pure.

It is the parties' money, not the pool's: nothing of it is booked in the pool's ledger. Every amount is told by the parties
with its source; the platform adds up and decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CLAIM = ("claim_principal", "claim_interest", "realisation_costs")
"""What a pledge secures if the contract says nothing else (民法典 389): principal; interest, penalty and damages; costs."""


@dataclass(frozen=True)
class Settlement:
    """Amounts in fen: `to_creditor` + `surplus` are the proceeds, `to_creditor` + `shortfall` the claim.

    `ceiling` is the registered one of a maximum-amount pledge: beyond it nothing is taken before other creditors.
    """

    claim_fen: int
    proceeds_fen: int
    to_creditor_fen: int
    surplus_fen: int
    shortfall_fen: int
    ceiling_fen: int | None = None


def settle(claim_fen: int, proceeds_fen: int, ceiling_fen: int | None = None) -> Settlement:
    """The creditor takes the claim out of the proceeds, of a maximum-amount pledge up to its registered ceiling (担保解释
    15); what is over goes to the pledgor, what is short stays the debtor's.

    >>> settle(500, 420)
    Settlement(claim_fen=500, proceeds_fen=420, to_creditor_fen=420, surplus_fen=0, shortfall_fen=80, ceiling_fen=None)
    >>> settle(500, 600, 450)
    Settlement(claim_fen=500, proceeds_fen=600, to_creditor_fen=450, surplus_fen=150, shortfall_fen=50, ceiling_fen=450)
    """
    taken = min(claim_fen, proceeds_fen, *([] if ceiling_fen is None else [ceiling_fen]))
    return Settlement(claim_fen, proceeds_fen, taken, proceeds_fen - taken, claim_fen - taken, ceiling_fen)


def settled(asked: Mapping[str, Any], ceiling_fen: int | None) -> Settlement | None:
    """The settlement of what a step was told; None where it tells of no proceeds or, as steps of before, of no claim.

    >>> settled({"realised": 420}, None) is None
    True
    """
    if "realised" not in asked or not all(name in asked for name in CLAIM):
        return None
    return settle(sum(asked[name] for name in CLAIM), asked["realised"], ceiling_fen)
