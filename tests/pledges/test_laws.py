"""Laws of replay and clocks, against independent counting; fees month by month."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finance.pledges.rules.clocks import Stop, clocks_for, deadline
from finance.pledges.rules.facts import Owner
from finance.pledges.rules.procedure import Act, RightEvent, right_on, status
from finance.pledges.rules.terms import next_fee, surcharge_percent
from tests.pledges.by_the_book import book, calendar, filing

PATENT = book("patent")
(REVIEW, _) = clocks_for(PATENT, "register", channel="paper", region="500103", on=dt.date(2026, 11, 20))
START = dt.date(2026, 1, 5)
laws = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # the first draw reads the house's sources
days = st.dates(START, dt.date(2026, 12, 31))
acts = st.lists(
    st.builds(
        Act,
        st.integers(1, 99),
        st.sampled_from(PATENT.actions),
        days,
        days,
        corrects=st.none() | st.integers(1, 99),
    ),
    max_size=8,
    unique_by=lambda act: act.seq,
)
happenings = st.lists(
    st.builds(
        RightEvent, st.integers(1, 99), st.sampled_from([kind.id for kind in PATENT.legal_events]), days, days,
        corrects=st.none() | st.integers(1, 99),
    ),
    max_size=8, unique_by=lambda event: event.seq,
)  # fmt: skip


@laws
@given(st.data(), acts, days, days)
def test_replay_does_not_depend_on_the_order_in_which_facts_come(data, known, on, known_on):
    shuffled = data.draw(st.permutations(known))
    assert status(PATENT, shuffled, on, known_on) == status(PATENT, known, on, known_on)


@laws
@given(st.data(), happenings, days, days)
def test_a_rights_situation_does_not_depend_on_the_order_either(data, known, on, known_on):
    right = filing("patent").rights[0]
    shuffled = data.draw(st.permutations(known))
    assert right_on(PATENT, right, shuffled, on, known_on) == right_on(PATENT, right, known, on, known_on)


@laws
@given(acts, days, days)
def test_what_is_recorded_later_changes_nothing_that_was_known_before(known, on, known_on):
    then = [act for act in known if act.known_on <= known_on]
    assert status(PATENT, known, on, known_on) == status(PATENT, then, on, known_on)


def test_a_rights_life_is_replayed_as_of_a_day_and_as_known_on_a_day():
    day = dt.date.fromisoformat
    right = filing("patent").rights[0]
    life = [
        RightEvent(
            1, "transferred", day("2026-03-02"), day("2026-03-05"), brings={"owners": (Owner("乙公司"),)}
        ),
        RightEvent(2, "preserved", day("2026-04-01"), day("2026-04-01")),
        RightEvent(3, "fee_lapsed", day("2026-09-01"), day("2026-09-01"), effective_on=day("2026-02-16")),
        RightEvent(4, "", day("2026-10-01"), day("2026-10-01"), corrects=3),
    ]

    def stood(on, known_on):
        then = right_on(PATENT, right, life, day(on), day(known_on))
        return then.owners[0].name, then.preserved, then.status

    assert stood("2026-03-03", "2026-03-04") == ("甲公司", False, "in_force"), (
        "the transfer was not known yet"
    )
    assert stood("2026-03-03", "2026-03-05") == ("乙公司", False, "in_force")
    assert stood("2026-10-01", "2026-08-31") == ("乙公司", True, "in_force"), "the last day of six months"
    assert stood("2026-10-02", "2026-08-31") == ("乙公司", False, "in_force")
    assert stood("2026-03-03", "2026-09-01") == ("乙公司", False, "ended"), (
        "a lapse works back to its due day"
    )
    assert stood("2026-02-15", "2026-09-01") == ("甲公司", False, "in_force")
    assert stood("2026-03-03", "2026-10-01") == ("乙公司", False, "in_force"), "the lapse was taken back"


def test_an_invalidated_patent_never_was():
    right = filing("patent").rights[0]
    known = dt.date(2026, 9, 1)
    event = RightEvent(1, "invalidated", known, known)
    assert right_on(PATENT, right, [event], dt.date(2026, 3, 2), known).status == "invalidated"
    assert right_on(PATENT, right, [event], dt.date(2026, 3, 2), dt.date(2026, 8, 31)).status == "in_force"


def test_no_fee_is_due_when_the_right_ends_first():
    last_year = filing("patent", {"right": {"fees_paid_through": 10}}).rights[0]
    assert next_fee(PATENT, last_year, calendar()) is None
    assert next_fee(PATENT, replace(last_year, fees_paid_through=9), calendar()).year == 10


def stops_of(steps):
    """Stops one after another from (days of work, days of waiting) pairs."""
    day, found = START, []
    for gap, wait in steps:
        since = day + dt.timedelta(days=gap)
        day = since + dt.timedelta(days=wait)
        found.append(Stop(since, day))
    return found


stops = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 20)), max_size=4).map(stops_of)


@laws
@given(
    stops,
    st.integers(1, 10),
    st.sampled_from(["working_days", "days"]),
    st.sampled_from(["restarts", "resumes"]),
)
def test_a_stop_never_makes_a_deadline_earlier(waits, length, unit, after_cure):
    clock = replace(REVIEW, length=length, unit=unit, after_cure=after_cure)
    dues = [deadline(clock, START, waits[:n], calendar()).due_on for n in range(len(waits) + 1)]
    assert dues == sorted(dues)


@laws
@given(stops, st.integers(1, 10))
def test_working_days_that_resume_are_those_on_which_nobody_waited(waits, length):
    clock = replace(REVIEW, length=length, after_cure="resumes")
    day, left = START, length
    while left:
        day += dt.timedelta(days=1)
        left -= calendar().is_working(day) and not any(stop.since < day <= stop.until for stop in waits)
    due = deadline(clock, START, waits, calendar()).due_on
    assert due == day or any(stop.since == day for stop in waits), (
        "a notice on the last day leaves nothing to resume"
    )


def test_statutory_limits_and_promises_stand_apart_and_the_nearest_region_first():
    statutory, promises = clocks_for(
        PATENT, "register", channel="paper", region="370800", on=dt.date(2026, 11, 20)
    )
    assert (statutory.id, [promise.id for promise in promises]) == ("review_paper", ["promise_shandong"])
    statutory, promises = clocks_for(
        PATENT, "register", channel="online", region="440300", on=dt.date(2026, 11, 20)
    )
    assert (statutory.id, promises) == ("review_online", ())


def test_the_limit_of_the_region_and_channel_goes_before_the_general_one():
    general = replace(REVIEW, id="general", channel="any")
    near = [
        replace(REVIEW, id=code or "country", kind="promise", region=code)
        for code in ("", "500000", "500103")
    ]
    many = replace(PATENT, clocks=(general, REVIEW, *near))
    statutory, promises = clocks_for(
        many, "register", channel="paper", region="500103", on=dt.date(2026, 11, 20)
    )
    assert statutory.id == REVIEW.id
    assert [promise.id for promise in promises] == ["500103", "500000", "country"]


@pytest.mark.parametrize(
    ("day", "percent"),
    [
        ("2026-02-24", 0),  # the rolled last day
        ("2026-02-25", 0),  # first month of grace
        ("2026-03-17", 5),
        ("2026-06-20", 20),
        ("2026-08-17", 25),  # 16 August is a Sunday
        ("2026-08-18", None),
    ],
)
def test_the_surcharge_rises_by_the_month_until_the_right_has_lapsed(day, percent):
    right = filing("patent", {"right": {"filed_on": dt.date(2020, 2, 16), "fees_paid_through": 6}}).rights[0]
    due = next_fee(PATENT, right, calendar())
    assert surcharge_percent(PATENT.annual_fee, due, dt.date.fromisoformat(day)) == percent
