"""What the rule books say in Chinese, in the language of the page.

A file, an act and an alert keep the Chinese that the book had; English stands beside it, one entry a text, in
`policies/words/registration_en.yaml`; what the rules say themselves in `registration_sentences_en.yaml`. Sources
(articles) stay as they are written; what parties typed is nobody's to translate.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from kernel.chinese import page_is_english
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.strict_yaml import read_file

if TYPE_CHECKING:
    from collections.abc import Mapping

_LED = re.compile(r"([A-Z]{2,3}-\w+ |\d{4}-\d\d-\d\d |\d+ )(.+)", re.DOTALL)
"""A rule's number, a day or a count before a text."""
_HAN = re.compile("[\u4e00-\u9fff]")
_LISTED = {"；": "; ", "、": ", "}


def worded(text: str) -> str:
    """A text of a rule book, or a sentence of the rules, in the page's language; with its number before it and its source
    behind it too. The text itself where the page is in Chinese, or where nobody has its English.

    >>> from django.utils import translation
    >>> with translation.override("en"):
    ...     worded("准予登记"), worded("PAT-X03 质权人放弃质权（办法第14条）"), worded("甲公司、乙公司")
    ...     worded("债务至 2030-01-01，权利至 2029-05-01；末日 2027-01-04")
    ('Register', 'PAT-X03 The pledgee waives the pledge (办法第14条)', '甲公司、乙公司')
    'The debt runs to 2030-01-01, the right to 2029-05-01; Last day 2027-01-04'
    >>> with translation.override("zh-hans"):
    ...     worded("准予登记")
    '准予登记'
    """
    if not page_is_english():
        return text
    return _in_english(str(text))


def _in_english(text: str) -> str:
    if not _HAN.search(text):
        return text
    if whole := english().get(text) or sentences().get(text):
        return whole
    for form, words in _gapped():
        if found := form.fullmatch(text):
            return words.format(*(_in_english(gap) for gap in found.groups()))
    if led := _LED.fullmatch(text):
        return led[1] + _in_english(led[2])
    return _in_parts(text)


def _in_parts(text: str) -> str:
    """A text with its source in brackets, or several in a row, if there is English for any part of it."""
    if text.endswith("）"):
        for place in (at for at, sign in enumerate(text) if sign == "（"):
            before, inside = text[:place], text[place + 1 : -1]
            if (said := _in_english(before)) != before:
                source, mark, how = inside.removesuffix("〕").partition("〔")
                return f"{said} ({source}; {_in_english(how)})" if mark else f"{said} ({inside})"
    for sign, joint in _LISTED.items():
        parts = text.split(sign)
        said_parts = [_in_english(part) for part in parts] if len(parts) > 1 else parts
        if said_parts != parts:
            return joint.join(said_parts)
    return text


@cache
def english() -> Mapping[str, str]:
    """The texts of the rule books, read once."""
    return _entries("registration_en.yaml")


@cache
def sentences() -> Mapping[str, str]:
    """What the rules and the pages around registration say themselves, with `{}` for what stands in a sentence."""
    return _entries("registration_sentences_en.yaml")


@cache
def _gapped() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The sentences with gaps, those that say most outside their gaps first."""
    gapped = [(chinese, words) for chinese, words in sentences().items() if "{}" in chinese]
    gapped.sort(key=lambda pair: -len(pair[0].replace("{}", "")))
    return tuple(
        (re.compile("(.+?)".join(map(re.escape, chinese.split("{}"))), re.DOTALL), words)
        for chinese, words in gapped
    )


def _entries(name: str) -> Mapping[str, str]:
    """The entries of a file. Refused with every entry that has no words."""
    written = read_file(settings.POLICIES_DIR / "words" / name)
    if not isinstance(written.values, dict):
        raise Refused(Problem(name, "内容不是映射", "每行写成 中文: English", "not_a_map"))
    refuse_if_any(
        Problem(f"{name} 第{written.lines[text]}行", f"“{text[:40]}”没有英文", "写一句英文", "no_words")
        for text, words in written.values.items()
        if not isinstance(words, str) or not words.strip()
    )
    return written.values
