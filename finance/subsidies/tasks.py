"""What the room does by night: kept estimates whose time is over are forgotten."""

from __future__ import annotations

import datetime as dt
from typing import Any

from celery import shared_task
from django.db import transaction

from finance.subsidies.actions.estimates import forget_estimates
from kernel.acts.actions import through
from kernel.days import today
from kernel.work.outbox import handles, put

FORGET = "subsidies.forget_estimates"


@shared_task(name="finance.subsidies.tasks.forget_estimates")
def forget_by_night() -> None:
    """Every day: leave for the workers to forget what is past its time, once a business day."""
    day = today().isoformat()
    with through("worker"), transaction.atomic():
        put(kind=FORGET, payload={"day": day}, effect_key=f"{FORGET}:{day}")


@handles(FORGET)
def forget(payload: dict[str, Any]) -> None:
    """Delete the estimates whose last day is before the day of the message."""
    forget_estimates(on=dt.date.fromisoformat(payload["day"]))
