"""Working days, with the announced years as they are shipped."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.calendars.rules import read_calendar
from kernel.days import WorkingCalendar

SHIPPED = sorted((Path(__file__).parents[2] / "policies" / "calendars").glob("cn-*.yaml"))
YEARS = [read_calendar(path.read_text("utf-8"), path.name) for path in SHIPPED]
CHINA = WorkingCalendar(
    special_days={special.day: special.is_working for year in YEARS for special in year.specials},
    announced_years={year.year for year in YEARS if year.announced},
)
DAY = timedelta(days=1)
days = st.dates(date(2024, 1, 1), date(2027, 12, 31))


def days_of(year):
    return [date(year, 1, 1) + n * DAY for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


@pytest.mark.parametrize(
    ("received", "working_days", "deadline"),
    [
        (date(2026, 9, 18), 2, date(2026, 9, 21)),
        (date(2026, 9, 24), 5, date(2026, 10, 9)),
        (date(2026, 9, 30), 2, date(2026, 10, 9)),
        (date(2026, 2, 13), 2, date(2026, 2, 24)),
        (date(2026, 4, 30), 2, date(2026, 5, 7)),
        (date(2026, 1, 20), 20, date(2026, 2, 24)),
    ],
)
def test_deadlines_are_counted_by_the_announced_year(received, working_days, deadline):
    assert CHINA.add(received, working_days) == deadline
    assert not CHINA.provisional(deadline, since=received)


def test_a_deadline_in_a_year_not_announced_is_provisional():
    deadline = CHINA.add(date(2026, 12, 30), 2)
    assert deadline == date(2027, 1, 1), (
        "counted by weekdays, though certainly a holiday: therefore provisional"
    )
    assert CHINA.provisional(deadline)
    assert CHINA.provisional(date(2026, 12, 30), since=date(2027, 1, 8))
    assert CHINA.provisional(date(2024, 1, 5), since=date(2023, 12, 28))
    assert not CHINA.provisional(date(2026, 12, 31))


@pytest.mark.parametrize(("year", "worked"), [(2024, 251), (2025, 248), (2026, 248)])
def test_each_announced_year_has_its_number_of_working_days(year, worked):
    """Counted by hand: weekdays of the year, less weekdays off, plus weekend days worked.

    2024: 262 - 19 + 8 (1 Jan; 12-16 Feb; 4-5 Apr; 1-3 May; 10 Jun; 16-17 Sep; 1-4 and 7 Oct).
    2025: 261 - 18 + 5 (1 Jan; 28-31 Jan, 3-4 Feb; 4 Apr; 1, 2, 5 May; 2 Jun; 1-3 and 6-8 Oct).
    2026: 261 - 19 + 6 (1-2 Jan; 16-20, 23 Feb; 6 Apr; 1, 4, 5 May; 19 Jun; 25 Sep; 1, 2, 5-7 Oct).
    """
    assert sum(map(CHINA.is_working, days_of(year))) == worked


def test_the_notice_of_2026_is_the_published_one():
    """国务院办公厅关于2026年部分节假日安排的通知, 2025-11-04: worked 4 Jan, 14 and 28 Feb, 9 May, 20 Sep, 10
    Oct."""
    worked_weekends = [day for day in days_of(2026) if day.weekday() > 4 and CHINA.is_working(day)]
    assert [(day.month, day.day) for day in worked_weekends] == [
        (1, 4),
        (2, 14),
        (2, 28),
        (5, 9),
        (9, 20),
        (10, 10),
    ]
    off = (
        {(2, day) for day in range(15, 24)}
        | {(5, day) for day in range(1, 6)}
        | {(10, day) for day in range(1, 8)}
    )
    off |= {
        (1, 1),
        (1, 2),
        (1, 3),
        (4, 4),
        (4, 5),
        (4, 6),
        (6, 19),
        (6, 20),
        (6, 21),
        (9, 25),
        (9, 26),
        (9, 27),
    }
    assert {
        (day.month, day.day)
        for day, is_working in CHINA.special_days.items()
        if day.year == 2026 and not is_working
    } == off


def test_a_last_day_in_a_holiday_moves_to_the_first_working_day_after_it():
    assert CHINA.on_or_after(date(2026, 2, 16)) == date(2026, 2, 24)
    assert CHINA.on_or_after(date(2026, 2, 14)) == date(2026, 2, 14), "a Saturday that is worked"
    assert CHINA.on_or_before(date(2026, 2, 16)) == date(2026, 2, 14)


@settings(max_examples=150, deadline=None)
@given(days, st.integers(-60, 60))
def test_between_is_the_inverse_of_add(day, working_days):
    later = CHINA.add(day, working_days)
    assert working_days == 0 or CHINA.is_working(later)
    if working_days >= 0 or CHINA.is_working(day):
        assert CHINA.between(day, later) == working_days
    else:  # the day itself is not worked: the step back onto a working day was the first
        assert CHINA.between(day, later) == working_days + 1


@settings(max_examples=150, deadline=None)
@given(days, days, days)
def test_working_days_of_adjoining_spans_add_up_in_either_direction(a, b, c):
    assert CHINA.between(a, b) + CHINA.between(b, c) == CHINA.between(a, c)


@settings(max_examples=100, deadline=None)
@given(days, st.integers(0, 40), st.integers(0, 40))
def test_more_working_days_never_end_earlier(day, fewer, more):
    fewer, more = sorted((fewer, more))
    assert CHINA.add(day, fewer) <= CHINA.add(day, more)
    assert CHINA.add(CHINA.add(day, fewer), more) == CHINA.add(day, fewer + more)
