"""A year's file: what is well written is read, every fault of a bad one is told at once."""

from datetime import date

import pytest

from kernel.calendars.rules import read_calendar
from kernel.errors import Refused

HEAD = """
year: 2026
title: 国务院办公厅关于2026年部分节假日安排的通知
doc_no: 国办发明电〔2025〕7号
doc_date: 2025-11-04
announced: true
status: SEEN-COPY
source: a reprint
"""
GOOD = f"""{HEAD}
holidays:
- name: 中秋节
  rest: [2026-09-25, 2026-09-26, 2026-09-27]
- name: 国庆节
  rest: [2026-10-01]
  worked: [2026-09-20]
"""


def faults(text):
    with pytest.raises(Refused) as refused:
        read_calendar(text, "cn-2026.yaml")
    assert all(problem.where.startswith("cn-2026.yaml") for problem in refused.value.problems)
    return [
        (problem.where.removeprefix("cn-2026.yaml").strip(), problem.code)
        for problem in refused.value.problems
    ]


def test_a_good_file_is_read_in_order_of_days():
    year = read_calendar(GOOD)
    assert (year.year, year.doc_date, year.announced) == (2026, date(2025, 11, 4), True)
    assert [(special.day.day, special.is_working, special.name) for special in year.specials] == [
        (20, True, "国庆节"),
        (25, False, "中秋节"),
        (26, False, "中秋节"),
        (27, False, "中秋节"),
        (1, False, "国庆节"),
    ]


def test_comments_and_order_do_not_change_what_a_file_says():
    assert read_calendar("# reread\n" + GOOD).digest == read_calendar(GOOD).digest
    assert read_calendar(GOOD.replace("2026-10-01", "2026-10-02")).digest != read_calendar(GOOD).digest


def test_every_fault_is_told_at_once():
    text = """
year: 26
title: ''
doc_date: soon
announced: yes please
status: heard
region: CN
holidays: none
"""
    assert faults(text) == [
        ("region", "calendar_unknown_key"),
        ("year", "calendar_value"),
        ("title", "calendar_value"),
        ("doc_no", "calendar_missing"),
        ("source", "calendar_missing"),
        ("doc_date", "calendar_value"),
        ("announced", "calendar_value"),
        ("status", "calendar_value"),
        ("holidays", "calendar_value"),
    ]


def test_every_bad_day_is_told_at_once():
    text = f"""{HEAD}
holidays:
- name: 元旦
  rest: [2026-01-01, 2026-01-01, 2027-01-01, tomorrow, 2025-12-31, 2025-11-30]
  worked: [2026-01-05, 2026-01-04]
- name: ''
- [2026-05-01]
- name: 国庆节
  rest: 2026-10-01
  rests: []
- name: 劳动节
  rest: 2026-05-01
"""
    assert faults(text) == [
        ("holidays 第1项 rest", "calendar_day"),
        ("holidays 第1项 rest", "calendar_day"),
        ("holidays 第1项 rest", "calendar_day"),
        ("holidays 第1项 rest", "calendar_day"),
        ("holidays 第1项 worked", "calendar_day"),
        ("holidays 第2项 name", "calendar_holiday_name"),
        ("holidays 第3项", "calendar_holiday"),
        ("holidays 第4项", "calendar_holiday"),
        ("holidays 第5项 rest", "calendar_days"),
    ]


def test_a_december_day_moved_by_the_next_new_year_stands_in_the_next_years_file():
    """As announced for 2019: 29 December 2018 worked, 31 December 2018 off."""
    text = f"{HEAD.replace('2026', '2019')}\nholidays:\n- name: 元旦\n  rest: [2018-12-31]\n  worked: [2018-12-29]\n"
    assert [special.day for special in read_calendar(text).specials] == [
        date(2018, 12, 29),
        date(2018, 12, 31),
    ]


def test_a_key_written_twice_is_refused_and_not_silently_the_last():
    assert faults(GOOD + "year: 2026\n") == [("", "calendar_yaml")]


@pytest.mark.parametrize(
    "text", ["", "- 1", "a: [", "year: 2026\nyear: 2027", "year: 2026-02-30", "? [a]\n: b", "!!python/none x"]
)
def test_what_is_not_a_calendar_at_all_is_refused(text):
    assert faults(text)
