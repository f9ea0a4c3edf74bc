"""Bare rows of a pool say of each loan what its objects say, and a pool is weighed without making them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db.models.signals import post_init

from finance.loans.models import Loan, LoanReturn, LoanTerms
from finance.parties.models import Organisation
from riskpool.pools import measures, metrics, queries
from riskpool.pools.models import Enrolment
from riskpool.pools.weighed import bare
from tests.books import LENT, TODAY, open_books, scheme_version

pytestmark = pytest.mark.django_db
SCHEME = "chongqing-knowledge-value@2017"
VARIED = [
    {},
    {"ip_share_percent": Decimal("33.333333"), "first_loan": True},
    {"security": "pledge_guarantee", "evaluation_free": False, "pledge": None},
    {"due_on": LENT + dt.timedelta(days=900), "district": "江北区"},
]


def test_a_bare_row_says_of_its_loan_what_its_objects_say(cast):
    books = open_books(cast)
    for fen, terms in zip((500_000_00, 1_00, 123_456_78, 70_000_00), VARIED, strict=True):
        loan = books.lend(fen, **terms)
        Enrolment.objects.create(
            loan=loan, agreement=books.agreement, scheme=scheme_version(SCHEME), enrolled_on=LENT,
            exposure=loan.terms.principal, committed=loan.terms.principal,
        )  # fmt: skip
    rows = bare(Enrolment.objects.all(), None)
    assert len(rows) == len(VARIED)
    for row in rows:
        enrolment = Enrolment.objects.get(pk=row.pk)
        assert row.facts == queries.facts_of(enrolment.loan, enrolment.enrolled_on)
        assert row[1:6] == (
            enrolment.scheme_id, enrolment.scheme.family, enrolment.agreement_id, enrolment.loan_id,
            enrolment.loan.borrower_id,
        )  # fmt: skip


def test_a_pool_is_weighed_and_its_rate_counted_without_an_object_of_any_loan(cast):
    """Those cost more than the weighing, on every page of a bureau; a page that shows the loans makes them."""
    books = open_books(cast)
    books.enrol(*[books.lend(10_000_00) for _ in range(3)])
    books.bad_loan(20_000_00)
    made: list[str] = []

    def count(sender, **_):
        if sender in (Loan, LoanTerms, LoanReturn, Organisation, Enrolment):
            made.append(sender.__name__)

    for weigh in (
        lambda: queries.exposure_on(books.pool, TODAY),
        lambda: measures.book(metrics.Asked(pool=books.pool, on=TODAY)),
    ):
        made.clear()
        post_init.connect(count)
        try:
            told = weigh()
        finally:
            post_init.disconnect(count)
        assert told
        assert {name for name in made if made.count(name) > 2} == set(), "the bank of the agreement, no more"
        assert not {"Loan", "LoanTerms", "LoanReturn", "Enrolment"} & set(made)
    assert [one.balance for one in queries.weighed_on(books.pool, TODAY)] == [10_000_00] * 3 + [20_000_00]
    assert len(queries.exposed_on(books.pool, TODAY)) == 4
