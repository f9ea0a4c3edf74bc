"""What the pools do when filings have been entered: enrol the new loans, follow the returns."""

from __future__ import annotations

from typing import Any

from finance.intake.models import Filing
from finance.loans.models import Loan, LoanReturn
from kernel.acts.actions import record
from kernel.work.outbox import handles, when_set_aside
from riskpool.pools.enrolling import enrol_loans, follow_returns


@handles("loans.entered")
def enrol_filing(payload: dict[str, Any]) -> None:
    """Enrol the loans of an entered filing, in the order of the file; changed terms move their exposure."""
    filing = Filing.objects.get(pk=payload["filing"])
    rows = filing.rows.filter(outcome__in=["new", "changed"]).order_by("file_row")
    keys = list(rows.values_list("natural_key", flat=True))
    loans = {
        loan.bank_loan_no: loan
        for loan in Loan.objects.filter(
            bank=filing.bank, bank_loan_no__in=keys, terms__isnull=False
        ).select_related("terms", "latest_return")
    }
    ordered = [loans[key] for key in keys if key in loans]
    enrol_loans(by=None, loans=ordered, on=filing.made_on)
    follow_returns(by=None, loans=[loan.pk for loan in ordered], on=filing.made_on)


@handles("returns.entered")
def follow_filing(payload: dict[str, Any]) -> None:
    """Let exposure follow the returns that a filing brought."""
    filing = Filing.objects.get(pk=payload["filing"])
    loans = LoanReturn.objects.filter(filing=filing.pk).values_list("loan", flat=True).distinct()
    follow_returns(by=None, loans=list(loans), on=filing.made_on)


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
    record(by=None, verb="filing.follow_given_up", subject=filing, summary=f"{filing.number}：{said}")
