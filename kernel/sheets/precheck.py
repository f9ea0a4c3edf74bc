"""Looks at a file before any reader does: what it really is (never by its name), and how large it would
unpack.

Pure: bytes in, "xlsx" or "csv" out, or `Refused` with the sentence and the remedy a person needs.
"""

import io
import struct
import zipfile
from typing import Literal, NoReturn

from kernel.errors import Problem, Refused
from kernel.sheets.limited import LIMITS, Limits

FileKind = Literal["xlsx", "csv"]
MEDIA_TYPES = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}

SAVE_AS = "请在 Excel 或 WPS 中打开，另存为“Excel 工作簿（*.xlsx）”后再上传"

# What a file's first bytes say, where it is none of ours: (beginning, what it is, code).
_STRANGERS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "这是 PDF 文件", "pdf"),
    (b"{\\rtf", "这是 RTF 文档", "rtf"),
    (b"\x89PNG", "这是图片", "image"),
    (b"\xff\xd8\xff", "这是图片", "image"),
    (b"GIF8", "这是图片", "image"),
    (b"Rar!", "这是 RAR 压缩包", "archive"),
    (b"7z\xbc\xaf", "这是 7z 压缩包", "archive"),
    (b"\x1f\x8b", "这是 gzip 压缩包", "archive"),
    (b"SQLite format 3", "这是数据库文件", "database"),
    (b"MZ", "这是可执行程序", "program"),
    (b"\x7fELF", "这是可执行程序", "program"),
)


def file_fault(found: str, wanted: str, code: str) -> Refused:
    """A fault of the whole file, to be raised."""
    return Refused(Problem("文件", found, wanted, code=code))


def refuse(found: str, wanted: str, code: str) -> NoReturn:
    """Raise a fault of the whole file."""
    raise file_fault(found, wanted, code)


def file_kind(content: bytes, limits: Limits = LIMITS) -> FileKind:
    """Which reader may have this file; every other kind is refused by its own name.

    >>> file_kind("银行贷款编号,企业名称".encode())
    'csv'
    >>> file_kind(b"%PDF-1.7")
    Traceback (most recent call last):
    ...
    kernel.errors.Refused: 文件：这是 PDF 文件。请上传填好的 Excel 模板（*.xlsx），不要上传扫描件或截图
    """
    if not content:
        refuse("文件是空的（0 字节）", "请检查文件是否保存成功，重新选择文件上传", "empty_file")
    if len(content) > limits.bytes:
        size, most = len(content) / 2**20, limits.bytes // 2**20
        refuse(
            f"文件有 {size:.1f} MB，超过 {most} MB",
            "请删除图片和多余的工作表，或分成几个文件上传",
            "too_large",
        )
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        check_package(content, limits)
        return "xlsx"
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        refuse_old_office(content)
    for beginning, what, code in _STRANGERS:
        if content.startswith(beginning):
            refuse(what, "请上传填好的 Excel 模板（*.xlsx），不要上传扫描件或截图", code)
    refuse_markup(content)
    return "csv"


def refuse_old_office(content: bytes) -> NoReturn:
    """A compound file: an encrypted workbook, the old binary workbook, an old Word document, or some
    other.
    """
    if "EncryptedPackage".encode("utf-16-le") in content:
        refuse(
            "工作簿设有打开密码，系统读不到内容",
            "请在 Excel“文件—信息—保护工作簿”里取消密码后另存，再上传",
            "encrypted",
        )
    if "WordDocument".encode("utf-16-le") in content:
        refuse("这是 Word 文档（.doc）", "请把表格填进下载的 Excel 模板（*.xlsx）再上传", "word")
    if any(name.encode("utf-16-le") in content for name in ("Workbook", "Book")):
        refuse("这是旧版 Excel 97-2003 工作簿（.xls）", SAVE_AS, "old_xls")
    refuse("这是旧版 Office 文件，但里面没有工作簿", SAVE_AS, "old_office")


def refuse_markup(content: bytes) -> None:
    """Web pages and XML that core systems export under the name .xls."""
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "ignore").encode()
    head = head.lstrip().lower()
    if (
        head.startswith((b"<html", b"<!doctype html", b"<table", b"<head", b"<meta", b"<style"))
        or b"<html" in head[:512]
    ):
        refuse("这是网页（HTML），只是改名成了 Excel 文件", SAVE_AS, "html")
    if head.startswith(b"mime-version:"):
        refuse("这是单个文件网页（MHTML），只是改名成了 Excel 文件", SAVE_AS, "html")
    if head.startswith((b"<?xml", b"<workbook", b"<!doctype")):
        refuse("这是 XML 表格（2003 格式），不是 Excel 工作簿", SAVE_AS, "xml_table")


def check_package(content: bytes, limits: Limits) -> None:
    """The central directory only: number of entries, unpacked size, ratio, and the parts that tell what
    it is.
    """
    entries = _stated_entries(content)
    if entries > limits.entries:
        refuse(
            f"文件里有 {entries} 个部件，超过 {limits.entries} 个",
            "请把数据复制到新下载的模板里再上传",
            "many_entries",
        )
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, EOFError, IndexError):
        refuse("文件已损坏，打不开", "文件可能没有传完整：请用 Excel 打开检查，另存后再上传", "damaged")
    if len(parts) > limits.entries:
        refuse(
            f"文件里有 {len(parts)} 个部件，超过 {limits.entries} 个",
            "请把数据复制到新下载的模板里再上传",
            "many_entries",
        )
    _refuse_other_packages({part.filename for part in parts})
    if any(part.flag_bits & 1 for part in parts):
        refuse("压缩包设有密码，系统读不到内容", "请取消密码后另存，再上传", "encrypted")
    unpacked = sum(part.file_size for part in parts)
    if unpacked > limits.unpacked:
        size = unpacked // 2**20
        refuse(
            f"文件展开后有 {size} MB，超过 {limits.unpacked // 2**20} MB",
            "请把数据行复制到新下载的模板里（不要整行整列地设格式）再上传",
            "unpacked_size",
        )
    if unpacked > limits.ratio_from and unpacked > limits.ratio * len(content):
        refuse(
            f"文件的压缩比达到 {unpacked // len(content)} 倍，不像正常的工作簿",
            "请把数据行复制到新下载的模板里再上传",
            "ratio",
        )


def _stated_entries(content: bytes) -> int:
    """How many entries the package's end record states, read before anything walks through them."""
    at = content.rfind(b"PK\x05\x06", max(0, len(content) - 66_000))
    return int(struct.unpack_from("<H", content, at + 10)[0]) if 0 <= at <= len(content) - 22 else 0


def _refuse_other_packages(names: set[str]) -> None:
    lower = {name.lower() for name in names}
    if "xl/vbaproject.bin" in lower:
        refuse(
            "工作簿带有宏（.xlsm），为安全起见不读取",
            "请另存为不带宏的“Excel 工作簿（*.xlsx）”后再上传",
            "macros",
        )
    if "xl/workbook.bin" in lower:
        refuse("这是二进制工作簿（.xlsb）", SAVE_AS, "xlsb")
    if any(name.startswith("word/") for name in lower):
        refuse("这是 Word 文档（.docx）", "请把表格填进下载的 Excel 模板（*.xlsx）再上传", "word")
    if any(name.startswith("ppt/") for name in lower):
        refuse("这是演示文稿（.pptx）", "请把表格填进下载的 Excel 模板（*.xlsx）再上传", "slides")
    if "mimetype" in lower and "content.xml" in lower:
        refuse("这是 OpenDocument 表格（.ods）", SAVE_AS, "ods")
    if "xl/workbook.xml" not in names:
        refuse("这是压缩包，里面没有 Excel 工作簿", "请先解压，逐个上传其中的 *.xlsx 文件", "archive")
