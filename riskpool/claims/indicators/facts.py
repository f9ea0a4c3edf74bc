"""What the indicators are worked out from: the facts of one pool on a day, as known at a moment. Values only, in fen.

A `Facts` is what one viewer may see: at a pool's seat everything, for a bank its own loans, claims and money (`bank`).
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from kernel.days import add_months

if TYPE_CHECKING:
    from kernel.days import WorkingCalendar

CASH, RESERVED, FREE, ESCROW = "cash", "reserved", "free", "escrow"


@dataclass(frozen=True, slots=True)
class LoanFact:
    """One enrolled loan: terms as known, balance as reported by the day, what the scheme covers and the pool would bear.

    `exposure` is what the position counts: the covered part, all of it while facts of the scheme want, and 0 once the
    claim is settled for good (`compensated_on`). `committed` is the pool's part of it, `opening` the exposure on the eve of
    the period. `covered` is what rates count: the covered part by the loss base alone, whatever became of the claim.
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
    written_off: bool = False

    @property
    def compensated(self) -> bool:
        """Whether its claim was settled for good."""
        return self.compensated_on is not None

    @property
    def live(self) -> bool:
        """Whether the loan still stands in the pool's exposure: not paid back, and no claim of it settled for good."""
        return self.balance > 0 and not self.compensated


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
    """The days of one claim that were known; None for what had not happened. `asked`: its payment waits for a signature.

    `decided_on` is the day of the first request to pay or set aside. `paid_on` is the day of the first payment that stands:
    one that failed counts from the day on which it was made again. `pay_decided_on` is when that was asked for,
    `settled_on` the day on which the claim was settled for good.
    """

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
    pay_decided_on: dt.date | None = None
    settled_on: dt.date | None = None


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
class ArrivalFact:
    """Money of a receivable that arrived: what was paid too much, and (apart from it) interest on that."""

    key: str
    number: str
    claim: str
    title: str
    day: dt.date
    principal: int
    interest: int


@dataclass(frozen=True, slots=True)
class CeilingFact:
    """A limit as it was agreed: whose (agreement, "" for the pool), of which year, and how its base is worded.

    A joint one binds `agreements` (none: all) and counts what `sources` pay (none: all); `each` is the rule for every
    single "borrower" or "loan".
    """

    key: str
    scope: str
    title: str
    agreement: str
    bank: str
    bank_name: str
    year: int | None
    ceiling: int
    basis: str
    agreements: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    each: str = ""

    @property
    def of_exposure(self) -> bool:
        """Whether it bounds what stands in the pool; otherwise what is paid from it."""
        return self.scope.endswith("_exposure")

    def binds(self, agreement: str) -> bool:
        """Whether loans under an agreement are within it."""
        return self.agreement in ("", agreement) and (not self.agreements or agreement in self.agreements)


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
    """A stop-loss line on the day, as the breakers look at it: told in words, met or near, and its distance (None: none).

    Threshold and value are exact, in the metric's own unit; a value that is None is not known, `why` tells.
    """

    key: str
    told: str
    whose: str
    bank: str
    effect: str
    article: str
    unit: str
    threshold: Fraction | None
    value: Fraction | None
    why: str = ""
    working: str = ""
    distance: Fraction | None = None
    met: bool = False
    near: bool = False
    day: dt.date | None = None


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

    `stated` holds what only a person can state, by (name, bank code); what is not in it is missing, never nought. `counting`
    are the settings of the NPL rate in the catalogue of metrics: what is counted, with which amount.
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
    arrivals: tuple[ArrivalFact, ...] = ()
    ceilings: tuple[CeilingFact, ...] = ()
    statements: tuple[StatementFact, ...] = ()
    stops: tuple[StopFact, ...] = ()
    rates: Rates = Rates()
    stated: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)
    counting: Mapping[str, Any] = field(default_factory=dict)

    @property
    def banks(self) -> dict[str, str]:
        """Code and name of every bank that has a loan here, in order of code."""
        return dict(sorted({loan.bank: loan.bank_name for loan in self.loans}.items()))

    @property
    def lent_in_period(self) -> tuple[LoanFact, ...]:
        """Loans disbursed within the period."""
        return tuple(loan for loan in self.loans if self.begin <= loan.disbursed_on <= self.on)
