"""What stands on every document: serial number, verify code, digests, file names. Pure: no clock, no database."""

import hashlib
import json
import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from kernel.errors import Problem, Refused

VERIFY_ALPHABET = (
    "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O 1 I L: the code is read aloud and typed from paper
)
VERIFY_LENGTH = 16  # 31^16, some 79 bits: not to be guessed
NAME_LENGTH = 120
MOST_ROWS = 550
"""A technical limit: a list of 500 with the lines around it takes some ten seconds on two busy cores, 3,000 a minute."""
_FORBIDDEN_IN_NAMES = re.compile(r'[\\/:*?"<>|]')


def serial_number(day: date, number: int) -> str:
    """The serial of the `number`th document of `day`; it grows beyond six digits rather than repeat.

    >>> serial_number(date(2026, 11, 20), 1)
    'ZR-20261120-000001'
    """
    assert number >= 1, number
    return f"ZR-{day:%Y%m%d}-{number:06d}"


def new_verify_code() -> str:
    """A fresh unguessable code, from the system's secure source."""
    return "".join(secrets.choice(VERIFY_ALPHABET) for _ in range(VERIFY_LENGTH))


def printed_code(code: str) -> str:
    """The code as it stands on paper, in groups of four.

    >>> printed_code("ABCDEFGHJKMN2345")
    'ABCD-EFGH-JKMN-2345'
    """
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def typed_code(text: str) -> str:
    """What a person typed, as the stored form: full width folded, case and separators ignored; "" if it cannot be one.

    >>> typed_code(" abcd-efgh－jkmn 2345"), typed_code("ABCD")
    ('ABCDEFGHJKMN2345', '')
    """
    code = re.sub(r"[\s\-－—–_]", "", unicodedata.normalize("NFKC", text)).upper()
    return code if len(code) == VERIFY_LENGTH and set(code) <= set(VERIFY_ALPHABET) else ""


def canonical_json(content: Mapping[str, Any]) -> bytes:
    """One spelling for one content: UTF-8, keys sorted, no spaces. Money must be text with two decimals already.

    >>> canonical_json({"金额": "1.20", "笔数": 3}).decode()
    '{"笔数":3,"金额":"1.20"}'
    """
    _assert_exact(content, "content")
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _assert_exact(value: Any, where: str) -> None:
    """A float, a Decimal or a date in a document's content is a programmer's error: its spelling would not be fixed."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{where}: the key {key!r} is not text")
            _assert_exact(inner, f"{where}.{key}")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, inner in enumerate(value):
            _assert_exact(inner, f"{where}[{number}]")
    elif not (value is None or isinstance(value, (str, int))):
        raise TypeError(
            f"{where}: {type(value).__name__} has no fixed spelling; give text, an integer or true/false"
        )


def sha256(content: bytes) -> str:
    """SHA-256 as 64 hexadecimal digits.

    >>> sha256(b"abc")[:16]
    'ba7816bf8f01cfea'
    """
    return hashlib.sha256(content).hexdigest()


def sm3(content: bytes) -> str:
    """SM3 (GB/T 32905-2016) as 64 hexadecimal digits, or "" where this machine's OpenSSL has no SM3."""
    if "sm3" not in hashlib.algorithms_available:
        return ""
    return hashlib.new("sm3", content).hexdigest()


def safe_name(name: str) -> str:
    """A file name that is only a name: no folder, no control or direction-turning character, not longer than 120.

    >>> safe_name("../../etc/备案 表.xlsx"), safe_name("a\\u202excod.pdf"), safe_name("..")
    ('备案 表.xlsx', 'axcod.pdf', '未命名')
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    printable = "".join(
        sign for sign in last if unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    )
    plain = _FORBIDDEN_IN_NAMES.sub("_", printable).strip(" .")
    if len(plain) > NAME_LENGTH:
        stem, dot, ending = plain.rpartition(".")
        tail = f"{dot}{ending}" if dot and len(ending) <= 8 else ""
        plain = (stem if tail else plain)[: NAME_LENGTH - len(tail)] + tail
    return plain or "未命名"


def require_glyphs(text: str, characters: frozenset[int]) -> None:
    """Refuse `text` if a sign of it is in none of the bundled fonts: a document must not show an empty box.

    `characters` are the code points the fonts can draw. White space and invisible format signs draw nothing and pass.
    """
    missing = sorted({sign for sign in text if ord(sign) not in characters and not _draws_nothing(sign)})
    if missing:
        raise Refused(
            Problem(
                "文书文字",
                f"随附字体没有“{sign}”（U+{ord(sign):04X}，{unicodedata.name(sign, '无名字符')}）",
                "请核对是否误录；确需此字的，请联系系统管理员补充字体后再出具",
                code="glyph-missing",
            )
            for sign in missing
        )


def require_printable_length(rows: int) -> None:
    """Refuse a document whose tables hold more than MOST_ROWS rows: long lists are handed out as a workbook."""
    if rows > MOST_ROWS:
        wanted = f"一份文书至多 {MOST_ROWS} 行，请缩小范围，或改为导出工作簿作附件"
        raise Refused(Problem("文书篇幅", f"表格共 {rows} 行", wanted, code="document-too-long"))


def _draws_nothing(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) == "Cf"
