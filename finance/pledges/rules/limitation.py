"""The limitation period of the claim behind a pledge: from the end of the debt, anew from every interruption in time. Pure.

A pledge cannot be enforced once the period is over (担保解释 art. 44(3)). An interruption counts when it came within the
period that ran (民法典 art. 195); one before the debt was due changes nothing, one after the period revives nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from kernel.days import WorkingCalendar

from .book import WatchRule
from .clocks import after

COUNTS_FROM = "loan.limitation"


@dataclass(frozen=True)
class Interruption:
    """What interrupts: its day, what it was, and where that stands with its mark of evidence."""

    on: dt.date
    told: str
    article: str
    mark: str


@dataclass(frozen=True)
class Limitation:
    """Since when the period runs, until when, and how that was worked out."""

    since: dt.date
    ends_on: dt.date
    working: tuple[str, ...]


def limitation(
    debt_ends_on: dt.date,
    interruptions: Iterable[Interruption],
    rule: WatchRule,
    calendar: WorkingCalendar,
) -> Limitation:
    """The period as the rule's length counts it. Interruptions may come in any order."""

    def last_day(since: dt.date) -> dt.date:
        return after(since, rule.length, rule.unit, calendar, rolls=rule.rolls)

    since, ends = debt_ends_on, last_day(debt_ends_on)
    working = [f"债务履行期限 {since} 届满，当日不计，至 {ends}（{rule.basis.article}）"]
    for one in sorted(interruptions, key=lambda one: one.on):
        what = f"{one.on} {one.told}（{one.article}〔{one.mark}〕）"
        if one.on <= since:
            working.append(f"{what}：在现时效起算以前或当日，不影响")
        elif one.on > ends:
            working.append(f"{what}：在 {ends} 届满以后，不使已满的时效重新起算")
        else:
            since, ends = one.on, last_day(one.on)
            working.append(f"{what}：时效中断，自当日重新计算，至 {ends}")
    return Limitation(since, ends, tuple(working))
