"""Working days that a desk has used, worked out from its clock's events. Days are days of business.

The day on which a clock starts or runs again is not counted (民法典 article 201); the day on which it stops or ends is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from kernel.days import WorkingCalendar


@dataclass(frozen=True)
class Event:
    """One event of one desk's clock: start, stop, resume or end; by whom and why."""

    desk: str
    kind: str
    on: dt.date
    by: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Clock:
    """A desk's clock as of a day. `allowed` None: the procedure sets no time. `due_on` None: stopped, ended or no time.

    `provisional`: a year that matters has no announced working days yet, so days used and due may still change.
    """

    desk: str
    started_on: dt.date
    used: int
    allowed: int | None
    stopped: Event | None
    ended_on: dt.date | None
    due_on: dt.date | None
    provisional: bool

    @property
    def running(self) -> bool:
        return self.stopped is None and self.ended_on is None

    @property
    def late(self) -> bool:
        return self.allowed is not None and self.used > self.allowed

    @property
    def left(self) -> int | None:
        return None if self.allowed is None else self.allowed - self.used


def clock_of(
    events: Iterable[Event], desk: str, calendar: WorkingCalendar, allowed: int | None, on: dt.date
) -> Clock | None:
    """The latest run of a desk's clock as it stands at the end of day `on`; None before it has started.

    Events after `on` are left out. Stopping what stands still and running what runs is a programmer's error.
    """
    run: list[Event] = []
    for event in events:
        if event.desk == desk and event.on <= on:
            run = [event] if event.kind == "start" else [*run, event]
    if not run:
        return None
    used, since, stopped, ended = 0, None, None, None
    for event in run:
        if event.kind in ("start", "resume"):
            assert since is None, "a clock that runs cannot start"
            since, stopped = event.on, None
        else:
            if since is not None:
                used += calendar.between(since, event.on)
            assert since is not None or event.kind == "end", "a clock that stands still cannot stop"
            since = None
            stopped, ended = (event, None) if event.kind == "stop" else (None, event.on)
    before = used
    if since is not None:
        used += calendar.between(since, on)
    due = None if since is None or allowed is None else calendar.add(since, max(allowed - before, 0))
    return Clock(
        desk, run[0].on, used, allowed, stopped, ended, due,
        calendar.provisional(due or ended or on, since=run[0].on),
    )  # fmt: skip
