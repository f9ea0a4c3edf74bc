"""Moving the clocks of a claim: a fact a move, in the transaction of the action that moves it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from riskpool.claims.clocks import events_of
from riskpool.claims.models import Claim, ClockEvent

Desk, Kind = ClockEvent.Desk, ClockEvent.Kind


def tick(claim: Claim, desk: str, kind: str, *, on: dt.date, by: Any, reason: str) -> None:
    """Record that a desk's clock starts, stops, runs again or ends; the claim is locked, or new."""
    ClockEvent.objects.create(
        claim=claim, desk=desk, kind=kind, on=on, reason=reason[:200],
        recorded_by=by.account if by is not None else None,
    )  # fmt: skip


def end_clocks(claim: Claim, *, on: dt.date, by: Any, reason: str) -> None:
    """End every clock that has started and not ended."""
    last: dict[str, str] = {}
    for event in events_of(claim):
        last[event.desk] = event.kind
    for desk, kind in last.items():
        if kind != Kind.END:
            tick(claim, desk, Kind.END, on=on, by=by, reason=reason)
