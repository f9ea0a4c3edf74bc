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
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and signs by Unicode's word that are drawn as nothing: fillers, joiners, the empty braille cell."""


def unseen_in(text: str) -> str:
    """The first sign that nobody can see, or "".

    >>> [f"{ord(unseen_in(text)):04X}" for text in ("好\\u202e坏", "\\u200b", "a\\x07b", "\\u3164")], unseen_in("两行\\n𠮷")
    (['202E', '200B', '0007', '3164'], '')
    """
    unseen = (sign for sign in text if sign in BLANK or unicodedata.category(sign) in UNSEEN)
    return next((sign for sign in unseen if sign not in KEPT), "")


def words_problems(where: str, text: str, longest: int, *, required: bool = True) -> Iterator[Problem]:
    """Faults of words that are to be kept: not written, too long, with signs that nobody sees.

    >>> [problem.code for problem in words_problems("理由", "  ", 10)], list(words_problems("理由", "", 10, required=False))
    (['required'], [])
    >>> [problem.code for problem in words_problems("理由", "\\u200b" * 11, 10)]
    ['too_long', 'unseen']
    >>> [problem.found for problem in words_problems("理由", " " * 90 + "好\\u202e坏", 10)]
    ['第92个字是看不见的字符（U+202E）']
    """
    words = text.strip()
    if required and not words:
        yield Problem(where, "未填写", "请写明", "required")
    if len(words) > longest:
        yield Problem(where, f"{len(words)}字", f"不超过{longest}字", "too_long")
    # A megabyte is not searched to its end; the words are looked at wherever in the text they begin.
    if sign := unseen_in(text[: 4 * longest]) or unseen_in(words[: 4 * longest]):
        found = f"第{text.index(sign) + 1}个字是看不见的字符（U+{ord(sign):04X}）"
        yield Problem(where, found, "请删去这个字符，或重新键入", "unseen")
