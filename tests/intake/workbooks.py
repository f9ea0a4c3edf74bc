"""Workbooks for tests, made from the sample by hand-named changes."""

from __future__ import annotations

import io
from collections.abc import Container, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "loan-filing-200.xlsx"
BAD_ROWS = (8, 17, 40, 44, 46, 48, 91, 125, 162, 169, 174, 182, 190)


def sample_bytes() -> bytes:
    return SAMPLE.read_bytes()


@cache
def _sample_cells() -> list[list[Any]]:
    sheet = openpyxl.load_workbook(SAMPLE, data_only=True).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=1, max_row=201)]


def headings() -> list[str]:
    return [str(cell).strip() for cell in _sample_cells()[0] if cell is not None]


def cell(row: int, heading: str) -> Any:
    """What openpyxl, not the product's reader, sees in the sample."""
    return _sample_cells()[row - 1][headings().index(heading)]


def few(cells: Mapping[tuple[int, str], Any] | None = None, *, without: Container[int] = ()) -> bytes:
    """The sample's rows 2 to 13 in their places, some cells set. Row 8 is in error, row 10 warns; leave rows out."""
    return _written([number for number in range(2, 14) if number not in without], cells or {})


def good_rows(cells: Mapping[tuple[int, str], Any]) -> bytes:
    """The 187 good rows of the sample in their places, some cells set."""
    return _written([number for number in range(2, 202) if number not in BAD_ROWS], cells)


def _written(rows: Iterable[int], cells: Mapping[tuple[int, str], Any]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(headings())
    for number in rows:
        values = dict(zip(headings(), _sample_cells()[number - 1], strict=False))
        values.update({heading: value for (row, heading), value in cells.items() if row == number})
        for column, heading in enumerate(headings(), start=1):
            sheet.cell(number, column).value = values[heading]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def monthly_return(rows: list[list[Any]]) -> bytes:
    """A monthly return of bare rows: number, month, balance, overdue since, interest, grade, note."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(
        ["银行贷款编号", "报告期", "贷款余额（元）", "逾期起始日", "本期已付利息（元）", "五级分类", "备注"]
    )
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
