"""Whether a firm meets a filter: unknown is never out, an absence is never a figure, the list has an order and an end."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from kernel.conditions import Answer
from tests.whitelists.filters import firm, shipped
from valuation.whitelists.rules import IN, OUT, OVER, UNKNOWN, is_near, judged, ranked


def answers(found) -> dict[str, str]:
    return {one.criterion.id: one.answer.value for one in found.findings if one.answer is not Answer.YES}


def test_what_nobody_asked_for_is_unknown_and_named():
    found = judged(shipped(), firm("甲仪器", without=("rd_intensity",)))
    assert (found.answer, answers(found)) == (UNKNOWN, {"c05_rd": "unknown"})
    assert found.unknown[0].missing == ("indicator.rd_intensity",)


def test_a_firm_of_which_nothing_is_known_is_unknown_in_every_condition():
    everything = tuple(firm("甲仪器").indicators)
    nothing = replace(firm("甲仪器", without=everything), firm={}, rights=())
    found = judged(shipped(), nothing)
    assert found.answer == UNKNOWN
    assert len(found.unknown) == 12
    assert not is_near(shipped(), found)


def test_a_figure_too_old_is_unknown_and_says_so():
    old = {"value": "6.5", "known_on": "2020-01-01", "source": "审计报告"}
    found = judged(shipped(), firm("甲仪器", rd_intensity=old))
    assert answers(found) == {"c05_rd": "unknown"}
    [told] = found.unknown[0].plain()["stated"]
    assert told["stale"] is True
    assert told["value"] == "6.5"


@pytest.mark.parametrize(
    ("indicator", "just", "short", "criterion", "gap"),
    [
        ("ip_remaining_life", "3", "2.99", "c02_life", "少 0.01"),
        ("product_share", "50", "49.5", "c06_product", "少 0.5"),
        ("fin_leverage", "75", "75.01", "c09_leverage", "多 0.01"),
        ("rd_intensity", "3", "0", "c05_rd", "少 3"),
    ],
)
def test_the_bound_itself_is_met_and_a_little_short_of_it_tells_how_much(
    indicator, just, short, criterion, gap
):
    assert judged(shipped(), firm("甲仪器", **{indicator: just})).answer == IN
    found = judged(shipped(), firm("甲仪器", **{indicator: short}))
    assert (found.answer, answers(found), found.failed[0].gap) == (OUT, {criterion: "no"}, gap)
    assert is_near(shipped(), found)


def test_asked_and_nothing_there_is_what_the_file_says_it_is():
    assert judged(shipped(), firm("甲仪器", rd_intensity="queried_none")).answer == OUT  # none: fails
    assert (
        judged(shipped(), firm("甲仪器", cr_tax_grade="queried_none")).answer == UNKNOWN
    )  # the file is silent


def test_one_case_that_holds_is_enough_and_one_unknown_case_keeps_it_open():
    assert judged(shipped(), firm("甲仪器", ip_inventions_own="queried_none", ip_class2=5)).answer == IN
    found = judged(shipped(), firm("甲仪器", without=("ip_inventions_own",), ip_class2=2))
    assert answers(found) == {"c01_patents": "unknown"}


def test_too_few_known_rights_are_unknown_never_a_no():
    for name in ("庚光电", "壬农科"):
        found = judged(shipped(), firm(name))
        assert answers(found) == {"c03_pledgeable": "unknown"}


def test_two_failed_conditions_are_no_near_miss():
    found = judged(shipped(), firm("甲仪器", fin_leverage=90, rd_intensity=1))
    assert found.answer == OUT
    assert not is_near(shipped(), found)


def test_the_list_is_the_same_whatever_the_order_in_which_firms_are_looked_at():
    rules = shipped()
    firms = [(name, judged(rules, firm(name))) for name in ("甲仪器", "乙软件", "丙材料", "丁装备", "庚光电")]
    for order in permutations(firms):
        assert [name for name, answer in ranked(rules, order).items() if answer == IN] == [
            "丙材料",
            "甲仪器",
            "乙软件",
        ]


def test_beyond_its_size_firms_meet_everything_and_are_told_so():
    rules = replace(shipped(), most=2)
    firms = [(name, judged(rules, firm(name))) for name in ("甲仪器", "乙软件", "丙材料", "丁装备", "庚光电")]
    assert ranked(rules, firms) == {
        "丙材料": IN,
        "甲仪器": IN,
        "乙软件": OVER,
        "丁装备": OUT,
        "庚光电": UNKNOWN,
    }


def test_equal_firms_stand_by_their_names():
    rules = shipped()
    same = judged(rules, firm("甲仪器"))
    assert list(ranked(rules, [("b", same), ("a", same), ("c", same)])) == ["a", "b", "c"]
