"""Time limits of the registry and of the parties: deadlines with stops, statutory limits and promises apart. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from kernel.days import WorkingCalendar, add_months, add_years

from .book import Clock, RuleBook, Transition, Unit

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Stop:
    """The applicant owes something: from the day of the notice to the day of the full cure (None: still owing)."""

    since: dt.date
    until: dt.date | None = None


@dataclass(frozen=True)
class Deadline:
    """The last day; None while the clock stands still. Provisional: a year on the way has no announced calendar."""

    clock: Clock
    due_on: dt.date | None
    provisional: bool
    working: tuple[str, ...]

    def late(self, on: dt.date) -> bool:
        return self.due_on is not None and self.due_on < on


def asks_channel(book: RuleBook, move: Transition) -> bool:
    """Whether an application says by which channel it goes: the first one always, a later one where the limit for deciding
    it depends on that."""
    limits = {clock.id: clock.act for clock in book.clocks}
    decided = {
        limits[after.clock]
        for after in book.transitions
        if move.after in after.before and "registry" in after.actors and after.clock
    }
    by_parties = "registry" not in move.actors and move.after not in move.before
    of_later = decided - {"register"}  # answers to the registry go back the way the application came
    later = by_parties and any(clock.act in of_later and clock.channel != "any" for clock in book.clocks)
    return move.action == "submit" or later


def clocks_for(
    book: RuleBook, act: str, *, channel: str, region: str, on: dt.date
) -> tuple[Clock | None, tuple[Clock, ...]]:
    """The statutory limit of an act, and the promises that a window of the region gives, the nearest region first.

    A promise never makes anything overdue in law (brief, 10.4). The limit of the channel goes before that of any channel.
    """
    fitting = [
        clock
        for clock in book.clocks
        if clock.act == act
        and clock.channel in (channel, "any")
        and region.startswith(_stem(clock.region))
        and clock.basis.holds(on)
    ]
    fitting.sort(key=lambda clock: (len(_stem(clock.region)), clock.channel == channel), reverse=True)
    statutory = next((clock for clock in fitting if clock.kind == "statutory"), None)
    return statutory, tuple(clock for clock in fitting if clock.kind == "promise")


def deadline(clock: Clock, start: dt.date, stops: Sequence[Stop], calendar: WorkingCalendar) -> Deadline:
    """The last day of a limit that begins on `start`, which itself is not counted (民法典 201).

    A stop that begins after the last day changes nothing. Its first day is still counted, its last day is the new day
    nought. `restarts`: the whole limit runs anew from the cure; `resumes`: only what was left of it.
    """
    begun, working = start, [f"{start} 起算，当日不计，{clock.length} {_WORDS[clock.unit]}"]
    due = after(start, clock.length, clock.unit, calendar)
    for stop in sorted(stops, key=lambda stop: stop.since):
        if stop.since > due or (stop.until is not None and stop.until <= max(stop.since, begun)):
            continue
        since = max(stop.since, begun)
        if stop.until is None:
            working.append(f"{since} 起等待申请人补正，期限停止")
            return Deadline(clock, None, calendar.provisional(since, start), tuple(working))
        if clock.after_cure == "restarts":
            due = after(stop.until, clock.length, clock.unit, calendar)
            working.append(f"{stop.until} 补正齐备，重新起算")
        else:
            due = _pushed(due, since, stop.until, clock.unit, calendar)
            working.append(f"{since} 至 {stop.until} 等待申请人补正，不计入")
        begun = stop.until
    working.append(f"末日 {due}")
    return Deadline(clock, due, calendar.provisional(due, start), tuple(working))


def days_over(deadline: Deadline, on: dt.date, calendar: WorkingCalendar) -> int:
    """By how many days of the limit's own unit something was late; nought in time, or while the limit stood still."""
    due = deadline.due_on
    if due is None or on <= due:
        return 0
    if deadline.clock.unit == "working_days":
        return max(calendar.between(due, on), 1)  # late all the same, done on a day off
    return (on - due).days


def after(
    start: dt.date, length: int, unit: Unit, calendar: WorkingCalendar, *, rolls: bool = True
) -> dt.date:
    """The last day of a period after `start`; but for working days, a last day that is a holiday moves (民法典 203)."""
    if unit == "working_days":
        return calendar.add(start, length)
    if unit == "days":
        due = start + length * _DAY
    else:
        due = add_months(start, length) if unit == "months" else add_years(start, length)
    return calendar.on_or_after(due) if rolls else due


def _pushed(due: dt.date, since: dt.date, until: dt.date, unit: Unit, calendar: WorkingCalendar) -> dt.date:
    """A last day after a stop: later by as many days, or working days, as were stopped."""
    if unit == "working_days":
        return calendar.on_or_after(calendar.add(until, calendar.between(since, due)))
    return calendar.on_or_after(due + (until - since))


def _stem(region: str) -> str:
    """The digits that the codes of a region and of all in it begin with; the country's is empty."""
    stripped = region
    while stripped.endswith("00"):
        stripped = stripped[:-2]
    return stripped


_WORDS: dict[Unit, str] = {"working_days": "个工作日", "days": "日", "months": "个月", "years": "年"}
