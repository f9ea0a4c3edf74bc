"""Texts of rule books on pages, in the page's language."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from finance.pledges import words
from kernel.chinese import page_is_english
from kernel.errors import Problem

register = template.Library()


@register.filter
def problems_worded(problems: Iterable[Problem]) -> list[Problem]:
    """Faults in the page's language."""
    return words.problems_worded(problems or ())


@register.filter
def problem_line(problem: Problem) -> str:
    """A fault in one line."""
    (told,) = words.problems_worded([problem])
    place = f"{told.where}: " if told.where else ""
    return f"{place}{told.found}. {told.wanted}" if page_is_english() else str(problem)


@register.filter
def worded(text: object) -> str:
    """A title, a duty, a paper of a rule book as the reader reads it."""
    return words.worded(str(text))
