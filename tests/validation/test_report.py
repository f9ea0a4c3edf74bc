"""The validation report of a synthetic two-year book: its figures against hand calculation and scipy."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from math import log, sqrt

import numpy as np
import pytest
from scipy.special import betainc
from scipy.stats import fisher_exact, t

from valuation.learning.afterwards import lines, losses, reasons
from valuation.learning.book import period_of
from valuation.learning.calibration import jeffreys_interval
from valuation.learning.period import Column, Grade, Period, Scale, Use
from valuation.learning.sensitivity import chance_of, grade_places, scored
from valuation.learning.univariate import univariate
from valuation.learning.validation import validation_report


def two_indicators(rows: int = 100) -> Period:
    """Indicator a: 60 rows in its poor bin with 12 bads, 40 in its good bin with 2; b the other way round."""
    places = np.array([0] * 60 + [1] * 40)
    bad = np.array([True] * 12 + [False] * 48 + [True] * 2 + [False] * 38)

    def column(name, places, group, applies):
        points = np.array([0.0, 10.0])
        return Column(
            name, name, group, "K", ("差", "好", "查无", "未查询", "不适用"), (True, True, False, False, False),
            (0.0, 10.0, 0.0, 0.0, 0.0), places, points[places], 10.0, applies,
        )  # fmt: skip

    every = np.ones(rows, dtype=bool)
    columns = [column("a", places, "甲组", every), column("b", 1 - places, "乙组", np.arange(rows) != 0)]
    return Period(
        version="x", begins="2024-01-01", ends="2024-12-31", grades=[Grade("A", 0.01), Grade("B", 0.04)], flow={},
        score=np.where(places == 1, 50.0, 50.0), pd=np.full(rows, 0.03), grade=np.array(["A"] * rows, dtype=object),
        bad=bad, known=every, approved=every, columns=columns, weights={"K": np.ones(rows)},
        scale=Scale(60, 0.03, 12, 0.003, 0.30),
    )  # fmt: skip


def test_each_bin_stands_with_its_woe_and_a_sign_against_the_card_is_told(method):
    a, b = univariate(two_indicators(), replace(method, woe_prior_rows=1e-9))
    assert [(each["rows"], each["bads"]) for each in a["bins"][:2]] == [(60, 12), (40, 2)]
    assert a["bins"][0]["woe"] == pytest.approx(log((48 / 86) / (12 / 14)), abs=1e-6)
    by_hand = (48 / 86 - 12 / 14) * log((48 / 86) / (12 / 14)) + (38 / 86 - 2 / 14) * log(
        (38 / 86) / (2 / 14)
    )
    assert a["iv"] == pytest.approx(by_hand, abs=1e-6)
    assert (a["sign"], a["breaks"]) == ("as_expected", [])
    assert b["sign"] == "against"
    [one] = b["breaks"]
    assert one["p"] == pytest.approx(fisher_exact([[12, 48], [2, 38]], "greater").pvalue, abs=1e-6)


def test_an_interval_leaves_out_what_has_a_fortieth_of_chance_at_each_end():
    low, high = jeffreys_interval(3, 50)
    assert (betainc(3.5, 47.5, low), betainc(3.5, 47.5, high)) == pytest.approx((0.025, 0.975))
    assert jeffreys_interval(0, 50)[0] == 0
    assert jeffreys_interval(5, 5)[1] == 1


def test_dropping_a_group_gives_its_weight_to_the_rest_of_its_block():
    period = two_indicators()
    # row 0: a poor, b does not apply: 0 of 10; row 1: 0 + 10 of 20; row 70: 10 + 0 of 20
    assert scored(period, {})[[0, 1, 70]].tolist() == [0, 50, 50]
    assert scored(period, {"b": 0.0})[[0, 1, 70]].tolist() == [0, 0, 100]
    # b counts a fifth more: 12 of 22, and 10 of 22
    assert scored(period, {"b": 1.2})[[1, 70]] == pytest.approx([100 * 12 / 22, 100 * 10 / 22])


def test_a_pd_doubles_its_odds_every_so_many_points_and_finds_its_grade():
    pd = chance_of(np.array([60.0, 72.0, 40.0, 200.0]), Scale(60, 0.03, 12, 0.003, 0.30))
    assert pd == pytest.approx([0.03, 1 / (1 + 2 * 0.97 / 0.03), 0.089411, 0.003], abs=1e-6)
    grades = (Grade("A", 0.01), Grade("B", 0.04), Grade("C", 0.16))
    assert grade_places(np.array([0.019, 0.021, 0.079, 0.081]), grades).tolist() == [0, 1, 1, 2]


def test_the_points_are_put_together_as_scoring_does(period):
    assert (
        np.abs(scored(period, {}) - period.score).max() <= 0.011
    )  # blocks and scores are rounded to hundredths


def test_expected_loss_is_rounded_to_the_fen_loan_by_loan():
    period = two_indicators(100)
    whole = np.full(100, 1_000_00)
    use = Use(whole, whole // 2, whole // 2, np.full(100, 0.6), period.bad * 40_000, np.arange(100) < 99)
    told = lines(replace(period, use=use))
    # 0.03 x 0.6 x 50,000 fen = 900 fen; 99 are booked
    assert told["total"]["planned_fen"] == 99 * 900
    assert told["total"]["lost_fen"] == 14 * 40_000
    assert (told["total"]["granted_fen"], told["total"]["use"]) == (99 * 100_000, 0.5)
    assert told["grades"][0]["rows"] + told["grades"][1]["rows"] == 99


def test_a_realised_loss_has_students_interval():
    seen = [0.5, 0.7, 0.6, 0.8]
    [told] = losses(replace(two_indicators(), losses={"发明专利": (0.6, seen)}))
    low, high = t.interval(0.95, 3, np.mean(seen), np.std(seen, ddof=1) / sqrt(4))
    assert (told["realised"], told["low"], told["high"]) == pytest.approx((0.65, low, high), abs=1e-6)


def test_what_stays_of_four_reasons_is_counted_firm_by_firm():
    period = replace(
        two_indicators(),
        first_reasons=[("a", "b", "c", "d"), ("a", "b", "c", "d"), ("a",)],
        earlier_reasons=[("d", "c", "b", "a"), ("a", "b", "x", "y"), None],
        reasons={"甲": 2}, disputes={"研发": (3, 1)},
    )  # fmt: skip
    told = reasons(period)
    assert told["stability"] == {
        "rows": 2,
        "mean": pytest.approx((1 + 2 / 6) / 2, abs=1e-6),
        "unchanged": 0.5,
    }
    assert told["disputes"] == [{"indicator": "研发", "answered": 3, "upheld": 1}]


def test_the_flow_counts_every_application_once(cases, report):
    flow = report["population"]["flow"]
    by = Counter(each.answer["status"] for each in cases)
    assert flow["申请"] == len(cases) == flow["评分"] + flow["门槛拦下"] + flow["资料太少不评分"]
    assert flow["门槛拦下"] == by["stopped"] > 0
    assert flow["违约"] == report["population"]["bads"] == sum(bool(each.bad) for each in cases)
    assert flow["结果已知"] == report["calibration"]["rows"]


def test_each_indicator_counts_every_row_with_a_known_outcome(report):
    assert len(report["univariate"]) == 25
    known = report["population"]["outcome_known"]
    assert {sum(one["rows"] for one in each["bins"]) for each in report["univariate"]} == {known}


def test_stale_inputs_and_outages_are_told_apart_from_what_was_not_asked(report):
    growth = report["absences"]["主营业务收入增长率"]
    assert 0 < growth["stale"] <= growth["not_queried"]
    assert report["outages"][0]["rows"] == 11


def test_every_finding_has_an_owner_and_a_day(report, method):
    assert report["findings"]
    for each in report["findings"]:
        duty = method.duties[each["severity"]]
        assert each["owner"] == duty.owner
        assert (date.fromisoformat(each["due"]) - date(2026, 1, 15)).days == duty.days
    severities = [("red", "amber", "note").index(each["severity"]) for each in report["findings"]]
    assert severities == sorted(severities)


def test_quarters_add_up_to_the_period(report):
    quarters = report["stability"]["over_time"]
    assert [each["quarter"] for each in quarters] == [
        f"{year}Q{q}" for year in (2024, 2025) for q in (1, 2, 3, 4)
    ]
    assert sum(each["rows"] for each in quarters) == report["population"]["scored"]
    assert sum(each["bads"] for each in quarters) == report["population"]["bads"]


def test_a_book_without_an_outcome_has_a_report_that_says_so(cases, card, method):
    from_nothing = [replace(each, bad=None, lost_fen=0, realised=()) for each in cases[:40]]
    told = validation_report(_period(from_nothing, card, method), method)
    assert told["calibration"]["overall"] is None
    assert told["univariate"] == []
    assert told["lines"]["total"]["outcome_known"] == 0


def _period(cases, card, method):
    return period_of(cases, card, method, begins=date(2024, 1, 1), ends=date(2025, 12, 31))
