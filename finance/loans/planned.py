"""A loan's plan as its terms have it, and beside it what the bank reported: for the loan's page, never for a payment.

What was really paid is what the bank reports; the plan knows no early repayment and no delay.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

from finance.loans import rules
from finance.loans.interest import Conventions, Plan, Terms, read_conventions, schedule
from finance.loans.interest.terms import BULLET, BY_INSTALMENTS
from kernel.chinese import page_is_english
from kernel.money.fields import fen_of
from kernel.strict_yaml import read_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    from finance.loans.models import LoanReturn, LoanTerms
    from kernel.days import WorkingCalendar


@cache
def conventions() -> Conventions:
    """When interest is settled and paid, read once."""
    return read_conventions(read_file(settings.POLICIES_DIR / "standards" / "interest.yaml"))


@dataclass(frozen=True)
class Month:
    """Interest that fell due in a month by the plan, and what the bank reported as paid in it (None: no return)."""

    first_day: dt.date
    due_fen: int
    reported_fen: int | None

    @property
    def difference_fen(self) -> int | None:
        """Reported less due; None without a return."""
        return None if self.reported_fen is None else self.reported_fen - self.due_fen


@dataclass(frozen=True)
class Planned:
    """The plan with what was due by a day. `months` are those reported on by then, and those over in which something was
    due; the totals count the reported ones alone, so that like stands beside like."""

    plan: Plan
    on: dt.date
    due_interest_fen: int
    due_principal_fen: int
    months: tuple[Month, ...]
    balance_gap: tuple[dt.date, int, int] | None  # month of the last return, its balance, the plan's
    repayment: str

    @property
    def compared_due_fen(self) -> int:
        return sum(month.due_fen for month in self.months if month.reported_fen is not None)

    @property
    def compared_reported_fen(self) -> int:
        return sum(month.reported_fen or 0 for month in self.months)

    @property
    def difference_fen(self) -> int:
        return self.compared_reported_fen - self.compared_due_fen

    @property
    def is_compared(self) -> bool:
        """Whether any month has a return."""
        return any(month.reported_fen is not None for month in self.months)

    @property
    def unreported(self) -> int:
        """Months that are over, with something due and without a return."""
        return sum(month.reported_fen is None for month in self.months)

    @property
    def provisional(self) -> bool:
        return any(row.provisional for row in self.plan.rows)

    @property
    def sources(self) -> tuple[tuple[str, str, str], ...]:
        """The conventions that the plan rests on: what, source, mark."""
        if self.repayment == BULLET:
            return (_source("day_count"),)
        return _source("day_count"), _source(
            "instalments" if self.repayment in BY_INSTALMENTS else "settlement"
        )


def planned(
    terms: LoanTerms, returns: Iterable[LoanReturn], *, on: dt.date, calendar: WorkingCalendar
) -> Planned:
    """The plan of these terms; `returns` are the last statements of the loan's months."""
    plan = schedule(terms_of(terms), (), conventions(), calendar)
    reported = {row.period: row for row in returns if row.period <= on}
    months = []
    first = rules.first_of_month(terms.disbursed_on)
    while first <= on:
        last = min(rules.last_of_month(first), on)
        row = reported.get(first)
        month = Month(first, plan.paid_between(first, last), fen_of(row.interest_paid) if row else None)
        if row or (month.due_fen and rules.last_of_month(first) <= on):
            months.append(month)
        first = rules.last_of_month(first) + dt.timedelta(days=1)
    return Planned(
        plan=plan,
        on=on,
        due_interest_fen=plan.paid_between(terms.disbursed_on, on),
        due_principal_fen=plan.principal_between(terms.disbursed_on, on),
        months=tuple(months),
        balance_gap=_balance_gap(terms, plan, reported.values()),
        repayment=terms.repayment,
    )


def _source(name: str) -> tuple[str, str, str]:
    about, source, mark = conventions().sources[name]
    english = conventions().in_english[name] if page_is_english() else ""
    return english or about, source, mark


def terms_of(terms: LoanTerms) -> Terms:
    """A bank's statement as the interest room takes it: the rate of the contract, fixed."""
    return Terms.fixed(
        fen_of(terms.principal),
        Fraction(terms.annual_rate_percent) / 100,
        terms.disbursed_on,
        terms.due_on,
        terms.repayment,
        terms.day_count_basis,
    )


def _balance_gap(
    terms: LoanTerms, plan: Plan, returns: Iterable[LoanReturn]
) -> tuple[dt.date, int, int] | None:
    """Where the last reported balance is not the plan's: perhaps an early repayment, or a delay."""
    last = max(returns, key=lambda row: row.period, default=None)
    if last is None:
        return None
    paid_back = plan.principal_between(terms.disbursed_on, rules.last_of_month(last.period))
    by_plan, by_bank = fen_of(terms.principal) - paid_back, fen_of(last.balance)
    return None if by_plan == by_bank else (last.period, by_bank, by_plan)
