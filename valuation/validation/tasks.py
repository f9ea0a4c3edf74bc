"""What the outbox asks of this room."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.urls import reverse

from finance.parties.queries import in_post
from kernel.errors import Refused
from kernel.policystore.models import PolicyVersion
from kernel.work import jobs
from kernel.work.outbox import handles, when_set_aside
from valuation.validation.actions import DRAWN, PAPER, make_report
from valuation.validation.models import ValidationReport
from valuation.validation.papers import issue_report


@handles(DRAWN)
def draw_report(payload: dict[str, Any]) -> None:
    """Work out, keep and issue a report for whoever asked, if he still holds his role; end the job with its address."""
    job_id = UUID(payload["job"])
    by = in_post(payload["membership"])
    if by is None:
        jobs.finish(job_id, fault="提出人已不在岗，未出具")
        return
    jobs.progress(job_id, stage="取样", done=0, total=3)
    version = PolicyVersion.objects.get(pk=payload["version"])
    begins, ends = (dt.date.fromisoformat(payload[key]) for key in ("begins", "ends"))
    try:
        report = make_report(by=by, version=version, begins=begins, ends=ends, job_id=job_id)
    except Refused as refused:
        jobs.finish(job_id, fault="；".join(str(problem) for problem in refused.problems))
        return
    jobs.progress(job_id, stage="排版", done=2, total=3)
    issue_report(by=by, report=report)
    jobs.progress(job_id, stage="排版", done=3, total=3)
    jobs.finish(job_id, outcome=reverse("validation:report", args=[report.pk]))


@handles(PAPER)
def set_on_paper(payload: dict[str, Any]) -> None:
    """Issue a stored report again for whoever asked, if he still holds his role."""
    job_id = UUID(payload["job"])
    by = in_post(payload["membership"])
    if by is None:
        jobs.finish(job_id, fault="提出人已不在岗，未出具")
        return
    report = ValidationReport.objects.get(pk=payload["report"], institution=by.organisation_id)
    jobs.finish(job_id, outcome=reverse("document", args=[issue_report(by=by, report=report).pk]))


for _kind in (PAPER, DRAWN):
    when_set_aside(_kind)(jobs.given_up)
