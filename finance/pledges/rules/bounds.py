"""The days and years that this room counts with. A technical bound like that of workbooks: no law speaks of it. Pure."""

from __future__ import annotations

import datetime as dt

from kernel.errors import Problem

FIRST_DAY, LAST_DAY = dt.date(1949, 1, 1), dt.date(2100, 12, 31)
MOST_FEE_YEARS = 40  # no patent has lasted as long, compensated or not
WANTED = f"请填写 {FIRST_DAY} 至 {LAST_DAY} 之间的日期"


def within(day: dt.date | None) -> dt.date | None:
    """A day that was kept before days were bounded, as the rules count with it: still before or after every other.

    >>> within(dt.date(9999, 12, 31)), within(None)
    (datetime.date(2100, 12, 31), None)
    """
    return None if day is None else min(max(day, FIRST_DAY), LAST_DAY)


def kept_day(text: str) -> dt.date:
    """A day from a kept statement."""
    return min(max(dt.date.fromisoformat(text), FIRST_DAY), LAST_DAY)


def beyond(day: dt.date | None) -> bool:
    return day is not None and not FIRST_DAY <= day <= LAST_DAY


def day_beyond(where: str, day: dt.date | None) -> list[Problem]:
    """The fault of a day that nobody can mean."""
    return [Problem(where, f"{day} 不像实际日期", WANTED, "day_bounds")] if beyond(day) else []
