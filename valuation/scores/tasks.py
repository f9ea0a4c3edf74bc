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


when_set_aside(rescoring.RESCORE)(jobs.given_up)
