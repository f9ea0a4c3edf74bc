"""Opens a file of either form: what it is, then its sheets as the limited reader gives them, nothing
bound yet.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.sheets.cells import KINDS, Cell, column_letter
from kernel.sheets.delimited import text_rows
from kernel.sheets.headings import Row
from kernel.sheets.limited import LIMITS, Limits, Overrun, run_limited
from kernel.sheets.precheck import FileKind, file_kind, refuse


@dataclass(frozen=True)
class RawSheet:
    """A sheet as the limited reader gave it back."""

    name: str
    hidden: bool
    rows: tuple[Row, ...]
    merges: tuple[str, ...] = ()
    hidden_rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Opened:
    """All sheets of a file in their order."""

    kind: FileKind
    sheets: tuple[RawSheet, ...]
    date1904: bool = False


def open_file(content: bytes, limits: Limits = LIMITS) -> Opened:
    """The sheets of a workbook or the one of a CSV file; `Refused` when the file is neither or beyond
    the limits.
    """
    kind = file_kind(content, limits)
    if kind == "csv":
        return Opened(kind, (_sheet_of_text(text_rows(content, limits)),))
    answer = _ask_child(content, limits)
    return Opened(kind, tuple(_raw(one) for one in answer["sheets"]), answer["date1904"])


def _sheet_of_text(rows: Sequence[tuple[int, Sequence[str]]]) -> RawSheet:
    packed = tuple(
        (number, {at: Cell("text", text) for at, text in enumerate(cells) if text}) for number, cells in rows
    )
    return RawSheet("CSV", False, packed)


def _raw(sheet: Mapping[str, Any]) -> RawSheet:
    kinds = KINDS
    rows = tuple(
        (
            row[0],
            {at: Cell(kinds[one[0]], one[1:]) for at, one in enumerate(row[2:], row[1]) if one is not None},
        )
        for row in sheet["rows"]
    )
    return RawSheet(sheet["name"], sheet["hidden"], rows, tuple(sheet["merges"]), tuple(sheet["hidden_rows"]))


def _ask_child(content: bytes, limits: Limits) -> dict[str, Any]:
    """The limited reader's answer; its refusals become sentences here."""
    try:
        answer: dict[str, Any] = json.loads(run_limited("child.py", content, limits))
    except Overrun as over:
        if over.reason == "time":
            refuse("读取超过了时间限制", "请把数据行复制到新下载的模板里再上传，或分成几个文件", "too_slow")
        if over.reason == "memory":
            refuse(
                "读取超过了内存限制",
                "请把数据行复制到新下载的模板里再上传，或分成几个文件",
                "too_big_to_read",
            )
        refuse("文件结构异常，无法读取", "请把数据行复制到新下载的模板里再上传", "damaged")
    if "refused" in answer:
        _refuse_as_told(answer["refused"], answer["found"])
    return answer


def _refuse_as_told(code: str, found: Sequence[str]) -> None:
    if code == "far_cell":
        sheet, row, column, most_rows, most_columns = found
        at = f"{column_letter(int(column))}{row}"
        reach = f"{column_letter(int(most_columns) - 1)}{most_rows}"
        refuse(
            f"工作表“{sheet}”的 {at} 处还有内容，超出可读范围（到 {reach} 为止）",
            "请选中表格右边和下边多余的行列，删除后保存；数据太多时请分成几个文件",
            "far_cell",
        )
    if code == "doctype":
        refuse(
            f"文件部件 {found[0]} 里有外部实体声明，为安全起见不读取",
            "请把数据行复制到新下载的模板里再上传",
            "doctype",
        )
    if code == "many_sheets":
        refuse(f"有 {found[0]} 张工作表，超过 {found[1]} 张", "请只保留“填报”表后另存", "many_sheets")
    if code == "many_cells":
        refuse(
            f"工作表“{found[0]}”有 {found[1]} 个单元格，超过 {found[2]} 个",
            "请分成几个文件上传",
            "many_cells",
        )
    if code == "memory":
        refuse(
            "读取超过了内存限制", "请把数据行复制到新下载的模板里再上传，或分成几个文件", "too_big_to_read"
        )
    refuse("文件已损坏，打不开", "文件可能没有传完整：请用 Excel 打开检查，另存后再上传", "damaged")
