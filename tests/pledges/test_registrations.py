"""Registrations as stated: rights known once, corrections as next statements, windows that see their region."""

import datetime as dt

import pytest

from finance.pledges import actions, queries
from finance.pledges.models import IPRight, PledgeRegistration
from finance.pledges.statements import StatedPledge, stated_right

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 6, 5)


@pytest.fixture
def state(cast):
    def made(bank=None, *, numbers=("ZL201710601862.3",), on=DAY, pledgor=None, number="Y2026980000001"):
        bank = bank or cast.bank_a
        pledgor = pledgor or cast.enterprise_a.organisation
        stated = StatedPledge(number, on, pledgor.pk, tuple(stated_right(one) for one in numbers))
        return actions.state_registration(
            by=bank.checker, pledgee=bank.organisation, stated=stated, source="备案"
        )

    return made


def test_a_right_written_two_ways_is_one_right(cast, state):
    state()
    state(cast.bank_b, numbers=("2017106018623",))
    assert list(IPRight.objects.values_list("kind", "number")) == [("patent", "201710601862.3")]


def test_the_same_statement_again_is_the_same_registration(state):
    assert state().pk == state().pk


def test_a_corrected_day_is_a_next_statement_and_the_last_one_is_read(cast, state):
    state()
    later = state(on=dt.date(2026, 6, 8))
    assert (later.seq, PledgeRegistration.objects.count()) == (2, 2)
    (seen,) = queries.registrations(viewer=cast.bank_a.maker)
    assert seen.registered_on == dt.date(2026, 6, 8)
    assert [event.on for event in seen.events.all()] == [dt.date(2026, 6, 8)]
    assert [one.seq for one in queries.statements_of(seen, viewer=cast.bank_a.maker)] == [1, 2]


def test_pledgee_pledgor_and_the_regions_window_see_a_registration(cast, state):
    made = state()
    seers = {name for name, member in cast.everybody.items() if made in queries.registrations(viewer=member)}
    assert seers == {"bank_a.maker", "bank_a.checker", "enterprise_a.member", "ip_bureau.member"}
    with pytest.raises(PledgeRegistration.DoesNotExist):
        queries.registration(viewer=cast.bank_b.maker, registration_id=made.pk)


def test_a_window_of_another_city_sees_nothing(cast, state):
    state()
    cast.ip_bureau.organisation.region = "370800"
    cast.ip_bureau.organisation.save()
    assert not queries.registrations(viewer=cast.ip_bureau.member)
