"""Texts of scheme files on pages: Chinese, or as the file has them where the page is in English."""

from __future__ import annotations

from django import template

from kernel.chinese import page_is_english
from riskpool.schemes.words import fact_in_chinese, in_chinese, label_in_english, note_in_chinese

register = template.Library()


@register.filter
def scheme_text(text: str) -> str:
    """What a source says, what was assumed, a name, in the page's language.

    >>> from django.utils import translation
    >>> with translation.override("zh-hans"):
    ...     scheme_text("principal only")
    '仅限贷款本金'
    >>> with translation.override("en"):
    ...     scheme_text("principal only")
    'principal only'
    """
    return text if page_is_english() else in_chinese(text)


@register.filter
def scheme_note(note: str) -> str:
    """A note of a calculation in the page's language."""
    return note if page_is_english() else note_in_chinese(note)


@register.filter
def fact_name(metric: str) -> str:
    """The name of a fact in the page's language."""
    return metric if page_is_english() else fact_in_chinese(metric)


@register.filter
def label_text(label: str) -> str:
    """A heading or label of the rules in the page's language."""
    return label_in_english(str(label)) if page_is_english() else label
