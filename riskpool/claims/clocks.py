"""The clocks of a claim: read from its events and the procedure's times."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from riskpool.claims.models import Claim, ClockEvent
from riskpool.claims.queries import procedure_for
from riskpool.claims.rules import Clock, Event, clock_of

if TYPE_CHECKING:
    import datetime as dt

    from kernel.days import WorkingCalendar
    from riskpool.pools.procedure import Procedure

Desk = ClockEvent.Desk


def events_of(claim: Claim) -> list[Event]:
    """The clock events of a claim in the order in which they were recorded, with the house of whoever acted."""
    had = "clock_events" in getattr(
        claim, "_prefetched_objects_cache", {}
    )  # a list has read those of all its claims
    rows: Iterable[ClockEvent] = (
        claim.clock_events.all() if had else claim.clock_events.select_related("recorded_by__person")
    )
    return [
        Event(row.desk, row.kind, row.on, str(row.recorded_by or ""), row.reason)
        for row in sorted(rows, key=lambda row: row.pk)
    ]


def allowed_days(procedure: Procedure, desk: str) -> int | None:
    """The working days that a pool's procedure gives a desk; None where it gives none."""
    figure = {
        Desk.DECISION: procedure.decision_working_days,
        Desk.ANSWER: procedure.answer_working_days,
        Desk.PAYMENT: procedure.payment_working_days,
    }[Desk(desk)]
    return figure.whole if figure else None


def clocks_of(claim: Claim, calendar: WorkingCalendar, on: dt.date) -> list[Clock]:
    """Every clock that has started on a claim, as of the end of a day."""
    events, procedure = events_of(claim), procedure_for(claim)
    found = (clock_of(events, desk, calendar, allowed_days(procedure, desk), on) for desk in Desk.values)
    return [clock for clock in found if clock is not None]
