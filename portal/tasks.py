"""What the portal lets a worker do: papers that are too slow for a request."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.urls import reverse

from finance.parties.queries import in_post
from kernel.days import today
from kernel.work import jobs
from kernel.work.outbox import handles, when_set_aside
from portal.indicator_papers import issue_indicators
from portal.indicators import Asked
from portal.pledge_statistics import Asked as StatisticsAsked
from portal.pledge_statistics import issue_statistics
from portal.position import issue_sheet

NOT_SEATED = "提出人已不在岗，未出具"


@handles("portal.position")
def give_position(payload: dict[str, Any]) -> None:
    """Issue a pool's position for whoever asked, if he still holds his role, and end the job with its address."""
    job_id = UUID(payload["job"])
    by = in_post(payload["membership"])
    if by is None:
        jobs.finish(job_id, fault=NOT_SEATED)
        return
    issued = issue_sheet(
        by=by, pool_id=UUID(payload["pool"]), on=dt.date.fromisoformat(payload["on"]), today=today()
    )
    jobs.finish(job_id, outcome=reverse("document", args=[issued.pk]))


@handles("portal.indicators")
def give_indicators(payload: dict[str, Any]) -> None:
    """Issue a pool's indicators for whoever asked, if he still holds his role, and end the job with its address."""
    job_id = UUID(payload["job"])
    by = in_post(payload["membership"])
    if by is None:
        jobs.finish(job_id, fault=NOT_SEATED)
        return
    asked = Asked(
        on=dt.date.fromisoformat(payload["on"]),
        known_at=dt.datetime.fromisoformat(payload["known_at"]) if payload["known_at"] else None,
        begin=dt.date.fromisoformat(payload["begin"]) if payload["begin"] else None,
    )
    issued = issue_indicators(by=by, pool_id=UUID(payload["pool"]), asked=asked)
    jobs.finish(job_id, outcome=reverse("document", args=[issued.pk]))


@handles("portal.pledge_statistics")
def give_statistics(payload: dict[str, Any]) -> None:
    """Issue the statistics of a period for whoever asked, if he still holds his role, and end the job with its address."""
    job_id = UUID(payload["job"])
    by = in_post(payload["membership"])
    if by is None:
        jobs.finish(job_id, fault=NOT_SEATED)
        return
    asked = StatisticsAsked(
        begin=dt.date.fromisoformat(payload["begin"]),
        on=dt.date.fromisoformat(payload["on"]),
        known_at=dt.datetime.fromisoformat(payload["known_at"]) if payload["known_at"] else None,
    )
    jobs.finish(job_id, outcome=reverse("document", args=[issue_statistics(by=by, asked=asked).pk]))


for _kind in ("portal.position", "portal.indicators", "portal.pledge_statistics"):
    when_set_aside(_kind)(jobs.given_up)
