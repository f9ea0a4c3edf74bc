"""The watch over pledged rights: by night one message a day, which leaves one for every part of the list."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from celery import shared_task
from django.db import transaction

from finance.pledges import actions
from finance.pledges.queries import of_watch
from kernel.acts.actions import through
from kernel.days import today
from kernel.work.outbox import handles, put, when_set_aside

FILES_A_LOOK = 50


@shared_task(name="finance.pledges.tasks.watch_rights")
def watch_rights() -> None:
    """Every day: leave for the workers a look at every pledged right, once a business day."""
    day = today().isoformat()
    with through("worker"), transaction.atomic():
        put(kind="pledges.watch", payload={"day": day}, effect_key=f"pledges.watch:{day}")


@handles("pledges.watch")
def watch_day(payload: dict[str, Any]) -> None:
    """Cut the day's list into looks that hold few files for a moment."""
    files = [str(pk) for pk in of_watch.to_look_at().order_by("pk").values_list("pk", flat=True)]
    for first in range(0, len(files), FILES_A_LOOK):
        part = {"day": payload["day"], "files": files[first : first + FILES_A_LOOK]}
        put(kind=actions.LOOK, payload=part, effect_key=f"pledges.watch:{payload['day']}:{first}")


@handles(actions.LOOK)
def watch_files(payload: dict[str, Any]) -> None:
    """Look at one part of the day's list, or at what has just changed, once what has run out is noted."""
    day, files = dt.date.fromisoformat(payload["day"]), [UUID(one) for one in payload["files"]]
    actions.lapse_by_night(files=files, on=day)
    actions.look_by_night(files=files, on=day)


@when_set_aside(actions.LOOK)
def look_one_by_one(payload: dict[str, Any]) -> None:
    """A part that failed again and again is tried file by file, so that one bad file hides no other's alerts."""
    for one in payload["files"] if len(payload["files"]) > 1 else ():
        put(
            kind=actions.LOOK,
            payload={**payload, "files": [one]},
            effect_key=f"pledges.watch:{payload['day']}:{one}",
        )
