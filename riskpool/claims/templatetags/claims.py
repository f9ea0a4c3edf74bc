"""Words of the claims room on pages and papers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from kernel.marks import MARKS
from riskpool.claims.models import ClockEvent
from riskpool.claims.rules import COMPONENTS
from riskpool.claims.wording import component_title, indicator_words

register = template.Library()


@register.filter
def loss_title(component: str) -> str:
    """The name of a component of a loss.

    >>> loss_title("principal_net"), loss_title("costs")
    ('本金', '费用')
    """
    return component_title(component)


@register.filter
def indicator_text(text: str) -> str:
    """What an indicator says, in the language of the page."""
    return indicator_words(text)


@register.filter
def desk_word(desk: str) -> str:
    """The name of the desk whose clock it is.

    >>> desk_word("answer")
    '银行补正'
    """
    return str(ClockEvent.Desk(desk).label)


@register.filter
def recognised_rows(basis: Mapping[str, Any]) -> list[tuple[str, int, int, str]]:
    """What an approval's basis says of the loss: (component, stated, recognised, why less) in fen."""
    stated, reasons = basis.get("stated", {}), basis.get("reasons", {})
    loss = {name.removesuffix("_net"): fen for name, fen in basis.get("loss", {}).items()}
    return [
        (component_title(name), stated.get(name, 0), loss.get(name, 0), reasons.get(name, ""))
        for name in COMPONENTS
        if stated.get(name, 0)
    ]


@register.filter
def mark_word(status: str) -> str:
    """How well a rule is evidenced, in words."""
    return str(MARKS.get(status, status))
