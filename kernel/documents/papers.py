"""What an uploaded paper really is: told by its first bytes, not by its name. Pure: name and bytes in."""

from __future__ import annotations

import io
import struct
import zipfile

from kernel.errors import Problem

MOST_BYTES = 10 * 1024 * 1024
MOST_FILES = 30
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
ACCEPT = ",".join(f".{ending}" for ending in MEDIA_TYPES)
_FIRST_BYTES = {"pdf": b"%PDF-", "jpg": b"\xff\xd8\xff", "jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}
_MAIN_PART = {"xlsx": "xl/workbook.xml", "docx": "word/document.xml"}


def ending_of(name: str) -> str:
    """The part of a file name after its last point, in small letters.

    >>> ending_of("合同.PDF"), ending_of("合同")
    ('pdf', '')
    """
    return name.rpartition(".")[2].lower() if "." in name else ""


def paper_problem(name: str, content: bytes) -> Problem | None:
    """Why a file is not taken, or None: its kind is told by its name and must be borne out by its bytes.

    >>> paper_problem("合同.pdf", b"%PDF-1.7 ...") is None, paper_problem("合同.pdf", b"MZ...").code
    (True, 'content')
    """
    where, kinds = f"文件 {name[:60]}", "pdf、jpg、png、xlsx、docx"
    ending = ending_of(name)
    if not content:
        return Problem(where, "文件为空", "请重新选择", "empty")
    if len(content) > MOST_BYTES:
        size = f"{len(content) / 1024 / 1024:.1f} MB"
        return Problem(where, f"{size}，超过 10 MB", "请压缩或拆分后上传", "too_large")
    if ending not in MEDIA_TYPES:
        return Problem(where, f"不接受“{ending or '无扩展名'}”文件", f"可上传 {kinds}", "ending")
    if not _bears_out(ending, content):
        return Problem(where, f"内容不是 {ending} 文件", "请用原程序另存后上传，不要只改扩展名", "content")
    return None


def _bears_out(ending: str, content: bytes) -> bool:
    if ending in _FIRST_BYTES:
        return content.startswith(_FIRST_BYTES[ending])
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return _MAIN_PART[ending] in packed.namelist()
    # besides bad archives: a version that zipfile does not know, names that are no text, places before the beginning
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error):
        return False
