"""What an approver of a subsidy policy sees beside the rules: what it would change."""

from __future__ import annotations

from typing import Any

from django import template

from finance.subsidies.desk import DESK, STATUS_TONES, STATUS_WORDS, backtest_page
from kernel.days import today
from kernel.errors import Refused
from kernel.policystore import queries
from kernel.policystore.models import PolicyVersion

register = template.Library()


@register.inclusion_tag("subsidies/desk/effects.html", takes_context=True)
def what_it_would_change(context: Any, version_id: str) -> dict[str, Any]:
    """Both books under the version and the one before, for the viewer of the page; nothing if he may not see it."""
    viewer = context.get("viewer")
    try:
        row = queries.version(viewer=viewer, kind=DESK.kind, version_id=version_id)  # type: ignore[arg-type]
        return backtest_page(row, viewer, today())
    except (PolicyVersion.DoesNotExist, Refused):
        return {}


@register.filter
def status_word(status: str) -> Any:
    return STATUS_WORDS.get(status, status)


@register.filter
def status_tone(status: str) -> str:
    return STATUS_TONES.get(status, "plain")
