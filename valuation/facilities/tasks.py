"""The watch over members: by night one message a day."""

from __future__ import annotations

import datetime as dt
from typing import Any

from celery import shared_task
from django.db import transaction

from kernel.acts.actions import through
from kernel.days import today
from kernel.work.outbox import handles, put
from valuation.facilities import actions


@shared_task(name="valuation.facilities.tasks.watch_members")
def watch_members() -> None:
    """Every day: leave for the workers a look at who still stands in the registers of users, once a business day."""
    day = today().isoformat()
    with through("worker"), transaction.atomic():
        put(kind="facilities.watch", payload={"day": day}, effect_key=f"facilities.watch:{day}")


@handles("facilities.watch")
def watch_day(payload: dict[str, Any]) -> None:
    """Suspend who has left."""
    actions.watch_facilities(on=dt.date.fromisoformat(payload["day"]))
