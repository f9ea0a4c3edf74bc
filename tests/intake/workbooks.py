"""Workbooks for tests, made from the sample by hand-named changes."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import openpyxl

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "loan-filing-200.xlsx"
BAD_ROWS = (8, 17, 40, 44, 46, 48, 91, 125, 162, 169, 174, 182, 190)


def sample_bytes() -> bytes:
    return SAMPLE.read_bytes()


def reworked(change: Callable[[Any, Mapping[str, int]], None]) -> bytes:
    """The sample after `change(sheet, column number by heading)`."""
    book = openpyxl.load_workbook(SAMPLE)
    sheet = book.worksheets[0]
    columns = {str(cell.value).strip(): cell.column for cell in sheet[1] if cell.value}
    change(sheet, columns)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_cells(cells: Mapping[tuple[int, str], Any], *, only_good: bool = False) -> bytes:
    """The sample with cells (row, heading) set; `only_good` leaves the thirteen bad rows out (row numbers then move)."""

    def change(sheet: Any, columns: Mapping[str, int]) -> None:
        for (row, heading), value in cells.items():
            sheet.cell(row, columns[heading]).value = value
        for row in reversed(BAD_ROWS if only_good else ()):
            sheet.delete_rows(row)

    return reworked(change)


def monthly_return(rows: list[list[Any]]) -> bytes:
    """A monthly return of bare rows: number, month, balance, overdue since, interest, grade, note."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["银行贷款编号", "报告期", "贷款余额（元）", "逾期起始日", "本期已付利息（元）", "五级分类", "备注"])
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
