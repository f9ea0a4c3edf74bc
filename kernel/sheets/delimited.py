"""Comma-separated text as a second form of the same sheet: decoded by rule, never by guess."""

import csv
import io

from kernel.sheets.cells import folded
from kernel.sheets.limited import LIMITS, Limits
from kernel.sheets.precheck import SAVE_AS, file_fault, refuse

_HEAD = 1 << 20  # characters in which the separator must have shown itself


def decoded(content: bytes) -> str:
    """Text of a file: by its byte-order mark, else strictly UTF-8, else strictly GB18030, else refused.

    >>> decoded("堃喆龘𠮷".encode("gb18030")), decoded("\\ufeff企业".encode("utf-16"))
    ('堃喆龘𠮷', '企业')
    """
    encodings = ["utf-8-sig", "gb18030"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif content.startswith(b"\xef\xbb\xbf"):
        encodings = ["utf-8-sig"]
    for encoding in encodings:
        try:
            text = content.decode(encoding).lstrip("\ufeff")
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise file_fault("不是 Excel 工作簿，也不是能识别的文本（UTF-8 或 GB18030）", SAVE_AS, "unknown_kind")


def delimiter_of(text: str) -> str:
    """The separator that the first line with any uses most: comma, tab or semicolon."""
    for line in text[:_HEAD].splitlines()[:15]:
        counts = {mark: line.count(mark) for mark in ",\t;"}
        if any(counts.values()):
            return max(counts, key=lambda mark: counts[mark])
    return ","


def _unquoted(cell: str) -> str:
    """="00123" is how exports force a spreadsheet to keep a code as text; the code is what is meant."""
    return cell[2:-1] if len(cell) > 3 and cell.startswith('="') and cell.endswith('"') else cell


def text_rows(content: bytes, limits: Limits = LIMITS) -> list[tuple[int, list[str]]]:
    """Rows with their number as a spreadsheet would show it; blank rows are left out.

    Bounded before anything is split: the separators of the whole file are counted first, so that what follows makes no
    more cells than a workbook may have, in as many rows and columns as a workbook may have.

    >>> text_rows("编号,名称\\n\\n1,甲".encode())
    [(1, ['编号', '名称']), (3, ['1', '甲'])]
    """
    text = decoded(content)
    delimiter = delimiter_of(text)
    separators = text.count(delimiter)
    if separators > limits.cells:
        refuse(
            f"文件有 {separators} 个分隔符，超过 {limits.cells} 个",
            "请在 Excel 中删除表格右边多余的空列，或分成几个文件上传",
            "many_cells",
        )
    rows: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1
        ):
            if number > limits.rows:
                refuse(f"文件超过 {limits.rows} 行", "请分成几个文件上传", "far_cell")
            while cells and (not cells[-1] or cells[-1].isspace() or not folded(cells[-1])):
                cells.pop()
            if len(cells) > limits.columns:
                refuse(
                    f"第{number}行有 {len(cells)} 列，超过 {limits.columns} 列",
                    "请检查这一行的引号和逗号",
                    "far_cell",
                )
            if cells:
                rows.append((number, [_unquoted(cell) for cell in cells]))
    except csv.Error:
        refuse("CSV 文件的引号不成对或单元格过长", "请在 Excel 中打开并另存为 *.xlsx 后上传", "damaged")
    return rows
