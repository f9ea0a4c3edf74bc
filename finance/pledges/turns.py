"""Whose move a registration file is, who has which alert of the watch, and which calendars deadlines wait for."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from finance.pledges.queries import of_files as reading
from finance.pledges.queries import of_limits, of_turns, of_yeses
from finance.pledges.words import worded
from kernel.work.turns import Turn, tells_turns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from finance.pledges.models import RegistrationFile
    from kernel.days import WorkingCalendar

WINDOW = "ip_bureau.clerk"
SEATS = ("bank.maker", "enterprise.owner", WINDOW)


@tells_turns("pledges")
def turns(*, viewer: Any, on: dt.date, calendar: WorkingCalendar) -> Iterator[Turn]:
    """Files that wait for the viewer; a deadline is the statutory one, never a window's promise."""
    if viewer.seat not in SEATS:
        return
    unannounced: dict[int, list[dt.date]] = {}
    for file in of_turns.files_that_may_wait(viewer, at_window=viewer.seat == WINDOW):
        what = whose_move(file, viewer, on)
        if not what and viewer.seat != WINDOW:
            continue
        acts = list(file.acts.all())
        clocks = of_limits.clocks_of(file, calendar, on)
        for clock in clocks:
            if clock.deadline.provisional and clock.deadline.due_on:
                unannounced.setdefault(clock.deadline.due_on.year, []).append(acts[-1].on)
        if not what:
            continue
        limits = [one.deadline for one in clocks if not one.promise]
        yield Turn(
            what=what,
            subject=f"{file.number} {file.pledgor.short_name}",
            url=reverse("pledges:file", args=[file.pk]),
            since=acts[-1].on if acts else file.opened_on,
            due=limits[0].due_on if limits else None,
            note=worded(reading.book_of(file).state(file.state).title),
        )
    if viewer.seat == WINDOW:
        for due, seen, many in of_turns.provisional_days(viewer):
            if calendar.provisional(due, seen):
                unannounced.setdefault(due.year, []).extend([seen] * many)
        yield from calendars_to_load(unannounced)
        return
    for told in of_turns.open_alerts_by_rule(viewer):
        single = told.many == 1
        yield Turn(
            what=_("%(alert)s（尚不确定）") % {"alert": worded(told.title)}
            if told.unsure
            else worded(told.title),
            subject=f"{told.file_number} {told.right if single else _('%(n)s 件') % {'n': told.many}}".strip(),
            url=reverse("pledges:alert", args=[told.one])
            if single
            else f"{reverse('pledges:watch')}?file={told.file_id}",
            since=told.since,
            due=told.due_on,
            note=worded(told.to_do),
        )


def calendars_to_load(unannounced: dict[int, list[dt.date]]) -> Iterator[Turn]:
    """Deadlines counted without a year's holidays: the window, which keeps the limits, has the year's calendar loaded."""
    for year, days in sorted(unannounced.items()):
        yield Turn(
            what=_("请系统管理员载入%(year)s年工作日历") % {"year": year},
            subject=_("%(n)s 个期限为暂定") % {"n": len(days)},
            url=reverse("pledges:watch"),
            since=min(days),
            note=_("节假日安排公布后，用 manage.py load_calendars 载入"),
        )


def whose_move(file: RegistrationFile, viewer: Any, on: dt.date) -> str:
    """What the viewer has to do with a file now; empty when it waits for others or for nobody."""
    book = reading.book_of(file)
    state = book.state(file.state)
    party = reading.party_of(viewer, file)
    if party is None:
        if of_turns.is_decided_by_registry(book, state.id):
            return _("办理质押登记")
        owed = {move.action for move in reading.possible(file, viewer)}
        if reading.CERTIFY in owed:
            return _("发出登记证")
        return _("答复登记证补发申请") if owed & set(reading.ANEW) else ""
    waiting = of_yeses.waiting_assents(file)
    for action, parties in waiting.items():
        title = next(move.title for move in book.transitions if move.action == action)
        anew = of_yeses.declares_otherwise(file, action, on)  # then who declared first declares anew
        if (party in parties) is anew:
            return _("确认：%(step)s") % {"step": worded(title)}
    if waiting:
        return ""
    if state.id in of_turns.FOR_THE_PARTIES:
        return _("补正质押登记材料") if state.id == "deficient" else _("声明知情并继续办理")
    if state.kind == "open" and state.id != "submitted":
        return _("推进质押登记申请") if party == "pledgee" else ""
    return ""
