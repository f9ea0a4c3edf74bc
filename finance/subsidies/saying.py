"""Words and sentences of rules in the language of the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language

from finance.subsidies.english import in_english_or_none, told_in_english


def english() -> bool:
    """Whether the page is in English."""
    return (get_language() or "").startswith("en")


def said(words: Any) -> str:
    """Words of a rule (a fact, a line, a heading, a sentence of a working) in the language of the page."""
    text = str(words)
    return told_in_english(text) if english() else text


def said_if_whole(words: str) -> str:
    """What the platform or a person wrote: in English only where the whole of it is known."""
    return in_english_or_none(words) or words if english() else words


def all_said(several: Iterable[Any], joint: str = "、") -> str:
    """Several such words, joined as the language of the page joins them."""
    return (
        {"、": ", ", "；": "; "}[joint].join(map(said, several))
        if english()
        else joint.join(map(str, several))
    )
