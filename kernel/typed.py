"""What a person typed as words: a reason, an answer, a purpose. Pure; every fault told.

A text whose signs cannot be seen, or turn round what is read, says something else to whoever confirms it than to the machine
that keeps it: such signs are refused, never taken out in silence.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from kernel.errors import Problem

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Controls, marks that turn or hide, halves of characters, private signs, separators of lines and paragraphs (Unicode)."""
KEPT = "\n\r\t"


def unseen_in(text: str) -> str:
    """The first sign that nobody can see, or "".

    >>> [f"{ord(unseen_in(text)):04X}" for text in ("好\\u202e坏", "\\u200b", "a\\x07b")], unseen_in("两行\\n𠮷")
    (['202E', '200B', '0007'], '')
    """
    return next((sign for sign in text if unicodedata.category(sign) in UNSEEN and sign not in KEPT), "")


def words_problems(where: str, text: str, longest: int, *, required: bool = True) -> Iterator[Problem]:
    """Faults of words that are to be kept: not written, too long, with signs that nobody sees.

    >>> [problem.code for problem in words_problems("理由", "  ", 10)], list(words_problems("理由", "", 10, required=False))
    (['required'], [])
    >>> [problem.code for problem in words_problems("理由", "\\u200b" * 11, 10)]
    ['too_long', 'unseen']
    """
    if required and not text.strip():
        yield Problem(where, "未填写", "请写明", "required")
    if len(text.strip()) > longest:
        yield Problem(where, f"{len(text.strip())}字", f"不超过{longest}字", "too_long")
    if sign := unseen_in(text[: 4 * longest]):
        found = f"第{text.index(sign) + 1}个字是看不见的字符（U+{ord(sign):04X}）"
        yield Problem(where, found, "请删去这个字符，或重新键入", "unseen")
