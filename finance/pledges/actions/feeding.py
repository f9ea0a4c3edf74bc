"""A registry's results come in as a file: looked at whole, confirmed by a second person of the window, entered row by row.

Every row is the step that the window would take on a paper (`moving.decide`): what is asked of a paper is asked of a row.
All rows or none; a row that was entered before does nothing. Lock order as for a step, over all files at once: approval,
registration files by id, then the advisory locks "pledges of" the pledgees by id.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch, Q
from django.utils import timezone

from finance.parties.seats import permit
from finance.pledges.models import FeedEntered, FileAct, RegistrationFile, RegistryFeed
from finance.pledges.queries import of_files as reading
from finance.pledges.rules import right_key
from finance.pledges.rules.procedure import move_of
from finance.pledges.rules.results import COLUMNS, DECISIONS, FORM, MOST_ROWS, asked_of
from finance.pledges.statements import StatedRight
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.documents.actions import keep_file
from kernel.documents.papers import MEDIA_TYPES
from kernel.errors import Problem, Refused
from kernel.sheets import RowFlaw, annotate, check_rows, plain_values, read_rows, restored_values
from kernel.sheets.checking import fault_at
from kernel.work.approvals import ask, executes
from kernel.work.models import Approval

from .files import WINDOW, Paper
from .moving import decide
from .stating import known_rights, one_at_a_time
from .step import Step, ToldBy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from finance.parties.models import Membership, Organisation
    from kernel.documents.models import StoredFile
    from kernel.sheets import RowFault, Sheet

NEW, SAME = "new", "same"


@dataclass(frozen=True)
class Result:
    """One row of a feed: where it stands, its values, and, once looked at, its file and whether it does anything."""

    row: int
    values: Mapping[str, Any]
    file_number: str = ""
    state: str = NEW

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


@dataclass(frozen=True)
class Looked:
    """A feed as it was looked at on a day: nothing of it is entered."""

    content: bytes
    sheet: Sheet
    results: tuple[Result, ...]
    faults: tuple[RowFault, ...]

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()

    @property
    def new(self) -> list[Result]:
        return [one for one in self.results if one.state == NEW]


@in_chinese
def look_at_feed(*, by: Membership | None, window: Organisation, sheet: Paper, today: dt.date) -> Looked:
    """Read a feed and try every row, leaving nothing behind. Refused when the file as a whole cannot be used."""
    permit(by, WINDOW)
    read = read_rows(sheet.content, sheet.name, FORM)
    if len(read.rows) > MOST_ROWS:
        told = f"{len(read.rows)} 行，超过 {MOST_ROWS} 行"
        raise Refused(Problem("办理结果", told, "请分成几个文件", "too_many"))
    checked = check_rows(read, FORM, on=today)
    faults = [fault for fault in checked.problems if fault.level == "error"]
    digest = sha256(sheet.content).hexdigest()
    rows = [Result(row.file_row, dict(row.values)) for row in checked.good_rows]
    named = [(row.file_row, row.values.get("key")) for row in checked.rows if row.has_error]
    flaws = _of_no_file(window, named)
    with transaction.atomic():
        results, refused = _carry_out(by, window, rows, digest, today, None)
        transaction.set_rollback(True)
    faults += [fault_at(read, FORM, row, flaw) for row, flaw in (*flaws, *refused)]
    return Looked(sheet.content, read, tuple(results), tuple(sorted(faults, key=lambda one: one.row)))


@in_chinese
@transaction.atomic
def bring_feed(
    *, by: Membership, sheet: Paper, today: dt.date
) -> tuple[RegistryFeed, Sequence[RowFault], Approval | None]:
    """Keep a feed of one's window: with faults given back marked; else put to a second person, unless it says nothing new.

    Refused: not readable as a whole, or the same file waits already.
    """
    permit(by, WINDOW)
    looked = look_at_feed(by=by, window=by.organisation, sheet=sheet, today=today)
    if looked.faults:
        return _given_back(by, sheet, looked, today), looked.faults, None
    if _waits(by.organisation, looked.sha256):
        raise Refused(
            Problem("办理结果", "同一文件已提请确认", "请由本窗口另一人确认或退回", "already_asked")
        )
    feed = _keep(by, by.organisation, sheet, looked, today)
    record(
        by=by,
        verb="pledge_feed.bring",
        subject=feed,
        summary=f"上传登记结果 {sheet.name} {len(looked.results)} 行",
    )
    if not looked.new:
        return feed, (), None
    return feed, (), _put_to_another(by, feed, sheet, looked)


def _put_to_another(by: Membership, feed: RegistryFeed, sheet: Paper, looked: Looked) -> Approval:
    counted = Counter(one.values["decision"] for one in looked.new)
    what = "、".join(f"{word} {many}" for word, many in counted.items())
    basis = {"文件": sheet.name, "文件摘要（SHA-256）": feed.sha256, "办理": what}
    basis |= {f"第{one.row}行": one.told for one in looked.new}
    return ask(
        by=by, kind="pledges.feed", command={"feed": str(feed.pk), "sha256": feed.sha256}, subject=feed,
        summary=f"登记机构办理结果 {sheet.name}：{what}", basis=basis,
    )  # fmt: skip


@executes("pledges.feed")
def _enter(approval: Approval, by: Any) -> RegistryFeed:
    """Enter the rows as they were read; Refused with every row that does not hold any more."""
    permit(by, WINDOW)
    feed = RegistryFeed.objects.get(pk=UUID(approval.command["feed"]), window=by.organisation_id)
    FeedEntered.objects.create(feed=feed, approval=approval, on=approval.decided_on)
    return _entered(by, feed, approval.decided_on)


@in_chinese
@transaction.atomic
def enter_feed_from_command_line(
    *, window: Organisation, sheet: Paper, today: dt.date, operator: str
) -> tuple[Looked, RegistryFeed | None]:
    """Look at a feed and enter it, on the operator's word alone (decision 0007); nothing is kept of one with faults."""
    looked = look_at_feed(by=None, window=window, sheet=sheet, today=today)
    if looked.faults or not looked.new:
        return looked, None
    feed = _keep(None, window, sheet, looked, today)
    FeedEntered.objects.create(feed=feed, operator=operator[:60], on=today)
    return looked, _entered(None, feed, today)


def _entered(by: Membership | None, feed: RegistryFeed, today: dt.date) -> RegistryFeed:
    rows = [Result(one["row"], restored_values(FORM, one["values"])) for one in feed.rows]
    results, flaws = _carry_out(by, feed.window, rows, feed.sha256, today, feed)
    if flaws:
        raise Refused(
            Problem(f"第{row}行 {FORM.column(flaw.key).header}", flaw.found, flaw.wanted, flaw.code)
            for row, flaw in flaws
        )
    done = sum(one.state == NEW for one in results)
    record(by=by, verb="pledge_feed.enter", subject=feed, summary=f"按登记结果文件办理 {done} 项")
    return feed


def _given_back(by: Membership, sheet: Paper, looked: Looked, today: dt.date) -> RegistryFeed:
    name = f"已标注_{sheet.name.rpartition('.')[0]}.xlsx"
    marked = _kept(by, by.organisation, name, annotate(sheet.content, looked.faults, sheet=looked.sheet))
    feed = _keep(by, by.organisation, sheet, looked, today, marked=marked)
    record(by=by, verb="pledge_feed.bring", subject=feed, summary=f"登记结果 {sheet.name} 有误，未办理")
    return feed


def _waits(window: Organisation, digest: str) -> bool:
    same = RegistryFeed.objects.filter(window=window, sha256=digest, faults=0).values_list("pk", flat=True)
    waiting = Approval.objects.filter(kind="pledges.feed", state=Approval.State.ASKED)
    return waiting.filter(subject_id__in=[str(pk) for pk in same]).exists()


def _keep(
    by: Membership | None,
    window: Organisation,
    sheet: Paper,
    looked: Looked,
    today: dt.date,
    marked: StoredFile | None = None,
) -> RegistryFeed:
    return RegistryFeed.objects.create(
        window=window, stored=_kept(by, window, sheet.name, sheet.content), marked=marked, sha256=looked.sha256,
        rows=[one.plain for one in looked.results], faults=len(looked.faults), on=today,
        recorded_by=by.account if by else None,
    )  # fmt: skip


def _kept(by: Membership | None, window: Organisation, name: str, content: bytes) -> StoredFile:
    media_type = MEDIA_TYPES["xlsx"] if content.startswith(b"PK") else "text/csv"
    return keep_file(
        by=by, at=timezone.now(), name=name, media_type=media_type, content=content, wall=window.pk
    )


def _carry_out(
    by: Membership | None,
    window: Organisation,
    rows: Iterable[Result],
    digest: str,
    today: dt.date,
    feed: RegistryFeed | None,
) -> tuple[list[Result], list[tuple[int, RowFlaw]]]:
    """Take the step of every row, in their order; what stands against each, and what each came to."""
    rows = list(rows)
    found = _files_of(window, {row.values["key"] for row in rows})
    _hold({pk for pks in found.values() for pk in pks})
    results: list[Result] = []
    flaws: list[tuple[int, RowFlaw]] = []
    for one in rows:
        pks = found.get(one.values["key"], [])
        if len(pks) != 1:
            flaws.append((one.row, _no_file(pks)))
            continue
        file = reading.at_window(window).prefetch_related(
            Prefetch("acts", FileAct.objects.select_related("recorded_by__person").order_by("seq"))
        ).get(pk=pks[0])  # fmt: skip
        try:
            with transaction.atomic():
                state = _take(by, file, one, digest, today, feed)
        except Refused as refused:
            flaws += [(one.row, _flaw(problem)) for problem in refused.problems]
            continue
        except _Flawed as flawed:
            flaws += [(one.row, flaw) for flaw in flawed.flaws]
            continue
        results.append(Result(one.row, one.values, file.number, state))
    return results, flaws


def _of_no_file(window: Organisation, named: Sequence[tuple[int, str | None]]) -> list[tuple[int, RowFlaw]]:
    """What is wrong with the numbers of rows that no step is taken of, so that a person mends a row once."""
    found = _files_of(window, {key for _, key in named if key})
    return [(row, _no_file(pks)) for row, key in named if key and len(pks := found.get(key, [])) != 1]


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
    """Take the step of a row, unless it was taken before; NEW or SAME."""
    values = one.values
    action = DECISIONS[values["decision"]]
    asks = next((move.asks for move in reading.book_of(file).transitions if move.action == action), ())
    asked, flaws = asked_of(values, asks)
    if flaws:
        raise _Flawed(flaws)
    step = Step(
        action, values["on"], note=values.get("note") or "", number=(values.get("number") or "").strip(),
        until=values.get("until"), asked=asked, items=_items(values),
        told_by=ToldBy(feed, digest, one.row, _extract(by, file, one, digest)),
    )  # fmt: skip
    if before := [act for act in file.acts.all() if (act.action, act.on) == (action, step.on)]:
        if any(_is_same(act, step) for act in before):
            return SAME
        told = f"{step.on} 的“{before[-1].title}”已有记录，内容不同"
        raise _Flawed([RowFlaw("key", "otherwise", told, "请对照文书核对；已有的记录不能改写")])
    move_of(reading.book_of(file), file.state, action, among=("registry",))
    decide(by, file, step, today)
    return NEW


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
    return _kept(by, file.window, f"登记结果摘录_第{one.row}行.csv", written.getvalue().encode("utf-8-sig"))


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
        StatedRight(file.kind, right_key(right["number"]))  # type: ignore[arg-type]
        for file in held
        for right in reading.contents_of(file)["rights"]
    )
