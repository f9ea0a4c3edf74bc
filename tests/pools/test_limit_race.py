"""Two banks enrol a loan of one borrower at one moment, with room for one: real threads, real commits."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.db import connection

from finance.loans.models import Loan
from kernel.money.fields import fen_of
from riskpool.pools import enrolling, queries
from riskpool.pools.models import Enrolment, Limit
from tests.books import LENT, lend, open_books
from tests.cast import make_cast
from tests.claims.payer import STARTING_LINE, wait_for_the_start
from tests.work.at_once import from_the_line


def enrolled(loan_id: UUID) -> bool:
    """Whether the loan came in, asked for as soon as the test lets go, in a connection of this thread's own."""
    try:
        loan = Loan.objects.select_related("terms", "latest_return").get(pk=loan_id)
        with connection.cursor() as cursor:
            wait_for_the_start(cursor)
        return bool(enrolling.enrol_loans(by=None, loans=[loan], on=LENT)[0])
    finally:
        connection.close()


def test_of_two_loans_of_one_borrower_with_room_for_one_exactly_one_enters(own_database):
    with own_database.as_default():
        cast = make_cast()
        books = open_books(cast)
        books.with_bank_b()
        books.set_limit("borrower_exposure", 1_000_000_00)
        borrower = cast.enterprise_a.organisation
        loans = [lend(bank.organisation, borrower, 600_000_00) for bank in (cast.bank_a, cast.bank_b)]
        assert not Limit.objects.filter(scope="borrower_exposure").exists(), "its row is made by the race"
        runs = [partial(enrolled, loan.pk) for loan in loans]
        assert sorted(from_the_line(own_database.superuser_url, STARTING_LINE, *runs)) == [False, True]
        assert Enrolment.objects.count() == 1
        assert fen_of(Limit.objects.get(scope="borrower_exposure").used) == 600_000_00
        assert queries.faults() == []
