"""An acceptance in which a fault is found is taken back into review by two persons, and the claim is decided anew."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from kernel.calendars.queries import working_calendar
from kernel.errors import Refused
from kernel.money.fields import fen_of
from kernel.work.approvals import approve
from kernel.work.models import Approval
from riskpool.claims import actions, queries, verifying
from riskpool.claims.clocks import clocks_of
from riskpool.claims.indicators.book import When
from riskpool.claims.indicators.ledger_facts import claims as told
from riskpool.claims.models import Claim, TakenBack
from riskpool.ledger import queries as ledger
from riskpool.ledger.models import Journal
from riskpool.pools import queries as pools
from riskpool.pools.models import Limit
from tests.books import TODAY

YEAR_LATER = TODAY + dt.timedelta(days=60)


def ask(books, claim, reason="贷款资料复核有误，依据办事规则第五条", on=TODAY):
    return actions.propose_taking_back(
        by=books.cast.district_bureau.officer, claim_id=claim.pk, reason=reason, on=on
    )


def take_back(books, claim):
    books.take_back(claim)
    return Claim.objects.get(pk=claim.pk)


def free(books, code):
    return ledger.balance(books.source(code).free)


def test_what_is_reserved_comes_free_in_the_same_transaction_and_the_claim_waits_for_review(books, accepted):
    """400,000.00 reserved 4:6 of four and six million."""
    assert (free(books, "city"), free(books, "district")) == (3_840_000_00, 5_760_000_00)
    claim = take_back(books, accepted)
    assert (free(books, "city"), free(books, "district")) == (4_000_000_00, 6_000_000_00)
    assert (claim.state, claim.decided_on, fen_of(claim.reserved)) == ("filed", None, 0)
    taken = TakenBack.objects.get()
    assert (fen_of(taken.released), taken.on, taken.apportionment) == (400_000_00, TODAY, accepted.acceptance)
    assert Journal.objects.get(kind="claim_released").day == TODAY
    decision = next(one for one in clocks_of(claim, working_calendar(), TODAY) if one.desk == "decision")
    assert (decision.started_on, decision.running, decision.used) == (TODAY, True, 0)
    assert verifying.faults() == []


def test_it_is_decided_anew_with_a_calculation_of_its_own_and_paid_by_that(books, accepted):
    """The second time 300,000.00 of the 500,000.00 are recognised: 240,000.00, of it 96,000.00 from the city."""
    claim = take_back(books, accepted)
    officer = books.cast.district_bureau.officer
    again = actions.accept(
        by=officer, claim_id=claim.pk, on=TODAY, recognised={"principal": 300_000_00}, reasons={"principal": "核减"}
    )  # fmt: skip
    assert (again.accepted_seq, again.acceptance.seq, fen_of(again.reserved)) == (2, 2, 240_000_00)
    assert free(books, "city") == 4_000_000_00 - 96_000_00
    books.pay(again)
    paid = Claim.objects.get(pk=claim.pk)
    assert (paid.state, fen_of(paid.paid)) == ("paid", 240_000_00)
    assert set(queries.by_source(paid).values()) == {96_000_00, 144_000_00}
    books.recover(paid, 100_000_00)
    books.settle(paid, "repair", 200_000_00, reason="贷后检查缺失", article="合作协议第七条")
    assert verifying.faults() == []


def test_a_second_acceptance_can_be_taken_back_or_refused_too(books, accepted):
    first = take_back(books, accepted)
    second = take_back(books, books.accept(first))
    third = books.accept(second)
    assert (third.accepted_seq, TakenBack.objects.count()) == (3, 2)
    books.refuse(third)
    assert (free(books, "city"), free(books, "district")) == (4_000_000_00, 6_000_000_00)
    assert Claim.objects.get(pk=third.pk).state == "refused"
    assert verifying.faults() == []


def test_a_payout_limit_is_free_again_and_is_used_in_the_year_of_the_new_acceptance(books):
    for year in (2026, 2027):
        books.set_limit("pool_year_payout", 400_000_00, year=year)
    claim = books.accept(books.file(books.bad_loan(), 500_000_00))

    def used():
        return {row.year: fen_of(row.used) for row in Limit.objects.filter(scope="pool_year_payout")}

    assert used() == {2026: 400_000_00, 2027: 0}
    take_back(books, claim)
    assert used() == {2026: 0, 2027: 0}
    officer = books.cast.district_bureau.officer
    actions.accept(by=officer, claim_id=claim.pk, on=YEAR_LATER)
    assert used() == {2026: 0, 2027: 400_000_00}
    assert queries.limit_faults() == []
    for day, expected in ((TODAY, 0), (YEAR_LATER, 400_000_00)):
        (seen,) = [
            one
            for one in pools.limit_views(viewer=officer, on=day, as_of_now=False)
            if (one.limit.scope, one.limit.year) == ("pool_year_payout", day.year)
        ]
        assert seen.used == expected


def test_it_takes_a_reason_and_two_persons_and_only_before_anything_has_left(books, filed):
    with pytest.raises(Refused, match="只有已受理"):
        ask(books, filed)
    accepted = books.accept(filed)
    with pytest.raises(Refused, match="退回重审的理由"):
        ask(books, accepted, reason="  ")
    asked = ask(books, accepted)
    with pytest.raises(Refused, match="同一人"):
        approve(by=books.cast.district_bureau.officer, approval_id=asked.pk)
    officer = books.cast.district_bureau.officer
    for other in (
        lambda: actions.propose_payment(by=officer, claim_id=accepted.pk, on=TODAY),
        lambda: ask(books, accepted),
        lambda: books.refuse(accepted),
    ):
        with pytest.raises(Refused, match="复核"):
            other()
    books.sign(asked)
    books.pay(books.accept(Claim.objects.get(pk=accepted.pk)))
    with pytest.raises(Refused, match="只有已受理"):
        ask(books, accepted)


def test_the_database_takes_nothing_back_without_two_persons_and_pays_nothing_by_what_was_taken_back(
    books, accepted
):
    refused = pytest.raises(IntegrityError, match="退回重审")
    with refused, transaction.atomic():
        Claim.objects.filter(pk=accepted.pk).update(state="filed", reserved=0)
    asked = ask(books, accepted)
    with refused, transaction.atomic():
        TakenBack.objects.create(
            apportionment=accepted.acceptance,
            approval=asked,
            reason="无",
            released=accepted.reserved,
            on=TODAY,
        )
    books.sign(asked)
    claim = Claim.objects.get(pk=accepted.pk)
    with refused, transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(state="accepted")
    with pytest.raises(DatabaseError, match=r"只能追加|permission denied"), transaction.atomic():
        TakenBack.objects.update(reason="别的")


def test_an_acceptance_taken_back_is_none_in_the_indicators_from_its_day_on(books, accepted):
    later = TODAY + dt.timedelta(days=5)
    books.take_back(accepted, on=later)

    def accepted_on(on):
        return told(books.pool, "", When(on))[0].accepted_on

    assert (accepted_on(TODAY), accepted_on(later)) == (TODAY, None)


def test_the_page_offers_it_shows_it_and_the_bank_reads_the_reason(books, accepted):
    bureau = books.cast.district_bureau
    address = reverse("claims:claim", args=[accepted.pk])
    client = books.cast.signed_in(bureau.officer)
    assert "提请退回重审" in client.get(address).content.decode()
    posted = client.post(reverse("claims:take_back", args=[accepted.pk]), {"reason": "质押登记号有误"})
    assert posted.status_code == 302
    text = client.get(address).content.decode()
    assert "退回重审，解除预留 400,000.00 元" in text
    assert "提请退回重审" not in text
    asked = accepted_approval()
    shown = books.cast.signed_in(bureau.approver).get(reverse("approval", args=[asked.pk])).content.decode()
    assert "质押登记号有误" in shown
    books.sign(asked)
    for who in (bureau.officer, books.cast.bank_a.maker):
        text = books.cast.signed_in(who).get(address).content.decode()
        assert "预留的 400,000.00 元已释放" in text
        assert "质押登记号有误" in text
    other = books.cast.signed_in(books.cast.city_bureau.officer)
    assert other.post(reverse("claims:take_back", args=[accepted.pk]), {"reason": "x"}).status_code == 404


def accepted_approval():
    return Approval.objects.get(kind="claims.take_back")
