"""A workbook of plain tables out: texts as texts, amounts as exact numbers, never a formula. For exports, not for entry."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter

Cell = str | int | Decimal | date | None
_WIDEST, _NARROWEST = 60, 8
_WIDE_FROM = "\u2e80"  # signs from here on take two columns of a narrow one


@dataclass(frozen=True)
class TableSheet:
    """One sheet: its name, lines above the table that say what it is, the headings (with units), and the rows."""

    name: str
    lead: Sequence[str]
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def write_tables(title: str, sheets: Sequence[TableSheet]) -> bytes:
    """The workbook's bytes; the same tables give the same bytes. A float is a programmer's error."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": title, "created": datetime(2026, 1, 1)})
    base = {"font_name": "等线", "font_size": 11, "valign": "top", "text_wrap": True}
    looks = {
        "head": book.add_format({**base, "bold": True, "border": 1, "bg_color": "#DCE6F1"}),
        "text": book.add_format({**base, "num_format": "@"}),
        "amount": book.add_format({**base, "num_format": "#,##0.00"}),
        "whole": book.add_format({**base, "num_format": "#,##0"}),
        "day": book.add_format({**base, "num_format": "yyyy-mm-dd"}),
    }
    for one in sheets:
        _write(book.add_worksheet(one.name), one, looks)
    book.close()
    return stream.getvalue()


def _write(sheet: Any, one: TableSheet, looks: dict[str, Any]) -> None:
    for row, line in enumerate(one.lead):
        sheet.write_string(row, 0, line)
    top = len(one.lead)
    for at, heading in enumerate(one.headings):
        sheet.write_string(top, at, heading, looks["head"])
        widest = max((_width(cells[at]) for cells in one.rows), default=0)
        sheet.set_column(at, at, min(max(_width(heading), widest, _NARROWEST) + 2, _WIDEST))
    for row, cells in enumerate(one.rows, top + 1):
        assert len(cells) == len(one.headings), "a row is as long as the headings"
        for at, cell in enumerate(cells):
            _write_cell(sheet, row, at, cell, looks)
    sheet.freeze_panes(top + 1, 1)


def _write_cell(sheet: Any, row: int, at: int, cell: Cell, looks: dict[str, Any]) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        sheet.write_string(row, at, cell, looks["text"])
    elif isinstance(cell, bool | float):
        raise TypeError("a cell is text, a whole number, an exact decimal or a day")
    elif isinstance(cell, date):
        sheet.write_datetime(row, at, datetime(cell.year, cell.month, cell.day), looks["day"])
    else:
        sheet.write_number(row, at, cell, looks["whole" if isinstance(cell, int) else "amount"])


def _width(cell: Cell) -> int:
    return sum(2 if sign >= _WIDE_FROM else 1 for sign in str(cell)) if cell is not None else 0
