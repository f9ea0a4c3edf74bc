"""A batch as a file for the bank: CSV (UTF-8 with BOM, or GB18030) and a workbook, the same bytes every time."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter

from kernel.money import capitals, fen_from_yuan, yuan_text
from kernel.money.fields import fen_of
from riskpool.treasury.models import PaymentBatch, PaymentInstruction

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS = {"csv": "text/csv; charset=utf-8", "gb18030": "text/csv; charset=gb18030", "xlsx": XLSX}
HEADINGS = ("付款编号", "收款户名", "收款账号", "收款开户行", "付款金额（元）", "用途")
_KEYS = ("reference", "holder", "number", "bank_name", "amount", "purpose")
_RISKY = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class BatchFile:
    """Bytes of a batch in one form, under the name that the bank gets."""

    name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def lines_of(rows: Iterable[PaymentInstruction]) -> list[dict[str, str]]:
    """The lines of a batch as plain text; amounts in yuan with two decimals."""
    return [
        {
            "reference": row.reference,
            "holder": row.payee.holder,
            "number": row.payee.number,
            "bank_name": row.payee.bank_name,
            "amount": yuan_text(fen_of(row.amount)),
            "purpose": row.purpose,
        }
        for row in rows
    ]


def lines_digest(lines: Sequence[Mapping[str, str]]) -> str:
    """SHA-256 (hex) of the canonical JSON of the lines: what two persons approve and the file repeats."""
    canonical = json.dumps(list(lines), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def batch_file(batch: PaymentBatch, form: str) -> BatchFile:
    """The batch in one form: a head (number, account, count, sum, sum in capitals, digest), then one line a payment."""
    table = [*_head(batch), list(HEADINGS), *([line[key] for key in _KEYS] for line in batch.lines)]
    if form == "xlsx":
        return BatchFile(f"{batch.number}.xlsx", FORMS[form], _workbook(table))
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[_inert(cell) for cell in row] for row in table])
    encoding = "utf-8-sig" if form == "csv" else "gb18030"
    suffix = "" if form == "csv" else "_GB18030"
    return BatchFile(f"{batch.number}{suffix}.csv", FORMS[form], text.getvalue().encode(encoding))


def _head(batch: PaymentBatch) -> list[list[str]]:
    total = sum(fen_from_yuan(line["amount"]) for line in batch.lines)
    assert total == fen_of(batch.amount), "a batch is the sum of its lines"
    return [
        ["批次号", batch.number],
        ["付款账户", f"{batch.source.pool.name} {batch.source.name}"],
        ["放行日期", batch.released_on.isoformat()],
        ["笔数", str(batch.count)],
        ["合计（元）", yuan_text(total)],
        ["合计大写", capitals(total)],
        ["内容摘要（SHA-256）", batch.sha256],
    ]


def _inert(cell: str) -> str:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front, as spreadsheets themselves write it."""
    return f"'{cell}" if cell.startswith(_RISKY) else cell


def _workbook(table: Sequence[Sequence[Any]]) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": "付款批次", "created": datetime(2026, 1, 1)})
    sheet = book.add_worksheet("付款批次")
    text = book.add_format({"num_format": "@", "font_name": "等线"})
    for at, width in enumerate((24, 36, 26, 30, 18, 36)):
        sheet.set_column(at, at, width, text)
    for row, cells in enumerate(table):
        for at, cell in enumerate(cells):
            sheet.write_string(
                row, at, cell, text
            )  # amounts too: a bank's desk reads text, no float comes between
    book.close()
    return stream.getvalue()
