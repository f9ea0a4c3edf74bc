"""What is known of rights, contracts, filings, pledges and loans when rules are asked. None is always *not known*."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from finance.parties.rules import name_key

from .identifiers import RightKind

Party = Literal["pledgor", "pledgee"]
RightStatus = Literal["pending", "in_force", "ended", "invalidated"]
Declarations = Mapping[tuple[str, str], frozenset[Party]]
"""Who has declared to know of which ground of which right: (ground, key of the right, empty for the whole)."""


@dataclass(frozen=True)
class Owner:
    """An owner in the register; `consents` to the pledge, on paper, since `consented_on`."""

    name: str
    consents: bool | None = None
    share: str = ""
    consented_on: dt.date | None = None

    def consents_by(self, day: dt.date) -> bool | None:
        """Whether the owner had consented by a day; a consent without a day is taken to be there already."""
        if self.consents and self.consented_on is not None and day < self.consented_on:
            return False
        return self.consents


@dataclass(frozen=True)
class OtherPledge:
    """Another registered pledge of the same right, of whichever bank; it still runs on the day it ends."""

    number: str
    registered_on: dt.date
    ended_on: dt.date | None = None

    def runs_on(self, day: dt.date) -> bool:
        return self.registered_on <= day and (self.ended_on is None or day <= self.ended_on)


@dataclass(frozen=True)
class Mark:
    """A registered mark of one owner: its words, Nice classes, similar groups, and the family an examiner put it in."""

    number: str
    words: str
    classes: frozenset[int] = frozenset()
    similar_groups: frozenset[str] = frozenset()
    family: str = ""


@dataclass(frozen=True)
class Right:
    """A right with its dates and its legal situation on the day of the question.

    `expires_on` is a stored fact of the register (a mark's term, a compensated patent term); without it the last valid day
    is computed. `fees_paid_through` is the year of the patent (1, 2, ...) whose fee has been paid.
    """

    kind: RightKind
    number: str
    subtype: str | None = None
    owners: tuple[Owner, ...] | None = None
    agreement_lets_each: bool | None = None
    status: RightStatus | None = None
    filed_on: dt.date | None = None
    priority_on: dt.date | None = None
    granted_on: dt.date | None = None
    registered_on: dt.date | None = None
    completed_on: dt.date | None = None
    published: bool | None = None
    first_published_on: dt.date | None = None
    author_died_on: dt.date | None = None
    first_used_on: dt.date | None = None
    last_used_on: dt.date | None = None
    expires_on: dt.date | None = None
    fees_paid_through: int | None = None
    renewal_filed: bool | None = None
    suspended: bool | None = None
    preserved: bool | None = None
    preserved_until: dt.date | None = None
    under_invalidation: bool | None = None
    same_day_invention: bool | None = None
    disputed: bool | None = None
    pledges: tuple[OtherPledge, ...] | None = None
    mark: Mark | None = None


@dataclass(frozen=True)
class Contract:
    """What the pledge contract says: ids of the terms it holds, and the clauses that matter."""

    terms: frozenset[str] | None = None
    debt_ends_on: dt.date | None = None
    forfeiture_clause: bool | None = None
    independence_clause: bool | None = None
    breaks_law: bool | None = None


@dataclass(frozen=True)
class Filing:
    """An application as it would be handed in: who, what, with which papers and declarations.

    `handed_in_on`: the day on which it was, or is said to be; consents of co-owners have to be there by then.
    """

    kind: RightKind
    pledgor: str
    rights: tuple[Right, ...]
    debtor: str | None = None
    contract: Contract = Contract()
    materials: frozenset[str] | None = None
    declarations: Declarations = field(default_factory=dict)
    owner_marks: tuple[Mark, ...] | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    name_proven: bool | None = None
    both_apply: bool | None = None
    agent_used: bool | None = None
    foreign_party: bool | None = None
    foreign_papers: bool | None = None
    valued: bool | None = None
    licensed_before: bool | None = None
    unfit: str = ""
    handed_in_on: dt.date | None = None

    @property
    def third_party_pledgor(self) -> bool | None:
        return third_party(self.pledgor, self.debtor)


def third_party(pledgor: str, debtor: str | None) -> bool | None:
    """Whether the pledgor stands for another's debt; not known while nobody is named as the debtor.

    >>> [third_party("甲有限公司", debtor) for debtor in (" 甲有限公司", "乙有限公司", None)]
    [False, True, None]
    """
    return name_key(debtor) != name_key(pledgor) if debtor else None


@dataclass(frozen=True)
class Pledge:
    """A registered pledge and the loan behind it, as the watch sees them."""

    number: str
    registered_on: dt.date | None = None
    registered_until: dt.date | None = None
    published: bool | None = None
    pledgor_is_enterprise: bool | None = None
    loan_ends_on: dt.date | None = None
    loan_repaid: bool | None = None
    limitation_from: dt.date | None = None
    proceeds_due_on: dt.date | None = None
