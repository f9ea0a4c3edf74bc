"""What a worker does for the treasury: the paper that is too slow for a request."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from django.urls import reverse

from finance.parties.queries import in_post
from kernel.work import jobs
from kernel.work.outbox import handles, when_set_aside
from riskpool.pools.models import PoolSource
from riskpool.treasury import queries
from riskpool.treasury.papers import issue_reconciliation


@handles("treasury.reconciliation")
def give_reconciliation(payload: dict[str, Any]) -> None:
    """Issue the reconciliation for whoever asked, if he still holds his role and his house its seat."""
    job_id = UUID(payload["job"])
    by = in_post(payload["membership"])
    if by is None:
        jobs.finish(job_id, fault="提出人已不在岗，未出具")
        return
    source = PoolSource.objects.select_related("pool", "cash").get(pk=payload["source"])
    on = dt.date.fromisoformat(payload["on"])
    if not queries.pools.pools(viewer=by).filter(pk=source.pool_id).exists():
        jobs.finish(job_id, fault="提出人的机构已不在该资金池任职，未出具")
        return
    if queries.reconciliation(source, on) is None:
        jobs.finish(job_id, fault="该日及以前没有逐笔对账单，无法出具")
        return
    issued = issue_reconciliation(by=by, source=source, on=on)
    jobs.finish(job_id, outcome=reverse("document", args=[issued.pk]))


when_set_aside("treasury.reconciliation")(jobs.given_up)
