"""Having papers made of what a file states, and entering many rights from a workbook."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from finance.parties.seats import permit
from finance.pledges.models import RightsSheet
from finance.pledges.papers import issue_paper, paper_of
from finance.pledges.queries import of_files as reading
from finance.pledges.queries.of_making import particulars_of
from finance.pledges.queries.of_step_papers import applied_of, move_now
from finance.pledges.rules.asked import faults_of
from finance.pledges.sheets import MOST_RIGHTS, form_of, laid_over, stated
from finance.pledges.step_papers import step_paper_of
from kernel.acts.actions import record
from kernel.documents.actions import keep_file
from kernel.documents.papers import MEDIA_TYPES
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.sheets import RowFault, Sheet, annotate, check_rows, read_rows
from kernel.work import jobs, outbox

from .files import PARTIES, Paper, locked, may_state, state_contents

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from finance.parties.models import Membership
    from finance.pledges.models import RegistrationFile
    from finance.pledges.rules.asked import Answers
    from finance.pledges.rules.forms import PaperName
    from finance.pledges.step_papers import Applied
    from kernel.documents.models import IssuedDocument, StoredFile
    from kernel.work.models import JobRun


@transaction.atomic
def ask_for_paper(*, by: Membership, file_id: UUID, name: PaperName, on: dt.date) -> JobRun:
    """Let a worker make one of the three papers; what contradicts itself in the file is told at once. Refused."""
    permit(by, *PARTIES)
    file = reading.file(viewer=by, file_id=file_id)
    paper = paper_of(name, particulars_of(file, on), on=on)
    job = jobs.queue(kind="pledges.paper", by=by, title=f"制作{paper.title}（{file.number}）")
    _queue(job, by=by, file_id=file_id, name=name, on=on)
    return job


def _queue(job: JobRun, *, by: Membership, file_id: UUID, name: str, on: dt.date, **step: Any) -> None:
    payload = {
        "job": str(job.pk), "membership": str(by.pk), "file": str(file_id), "name": name, "on": on.isoformat(), **step,
    }  # fmt: skip
    outbox.put(kind="pledges.paper", payload=payload, effect_key=f"pledges.paper:{job.pk}")


@transaction.atomic
def ask_for_step_paper(
    *, by: Membership, file_id: UUID, name: str, action: str, asked: Answers, on: dt.date
) -> JobRun:
    """Let a worker make a paper of a step that can be taken now, of what is answered for it.

    Refused with every fault of the answers, as the step itself would be, and with what contradicts itself.
    """
    permit(by, *PARTIES)
    file = reading.file(viewer=by, file_id=file_id)
    paper = step_paper_of(name, action, _applied(by, file, action, asked, on), on=on)
    job = jobs.queue(kind="pledges.paper", by=by, title=f"制作{paper.title}（{file.number}）")
    _queue(job, by=by, file_id=file_id, name=name, on=on, action=action, asked=dict(asked))
    return job


def make_step_paper(
    *, by: Membership, file_id: UUID, name: str, action: str, asked: Answers, on: dt.date
) -> IssuedDocument:
    """Make it of what was answered. In a worker."""
    file = reading.file(viewer=by, file_id=file_id)
    paper = step_paper_of(name, action, _applied(by, file, action, asked, on), on=on)
    return issue_paper(by=by, at=timezone.now(), subject=file, paper=paper)


def _applied(by: Membership, file: RegistrationFile, action: str, asked: Answers, on: dt.date) -> Applied:
    move = move_now(file, by, action)
    if move is None:
        here = reading.book_of(file).state(file.state).title
        raise Refused(
            Problem("步骤", f"“{here}”状态下本岗位没有这一步", "请从下面的步骤中选", "no_such_move")
        )
    until = reading.status_on(file, on, on).registered_until
    book, contents = reading.book_of(file), reading.contents_of(file)
    refuse_if_any(list(faults_of(book, move, asked, contents, on=on, until=until)))
    return applied_of(file, asked, on)


def make_paper(*, by: Membership, file_id: UUID, name: PaperName, on: dt.date) -> IssuedDocument:
    """Make it of what the file states now. In a worker."""
    file = reading.file(viewer=by, file_id=file_id)
    paper = paper_of(name, particulars_of(file, on), on=on)
    return issue_paper(by=by, at=timezone.now(), subject=file, paper=paper)


def enter_rights(
    *, by: Membership, file_id: UUID, sheet: Paper, on: dt.date, only_these: bool = False
) -> tuple[RightsSheet, Sequence[RowFault]]:
    """Read a workbook of rights into a file: all of its rows, or none and the faults of every cell.

    `only_these` takes the rights out of the file that stand in no row.

    Refused when the file as a whole cannot be used, or what the file would then say cannot be true. With faults in cells the
    workbook is kept with a marked copy. Reading happens before the file is locked.
    """
    permit(by, *PARTIES)
    file = reading.file(viewer=by, file_id=file_id)
    may_state(file)
    book = reading.book_of(file)
    form = form_of(book)
    read = read_rows(sheet.content, sheet.name, form)
    if len(read.rows) > MOST_RIGHTS:
        told = f"{len(read.rows)} 行，超过 {MOST_RIGHTS} 行"
        raise Refused(Problem("权利清单", told, "请分成几个案件办理", "too_many"))
    checked = check_rows(read, form, on=on)
    faults = [fault for fault in checked.problems if fault.level == "error"]
    if faults:
        return _given_back(by, file_id, sheet, read, checked.problems, on), checked.problems
    rows = [stated(book, row.values) for row in checked.rows]
    return _entered(by, file_id, sheet, rows, on, only_these=only_these), checked.problems


@transaction.atomic
def _given_back(
    by: Membership, file_id: UUID, sheet: Paper, read: Sheet, faults: Sequence[RowFault], on: dt.date
) -> RightsSheet:
    marked = Paper(
        f"已标注_{sheet.name.rpartition('.')[0]}.xlsx", annotate(sheet.content, faults, sheet=read)
    )
    file = locked(by, file_id)
    kept = RightsSheet.objects.create(
        file=file, stored=_keep(by, sheet), marked=_keep(by, marked), rows=len(read.rows), faults=len(faults), on=on,
        recorded_by=by.account,
    )  # fmt: skip
    record(by=by, verb="pledge_file.rights", subject=file, summary=f"{file.number} 权利清单有误，未录入")
    return kept


@transaction.atomic
def _entered(
    by: Membership,
    file_id: UUID,
    sheet: Paper,
    rows: list[dict[str, object]],
    on: dt.date,
    *,
    only_these: bool,
) -> RightsSheet:
    file = locked(by, file_id)
    before = reading.contents_of(file)
    rights = laid_over(before["rights"], rows, form_of(reading.book_of(file)), only_these=only_these)
    if len(rights) > MOST_RIGHTS:
        told = f"录入后共 {len(rights)} 件，超过 {MOST_RIGHTS} 件"
        raise Refused(Problem("权利清单", told, "请分成几个案件办理", "too_many"))
    statement = state_contents(by=by, file_id=file_id, contents={**before, "rights": rights}, on=on)
    kept = RightsSheet.objects.create(
        file=file, stored=_keep(by, sheet), rows=len(rows), statement=statement, on=on, recorded_by=by.account
    )
    record(
        by=by, verb="pledge_file.rights", subject=file, summary=f"{file.number} 录入权利清单 {len(rows)} 件"
    )
    return kept


def _keep(by: Membership, sheet: Paper) -> StoredFile:
    media_type = MEDIA_TYPES["xlsx"] if sheet.content.startswith(b"PK") else "text/csv"
    return keep_file(by=by, at=timezone.now(), name=sheet.name, media_type=media_type, content=sheet.content)
