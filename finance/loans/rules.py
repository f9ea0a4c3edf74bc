"""What a bank states of a loan and of a month, overdue days and interest. Pure: the day is given.

Amounts are fen; rates and shares are points (Decimal); days of delay count the first day, not the last.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kernel.days import add_months, year_fraction


@dataclass(frozen=True)
class StatedLoan:
    """Everything a bank says of one loan, in the words of the models (codes, fen, points)."""

    bank_loan_no: str
    borrower_name: str
    credit_code: str
    contract_no: str
    signed_on: dt.date
    disbursed_on: dt.date
    due_on: dt.date
    principal_fen: int
    annual_rate_percent: Decimal
    repayment: str
    day_count_basis: int
    pledge_kind: str
    right_numbers: tuple[str, ...]
    pledge_number: str
    pledge_registered_on: dt.date
    ip_share_percent: Decimal
    evaluation_free: bool
    security: str
    guarantor_name: str
    purpose: str
    first_loan: bool
    district: str

    @property
    def natural_key(self) -> str:
        """What tells this loan from the bank's others."""
        return self.bank_loan_no

    def plain(self) -> dict[str, Any]:
        """The statement as JSON holds it without loss."""
        return _plain(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> StatedLoan:
        """The inverse of `plain`."""
        read: dict[str, Any] = dict(plain)
        for name in ("signed_on", "disbursed_on", "due_on", "pledge_registered_on"):
            read[name] = dt.date.fromisoformat(plain[name])
        for name in ("annual_rate_percent", "ip_share_percent"):
            read[name] = Decimal(plain[name])
        read["right_numbers"] = tuple(plain["right_numbers"])
        return cls(**read)

    @property
    def digest(self) -> str:
        """SHA-256 of the statement: the same content, however it was written, has the same digest."""
        return _digest(self.plain())


@dataclass(frozen=True)
class StatedReturn:
    """What a bank says of one loan as of the end of one month (`period`: the month's first day)."""

    bank_loan_no: str
    period: dt.date
    balance_fen: int
    overdue_since: dt.date | None
    interest_paid_fen: int
    grade: str
    note: str = ""
    settled_on: dt.date | None = None

    def __post_init__(self) -> None:
        assert self.period.day == 1, "a period is named by its first day"
        assert self.settled_on is None or self.balance_fen == 0, (
            "only a loan that is paid off was paid off on a day"
        )

    @property
    def natural_key(self) -> str:
        """What tells this return from the bank's others."""
        return f"{self.bank_loan_no} {self.period:%Y-%m}"

    def plain(self) -> dict[str, Any]:
        """The statement as JSON holds it without loss; without a day of settlement as before banks could state one."""
        plain = _plain(self)
        if self.settled_on is None:
            del plain["settled_on"]
        return plain

    @property
    def digest(self) -> str:
        """SHA-256 of the statement."""
        return _digest(self.plain())


def _plain(statement: StatedLoan | StatedReturn) -> dict[str, Any]:
    return {field.name: _plain_value(getattr(statement, field.name)) for field in fields(statement)}


def _plain_value(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return shortest(value)
    return list(value) if isinstance(value, tuple) else value


def shortest(points: Decimal) -> str:
    """A decimal without idle zeros or exponent: 3.850 and 3.85 are one content.

    >>> shortest(Decimal("3.850000")), shortest(Decimal("60")), shortest(Decimal("100.0"))
    ('3.85', '60', '100')
    """
    text = format(points, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _digest(plain: Mapping[str, Any]) -> str:
    canonical = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def first_of_month(day: dt.date) -> dt.date:
    """The day that names a month.

    >>> first_of_month(dt.date(2026, 11, 20))
    datetime.date(2026, 11, 1)
    """
    return day.replace(day=1)


def last_of_month(day: dt.date) -> dt.date:
    """The last day of the month that a day lies in.

    >>> last_of_month(dt.date(2026, 2, 1)), last_of_month(dt.date(2026, 12, 31))
    (datetime.date(2026, 2, 28), datetime.date(2026, 12, 31))
    """
    return add_months(first_of_month(day), 1) - dt.timedelta(days=1)


def last_ended_month(on: dt.date) -> dt.date:
    """The first day of the last month that is over on a day; a month is over on the next one's first day.

    >>> last_ended_month(dt.date(2026, 1, 1)), last_ended_month(dt.date(2026, 11, 30))
    (datetime.date(2025, 12, 1), datetime.date(2026, 10, 1))
    """
    return add_months(first_of_month(on), -1)


def overdue_days(overdue_since: dt.date | None, on: dt.date) -> int:
    """Days of delay on a day: the first day counted, the last not (算头不算尾); 0 when nothing is overdue.

    >>> overdue_days(dt.date(2026, 8, 1), dt.date(2026, 10, 30)), overdue_days(None, dt.date(2026, 10, 30))
    (90, 0)
    """
    return max(0, (on - overdue_since).days) if overdue_since else 0


def is_claimable(overdue_since: dt.date | None, on: dt.date, needed_days: int) -> bool:
    """Whether a loan has been overdue for the days that the pool's procedure asks before a claim.

    >>> is_claimable(dt.date(2026, 8, 1), dt.date(2026, 10, 29), 90)
    False
    """
    return overdue_since is not None and overdue_days(overdue_since, on) >= needed_days


def accrued_interest_fen(
    balance_fen: int, annual_rate_percent: Decimal, start: dt.date, end: dt.date, basis: int
) -> int:
    """Interest on a constant balance from `start` to `end`, rounded half up to the fen once; for display only.

    1,000,000 元 at 3.85 % for 30 days by 360: 1,000,000 x 0.0385 x 30 / 360 = 3,208.333... 元.

    >>> accrued_interest_fen(100_000_000, Decimal("3.85"), dt.date(2026, 6, 1), dt.date(2026, 7, 1), 360)
    320833
    """
    exact = balance_fen * Fraction(annual_rate_percent) / 100 * year_fraction(start, end, basis)
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
