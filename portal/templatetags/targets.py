"""Figures of targets in templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from portal.targets.saying import figure_text

if TYPE_CHECKING:
    from portal.targets.rules import Figure

register = template.Library()


@register.filter
def in_figures(figure: Figure) -> str:
    """The figure with its unit, in the language of the page."""
    return figure_text(figure.value, figure.unit)
