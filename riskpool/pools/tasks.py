"""What the pools do when filings have been entered: enrol the new loans, follow the returns."""

from __future__ import annotations

from typing import Any

from finance.intake.models import Filing
from finance.intake.outcomes import GIVEN_UP
from kernel.acts.actions import record
from kernel.work.outbox import handles, when_set_aside
from riskpool.pools.filings import follow_loans, follow_reports


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
