"""The bank's side, for tests: batches released, its answers and its statements as files."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kernel.money import yuan_text
from kernel.money.fields import fen_of
from kernel.work.approvals import approve
from riskpool.treasury import actions
from riskpool.treasury.models import PaymentInstruction
from tests.books import TODAY

if TYPE_CHECKING:
    from tests.books import Books


def waiting(books: Books, code: str = "") -> list[PaymentInstruction]:
    rows = PaymentInstruction.objects.filter(source__pool=books.pool, state="waiting")
    return list((rows.filter(source__code=code) if code else rows).order_by("reference"))


def send(books: Books, code: str) -> Any:
    """Everything that waits on an account goes out in one batch."""
    bureau = books.cast.district_bureau
    rows = waiting(books, code)
    asked = actions.propose_batch(
        by=bureau.officer, pool_id=books.pool.pk, source_id=books.source(code).pk,
        instruction_ids=[row.pk for row in rows],
    )  # fmt: skip
    return approve(by=bureau.approver, approval_id=asked.pk)


def answer(rows: Iterable[tuple[Any, ...]]) -> bytes:
    """A return file: (reference, yuan, result, reason, serial, day)."""
    return table(["付款编号", "付款金额（元）", "处理结果", "失败原因", "银行流水号", "处理日期"], rows)


def succeeded(row: PaymentInstruction, serial: str) -> tuple[str, ...]:
    return (row.reference, yuan_text(fen_of(row.amount)), "成功", "", serial, TODAY.isoformat())


def failed(row: PaymentInstruction, reason: str = "账号户名不符", serial: str = "") -> tuple[str, ...]:
    return (row.reference, yuan_text(fen_of(row.amount)), "失败", reason, serial, TODAY.isoformat())


def enter(books: Books, content: bytes, **options: Any) -> Any:
    """Both persons enter the bank's answer."""
    bureau = books.cast.district_bureau
    asked = actions.propose_return(
        by=bureau.officer, pool_id=books.pool.pk, name="回盘.csv", content=content, on=TODAY, **options
    )
    return approve(by=bureau.approver, approval_id=asked.pk) if asked is not None else None


def statement(rows: Iterable[tuple[Any, ...]]) -> bytes:
    """A statement file: (day, in, out, counterparty, memo, reference, balance)."""
    heads = [
        "交易日期",
        "收入金额（元）",
        "支出金额（元）",
        "对方户名",
        "摘要",
        "银行流水号",
        "账户余额（元）",
    ]
    return table(heads, rows)


def state(
    books: Books, code: str, first: dt.date, last: dt.date, opening: int, closing: int, content: bytes, **options: Any
) -> Any:  # fmt: skip
    return actions.enter_statement(
        by=books.cast.district_bureau.officer, source=books.source(code),
        stated=actions.Stated(first, last, opening, closing), name="对账单.csv", content=content, on=TODAY, **options,
    )  # fmt: skip


def table(heads: list[str], rows: Iterable[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([heads, *rows])
    return text.getvalue().encode("utf-8-sig")
