"""Whose turn it is: everything that waits for one person, told by the rooms and put into one list.

A room registers what can wait in it:

    @tells_turns("claims")
    def turns(*, viewer, on, calendar): yield Turn(_("审核补偿申请"), claim.number, url, since=claim.filed_on, due=...)

The count in the menu, the sentence on the home page and the list itself are this one answer, so they cannot differ.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kernel.days import WorkingCalendar

    Teller = Callable[..., Iterable["Turn"]]

_tellers: dict[str, Teller] = {}


@dataclass(frozen=True)
class Turn:
    """One thing that waits: what is to be done, about what, on which page; since when and, if a rule says so, by when.

    `note` is what helps to choose (from whom, how much); the rule behind a deadline is the room's business.
    """

    what: str
    subject: str
    url: str
    since: dt.date
    due: dt.date | None = None
    note: str = ""


@dataclass(frozen=True)
class Waiting:
    """A turn with its time: working days waited, and left until it is due (below zero: late; None: no deadline).

    `provisional` when the deadline lies in a year whose holidays are not announced.
    """

    turn: Turn
    waited: int
    left: int | None
    provisional: bool

    @property
    def late(self) -> bool:
        return self.left is not None and self.left < 0

    @property
    def late_by(self) -> int:
        return -self.left if self.left is not None and self.left < 0 else 0


def tells_turns(room: str) -> Callable[[Teller], Teller]:
    """Register the function that tells what waits in a room for a viewer; it takes the viewer and shows only his own."""

    def register(function: Teller) -> Teller:
        assert room not in _tellers or _tellers[room] is function, f"two tellers of turns called {room}"
        _tellers[room] = function
        return function

    return register


def waiting_for(*, viewer: Any, on: dt.date, calendar: WorkingCalendar) -> list[Waiting]:
    """Everything that waits for the viewer on a day: what is due first, then what has waited longest."""
    turns = [turn for tell in _tellers.values() for turn in tell(viewer=viewer, on=on, calendar=calendar)]
    turns.sort(key=lambda turn: (turn.due is None, turn.due or turn.since, turn.since, turn.subject))
    return [
        Waiting(
            turn,
            waited=max(calendar.between(turn.since, on), 0),
            left=None if turn.due is None else calendar.between(on, turn.due),
            provisional=turn.due is not None and calendar.provisional(turn.due, since=turn.since),
        )
        for turn in turns
    ]
