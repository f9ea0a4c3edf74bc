"""Words and sentences of rules in the language of the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from finance.subsidies.english import in_english_or_none, told_in_english
from finance.subsidies.words import in_chinese
from kernel.chinese import page_is_english


def said(words: Any) -> str:
    """Words of a rule (a fact, a line, a heading, a sentence of a working) in the language of the page."""
    text = str(words)
    return told_in_english(text) if page_is_english() else in_chinese(text)


def said_if_whole(words: str) -> str:
    """What the platform or a person wrote: in English only where the whole of it is known."""
    return in_english_or_none(words) or words if page_is_english() else in_chinese(words)


def all_said(several: Iterable[Any], joint: str = "、") -> str:
    """Several such words, joined as the language of the page joins them."""
    return ({"、": ", ", "；": "; "}[joint] if page_is_english() else joint).join(map(said, several))
