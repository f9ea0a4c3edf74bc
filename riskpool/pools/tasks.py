"""What the pools do when filings have been entered: enrol the new loans, follow the returns."""

from __future__ import annotations

import datetime as dt
from typing import Any

from celery import shared_task
from django.db import transaction

from finance.intake.models import Filing
from finance.intake.outcomes import GIVEN_UP
from kernel.acts.actions import record, through
from kernel.days import today
from kernel.work import jobs
from kernel.work.outbox import handles, put, when_set_aside
from riskpool.pools.actions import concerned, watch_pool
from riskpool.pools.enrolling import follow_returns
from riskpool.pools.filings import follow_loans, follow_reports
from riskpool.pools.models import Pool
from riskpool.pools.monitoring import StatedFact


@handles("loans.entered")
def enrol_filing(payload: dict[str, Any]) -> None:
    """Enrol the loans of an entered filing, in the order of the file; changed terms move their exposure."""
    follow_loans(Filing.objects.get(pk=payload["filing"]))


@handles("returns.entered")
def follow_filing(payload: dict[str, Any]) -> None:
    """Let exposure follow the returns that a filing brought."""
    follow_reports(Filing.objects.get(pk=payload["filing"]))


@when_set_aside("loans.entered")
def enrolling_given_up(payload: dict[str, Any]) -> None:
    """Tell on the filing that its loans are in the book but in no pool."""
    _tell(payload, "贷款已入库，但入池未能完成，已搁置，须由系统管理员处理")


@when_set_aside("returns.entered")
def following_given_up(payload: dict[str, Any]) -> None:
    """Tell on the filing that the pools' exposure does not follow its returns yet."""
    _tell(payload, "月报已入库，但资金池的在池余额未能随之更新，已搁置，须由系统管理员处理")


def _tell(payload: dict[str, Any], said: str) -> None:
    filing = Filing.objects.get(pk=payload["filing"])
    record(by=None, verb=GIVEN_UP, subject=filing, summary=f"{filing.number}：{said}")


@shared_task(name="riskpool.pools.tasks.watch_pools")
def watch_pools() -> None:
    """Every day: leave for the workers a look at the stop-loss lines of every pool, once a business day."""
    day = today().isoformat()
    with through("worker"), transaction.atomic():
        put(kind="pools.watch", payload={"day": day}, effect_key=f"pools.watch:{day}")


@handles("pools.watch")
def watch_day(payload: dict[str, Any]) -> None:
    """Judge the lines of all pools on a business day; the job of the day is begun once."""
    day = dt.date.fromisoformat(payload["day"])
    job = jobs.begin_daily(kind="pools.watch", business_day=day)
    if job is None:
        return
    for pool_id in Pool.objects.order_by("pk").values_list("pk", flat=True):
        watch_pool(by=None, pool_id=pool_id, on=day)
    jobs.finish(job.pk)


@handles("pools.fact_stated")
def follow_fact(payload: dict[str, Any]) -> None:
    """Let the exposure of the loans concerned follow a fact that was stated."""
    fact = StatedFact.objects.get(pk=payload["fact"])
    follow_returns(by=None, loans=concerned(fact), on=today())
