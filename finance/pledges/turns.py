"""Whose move a registration file is: the party that has not yet said yes, or the window that has not yet decided."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from finance.pledges.queries import of_files as reading
from kernel.work.turns import Turn, tells_turns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from finance.pledges.models import RegistrationFile
    from kernel.days import WorkingCalendar

SEATS = ("bank.maker", "enterprise.owner", "ip_bureau.clerk")


@tells_turns("pledges")
def turns(*, viewer: Any, on: dt.date, calendar: WorkingCalendar) -> Iterator[Turn]:
    """Files that wait for the viewer; a deadline is the statutory one, never a window's promise."""
    if viewer.seat not in SEATS:
        return
    for file in reading.with_course(reading.files(viewer=viewer)):
        what = whose_move(file, viewer)
        if not what:
            continue
        acts = list(file.acts.all())
        limits = [one.deadline for one in reading.clocks_of(file, calendar, on) if not one.promise]
        yield Turn(
            what=what,
            subject=f"{file.number} {file.pledgor.short_name}",
            url=reverse("pledges:file", args=[file.pk]),
            since=acts[-1].on if acts else file.opened_on,
            due=limits[0].due_on if limits else None,
            note=reading.book_of(file).state(file.state).title,
        )


def whose_move(file: RegistrationFile, viewer: Any) -> str:
    """What the viewer has to do with a file now; empty when it waits for others or for nobody."""
    book = reading.book_of(file)
    state = book.state(file.state)
    party = reading.party_of(viewer, file)
    if party is None:
        decides = any(
            file.state in m.before and "registry" in m.actors and m.action != "revoke"
            for m in book.transitions
        )
        return _("办理质押登记") if decides and state.id not in ("deficient", "declaration_needed") else ""
    for action, parties in reading.waiting_assents(file).items():
        title = next(move.title for move in book.transitions if move.action == action)
        return "" if party in parties else _("确认：%(step)s") % {"step": title}
    if state.id in ("deficient", "declaration_needed"):
        return _("补正质押登记材料") if state.id == "deficient" else _("声明知情并继续办理")
    if state.kind == "open" and state.id != "submitted":
        return _("推进质押登记申请") if party == "pledgee" else ""
    return ""
