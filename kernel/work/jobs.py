"""Job runs: long work with progress that anybody entitled can look at, whatever happens to the page."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now

from .models import JobRun

if TYPE_CHECKING:
    import datetime as dt


def queue(*, kind: str, by: Any, title: str) -> JobRun:
    """A job that waits for a worker, on the asker's side of the wall."""
    return JobRun.objects.create(
        kind=kind,
        title=title[:200],
        wall=by.organisation_id if by else None,
        asked_by=by.account if by else None,
    )


def begin_daily(*, kind: str, business_day: dt.date) -> JobRun | None:
    """The run of a daily job for a business day, or None when it has been begun before (it runs once)."""
    try:
        with transaction.atomic():
            return JobRun.objects.create(
                kind=kind, business_day=business_day, state=JobRun.State.RUNNING, started_at=Now()
            )
    except IntegrityError as fault:
        if "a_daily_job_runs_once_a_business_day" not in str(fault):
            raise
        return None


def progress(job_id: UUID, *, stage: str, done: int = 0, total: int = 0) -> None:
    """Say how far the work is, over a connection of its own, so that others see it before the work commits."""
    with contextlib.closing(connection.copy()) as beside, beside.cursor() as cursor:
        cursor.execute(
            "UPDATE work_jobrun SET state = 'running', stage = %s, done = least(%s, %s), total = %s,"
            " started_at = coalesce(started_at, now()) WHERE id = %s AND state IN ('queued', 'running')",
            [stage[:120], done, total, total, job_id],
        )


def finish(job_id: UUID, *, fault: str = "", outcome: str = "") -> None:
    """End the job, well (with the address of what it made) or with a sentence that says what was wrong."""
    state = JobRun.State.FAILED if fault else JobRun.State.DONE
    JobRun.objects.filter(pk=job_id).update(state=state, fault=fault, outcome=outcome, ended_at=Now())


def given_up(payload: dict[str, Any]) -> None:
    """End the job of a message with a sentence when what it asks for could not be made after all tries.

    For `when_set_aside` of any message that names its job.
    """
    finish(UUID(payload["job"]), fault="多次尝试仍未能完成，已搁置；请联系系统管理员，或稍后重新提出")
