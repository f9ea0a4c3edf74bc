"""What a subsidy policy says, as frozen values: conditions, rates, lines, limits, budget, funding.

Rates, factors and shares are fractions of one; amounts are fen; days are calendar days. Everything here was read from a
file by `loading`, and `document` is the canonical text of the policy as it was read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from fractions import Fraction
from typing import Any

DATES = {
    "application_date": "application_date",
    "contract_date": "loan.contract_date",
    "disbursement_date": "loan.draws",
    "settlement_date": "loan.settled_on",
    "pledge_date": "pledge.registered_on",
    "event_date": "event.date",
}
"""Names of dates in a policy, each with the fact or the key of the application that states it (7.1)."""
CALENDAR_YEAR = "calendar_year"
APPLICATION_YEAR = "application_year"
LIFETIME = "lifetime"
WINDOWS = (APPLICATION_YEAR, CALENDAR_YEAR, LIFETIME)
SCOPES = ("enterprise", "bank", "guarantor", "loan", "project")
OF_ONE_APPLICATION = ("loan", "project")
"""A limit whose scope names one of these is not shared between the applications of a batch (7.10)."""
PAYEES = ("enterprise", "bank", "guarantor", "mark_owner")
FULL, IP_SHARE = "full", "ip_share"
FLAT_YEAR = "FLAT_YEAR"
DAY_COUNTS = {"ACT/360": 360, "ACT/365": 365, FLAT_YEAR: 0}
DAY_COUNT = "ACT/360"
INTEREST = "interest"
"""The cost that is no fee but the interest paid on the whole loan (7.8)."""
CEILING, BAND = "ceiling", "band"
PRO_RATA, FIRST_COME, UNDECIDED = "pro_rata", "first_come", "oversubscription_rule_unknown"
FLOOR_CENT, LARGEST_REMAINDER, HALF_UP = "floor_cent", "largest_remainder", "half_up"


@dataclass(frozen=True)
class Remarks:
    """What is shown beside an item and changes no amount."""

    ref: str = ""
    note: str = ""
    assumed: tuple[str, ...] = ()
    is_assumed: bool = False


# --- rates ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Const:
    """A number as it was written."""

    text: str
    value: Fraction


@dataclass(frozen=True)
class ContractRate:
    """`loan.rate`."""


@dataclass(frozen=True)
class Reference:
    """A published rate at the date that a selector names."""

    name: str
    at: str


@dataclass(frozen=True)
class Operation:
    """`min`, `max`, `add`, `mul` of all parts, or `sub`: the first less all others."""

    name: str
    parts: "tuple[Rate, ...]"


Rate = Const | ContractRate | Reference | Operation


# --- conditions ----------------------------------------------------------------------------------------------------

Value = str | bool | tuple[str | bool, ...] | None


@dataclass(frozen=True)
class FactTest:
    """One fact compared with a value, or with the fact whose path is the value."""

    fact: str
    op: str
    value: Value = None
    except_within: tuple[str, ...] = ()


@dataclass(frozen=True)
class RateTest:
    """Two rates compared."""

    left: Rate
    op: str
    right: Rate


@dataclass(frozen=True)
class AllOf:
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True)
class AnyOf:
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True)
class Not:
    part: "Condition"


Test = FactTest | RateTest | AllOf | AnyOf | Not


@dataclass(frozen=True)
class Condition:
    """A test with its id, the reason in the policy's own words, and where that stands."""

    test: Test
    id: str = ""
    reason: str = ""
    per_batch: bool = False
    remarks: Remarks = Remarks()


# --- lines ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MaxPeriod:
    """The longest subsidised period from the first draw: a number of years, months or days (`P1Y`, `P6M`, `P90D`)."""

    text: str
    months: int = 0
    days: int = 0


@dataclass(frozen=True)
class NotionalInterest:
    """Interest at a rate of the policy, whatever was really paid."""

    rate: Rate
    share: str = FULL
    day_count: str = DAY_COUNT
    max_period: MaxPeriod | None = None


@dataclass(frozen=True)
class InterestPaid:
    """Interest really paid, at most at the clamp."""

    clamp: Rate | None = None
    share: str = FULL
    day_count: str = DAY_COUNT
    max_period: MaxPeriod | None = None


@dataclass(frozen=True)
class LoanAmount:
    share: str = FULL
    most_fen: int | None = None
    most_when: Condition | None = None


@dataclass(frozen=True)
class FeePaid:
    fee: str


@dataclass(frozen=True)
class Fixed:
    """An amount for each unit that a fact counts."""

    unit_fen: int
    count: str


@dataclass(frozen=True)
class BankVolume:
    """A fact that is an amount in yuan."""

    fact: str


@dataclass(frozen=True)
class ApprovedAmount:
    """An amount decided elsewhere."""


@dataclass(frozen=True)
class TierAmount:
    """An amount by bracket whose table is not known: never computed."""

    by: str
    mode: str = ""


Base = (
    NotionalInterest | InterestPaid | LoanAmount | FeePaid | Fixed | BankVolume | ApprovedAmount | TierAmount
)


@dataclass(frozen=True)
class Constant:
    text: str
    value: Fraction


@dataclass(frozen=True)
class CaseEntry:
    """A value and when it holds; `when` None is otherwise."""

    when: Condition | None
    text: str
    value: Fraction
    remarks: Remarks = Remarks()


@dataclass(frozen=True)
class ByCase:
    entries: tuple[CaseEntry, ...]


@dataclass(frozen=True)
class Band:
    low: Fraction
    high: Fraction
    texts: tuple[str, str]


Factor = Constant | ByCase | Band


@dataclass(frozen=True)
class CostBound:
    """At most the sum of these costs: fees by name, and `interest`."""

    of: tuple[str, ...]
    remarks: Remarks = Remarks()


@dataclass(frozen=True)
class InterestBound:
    """At most the interest at another rate."""

    interest: NotionalInterest
    remarks: Remarks = Remarks()


Bound = CostBound | InterestBound


@dataclass(frozen=True)
class Cap:
    """The most for one application: one amount, or the last dated one on or before the date named by `at`."""

    amounts: tuple[tuple[date | None, int], ...]
    at: str = ""
    scope: str = ""


@dataclass(frozen=True)
class Count:
    """How many applications of one scope and window get the line."""

    most: int
    scope: tuple[str, ...]
    window: str


@dataclass(frozen=True)
class Line:
    id: str
    payee: str
    base: Base
    factor: Factor
    requires: tuple[Condition, ...] = ()
    prorate_full: int | None = None
    bounds: tuple[Bound, ...] = ()
    cap: Cap | None = None
    count: Count | None = None
    discretion: str = ""
    once_per: str = ""
    computable: bool = True
    remarks: Remarks = Remarks()


COUNT_ENDING = ".count"
"""What ends with it is a number of applications, no amount; no limit of a policy is named so."""


def count_key(line: Line) -> str:
    """The name under which it is held how many applications were already paid this line."""
    return f"{line.id}{COUNT_ENDING}"


# --- the whole -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Exclusive:
    """Of these lines only the highest is paid."""

    one_of: tuple[str, ...]
    reason: str = ""
    remarks: Remarks = Remarks()


@dataclass(frozen=True)
class Limit:
    """The most that these lines may get for one scope in one window; None sets no limit."""

    id: str
    over: tuple[str, ...]
    scope: tuple[str, ...]
    window: str
    most_fen: int | None
    remarks: Remarks = Remarks()


@dataclass(frozen=True)
class Budget:
    """The pool of a window and what happens when it is too small; None is an amount not known."""

    pool_fen: int | None
    over: str = UNDECIDED
    rounding: str = FLOOR_CENT
    window: str = ""
    pool_window: str = ""
    remarks: Remarks = Remarks()


@dataclass(frozen=True)
class Recovery:
    """What is asked back and what follows: the part of the sum (None: not said), whether interest is due on it (None: not
    said) and at which yearly rate (None: not said), and for how many years the firm may not apply (None: not said)."""

    share: Fraction | None = None
    interest: bool | None = None
    rate: Fraction | None = None
    rate_text: str = ""
    day_count: str = DAY_COUNT
    exclusion_years: int | None = None
    remarks: Remarks = Remarks()


@dataclass(frozen=True)
class Effective:
    first: date
    last: date | None
    picked_by: str


@dataclass(frozen=True)
class Window:
    """When an application may be filed; `apply_by` is a day, or a month and day that come back every year."""

    id: str
    settled: tuple[date | None, date | None]
    apply_by: str = ""
    paper_by: str = ""
    note: str = ""


@dataclass(frozen=True)
class Policy:
    id: str
    title: str
    effective: Effective
    eligibility: tuple[Condition, ...]
    lines: tuple[Line, ...]
    exclusive: tuple[Exclusive, ...]
    limits: tuple[Limit, ...]
    budget: Budget | None
    funding: tuple[tuple[str, Fraction], ...]
    windows: tuple[Window, ...]
    offered: bool
    region: str
    region_name: str
    issuer: tuple[str, ...]
    doc_no: str
    evidence: str
    legal_status: str
    superseded_by: str
    recovery: Recovery
    document: str
    """The policy's own part of the file as canonical JSON; what is stored with a decision."""
    examples: str = ""
    """The tests of the file as canonical JSON; no part of the terms."""

    def line(self, line_id: str) -> Line | None:
        return next((line for line in self.lines if line.id == line_id), None)


# --- walking -------------------------------------------------------------------------------------------------------


def parts_of(node: Any) -> Iterator[Any]:
    """What stands directly within a condition, a line, a list of them."""
    if isinstance(node, tuple):
        yield from node
    elif is_dataclass(node):
        yield from (getattr(node, one.name) for one in fields(node))


def tests_in(node: Any) -> Iterator[FactTest]:
    """Every comparison of a fact within a condition, a line, a list of them."""
    if isinstance(node, FactTest):
        yield node
    for part in parts_of(node):
        yield from tests_in(part)
