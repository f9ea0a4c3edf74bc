"""What is kept is Chinese, in whatever language the page is on which a button was pressed; a page says it in its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.utils import translation

from kernel.english import English
from kernel.errors import Problem
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


@cache
def english_of(*files: Path, beside: Callable[[str], str] = str) -> English:
    """The English of those files, read once; of two with the same text the later one tells, `beside` knows more whole texts.

    Names, titles and whatever else people typed stand in a sentence as they are.
    """
    entries = {chinese: said for file in files for chinese, said in entries_of(file).items()}
    return English(entries, beside=beside, keeps_unknown=True)


def page_words(*files: Path, beside: Callable[[str], str] = str) -> Callable[[object], str]:
    """A function that says a Chinese text in the language of the page; what has no English stays as it is (`english_of`).

    The files are read when the first English page asks.
    """

    def in_its_language(text: object) -> str:
        return english_of(*files, beside=beside).told(str(text)) if page_is_english() else str(text)

    return in_its_language


def problem_words(words: Callable[[object], str]) -> Callable[[Iterable[Problem]], list[Problem]]:
    """A function that tells faults as the reader of this page reads them, by the words of a room (`page_words`).

    What was typed stands in them as it was typed; on a Chinese page they are as the action told them.

    >>> told = problem_words(lambda text: {"理由": "Reason", "未填写": "Not filled in"}.get(str(text), str(text)))
    >>> with translation.override("en"):
    ...     [str(one) for one in told([Problem("理由", "未填写", "A word")])]
    ['Reason：Not filled in。A word']
    """

    def in_their_language(problems: Iterable[Problem]) -> list[Problem]:
        if not page_is_english():
            return list(problems)
        return [
            replace(one, where=words(one.where), found=words(one.found), wanted=words(one.wanted))
            for one in problems
        ]

    return in_their_language
