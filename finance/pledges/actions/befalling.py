"""What befell a right of a file is recorded, or an earlier record of it corrected."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.seats import permit
from finance.pledges.models import RegistrationFile, RightEvent, RunningPledge
from finance.pledges.queries import of_files as reading
from finance.pledges.queries import of_rights
from finance.pledges.rules import right_key
from finance.pledges.rules.bounds import MOST_FEE_YEARS, beyond, day_beyond
from finance.pledges.rules.owners import named_twice
from finance.pledges.rules.procedure import RightEvent as EventFact
from finance.pledges.rules.procedure import counted, goes_back, right_on
from finance.pledges.rules.stated import DAY_WORDS
from finance.pledges.statements import StatedRight
from kernel.acts.actions import record
from kernel.errors import Problem, refuse_if_any

from .files import PARTIES, WINDOW, locked
from .stating import known_rights
from .watching import look_soon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from finance.parties.models import Membership
    from finance.pledges.rules.book import LegalEvent

BEGINS = ("filed_on", "registered_on", "completed_on")
_BROUGHT_DAYS = {"expires_on": "新的届满日", "last_used_on": "最近使用日"}


@transaction.atomic
def record_event(
    *,
    by: Membership,
    file_id: UUID,
    number: str,
    event: str,
    on: dt.date | None,
    source: str,
    today: dt.date,
    effective_on: dt.date | None = None,
    until: dt.date | None = None,
    brings: dict[str, Any] | None = None,
    corrects: int | None = None,
) -> RightEvent:
    """Record what befell a right of the file, or (`corrects`) in place of an earlier record; Refused with every fault.

    An empty `event` takes the earlier record back: nothing of the kind happened. `effective_on` is since when it counts;
    where it is not told, it is worked out (`procedure.counted`). `on` is None where a form could not read the day: that is
    a fault as any other.
    """
    permit(by, *PARTIES, WINDOW)
    file, told = locked(by, file_id), brings or {}
    problems = list(_faults(file, number, event, on, source, today, effective_on, until, told, corrects))
    refuse_if_any(problems)
    assert on is not None, "a missing day is a fault"
    fact = EventFact(
        0, event, on, today, effective_on=effective_on, until=until, corrects=corrects, brings=of_rights.brought(told)
    )  # fmt: skip
    if event:
        effective_on = _since(file, number, fact, today)
    (right,) = known_rights([StatedRight(file.kind, right_key(number))]).values()
    kept = RightEvent.objects.create(
        file=file, right=right, event=event, on=on, effective_on=effective_on, until=until, brings=told,
        source=source.strip()[:120], corrects_id=corrects, recorded_on=today, recorded_by=by.account,
    )  # fmt: skip
    rights = {right.pk, kept.corrects.right_id if kept.corrects else right.pk}
    held = (
        RunningPledge.objects.filter(right__in=rights, void=False, last_day=None).order_by("file").distinct()
    )
    look_soon(held.values_list("file", flat=True), on=today, cause=f"event:{kept.pk}")
    record(
        by=by, verb="pledge_file.right_event", subject=file,
        summary=f"{file.number} {number} {event or '撤回记录'} {on}",
    )  # fmt: skip
    return kept


def _since(file: RegistrationFile, number: str, fact: EventFact, today: dt.date) -> dt.date | None:
    """Since when a new event counts; None where that is its own day, or the beginning of the right."""
    book, key = reading.book_of(file), right_key(number)
    right = next(one for one in of_rights.rights_stated(file) if right_key(one.number) == key)
    # of one day, the newest comes last: it takes the highest number
    others = of_rights.events_of(file).get(key, [])
    newest = max((one.seq for one in others), default=0) + 1
    all_told = [*others, EventFact(**{**vars(fact), "seq": newest})]
    since = {event.seq: day for event, day in counted(book, right, all_told, today)}[newest]
    return None if since in (fact.on, dt.date.min) else since


def _faults(
    file: RegistrationFile,
    number: str,
    event: str,
    on: dt.date | None,
    source: str,
    today: dt.date,
    effective_on: dt.date | None,
    until: dt.date | None,
    brings: dict[str, Any],
    corrects: int | None,
) -> Iterator[Problem]:
    keys = {right_key(right["number"]) for right in reading.contents_of(file)["rights"]}
    kind = next((one for one in reading.book_of(file).legal_events if one.id == event), None)
    if right_key(number) not in keys:
        yield Problem("权利", f"案件中没有 {number[:40]}", "请从列表中选择", "no_right")
    if kind is None and (event or corrects is None):
        yield Problem("事项", f"没有“{event[:40]}”这一类", "请从列表中选择", "no_event")
    yield from (*day_beyond("发生日", on), *day_beyond("生效日", effective_on), *day_beyond("至", until))
    if on is None:
        yield Problem("发生日", "未填写", "请填写实际发生的日期", "required")
    else:
        yield from _days_out_of_order(file, number, on, today, effective_on, until)
    if not source.strip():
        yield Problem("依据的文书或登记簿", "未填写", "请写明依据的文书或登记簿", "required")
    yield from _faults_of_brought(kind, brings, on)
    if corrects is not None and not file.right_events.filter(pk=corrects, corrected_by=None).exists():
        yield Problem("更正", "没有这一条，或已被更正", "请刷新页面后再选", "corrects")
    elif on and kind and right_key(number) in keys and "fees_paid_through" in kind.brings:
        yield from _year_gone_back(file, number, brings, on, today, corrects)


def _days_out_of_order(
    file: RegistrationFile,
    number: str,
    on: dt.date,
    today: dt.date,
    effective_on: dt.date | None,
    until: dt.date | None,
) -> Iterator[Problem]:
    if on > today:
        yield Problem("发生日", f"{on} 晚于今天（{today}）", "请填写已经发生的日期", "future")
    yield from _before_there_was_one(file, number, on)
    if effective_on is not None and effective_on > on:
        yield Problem(
            "生效日", f"{effective_on} 晚于发生日 {on}", "追溯的填写较早的日期，不追溯的不填", "day_order"
        )
    if until is not None and until < on:
        yield Problem("至", f"{until} 早于发生日 {on}", "请核对这两个日期", "day_order")


def _before_there_was_one(file: RegistrationFile, number: str, on: dt.date) -> Iterator[Problem]:
    """Nothing befalls a right before it was filed, registered or made."""
    for right in of_rights.rights_stated(file):
        if right_key(right.number) != right_key(number) or beyond(on):
            continue
        name = next((one for one in BEGINS if getattr(right, one) is not None), "")
        if name and on < getattr(right, name):
            found = f"{on} 早于{DAY_WORDS[name]} {getattr(right, name)}"
            yield Problem("发生日", found, "请核对这两个日期", "day_order")


def _faults_of_brought(
    kind: LegalEvent | None, brings: dict[str, Any], on: dt.date | None
) -> Iterator[Problem]:
    for name in kind.brings if kind else ():
        value = brings.get(name)
        if not value:
            yield Problem("事项内容", f"“{kind.title}”没有写明新的情况", "请一并填写", name)  # type: ignore[union-attr]
        elif name in _BROUGHT_DAYS:
            yield from _fault_of_day(name, dt.date.fromisoformat(value), on)
        elif name == "owners" and (twice := named_twice(value)):
            yield Problem("新的权利人", f"{twice} 列了两次", "每人只列一次", "twice")
        elif name == "fees_paid_through" and not 1 <= value <= MOST_FEE_YEARS:
            yield Problem(
                "年费已缴至第几年度",
                f"第 {value} 年度",
                f"年度从 1 起算，不超过 {MOST_FEE_YEARS}",
                "fee_year",
            )


def _fault_of_day(name: str, day: dt.date, on: dt.date | None) -> Iterator[Problem]:
    """A term is renewed or compensated to a later day; what was used was used by the day of the evidence."""
    label = _BROUGHT_DAYS[name]
    yield from (faults := day_beyond(label, day))
    if faults or on is None:
        return
    if name == "expires_on" and day <= on:
        yield Problem(label, f"{day} 不晚于发生日 {on}", "请对照证书或登记簿核对", "day_order")
    elif name == "last_used_on" and day > on:
        yield Problem(label, f"{day} 晚于发生日 {on}", "请核对这两个日期", "day_order")


def _year_gone_back(
    file: RegistrationFile,
    number: str,
    brings: dict[str, Any],
    on: dt.date,
    today: dt.date,
    corrects: int | None,
) -> Iterator[Problem]:
    """A year of fees before the one that is known to be paid on the same day, the record to be corrected left aside."""
    key = right_key(number)
    taken_back = EventFact(0, "", today, today, corrects=corrects)
    for right in of_rights.rights_stated(file):
        if right_key(right.number) != key:
            continue
        known = right_on(
            reading.book_of(file), right, [*of_rights.events_of(file).get(key, ()), taken_back], on, today
        )
        if goes_back(known, EventFact(0, "", on, today, brings=brings)):
            found = f"第 {brings['fees_paid_through']} 年度早于已记录的第 {known.fees_paid_through} 年度"
            wanted = "请对照缴费凭证；原记录有误的，用“更正”改正原记录"
            yield Problem("年费已缴至第几年度", found, wanted, "fee_year_back")
