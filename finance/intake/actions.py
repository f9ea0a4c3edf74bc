"""A filing's way: received, checked, chosen and submitted by the maker, entered by the checker; or withdrawn.

The command line enters directly, in one transaction, and says so in the act.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from finance.intake.entering import (
    digest_of_rows,
    enter_rows,
    move,
    next_number,
    problem_as_json,
    rows_to_enter,
    write_rows,
)
from finance.intake.examination import Examination, examine
from finance.intake.models import Filing
from finance.intake.queries import largest_rows, warned_rows_to_enter
from finance.intake.states import ENTERABLE, OPEN, state_of_counts
from finance.loans.actions import hold_book_of
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.documents.actions import keep_file
from kernel.documents.rules import sha256
from kernel.errors import Problem, Refused
from kernel.money import fen_from_yuan, yuan_text
from kernel.sheets.precheck import file_kind
from kernel.work import approvals, jobs, outbox
from kernel.work.models import Approval

if TYPE_CHECKING:
    from finance.parties.models import Membership, Organisation

ENTER = "intake.enter"
MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}
COMMAND_LINE = "command_line"
MOST_WARNED_SHOWN = 200


@in_chinese
@transaction.atomic
def receive(*, by: Membership, form: str, name: str, content: bytes, on: dt.date) -> Filing:
    """Keep the bank's file and let a worker check it. Refused at once: what no reader could read (kind, size, empty).

    The very same file again, while its filing is still open, gives that filing: a second press doubles nothing.
    """
    permit(by, "bank.maker")
    kind = file_kind(content)
    digest = sha256(content)
    _hold_file(by.organisation, form, digest)
    open_one = _open_filing_of(by.organisation, form, digest)
    if open_one is not None:
        return open_one
    file = keep_file(by=by, at=timezone.now(), name=name, media_type=MEDIA_TYPES[kind], content=content)
    filing = Filing.objects.create(
        number=next_number(form, on),
        bank=by.organisation,
        form=form,
        file=file,
        job=jobs.queue(kind="intake.check", by=by, title=f"校验 {file.name}"),
        maker=by.account,
        made_on=on,
    )
    outbox.put(
        kind="intake.check", payload={"filing": str(filing.pk)}, effect_key=f"intake.check:{filing.pk}"
    )
    facts = {"sha256": digest, "form": form}
    record(
        by=by,
        verb="filing.receive",
        subject=filing,
        summary=f"收到{filing.get_form_display()} {filing.number}",
        facts=facts,
    )
    return filing


def _hold_file(bank: Organisation, form: str, digest: str) -> None:
    """Two presses of one button wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"file {bank.pk} {form} {digest}"]
        )


def _open_filing_of(bank: Organisation, form: str, digest: str) -> Filing | None:
    same = Filing.objects.filter(bank=bank, form=form, file__sha256=digest, state__in=OPEN)
    return same.order_by("-made_at").first()


@in_chinese
@transaction.atomic
def check_filing(*, filing_id: UUID) -> Filing:
    """What the worker does: examine the file and write down rows, faults, counts and the effect on limits; once."""
    filing = (
        Filing.objects.select_for_update(no_key=True, of=("self",))
        .select_related("bank", "file")
        .get(pk=filing_id)
    )
    if filing.state != Filing.State.CHECKING:
        return filing
    job = filing.job_id

    def progress(stage: str, done: int, total: int) -> None:
        if job is not None:
            jobs.progress(job, stage=stage, done=done, total=total)

    try:
        examination = examine(
            bank=filing.bank,
            form=filing.form,
            name=filing.file.name,
            content=bytes(filing.file.content),
            on=filing.made_on,
            progress=progress,
        )
    except Refused as refused:
        filing.faults = [problem_as_json(problem) for problem in refused.problems]
        move(filing, Filing.State.UNREADABLE)
    else:
        progress("正在记录结果", len(examination.rows), len(examination.rows))
        _keep_examination(filing, examination)
    filing.save()
    if job is not None:
        jobs.finish(job)
    facts = {"state": filing.state, **filing.counts}
    record(
        by=None,
        verb="filing.check",
        subject=filing,
        summary=f"校验 {filing.number}：{filing.get_state_display()}",
        facts=facts,
    )
    return filing


@in_chinese
@transaction.atomic
def checking_given_up(*, filing_id: UUID) -> None:
    """The worker failed at this file again and again: the filing and its job say so, and it does not wait for ever."""
    filing = Filing.objects.select_for_update(no_key=True).get(pk=filing_id)
    if filing.state != Filing.State.CHECKING:
        return
    wanted = "已记录故障；请另存为新的 Excel 工作簿后重新上传，仍不行的请联系管理员"
    told = Problem("文件", "系统多次尝试仍未能完成校验", wanted, code="check_failed")
    filing.faults = [problem_as_json(told)]
    move(filing, Filing.State.UNREADABLE)
    filing.save(update_fields=["faults", "state"])
    if filing.job_id is not None:
        jobs.finish(filing.job_id, fault=str(told))
    record(by=None, verb="filing.give_up", subject=filing, summary=f"{filing.number} 多次校验未成，已搁置")


def _keep_examination(filing: Filing, examination: Examination) -> None:
    """Rows and state; where there are faults, somebody marks the bank's own file with them."""
    write_rows(filing, examination)
    move(filing, state_after(examination))
    if examination.faults:
        outbox.put(
            kind="intake.mark", payload={"filing": str(filing.pk)}, effect_key=f"intake.mark:{filing.pk}"
        )


def state_after(examination: Examination) -> str:
    """The state that an examination leads to."""
    counts = examination.counts
    return state_of_counts(to_enter=counts["new"] + counts["changed"], failed=counts["failed"])


def _locked(by: Membership, filing_id: UUID) -> Filing:
    """The bank's own filing under its lock; Filing.DoesNotExist for every other organisation."""
    locked = Filing.objects.select_for_update(no_key=True, of=("self",)).select_related("bank", "approval")
    return locked.get(pk=filing_id, bank=by.organisation_id)


@in_chinese
@transaction.atomic
def choose_and_submit(*, by: Membership, filing_id: UUID, choice: str) -> Approval:
    """Say which rows shall be entered, and ask a second person of the bank for it.

    Refused: "all" while a row has an error; a filing that has nothing to enter or was submitted before.
    """
    permit(by, "bank.maker")
    filing = _locked(by, filing_id)
    if filing.state not in ENTERABLE:
        found = f"{filing.number} {filing.get_state_display()}"
        raise Refused(
            Problem("提交", found, "只有校验后有可入库的行、尚未提交的备案才能提交", code="not_ready")
        )
    if choice not in Filing.Choice.values:
        raise Refused(
            Problem("入库方式", "未选择", "请选择全部无误才入库，或先入库无误的行", code="required")
        )
    failed = filing.counts["failed"]
    if choice == Filing.Choice.ALL and failed:
        wanted = "请改好后重新上传，或选择“先入库无误的行”"
        raise Refused(Problem("入库方式", f"有 {failed} 行有错误，不能全部入库", wanted, code="rows_failed"))
    entering = filing.counts["new"] + filing.counts["changed"]
    approval = approvals.ask(
        by=by,
        kind=ENTER,
        command={"filing": str(filing.pk), "choice": choice, "rows": filing.digest},
        subject=filing,
        summary=f"{filing.get_form_display()} {filing.number}：{entering} 笔，{_grouped(filing.totals['to_enter'])} 元",
        basis=basis_of(filing),
    )
    move(filing, Filing.State.SUBMITTED)
    filing.choice = choice
    filing.approval = approval
    filing.save(update_fields=["state", "choice", "approval"])
    return approval


def basis_of(filing: Filing) -> dict[str, Any]:
    """What the second person is shown, and what is kept of it: counts, totals, the largest rows, the rows with warnings."""
    largest = [
        [row.file_row, row.natural_key, row.title, yuan_text(fen, grouped=True)]
        for row, fen in largest_rows(filing)
    ]
    warned = [
        [row.file_row, row.natural_key, row.title, fault["heading"], fault["found"]]
        for row in warned_rows_to_enter(filing)[:MOST_WARNED_SHOWN]
        for fault in row.problems
    ]
    return {
        "counts": filing.counts,
        "to_enter": _grouped(filing.totals["to_enter"]),
        "largest": largest,
        "warned": warned,
        "limits": [
            {**line, **{name: _grouped(line[name]) for name in ("before", "after", "ceiling")}}
            for line in filing.effect.get("lines", [])
        ],
    }


def _grouped(yuan: str) -> str:
    return yuan_text(fen_from_yuan(yuan), grouped=True) if yuan else ""


@approvals.executes(ENTER)
def enter_approved(approval: Approval, by: Membership) -> Filing:
    """Enter what the second person approved, exactly; refused when the bank's book has moved since it was checked."""
    permit(by, "bank.checker")
    filing = _locked(by, UUID(approval.command["filing"]))
    assert filing.approval_id == approval.pk, "the filing waits for this very approval"
    assert digest_of_rows(rows_to_enter(filing)) == approval.command["rows"], "rows are never edited"
    entered = enter_rows(filing, by)
    filing.save()
    facts = {"new": len(entered.new), "changed": len(entered.changed), "rows": filing.digest}
    record(by=by, verb="filing.enter", subject=filing, summary=f"{filing.number} 入库", facts=facts)
    return filing


@approvals.sent_back(ENTER)
def take_back(approval: Approval) -> None:
    """A declined or withdrawn submission leaves the filing as it was before: it may be submitted again."""
    filing = Filing.objects.select_for_update(no_key=True).get(pk=approval.command["filing"])
    counts = filing.counts
    move(filing, state_of_counts(to_enter=counts["new"] + counts["changed"], failed=counts["failed"]))
    filing.choice = ""
    filing.approval = None
    filing.save(update_fields=["state", "choice", "approval"])


@in_chinese
@transaction.atomic
def withdraw(*, by: Membership, filing_id: UUID) -> Filing:
    """Give a filing up before it is entered; a submission that waits is taken back first (only its maker may)."""
    permit(by, "bank.maker")
    waiting = (
        Filing.objects.filter(pk=filing_id, bank=by.organisation_id)
        .values_list("approval_id", "state")
        .first()
    )
    if (
        waiting and waiting[1] == Filing.State.SUBMITTED
    ):  # lock order of the house: the approval before the filing
        approvals.withdraw(by=by, approval_id=waiting[0])
    filing = _locked(by, filing_id)
    if filing.state not in OPEN:
        found = f"{filing.number} {filing.get_state_display()}"
        raise Refused(Problem("撤销", found, "只有未入库的备案可以撤销", code="not_open"))
    move(filing, Filing.State.WITHDRAWN)
    filing.save(update_fields=["state"])
    record(by=by, verb="filing.withdraw", subject=filing, summary=f"撤销 {filing.number}")
    return filing


@in_chinese
@transaction.atomic
def enter_from_command_line(
    *, bank: Organisation, form: str, name: str, content: bytes, on: dt.date, good_rows: bool, operator: str
) -> tuple[Examination, Filing | None]:
    """Examine and enter a file at once, all or nothing unless `good_rows`; the operating-system user stands in the act.

    Without a second person: who may run commands on the server is outside the product's rule of two, and the act says
    so. Gives (examination, filing), the filing None when nothing was to be entered; then nothing is written at all.
    """
    kind = file_kind(content)
    hold_book_of(bank)
    examination = examine(bank=bank, form=form, name=name, content=content, on=on)
    state = state_after(examination)
    if state not in ENTERABLE or (state == Filing.State.PARTLY_READY and not good_rows):
        return examination, None
    at = timezone.now()
    file = keep_file(by=None, at=at, name=name, media_type=MEDIA_TYPES[kind], content=content, wall=bank.pk)
    choice = Filing.Choice.GOOD_ROWS if good_rows else Filing.Choice.ALL
    filing = Filing.objects.create(
        number=next_number(form, on),
        bank=bank,
        form=form,
        file=file,
        choice=choice,
        channel=COMMAND_LINE,
        made_on=on,
    )
    _keep_examination(filing, examination)
    filing.save()  # each move is one of the table's: the database looks
    entered = enter_rows(filing, None)
    filing.save()
    facts = {
        "operator": operator,
        "sha256": file.sha256,
        "new": len(entered.new),
        "changed": len(entered.changed),
    }
    summary = f"命令行（操作系统用户 {operator}）入库 {filing.number}"
    record(by=None, verb="filing.enter", subject=filing, summary=summary, facts=facts)
    return examination, filing
