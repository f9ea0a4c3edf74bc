"""What the outbox asks of this room."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from finance.intake import actions, receipts
from kernel.work.outbox import handles, when_set_aside


@handles("intake.check")
def check(payload: dict[str, Any]) -> None:
    """Examine a received file and keep what was found."""
    actions.check_filing(filing_id=UUID(payload["filing"]))


@when_set_aside("intake.check")
def checking_given_up(payload: dict[str, Any]) -> None:
    """Say so on the filing when its check failed for good."""
    actions.checking_given_up(filing_id=UUID(payload["filing"]))


@handles("intake.mark")
def mark(payload: dict[str, Any]) -> None:
    """Mark the faults in a copy of the bank's own file."""
    receipts.mark_filing(filing_id=UUID(payload["filing"]))


@handles("intake.receipt")
def give_receipt(payload: dict[str, Any]) -> None:
    """Issue the receipt of an entered filing."""
    receipts.issue_receipt(filing_id=UUID(payload["filing"]))
