"""Hostile and awkward files, each made here with the sentence a person must get, or with what is read from it.

Run as a script it writes all of them into a folder, to be opened by hand: python tests/sheets/corpus.py FOLDER
"""

import io
import os
import random
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from kernel.sheets.columns import Column, Form
from kernel.sheets.figures import Amount, Day, Percent, Whole
from kernel.sheets.grammars import Choice, Code, Text, YesNo

FORM = Form(
    act="visits",
    title="走访登记",
    version=2,
    columns=(
        Column("number", "编号", Code("请填写编号"), required=True, example="A001"),
        Column("name", "名称", Text(40), required=True, aliases=("单位名称",), example="甲公司"),
        Column(
            "amount",
            "金额（万元）",
            required=True,
            units={"万元": Amount("万元"), "元": Amount("元")},
            example="12.5",
        ),
        Column("day", "日期", Day(), required=True, example="2026-06-19"),
        Column("kind", "类别", Choice(("甲类", "乙类"), {"甲": "甲类"}), example="甲类"),
        Column("urgent", "是否加急", YesNo(), example="否"),
        Column("share", "份额（%）", Percent(), example="60"),
        Column("people", "人数", Whole(1, 99), example="3"),
    ),
    identity=("number",),
    total="amount",
)
HEADS = [column.header for column in FORM.columns]
ROW: list[Any] = ["A001", "甲公司", 12.5, date(2026, 6, 19), "甲类", "否", 60, 3]
VALUES = {
    "number": "A001",
    "name": "甲公司",
    "amount": 12_500_000,
    "day": date(2026, 6, 19),
    "kind": "甲类",
    "urgent": False,
    "share": Decimal(60),
    "people": 3,
}


@dataclass(frozen=True)
class Refusal:
    """A file that is refused as a whole: the sentence begins so, and the machine's code."""

    make: Callable[[], bytes]
    code: str
    says: str


@dataclass(frozen=True)
class Oddity:
    """A file that is read: file row numbers, some values of its first row, codes of warnings about the file."""

    make: Callable[[], bytes]
    rows: tuple[int, ...] = (2,)
    values: dict[str, Any] = field(default_factory=lambda: dict(VALUES))
    warns: tuple[str, ...] = ()


Fill = Callable[[Any, Any], None]


def book(fill: Fill, options: dict[str, Any] | None = None) -> bytes:
    """A workbook made by `fill(book, first sheet)`."""
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(
        stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, **(options or {})}
    )
    fill(made, made.add_worksheet("填报"))
    made.close()
    return stream.getvalue()


def write_row(made: Any, sheet: Any, at: int, cells: list[Any], left: int = 0) -> None:
    """A row of cells; dates in a date format."""
    day = made.add_format({"num_format": "yyyy-mm-dd"})
    for column, value in enumerate(cells, left):
        if isinstance(value, date):
            sheet.write_datetime(at, column, value, day)
        elif value is not None:
            sheet.write(at, column, value)


def table(made: Any, sheet: Any, *, top: int = 0, heads: list[str] | None = None, rows: Any = None) -> None:
    """A header and rows below it."""
    write_row(made, sheet, top, heads or HEADS)
    for at, cells in enumerate(rows or [ROW], top + 1):
        write_row(made, sheet, at, cells)


def plain() -> bytes:
    """A file without any fault."""
    return book(lambda made, sheet: table(made, sheet))


def all_cells() -> bytes:
    """One file with a row for each of CELLS, in their order."""
    keys = [column.key for column in FORM.columns]
    rows = []
    for key, value, _, _ in CELLS:
        at = keys.index(key)
        rows.append([*ROW[:at], value, *ROW[at + 1 :]])
    return book(lambda made, sheet: table(made, sheet, rows=rows))


def parts(content: bytes) -> dict[str, bytes]:
    """The parts of a package."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def package(named: dict[str, bytes]) -> bytes:
    """A package of these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in named.items():
            made.writestr(name, content)
    return stream.getvalue()


def changed(part: str, change: Callable[[bytes], bytes], content: bytes | None = None) -> bytes:
    """A good file with one part changed."""
    named = parts(content or plain())
    named[part] = change(named[part])
    return package(named)


SHEET = "xl/worksheets/sheet1.xml"


def with_part(name: str, content: bytes = b"x") -> bytes:
    """A good file with one part more."""
    return package({**parts(plain()), name: content})


def compound(*names: str) -> bytes:
    """What an old Office file looks like from outside: signature, then names of its streams."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 504
        + b"".join(name.encode("utf-16-le") for name in names)
    )


def zip_bomb() -> bytes:
    """Half a megabyte that unpacks to 200."""
    return with_part("xl/media/image1.bin", b"\0" * (200 * 2**20))


def many_entries() -> bytes:
    """More parts than any workbook has."""
    return package({**parts(plain()), **{f"xl/media/{number}.png": b"" for number in range(1_200)}})


def entity_bomb(xml: bytes) -> bytes:
    """Ten entities, each ten of the one before."""
    entities = ['<!ENTITY a0 "ha">'] + [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    head, _, tail = xml.partition(b"?>")
    return (
        head
        + b"?><!DOCTYPE x ["
        + "".join(entities).encode()
        + b"]>"
        + tail.replace(b"<v>0</v>", b"<v>&a9;</v>")
    )


def external_entity(xml: bytes) -> bytes:
    """An entity that stands for a file of the server."""
    head, _, tail = xml.partition(b"?>")
    return head + b'?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + tail


def encrypted_entries() -> bytes:
    """A zip whose entries say that they are encrypted."""
    content = bytearray(plain())
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        flags = struct.unpack_from("<H", content, at + 8)[0]
        struct.pack_into("<H", content, at + 8, flags | 1)
        at = content.find(b"PK\x01\x02", at + 4)
    return bytes(content)


def damaged_middle() -> bytes:
    """A file with bytes lost in transit."""
    content = bytearray(plain())
    at = content.find(SHEET.encode()) + 60
    content[at : at + 40] = bytes(random.Random(7).randbytes(40))
    return bytes(content)


def lying_sizes() -> bytes:
    """A bomb whose directory states a hundredth of its size."""
    content = bytearray(changed(SHEET, lambda xml: xml + b" " * (64 * 2**20)))
    at = content.rfind(SHEET.encode()) - 46
    assert content[at : at + 4] == b"PK\x01\x02"
    struct.pack_into("<I", content, at + 24, 600_000)
    return bytes(content)


def prefixed(xml: bytes) -> bytes:
    """Every element with a prefix, as some core systems write it."""
    xml = re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", xml)
    return xml.replace(b"xmlns=", b"xmlns:x=")


def unaddressed(xml: bytes) -> bytes:
    """Cells without their references, as the format allows."""
    return re.sub(rb'<c r="[A-Z]+[0-9]+"', b"<c", xml)


def two_sheets(made: Any, sheet: Any) -> None:
    sheet.name = "一月"
    table(made, sheet)
    table(made, made.add_worksheet("二月"))


def hidden_sheet(made: Any, sheet: Any) -> None:
    table(made, sheet)
    front = made.add_worksheet("封面")
    front.write(0, 0, "请看说明")
    front.activate()
    front.set_first_sheet()
    sheet.hide()


def second_table(made: Any, sheet: Any) -> None:
    table(made, sheet)
    table(made, sheet, top=6)


def side_by_side(made: Any, sheet: Any) -> None:
    table(made, sheet)
    write_row(made, sheet, 0, HEADS, left=9)


def merged_header(made: Any, sheet: Any) -> None:
    table(made, sheet)
    sheet.merge_range("B1:C1", "名称")


def merged_rows(made: Any, sheet: Any) -> None:
    table(made, sheet, rows=[ROW, ROW])
    sheet.merge_range("B2:B3", "甲公司")


def far_cell(made: Any, sheet: Any) -> None:
    table(made, sheet)
    sheet.write("XFD1048576", "x")


def stamped(act: str, version: int) -> Fill:
    def fill(made: Any, sheet: Any) -> None:
        table(made, sheet)
        stamp = made.add_worksheet("_模板")
        stamp.write_column(0, 0, ["act", "title", "version"])
        stamp.write_column(0, 1, [act, "别的表", str(version)])
        stamp.very_hidden()

    return fill


def heads_only(made: Any, sheet: Any) -> None:
    write_row(made, sheet, 0, HEADS)


def twelve_title_rows(made: Any, sheet: Any) -> None:
    for at in range(12):
        sheet.write(at, 0, f"第 {at + 1} 行说明")
    table(made, sheet, top=12)


def heads(*changes: tuple[int, str]) -> bytes:
    """A file with some headings changed."""
    named = list(HEADS)
    for at, text in changes:
        named[at] = text
    return book(lambda made, sheet: table(made, sheet, heads=named))


REFUSALS: dict[str, Refusal] = {
    "empty file": Refusal(lambda: b"", "empty_file", "文件：文件是空的（0 字节）。"),
    "random bytes": Refusal(
        lambda: b"\x01\x00" + random.Random(3).randbytes(4000), "unknown_kind", "文件：不是 Excel 工作簿"
    ),
    "cut off in transit": Refusal(lambda: plain()[:3000], "damaged", "文件：文件已损坏，打不开。"),
    "bytes lost inside": Refusal(damaged_middle, "damaged", "文件：文件已损坏，打不开。"),
    "not well-formed inside": Refusal(
        lambda: changed(SHEET, lambda xml: xml[:-40]), "damaged", "文件：文件已损坏，打不开。"
    ),
    "zip of other things": Refusal(
        lambda: package({"a.txt": b"x"}), "archive", "文件：这是压缩包，里面没有 Excel 工作簿。"
    ),
    "word document": Refusal(
        lambda: package({"word/document.xml": b"<x/>"}), "word", "文件：这是 Word 文档（.docx）。"
    ),
    "slides": Refusal(
        lambda: package({"ppt/presentation.xml": b"<x/>"}), "slides", "文件：这是演示文稿（.pptx）。"
    ),
    "binary workbook": Refusal(
        lambda: package({"xl/workbook.bin": b"x"}), "xlsb", "文件：这是二进制工作簿（.xlsb）。"
    ),
    "open document": Refusal(
        lambda: package({"mimetype": b"x", "content.xml": b"<x/>"}),
        "ods",
        "文件：这是 OpenDocument 表格（.ods）。",
    ),
    "macros": Refusal(
        lambda: with_part("xl/vbaProject.bin"), "macros", "文件：工作簿带有宏（.xlsm），为安全起见不读取。"
    ),
    "old workbook": Refusal(
        lambda: compound("Workbook"), "old_xls", "文件：这是旧版 Excel 97-2003 工作簿（.xls）。"
    ),
    "older workbook": Refusal(
        lambda: compound("Book"), "old_xls", "文件：这是旧版 Excel 97-2003 工作簿（.xls）。"
    ),
    "old word document": Refusal(lambda: compound("WordDocument"), "word", "文件：这是 Word 文档（.doc）。"),
    "old office of another kind": Refusal(
        lambda: compound("Other"), "old_office", "文件：这是旧版 Office 文件"
    ),
    "password to open": Refusal(
        lambda: compound("EncryptedPackage", "EncryptionInfo"),
        "encrypted",
        "文件：工作簿设有打开密码，系统读不到内容。",
    ),
    "encrypted zip": Refusal(encrypted_entries, "encrypted", "文件：压缩包设有密码，系统读不到内容。"),
    "web page named xls": Refusal(
        lambda: b"\xef\xbb\xbf<html><table><tr><td>1</td></tr></table></html>",
        "html",
        "文件：这是网页（HTML）",
    ),
    "bare table named xls": Refusal(
        lambda: b"<TABLE><TR><TD>1</TD></TR></TABLE>", "html", "文件：这是网页（HTML）"
    ),
    "single-file web page": Refusal(
        lambda: b"MIME-Version: 1.0\r\nContent", "html", "文件：这是单个文件网页（MHTML）"
    ),
    "xml table of 2003": Refusal(
        lambda: b'<?xml version="1.0"?><Workbook></Workbook>', "xml_table", "文件：这是 XML 表格（2003 格式）"
    ),
    "pdf": Refusal(lambda: b"%PDF-1.7 ...", "pdf", "文件：这是 PDF 文件。"),
    "picture": Refusal(lambda: b"\x89PNG\r\n\x1a\n", "image", "文件：这是图片。"),
    "photograph": Refusal(lambda: b"\xff\xd8\xff\xe0", "image", "文件：这是图片。"),
    "rar": Refusal(lambda: b"Rar!\x1a\x07\x00", "archive", "文件：这是 RAR 压缩包。"),
    "gzip": Refusal(lambda: b"\x1f\x8b" + zlib.compress(b"x"), "archive", "文件：这是 gzip 压缩包。"),
    "program": Refusal(lambda: b"MZ\x90\x00", "program", "文件：这是可执行程序。"),
    "zip bomb": Refusal(zip_bomb, "ratio", "文件：文件的压缩比达到 "),
    "unpacks too large": Refusal(
        lambda: with_part("xl/media/a.bin", os.urandom(4 * 2**20) + b"\0" * (300 * 2**20)),
        "unpacked_size",
        "文件：文件展开后有 304 MB，超过 256 MB。",
    ),
    "bomb with a lying directory": Refusal(lying_sizes, "damaged", "文件：文件已损坏，打不开。"),
    "too many parts": Refusal(many_entries, "many_entries", "文件：文件里有 12"),
    "entity bomb": Refusal(
        lambda: changed("xl/sharedStrings.xml", entity_bomb),
        "doctype",
        "文件：文件部件 xl/sharedStrings.xml 里有外部实体声明",
    ),
    "entity bomb in the sheet": Refusal(
        lambda: changed(SHEET, entity_bomb), "doctype", f"文件：文件部件 {SHEET} 里有"
    ),
    "external entity": Refusal(
        lambda: changed("xl/workbook.xml", external_entity),
        "doctype",
        "文件：文件部件 xl/workbook.xml 里有外部实体声明",
    ),
    "cell at the end of the world": Refusal(
        lambda: book(far_cell), "far_cell", "文件：工作表“填报”的 XFD1048576 处还有内容，超出可读范围"
    ),
    "cell far to the right": Refusal(
        lambda: book(lambda made, sheet: (table(made, sheet), sheet.write("ZZ5", 1))[0]),
        "far_cell",
        "文件：工作表“填报”的 ZZ5 处还有内容",
    ),
    "many sheets": Refusal(
        lambda: book(lambda made, sheet: [made.add_worksheet() for _ in range(70)] and None),
        "many_sheets",
        "文件：有 71 张工作表，超过 60 张。",
    ),
    "nothing in it": Refusal(lambda: book(lambda made, sheet: None), "no_rows", "文件：工作簿里没有内容。"),
    "only headings": Refusal(lambda: book(heads_only), "no_rows", "文件：工作表“填报”的表头下面没有数据行。"),
    "no header": Refusal(
        lambda: book(lambda made, sheet: write_row(made, sheet, 0, ROW)),
        "no_header",
        "文件：在前 15 行里找不到表头。",
    ),
    "header too low": Refusal(
        lambda: book(lambda made, sheet: table(made, sheet, top=20)),
        "no_header",
        "文件：在前 15 行里找不到表头。",
    ),
    "heading missing": Refusal(
        lambda: heads((2, "数额"), (3, "时间")), "missing_heading", "表头：缺少必填列：金额（万元）、日期。"
    ),
    "heading twice": Refusal(
        lambda: heads((4, "单位名称")), "duplicate_heading", "表头 B 列和 E 列：“名称”出现了两次。"
    ),
    "two tables side by side": Refusal(
        lambda: book(side_by_side), "duplicate_heading", "表头 A 列和 J 列：“编号”出现了两次。"
    ),
    "no unit": Refusal(
        lambda: heads((2, "金额")),
        "no_unit",
        "表头 C 列：“金额”没有写单位。请在表头写明单位：金额（万元）或金额（元）",
    ),
    "wrong unit": Refusal(
        lambda: heads((2, "金额（亿元）")), "wrong_unit", "表头 C 列：“金额（亿元）”的单位是亿元。"
    ),
    "per mille": Refusal(lambda: heads((6, "份额（‰）")), "wrong_unit", "表头 G 列：“份额（‰）”的单位是‰。"),
    "merged header": Refusal(
        lambda: book(merged_header), "merged_cells", "工作表“填报”B1:C1：表头里有合并单元格。"
    ),
    "merged rows": Refusal(
        lambda: book(merged_rows), "merged_cells", "工作表“填报”B2:B3：数据里有合并单元格。"
    ),
    "second table below": Refusal(
        lambda: book(second_table), "second_header", "工作表“填报”第7行：又出现一行表头"
    ),
    "two sheets that fit": Refusal(
        lambda: book(two_sheets), "two_sheets", "文件：有 2 张工作表都像填报表：一月、二月。"
    ),
    "hidden sheet": Refusal(
        lambda: book(hidden_sheet), "hidden_sheet", "文件：填报数据在隐藏的工作表“填报”里。"
    ),
    "text with open quote": Refusal(
        lambda: ",".join(HEADS).encode() + b'\r\n"A001,x', "damaged", "文件：CSV 文件的引号不成对"
    ),
    "bytes of no encoding": Refusal(
        lambda: "编号,名称".encode("gb18030") + b"\xff\xff", "unknown_kind", "文件：不是 Excel"
    ),
}


def phantom_rows(count: int) -> bytes:
    """A good file with so many formatted blank rows below."""
    rows = "".join(f'<row r="{at}"><c r="A{at}" s="1"/></row>' for at in range(3, count + 3)).encode()
    return changed(SHEET, lambda xml: xml.replace(b"</sheetData>", rows + b"</sheetData>"))


def uncached_formulas(made: Any, sheet: Any) -> None:
    """The trap of cropped ranges: a row whose first two cells are formulas without a stored value."""
    table(made, sheet, rows=[[None, None, *ROW[2:]]])
    stream = sheet
    stream.write_formula("A2", "=J2", None, "")
    stream.write_formula("B2", "=K2", None, "")


def csv_text(separator: str = ",") -> str:
    cells = ["A001", "甲公司", "12.5", "2026-06-19", "甲类", "否", "60", "3"]
    return separator.join(HEADS) + "\r\n" + separator.join(cells) + "\r\n"


def total_row(made: Any, sheet: Any) -> None:
    table(made, sheet, rows=[ROW, [None, "合计", 12.5]])


def example_row(made: Any, sheet: Any) -> None:
    table(made, sheet, rows=[["示例 A000", *ROW[1:]], ROW])


def hidden_row(made: Any, sheet: Any) -> None:
    table(made, sheet)
    sheet.set_row(1, None, None, {"hidden": True})


def own_column(made: Any, sheet: Any) -> None:
    table(made, sheet, heads=[*HEADS, "客户经理"], rows=[[*ROW, "小王"]])


def shuffled(made: Any, sheet: Any) -> None:
    order = [3, 1, 0, 2, 7, 6, 5, 4]
    table(made, sheet, heads=[HEADS[at] for at in order], rows=[[ROW[at] for at in order]])


def shifted(made: Any, sheet: Any) -> None:
    write_row(made, sheet, 2, HEADS, left=3)
    write_row(made, sheet, 3, ROW, left=3)


def renamed(made: Any, sheet: Any) -> None:
    sheet.name = "Sheet1"
    table(made, sheet)
    made.add_worksheet("说明").write(0, 0, "编号")


def blank_between(made: Any, sheet: Any) -> None:
    table(made, sheet, rows=[ROW, [], [" ", "\u200b", "\u00a0"], ["A002", *ROW[1:]]])


ODDITIES: dict[str, Oddity] = {
    "plain": Oddity(plain),
    "titles above the header": Oddity(lambda: book(twelve_title_rows), rows=(14,)),
    "columns in another order": Oddity(lambda: book(shuffled)),
    "table not at A1": Oddity(lambda: book(shifted), rows=(4,)),
    "sheet renamed": Oddity(lambda: book(renamed)),
    "headings written differently": Oddity(
        lambda: heads(
            (0, " * 编 号 "), (1, "单位名称"), (2, "金额(单位:万元)"), (6, "份额%"), (3, "日期（YYYY-MM-DD）")
        )
    ),
    "amount in yuan by its heading": Oddity(lambda: heads((2, "金额（元）")), values={"amount": 1_250}),
    "own column": Oddity(lambda: book(own_column), warns=("unknown_heading",)),
    "total row": Oddity(lambda: book(total_row), warns=("total_row",)),
    "example row": Oddity(lambda: book(example_row), rows=(3,)),
    "filtered row": Oddity(lambda: book(hidden_row), warns=("hidden_rows",)),
    "blank rows between": Oddity(lambda: book(blank_between), rows=(2, 5)),
    "formatted blank rows": Oddity(lambda: phantom_rows(60_000)),
    "days from 1904": Oddity(lambda: book(lambda made, sheet: table(made, sheet), {"date_1904": True})),
    "day number from 1904": Oddity(
        lambda: book(
            lambda made, sheet: table(made, sheet, rows=[[*ROW[:3], 44730, *ROW[4:]]]), {"date_1904": True}
        )
    ),
    "text with mark": Oddity(lambda: csv_text().encode("utf-8-sig")),
    "text without mark": Oddity(lambda: csv_text().encode("utf-8")),
    "text in gb18030": Oddity(
        lambda: csv_text().replace("甲公司", "堃喆龘𠮷公司").encode("gb18030"),
        values={"name": "堃喆龘𠮷公司"},
    ),
    "text in utf-16 by tabs": Oddity(lambda: csv_text("\t").encode("utf-16")),
    "text by semicolons": Oddity(lambda: csv_text(";").encode()),
    "text with codes forced to text": Oddity(lambda: csv_text().replace("A001", '"=""A001"""').encode()),
    "elements with a prefix": Oddity(lambda: changed(SHEET, prefixed)),
    "cells without references": Oddity(lambda: changed(SHEET, unaddressed)),
    "older template": Oddity(lambda: book(stamped("visits", 1)), warns=("old_template",)),
    "newer template": Oddity(lambda: book(stamped("visits", 3)), warns=("old_template",)),
    "same template": Oddity(lambda: book(stamped("visits", 2))),
    "formulas without stored value": Oddity(
        lambda: book(uncached_formulas), values={"amount": 12_500_000, "people": 3}
    ),
}

# One cell under one column: (column, what stands there, code of the fault or None, value when there is none).
CELLS: list[tuple[str, Any, str | None, Any]] = [
    ("amount", "1,234.56", None, 1_234_560_000),
    ("amount", "１２３", None, 123_000_000),
    ("amount", " 1,200.5000 ", None, 1_200_500_000),
    ("amount", "12.5万元", None, 12_500_000),
    ("amount", 0.1 + 0.2, None, 300_000),
    ("amount", 28090000.56, None, 28_090_000_560_000),
    ("amount", "1E400", "not_a_number", None),
    ("amount", "1e3", "not_a_number", None),
    ("amount", "NaN", "not_a_number", None),
    ("amount", "Infinity", "not_a_number", None),
    ("amount", "12,34", "not_a_number", None),
    ("amount", "1.2.3", "not_a_number", None),
    ("amount", "+5", "not_a_number", None),
    ("amount", "１２３ｅ４", "not_a_number", None),
    ("amount", "五百", "not_a_number", None),
    ("amount", "٣٤", "not_a_number", None),
    ("amount", "-5", "negative", None),
    ("amount", -5, "negative", None),
    ("amount", 0, "not_positive", None),
    ("amount", "0.00001", "too_many_decimals", None),
    ("amount", 100.12345, "too_many_decimals", None),
    ("amount", "999999999999999999", "too_large", None),
    ("amount", 1e300, "not_a_number", None),
    ("amount", True, "wrong_kind", None),
    ("amount", date(1901, 5, 14), "wrong_kind", None),
    ("amount", None, "required", None),
    ("amount", "\u200b\u00a0", "required", None),
    ("number", 91500103, None, "91500103"),
    ("number", 9.15001e17, "code_became_number", None),
    ("number", "1.23E+17", "code_became_number", None),
    ("number", " ａ００１\u00a0", None, "a001"),
    ("number", "=A1", None, "A1"),
    ("name", "+甲公司", None, "甲公司"),
    ("name", "=cmd|'/c calc'!A0", None, "cmd|'/c calc'!A0"),
    ("name", "@SUM(1)", None, "SUM(1)"),
    ("name", "\t=1+1", None, "1+1"),
    ("name", "甲\u200b公\u202e司", None, "甲公司"),
    ("name", "重庆（集团）𠮷龘公司", None, "重庆（集团）𠮷龘公司"),
    ("name", "=====", "only_signs", None),
    ("name", "长" * 41, "too_long", None),
    ("name", date(2026, 1, 1), "wrong_kind", None),
    ("day", "2026-06-19", None, date(2026, 6, 19)),
    ("day", "2026/6/19", None, date(2026, 6, 19)),
    ("day", "2026.06.19", None, date(2026, 6, 19)),
    ("day", "20260619", None, date(2026, 6, 19)),
    ("day", 20260619, None, date(2026, 6, 19)),
    ("day", "２０２６年６月１９日", None, date(2026, 6, 19)),
    ("day", "2026 年 06 月 19 日", None, date(2026, 6, 19)),
    ("day", "2026-06-19 00:00:00", None, date(2026, 6, 19)),
    ("day", 46192, None, date(2026, 6, 19)),
    ("day", 46192.75, None, date(2026, 6, 19)),
    ("day", datetime(2026, 6, 19, 15, 30), None, date(2026, 6, 19)),
    ("day", "2026-02-30", "no_such_day", None),
    ("day", "20261301", "no_such_day", None),
    ("day", "去年", "not_a_date", None),
    ("day", "19/06/2026", "not_a_date", None),
    ("day", "2026-06", "not_a_date", None),
    ("day", 12.5, "not_a_date", None),
    ("day", "1026-06-19", "day_out_of_range", None),
    ("day", True, "not_a_date", None),
    ("kind", "甲类 ", None, "甲类"),
    ("kind", "甲", None, "甲类"),
    ("kind", "丙类", "not_in_list", None),
    ("kind", None, None, None),
    ("urgent", "是", None, True),
    ("urgent", False, None, False),
    ("urgent", "也许", "not_in_list", None),
    ("share", "4.2%", None, Decimal("4.2")),
    ("share", 120, "out_of_range", None),
    ("share", 0, "out_of_range", None),
    ("share", "六成", "not_a_number", None),
    ("people", 3.5, "out_of_range", None),
    ("people", 100, "out_of_range", None),
]


def main(folder: str) -> None:
    """Write every file for looking at by hand."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, one in {**REFUSALS, **ODDITIES}.items():
        (target / f"{name.replace(' ', '-')}.xlsx").write_bytes(one.make())


if __name__ == "__main__":
    main(sys.argv[1])
