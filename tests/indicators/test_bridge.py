"""From one report to another: the bars sum exactly, whatever moved; what became known later stands in a bar of its own."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finance.loans.models import LoanTerms
from kernel.errors import Refused
from kernel.money.fields import money_of
from riskpool.claims.indicators.book import When
from riskpool.claims.indicators.bridges import Bridges, bridges
from riskpool.claims.indicators.facts import CashFact
from riskpool.claims.indicators.rules import books as places
from riskpool.claims.indicators.rules.bridging import LATER, LoanStages, committed_bridge, money_bridge
from riskpool.pools import queries as pools
from riskpool.pools.models import Pool
from tests.books import LENT, TODAY, Books, go_bad, open_books
from tests.cast import Cast, make_cast
from tests.indicators.paper import LOANS

DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
MOMENTS = st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2026, 12, 31), timezones=st.just(dt.UTC))
AMOUNTS = st.integers(-(10**15), 10**15)
MONEY_KINDS = sorted(kind for kind, place in places.PLACES.items() if place in places.LABELS)
MOVED = st.builds(
    CashFact, key=st.just("k"), day=DAYS, posted_at=MOMENTS, kind=st.sampled_from(MONEY_KINDS),
    memo=st.just(""), role=st.sampled_from(["cash", "reserved", "free", "escrow"]), source=st.just("市级"), fen=AMOUNTS,
    claim=st.sampled_from(["", "C1"]),
)  # fmt: skip


@settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # other tests may take all the time there is
@given(
    st.lists(MOVED, max_size=30),
    DAYS,
    st.none() | MOMENTS,
    st.sampled_from(["cash", "free", "reserved", "escrow"]),
)
def test_money_from_one_report_to_another_adds_up_and_leaves_no_row_out(
    rows: list[CashFact], first_on: dt.date, known: dt.datetime | None, role: str
) -> None:
    bridge = money_bridge("cash", "余额", rows, role, first_on, known)
    mine = [row for row in rows if row.role == role]
    first = [row for row in mine if row.day <= first_on and (known is None or row.posted_at <= known)]
    assert bridge.opening == sum(row.fen for row in first)
    assert bridge.closing == sum(row.fen for row in mine)
    assert bridge.opening + sum(bar.fen for bar in bridge.bars) == bridge.closing
    shown = [row for bar in bridge.bars for row, _ in bar.part.rows]
    assert len(shown) == len([row for row in mine if row.fen]) - len([row for row in first if row.fen])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(*[AMOUNTS] * 7), max_size=20))
def test_commitment_from_one_report_to_another_adds_up_whatever_became_of_each_loan(
    stages: list[tuple[int, ...]],
) -> None:
    found = [LoanStages(replace(LOANS[0], key=str(n)), *each) for n, each in enumerate(stages)]
    bridge = committed_bridge("committed", "池承担", found)
    assert bridge.opening == sum(one.first for one in found)
    assert (
        bridge.opening + sum(bar.fen for bar in bridge.bars)
        == bridge.closing
        == sum(one.last for one in found)
    )


def told(found: Bridges) -> dict[str, dict[str, int]]:
    """The bars that are not nought, by bridge."""
    return {one.id: {bar.id: bar.fen for bar in one.bars if bar.fen} for one in found.each}


def between(books: Books, first: When, second: When, viewer: object = None) -> Bridges:
    viewer = viewer or books.cast.district_bureau.officer
    return bridges(viewer=viewer, pool_id=books.pool.pk, first=first, second=second)


@pytest.mark.django_db
def test_a_year_of_a_small_pool_is_told_bar_by_bar(cast: Cast) -> None:
    """By hand; the pool bears 80 %.

    1 March: nothing. Then 10,000,000 paid in, loans of 400,000, 500,000 and 600,000 enter (1,200,000 of commitment), the
    third is paid down to 550,000 (-40,000), the first is lost: 320,000 paid, 80,000 back. The second reserves 400,000.
    """
    books = open_books(cast)
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 6_000_000_00)
    paid = books.accept(books.file(books.bad_loan(400_000_00), 400_000_00))
    books.pay(paid)
    books.accept(books.file(books.bad_loan(500_000_00), 500_000_00))
    books.bad_loan(600_000_00, balance=550_000_00)
    books.recover(paid, 100_000_00)
    found = between(books, When(dt.date(2026, 3, 1)), When(TODAY))
    assert told(found) == {
        "cash": {"contributions": 10_000_000_00, "recoveries": 80_000_00, "payments": -320_000_00},
        "committed": {"new_loans": 1_200_000_00, "repayments": -40_000_00, "claims_out": -320_000_00},
        "free": {"contributions": 10_000_000_00, "recoveries": 80_000_00, "reservations": -720_000_00},
        "reserved": {"reservations": 720_000_00, "payments": -320_000_00},
        "escrow": {},
    }
    position = pools.position(viewer=cast.district_bureau.officer, pool_id=books.pool.pk, on=TODAY)
    closings = [position.cash, position.committed, position.free, position.reserved, 0]
    assert [one.closing for one in found.each] == closings
    assert [one.opening for one in found.each] == [0] * 5


def test_what_became_known_later_is_a_bar_of_its_own_and_the_old_report_stays_as_it_was(own_database) -> None:
    """Real commits, so that each row has a moment of its own. By hand; the pool bears 80 %.

    Known first: 4,000,000 paid in, a loan of 600,000 and one of 500,000. Then, all about the same day or before: 6,000,000
    more had come, the first loan was 500,000 (−80,000), the second had been paid down to 300,000 (−160,000), and a third of
    200,000 had entered (+160,000).
    """
    with own_database.as_default():
        books = open_books(make_cast())
        books.pay_in("city", 4_000_000_00)
        first, second = books.lend(600_000_00), books.lend(500_000_00)
        books.enrol(first, second)
        before = timezone.now()
        report = When(TODAY, before)
        as_reported = told(between(books, When(dt.date(2026, 3, 1), before), report))
        books.pay_in("district", 6_000_000_00)
        correct(first, 500_000_00)
        go_bad(second, 300_000_00)
        books.enrol(books.lend(200_000_00))
        found = between(books, report, When(TODAY))
        assert told(found) == {
            "cash": {LATER: 6_000_000_00},
            "committed": {"terms": -80_000_00},  # what was learnt of the other two cancels out: see its rows
            "free": {LATER: 6_000_000_00},
            "reserved": {},
            "escrow": {},
        }
        later = next(bar for bar in found.each[1].bars if bar.id == LATER)
        assert sorted(int(fen) for _, fen in later.part.rows) == [-160_000_00, 160_000_00]
        assert told(between(books, When(dt.date(2026, 3, 1), before), report)) == as_reported
        assert as_reported["committed"] == {"new_loans": 880_000_00}


def correct(loan: object, fen: int) -> None:
    """The bank states the loan's terms anew, with another principal."""
    terms = loan.terms
    kept = {
        field.attname: getattr(terms, field.attname)
        for field in terms._meta.concrete_fields
        if field.attname not in ("id", "seq", "principal", "recorded_at")
    }
    loan.terms = LoanTerms.objects.create(**kept, seq=terms.seq + 1, principal=money_of(fen))
    loan.save(update_fields=["terms"])


@pytest.mark.django_db
def test_reports_the_wrong_way_round_are_refused_in_words(cast: Cast) -> None:
    books = open_books(cast)
    now = timezone.now()
    for first, second in (
        (When(TODAY), When(LENT)),
        (When(LENT), When(TODAY, now)),
        (When(LENT, now), When(TODAY, now - dt.timedelta(days=1))),
    ):
        with pytest.raises(Refused) as refused:
            between(books, first, second)
        assert [problem.code for problem in refused.value.problems] == ["order"]


@pytest.mark.django_db
def test_only_a_seat_at_the_pool_crosses_the_bridge(cast: Cast) -> None:
    books = open_books(cast)
    for outsider in (cast.bank_a.maker, cast.bank_b.maker, cast.auditor.member, cast.enterprise_a.owner):
        with pytest.raises(Pool.DoesNotExist):
            between(books, When(LENT), When(TODAY), viewer=outsider)
