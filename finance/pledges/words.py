"""What the rule books say in Chinese, in the language of the page.

A file, an act and an alert keep the Chinese that the book had; English stands beside it, one entry a text, in
`policies/words/registration_en.yaml`. Sources (articles) stay as they are written; what parties typed is
nobody's to translate.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import get_language

from kernel.errors import Problem, Refused, refuse_if_any
from kernel.strict_yaml import read_file

if TYPE_CHECKING:
    from collections.abc import Mapping

_NUMBERED = re.compile(r"([A-Z]{2,3}-\w+ )(.+)", re.DOTALL)


def worded(text: str) -> str:
    """A text of a rule book in the page's language; with its number before it and its source behind it too. The text itself
    where the page is in Chinese, or where nobody has its English.

    >>> from django.utils import translation
    >>> with translation.override("en"):
    ...     worded("准予登记"), worded("PAT-X03 质权人放弃质权（办法第14条）"), worded("甲公司")
    ('Register', 'PAT-X03 The pledgee waives the pledge (办法第14条)', '甲公司')
    >>> with translation.override("zh-hans"):
    ...     worded("准予登记")
    '准予登记'
    """
    if not (get_language() or "").startswith("en"):
        return text
    return _in_english(str(text))


def _in_english(text: str) -> str:
    words = english()
    if text in words:
        return words[text]
    if numbered := _NUMBERED.fullmatch(text):
        return numbered[1] + _in_english(numbered[2])
    if text.endswith("）"):
        for place in (at for at, sign in enumerate(text) if sign == "（"):
            if text[:place] in words:
                return f"{words[text[:place]]} ({text[place + 1 : -1]})"
    return text


@cache
def english() -> Mapping[str, str]:
    """The entries, read once. Refused with every entry that has no words."""
    written = read_file(settings.POLICIES_DIR / "words" / "registration_en.yaml")
    if not isinstance(written.values, dict):
        raise Refused(Problem("registration_en.yaml", "内容不是映射", "每行写成 中文: English", "not_a_map"))
    refuse_if_any(
        Problem(
            f"registration_en.yaml 第{written.lines[text]}行",
            f"“{text[:40]}”没有英文",
            "写一句英文",
            "no_words",
        )
        for text, words in written.values.items()
        if not isinstance(words, str) or not words.strip()
    )
    return written.values
