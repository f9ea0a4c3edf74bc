"""The loans of a pool as they are weighed: bare rows of a day, read by set.

A pool is weighed on every page of its bureau; its loans, banks and firms as objects cost more than their weighing.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from finance.loans.models import LoanTerms
from riskpool.pools import rules

if TYPE_CHECKING:
    from decimal import Decimal
    from uuid import UUID

    from django.db.models import QuerySet

    from riskpool.pools.models import Enrolment

TERMS = (
    "principal", "ip_share_percent", "disbursed_on", "due_on", "district", "pledge_id", "evaluation_free", "first_loan",
    "security",
)  # fmt: skip
"""What of a loan's terms is asked, in the order of `loan_facts`."""


class Bare(NamedTuple):
    """An enrolment by its keys, the family of its scheme, and what admission and the engine ask of its loan."""

    pk: UUID
    scheme: UUID
    family: str
    agreement: UUID
    loan: UUID
    borrower: UUID
    facts: rules.LoanFacts


class Weighed(NamedTuple):
    """One enrolment on a day: outstanding balance, covered part, and what the pool would bear if all were lost (fen)."""

    row: Bare
    balance: int
    exposure: int
    committed: int


def bare(enrolments: QuerySet[Enrolment], known_at: dt.datetime | None) -> list[Bare]:
    """The enrolments by the day they came, each with the terms of its loan as known at a moment (now, when not given)."""
    keys = (
        "pk",
        "scheme_id",
        "scheme__family",
        "agreement_id",
        "loan_id",
        "loan__borrower_id",
        "enrolled_on",
    )
    rows = list(
        enrolments.order_by("enrolled_on", "pk").values_list(
            *keys, *(f"loan__terms__{name}" for name in TERMS)
        )
    )
    known = _terms_known([row[4] for row in rows], known_at)
    found = []
    for *whose, filed_on, principal, ip_share, begun, due, district, pledge, free, first, security in rows:
        terms = known.get(whose[4]) or (
            principal, ip_share, begun, due, district, pledge, free, first, security,
        )  # fmt: skip
        assert terms[0] is not None, "an enrolled loan has terms"
        found.append(Bare._make((*whose, loan_facts(filed_on, *terms))))
    return found


def _terms_known(loans: list[UUID], known_at: dt.datetime | None) -> dict[UUID, tuple[Any, ...]]:
    """The terms of loans as they were known at a moment; empty when now is asked, which the loans' pointers answer."""
    if known_at is None:
        return {}
    known = LoanTerms.objects.filter(loan__in=loans, recorded_at__lte=known_at)
    rows = known.order_by("loan", "-seq").distinct("loan").values_list("loan", *TERMS)
    return {loan: tuple(terms) for loan, *terms in rows}


def terms_facts(filed_on: dt.date, terms: LoanTerms) -> rules.LoanFacts:
    """The same of terms that are at hand."""
    return loan_facts(filed_on, terms.principal.amount, *(getattr(terms, name) for name in TERMS[1:]))


def loan_facts(
    filed_on: dt.date,
    principal: Decimal,
    ip_share_percent: Decimal,
    disbursed_on: dt.date,
    due_on: dt.date,
    district: str,
    pledge_id: object,
    evaluation_free: bool,
    first_loan: bool,
    security: str,
) -> rules.LoanFacts:
    """What admission and the engine ask of a loan, from its terms (`TERMS`)."""
    return rules.LoanFacts(
        principal_fen=int(principal * 100),
        ip_share=Fraction(ip_share_percent) / 100,
        disbursed_on=disbursed_on,
        due_on=due_on,
        district=district,
        pledge_registered=pledge_id is not None,
        evaluation_free=evaluation_free,
        first_loan=first_loan,
        purely_pledged=security == "pledge",
        filed_on=filed_on,
    )
