"""The indicators say what the position, the limits, the breakers and the claims say: one quantity, one value."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from django.utils import timezone

from finance.parties.actions import propose_payee_account
from kernel.expressions import exact_decimal
from kernel.money.fields import fen_of
from kernel.work.approvals import approve
from riskpool.claims import actions as claims
from riskpool.claims.indicators.book import When
from riskpool.claims.indicators.bridges import bridges
from riskpool.claims.indicators.facts import Facts
from riskpool.claims.indicators.gathering import catalogue, gather
from riskpool.claims.indicators.rules import FORMULAS
from riskpool.claims.indicators.rules.values import Value
from riskpool.claims.models import Claim
from riskpool.ledger.models import Journal
from riskpool.pools import breakers, measures, metrics
from riskpool.pools import queries as pools
from riskpool.pools.models import Limit
from riskpool.treasury import actions as treasury
from riskpool.treasury.models import PaymentInstruction
from tests.books import LENT, TODAY, Books, go_bad, lend, open_books
from tests.cast import Cast
from tests.ground import laid

pytestmark = [pytest.mark.django_db, pytest.mark.long]
HUBEI = {"fund": {"passes": True}, "province": {"source": "city"}, "city": {"source": "district"}}
SHANGHAI = ("shanghai-ip-deposit@2023", {"fund": {"pool": True}})
LATER = TODAY + dt.timedelta(days=3)


def facts_on(books: Books, on: dt.date = TODAY, **asked: Any) -> Facts:
    return gather(viewer=books.cast.district_bureau.officer, pool_id=books.pool.pk, on=on, **asked)


def worked(name: str, facts: Facts) -> list[Value]:
    return FORMULAS[name](facts, catalogue()[name])


def funded(cast: Cast, *terms: Any) -> Books:
    books = open_books(cast, *terms)
    books.pay_in("city", 40_000_000_00)
    books.pay_in("district", 60_000_000_00)
    return books


def fails(books: Books, *subjects: Any, day: dt.date = TODAY) -> list[PaymentInstruction]:
    """What waits to be paid to these (claims, sources) is stopped by two persons."""
    bureau = books.cast.district_bureau
    waiting = PaymentInstruction.objects.filter(state="waiting", subject_id__in=[one.pk for one in subjects])
    found = list(waiting.order_by("reference"))
    for row in found:
        asked = treasury.propose_failure(
            by=bureau.officer,
            pool_id=books.pool.pk,
            instruction_id=row.pk,
            reason="账号有误",
            day=day,
            on=day,
        )
        approve(by=bureau.approver, approval_id=asked.pk)
    return found


def pays_again(books: Books, claim: Claim, day: dt.date) -> None:
    asked = claims.propose_payment_again(by=books.cast.district_bureau.officer, claim_id=claim.pk, on=day)
    books.sign(asked, day)


def test_in_stages_every_figure_is_that_of_the_position_and_the_claim(cast: Cast) -> None:
    """Shanghai: an estimate of 3,000,000 sets 2,400,000 aside; final 2,000,000 pays 1,600,000 and frees 800,000; a loan in
    escrow still stands in the exposure, one that is settled does not."""
    books = funded(cast, *SHANGHAI)
    claim = books.accept(books.file(books.bad_loan(3_000_000_00), 3_000_000_00))
    books.pay(claim)
    facts = facts_on(books)
    (value,) = worked("available_balance", facts)
    assert value.unfolded == "100,000,000.00 − 2,400,000.00 − 0.00 − 0.00 = 97,600,000.00 元"
    assert [value.text for value in worked("covered_outstanding", facts)] == ["3,000,000.00 元"] * 2
    assert worked("compensation_cumulative", facts)[0].text == "0.00 %"
    as_the_position(books, facts)
    books.settle(claim, "final", 2_000_000_00)
    facts = facts_on(books)
    assert worked("available_balance", facts)[0].text == "98,400,000.00 元"
    assert worked("covered_outstanding", facts)[0].text == "0.00 元"
    assert worked("compensation_cumulative", facts)[0].unfolded == "1,600,000.00 ÷ 3,000,000.00 = 53.33 %"
    as_the_position(books, facts)


def as_the_position(books: Books, facts: Facts) -> None:
    position = pools.position(
        viewer=books.cast.district_bureau.officer, pool_id=books.pool.pk, on=facts.on, known_at=facts.known_at
    )
    told = {
        name: worked(name, facts)[0].amount
        for name in ("pool_balance", "available_balance", "covered_outstanding", "committed_exposure")
    }
    assert told == {
        "pool_balance": position.cash,
        "available_balance": position.free,
        "covered_outstanding": position.exposure,
        "committed_exposure": position.committed,
    }
    assert sum(loan.live for loan in facts.loans) == position.live_loans
    rows = pools.exposed_on(books.pool, facts.on, facts.known_at)
    single = {str(row.enrolment.pk): (row.exposure, row.committed) for row in rows}
    assert {loan.key: (loan.exposure, loan.committed) for loan in facts.loans if loan.live} == single


def test_a_payment_that_failed_is_none_until_it_is_made_again_and_then_counts_from_that_day(
    cast: Cast,
) -> None:
    """400,000 lost, the pool bears 320,000 (city and district each one instruction)."""
    books = funded(cast)
    claim = books.accept(books.file(books.bad_loan(400_000_00), 400_000_00))
    books.pay(claim)
    assert facts_on(books).claims[0].paid_on == TODAY
    assert len(fails(books, claim)) == 2
    facts = facts_on(books)
    assert facts.claims[0].paid_on is None
    assert worked("compensation_cumulative", facts)[0].text == "0.00 %"
    (value,) = worked("available_balance", facts)
    assert value.unfolded == "100,000,000.00 − 0.00 − 320,000.00 − 0.00 = 99,680,000.00 元"
    as_the_position(books, facts)
    pays_again(books, claim, LATER)
    facts = facts_on(books, LATER)
    assert facts.claims[0].paid_on == LATER
    assert worked("compensation_cumulative", facts)[0].unfolded == "320,000.00 ÷ 400,000.00 = 80.00 %"
    assert worked("pool_balance", facts)[0].text == "99,680,000.00 元"
    assert facts_on(books, TODAY).claims[0].paid_on is None, "on the day it was not"
    asked = metrics.Asked(pool=books.pool, on=LATER)
    value = metrics.value_of("pool.paid_ratio", asked)
    assert (value.numerator, value.denominator) == (320_000_00, 100_000_000_00)


@laid
def of_all_kinds(cast: Cast) -> Books:
    """A pool in which every kind of journal has been: stages, failures, repairs, claw-backs, interest, a withdrawal."""
    books = funded(cast, *SHANGHAI)
    enterprise_b = cast.enterprise_b.organisation
    settled = books.accept(books.file(books.bad_loan(3_000_000_00), 3_000_000_00))
    books.pay(settled)
    books.settle(settled, "final", 2_000_000_00)
    books.recover(settled, 100_000_00)
    books.claw_back(settled, 300_000_00, interest=1_234_56)
    books.arrive(settled, 1, 200_000_00)
    released = books.accept(books.file(books.bad_loan(500_000_00), 500_000_00))
    books.refuse(released)
    escrowed = books.accept(books.file(books.bad_loan(700_000_00), 700_000_00))
    books.pay(escrowed)
    books.accept(books.file(books.bad_loan(900_000_00), 900_000_00))
    books.enrol(lend(cast.bank_a.organisation, enterprise_b, 1_100_000_00), books.lend(600_000_00))
    again = books.accept(books.file(books.bad_loan(400_000_00), 400_000_00))
    books.pay(again)
    books.settle(again, "final", 400_000_00)
    interest(books, "city", 12_345_67)
    withdraw(books, "district", 2_000_000_00)
    withdraw(books, "city", 1_000_000_00)
    assert len(fails(books, again, books.source("city"))) == 3
    pays_again(books, again, LATER)
    return books


def interest(books: Books, code: str, fen: int) -> None:
    bureau = books.cast.district_bureau
    asked = treasury.propose_interest(
        by=bureau.officer, source=books.source(code), fen=fen, day=TODAY, reference="JX1", on=TODAY
    )
    approve(by=bureau.approver, approval_id=asked.pk)


def withdraw(books: Books, code: str, fen: int) -> None:
    bureau = books.cast.district_bureau
    office = books.cast.city_bureau if code == "city" else bureau
    asked = propose_payee_account(
        by=office.officer, holder=office.organisation.name, bank_name="托管银行", number="6222000099998888"
    )
    approve(by=office.approver, approval_id=asked.pk)
    asked = treasury.propose_withdrawal(
        by=bureau.officer, source=books.source(code), fen=fen, basis="年度清算", on=TODAY
    )
    books.sign(asked)


def test_a_book_of_all_kinds_is_one_with_the_position_and_crosses_every_bridge(
    cast: Cast, of_all_kinds: Books
) -> None:
    books = of_all_kinds
    kinds = set(Journal.objects.values_list("kind", flat=True))
    assert {
        "claim_escrowed", "claim_settled", "claim_owed", "owed_arrived", "payment_failed", "interest", "withdrawal",
        "claim_released", "recovery_received", "claim_paid",
    } <= kinds  # fmt: skip
    moments = list(Journal.objects.order_by("posted_at").values_list("posted_at", flat=True))
    chance = random.Random(7)
    for on in (LENT, TODAY, LATER):
        as_the_position(books, facts_on(books, on))
    viewer = cast.district_bureau.officer
    whens = [When(day, chance.choice([None, *moments])) for day in (LENT, TODAY, LATER) for _ in range(3)]
    now = timezone.now()
    for first in whens:
        for second in (When(TODAY), When(LATER)):
            if first.on > second.on:
                continue
            known = replace(first, known_at=first.known_at or None)
            found = bridges(viewer=viewer, pool_id=books.pool.pk, first=known, second=second)
            for bridge in found.each:
                assert bridge.opening + sum(bar.fen for bar in bridge.bars) == bridge.closing
            position = pools.position(viewer=viewer, pool_id=books.pool.pk, on=second.on)
            closing = {bridge.id: bridge.closing for bridge in found.each}
            assert closing == {
                "cash": position.cash,
                "committed": position.committed,
                "free": position.free,
                "reserved": position.reserved,
                "escrow": sum(one.escrowed for one in position.sources),
            }
    assert now


def test_every_limit_is_used_as_the_limits_page_of_the_day_says(cast: Cast, of_all_kinds: Books) -> None:
    """All scopes: by the counters that hold the limits, and on a past day by the page that works them out."""
    books = of_all_kinds
    terms: list[tuple[str, dict[str, Any]]] = [
        ("pool_exposure", {}), ("bank_exposure", {"of_bank": True}), ("borrower_exposure", {}), ("loan_exposure", {}),
        ("pool_year_payout", {"year": TODAY.year}), ("bank_year_payout", {"of_bank": True}),
        ("borrower_year_payout", {}), ("loan_payout", {}),
    ]  # fmt: skip
    for scope, more in terms:
        books.set_limit(scope, 50_000_000_00, in_force_from=LENT, **more)
    facts = facts_on(books, LATER)
    counters = [
        limit
        for limit in Limit.objects.filter(pool=books.pool)
        if limit.year in (None, LATER.year) and (fen_of(limit.used) or not _each(limit))
    ]
    told = [
        (value.parts[0].rows[0][0].scope, value.parts[1].amount, value.parts[0].amount)
        for value in worked("line_distances", facts)
    ]
    assert sorted(told) == sorted((one.scope, fen_of(one.used), fen_of(one.ceiling)) for one in counters)
    assert {scope for scope, _, _ in told} == {scope for scope, _ in terms}
    views = pools.limit_views(viewer=cast.district_bureau.officer, on=TODAY, pool=books.pool, as_of_now=False)
    on_the_day = {
        value.subject: value.parts[1].amount for value in worked("line_distances", facts_on(books, TODAY))
    }
    assert {view.title: view.used for view in views if not _each(view.limit)}.items() <= on_the_day.items()


def _each(limit: Any) -> bool:
    return bool(limit.borrower_id or limit.loan_id)


def test_a_ceiling_holds_from_its_day_and_the_last_agreed_of_a_key_stands(cast: Cast) -> None:
    books = funded(cast)
    books.set_limit("pool_exposure", 3_000_000_00, in_force_from=LENT)
    books.set_limit("pool_exposure", 2_500_000_00, in_force_from=TODAY)
    books.set_limit("pool_exposure", 2_000_000_00, in_force_from=TODAY)
    days = (LENT - dt.timedelta(days=1), LENT, TODAY - dt.timedelta(days=1), TODAY)
    found = [
        [one.ceiling for one in facts_on(books, day).ceilings if one.scope == "pool_exposure"] for day in days
    ]
    assert found == [[], [3_000_000_00], [3_000_000_00], [2_000_000_00]]
    assert facts_on(books, dt.date(2024, 12, 31)).ceilings == (), (
        "nor that of the agreement before it was valid"
    )


def test_the_npl_rate_and_the_lines_of_the_schemes_are_those_of_the_breakers(cast: Cast) -> None:
    """Good and bad loans, one repaid, one settled, one stated as written off: numerator and denominator to the fen."""
    books = funded(cast)
    settled = books.accept(books.file(books.bad_loan(400_000_00), 400_000_00))
    books.pay(settled)
    books.bad_loan(500_000_00, balance=450_000_00)
    books.bad_loan(600_000_00, balance=0)
    gone = books.bad_loan(700_000_00)
    books.state("loan.written_off", "true", loan=gone.loan)
    good = books.lend(1_000_000_00)
    books.enrol(good, books.lend(250_000_01))
    go_bad(good, 900_000_00, None)
    facts = facts_on(books)
    total, of_bank = worked("npl_rate", facts)
    entry = metrics.catalogue().entry("scheme.npl_rate")
    version = books.agreement.adopted_schemes.get().version
    rate = measures.rate(
        entry, metrics.Asked(pool=books.pool, on=TODAY, agreement=books.agreement, version=version)
    )
    # 400,000 + 450,000 + 900,000 (substandard, not overdue) of 2,000,000.01
    assert (rate.numerator, rate.denominator) == (1_750_000_00, 2_000_000_01)
    assert [part.amount for part in total.parts] == [rate.numerator, rate.denominator]
    mine = measures.rate(
        replace(entry, settings={**entry.settings, "of": "bank"}),
        metrics.Asked(pool=books.pool, on=TODAY, agreement=books.agreement, version=version),
    )
    assert [part.amount for part in of_bank.parts] == [mine.numerator, mine.denominator]
    looks = breakers.looks(books.pool, TODAY)
    assert [(stop.told, stop.value, stop.met, stop.near, stop.distance) for stop in facts.stops] == [
        (look.line.told, exact_decimal(look.value.text), bool(look.met), look.near, look.distance)
        for look in looks
    ]


def test_the_lines_of_a_scheme_that_stops_losses_are_told_as_the_breakers_judge_them(cast: Cast) -> None:
    """Hubei stops new loans at 5 % and claims at 8 % NPL: 100,000 of 1,600,000 is 6.25 %."""
    books = open_books(cast, "hubei-knowledge-value@2025", HUBEI)
    books.pay_in("city", 40_000_000_00)
    books.bad_loan(100_000_00)
    books.enrol(books.lend(1_500_000_00))
    facts = facts_on(books)
    looks = breakers.looks(books.pool, TODAY)
    assert looks
    values = worked("line_distances", facts)[-len(looks) :]
    for value, look in zip(values, looks, strict=True):
        assert look.line.told in value.subject
        if look.distance is not None:
            assert value.amount == look.distance * 100
            assert "1,600,000.00" in value.notes[1]
            assert value.tone == ("bad" if look.met else "near" if look.near else "good")


def test_the_shares_are_exact(of_all_kinds: Books) -> None:
    """A claim's payments by the indicators are what the claim itself has had paid."""
    books = of_all_kinds
    facts = facts_on(books, LATER)
    paid = {
        claim.key: -sum(
            row.fen
            for row in facts.cash
            if row.role == "cash" and row.claim == claim.key and row.kind in ("claim_paid", "payment_failed")
        )
        for claim in facts.claims
    }
    assert paid == {str(claim.pk): fen_of(claim.paid) for claim in Claim.objects.all()}
    assert Fraction(sum(paid.values())) == worked("compensation_cumulative", facts)[0].parts[0].amount
