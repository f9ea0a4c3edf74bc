"""What the outbox asks of this room."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from finance.intake import actions, receipts
from kernel.work.outbox import handles, when_set_aside


@handles("intake.check")
def check(payload: dict[str, Any]) -> None:
    actions.check_filing(filing_id=UUID(payload["filing"]))


@when_set_aside("intake.check")
def checking_given_up(payload: dict[str, Any]) -> None:
    actions.checking_given_up(filing_id=UUID(payload["filing"]))


@handles("intake.mark")
def mark(payload: dict[str, Any]) -> None:
    receipts.mark_filing(filing_id=UUID(payload["filing"]))


@handles("intake.receipt")
def give_receipt(payload: dict[str, Any]) -> None:
    receipts.issue_receipt(filing_id=UUID(payload["filing"]))
