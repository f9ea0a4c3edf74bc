"""Draws the workbook that a form is filled in on, from the same declaration that reads it back.

Sheets: 填报 (frozen header, one example row that the reader leaves out, drop-downs, text format on codes), 说明 (every
column), 代码 (the lists), and a hidden sheet with act, version, bank and month. No text is ever written as a formula.
"""

import io
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from kernel.money import yuan_text
from kernel.sheets.columns import Column, Form
from kernel.sheets.figures import Amount
from kernel.sheets.reading import ENTRY_SHEET, EXAMPLE_MARK, STAMP_SHEET

PREPARED_ROWS = 5_000
_NUMBER_FORMATS = {"date": "yyyy-mm-dd", "percent": "0.######", "integer": "0"}
_AMOUNT_FORMATS = {"万元": "#,##0.0000", "元": "#,##0.00"}


def template_name(form: Form, bank: str, month: str) -> str:
    """The file's name: form, version, bank, month (YYYYMM).

    >>> from kernel.sheets.columns import Form
    >>> template_name(Form("loans", "质押贷款备案", 3, (), ()), "重庆银行", "202611")
    '质押贷款备案_v3_重庆银行_202611.xlsx'
    """
    clean = re.sub(r'[\\/:*?"<>|\s\x00-\x1f\u200b-\u202e]+', "", bank)[:40]
    return f"{form.title}_v{form.version}_{clean}_{month}.xlsx"


def write_template(
    form: Form, *, bank: str, month: str, prefilled: Sequence[Mapping[str, Any]] = ()
) -> bytes:
    """The workbook for one bank and month (YYYYMM), with rows of values (as rules know them) already in it."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": form.title, "created": datetime(2026, 1, 1)})
    formats = _formats(book)
    entry = book.add_worksheet(ENTRY_SHEET)
    _write_help(book.add_worksheet("说明"), form, formats)
    lists = _write_lists(book.add_worksheet("代码"), form, formats)
    _write_stamp(book.add_worksheet(STAMP_SHEET), form, bank, month)
    _write_entry(entry, form, formats, lists, prefilled)
    entry.activate()
    book.close()
    return stream.getvalue()


def _formats(book: Any) -> dict[str, Format]:
    """Formats by name: header, example, and one for each kind of cell."""
    base = {"font_name": "等线", "font_size": 11}
    head = {**base, "bold": True, "text_wrap": True, "valign": "vcenter", "border": 1}
    made = {
        "required": book.add_format({**head, "bg_color": "#DCE6F1"}),
        "optional": book.add_format({**head, "bg_color": "#F2F2F2"}),
        "plain": book.add_format({**base, "text_wrap": True, "valign": "top"}),
        "text": book.add_format({**base, "num_format": "@"}),
    }
    for kind, pattern in {**_NUMBER_FORMATS, **_AMOUNT_FORMATS}.items():
        made[kind] = book.add_format({**base, "num_format": pattern})
        made[f"example {kind}"] = book.add_format({**base, **_EXAMPLE, "num_format": pattern})
    made["example text"] = book.add_format({**base, **_EXAMPLE, "num_format": "@"})
    return made


_EXAMPLE = {"italic": True, "font_color": "#7F7F7F", "bg_color": "#FAFAFA"}


def cell_format(column: Column) -> str:
    """Which format a column's cells have."""
    grammar = column.reader("")
    if isinstance(grammar, Amount):
        return grammar.unit
    return grammar.kind if grammar.kind in _NUMBER_FORMATS else "text"


def _write_entry(
    sheet: Worksheet,
    form: Form,
    formats: Mapping[str, Format],
    lists: Mapping[str, str],
    prefilled: Sequence[Mapping[str, Any]],
) -> None:
    sheet.freeze_panes(1, 1)
    sheet.set_row(0, 36)
    for at, column in enumerate(form.columns):
        kind = cell_format(column)
        sheet.set_column(at, at, column.width, formats[kind])
        sheet.write_string(0, at, column.header, formats["required" if column.required else "optional"])
        example = f"{EXAMPLE_MARK} {column.example}" if at == 0 else column.example
        _write_example(sheet, at, column, example, formats)
        if column.key in lists:
            sheet.data_validation(
                2,
                at,
                PREPARED_ROWS,
                at,
                {
                    "validate": "list",
                    "source": lists[column.key],
                    "error_title": "不在可选范围",
                    "error_message": "请从下拉列表中选择",
                },
            )
    for row, values in enumerate(prefilled, 2):
        for at, column in enumerate(form.columns):
            write_value(sheet, row, at, column, values.get(column.key), formats[cell_format(column)])


def _write_example(
    sheet: Worksheet, at: int, column: Column, example: str, formats: Mapping[str, Format]
) -> None:
    kind = cell_format(column)
    look = formats[f"example {kind}"]
    if kind == "date" and example:
        sheet.write_datetime(1, at, datetime.fromisoformat(example), look)
    elif kind in ("万元", "元", "percent", "integer") and example:
        sheet.write_number(1, at, Decimal(example), look)
    else:
        sheet.write_string(1, at, example, look)


def write_value(sheet: Worksheet, row: int, at: int, column: Column, value: Any, look: Format) -> None:
    """One value as the column's grammar would read it back; amounts in the unit of the column's own heading."""
    if value is None:
        return
    grammar = column.reader("")
    if isinstance(grammar, Amount):
        yuan = Decimal(yuan_text(value))
        sheet.write_number(row, at, yuan / 10_000 if grammar.unit == "万元" else yuan, look)
    elif isinstance(value, bool):
        sheet.write_string(row, at, "是" if value else "否", look)
    elif isinstance(value, date):
        sheet.write_datetime(row, at, datetime(value.year, value.month, value.day), look)
    elif isinstance(value, Decimal | int):
        sheet.write_number(row, at, value, look)
    else:
        text = "；".join(value) if isinstance(value, tuple | list) else str(value)
        sheet.write_string(row, at, text, look)


def _write_help(sheet: Worksheet, form: Form, formats: Mapping[str, Format]) -> None:
    heads = (("列名", 24), ("是否必填", 10), ("怎样填", 50), ("例", 28), ("依据", 26), ("也认这些列名", 40))
    for at, (head, width) in enumerate(heads):
        sheet.set_column(at, at, width, formats["plain"])
        sheet.write_string(0, at, head, formats["required"])
    for row, column in enumerate(form.columns, 1):
        options = getattr(column.reader(""), "options", ())
        how = "；".join(
            part for part in (column.help, "可选：" + "、".join(options) if options else "") if part
        )
        texts = (column.header, "必填" if column.required else "选填", how, column.example, column.article)
        for at, text in enumerate((*texts, "、".join(column.aliases))):
            sheet.write_string(row, at, text, formats["plain"])
    for row, note in enumerate(form.notes, len(form.columns) + 2):
        sheet.write_string(row, 0, note)
    sheet.freeze_panes(1, 0)


def _write_lists(sheet: Worksheet, form: Form, formats: Mapping[str, Format]) -> dict[str, str]:
    """The lists side by side; the drop-down's source of each column that has one."""
    sources: dict[str, str] = {}
    for column in form.columns:
        options = getattr(column.reader(""), "options", ())
        if not options:
            continue
        at = len(sources)
        sheet.set_column(at, at, 22, formats["text"])
        sheet.write_string(0, at, column.header, formats["required"])
        for row, option in enumerate(options, 1):
            sheet.write_string(row, at, option, formats["text"])
        letter = chr(65 + at)
        sources[column.key] = f"='代码'!${letter}$2:${letter}${len(options) + 1}"
    return sources


def _write_stamp(sheet: Worksheet, form: Form, bank: str, month: str) -> None:
    stamp = {
        "act": form.act,
        "title": form.title,
        "version": str(form.version),
        "bank": bank,
        "month": month,
    }
    for row, (key, value) in enumerate(stamp.items()):
        sheet.write_string(row, 0, key)
        sheet.write_string(row, 1, value)
    sheet.very_hidden()
