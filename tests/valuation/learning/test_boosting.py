"""The challenger: boosting of one-split trees over a card's bins, by figures worked by hand, and monotone."""

from __future__ import annotations

from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.learning.boosting import boosted, risk_of
from valuation.learning.method import FILE, load_method
from valuation.learning.period import Column

METHOD = load_method(Path(__file__).resolve().parents[3] / "policies" / "scorecards" / FILE)


def column(places, points=(0.0, 5.0), name="x") -> Column:
    labels = (*(f"bin {one:g}" for one in points), "查无", "未查询", "不适用")
    places = np.array(places, dtype=np.int64)
    return Column(
        name, name, "g", "K", labels, (True,) * len(points) + (False,) * 3, (*points, 0.0, 0.0, 0.0), places,
        np.zeros(len(places)), max(points), np.ones(len(places), dtype=bool),
    )  # fmt: skip


def book(*cells: tuple[int, int, int]):
    """Rows by (bin, rows, bads)."""
    places = np.repeat([place for place, _, _ in cells], [rows for _, rows, _ in cells])
    bad = np.concatenate([np.arange(rows) < bads for _, rows, bads in cells])
    return column(places), bad


def test_the_first_step_is_newtons_by_hand():
    """100 rows with 30 bads below, 100 with 10 above; all told 20 %: gradient 10, curvature 100 * 0.2 * 0.8 = 16."""
    x, bad = book((0, 100, 30), (1, 100, 10))
    once = boosted([x], bad, replace(METHOD, boost_rounds=1, boost_rate=1.0, boost_ridge=0.0))
    assert once.intercept == pytest.approx(log(0.2 / 0.8))
    assert once.steps["x"] == pytest.approx([10 / 16, -10 / 16, 0, 0, 0])


def test_many_steps_come_to_the_rate_of_each_bin_and_of_an_absence():
    x, bad = book((0, 100, 30), (1, 100, 10), (3, 50, 25))
    found = boosted([x], bad, replace(METHOD, boost_rounds=400, boost_rate=0.5, boost_ridge=0.0))
    risk = risk_of([x], found.intercept, found.steps)
    assert [risk[0], risk[150], risk[240]] == pytest.approx([log(3 / 7), log(1 / 9), 0.0], abs=1e-3)


def test_bins_that_turn_against_their_points_are_left_alone():
    x, bad = book((0, 100, 10), (1, 100, 30))
    assert boosted([x], bad, METHOD).steps["x"] == pytest.approx([0, 0, 0, 0, 0])


def test_a_split_with_too_few_rows_on_one_side_is_not_taken():
    x, bad = book((0, 3, 3), (1, 197, 10))
    assert boosted([x], bad, replace(METHOD, least_bin_share=0.05)).steps["x"] == pytest.approx([0] * 5)


@given(st.integers(0, 10_000))
def test_more_points_are_never_riskier(seed):
    random = np.random.default_rng(seed)
    size, points = 400, (0.0, 1.0, 2.0, 4.0, 7.0)
    columns = [column(random.integers(0, 8, size), points, name) for name in ("x", "y")]
    bad = random.random(size) < 0.2
    bad[:2] = (True, False)
    found = boosted(columns, bad, replace(METHOD, boost_rounds=30))
    for steps in found.steps.values():
        assert (np.diff(steps[: len(points)]) <= 1e-12).all()
