"""What the bank answers: a return file read with every fault at once, entered by two persons; payments that failed.

A failed payment puts the money back where it was: the journal takes the paying transfer back on that account. It is paid
again only by whoever ordered it, with a new approval of two persons.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.documents.actions import keep_file
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from kernel.sheets import Checked, RowFault, check_rows, read_rows
from kernel.sheets.precheck import MEDIA_TYPES, file_kind
from kernel.work.approvals import ask, executes
from riskpool.ledger import actions as ledger
from riskpool.ledger.models import Journal
from riskpool.ledger.rules import Line
from riskpool.pools.actions.locking import OF_MONEY, PREPARE_MONEY, SIGN_MONEY, lock_pool, require_seat
from riskpool.pools.models import Pool
from riskpool.treasury import hooks, queries
from riskpool.treasury.columns import RETURN_FILE, SUCCEEDED
from riskpool.treasury.models import PaymentInstruction, PaymentOutcome, ReturnFile

if TYPE_CHECKING:
    from uuid import UUID

    from kernel.work.models import Approval

State, Result = PaymentInstruction.State, PaymentOutcome.Result


@dataclass(frozen=True)
class ReadReturn:
    """A return file against the pool's instructions: rows that say something new, rows that are known, and faults."""

    new: tuple[dict[str, Any], ...]
    same: int
    faults: tuple[RowFault, ...]
    warnings: tuple[Problem, ...] = ()

    @property
    def failed_rows(self) -> int:
        return len({fault.row for fault in self.faults if fault.level == "error"})

    @property
    def problems(self) -> list[Problem]:
        return [*(fault.problem() for fault in self.faults), *self.warnings]


def read_return(*, pool: Pool, name: str, content: bytes, on: dt.date) -> ReadReturn:
    """Read a return file and hold every row against the pool's instructions; writes nothing.

    Refused when the file as a whole cannot be read; faults of rows are given back, all of them, each with its place.
    """
    sheet = read_rows(content, name, RETURN_FILE)
    checked = check_rows(sheet, RETURN_FILE, on=on)
    new, same, faults = [], 0, list(checked.problems)
    known = _known(pool, [row.values.get("reference") for row in checked.rows])
    serials = _serials_in_file(checked, known)
    for row in checked.rows:
        stated = _stated(
            row.values
        )  # of a row with faults what could be read is checked too: all is told at once
        instruction = known.get(stated["reference"])
        at_row = _row_problems(instruction, stated, pool) if stated["reference"] else []
        at_row += _serial_twice(stated, row.file_row, serials)
        for key, code, found, wanted in at_row:
            heading = sheet.headings.get(key)
            letter, title = (heading.letter if heading else ""), RETURN_FILE.column(key).header
            faults.append(RowFault(row.file_row, letter, title, key, code, "error", found, wanted))
        if at_row or row.has_error:
            continue
        assert instruction is not None, "an unknown reference was told"
        if _is_known(instruction, stated):
            same += 1
        else:
            new.append(stated)
    faults.sort(key=lambda fault: (fault.row, fault.letter))
    return ReadReturn(tuple(new), same, tuple(faults), checked.sheet_warnings)


def _serials_in_file(
    checked: Checked, known: Mapping[str, PaymentInstruction]
) -> dict[tuple[Any, str], list[int]]:
    """The rows in which each serial stands, by account: accounts at different banks may have the same serial."""
    found: dict[tuple[Any, str], list[int]] = {}
    for row in checked.rows:
        instruction, serial = known.get(row.values.get("reference") or ""), row.values.get("bank_serial")
        if instruction is not None and serial:
            found.setdefault((instruction.source_id, serial), []).append(row.file_row)
    return found


def _serial_twice(
    stated: Mapping[str, Any], file_row: int, serials: Mapping[tuple[Any, str], list[int]]
) -> list[tuple[str, str, str, str]]:
    rows = next(
        (
            rows
            for (_, serial), rows in serials.items()
            if serial == stated["bank_serial"] and file_row in rows
        ),
        [],
    )
    others = "、".join(str(row) for row in rows if row != file_row)
    if not others:
        return []
    found = f"银行流水号 {stated['bank_serial']} 与第 {others} 行重复"
    return [("bank_serial", "serial_twice", found, "同一账户的一个流水号只对应一笔付款")]


def _known(pool: Pool, references: Sequence[Any]) -> dict[str, PaymentInstruction]:
    rows = PaymentInstruction.objects.filter(source__pool=pool, reference__in=[r for r in references if r])
    return {row.reference: row for row in rows.select_related("source").prefetch_related("outcomes")}


def _stated(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says, as a command keeps it; "" or 0 for what could not be read."""
    word, day = values.get("result"), values.get("day")
    result = "" if not word else str((Result.SUCCEEDED if word == SUCCEEDED else Result.FAILED).value)
    return {
        "reference": values.get("reference") or "",
        "amount_fen": values.get("amount_fen") or 0,
        "result": result,
        "reason": (values.get("reason") or "") if result == Result.FAILED else "",
        "bank_serial": values.get("bank_serial") or "",
        "day": day.isoformat() if day else "",
    }


def _is_known(instruction: PaymentInstruction, stated: Mapping[str, Any]) -> bool:
    return any(
        (outcome.result, outcome.bank_serial) == (stated["result"], stated["bank_serial"])
        for outcome in instruction.outcomes.all()
    )


def _row_problems(
    instruction: PaymentInstruction | None, stated: Mapping[str, Any], pool: Pool
) -> list[tuple[str, str, str, str]]:
    """(column, code, found, wanted) of everything that is wrong with a readable row."""
    if instruction is None:
        unknown = f"没有付款编号 {stated['reference']}"
        return [("reference", "unknown_reference", unknown, f"请核对是否为{pool.name}发出的批次")]
    found: list[tuple[str, str, str, str]] = []
    if stated["amount_fen"] and fen_of(instruction.amount) != stated["amount_fen"]:
        due = yuan_text(fen_of(instruction.amount), grouped=True)
        told = f"{yuan_text(stated['amount_fen'], grouped=True)} 元，指令为 {due} 元"
        found.append(("amount_fen", "amount_differs", told, "请向银行核实，金额须与指令一致"))
    if _is_known(instruction, stated):
        return found
    if instruction.state != State.SENT:
        told = f"{instruction.reference} {instruction.get_state_display()}"
        found.append(("result", "not_sent", told, "只有已发送、尚无结果的付款可以登记结果；退票请另行办理"))
    elif stated["day"] and dt.date.fromisoformat(stated["day"]) < instruction.day:
        found.append(("day", "before_payment", f"{stated['day']} 早于付款日 {instruction.day}", "请核对日期"))
    if stated["bank_serial"] and _serial_taken(instruction, stated["bank_serial"]):
        told = f"流水号 {stated['bank_serial']} 已用于另一笔付款"
        found.append(("bank_serial", "serial_used", told, "一个银行流水号只能用一次"))
    if stated["result"] == Result.FAILED:
        found += [("result", p.code, p.found, p.wanted) for p in failure_problems([instruction])]
    return found


def _serial_taken(instruction: PaymentInstruction, serial: str) -> bool:
    rows = PaymentOutcome.objects.filter(source=instruction.source_id, bank_serial=serial)
    return rows.exclude(instruction=instruction).exists()


@in_chinese
def propose_return(
    *, by: Any, pool_id: UUID, name: str, content: bytes, on: dt.date, good_rows: bool = False
) -> Approval | None:
    """Ask a second person to enter the bank's answer; None when every row is known already.

    Refused with every fault of every row, unless `good_rows` lets the others through.
    """
    pool = queries.pools.pool(viewer=by, pool_id=pool_id)
    require_seat(by, pool, OF_MONEY)
    permit(by, *PREPARE_MONEY)
    read = read_return(pool=pool, name=name, content=content, on=on)
    if read.failed_rows and not (good_rows and read.new):
        raise Refused(read.problems)
    if not read.new:
        return None
    counts = {"new": len(read.new), "same": read.same, "failed": read.failed_rows}
    broken = [row for row in read.new if row["result"] == Result.FAILED]
    known = _known(pool, [row["reference"] for row in broken])
    refuse_if_any(failure_problems(list(known.values())))  # together: each alone might pass
    with transaction.atomic():
        file = keep_file(
            by=by, at=timezone.now(), name=name, media_type=MEDIA_TYPES[file_kind(content)], content=content
        )
        command = {"pool": str(pool.pk), "file": str(file.pk), "rows": list(read.new), "counts": counts}
        summary = f"{pool.name} 付款回盘：{len(read.new) - len(broken)} 笔成功，{len(broken)} 笔失败"
        left_out = [str(problem) for problem in read.problems[:50]]
        return ask(
            by=by, kind="treasury.enter_return", command=command, subject=pool,
            summary=summary, basis={"left_out": left_out, "sha256": hashlib.sha256(content).hexdigest()},
        )  # fmt: skip


@executes("treasury.enter_return")
def _enter_return(approval: Approval, by: Any) -> ReturnFile:
    command = approval.command
    permit(by, *SIGN_MONEY)
    pool = lock_pool(command["pool"])
    require_seat(by, pool, OF_MONEY)
    known = _known(pool, [row["reference"] for row in command["rows"]])
    rows = [row for row in command["rows"] if not _is_known(known[row["reference"]], row)]
    refuse_if_any(
        Problem(f"{row['reference']} {RETURN_FILE.column(key).header}", found, wanted, code)
        for row in rows
        for key, code, found, wanted in _row_problems(known[row["reference"]], row, pool)
    )
    number = f"{pool.code}-HP-{ReturnFile.objects.filter(pool=pool).count() + 1:05d}"
    file = ReturnFile.objects.create(
        number=number, pool=pool, file_id=command["file"], approval=approval, counts=command["counts"]
    )
    for row in rows:
        if row["result"] == Result.SUCCEEDED:
            _succeed(known[row["reference"]], row, file, approval)
    fail(
        [(known[row["reference"]], row) for row in rows if row["result"] == Result.FAILED], approval, by, file
    )
    record(by=by, verb="treasury.return", subject=file, summary=approval.summary, facts=command["counts"])
    return file


def _succeed(
    instruction: PaymentInstruction, row: Mapping[str, Any], file: ReturnFile, approval: Approval
) -> None:
    PaymentOutcome.objects.create(
        instruction=instruction, source=instruction.source, result=Result.SUCCEEDED,
        bank_serial=row["bank_serial"], day=dt.date.fromisoformat(row["day"]), file=file, approval=approval,
    )  # fmt: skip
    instruction.state = State.SUCCEEDED
    instruction.save(update_fields=["state"])


def failure_problems(instructions: Sequence[PaymentInstruction]) -> list[Problem]:
    """Why payments cannot be taken back any more: what the rooms behind them say, summed by subject."""
    sums: dict[tuple[str, str], int] = {}
    for one in instructions:
        key = (one.subject_type, one.subject_id)
        sums[key] = sums.get(key, 0) + fen_of(one.amount)
    found = []
    for (kind, pk), fen in sums.items():
        room = hooks.behind(kind)
        found += room.problems(pk, fen) if room else []
    return found


def fail(
    rows: Sequence[tuple[PaymentInstruction, Mapping[str, Any]]],
    approval: Approval,
    by: Any,
    file: ReturnFile | None = None,
) -> None:
    """Take failed payments back: subjects locked first, then each account's money returned to where it was. Under the
    pool's lock."""
    for kind in sorted({one.subject_type for one, _ in rows}):
        room = hooks.behind(kind)
        if room:
            room.lock(sorted({one.subject_id for one, _ in rows if one.subject_type == kind}))
    refuse_if_any(failure_problems([one for one, _ in rows]))
    for instruction, row in rows:
        day = dt.date.fromisoformat(row["day"])
        journal = ledger.post(
            key=f"instruction:{instruction.pk}:failed",
            kind=Journal.Kind.PAYMENT_FAILED,
            day=day,
            memo=f"{instruction.reference} 付款失败：{row['reason']}",
            lines=_taken_back(instruction),
            by=by,
            approval=approval,
        )
        PaymentOutcome.objects.create(
            instruction=instruction, source=instruction.source, result=Result.FAILED, reason=row["reason"],
            bank_serial=row["bank_serial"], day=day, file=file, approval=approval, journal=journal,
        )  # fmt: skip
        instruction.state = State.FAILED
        instruction.save(update_fields=["state"])
        room = hooks.behind(instruction.subject_type)
        if room:
            room.failed(instruction.subject_id, fen_of(instruction.amount), row["reason"], by)


def _taken_back(instruction: PaymentInstruction) -> list[Line]:
    """The instruction's part of its journal turned round: cash debited, what had paid for it credited again."""
    source = instruction.source
    rows = instruction.journal.transfers.filter(credit=source.cash_id).order_by("seq")
    return [Line(source.cash_id, row.debit_id, fen_of(row.amount)) for row in rows]


@in_chinese
def propose_failure(
    *, by: Any, pool_id: UUID, instruction_id: UUID, reason: str, day: dt.date, on: dt.date
) -> Approval:
    """Ask a second person to take back a payment outside a return file: stopped before it was sent, or come back later.

    Refused while it is at the bank (its answer comes by file) or when it has failed already.
    """
    pool = queries.pools.pool(viewer=by, pool_id=pool_id)
    require_seat(by, pool, OF_MONEY)
    permit(by, *PREPARE_MONEY)
    instruction = PaymentInstruction.objects.select_related("source").get(
        pk=instruction_id, source__pool=pool
    )
    problems = [*_stop_problems(instruction), *failure_problems([instruction])]
    if not reason.strip():
        problems.append(Problem("原因", "未填写", "请写明撤回或退票的原因", "required"))
    if not instruction.day <= day <= on:
        problems.append(Problem("日期", f"{day}", f"请填写 {instruction.day} 至 {on} 之间的日期", "day"))
    refuse_if_any(problems)
    command = {
        "instruction": str(instruction.pk), "state": instruction.state, "reason": reason.strip()[:200],
        "day": day.isoformat(), "amount_fen": fen_of(instruction.amount),
    }  # fmt: skip
    what = "撤回" if instruction.state == State.WAITING else "退票"
    summary = f"{instruction.reference} {what} {yuan_text(fen_of(instruction.amount), grouped=True)} 元：{reason.strip()}"
    return ask(by=by, kind="treasury.take_back", command=command, subject=instruction, summary=summary)


def _stop_problems(instruction: PaymentInstruction) -> list[Problem]:
    if instruction.state in (State.WAITING, State.SUCCEEDED):
        return []
    found = f"{instruction.reference} {instruction.get_state_display()}"
    wanted = (
        "已发送的付款以银行回盘为准" if instruction.state == State.SENT else "已失败的付款由原事项重新提请"
    )
    return [Problem("付款指令", found, wanted, "state")]


@executes("treasury.take_back")
def _take_back(approval: Approval, by: Any) -> PaymentInstruction:
    command = approval.command
    permit(by, *SIGN_MONEY)
    seen = PaymentInstruction.objects.select_related("source__pool").get(pk=command["instruction"])
    require_seat(by, seen.source.pool, OF_MONEY)
    lock_pool(seen.source.pool_id)
    instruction = PaymentInstruction.objects.select_related("source", "journal").get(pk=seen.pk)
    if instruction.state != command["state"]:
        found = f"提请后已变为{instruction.get_state_display()}"
        raise Refused(Problem("付款指令", found, "请按现在的状态重新提请", "basis_moved"))
    fail(
        [(instruction, {"reason": command["reason"], "bank_serial": "", "day": command["day"]})], approval, by
    )
    record(by=by, verb="treasury.take_back", subject=instruction, summary=approval.summary)
    return instruction
