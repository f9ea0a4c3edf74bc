"""What the outbox asks of this room."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from kernel.days import today
from kernel.work import jobs
from kernel.work.outbox import handles, when_set_aside
from valuation.scores.actions import rescoring


@handles(rescoring.RESCORE)
def rescore(payload: dict[str, Any]) -> None:
    """Score a portfolio."""
    rescoring.work_through(
        job_id=UUID(payload["job"]), member=payload["by"], on=dt.date.fromisoformat(payload["on"]), used_on=today()
    )  # fmt: skip


@when_set_aside(rescoring.RESCORE)
def given_up(payload: dict[str, Any]) -> None:
    """Say so on the job when it failed for good."""
    jobs.finish(UUID(payload["job"]), fault="多次未能完成，已搁置；请联系运行维护人员")
