"""A house's own loans, each with the score it was decided on and what became of it; the same for every page that asks.

Nothing of another institution is looked at. A loan belongs to the last score made of its borrower in the days before it was
lent; a score dated after the loan never counts, nor one with an input that became known after it. Of a month that was
reported again the last statement counts.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models.expressions import RawSQL

from finance.loans.models import Loan, LoanReturn, LoanTerms
from finance.loans.queries import state_of
from finance.loans.rules import last_of_month, overdue_days
from kernel.money.fields import fen_of
from kernel.money.yuan import FEN_IN_YUAN
from valuation.learning.outcomes import Month, Outcome, outcome_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Organisation
    from valuation.learning.method import Method
    from valuation.scores.models import Score


@dataclass(frozen=True)
class Booked:
    """A loan with its outcome, as known at the moment of the question."""

    loan: Loan
    lent_on: dt.date
    principal_fen: int
    outcome: Outcome


@dataclass(frozen=True)
class Book:
    """Loans by the score they were decided on, the months of all loans of a firm, and how many loans have no score."""

    by_score: Mapping[UUID, Sequence[Booked]]
    months: Mapping[UUID, Sequence[Sequence[Month]]]
    unscored: int


def booked(
    house: UUID, of_firm: Mapping[Any, Sequence[Score]], *, known_at: dt.datetime, on: dt.date, method: Method
) -> Book:
    """The house's loans as recorded by a moment and as they stood on a day; `of_firm`: its `light` scores in order."""
    months = _months(house, known_at, on)
    by_score: dict[UUID, list[Booked]] = defaultdict(list)
    of_borrower: dict[UUID, list[Sequence[Month]]] = defaultdict(list)
    unscored = 0
    for terms in _terms(house, known_at):
        loan, seen = terms.loan, months.get(terms.loan_id, [])
        of_borrower[loan.borrower_id].append(seen)
        score = _decisive(of_firm.get(loan.borrower_id, []), terms.disbursed_on, method)
        if score is None:
            unscored += 1
            continue
        principal = fen_of(terms.principal)
        outcome = outcome_of(terms.disbursed_on, principal, seen, method.default, on)
        by_score[score.pk].append(Booked(loan, terms.disbursed_on, principal, outcome))
    return Book(by_score, of_borrower, unscored)


def _terms(house: UUID, known_at: dt.datetime) -> list[LoanTerms]:
    """Of each loan the terms that stood at the moment, not those that stand now; the loan recorded first comes first."""
    rows = LoanTerms.objects.filter(loan__bank=house, recorded_at__lte=known_at).select_related("loan")
    standing = rows.order_by("loan", "-seq").distinct("loan")
    return sorted(standing, key=lambda terms: (terms.loan.recorded_at, terms.loan_id))


def _months(house: UUID, known_at: dt.datetime, on: dt.date) -> dict[UUID, list[Month]]:
    """Of each loan its months, each by its last statement; one question for the whole house."""
    rows = LoanReturn.objects.filter(loan__bank=house, recorded_at__lte=known_at, period__lte=on)
    rows = rows.order_by("loan", "period", "-seq").distinct("loan", "period")
    found: dict[UUID, list[Month]] = defaultdict(list)
    # plain columns: a house of two thousand loans has thirty thousand months, and a model of each takes seconds
    for loan, period, since, grade, balance in rows.values_list(
        "loan_id", "period", "overdue_since", "grade", "balance"
    ):
        ends = last_of_month(period)
        if ends <= on:
            delay = overdue_days(since, ends + dt.timedelta(days=1))
            found[loan].append(Month(ends, delay, grade, int(balance * FEN_IN_YUAN)))
    return found


def light(scores: QuerySet[Score]) -> QuerySet[Score]:
    """Scores without what they were made of and came to, but with `last_known`, the last day of an input as ISO text."""
    last = "(SELECT COALESCE(MAX(line ->> 'known_on'), '') FROM jsonb_array_elements(scores_score.answer -> 'lines') line)"
    return scores.annotate(last_known=RawSQL(last, ())).defer("given", "about", "answer", "value")


def _decisive(scores: Iterable[Any], lent_on: dt.date, method: Method) -> Score | None:
    """The last score in the days before a loan, all of whose inputs were known by then."""
    first = lent_on - dt.timedelta(days=method.default.booking_days)
    found = [
        one for one in scores
        if first <= one.on <= lent_on and one.last_known <= lent_on.isoformat()
    ]  # fmt: skip
    return found[-1] if found else None


def owed_fen(house: Organisation, enterprise: Organisation, on: dt.date) -> int:
    """What the firm owes the house on the day by the house's own registered loans, raised to a whole yuan."""
    states = (state_of(loan, on=on) for loan in Loan.objects.filter(bank=house, borrower=enterprise))
    fen = sum(state.balance_fen for state in states if state)
    return -(-fen // FEN_IN_YUAN) * FEN_IN_YUAN
