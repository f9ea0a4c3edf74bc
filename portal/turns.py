"""One list of everything that waits for a person: approvals, and what the rooms tell. Worked out once a request."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kernel.calendars.queries import working_calendar
from kernel.days import today
from kernel.work import queries as work
from kernel.work.turns import Turn, Waiting, tells_turns, waiting_for

from .approval_kinds import decided_by, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.days import WorkingCalendar


@tells_turns("approvals")
def approvals_to_decide(*, viewer: Any, on: dt.date, calendar: WorkingCalendar) -> Iterator[Turn]:
    """What a colleague has asked and the viewer's seat decides."""
    for asked in work.to_decide(viewer=viewer, kinds=decided_by(viewer)):
        yield Turn(
            what=_("复核：%(kind)s") % {"kind": kind_of(asked.kind).title},
            subject=asked.summary,
            url=reverse("approval", args=[asked.pk]),
            since=timezone.localtime(asked.made_at).date(),
            note=_("%(maker)s 提出") % {"maker": asked.maker},
        )


def turns_of(request: Any) -> list[Waiting]:
    """What waits for the viewer of this request today: the home's sentence, the inbox and the menu's count are this list."""
    if "_turns" not in request.__dict__:
        request.__dict__["_turns"] = waiting_for(
            viewer=request.viewer, on=today(), calendar=working_calendar()
        )
    turns: list[Waiting] = request.__dict__["_turns"]
    return turns


def known_turns_of(request: Any) -> list[Waiting] | None:
    """The same list where this request has already asked for it."""
    known: list[Waiting] | None = request.__dict__.get("_turns")
    return known
