"""What is kept is Chinese, in whatever language the page is on which a button was pressed; a page says it in its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.utils import translation

from kernel.english import English
from kernel.word_lists import entries_of

P = ParamSpec("P")
R = TypeVar("R")


def in_chinese(action: Callable[P, R]) -> Callable[P, R]:
    """An action whose acts, reasons, commands and problems name states and kinds by their labels."""

    @wraps(action)
    def spoken(*args: P.args, **kwargs: P.kwargs) -> R:
        with translation.override(settings.LANGUAGE_CODE):
            return action(*args, **kwargs)

    return spoken


def page_is_english() -> bool:
    """Whether what is being drawn is in English."""
    return (translation.get_language() or "").startswith("en")


def page_words(*files: Path, beside: Callable[[str], str] = str) -> Callable[[object], str]:
    """A function that says a Chinese text in the language of the page, by the entries of those files (`kernel.english`).

    What people typed, and whatever else has no English, stays as it is; `beside` knows more whole texts. The files are read
    when the first English page asks; of two with the same text the later one tells.
    """

    @cache
    def english() -> English:
        entries = {chinese: said for file in files for chinese, said in entries_of(file).items()}
        return English(entries, beside=beside, keeps_unknown=True)

    def in_its_language(text: object) -> str:
        return english().told(str(text)) if page_is_english() else str(text)

    return in_its_language
