"""The watch: a look at files, alone or by night, and what a party did about an alert.

A look adds what has come up and closes what no longer holds, under the row lock of each file: two at once find each
other's alerts, and the same look again adds nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from finance.parties.seats import permit
from finance.pledges.models import AlertClearing, IPRight, RegistrationFile, WatchAlert, WatchRun
from finance.pledges.queries import of_files, of_rights, of_watch
from finance.pledges.rules import right_key
from finance.pledges.rules.watch import why_gone
from kernel.acts.actions import record
from kernel.calendars.queries import working_calendar
from kernel.chinese import in_chinese
from kernel.documents.papers import paper_problem
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.work.outbox import put

from .files import PARTIES, WINDOW, Paper, keep, locked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from finance.parties.models import Membership
    from finance.pledges.rules.watch import Alert
    from kernel.days import WorkingCalendar

    Key = tuple[str, UUID | None, dt.date | None, int | None]
    Told = tuple[Key, str]

How = AlertClearing.How
LOOK = "pledges.watch_files"
"""The message that has files looked at: {"day", "files"}."""


@in_chinese
@transaction.atomic
def look(*, by: Membership, file_id: UUID, on: dt.date) -> WatchRun:
    """Look at one file now."""
    permit(by, *PARTIES, WINDOW)
    file = locked(by, file_id)
    run = _look_at([file], on, by)
    record(by=by, verb="pledge_file.watch", subject=file, summary=f"{file.number} 权利监测 {on}")
    return run


@transaction.atomic
def look_by_night(*, files: Iterable[UUID], on: dt.date) -> WatchRun:
    """Look at these files; the night's list is cut into parts so that no file is held for long."""
    rows = (
        RegistrationFile.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=files)
        .order_by("pk")
    )
    return _look_at(list(rows.select_related("pledgor", "registration")), on, None)


def look_soon(files: Iterable[UUID], *, on: dt.date, cause: str) -> None:
    """Have files looked at after this transaction, each in a message of its own: what is told at once waits for no night."""
    for pk in files:
        payload = {"day": on.isoformat(), "files": [str(pk)]}
        put(kind=LOOK, payload=payload, effect_key=f"pledges.watch:{cause}:{pk}")


def _look_at(files: Sequence[RegistrationFile], on: dt.date, by: Membership | None) -> WatchRun:
    calendar, found, closed, books = working_calendar(), 0, 0, set()
    files = _not_seen_later(files, on)
    for file in files:
        new, gone = _look(file, on, calendar)
        found, closed = found + new, closed + gone
        books.add(of_files.book_for(file, on).id)
    return WatchRun.objects.create(
        on=on, files=[file.pk for file in files], books=sorted(books), found=found, closed=closed,
        recorded_by=by.account if by else None,
    )  # fmt: skip


def _not_seen_later(files: Sequence[RegistrationFile], on: dt.date) -> list[RegistrationFile]:
    """Without those that a look of a later day has been at: a late look of an older day would undo what that one found."""
    keys = [file.pk for file in files]
    runs = WatchRun.objects.filter(on__gt=on, files__overlap=keys).values_list("files", flat=True)
    later = {pk for run in runs for pk in run}
    return [file for file in files if file.pk not in later]


def _look(file: RegistrationFile, on: dt.date, calendar: WorkingCalendar) -> tuple[int, int]:
    """How many alerts are new, and how many have gone."""
    now = of_watch.alerts_on(file, on, on, calendar)
    keys = {right_key(one.right) for one in now if one.right}
    rights = {row.number: row for row in IPRight.objects.filter(kind=file.kind, number__in=keys)}
    holds: dict[Told, Alert] = {
        (
            (one.rule, rights[right_key(one.right)].pk if one.right else None, one.due_on, one.step),
            one.unsure,
        ): one
        for one in now
    }
    # read once: were it not for the lock, `nth` counted in a later reading would slip past the unique constraint
    raised = list(file.alerts.select_related("right").prefetch_related("clearings"))
    standing = {
        (_key(one), one.unsure): one
        for one in raised
        if all(end.how != How.GONE for end in one.clearings.all())
    }
    gone = [alert for told, alert in standing.items() if told not in holds]
    AlertClearing.objects.bulk_create(
        AlertClearing(alert=alert, how=How.GONE, on=on, recorded_on=on, told=_why(file, alert, now, on)[:300])
        for alert in gone
    )
    before = [_key(one) for one in raised]
    book = of_files.book_for(file, on).id
    new = [
        WatchAlert(
            file=file, right_id=key[1], rule=one.rule, due_on=one.due_on, step=one.step, nth=before.count(key) + 1,
            title=one.title, to_do=one.to_do, who=one.who, for_pledgor="pledgor" in one.parties,
            for_pledgee="pledgee" in one.parties, tells_of_loan=one.tells_of_loan, provisional=one.provisional,
            unsure=one.unsure, article=one.article, confidence=one.confidence, book=book, seen_on=on,
        )
        for (key, unsure), one in holds.items()
        if (key, unsure) not in standing
    ]  # fmt: skip
    WatchAlert.objects.bulk_create(new)
    return len(new), len(gone)


def _key(alert: WatchAlert) -> Key:
    return alert.rule, alert.right_id, alert.due_on, alert.step


def _why(file: RegistrationFile, alert: WatchAlert, now: Sequence[Alert], on: dt.date) -> str:
    then = of_files.status_on(file, on, on)
    if then.over and then.ended_on is None:
        return f"登记期限已届满：{of_files.book_of(file).state(then.state).title}"
    if not then.in_force:
        return f"质权已不在登记中：{of_files.book_of(file).state(then.state).title}"
    number = alert.right.number if alert.right else ""
    since = [
        f"{told.title} {told.row.on}"
        for told in of_rights.told_events(file)
        if told.title and told.row.right_id == alert.right_id and told.row.recorded_on >= alert.seen_on
    ]
    same_right = [one for one in now if (right_key(one.right) if one.right else "") == number]
    written = next((one.right for one in same_right), "")
    return why_gone(alert.rule, written, alert.due_on, alert.step, same_right, since)


@in_chinese
@transaction.atomic
def clear(
    *,
    by: Membership,
    alert_id: UUID,
    on: dt.date | None,
    told: str,
    today: dt.date,
    paper: Paper | None = None,
) -> AlertClearing:
    """A party that has an alert says what it did about it. Refused: another's, one that ended, every fault, a day that a
    form could not read (None) among them."""
    permit(by, *PARTIES)
    alert = of_watch.alert(viewer=by, alert_id=alert_id)
    file = locked(by, alert.file_id)
    ended = list(alert.clearings.order_by("pk").all())
    if not of_watch.has_it(alert, by):
        raise Refused(Problem("提醒", f"由{alert.who}办理", "请等对方办理；本方可记录权利事项", "not_yours"))
    if ended:
        raise Refused(Problem("提醒", f"{ended[0].get_how_display()}（{ended[0].on}）", "不必再办", "ended"))
    problems = []
    if on is None:
        problems.append(Problem("办理日", "未填写", "请填写实际办理的日期", "required"))
    elif on > today:
        problems.append(Problem("办理日", f"{on} 晚于今天（{today}）", "请填写实际办理的日期", "future"))
    elif on < file.opened_on:
        problems.append(
            Problem("办理日", f"{on} 早于起草日 {file.opened_on}", "请填写实际办理的日期", "day_order")
        )
    if not told.strip():
        problems.append(Problem("办理情况", "未填写", "请写明做了什么，例如缴费凭证号", "required"))
    if paper is not None and (fault := paper_problem(paper.name, paper.content)):
        problems.append(fault)
    refuse_if_any(problems)
    assert on is not None, "a missing day is a fault"
    cleared = AlertClearing.objects.create(
        alert=alert, how=How.DONE, on=on, told=told.strip()[:300], paper=keep(by, paper) if paper else None,
        recorded_on=today, recorded_by=by.account,
    )  # fmt: skip
    record(
        by=by,
        verb="pledge_alert.clear",
        subject=alert,
        summary=f"{file.number} {alert.title}：{told.strip()[:100]}",
    )
    return cleared
