"""Real commits, real threads: the same answer twice at once, a payout against a freeze, the last free money wanted twice."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

from django.db import connection

from finance.parties.actions import propose_payee_account
from kernel.errors import Refused
from kernel.money.fields import fen_of
from kernel.work.approvals import approve
from kernel.work.models import Approval
from riskpool.claims import actions as claims
from riskpool.claims import verifying
from riskpool.claims.models import Claim
from riskpool.ledger import queries as ledger
from riskpool.ledger.models import Journal
from riskpool.pools import queries as pools
from riskpool.treasury import actions, queries
from riskpool.treasury.models import PaymentInstruction, PaymentOutcome, StatementImport
from tests.books import LENT, TODAY, Books, open_books
from tests.cast import make_cast
from tests.treasury.bank import answer, failed, send, state, statement

YEAR = dt.date(2026, 1, 1)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Every act in a thread and connection of its own, let go together; what each was told."""
    barrier, told = threading.Barrier(len(acts)), [""] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            barrier.wait()
            act()
            told[place] = "done"
        except Refused as refused:
            told[place] = refused.problems[0].code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[place, act]) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(told), f"an act ended in a traceback: {told}"
    return told


def a_pool(books: Books, city: int = 4_000_000_00, district: int = 6_000_000_00) -> Books:
    books.pay_in("city", city)
    books.pay_in("district", district)
    return books


def nothing_is_wrong() -> None:
    assert ledger.faults() + pools.faults() + verifying.faults() + queries.faults() == []


def test_the_same_answer_uploaded_twice_at_once_and_approved_twice_at_once_is_entered_once(own_database):
    with own_database.as_default():
        cast = make_cast()
        books = a_pool(open_books(cast))
        claim = books.accept(books.file(books.bad_loan(), 500_000_00))
        books.pay(claim)
        send(books, "city")
        content = answer([failed(PaymentInstruction.objects.get(source__code="city"))])
        bureau = cast.district_bureau

        def upload() -> None:
            actions.propose_return(
                by=bureau.officer, pool_id=books.pool.pk, name="回盘.csv", content=content, on=TODAY
            )

        assert sorted(at_once(*[upload] * 4)) == ["already_asked"] * 3 + ["done"]
        asked = Approval.objects.get(kind="treasury.enter_return")
        both = [lambda: approve(by=bureau.approver, approval_id=asked.pk)] * 4
        assert sorted(at_once(*both)) == ["already_decided"] * 3 + ["done"]
        assert (PaymentOutcome.objects.count(), Journal.objects.filter(kind="payment_failed").count()) == (
            1,
            1,
        )
        assert fen_of(Claim.objects.get().paid) == 240_000_00
        nothing_is_wrong()


def test_a_payout_and_a_statement_with_an_unknown_line_come_one_after_the_other(own_database):
    """Whoever holds the pool first decides: paid before the freeze, or frozen and not paid; never paid after it."""
    with own_database.as_default():
        cast = make_cast()
        bureau = cast.district_bureau
        books = a_pool(open_books(cast))
        claim = books.accept(books.file(books.bad_loan(), 500_000_00))
        asked = claims.propose_payment(by=bureau.officer, claim_id=claim.pk, on=TODAY)
        rows = [(LENT, "4000000.00", "", "", "", "", ""), (TODAY, "88.00", "", "", "", "", "")]
        told = at_once(
            lambda: approve(by=bureau.approver, approval_id=asked.pk),
            lambda: state(books, "city", YEAR, TODAY, 0, 4_000_088_00, statement(rows)),
        )
        assert told in (["done", "done"], ["unexplained_line", "done"])
        paid, frozen_at = Journal.objects.filter(kind="claim_paid").first(), StatementImport.objects.get()
        assert (paid is not None) == (told[0] == "done")
        assert queries.frozen(books.pool)
        second = books.accept(books.file(books.bad_loan(), 500_000_00))
        assert at_once(lambda: books.pay(second)) == ["unexplained_line"]
        assert frozen_at.live
        nothing_is_wrong()


def test_of_a_withdrawal_and_a_claim_that_want_the_last_free_money_one_wins(own_database):
    with own_database.as_default():
        cast = make_cast()
        bureau = cast.district_bureau
        books = a_pool(open_books(cast), city=160_000_00, district=240_000_00)
        asked = propose_payee_account(
            by=cast.city_bureau.officer, holder="市财政局", bank_name="国库", number="5001000011112222"
        )
        approve(by=cast.city_bureau.approver, approval_id=asked.pk)
        claim = books.file(books.bad_loan(), 500_000_00)
        wanted = actions.propose_withdrawal(
            by=bureau.officer, source=books.source("city"), fen=100_00, basis="协议第九条", on=TODAY
        )
        told = at_once(
            lambda: books.accept(claim),
            lambda: approve(by=bureau.approver, approval_id=wanted.pk),
        )
        assert sorted(told) == ["done", "overdrawn"]
        city = books.source("city")
        assert ledger.balance(city.free) == (0 if told[0] == "done" else 159_900_00)
        assert min(ledger.balance(account) for account in (city.cash, city.free, city.reserved)) >= 0
        if told[0] == "done":
            assert at_once(lambda: books.pay(Claim.objects.get())) == ["done"]
        nothing_is_wrong()
