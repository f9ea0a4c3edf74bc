"""Marks the faulty cells of a person's own workbook, inside a limited process; run as a script, never imported.

Standard input: eight bytes with the length of a JSON order, the order, the workbook. Standard output: the workbook.
The order: {"sheet", "header_row", "marks": [[row, column, level, text]], "listing": [[...]], "notes": [...]}.
Formulas that reach out of the workbook are put out of action; nothing of ours is ever written as a formula.
"""

import io
import json
import re
import resource
import sys
import warnings
import zipfile
from typing import Any

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import column_index_from_string

AUTHOR = "知融校验"
FILLS = {"error": "FFFFC7CE", "warning": "FFFFEB9C"}
REACHES_OUT = re.compile(
    r"\||HYPERLINK|WEBSERVICE|FILTERXML|IMPORT|RTD\s*\(|DDE|CALL\s*\(|EXEC\s*\(|REGISTER|\[|!\s*'?/",
    re.IGNORECASE,
)


def write_text(cell: Any, text: str) -> None:
    """A text that no spreadsheet will run, whatever it begins with."""
    cell.value = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)
    cell.data_type = "s"
    cell.quotePrefix = text[:1] in ("=", "+", "-", "@")


def clean(sheet: Any, disarmed: str) -> int:
    """Take away the marks of an earlier round; put formulas that reach out of the workbook out of action."""
    stopped = 0
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type == "f":
                formula = getattr(cell.value, "text", cell.value)
                if REACHES_OUT.search(str(formula)):
                    write_text(cell, disarmed + str(formula))
                    stopped += 1
            if cell.has_style and cell.comment is not None and cell.comment.author == AUTHOR:
                cell.comment = None
                if cell.fill.fgColor.rgb in FILLS.values():
                    cell.fill = PatternFill()
    return stopped


def mark(sheet: Any, marks: list[list[Any]]) -> None:
    """Colour and comment each faulty cell; two faults of one cell share its comment, an error colours over a warning."""
    told: dict[tuple[int, int], list[str]] = {}
    worst: dict[tuple[int, int], str] = {}
    for row, letter, level, text in marks:
        at = (row, column_index_from_string(letter) if letter else 1)
        told.setdefault(at, []).append(text)
        worst[at] = "error" if "error" in (level, worst.get(at)) else level
    fills = {level: PatternFill("solid", fgColor=colour) for level, colour in FILLS.items()}
    for at, texts in told.items():
        cell = sheet.cell(*at)
        if type(cell).__name__ == "MergedCell":
            continue
        cell.fill = fills[worst[at]]
        comment = Comment("\n".join(texts)[:2000], AUTHOR)
        comment.width, comment.height = 320, 90 + 30 * len(texts)
        cell.comment = comment


def list_faults(book: Any, order: dict[str, Any], notes: list[str]) -> None:
    """All faults on a sheet of their own, the notes above them."""
    name = order["result_sheet"]
    if name in book.sheetnames:
        del book[name]
    sheet = book.create_sheet(name)
    bold = Font(bold=True)
    for number, note in enumerate(notes, 1):
        write_text(sheet.cell(number, 1), note)
    at = len(notes) + 1
    for number, line in enumerate(order["listing"]):
        for column, text in enumerate(line, 1):
            cell = sheet.cell(at + number, column)
            if isinstance(text, int):
                cell.value = text
            else:
                write_text(cell, text)
            if number == 0:
                cell.font = bold
        if number and line[3] in order["level_names"]:
            level = order["level_names"][line[3]]
            sheet.cell(at + number, 4).fill = PatternFill("solid", fgColor=FILLS[level])
    for letter, width in zip("ABCDEF", (8, 6, 24, 8, 50, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = f"A{at + 1}"


def refuse_heavy(content: bytes, most_rows: int) -> None:
    """The editing reader makes an object of every row, blank ones too: beyond twice what can be filed, do not begin."""
    book = zipfile.ZipFile(io.BytesIO(content))
    for part in book.namelist():
        if part.startswith("xl/worksheets/") and part.endswith(".xml"):
            with book.open(part) as stream:
                rows = sum(piece.count(b"<row ") for piece in iter(lambda: stream.read(1 << 20), b""))
            if rows > 2 * most_rows:
                sys.exit(f"{part} has {rows} rows, too heavy to edit")


def marked(order: dict[str, Any], content: bytes) -> bytes:
    """The same workbook with its faulty cells marked."""
    notes = list(order["notes"])
    with warnings.catch_warnings(record=True) as lost:
        warnings.simplefilter("always")
        book = openpyxl.load_workbook(io.BytesIO(content), keep_links=False)
    parts = zipfile.ZipFile(io.BytesIO(content)).namelist()
    if lost or any(part.startswith(("xl/charts/", "xl/media/", "xl/drawings/drawing")) for part in parts):
        notes.append(
            "提示：原文件中的图表、图片或扩展的数据验证可能没有保留在本副本里；数据、列和顺序都没有改动。"
        )
    if any(part.startswith("xl/externalLinks/") for part in parts):
        notes.append("提示：指向其他文件的链接已从本副本去掉。")
    stopped = sum(clean(sheet, order["disarmed"]) for sheet in book.worksheets)
    if stopped:
        notes.append(f"提示：有 {stopped} 个公式会访问本文件以外的内容，在本副本里已停用。")
    mark(book[order["sheet"]], order["marks"])
    list_faults(book, order, notes)
    book.active = book.sheetnames.index(order["sheet"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def main() -> int:
    """Limits first, then the work; any fault is a traceback, and the parent then makes a plain copy instead."""
    limits = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_seconds"], limits["cpu_seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    length = int.from_bytes(sys.stdin.buffer.read(8), "big")
    order = json.loads(sys.stdin.buffer.read(length))
    content = sys.stdin.buffer.read()
    refuse_heavy(content, limits["rows"])
    sys.stdout.buffer.write(marked(order, content))
    return 0


if __name__ == "__main__":
    sys.exit(main())
