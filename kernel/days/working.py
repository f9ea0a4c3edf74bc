"""Working days of China: Monday to Friday, but for the State Council's holidays and make-up days (调休).

A weekend can be a working day and a weekday a holiday, so the special days are data, announced year by year.
A year that has not been announced is *provisional*: counted by weekdays, and said to be so, never guessed.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True)
class WorkingCalendar:
    """`special_days`: day -> is it worked; `announced_years`: the years whose notice has been loaded.

    Periods do not count their first day (民法典 article 201).

    >>> mid_autumn = {date(2026, 9, 20): True, date(2026, 9, 25): False}
    >>> calendar = WorkingCalendar(mid_autumn, {2026})
    >>> calendar.add(date(2026, 9, 18), 2), calendar.is_working(date(2026, 9, 25))
    (datetime.date(2026, 9, 21), False)
    >>> calendar.provisional(date(2027, 1, 4))
    True
    """

    special_days: Mapping[date, bool]
    announced_years: Collection[int]

    def __post_init__(self) -> None:
        object.__setattr__(self, "special_days", MappingProxyType(dict(self.special_days)))
        object.__setattr__(self, "announced_years", frozenset(self.announced_years))

    def is_working(self, day: date) -> bool:
        """Is the day worked? In a provisional year: is it Monday to Friday?"""
        special = self.special_days.get(day)
        return day.weekday() < _SATURDAY if special is None else special

    def add(self, day: date, working_days: int) -> date:
        """The n-th working day after `day`, which itself is not counted; before it if n is negative; `day`
        if 0."""
        step = _DAY if working_days > 0 else -_DAY
        left = abs(working_days)
        while left:
            day += step
            left -= self.is_working(day)
        return day

    def between(self, start: date, end: date) -> int:
        """Working days after `start` up to and with `end`: `between(d, add(d, n)) == n`; negative if end is
        earlier."""
        if end < start:
            return -self.between(end, start)
        return sum(self.is_working(start + n * _DAY) for n in range(1, (end - start).days + 1))

    def on_or_after(self, day: date) -> date:
        """The day, or the first working day after it: a last day that is a holiday moves (民法典 article
        203)."""
        while not self.is_working(day):
            day += _DAY
        return day

    def on_or_before(self, day: date) -> date:
        """The day, or the last working day before it."""
        while not self.is_working(day):
            day -= _DAY
        return day

    def provisional(self, day: date, since: date | None = None) -> bool:
        """Was no notice loaded for the year of `day`, or for a year from `since` on? Then a deadline counted
        there may still move. (A notice may also change the last days of the December before it; its file
        then names them.)"""
        first = day if since is None else min(since, day)
        last = day if since is None else max(since, day)
        return any(year not in self.announced_years for year in range(first.year, last.year + 1))
