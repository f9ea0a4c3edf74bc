"""The terms of a loss-sharing scheme as frozen values: what the engine reads, and nothing that it does not.

Shares, rates and points are exact fractions of one; amounts inside expressions are in the scheme's currency (yuan).
A `Scheme` also carries its own text (`document`, canonical JSON of the resolved file), so that a decision can be
replayed for ever, and the marks of its sources, so that a working can cite them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from kernel.conditions import Condition
from kernel.expressions import Expression

PRINCIPALS = ("principal", "principal_net")
COMPONENTS = ("principal", "principal_net", "interest", "penalty", "costs")
ACTIONS = ("warn", "suspend_new", "suspend_claims")


@dataclass(frozen=True)
class Party:
    """Someone who bears or passes on a part of the loss. The role is shown, never calculated from."""

    code: str
    role: str = ""


@dataclass(frozen=True)
class Coverage:
    """Which part of the loan the scheme covers: a fact between 0 and 1."""

    metric: str
    minimum: Fraction | None = None
    if_missing: Literal["exclude", "full"] = "exclude"


@dataclass(frozen=True)
class EligibleCap:
    """A limit before the split; what lies above it stays outside the scheme, with the lender."""

    id: str
    basis: Literal["loan_amount_prorata", "loss_amount"]
    limit: Expression
    loan_metric: str = ""


@dataclass(frozen=True)
class LossBase:
    """Which components of a loss count, and how much of them."""

    include: tuple[str, ...]
    coverage: Coverage | None = None
    eligible_caps: tuple[EligibleCap, ...] = ()


@dataclass(frozen=True)
class StopLoss:
    """A line that warns, stops new loans, or suspends the payments of the affected parties."""

    id: str
    condition: Condition
    action: str
    affects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """One line of a share table."""

    when: tuple[Condition, ...]
    shares: Mapping[str, Fraction]


@dataclass(frozen=True)
class Uplift:
    """Points added once to the share of one party."""

    when: tuple[Condition, ...]
    party: str
    add: Fraction


@dataclass(frozen=True)
class Slice:
    """A layer of the basis: above `attach` (absent: from nothing), up to `detach` (absent: without end)."""

    attach: Expression | None = None
    detach: Expression | None = None


@dataclass(frozen=True)
class Transfer:
    """Parts of a basis move from one party to others; `basis_party` None means the covered loss."""

    payer_of_claim: str
    basis_party: str | None
    rows: tuple[Row, ...]
    pick: Literal["first", "max"] = "first"
    tabled: bool = False
    uplifts: tuple[Uplift, ...] = ()
    slice: Slice | None = None
    when: tuple[Condition, ...] = ()
    basis_in_text: str = ""


@dataclass(frozen=True)
class Cap:
    """What the parties together bear is cut to a limit; the difference goes to `overflow_to`."""

    id: str
    parties: tuple[str, ...]
    limit: Expression
    overflow_to: str
    when: tuple[Condition, ...] = ()
    basis_in_text: str = ""


@dataclass(frozen=True)
class Adjust:
    """A stated amount moves from `party` to `to` (fault of the lender, payments of others)."""

    id: str
    party: str
    to: str
    amount: Expression
    when: tuple[Condition, ...] = ()
    basis_in_text: str = ""


Step = Transfer | Cap | Adjust


@dataclass(frozen=True)
class RecoveryTerms:
    """How money collected after payment is shared."""

    deduct_costs: Literal["first", "none"] = "first"
    distribution: Literal["pro_rata_borne", "priority"] = "pro_rata_borne"
    order: tuple[tuple[str, ...], ...] = ()
    basis_in_text: str = ""


@dataclass(frozen=True)
class Source:
    """Where a rule was read, and how well."""

    url: str
    status: str
    what: str


@dataclass(frozen=True)
class Scheme:
    """One version of one scheme. Versions of one scheme share the part of the id before `@`."""

    id: str
    name: str
    currency: str
    lender: str
    parties: tuple[Party, ...]
    loss_base: LossBase
    steps: tuple[Step, ...]
    stop_loss: tuple[StopLoss, ...] = ()
    recovery: RecoveryTerms = RecoveryTerms()
    rounding: Literal["largest_remainder", "floor"] = "largest_remainder"
    level: Literal["claim", "bank_year"] = "claim"
    escrow: bool = False
    settle: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    supersedes: str = ""
    doc_no: str = ""
    sources: tuple[Source, ...] = ()
    assumed: tuple[str, ...] = ()
    document: str = "{}"
    grants: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """The part of the id that all versions share."""
        return self.id.partition("@")[0]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the parties in listed order, which decides ties."""
        return tuple(party.code for party in self.parties)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the resolved text: two schemes with the same fingerprint pay the same."""
        return hashlib.sha256(self.document.encode()).hexdigest()

    def valid_on(self, day: date) -> bool:
        """First and last day are both included."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )
