"""What other rooms have to say of an object on its page: the seam through which a lower room's page shows upper rooms' rows.

A loan's page knows loans; which pool it stands in and which claims there are is told by the rooms above:

    tells_of("loans.loan", "claims", function, place=2)      # function(subject, viewer=) -> Section | None

Each function asks its own queries with the viewer, so a page never shows more than the room's own page would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from django.db.models import Model

    Teller = Callable[..., "Section | None"]

_tellers: dict[str, dict[str, tuple[int, Teller]]] = {}


@dataclass(frozen=True)
class Row:
    """One line: a text, linked where the viewer may go on; a status as word and code; a day; notes under it."""

    text: str
    url: str = ""
    word: Any = ""
    status: str = ""
    day: dt.date | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A titled list of such lines; `empty` is said when there are none."""

    title: Any
    rows: Sequence[Row]
    empty: Any = ""


def tells_of(label: str, room: str, function: Teller, *, place: int) -> None:
    """Register what a room tells of objects of a model (`app.model`, small letters); the page shows it by `place`."""
    known = _tellers.setdefault(label, {})
    assert room not in known or known[room][1] is function, f"two tellers of {label} called {room}"
    known[room] = place, function


def sections_of(subject: Model, *, viewer: Any) -> list[Section]:
    """Everything the rooms tell this viewer of an object; he was let in to the object itself."""
    tellers = sorted(_tellers.get(subject._meta.label_lower, {}).values(), key=lambda pair: pair[0])
    told = (tell(subject, viewer=viewer) for _, tell in tellers)
    return [section for section in told if section is not None]
