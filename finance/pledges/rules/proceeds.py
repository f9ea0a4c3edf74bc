"""What a consented transfer or licence of a pledged right brings: to prepay the debt, or into escrow (民法典 444(2)). Pure.

It is the parties' money, not the pool's: nothing of it is booked in the pool's ledger. Whether it came is told by the bank's
returns (the balance fell by so much) or by a party that works the alert off.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Proceeds:
    """Proceeds that one step told: what is expected where, by when, and who would hold an escrow.

    `confirmed`: by the returns, by a paper, or not (empty). `seen_fen`: what the returns show of a prepayment.
    """

    on: dt.date
    amount_fen: int
    to: Literal["prepay", "escrow"]
    due_on: dt.date
    holder: str = ""
    seen_fen: int = 0
    confirmed: Literal["", "returns", "paper"] = ""


@dataclass(frozen=True)
class Fall:
    """By how much the returns show the balance of the secured loans to have fallen in a month."""

    month: dt.date
    fen: int


def confirmed(
    told: Sequence[Proceeds], falls: Sequence[Fall], settled: Collection[dt.date | None]
) -> tuple[Proceeds, ...]:
    """The proceeds with what confirms each: prepayments take from the falls in their order, each fen once.

    A fall in the month of the step or later counts: a return tells the month, not the day. `settled`: the deadlines whose
    alert a party worked off.

    >>> day = dt.date(2026, 5, 6)
    >>> one, two = Proceeds(day, 300, "prepay", day), Proceeds(day, 200, "prepay", day)
    >>> [each.confirmed for each in confirmed((one, two), (Fall(dt.date(2026, 5, 1), 400),), ())]
    ['returns', '']
    """
    left = {fall: fall.fen for fall in sorted(falls, key=lambda fall: fall.month)}
    answer = []
    for one in sorted(told, key=lambda one: one.on):
        seen = 0
        if one.to == "prepay":
            for fall in left:
                if fall.month >= one.on.replace(day=1):
                    taken = min(left[fall], one.amount_fen - seen)
                    left[fall] -= taken
                    seen += taken
        by: Literal["", "returns", "paper"] = ""
        if one.to == "prepay" and seen == one.amount_fen:
            by = "returns"
        elif one.due_on in settled:
            by = "paper"
        answer.append(replace(one, seen_fen=seen, confirmed=by))
    return tuple(answer)
