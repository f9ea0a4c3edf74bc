"""What the indicators are worked out from: the facts of one pool on a day, as known at a moment. Values only, in fen.

A `Facts` is what one viewer may see: at a pool's seat everything, for a bank its own loans, claims and money (`bank`).
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from kernel.days import add_months

if TYPE_CHECKING:
    from kernel.days import WorkingCalendar

CASH, RESERVED, FREE = "cash", "reserved", "free"


@dataclass(frozen=True, slots=True)
class LoanFact:
    """One enrolled loan: terms as known, balance as reported by the day, what the scheme covers and the pool would bear.

    `covered` is the covered part of the balance whatever became of the claim, `exposure` the same and 0 once the claim is
    settled for good; `committed` is the pool's part of the exposure; `opening` the exposure on the eve of the period.
    """

    key: str
    loan: str
    number: str
    bank: str
    bank_name: str
    borrower: str
    borrower_name: str
    agreement: str
    scheme: str
    enrolled_on: dt.date
    disbursed_on: dt.date
    due_on: dt.date
    principal: int
    rate_percent: Fraction
    ip_share: Fraction
    first_loan: bool
    pure: bool
    balance: int
    reported: bool
    grade: str
    overdue_since: dt.date | None
    covered_lent: int
    covered: int
    exposure: int
    committed: int
    opening: int = 0
    compensated_on: dt.date | None = None
    npl_on: dt.date | None = None
    sector: str = ""

    @property
    def live(self) -> bool:
        """Whether the loan still stands in the pool's exposure: not paid back, and no claim of it paid."""
        return self.balance > 0 and self.compensated_on is None


@dataclass(frozen=True, slots=True)
class CashFact:
    """One movement on one of the pool's accounts; `kind` is that of the journal, or of the one it reverses."""

    key: str
    day: dt.date
    posted_at: dt.datetime
    kind: str
    memo: str
    role: str
    source: str
    fen: int
    claim: str = ""


@dataclass(frozen=True, slots=True)
class ClaimFact:
    """The days of one claim that were known; None for what had not happened. `asked`: its payment waits for a signature."""

    key: str
    number: str
    enrolment: str
    bank: str
    bank_name: str
    filed_on: dt.date
    accepted_on: dt.date | None = None
    decided_on: dt.date | None = None
    paid_on: dt.date | None = None
    asked: bool = False


@dataclass(frozen=True, slots=True)
class RecoveryFact:
    """Money collected on a claim: the day the bank had it, the day it was handed back, the pool's part of it."""

    key: str
    number: str
    claim: str
    bank: str
    bank_name: str
    received_on: dt.date
    returned_on: dt.date
    fen: int


@dataclass(frozen=True, slots=True)
class CeilingFact:
    """A limit as it was agreed: whose (agreement, "" for the pool), of which year, and how its base is worded."""

    key: str
    scope: str
    title: str
    agreement: str
    bank: str
    bank_name: str
    year: int | None
    ceiling: int
    basis: str


@dataclass(frozen=True, slots=True)
class StatementFact:
    """The custodian's latest statement of one source up to the day, beside the ledger at the end of the statement's day."""

    key: str
    source: str
    day: dt.date
    stated: int
    ledger: int


@dataclass(frozen=True, slots=True)
class StopFact:
    """A stop-loss line of an adopted scheme: its metric, comparison and threshold as written, and what it does."""

    scheme: str
    scheme_name: str
    line: str
    metric: str
    op: str
    value: str
    action: str


@dataclass(frozen=True)
class Rates:
    """The published series of LPR: (day of publication, one-year, over five years), oldest first, in per cent.

    `publication_day` is the day of a month on which the next row is due.
    """

    rows: tuple[tuple[dt.date, Fraction, Fraction], ...] = ()
    publication_day: int = 1

    def on(self, day: dt.date, *, five_year: bool) -> Fraction | None:
        """The rate in force on a day; None before the first row and once the next one is due but not there: no guess.

        >>> rates = Rates(((dt.date(2026, 8, 20), Fraction(3), Fraction("3.5")),), publication_day=20)
        >>> [rates.on(day, five_year=True) for day in (dt.date(2026, 8, 19), dt.date(2026, 9, 19), dt.date(2026, 9, 20))]
        [None, Fraction(7, 2), None]
        """
        place = bisect_right(self.rows, day, key=lambda row: row[0]) - 1
        if place < 0:
            return None
        published, one_year, over_five = self.rows[place]
        if place == len(self.rows) - 1:
            next_month = add_months(published.replace(day=1), 1)
            if day >= next_month.replace(day=self.publication_day):
                return None
        return over_five if five_year else one_year


@dataclass(frozen=True)
class Facts:
    """Everything the indicators of one pool ask: the day, the moment, the period that begins with `begin`, and the rows.

    `stated` holds what only a person can state, by (name, bank code); what is not in it is missing, never nought.
    """

    pool: str
    on: dt.date
    begin: dt.date
    calendar: WorkingCalendar
    warn_at: Fraction
    decision_days: int
    known_at: dt.datetime | None = None
    bank: str = ""
    sources: tuple[str, ...] = ()
    loans: tuple[LoanFact, ...] = ()
    cash: tuple[CashFact, ...] = ()
    claims: tuple[ClaimFact, ...] = ()
    recoveries: tuple[RecoveryFact, ...] = ()
    ceilings: tuple[CeilingFact, ...] = ()
    statements: tuple[StatementFact, ...] = ()
    stops: tuple[StopFact, ...] = ()
    rates: Rates = Rates()
    stated: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)

    @property
    def banks(self) -> dict[str, str]:
        """Code and name of every bank that has a loan here, in order of code."""
        return dict(sorted({loan.bank: loan.bank_name for loan in self.loans}.items()))

    @property
    def lent_in_period(self) -> tuple[LoanFact, ...]:
        """Loans disbursed within the period."""
        return tuple(loan for loan in self.loans if self.begin <= loan.disbursed_on <= self.on)
