"""Words of the claims room on pages and papers."""

from __future__ import annotations

from django import template

from kernel.marks import MARKS
from riskpool.claims.rules import COMPONENTS

register = template.Library()


@register.filter
def loss_title(component: str) -> str:
    """The Chinese name of a component of a loss.

    >>> loss_title("principal_net"), loss_title("costs")
    ('本金', '费用')
    """
    return COMPONENTS.get(component.removesuffix("_net"), component)


@register.filter
def mark_word(status: str) -> str:
    """How well a rule is evidenced, in words."""
    return str(MARKS.get(status, status))
