"""From a person's file to rows of cells bound to columns: `read_rows`.

Every fault of the file as a whole (what it is, its sheets, its header, its merged cells) is raised
together as `Refused`, each with its sentence and remedy. Faults of cells are the business of
`kernel.sheets.checking`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kernel.errors import Problem, Refused
from kernel.sheets import headings
from kernel.sheets.cells import Cell, column_index, folded
from kernel.sheets.columns import Column, Form
from kernel.sheets.headings import Heading, Row
from kernel.sheets.limited import LIMITS, Limits
from kernel.sheets.opening import RawSheet, open_file
from kernel.sheets.precheck import file_fault, refuse

ENTRY_SHEET = "填报"
HELP_SHEETS = ("说明", "代码", "校验结果")
STAMP_SHEET = "_模板"
EXAMPLE_MARK = "示例"
_TOTALS = {"合计", "总计", "小计", "合 计", "总 计"}


@dataclass(frozen=True)
class SheetRow:
    """One row: its number in the file, its cells by column key (blank ones absent), and cells of
    unknown columns.
    """

    file_row: int
    cells: Mapping[str, Cell]
    extras: Mapping[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """The sheet that was read: where it stood, its headings by column key, its rows, and what a person
    is told of it.

    `template` is the stamp of our own template (act, version, bank, month) or empty; `warnings` stop nothing.
    """

    name: str
    source: str
    header_row: int
    headings: Mapping[str, Heading]
    unknown: tuple[Heading, ...]
    rows: tuple[SheetRow, ...]
    warnings: tuple[Problem, ...] = ()
    template: Mapping[str, str] = field(default_factory=dict)
    date1904: bool = False


def read_rows(
    content: bytes, name: str, columns: Sequence[Column] | Form, *, limits: Limits = LIMITS
) -> Sheet:
    """The rows of a workbook or CSV file under the given columns; `Refused` with every fault of the
    file as a whole.

    `name` is the file's name as sent; it is only shown, never trusted: what a file is, its first bytes say.
    """
    wanted = columns.columns if isinstance(columns, Form) else tuple(columns)
    opened = open_file(content, limits)
    return bound_sheet(opened.sheets, wanted, source=opened.kind, date1904=opened.date1904)


def bound_sheet(
    sheets: Sequence[RawSheet], columns: Sequence[Column], *, source: str, date1904: bool
) -> Sheet:
    """Choose the sheet, find its header, bind its columns, take its rows."""
    names = headings.known_names(columns)
    sheet = chosen_sheet(sheets, names, sum(column.required for column in columns))
    at, _ = headings.header_row(sheet.rows, names)
    header_number, header_cells = sheet.rows[at]
    binding = headings.bind(header_cells, columns, names)
    body = sheet.rows[at + 1 :]
    problems = list(binding.problems)
    problems += repeated_header(sheet, body, names, len(binding.bound))
    problems += merged_cells(sheet, header_number, binding.bound)
    if any(problem.level == "error" for problem in problems):
        raise Refused(problems)
    rows, warnings = taken_rows(sheet, body, binding)
    if not rows:
        refuse(f"工作表“{sheet.name}”的表头下面没有数据行", "请从表头下一行开始填写（示例行不计）", "no_rows")
    if binding.unknown:
        listed = "、".join(f"{one.letter} 列“{one.text}”" for one in binding.unknown[:10])
        warnings.append(
            Problem(
                "表头",
                f"不认识的列：{listed}",
                "这些列会原样保留，但不读入",
                code="unknown_heading",
                level="warning",
            )
        )
    return Sheet(
        sheet.name,
        source,
        header_number,
        binding.bound,
        binding.unknown,
        tuple(rows),
        tuple(warnings),
        template_stamp(sheets),
        date1904,
    )


def chosen_sheet(sheets: Sequence[RawSheet], names: Mapping[str, Column], required: int) -> RawSheet:
    """The sheet named 填报, else the only visible one whose header fits; two that fit are not chosen
    between.
    """
    fits = [(headings.header_row(one.rows, names)[1], one) for one in sheets]
    enough = max(2, required // 2)
    likely = [one for count, one in fits if count >= enough and folded(one.name) not in HELP_SHEETS]
    seen = [one for one in likely if not one.hidden]
    named = [one for one in seen if folded(one.name) == ENTRY_SHEET]
    if len(named) == 1:
        return named[0]
    if len(seen) == 1:
        return seen[0]
    if len(seen) > 1:
        refuse(
            f"有 {len(seen)} 张工作表都像填报表：{'、'.join(one.name for one in seen)}",
            f"请只保留一张，或把要上传的那张命名为“{ENTRY_SHEET}”",
            "two_sheets",
        )
    if likely:
        refuse(
            f"填报数据在隐藏的工作表“{likely[0].name}”里",
            "请右击工作表标签，取消隐藏后保存，再上传",
            "hidden_sheet",
        )
    partly = max(
        ((count, one) for count, one in fits if not one.hidden), default=(0, None), key=lambda pair: pair[0]
    )
    if partly[0] >= 2 and partly[1] is not None:
        return partly[1]
    if all(not one.rows for one in sheets):
        refuse("工作簿里没有内容", "请填写后保存，再上传", "no_rows")
    some = "、".join(list(dict.fromkeys(column.header for column in names.values()))[:4])
    raise file_fault(
        f"在前 {headings.SEARCHED_ROWS} 行里找不到表头",
        f"表头要有“{some}”等列名；请下载模板填写",
        "no_header",
    )


def repeated_header(
    sheet: RawSheet, body: Sequence[Row], names: Mapping[str, Column], bound: int
) -> list[Problem]:
    """A second header below the first: two tables in one sheet."""
    enough = max(3, bound // 2)
    return [
        Problem(
            f"工作表“{sheet.name}”第{number}行",
            "又出现一行表头，一张表里像是放了两个表格",
            "请把数据接在第一个表头下面，删除多余的表头",
            code="second_header",
        )
        for number, cells in body
        if len(cells) >= enough and headings.matches(cells, names) >= enough
    ]


def merged_cells(sheet: RawSheet, header: int, bound: Mapping[str, Heading]) -> list[Problem]:
    """Merged cells in the header or below it under a column that is read: only the first would have the
    value.
    """
    problems = []
    taken = {heading.index for heading in bound.values()}
    last = max((number for number, _ in sheet.rows), default=0)
    for merge in sheet.merges:
        match = re.fullmatch(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})", merge)
        if match is None:
            continue
        left, top, right, bottom = (
            column_index(match[1]),
            int(match[2]),
            column_index(match[3]),
            int(match[4]),
        )
        if bottom < header or top > last or not any(left <= index <= right for index in taken):
            continue
        what = "表头" if top <= header else "数据"
        problems.append(
            Problem(
                f"工作表“{sheet.name}”{merge}",
                f"{what}里有合并单元格",
                "请取消合并，每个单元格分别填写",
                code="merged_cells",
            )
        )
    return problems


def taken_rows(
    sheet: RawSheet, body: Sequence[Row], binding: headings.Binding
) -> tuple[list[SheetRow], list[Problem]]:
    """Rows with something in a bound column; example rows and total rows are left out, and told."""
    by_index = {heading.index: key for key, heading in binding.bound.items()}
    extras = {heading.index: heading.letter for heading in binding.unknown}
    rows: list[SheetRow] = []
    warnings: list[Problem] = []
    for number, cells in body:
        found = {
            key: cell for index, key in by_index.items() if (cell := cells.get(index)) and not cell.is_blank
        }
        if not found:
            continue
        first = folded(next(iter(found.values())).text)
        if first.split(" ")[0].strip("【】[]()") == EXAMPLE_MARK:
            continue
        if len(found) * 2 < len(by_index) and any(folded(cell.text) in _TOTALS for cell in cells.values()):
            warnings.append(
                Problem(
                    f"第{number}行", "是合计行", "没有读入；合计由系统计算", code="total_row", level="warning"
                )
            )
            continue
        rows.append(
            SheetRow(number, found, {at: cells[index] for index, at in extras.items() if index in cells})
        )
    read = {row.file_row for row in rows}
    if unseen := [number for number in sheet.hidden_rows if number in read]:
        shown = "、".join(f"第{number}行" for number in unseen[:5])
        warnings.append(
            Problem(
                shown,
                f"共 {len(unseen)} 行被隐藏或筛选掉了",
                "这些行照样读入；不报送的请删除",
                code="hidden_rows",
                level="warning",
            )
        )
    return rows, warnings


def template_stamp(sheets: Sequence[RawSheet]) -> dict[str, str]:
    """What the template's hidden sheet says of itself: act, version, bank, month."""
    for sheet in sheets:
        if sheet.name == STAMP_SHEET:
            return {row[0].text: row[1].text for _, row in sheet.rows if 0 in row and 1 in row}
    return {}
