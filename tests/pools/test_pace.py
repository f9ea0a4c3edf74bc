"""When a limit will be used up: the pace of the last 90 days, as of the day and as known at the moment that is asked."""

import datetime as dt

import pytest
from django.utils import timezone

from riskpool.pools import queries
from riskpool.pools.models import Pool
from tests.books import LENT, TODAY, Books, go_bad, open_books
from tests.cast import make_cast

OCTOBER = dt.date(2026, 10, 1)


def view(books: Books, on=TODAY, scope="bank_exposure", **asked):
    found = queries.limit_views(
        viewer=books.cast.district_bureau.officer, on=on, as_of_now=on == TODAY and not asked, **asked
    )
    (one,) = [view for view in found if view.limit.scope == scope]
    return one


def lent_in_two_steps(books: Books) -> None:
    """1,000,000.00 in March, 600,000.00 in October, of a ceiling of 2,500,000.00."""
    books.enrol(books.lend(1_000_000_00))
    books.enrol(books.lend(600_000_00, disbursed_on=dt.date(2026, 9, 20)), on=OCTOBER)


@pytest.mark.django_db
def test_the_day_follows_the_day_that_is_asked_for(cast):
    books = open_books(cast, exposure_limit=2_500_000_00)
    lent_in_two_steps(books)
    # 600,000 in 90 days; 900,000 are left: 135 days
    assert (view(books).reached_on, view(books).pace_days) == (dt.date(2027, 4, 4), 90)
    # in April: 1,000,000 in 90 days, 1,500,000 left: 135 days
    assert view(books, dt.date(2026, 4, 30)).reached_on == dt.date(2026, 9, 12)
    assert view(books, dt.date(2026, 9, 30)).reached_on is None  # nothing had come in since July


@pytest.mark.django_db
def test_what_is_repaid_slows_the_pace(cast):
    books = open_books(cast, exposure_limit=2_500_000_00)
    first = books.lend(1_000_000_00)
    books.enrol(first)
    books.enrol(books.lend(600_000_00, disbursed_on=dt.date(2026, 9, 20)), on=OCTOBER)
    go_bad(first, 700_000_00, overdue_since=None)  # 300,000 came back in October: 300,000 net in 90 days
    assert view(books, dt.date(2026, 11, 19)).reached_on == dt.date(2026, 11, 19) + dt.timedelta(days=360)
    go_bad(first, 400_000_00, overdue_since=None)  # use has not grown at all
    assert view(books, dt.date(2026, 11, 19)).reached_on is None


def test_the_day_follows_what_was_known(own_database):
    """Real commits, so that each row has a moment of its own."""
    with own_database.as_default():
        books = open_books(make_cast(), exposure_limit=2_500_000_00)
        books.enrol(books.lend(1_000_000_00), on=LENT)
        before = timezone.now()
        books.enrol(books.lend(600_000_00, disbursed_on=dt.date(2026, 9, 20)), on=OCTOBER)
        now = view(books, known_at=timezone.now())
        then = view(books, known_at=before)
        assert (now.used, now.reached_on) == (1_600_000_00, dt.date(2027, 4, 4))
        assert (then.used, then.reached_on) == (1_000_000_00, None)


@pytest.mark.django_db
def test_a_young_pools_pace_is_that_of_its_own_days(cast):
    books = open_books(cast, exposure_limit=2_500_000_00)
    Pool.objects.update(opened_on=dt.date(2026, 11, 10))
    books.enrol(books.lend(1_000_000_00, disbursed_on=dt.date(2026, 11, 1)), on=dt.date(2026, 11, 15))
    found = view(books)  # 1,000,000 in 10 days, 1,500,000 left
    assert (found.reached_on, found.pace_days) == (dt.date(2026, 12, 5), 10)
    Pool.objects.update(opened_on=TODAY)
    assert view(books).reached_on is None  # no day to measure by


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ceiling", "day"),
    [
        (400_000_00, dt.date(2026, 12, 13)),  # 320,000 in 90 days, 80,000 left: 22.5 days
        (1_000_000_00, None),  # 680,000 left: not within the limit's year
    ],
)
def test_a_payout_limit_has_a_pace_too_and_ends_with_its_year(cast, ceiling, day):
    books = open_books(cast)
    books.pay_in("city", 4_000_000_00)
    books.pay_in("district", 6_000_000_00)
    books.set_limit("pool_year_payout", ceiling, year=2026)
    books.accept(books.file(books.bad_loan(400_000_00), 400_000_00))
    assert view(books, scope="pool_year_payout").reached_on == day
    before = view(books, TODAY - dt.timedelta(days=1), scope="pool_year_payout")
    assert (before.used, before.reached_on) == (0, None)
