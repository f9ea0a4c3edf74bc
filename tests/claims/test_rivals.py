"""Two persons at one moment, each with a right of his own: settlements, claw-backs, refusals, limits. Real commits.

Whoever comes first is served, the other finds that the ground has moved and is refused in words; both would be too much.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import pytest

from kernel.money.fields import fen_of
from kernel.work.approvals import withdraw
from riskpool.claims import actions as claims
from riskpool.claims import queries, verifying
from riskpool.claims.models import Claim, Settlement, YearRun
from riskpool.ledger import queries as ledger
from riskpool.pools import actions as pools
from riskpool.pools import queries as pool_queries
from riskpool.pools.models import Limit
from tests.books import TODAY, Books, open_books
from tests.cast import make_cast
from tests.claims.payer import STARTING_LINE
from tests.claims.rival import told
from tests.work.at_once import from_the_line

pytestmark = [pytest.mark.race, pytest.mark.long]

AFTER = dt.date(2027, 1, 10)
Act = tuple[Any, str, Any, dt.date]  # who, what, of which, on which day


def at_one_moment(database: Any, *acts: Act) -> list[str]:
    """What each was told who set off together, in the order given."""
    runs = [partial(told, who.pk, what, which.pk, day) for who, what, which, day in acts]
    return from_the_line(database.superuser_url, STARTING_LINE, *runs)


def one_only(told: list[str]) -> bool:
    return sorted(answer.partition(" ")[0] for answer in told) == ["done"] + ["refused"] * (len(told) - 1)


def funded(cast: Any, *scheme: Any) -> Books:
    books = open_books(cast, *scheme)
    for code in ("city", "district"):
        books.pay_in(code, 6_000_000_00)
    return books


def paid_claim(books: Books) -> Claim:
    claim = books.accept(books.file(books.bad_loan(), 500_000_00))
    books.pay(claim)
    return claim


def nothing_is_wrong() -> None:
    assert ledger.faults() + pool_queries.faults() + verifying.faults() + queries.limit_faults() == []


def test_a_repair_and_a_claw_back_of_one_claim_at_one_moment_ask_for_no_more_than_was_paid(own_database):
    """400,000.00 was paid. The repair would ask for 80,000.00 of it, the claw-back for all."""
    with own_database.as_default():
        cast = make_cast()
        books, bureau = funded(cast), cast.district_bureau
        for _ in range(2):
            claim = paid_claim(books)
            repair = claims.propose_settlement(
                by=bureau.officer, claim_id=claim.pk, stage="repair", recognised={"principal": 400_000_00},
                reasons={"principal": "核减"}, reason="贷后检查缺失", article="第七条", on=TODAY,
            )  # fmt: skip
            clawback = claims.propose_clawback(
                by=bureau.officer, claim_id=claim.pk, amount_fen=400_000_00, interest_fen=0, reason="不实",
                article="第九条", on=TODAY,
            )  # fmt: skip
            answers = at_one_moment(
                own_database,
                (bureau.approver, "sign", repair, TODAY),
                (bureau.approver, "sign", clawback, TODAY),
            )
            assert one_only(answers), answers
            claim = Claim.objects.get(pk=claim.pk)
            owed = {"done": 80_000_00}.get(answers[0], 400_000_00)
            assert (fen_of(claim.paid), fen_of(claim.owed)) == (400_000_00, owed)
        nothing_is_wrong()


def test_one_settlement_signed_five_times_at_one_moment_is_carried_out_once(own_database):
    with own_database.as_default():
        cast = make_cast()
        books, bureau = funded(cast), cast.district_bureau
        claim = books.file(books.bad_loan(1_000_000_00), 1_000_000_00)
        claims.accept(
            by=bureau.officer, claim_id=claim.pk, on=TODAY, recognised={"principal": 400_000_00},
            reasons={"principal": "处置未完"}, rest_later=True,
        )  # fmt: skip
        books.pay(claim)
        asked = claims.propose_settlement(
            by=bureau.officer, claim_id=claim.pk, stage="part", recognised={"principal": 700_000_00},
            reasons={"principal": "处置未完"}, on=TODAY,
        )  # fmt: skip
        answers = at_one_moment(own_database, *[(bureau.approver, "sign", asked, TODAY)] * 5)
        assert one_only(answers), answers
        assert fen_of(Claim.objects.get(pk=claim.pk).paid) == 560_000_00
        assert Settlement.objects.filter(claim=claim).count() == 2
        nothing_is_wrong()


def test_a_year_is_settled_or_one_of_its_claims_is_refused_but_not_both(own_database):
    """8,000,000 and 4,000,000 come to 1,400,000 and 700,000; without the second the first has 900,000."""
    with own_database.as_default():
        cast = make_cast()
        books, bureau = (
            funded(cast, "qingdao-qianfan@2015", {"city": {"source": "city"}}),
            cast.district_bureau,
        )
        books.state("bank.year_end_balance", "500000000", agreement=books.agreement)
        first, second = (
            books.accept(books.file(books.bad_loan(fen), fen)) for fen in (8_000_000_00, 4_000_000_00)
        )
        asked = claims.propose_year(by=bureau.officer, year_id=first.bank_year_id, on=AFTER)
        answers = at_one_moment(
            own_database,
            (bureau.approver, "sign", asked, AFTER),
            (bureau.approver, "sign", asked, AFTER),
            (bureau.officer, "refuse", second, AFTER),
        )
        assert one_only(answers), answers
        states = [Claim.objects.get(pk=claim.pk).state for claim in (first, second)]
        paid = sum(fen_of(claim.paid) for claim in Claim.objects.all())
        if answers[2] == "done":
            assert (states, paid, YearRun.objects.count()) == (["in_year", "refused"], 0, 0)
        else:
            assert (states, paid, YearRun.objects.count()) == (["paid", "paid"], 2_100_000_00, 1)
        nothing_is_wrong()


def test_a_claim_is_accepted_or_the_limit_is_lowered_below_it_but_not_both(own_database):
    """The claim needs 400,000.00 of the year's limit, which the other wants to lower to 300,000.00."""
    with own_database.as_default():
        cast = make_cast()
        bureau = cast.district_bureau
        for _ in range(2):
            books = funded(cast)
            enrolment = books.bad_loan()
            claim = books.file(enrolment, 500_000_00)
            pool = enrolment.agreement.pool
            holder = Books(cast, pool, enrolment.agreement)
            used = queries.payouts_of(Limit(pool=pool, year=TODAY.year, scope="pool_year_payout"))
            holder.set_limit("pool_year_payout", used + 900_000_00, year=TODAY.year)
            terms = pools.LimitTerms("pool_year_payout", used + 300_000_00, "下调", None, TODAY.year)
            lower = pools.propose_limit(by=bureau.officer, pool=pool, terms=terms)
            answers = at_one_moment(
                own_database,
                (bureau.officer, "accept", claim, TODAY),
                (bureau.approver, "sign", lower, TODAY),
            )
            assert one_only(answers), answers
            limit = Limit.objects.get(pool=pool, scope="pool_year_payout", year=TODAY.year)
            assert fen_of(limit.used) <= fen_of(limit.ceiling)
            expected = used + (400_000_00 if answers[0] == "done" else 0)
            assert fen_of(limit.used) == expected
            if answers[0] == "done":  # what was refused still waits; the next round asks anew
                withdraw(by=bureau.officer, approval_id=lower.pk)
        nothing_is_wrong()
