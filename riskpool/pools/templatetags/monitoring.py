"""How stated facts and metrics are written on pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from kernel.marks import Mark
from riskpool.pools import breakers, metrics, page
from riskpool.pools.models import StatedFact

register = template.Library()


@register.filter
def metric_title(name: str) -> str:
    """The Chinese title of a metric."""
    return metrics.catalogue().entry(name).title


@register.filter
def fact_title(fact: StatedFact) -> str:
    """The Chinese title of what a fact states."""
    return metric_title(fact.name)


@register.filter
def fact_value(fact: StatedFact) -> str:
    """A fact's value with its unit."""
    return breakers.shown(fact.value, metrics.catalogue().entry(fact.name).unit)


@register.filter
def command_value(command: Mapping[str, Any]) -> str:
    """The value in a command that waits for its second person, with its unit."""
    return breakers.shown(command["value"], metrics.catalogue().entry(command["name"]).unit)


@register.filter
def bearers_asked(command: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Who shall stand behind each party, in a command that waits for its second person."""
    return page.bearers_asked(command)


@register.filter
def mark_word(status: str) -> Any:
    """The word that stands for how well a rule is evidenced."""
    return Mark(status).word


@register.filter
def mark_tone(status: str) -> str:
    """Its tone."""
    return Mark(status).tone


@register.filter
def value_shown(value: metrics.Value) -> str:
    """A metric's value with its unit."""
    return breakers.shown(value.text, value.entry.unit)
