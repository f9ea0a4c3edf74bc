"""The limits that run in a registration file: the registry's for deciding, the parties' for curing."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finance.pledges.models import FileAct, RegistrationFile
from finance.pledges.rules import clocks

from .of_files import ACCEPTED, CERTIFY, book_for, book_of, owes_certificate, registered_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from finance.pledges.rules.book import RuleBook
    from kernel.days import WorkingCalendar


WAITS = ("notify_deficiency", "advise_declaration")
ANSWERS = ("cure", "declare")
"""Where the registry waits for the parties, and what ends that."""


@dataclass(frozen=True)
class RunningClock:
    """A time limit that runs now: its deadline, whose it is, whether a promise of the window."""

    deadline: clocks.Deadline
    promise: bool


def clocks_of(file: RegistrationFile, calendar: WorkingCalendar, on: dt.date) -> list[RunningClock]:
    """The limits of what is under way: the registry's for deciding, or the parties' for curing.

    They begin on the day of receipt, else of handing in, and stand still while the registry waits for the parties. The
    certificate's begins on the day of registration and runs until one was issued, whatever the parties hand in meanwhile.
    """
    acts = list(file.acts.all())
    return limits_at(file, file.state, acts, calendar) + certificate_limits(file, acts, calendar)


def certificate_limits(
    file: RegistrationFile, acts: list[FileAct], calendar: WorkingCalendar
) -> list[RunningClock]:
    """The limit for issuing the certificate of a registration; none once it was issued or the file has ended."""
    made = registered_by(acts)
    running = bool(acts) and book_of(file).state(acts[-1].after).kind == "running"
    if made is None or not running or not owes_certificate(file, acts):
        return []
    return certifying(file, made, calendar)


def certifying(file: RegistrationFile, made: FileAct, calendar: WorkingCalendar) -> list[RunningClock]:
    """The limit for the certificate of the registration that an act made."""
    return _limits("certificate", file, [made], made.on, (), calendar)


def limits_at(
    file: RegistrationFile, state: str, acts: list[FileAct], calendar: WorkingCalendar
) -> list[RunningClock]:
    """The limits that ran in a state after these acts: now, or at an earlier step of the file."""
    book = book_of(file)
    act = _clock_act(book, state, acts)
    if not act or not acts:
        return []
    start, stops = _start_and_stops(book, acts)
    if act == "cure":
        start, stops = acts[-1].on, []
    return _limits(act, file, acts, start, stops, calendar)


def _limits(
    act: str,
    file: RegistrationFile,
    acts: Sequence[FileAct],
    start: dt.date,
    stops: Sequence[clocks.Stop],
    calendar: WorkingCalendar,
) -> list[RunningClock]:
    channel = next((one.details["channel"] for one in reversed(acts) if one.details.get("channel")), "paper")
    statutory, promises = clocks.clocks_for(
        book_for(file, start), act, channel=channel, region=file.window.region, on=start
    )
    found = [RunningClock(clocks.deadline(statutory, start, stops, calendar), False)] if statutory else []
    return found + [RunningClock(clocks.deadline(one, start, stops, calendar), True) for one in promises]


def _clock_act(book: RuleBook, state: str, acts: Sequence[FileAct]) -> str:
    """What the limits that run in a state are for ("register", "cure", ...); empty where none does."""
    limits = {clock.id: clock.act for clock in book.clocks}
    moves = [
        move
        for move in book.transitions
        if state in move.before and "registry" in move.actors and move.action != CERTIFY
    ]
    entered = next((m for m in book.transitions if acts and m.id == acts[-1].rule), None)
    if entered is not None and limits.get(entered.clock) == "cure":
        return "cure"
    waits = any(act.action in WAITS for act in acts[-1:])
    if waits:
        moves = [
            move for move in book.transitions if acts[-1].before in move.before and "registry" in move.actors
        ]
    # a notice of deficiency names the parties' limit, which begins with it: until then the registry's own runs
    deciding = (limits[move.clock] for move in moves if move.clock)
    return next((act for act in deciding if act != "cure"), "")


def _start_and_stops(book: RuleBook, acts: Sequence[FileAct]) -> tuple[dt.date, list[clocks.Stop]]:
    """The day on which what is under way was handed in or received, and when the registry waited since."""
    begun = max(
        (n for n, act in enumerate(acts) if act.actor != "registry" and act.action not in ANSWERS),
        default=len(acts) - 1,
    )
    since = acts[begun:]
    start = next((act.on for act in since if act.action == ACCEPTED), since[0].on)
    stops = []
    for act, later in zip(since, [*since[1:], None], strict=True):
        if act.action in WAITS:
            stops.append(clocks.Stop(act.on, later.on if later else None))
    return start, stops
