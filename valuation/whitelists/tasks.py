"""What a worker does for white lists: look at a region's firms, and make the papers that are too slow for a request."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.urls import reverse

from finance.parties.queries import in_post
from kernel.days import today
from kernel.errors import Refused
from kernel.work import jobs
from kernel.work.outbox import handles, when_set_aside
from valuation.whitelists import actions
from valuation.whitelists.models import ApprovedList, Push
from valuation.whitelists.papers import issue_list, issue_push, papers_of

EVERY = 20
"""Progress is told every so many firms: each telling is a connection of its own."""


@handles("whitelists.make")
def make(payload: dict[str, Any]) -> None:
    """Make the list for whoever asked, if he still holds his role."""
    job_id = UUID(payload["job"])
    by = in_post(payload["membership"])
    if by is None:
        jobs.finish(job_id, fault="提出人已不在岗，未编制")
        return

    def told(done: int, total: int) -> None:
        if done == total or not done % EVERY:
            jobs.progress(job_id, stage="逐户核对", done=done, total=total)

    try:
        on = dt.date.fromisoformat(payload["on"])
        made = actions.make_list(by=by, filter_id=payload["filter"], on=on, used_on=today(), told=told)
    except Refused as refused:
        jobs.finish(job_id, fault="；".join(str(problem) for problem in refused.problems))
        return
    jobs.finish(job_id, outcome=reverse("whitelists:white_list", args=[made.pk]))


when_set_aside("whitelists.make")(jobs.given_up)


@handles("whitelists.paper")
def give_paper(payload: dict[str, Any]) -> None:
    """The PDF of an approved list, or of what was pushed, once: whoever caused it may have left, the paper stands."""
    by = in_post(payload["membership"])
    if "push" in payload:
        push = Push.objects.select_related("approved__white_list__house", "bank").get(pk=payload["push"])
        if not papers_of(push, push.bank_id).exists():
            issue_push(by=by, push=push)
        return
    approved = ApprovedList.objects.select_related("white_list__house").get(pk=payload["approved"])
    if not papers_of(approved, approved.white_list.house_id).exists():
        issue_list(by=by, approved=approved)
