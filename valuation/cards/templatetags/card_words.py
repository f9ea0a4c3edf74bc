"""Words of cards, and faults of these rooms, on pages."""

from __future__ import annotations

from collections.abc import Iterable

from django import template

from kernel.errors import Problem
from valuation import words

register = template.Library()
register.filter("card_words", words.card_words)


@register.filter
def problems_worded(problems: Iterable[Problem]) -> list[Problem]:
    """Faults in the page's language; a page without any has none to say."""
    return words.problems_worded(problems or ())
