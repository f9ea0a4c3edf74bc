"""What a pledgee states of a registration, as a value. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finance.parties.rules import name_key
from finance.pledges.rules import RightKind, right_key, right_kind

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True)
class StatedRight:
    """A right by its kind and the normal form of its number, which identify it."""

    kind: str
    number: str


@dataclass(frozen=True)
class StatedPledge:
    """One registration: its number, its day, who pledged, which rights, and the pledgor's name in the pledgee's words."""

    number: str
    registered_on: dt.date
    pledgor_id: UUID
    rights: tuple[StatedRight, ...]
    pledgor_name: str = ""

    @property
    def content(self) -> tuple[object, ...]:
        """What makes two statements under one number the same: day, pledgor with its name, rights."""
        return self.registered_on, self.pledgor_id, name_key(self.pledgor_name), frozenset(self.rights)


def stated_right(number: str, stated_kind: RightKind | None = None) -> StatedRight:
    """The right that a number names. Its shape decides the kind; where it does not, what was stated, else a patent.

    >>> stated_right("ZL201710601862.3", "trademark")
    StatedRight(kind='patent', number='201710601862.3')
    >>> stated_right("DATA-2024-0001", "data")
    StatedRight(kind='data', number='DATA-2024-0001')
    """
    kind = stated_kind if stated_kind == "data" else right_kind(number) or stated_kind or "patent"
    return StatedRight(kind, right_key(number))
