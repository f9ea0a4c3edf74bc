"""What a measure adds to money that is asked back: interest from the day it was paid, an exclusion of some years. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from finance.subsidies.period import half_up
from finance.subsidies.terms import DAY_COUNTS, Recovery
from finance.subsidies.working import percent
from kernel.money.yuan import yuan_text


@dataclass(frozen=True)
class InterestBack:
    """Interest on money asked back: fen, and how it was worked out in words."""

    fen: int
    words: str


def interest_back(
    recovery: Recovery, fen: int, paid_on: dt.date | None, until: dt.date
) -> InterestBack | None:
    """Interest at the measure's rate on an amount from the day it was paid, first day in, last day out, half up to the fen;
    None where the measure states no rate, or nothing was paid yet.

    >>> day = dt.date(2026, 11, 30)
    >>> terms = Recovery(interest=True, rate=Fraction("0.0345"))
    >>> interest_back(terms, 300_000, day, dt.date(2027, 11, 30))
    InterestBack(fen=10494, words='3,000.00 元 × 3.45% × 365 天（2026-11-30 至 2027-11-30）÷ 360 = 104.94 元')
    >>> interest_back(terms, 300_000, None, day), interest_back(Recovery(interest=False), 300_000, day, day)
    (None, None)
    """
    if recovery.rate is None or paid_on is None:
        return None
    days, year = max(0, (until - paid_on).days), DAY_COUNTS[recovery.day_count]
    found = half_up(Fraction(fen * days, year) * recovery.rate)
    sum_words, interest = yuan_text(fen, grouped=True), yuan_text(found, grouped=True)
    words = f"{sum_words} 元 × {percent(recovery.rate)} × {days} 天（{paid_on} 至 {until}）÷ {year} = {interest} 元"
    return InterestBack(found, words)
