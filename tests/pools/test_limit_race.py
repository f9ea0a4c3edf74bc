"""Two banks enrol a loan of one borrower at one moment, with room for one: real threads, real commits."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
from django.db import connection

from finance.loans.models import Loan
from kernel.money.fields import fen_of
from riskpool.pools import enrolling, queries
from riskpool.pools.models import Enrolment, Limit
from tests.books import LENT, lend, open_books
from tests.cast import make_cast
from tests.claims.payer import STARTING_LINE, wait_for_the_start


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
        with psycopg.connect(own_database.superuser_url, autocommit=True) as starter:
            starter.execute("SELECT pg_advisory_lock(%s)", [STARTING_LINE])
            with ThreadPoolExecutor(len(loans)) as threads:
                runners = [threads.submit(enrolled, loan.pk) for loan in loans]
                until = time.monotonic() + 60
                while time.monotonic() < until and not any(runner.done() for runner in runners):
                    (ready,) = starter.execute(
                        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted",
                        [STARTING_LINE],
                    ).fetchone()  # type: ignore[misc]
                    if ready == len(loans):
                        break
                    time.sleep(0.01)
                starter.execute("SELECT pg_advisory_unlock(%s)", [STARTING_LINE])
                assert sorted(runner.result(timeout=60) for runner in runners) == [False, True]
        assert Enrolment.objects.count() == 1
        assert fen_of(Limit.objects.get(scope="borrower_exposure").used) == 600_000_00
        assert queries.faults() == []
