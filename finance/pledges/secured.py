"""The debt behind a pledge, told by the room above that knows loans; this room knows none."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from finance.parties.models import Membership
    from finance.pledges.models import RegistrationFile

    Teller = Callable[..., list["SecuredLoan"]]

_tellers: list[Teller] = []


@dataclass(frozen=True)
class SecuredLoan:
    """A loan that stands on a pledge, on a day: its number, first and last day, what is outstanding (fen).

    `falls`: months whose returns show the balance to have fallen, and by how much; `paid_in`: the earliest day on which each
    of these payments can have been made; `guarantor`: who stands for it beside the pledge, "" nobody;
    `overdue_since`: the first day on which a part of it was overdue by the last return.
    """

    number: str
    lent_on: dt.date
    ends_on: dt.date
    balance_fen: int
    settled: bool
    falls: tuple[tuple[dt.date, int], ...] = ()
    paid_in: tuple[dt.date, ...] = ()
    guarantor: str = ""
    overdue_since: dt.date | None = None

    def due_by(self, day: dt.date) -> bool:
        """Whether the loan, or a part of it, was due and not paid on a day, by what the returns tell."""
        return not self.settled and (
            self.ends_on < day or (self.overdue_since is not None and self.overdue_since <= day)
        )


def tells_of_debt(function: Teller) -> Teller:
    """Register the function that tells the loans behind a file: `function(file, viewer=, on=, known_on=)`."""
    if function not in _tellers:
        _tellers.append(function)
    return function


def loans_behind(
    file: RegistrationFile, *, viewer: Membership | None, on: dt.date, known_on: dt.date
) -> list[SecuredLoan]:
    """The loans that this file's pledge secures, those that the viewer may see; all of them for the watch itself (None)."""
    return [loan for tell in _tellers for loan in tell(file, viewer=viewer, on=on, known_on=known_on)]
