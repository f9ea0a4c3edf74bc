"""Statements for tests: one ordinary loan and its month, to be varied by name."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from finance.loans.rules import StatedLoan, StatedReturn

ORDINARY = StatedLoan(
    bank_loan_no="YC1",
    borrower_name="重庆山城精密仪器有限公司",
    credit_code="91500103MA5U1Y0R6P",
    contract_no="渝借〔2026〕1号",
    signed_on=dt.date(2026, 6, 1),
    disbursed_on=dt.date(2026, 6, 10),
    due_on=dt.date(2027, 6, 9),
    principal_fen=500_000_000,
    annual_rate_percent=Decimal("3.85"),
    repayment="monthly_interest",
    day_count_basis=360,
    pledge_kind="patent",
    right_numbers=("ZL201710601862.3",),
    pledge_number="Y2026980000001",
    pledge_registered_on=dt.date(2026, 6, 5),
    ip_share_percent=Decimal(60),
    evaluation_free=True,
    security="pledge",
    guarantor_name="",
    purpose="流动资金",
    first_loan=False,
    district="渝中区",
)


def stated_loan(**other: Any) -> StatedLoan:
    return StatedLoan(**{**ORDINARY.__dict__, **other})


def stated_return(
    number: str = "YC1", period: str = "2026-10", balance_fen: int = 500_000_000, **other: Any
) -> StatedReturn:
    first = dt.date.fromisoformat(f"{period}-01")
    ordinary = {"overdue_since": None, "interest_paid_fen": 0, "grade": "normal"}
    return StatedReturn(number, first, balance_fen, **{**ordinary, **other})
