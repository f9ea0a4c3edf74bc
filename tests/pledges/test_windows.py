"""The directory of windows: open to everybody, by district, with days from the rule books and a mark on each line."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from finance.pledges.rules.directory import read_directory
from kernel.errors import Refused
from kernel.strict_yaml import read_text
from portal.pledge_windows import directory, windows_by_region

ON = dt.date(2026, 11, 20)


def named(region: str) -> set[str]:
    return {one["window"].id for _, shown, _ in windows_by_region(region, ON)["groups"] for one in shown}


def test_a_district_is_shown_its_own_windows_and_the_national_ones() -> None:
    national = {"cnipa-online", "trademark-office", "copyright-centre"}
    assert named("500103") == national | {"demo-yuzhong", "chongqing-windows"}
    assert named("440100") == national | {"guangzhou-cooperation", "guangdong-points"}
    assert named("440000") == national | {"guangzhou-cooperation", "guangdong-points"}
    assert named("") == {window.id for window in directory().windows}


def test_law_and_promise_come_from_the_rule_books_and_stand_apart() -> None:
    """Patents: two working days online, five on paper by the measure; Chongqing promises five (brief 3.1, clocks)."""
    groups = windows_by_region("500103", ON)["groups"]
    limits = next(one for _, shown, _ in groups for one in shown if one["window"].id == "demo-yuzhong")[
        "limits"
    ]
    patents = {(one["promise"], one["length"], str(one["unit"])) for one in limits if one["kind"] == "专利"}
    assert patents == {(False, 2, "个工作日"), (False, 5, "个工作日"), (True, 5, "个工作日")}


def test_what_is_set_for_the_demonstration_says_so() -> None:
    assert all(("演示设定" in one.name) == (one.status == "assumed") for one in directory().windows)


def test_a_district_is_told_what_was_not_found_of_its_windows_and_of_those_above() -> None:
    """Nothing is made up for a district: the documents encourage windows and list none (渝府办发〔2018〕113号)."""
    gaps = {gap.region for _, _, found in windows_by_region("500103", ON)["groups"] for gap in found}
    assert gaps == {"000000", "500000", "500103"}
    assert any("区县" in gap.found for gap in directory().gaps)


def test_a_file_of_windows_gets_every_fault_at_once() -> None:
    text = """windows:
- {id: a, name: 甲, region: '5001', kinds: [patents], channels: [online], source: 丙, status: SEEN}
- {id: a, name: 乙, region: '500103', kinds: [patent], channels: [], source: 丙, status: SEEN, phone: '1'}
"""
    with pytest.raises(Refused) as refused:
        read_directory(read_text(text))
    told = "\n".join(str(problem) for problem in refused.value.problems)
    for one in ("5001", "patents", "“a”已写过", "channels", "不认识的键"):
        assert one in told, one


@pytest.mark.django_db
def test_anybody_may_look_without_logging_in() -> None:
    answer = Client().get(reverse("pledge_windows"), {"region": "500103"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "渝中受理窗口（演示设定）" in text
    assert "设定，无出处" in text
    assert (
        "名录中没有地区 999999"
        in Client().get(reverse("pledge_windows"), {"region": "999999"}).content.decode()
    )
