"""Texts of rule books on pages, in the page's language."""

from __future__ import annotations

from django import template

from finance.pledges import words

register = template.Library()


@register.filter
def worded(text: object) -> str:
    """A title, a duty, a paper of a rule book as the reader reads it."""
    return words.worded(str(text))
