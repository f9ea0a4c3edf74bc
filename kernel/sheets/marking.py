"""Gives a person's own file back with its faults marked: `annotate`.

Her order, columns and other sheets are kept. A CSV file, or a workbook that cannot be rewritten within the limits, comes
back as a plain new workbook with the same cells in the same places, and says so.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import xlsxwriter

from kernel.sheets.cells import Cell, column_index
from kernel.sheets.checking import RowFault
from kernel.sheets.grammars import DISARMED
from kernel.sheets.limited import LIMITS, Limits, Overrun, run_limited
from kernel.sheets.opening import open_file
from kernel.sheets.reading import Sheet

RESULT_SHEET = "校验结果"
LEVEL_NAMES = {"错误": "error", "提醒": "warning"}
MARKING_LIMITS = replace(LIMITS, memory=2 * 1024**3, cpu_seconds=90, wall_seconds=180)
_COLOURS = {"error": "#FFC7CE", "warning": "#FFEB9C"}


def annotate(
    content: bytes, faults: Sequence[RowFault], *, sheet: Sheet, limits: Limits = MARKING_LIMITS
) -> bytes:
    """The workbook with faulty cells coloured and commented (errors red, warnings amber) and all faults listed.

    `content` and `sheet` are what `read_rows` was given and gave. Always an .xlsx, also for a CSV file.
    """
    notes = [summary(faults)]
    order: dict[str, Any] = {
        "sheet": sheet.name,
        "header_row": sheet.header_row,
        "marks": [[one.row, one.letter, one.level, _comment(one)] for one in faults],
        "listing": listing(faults),
        "notes": notes,
        "result_sheet": RESULT_SHEET,
        "level_names": LEVEL_NAMES,
        "disarmed": DISARMED,
    }
    if sheet.source == "xlsx":
        packed = json.dumps(order, ensure_ascii=False).encode("utf-8")
        try:
            return run_limited("marking_child.py", len(packed).to_bytes(8, "big") + packed + content, limits)
        except Overrun:
            notes.append("提示：原文件的格式过于复杂，这里按原来的行列另制了一份，只保留了填报表的内容。")
    else:
        notes.append("提示：原文件是 CSV，这里按原来的行列另制成 Excel 工作簿。")
    return plain_copy(content, sheet, order)


def summary(faults: Sequence[RowFault]) -> str:
    """How many faults in how many rows.

    >>> summary([])
    '没有发现错误或提醒。'
    """
    if not faults:
        return "没有发现错误或提醒。"
    errors = [one for one in faults if one.level == "error"]
    warned = [one for one in faults if one.level == "warning"]
    rows = len({one.row for one in errors})
    return f"共 {rows} 行有错误（{len(errors)} 处，标红），另有提醒 {len(warned)} 处（标黄）。改好后可直接上传本文件。"


def listing(faults: Sequence[RowFault]) -> list[list[str | int]]:
    """The table of all faults, its heading first."""
    names = {level: name for name, level in LEVEL_NAMES.items()}
    lines: list[list[str | int]] = [["行号", "列", "列名", "级别", "发现", "应改为"]]
    for one in faults:
        lines.append([one.row, one.letter, one.heading, names[one.level], one.found, one.wanted])
    return lines


def _comment(fault: RowFault) -> str:
    return f"【{'错误' if fault.level == 'error' else '提醒'}】{fault.found}。{fault.wanted}"


def plain_copy(content: bytes, sheet: Sheet, order: Mapping[str, Any]) -> bytes:
    """A new workbook with the cells of the data sheet in their places, marked the same way."""
    raw = next(one for one in open_file(content).sheets if one.name == sheet.name)
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    page = book.add_worksheet("填报")
    text = book.add_format({"num_format": "@"})
    fills = {
        level: book.add_format({"bg_color": colour, "num_format": "@"}) for level, colour in _COLOURS.items()
    }
    told, worst = _marks_by_cell(order["marks"])
    held = {(number, index) for number, cells in raw.rows for index in cells}
    for number, cells in raw.rows:
        for index, cell in cells.items():
            look = fills[worst[number, index]] if (number, index) in worst else text
            page.write_string(number - 1, index, shown(cell), look)
    for at, texts in told.items():
        if at not in held:
            page.write_blank(at[0] - 1, at[1], None, fills[worst[at]])
        page.write_comment(at[0] - 1, at[1], "\n".join(texts)[:2000], {"author": "知融校验", "x_scale": 2})
    result = book.add_worksheet(RESULT_SHEET)
    for row, line in enumerate([*([note] for note in order["notes"]), *order["listing"]]):
        for column, value in enumerate(line):
            if isinstance(value, int):
                result.write_number(row, column, value)
            else:
                result.write_string(row, column, value)
    book.close()
    return stream.getvalue()


def shown(cell: Cell) -> str:
    """A cell as text: a formula is put out of action, everything else stands as it was read."""
    return DISARMED + cell.text if cell.kind == "formula" else cell.text


def _marks_by_cell(
    marks: Sequence[Sequence[Any]],
) -> tuple[dict[tuple[int, int], list[str]], dict[tuple[int, int], str]]:
    told: dict[tuple[int, int], list[str]] = {}
    worst: dict[tuple[int, int], str] = {}
    for row, letter, level, text in marks:
        at = (row, column_index(letter) if letter else 0)
        told.setdefault(at, []).append(text)
        worst[at] = "error" if "error" in (level, worst.get(at)) else level
    return told, worst
