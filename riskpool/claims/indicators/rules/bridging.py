"""From one report to another in bars that sum exactly: what moved, what was corrected, what became known later.

A report is a day and the moment as of which it was known. The first report is retold with what is known for the second;
the difference is a bar of its own, apart from what happened between the two days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from riskpool.claims.indicators.facts import CashFact, LoanFact
from riskpool.claims.indicators.rules import books
from riskpool.claims.indicators.rules.values import Part, part

LATER = "later_known"
LATER_LABEL = "事后得知的前期事实"


@dataclass(frozen=True)
class Bar:
    """One step of a bridge; its part is the sum of its rows."""

    id: str
    part: Part

    @property
    def fen(self) -> int:
        assert self.part.amount.denominator == 1, "a bar moves whole fen"
        return self.part.amount.numerator


@dataclass(frozen=True)
class Bridge:
    """Opening, bars, closing (fen): opening and all bars together are the closing, to the fen."""

    id: str
    title: str
    opening: int
    bars: tuple[Bar, ...]
    closing: int

    def __post_init__(self) -> None:
        assert self.opening + sum(bar.fen for bar in self.bars) == self.closing, f"{self.id} does not add up"


def money_bridge(
    name: str,
    title: str,
    rows: Iterable[CashFact],
    role: str,
    first_on: dt.date,
    first_known: dt.datetime | None,
) -> Bridge:
    """Of the pool's cash or free money: `rows` are all movements that the second report knows.

    Those of the first period that were booked after the first report was known are the bar of what was known later.
    """
    mine = [row for row in rows if row.role == role]
    opening, later, moved = 0, [], dict[str, list[tuple[Any, int]]]()
    for row in mine:
        if row.day > first_on:
            moved.setdefault(books.place_of(row), []).append((row, row.fen))
        elif first_known is not None and row.posted_at > first_known:
            later.append((row, row.fen))
        else:
            opening += row.fen
    bars = [Bar(LATER, part(LATER_LABEL, later))]
    bars += [Bar(place, part(label, moved.pop(place, []))) for place, label in books.LABELS.items()]
    assert not moved, f"no bar for {sorted(moved)}"
    return Bridge(name, title, opening, tuple(bars), sum(row.fen for row in mine))


@dataclass(frozen=True)
class LoanStages:
    """What the pool would bear of one loan (fen), stage by stage from the first report to the second.

    `first` in the first report; `retold` with the terms known now; `restated` with all that is known now of the first
    day; `entered` when it came into the pool after that day; `repaid` at the balance of the second day; `standing` with
    what the pool could pay then; `last` in the second report (nothing once its claim is settled for good).
    """

    loan: LoanFact
    first: int = 0
    retold: int = 0
    restated: int = 0
    entered: int = 0
    repaid: int = 0
    standing: int = 0
    last: int = 0


def committed_bridge(name: str, title: str, stages: Sequence[LoanStages]) -> Bridge:
    """Of the committed exposure; every loan's stages follow each other, so the bars add up whatever they are."""
    steps = (
        ("terms", "贷款要素更正", [one.retold - one.first for one in stages]),
        (LATER, LATER_LABEL, [one.restated - one.retold for one in stages]),
        ("new_loans", "新入池", [one.entered for one in stages]),
        ("repayments", "还款（含余额更正）", [one.repaid - one.restated - one.entered for one in stages]),
        ("pool_state", "池余额变动影响封顶", [one.standing - one.repaid for one in stages]),
        ("claims_out", "已补偿转出", [one.last - one.standing for one in stages]),
    )
    bars = tuple(
        Bar(step, part(label, ((one.loan, fen) for one, fen in zip(stages, moved, strict=True))))
        for step, label, moved in steps
    )
    return Bridge(name, title, sum(one.first for one in stages), bars, sum(one.last for one in stages))
