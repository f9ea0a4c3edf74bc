"""A file becomes a table of texts: CSV, packed by xz or gzip or not, in the encodings and separators of the house.

What it is, is read from its first bytes and never from its name. The same bytes are parsed and hashed, so that a report
speaks of exactly the file that was read.
"""

from __future__ import annotations

import csv
import errno
import gzip
import hashlib
import io
import lzma
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kernel.errors import Problem, Refused, refuse_if_any
from kernel.sheets.delimited import decoded, delimiter_of
from valuation.learning.cells import shown
from valuation.learning.sample import FIRST_ROW, Table

PACKED: dict[bytes, Callable[..., Any]] = {b"\xfd7zXZ\x00": lzma.open, b"\x1f\x8b": gzip.open}
MOST_BYTES = 1 << 30
"""Unpacked; a small file may unpack to more than the machine holds."""
FAULTS = {
    errno.ENOENT: "没有这个文件",
    errno.EISDIR: "是目录，不是文件",
    errno.EACCES: "没有读取权限",
    errno.ENAMETOOLONG: "文件名过长",
}


@dataclass(frozen=True)
class Written:
    """A table and the hash of the file that it was read from."""

    table: Table
    sha256: str


def read_table(path: Path) -> Written:
    """The cells of a CSV as stripped texts; Refused in plain words."""
    name = shown(path.name) or shown(str(path))
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as fault:
        found = FAULTS.get(getattr(fault, "errno", None) or 0, "读不出")
        code = "no_file" if isinstance(fault, FileNotFoundError) else "unreadable"
        raise Refused(Problem(name, found, "请检查文件名和权限", code)) from None
    text = _text(name, _unpacked(name, content))
    rows = _rows(name, text)
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    heads = [cell.strip() for cell in rows[0]] if rows else []
    refuse_if_any(_uneven(name, heads, rows[1:]))
    columns = zip(*rows[1:], strict=True)
    table = {
        head: np.array([cell.strip() for cell in cells], dtype=object)
        for head, cells in zip(heads, columns, strict=True)
    }
    return Written(table, hashlib.sha256(content).hexdigest())


def _unpacked(name: str, content: bytes) -> bytes:
    opened = next((opened for first, opened in PACKED.items() if content.startswith(first)), None)
    try:
        with opened(io.BytesIO(content)) if opened else io.BytesIO(content) as file:
            whole = bytes(file.read(MOST_BYTES + 1))
    except (OSError, EOFError, lzma.LZMAError, zlib.error):
        wanted = "请重新压缩或下载完整的文件"
        raise Refused(Problem(name, "压缩包损坏或不完整，读不出", wanted, "unreadable")) from None
    if len(whole) > MOST_BYTES:
        told = f"解压后超过 {MOST_BYTES >> 20} MB"
        raise Refused(Problem(name, told, "请分成几个文件，或只留需要的列", "too_large"))
    return whole


def _text(name: str, content: bytes) -> str:
    try:
        return decoded(content)
    except Refused:
        found = "不是能识别的文本（UTF-8 或 GB18030），或含有空字符"
        raise Refused(Problem(name, found, "请另存为 UTF-8 的 CSV", "not_text")) from None


def _rows(name: str, text: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text), strict=True)
    try:
        return list(reader)
    except csv.Error as fault:
        long = "field larger than field limit" in str(fault)
        found = f"有单元格超过 {csv.field_size_limit()} 个字符" if long else "引号不成对，或引号后还有文字"
        wanted = "请检查这一处的引号和过长的单元格"
        place = f"{name} 第{reader.line_num}行附近"
        raise Refused(Problem(place, f"不是整齐的 CSV：{found}", wanted, "not_csv")) from None


def _uneven(name: str, heads: list[str], rows: list[list[str]]) -> Iterator[Problem]:
    several = sorted(head for head, times in Counter(heads).items() if times > 1)
    if several:
        names = "、".join(f"“{shown(head)}”" for head in several[:6]) + ("……" if len(several) > 6 else "")
        each = "每列一个名字" if any(several) else "每列要有名字；没有用的空列请删去"
        yield Problem("表头", f"{names}列不止一个", each, "same_column")
    if not rows:
        yield Problem(name, "没有数据", "请给出一行表头和带结果的数据", "no_rows")
    uneven = [place for place, row in enumerate(rows, FIRST_ROW) if len(row) != len(heads)]
    if uneven:
        told = f"第{uneven[0]}行等 {len(uneven)} 行的列数与表头不同"
        yield Problem(name, told, f"每行 {len(heads)} 列，空值也要有逗号", "uneven")
