"""A bank scores its whole portfolio again: a job of the outbox, with progress, whatever happens to the page.

Lock order: none. An enterprise that cannot be scored is told in the job's outcome and keeps nobody from his score.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from finance.loans.queries import open_loans
from finance.parties.models import Organisation
from finance.parties.queries import in_post
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Refused
from kernel.work import jobs, outbox
from kernel.work.models import JobRun
from valuation.scores.actions.scoring import score_enterprise
from valuation.scores.models import Score
from valuation.scores.queries.consents import enterprises_allowing

if TYPE_CHECKING:
    from finance.parties.models import Membership

RESCORE = "scores.rescore"
ASKS = ("bank.maker", "bank.checker")
TOLD_EVERY = 5


def portfolio(*, viewer: Membership, on: dt.date) -> list[Organisation]:
    """The borrowers of the house's open loans, and all who allow it to score them, by name."""
    borrowers = {loan.borrower_id for loan in open_loans(viewer.organisation, on)}
    borrowers |= set(enterprises_allowing(viewer=viewer, on=on).values_list("pk", flat=True))
    return list(Organisation.objects.filter(pk__in=borrowers).order_by("name", "pk"))


@in_chinese
@transaction.atomic
def rescore_portfolio(*, by: Membership, on: dt.date) -> JobRun:
    """Queue the scoring of the house's portfolio as of a day."""
    permit(by, *ASKS)
    job = jobs.queue(kind=RESCORE, by=by, title=f"组合重评 {on}")
    outbox.put(
        kind=RESCORE, payload={"job": str(job.pk), "by": str(by.pk), "on": on.isoformat()},
        effect_key=f"{RESCORE}:{job.pk}",
    )  # fmt: skip
    record(by=by, verb="score.rescore", subject=job, summary=job.title)
    return job


def work_through(*, job_id: UUID, member: str, on: dt.date, used_on: dt.date) -> None:
    """What the worker does: every firm of the portfolio in turn, those left out counted with their first reason.

    The scores are as of the day asked for; who has withdrawn by the day on which the worker comes to it is left out.
    """
    by, job = in_post(member), JobRun.objects.get(pk=job_id)
    if by is None:
        jobs.finish(job_id, fault="提出人已不在岗，未办理；请由在岗人员重新提出")
        return
    firms, left_out = portfolio(viewer=by, on=on), []
    done_before = set(Score.objects.filter(job=job).values_list("enterprise", flat=True))
    for place, firm in enumerate(firms):
        if place % TOLD_EVERY == 0:
            jobs.progress(job_id, stage=f"评分 {firm.short_name}", done=place, total=len(firms))
        if firm.pk in done_before:
            continue
        try:
            score_enterprise(by=by, enterprise=firm, on=on, job=job, used_on=used_on)
        except Refused as refused:
            left_out.append(f"{firm.short_name}（{refused.problems[0].found}）")
    jobs.progress(job_id, stage=_told(len(firms), left_out), done=len(firms), total=len(firms))
    jobs.finish(job_id, outcome=reverse("scores:list"))


def _told(firms: int, left_out: list[str]) -> str:
    told = f"已评 {firms - len(left_out)} 户"
    return f"{told}；未评 {len(left_out)} 户：{'、'.join(left_out)}"[:120] if left_out else told
