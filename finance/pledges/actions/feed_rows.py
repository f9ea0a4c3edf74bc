"""The rows of a registry's feed: each is the step that the window would take on a paper (`moving.decide`).

What is asked of a paper is asked of a row, in their order; of a row with faulty cells no step is taken, and what else stands
against it is told with them. Lock order: registration files by id, then the advisory locks "pledges of" the pledgees by id.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Prefetch, Q
from django.utils import timezone

from finance.pledges.models import FileAct, RegistrationFile
from finance.pledges.queries import of_files as reading
from finance.pledges.rules import right_key
from finance.pledges.rules.results import COLUMNS, DECISIONS, FORM, asked_of
from finance.pledges.statements import StatedRight
from kernel.documents.actions import keep_file
from kernel.documents.papers import MEDIA_TYPES
from kernel.errors import Refused
from kernel.sheets import RowFlaw, plain_values

from .moving import decide
from .stating import known_rights, one_at_a_time
from .step import Step, ToldBy
from .wanting import checked_move

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from finance.parties.models import Membership, Organisation
    from finance.pledges.models import RegistryFeed
    from kernel.documents.models import StoredFile
    from kernel.errors import Problem

NEW, SAME = "new", "same"
OF_DAYS = ("future", "day_order", "day_bounds", "period_over")
"""Faults that compare the day of a decision; where it was not read there is nothing to compare."""


@dataclass(frozen=True)
class Result:
    """One row of a feed: where it stands, its values, and, once looked at, its file and whether it does anything.

    `unread` are the columns whose cells are at fault: their values are missing or not to be built on.
    """

    row: int
    values: Mapping[str, Any]
    file_number: str = ""
    state: str = NEW
    unread: frozenset[str] = frozenset()

    @property
    def told(self) -> str:
        """The row in a line."""
        parts = (self.file_number, self.values["decision"], self.values["on"], self.values.get("number"))
        return " ".join(str(part) for part in parts if part)

    @property
    def plain(self) -> dict[str, Any]:
        return {
            "row": self.row, "values": plain_values(self.values), "file": self.file_number, "state": self.state,
        }  # fmt: skip


def carry_out(
    by: Membership | None,
    window: Organisation,
    rows: Iterable[Result],
    digest: str,
    today: dt.date,
    feed: RegistryFeed | None,
) -> tuple[list[Result], list[tuple[int, RowFlaw]]]:
    """Take the step of every row without a fault, in their order; what stands against the others, and what each came to."""
    named = [one for one in rows if one.values.get("key")]
    found = _files_of(window, {one.values["key"] for one in named})
    _hold({pk for pks in found.values() for pk in pks})
    results: list[Result] = []
    flaws: list[tuple[int, RowFlaw]] = []
    for one in named:
        pks = found.get(one.values["key"], [])
        if len(pks) != 1:
            flaws.append((one.row, _no_file(pks)))
            continue
        if "decision" not in one.values:
            continue
        file = reading.at_window(window).prefetch_related(
            Prefetch("acts", FileAct.objects.select_related("recorded_by__person").order_by("seq"))
        ).get(pk=pks[0])  # fmt: skip
        try:
            with transaction.atomic():
                state = _take(by, file, one, digest, today, feed)
        except _Flawed as flawed:
            flaws += [(one.row, flaw) for flaw in flawed.flaws]
            continue
        results.append(replace(one, file_number=file.number, state=state))
    return results, flaws


def _no_file(pks: Sequence[UUID]) -> RowFlaw:
    told = "对应多个案件" if pks else "本窗口没有这个受理号或案件编号"
    return RowFlaw("key", "no_file", told, "请对照受理通知填写，或改填案件编号")


class _Flawed(Exception):
    def __init__(self, flaws: Sequence[RowFlaw]) -> None:
        super().__init__(str(flaws))
        self.flaws = flaws


def _take(
    by: Membership | None,
    file: RegistrationFile,
    one: Result,
    digest: str,
    today: dt.date,
    feed: RegistryFeed | None,
) -> str:
    """Take the step of a row, unless it was taken before; NEW or SAME. All that stands against it at once."""
    step, flaws = _step(file, one, digest, today, feed)
    if not one.unread and _was_taken(file, step):
        return SAME
    try:
        if flaws or one.unread:
            checked_move(by, file, reading.book_of(file), step, "registry", today)
            raise _Flawed(flaws)
        told_by = ToldBy(feed, digest, one.row, _extract(by, file, one, digest))
        decide(by, file, replace(step, told_by=told_by), today)
    except Refused as refused:
        found = [flaw for problem in refused.problems if (flaw := _flaw(problem)) and _can_be_told(one, flaw)]
        raise _Flawed([*flaws, *found]) from refused
    return NEW


def _step(
    file: RegistrationFile, one: Result, digest: str, today: dt.date, feed: RegistryFeed | None
) -> tuple[Step, list[RowFlaw]]:
    values = one.values
    action = DECISIONS[values["decision"]]
    asks = next((move.asks for move in reading.book_of(file).transitions if move.action == action), ())
    asked, flaws = asked_of(values, asks)
    step = Step(
        action, values.get("on") or today, note=values.get("note") or "", number=(values.get("number") or "").strip(),
        until=values.get("until"), asked=asked, items=_items(values), told_by=ToldBy(feed, digest, one.row),
    )  # fmt: skip
    return step, [flaw for flaw in flaws if flaw.key not in one.unread]


def _was_taken(file: RegistrationFile, step: Step) -> bool:
    before = [act for act in file.acts.all() if (act.action, act.on) == (step.action, step.on)]
    if before and not any(_is_same(act, step) for act in before):
        told = f"{step.on} 的“{before[-1].title}”已有记录，内容不同"
        raise _Flawed([RowFlaw("key", "otherwise", told, "请对照文书核对；已有的记录不能改写")])
    return bool(before)


def _can_be_told(one: Result, flaw: RowFlaw) -> bool:
    """Whether a fault does not rest on a cell that could not be read."""
    if "on" in one.unread and flaw.code in OF_DAYS:
        return False
    return flaw.key not in one.unread


def _is_same(act: FileAct, step: Step) -> bool:
    told = act.details
    return (
        act.until == step.until
        and told.get("number", "") == step.number
        and told.get("asked", {}) == step.asked
        and tuple(told.get("items", ())) == step.items
    )


def _items(values: Mapping[str, Any]) -> tuple[str, ...]:
    written = (values.get("items") or "").replace(";", "；").split("；")
    return tuple(item.strip() for item in written if item.strip())


def _extract(by: Membership | None, file: RegistrationFile, one: Result, digest: str) -> StoredFile:
    """The row alone, for the file's parties: the feed tells of other banks' files too."""
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow(["来源文件 SHA-256", "行", *(column.header for column in FORM.columns)])
    plain = plain_values(one.values)
    lines.writerow([digest, one.row, *(plain.get(column.key) or "" for column in FORM.columns)])
    return kept_sheet(
        by, file.window, f"登记结果摘录_第{one.row}行.csv", written.getvalue().encode("utf-8-sig")
    )


def kept_sheet(by: Membership | None, window: Organisation, name: str, content: bytes) -> StoredFile:
    """Keep a sheet for the window alone."""
    media_type = MEDIA_TYPES["xlsx"] if content.startswith(b"PK") else "text/csv"
    return keep_file(
        by=by, at=timezone.now(), name=name, media_type=media_type, content=content, wall=window.pk
    )


def _flaw(problem: Problem) -> RowFlaw:
    found = f"{problem.where}：{problem.found}"
    return RowFlaw(COLUMNS.get(problem.where, "key"), problem.code or "refused", found, problem.wanted)


def _files_of(window: Organisation, keys: set[str]) -> dict[str, list[UUID]]:
    """The files of a window by acceptance number, and by their own."""
    named = Q(number__in=keys) | Q(acts__action=reading.ACCEPTED, acts__details__number__in=list(keys))
    found: dict[str, list[UUID]] = {}
    files = reading.at_window(window).filter(named).distinct()
    receipts = Prefetch("acts", FileAct.objects.filter(action=reading.ACCEPTED), to_attr="receipts")
    for file in files.prefetch_related(receipts).order_by("pk"):
        names = {file.number, *(act.details.get("number", "") for act in file.receipts)}
        for name in names & keys:
            found.setdefault(name, []).append(file.pk)
    return found


def _hold(files: set[UUID]) -> None:
    """Lock the files, then their pledgees' numbering, and have their rights known, each in one order for all feeds."""
    rows = RegistrationFile.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=files)
    held = list(rows.select_related("pledgee").order_by("pk"))
    for pledgee in sorted({file.pledgee for file in held}, key=lambda one: str(one.pk)):
        one_at_a_time(pledgee)
    known_rights(
        StatedRight(file.kind, right_key(right["number"]))
        for file in held
        for right in reading.contents_of(file)["rights"]
    )
