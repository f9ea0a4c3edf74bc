"""Penalty interest of overdue principal, compound interest of unpaid interest: in no plan and in no subsidy's base.

银发〔2003〕251号 (RECALLED): contract rate plus 30 % to 50 % when overdue, plus 50 % to 100 % for misuse; unpaid interest
bears interest at the penalty rate. The uplift agreed stands in the contract; its span in `policies/standards/interest.yaml`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from finance.loans.interest.terms import half_up
from kernel.days import year_fraction


@dataclass(frozen=True)
class Owed:
    """An amount due on a day and unpaid until another; the first day counts, the day of payment does not."""

    fen: int
    since: dt.date
    until: dt.date


def penalty_interest_fen(
    principal: Iterable[Owed], rate: Fraction, uplift: Fraction, basis: str | int
) -> int:
    """Penalty interest of overdue principal at contract rate × (1 + uplift), each amount rounded half up once.

    >>> owed = Owed(100_000_000, dt.date(2025, 1, 14), dt.date(2025, 1, 24))
    >>> penalty_interest_fen([owed], Fraction("0.0345"), Fraction("0.5"), 360)
    143750
    """
    return sum(
        half_up(one.fen * rate * (1 + uplift) * year_fraction(one.since, one.until, basis))
        for one in principal
    )


def compound_interest_fen(
    interest: Iterable[Owed],
    rate: Fraction,
    uplift: Fraction,
    basis: str | int,
    settlements: Iterable[dt.date] = (),
) -> int:
    """Interest on unpaid interest at the penalty rate; on each settlement what has run up joins what bears it, half up.

    `settlements` are the days on which a new period begins (the day after the settlement day).
    """
    days = sorted(set(settlements))
    total = 0
    for one in interest:
        bearing, begin = one.fen, one.since
        for end in (*(day for day in days if one.since < day < one.until), one.until):
            bearing += half_up(bearing * rate * (1 + uplift) * year_fraction(begin, end, basis))
            begin = end
        total += bearing - one.fen
    return total
