"""What the banks of the demonstration lend and report: plain values, from a seeded stream, as a workbook would hold them.

A loan's fate is drawn when it is made: repaid as agreed, or overdue from some day on. The monthly returns follow.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from finance.intake.columns import GRADES, REPAYMENTS, SECURITIES
from finance.loans.rules import accrued_interest_fen, overdue_days
from finance.pledges.rules import patent_check_digit
from kernel.days import add_months
from portal.demo.world import Firm

_PRINCIPALS_WAN = (50, 80, 100, 150, 200, 300, 300, 500, 500, 800)
_RATES = ("3.00", "3.35", "3.45", "3.65", "3.85", "4.20")
_TERMS = (6, 12, 12, 12, 18, 24, 36)


@dataclass
class Lent:
    """One loan of the demonstration with its fate; amounts in fen."""

    number: str
    firm: Firm
    principal_fen: int
    rate: str
    disbursed_on: dt.date
    due_on: dt.date
    repayment: str
    basis: int
    row: dict[str, Any]
    overdue_since: dt.date | None = None
    balances: dict[dt.date, int] = field(default_factory=dict)

    def balance_on(self, day: dt.date) -> int:
        """Outstanding principal at the end of a day by the plan; a loan in default stays where it stopped."""
        stopped = self.overdue_since
        if stopped and day >= stopped:
            day = stopped - dt.timedelta(days=1)
        if day >= self.due_on:
            return 0
        if self.repayment not in ("equal_instalment", "equal_principal"):
            return self.principal_fen
        months = _months_between(self.disbursed_on, self.due_on)
        gone = min(_months_between(self.disbursed_on, day), months)
        return self.principal_fen - self.principal_fen * gone // months


def lend(
    bank: str, firms: list[Firm], number: int, day: dt.date, chance: random.Random, guarantor: str
) -> Lent:
    """One loan lent on a day to one of the firms."""
    firm = chance.choice(firms)
    principal_wan = chance.choice(_PRINCIPALS_WAN)
    due_on = add_months(day, chance.choice(_TERMS))
    security = chance.choice(("pledge", "pledge", "pledge_guarantee"))
    kind = chance.choice(("专利", "专利", "专利", "商标", "混合"))
    repayment = chance.choice(tuple(REPAYMENTS.values()))
    basis = chance.choice((360, 360, 365))
    rate = chance.choice(_RATES)
    code = f"{bank}{number:06d}"
    row = {
        "bank_loan_no": code,
        "borrower_name": firm.name,
        "credit_code": firm.credit_code,
        "contract_no": f"{bank}借〔{day.year}〕{number:04d}号",
        "signed_on": day - dt.timedelta(days=chance.randint(0, 6)),
        "disbursed_on": day,
        "due_on": due_on,
        "principal_fen": principal_wan * 10_000_00,
        "annual_rate_percent": Decimal(rate),
        "repayment": _word(REPAYMENTS, repayment),
        "day_count_basis": str(basis),
        "pledge_kind": kind,
        "right_numbers": _rights(kind, chance, number),
        "pledge_number": f"Y{day.year}98{chance.randint(10**7, 10**8 - 1)}",
        "pledge_registered_on": day - dt.timedelta(days=chance.randint(0, 3)),
        "ip_share_percent": Decimal(chance.choice((60, 70, 100, 100))),
        "evaluation_free": chance.random() < 0.6,
        "security": _word(SECURITIES, security),
        "guarantor_name": guarantor if security == "pledge_guarantee" else "",
        "purpose": chance.choice(("流动资金", "研发", "设备采购")),
        "first_loan": chance.random() < 0.25,
        "district": firm.district,
    }
    return Lent(code, firm, principal_wan * 10_000_00, rate, day, due_on, repayment, basis, row)


def report(loan: Lent, period: dt.date) -> dict[str, Any]:
    """The row of the monthly return of a loan for the month that begins on `period`."""
    last = add_months(period, 1) - dt.timedelta(days=1)
    overdue = loan.overdue_since if loan.overdue_since and loan.overdue_since <= last else None
    start = max(period, loan.disbursed_on)
    before = loan.balance_on(start) if start > loan.disbursed_on else loan.principal_fen
    interest = 0
    if overdue is None:
        until = min(last + dt.timedelta(days=1), loan.due_on)
        interest = (
            accrued_interest_fen(before, Decimal(loan.rate), start, until, loan.basis) if until > start else 0
        )
    return {
        "bank_loan_no": loan.number,
        "period": f"{period:%Y-%m}",
        "balance_fen": loan.balance_on(last),
        "overdue_since": overdue,
        "interest_paid_fen": interest,
        "grade": _word(GRADES, _grade(overdue_days(overdue, last))),
        "note": "",
        "settled_on": loan.due_on if loan.balance_on(last) == 0 else None,
    }


def _grade(days: int) -> str:
    for least, grade in ((271, "doubtful"), (91, "substandard"), (1, "special_mention")):
        if days >= least:
            return grade
    return "normal"


def _word(words: dict[str, str], code: str) -> str:
    return next(word for word, meaning in words.items() if meaning == code)


def _rights(kind: str, chance: random.Random, number: int) -> tuple[str, ...]:
    body = f"20{chance.randint(15, 24)}1{chance.randint(0, 9_999_999):07d}"
    patent = f"ZL{body}.{patent_check_digit(body)}"
    mark = str(10_000_000 + number * 977 + chance.randint(0, 900))
    return {"专利": (patent,), "商标": (mark,), "混合": (patent, mark)}[kind]


def _months_between(start: dt.date, end: dt.date) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if add_months(start, months) <= end else months - 1
