"""The facts of a pool's indicators: by hand from a small book, as of a day, as known at a moment, for each viewer."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from finance.parties.actions import record_fact
from kernel.work.approvals import decline
from riskpool.claims import actions as claims
from riskpool.claims.indicators.book import When
from riskpool.claims.indicators.bridges import bridges
from riskpool.claims.indicators.gathering import catalogue, gather
from riskpool.claims.indicators.rules import worked_out
from riskpool.pools import queries as pools
from riskpool.pools.models import Pool
from tests.books import LENT, TODAY, Books, go_bad, open_books
from tests.cast import Cast, make_cast
from tests.ground import laid

# Chongqing 2017 as adopted by tests/books: the pool bears 80 % of the principal (city 4: district 6), the bank 20 %.
#
#   paid in        city 4,000,000.00, district 6,000,000.00 on 2026-03-02, the day of lending
#   loan 1         400,000.00, wholly lost, claim paid: 320,000.00 leave the pool
#   loan 2         500,000.00, claim accepted: 400,000.00 reserved
#   loan 3         600,000.00, 550,000.00 left and substandard, claim filed for 550,000.00, nothing reserved
#   loan 4       1,000,000.00, no return
#   recovered      100,000.00 on loan 1, no costs: 80 % = 80,000.00 come back to the pool
BY_HAND = {
    "pool_balance": ["9,760,000.00 元"],  # 10,000,000 - 320,000 + 80,000
    "available_balance": ["9,360,000.00 元"],  # less the 400,000 reserved
    "covered_outstanding": ["2,050,000.00 元"] * 2,  # 500,000 + 550,000 + 1,000,000; loan 1 is paid
    "committed_exposure": ["1,640,000.00 元"] * 2,  # 80 % of it
    "leverage_outstanding": ["0.21 倍"],  # 2,050,000 / 9,760,000
    "leverage_cumulative": ["0.26 倍"],  # 2,500,000 / 9,760,000
    "headroom": [
        "95,550,000.00 元",
        "2,950,000.00 元",
    ],  # 10 x balance - 2,050,000; the agreement's 5,000,000 - 2,050,000
    "compensation_released": ["71.11 %"],  # 320,000 / (400,000 + 50,000)
    "compensation_cumulative": ["12.80 %"],  # 320,000 / 2,500,000
    "recovery_rate": ["25.00 %"],  # 80,000 / 320,000
    "net_loss_by_vintage": ["9.60 %"],  # 240,000 / 2,500,000
    "npl_rate": ["59.18 %"] * 2,  # (400,000 + 500,000 + 550,000) / 2,450,000: loan 1 stays in until repaid
    # 31 October to 20 November: 2-6, 9-13, 16-20 = 15 working days, three claims
    "days_npl_to_claim": ["15 个工作日", "15 个工作日", "0.00 %"],
    "average_rate": ["3.85 %"],
    "lpr_spread": ["0.85 个百分点"],  # LPR 3.00 on the day of lending
}


def small_book(cast: Cast) -> Books:
    books = open_books(cast, exposure_limit=5_000_000_00)
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 6_000_000_00)
    paid = books.accept(books.file(books.bad_loan(400_000_00), 400_000_00))
    books.pay(paid)
    books.accept(books.file(books.bad_loan(500_000_00), 500_000_00))
    books.file(books.bad_loan(600_000_00, balance=550_000_00), 550_000_00)
    books.enrol(books.lend(1_000_000_00))
    books.recover(paid, 100_000_00)
    return books


@laid
def books(cast: Cast) -> Books:
    return small_book(cast)


def told(books: Books, viewer: object = None, **asked: Any) -> dict[str, list[str]]:
    viewer = viewer or books.cast.district_bureau.officer
    facts = gather(viewer=viewer, pool_id=books.pool.pk, **{"on": TODAY, **asked})
    return {
        definition.id: [value.text for value in values]
        for definition, values in worked_out(facts, catalogue())
    }


def unfolded(books: Books, known_at: dt.datetime) -> list[str]:
    facts = gather(
        viewer=books.cast.district_bureau.officer, pool_id=books.pool.pk, on=TODAY, known_at=known_at
    )
    return [value.unfolded for _, values in worked_out(facts, catalogue()) for value in values]


def test_the_small_book_gives_what_was_worked_out_by_hand(books: Books) -> None:
    found = told(books)
    assert {name: found[name] for name in BY_HAND} == BY_HAND


def test_each_loan_is_weighed_as_the_position_weighs_it(books: Books) -> None:
    """The bulk path and the single path, row by row; a loan that is paid back or compensated is in neither."""
    facts = gather(viewer=books.cast.district_bureau.officer, pool_id=books.pool.pk, on=TODAY)
    single = {
        str(row.enrolment.pk): (row.exposure, row.committed) for row in pools.exposed_on(books.pool, TODAY)
    }
    assert {loan.key: (loan.exposure, loan.committed) for loan in facts.loans if loan.live} == single
    assert len(single) == 3


def test_another_day_is_another_answer(books: Books) -> None:
    """On the day of lending: all money in, all four loans standing, no claim."""
    found = told(books, on=LENT)
    assert found["pool_balance"] == ["10,000,000.00 元"]
    assert found["covered_outstanding"][0] == "2,500,000.00 元"
    assert found["days_claim_to_acceptance"] == ["不适用：期内没有这一步办结的申请"]
    before = told(books, on=LENT - dt.timedelta(days=1))
    assert before["pool_balance"] == ["0.00 元"]
    assert before["npl_rate"] == ["不适用：没有保障贷款余额"]


def test_a_period_that_begins_after_the_payment_has_none_in_it(books: Books) -> None:
    found = told(books, on=TODAY + dt.timedelta(days=1), begin=TODAY + dt.timedelta(days=1))
    assert found["compensation_outstanding"] == ["0.00 %"]
    assert found["compensation_cumulative"] == ["12.80 %"]
    assert found["recovery_rate"] == ["0.00 %"]


def test_a_past_report_is_the_same_when_it_is_asked_again_later(own_database) -> None:
    """Real commits. After the report: money dated before it, a return, a loan, another limit, a sector, a payment."""
    with own_database.as_default():
        books = open_books(make_cast(), exposure_limit=5_000_000_00)
        books.pay_in("city", 4_000_000_00)
        books.pay_in("district", 6_000_000_00)
        books.set_limit("pool_exposure", 20_000_000_00)
        accepted = books.accept(books.file(books.bad_loan(500_000_00), 500_000_00))
        bureau = books.cast.district_bureau
        asked = claims.propose_payment(by=bureau.officer, claim_id=accepted.pk, on=TODAY)
        other = books.lend(700_000_00)
        books.enrol(other)
        known = timezone.now()
        report, working = told(books, known_at=known), unfolded(books, known)
        assert report == told(books), "nothing has happened since"
        decline(by=bureau.approver, approval_id=asked.pk, reason="再核对")
        books.pay_in("city", 1_000_000_00)
        go_bad(other, 600_000_00)
        books.enrol(books.lend(300_000_00))
        books.set_limit("pool_exposure", 30_000_000_00)
        books.pay(accepted)
        books.recover(accepted, 50_000_00)
        enterprise = books.cast.enterprise_a.organisation
        record_fact(
            by=None, enterprise=enterprise, name="sector", value="软件", about=LENT, source="企业填报"
        )
        assert told(books, known_at=known) == report
        assert unfolded(books, known) == working, "nor has any figure of a formula moved"
        now = told(books)
        changed = {name for name in now if now[name] != report[name]}
        assert {
            "pool_balance", "available_balance", "covered_outstanding", "committed_exposure", "headroom", "npl_rate",
            "compensation_cumulative", "concentration_sector",
        } <= changed  # fmt: skip


def test_a_bank_reads_its_own_lines_and_no_figure_of_the_pool(books: Books) -> None:
    own = told(books, viewer=books.cast.bank_a.maker)
    assert own["covered_outstanding"] == ["2,050,000.00 元"]
    assert own["headroom"] == ["2,950,000.00 元"], "its agreement's, not the pool's"
    assert {"pool_balance", "available_balance", "committed_exposure", "leverage_outstanding"}.isdisjoint(own)
    facts = gather(viewer=books.cast.bank_a.maker, pool_id=books.pool.pk, on=TODAY)
    assert (facts.statements, facts.stops, facts.sources) == ((), (), ())
    assert all(row.claim for row in facts.cash), "contributions are no affair of a bank's"


def test_one_bank_sees_nothing_of_another_in_the_same_pool(books: Books) -> None:
    """Bank B has an agreement with the pool and no loan in it."""
    from tests.indicators.second_bank import sign_with_bank_b

    sign_with_bank_b(books)
    facts = gather(viewer=books.cast.bank_b.maker, pool_id=books.pool.pk, on=TODAY)
    assert (facts.loans, facts.cash, facts.claims, facts.recoveries) == ((), (), (), ())
    assert [one.bank for one in facts.ceilings] == [books.cast.bank_b.organisation.code]
    assert gather(viewer=books.cast.bank_a.maker, pool_id=books.pool.pk, on=TODAY).banks.keys() == {
        books.cast.bank_a.organisation.code
    }


def test_who_has_neither_seat_nor_agreement_finds_no_pool(books: Books) -> None:
    for outsider in (books.cast.bank_b.maker, books.cast.auditor.member, books.cast.enterprise_a.owner):
        with pytest.raises(Pool.DoesNotExist):
            gather(viewer=outsider, pool_id=books.pool.pk, on=TODAY)


def test_ten_times_the_loans_ask_no_more_queries(books: Books) -> None:
    def queries() -> int:
        told(books)  # policy texts and the calendar are read once a process
        with CaptureQueriesContext(connection) as asked:
            found = told(books)
        assert found["npl_rate"]
        return len(asked)

    few = queries()
    books.enrol(*[books.lend(10_000_00) for _ in range(40)])
    assert queries() == few
    assert few <= 70


def test_what_the_custodian_states_is_held_against_the_ledger_of_its_day(books: Books) -> None:
    """City: 4,000,000 − 128,000 (40 % of 320,000) + 32,000 = 3,904,000; stated one fen less."""
    from riskpool.pools import actions

    for code, fen in (("city", 3_904_000_00 - 1), ("district", 5_856_000_00)):
        actions.state_balance(
            by=books.cast.district_bureau.officer, source=books.source(code), day=TODAY, fen=fen,
            reference="对账单", on=TODAY,
        )  # fmt: skip
    assert told(books)["custodian_gap"] == ["-0.01 元", "-0.01 元", "0.00 元"]


def test_the_share_of_a_bank_in_the_line_is_exact(books: Books) -> None:
    facts = gather(viewer=books.cast.district_bureau.officer, pool_id=books.pool.pk, on=TODAY)
    assert {loan.ip_share for loan in facts.loans} == {Fraction(1)}
    assert {loan.rate_percent for loan in facts.loans} == {Fraction(385, 100)}


def test_a_loan_whose_claim_was_paid_in_part_stays_in_the_exposure_until_it_is_settled_for_good(cast):
    books = open_books(cast)
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 6_000_000_00)
    claim = books.file(books.bad_loan(500_000_00), 500_000_00)
    claims.accept(
        by=cast.district_bureau.officer, claim_id=claim.pk, on=TODAY, recognised={"principal": 200_000_00},
        reasons={"principal": "处置未完，先认定部分"}, rest_later=True,
    )  # fmt: skip
    books.pay(claim)
    assert told(books)["covered_outstanding"][0] == "500,000.00 元", "the pool's own exposure says the same"
    assert pools.live_exposure(books.pool) == 500_000_00
    books.settle(claim, "final", 500_000_00)
    assert told(books)["covered_outstanding"][0] == "0.00 元"


def test_escrow_and_what_a_bank_brings_back_have_their_place_in_the_balance(cast):
    books = open_books(cast, "shanghai-ip-deposit@2023", {"fund": {"pool": True}})
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 6_000_000_00)
    claim = books.accept(books.file(books.bad_loan(3_000_000_00), 3_000_000_00))
    books.pay(claim)  # 2,400,000.00 into escrow
    assert told(books)["pool_balance"] == ["10,000,000.00 元"]
    assert told(books)["available_balance"] == ["7,600,000.00 元"]
    books.settle(claim, "final", 1_000_000_00)  # 800,000.00 paid, 1,600,000.00 free again
    assert told(books)["pool_balance"] == told(books)["available_balance"] == ["9,200,000.00 元"]
    books.claw_back(claim, 800_000_00)
    books.arrive(claim, 1, 300_000_00)
    assert told(books)["pool_balance"] == ["9,500,000.00 元"]
    first, second = When(LENT), When(TODAY)
    found = bridges(viewer=cast.district_bureau.officer, pool_id=books.pool.pk, first=first, second=second)
    assert [one.closing for one in found.each if one.id in ("cash", "free")] == [9_500_000_00, 9_500_000_00]
