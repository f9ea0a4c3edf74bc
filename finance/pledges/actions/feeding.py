"""A registry's results come in as a file: looked at whole, confirmed by a second person of the window, entered row by row
(`feed_rows`).

All rows or none; a row that was entered before does nothing. Lock order as for a step, over all files at once: approval,
registration files by id, then the advisory locks "pledges of" the pledgees by id.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from finance.parties.seats import permit
from finance.pledges.models import FeedEntered, RegistryFeed
from finance.pledges.rules.results import FORM, MOST_ROWS
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused
from kernel.sheets import annotate, check_rows, read_rows, restored_values
from kernel.sheets.checking import fault_at
from kernel.work.approvals import ask, executes
from kernel.work.models import Approval

from .feed_rows import NEW, Result, carry_out, kept_sheet
from .files import WINDOW, Paper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from finance.parties.models import Membership, Organisation
    from kernel.documents.models import StoredFile
    from kernel.sheets import RowFault, Sheet


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
    rows = [
        Result(
            row.file_row,
            dict(row.values),
            unread=frozenset(one.key for one in row.faults if one.level == "error"),
        )
        for row in checked.rows
    ]
    with transaction.atomic():
        results, refused = carry_out(by, window, rows, digest, today, None)
        transaction.set_rollback(True)
    faults += [fault_at(read, FORM, row, flaw) for row, flaw in refused]
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
    results, flaws = carry_out(by, feed.window, rows, feed.sha256, today, feed)
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
    marked = kept_sheet(by, by.organisation, name, annotate(sheet.content, looked.faults, sheet=looked.sheet))
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
        window=window, stored=kept_sheet(by, window, sheet.name, sheet.content), marked=marked, sha256=looked.sha256,
        rows=[one.plain for one in looked.results], faults=len(looked.faults), on=today,
        recorded_by=by.account if by else None,
    )  # fmt: skip
