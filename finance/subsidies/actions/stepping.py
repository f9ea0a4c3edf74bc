"""What happened to applications is written down as steps; where they move on, together with their state."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from finance.subsidies.models import Application, Step

if TYPE_CHECKING:
    from collections.abc import Sequence


def step(
    application: Application,
    kind: str,
    *,
    by: Any,
    on: dt.date,
    text: str = "",
    items: Any = (),
    due_on: Any = None,
) -> Step:
    """Write what happened."""
    row = _row(application, kind, by, on, text)
    row.items, row.due_on = list(items), due_on
    row.save()
    return row


def move_on(
    applications: Sequence[Application], state: str, kind: str, *, by: Any, on: dt.date, text: str = ""
) -> None:
    """Bring applications to a state, each with its step, in two statements; the caller has locked them."""
    for application in applications:
        application.state = state
    Application.objects.filter(pk__in=[one.pk for one in applications]).update(state=state)
    Step.objects.bulk_create(_row(one, kind, by, on, text) for one in applications)


def _row(application: Application, kind: str, by: Any, on: dt.date, text: str) -> Step:
    return Step(
        application=application,
        kind=kind,
        day=on,
        text=text.strip()[:500],
        recorded_by=by.account if by else None,
    )
