"""When a policy is in force for an application, and when an application may be filed (7.1). Pure; facts only.

Neither decides an amount: the version is picked by the date that the policy names, and windows are told to the applicant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from finance.subsidies.facts import Case, day_of
from finance.subsidies.rates import Reader, Series
from finance.subsidies.terms import CALENDAR_YEAR, DATES, Policy, Window
from finance.subsidies.words import fact_name

OPEN, CLOSED, UNKNOWN = "open", "closed", "unknown"


@dataclass(frozen=True)
class InForce:
    """Whether the version holds for the application; unknown where the date that picks it is not stated."""

    answer: bool | None
    date_name: str
    path: str
    day: date | None = None

    @property
    def words(self) -> str:
        name = fact_name(self.path)
        if self.answer is None:
            return f"不知道{name}，不能确定适用哪个版本"
        held = "在" if self.answer else "不在"
        return f"{name} {self.day}，{held}本政策有效期内"


def in_force(policy: Policy, case: Case) -> InForce:
    """Whether the date that picks the version lies in the policy's days, both included.

    `calendar_year`: the days must touch the calendar year of the application date.
    """
    effective = policy.effective
    name = "application_date" if effective.picked_by == CALENDAR_YEAR else effective.picked_by
    path = DATES[name]
    day = Reader(case, Series()).day(path)
    if day is None:
        return InForce(None, effective.picked_by, path)
    first, last = day, day
    if effective.picked_by == CALENDAR_YEAR:
        first, last = date(day.year, 1, 1), date(day.year, 12, 31)
    holds = effective.first <= last and (effective.last is None or first <= effective.last)
    return InForce(holds, effective.picked_by, path, day)


@dataclass(frozen=True)
class Filing:
    """One window as it stands on a day for an application: open, closed, or unknown; with its next last days."""

    id: str
    state: str
    settled_from: date | None
    settled_to: date | None
    apply_by: date | None
    paper_by: date | None
    yearly: bool
    note: str = ""

    @property
    def last_day(self) -> date | None:
        """The day by which the first thing must be handed in."""
        return min((day for day in (self.apply_by, self.paper_by) if day), default=None)


def open_windows(policy: Policy, case: Case, day: date) -> list[Filing]:
    """Each window of the policy that is not closed to the application on that day.

    A window is closed when the loan was settled outside its days or its last day is past; it is unknown when nobody said
    when the loan was settled. A yearly day such as 07-31 means the next one that is not past.
    """
    return [filing for filing in all_windows(policy, case, day) if filing.state != CLOSED]


def all_windows(policy: Policy, case: Case, day: date) -> Iterator[Filing]:
    stated = Reader(case, Series()).day("loan.settled_on")
    for window in policy.windows:
        apply_by, paper_by = (next_day(text, day) for text in (window.apply_by, window.paper_by))
        yield Filing(
            window.id,
            _state(window, stated, day, apply_by or paper_by),
            *window.settled,
            apply_by,
            paper_by,
            len(window.apply_by or window.paper_by) == len("07-31"),
            window.note,
        )


def next_day(text: str, day: date) -> date | None:
    """A full day as it stands; a month and a day as the next one on or after `day`; None for an empty text.

    A 29 February comes in the years that have one.

    >>> next_day("07-31", date(2026, 8, 1)), next_day("02-29", date(2025, 3, 1)), next_day("2023-06-18", date(2026, 1, 1))
    (datetime.date(2027, 7, 31), datetime.date(2028, 2, 29), datetime.date(2023, 6, 18))
    """
    if not text:
        return None
    if len(text) > len("07-31"):
        return day_of(text)
    found = (day_of(f"{year:04d}-{text}") for year in range(day.year, day.year + 9))
    return next((each for each in found if each is not None and each >= day), None)


def _state(window: Window, settled: date | None, day: date, last: date | None) -> str:
    if last is not None and last < day:
        return CLOSED
    first, end = window.settled
    if first is None and end is None:
        return OPEN
    if settled is None:
        return UNKNOWN
    inside = (first is None or first <= settled) and (end is None or settled <= end)
    return OPEN if inside else CLOSED
