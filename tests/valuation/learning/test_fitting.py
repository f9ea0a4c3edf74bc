"""Bins, the choice of features, leaks, and the ladder of what may be fitted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from kernel.errors import Refused
from valuation.learning.binning import _cells, _pooled, bin_categories, bin_numbers
from valuation.learning.fitting import fit_scorecard
from valuation.learning.ladder import challenger_wins, grade_pds, group_weights, rung_of, upper_bound
from valuation.learning.method import FILE, load_method
from valuation.learning.sample import Feature, Sample

POLICIES = Path(__file__).resolve().parents[3] / "policies" / "scorecards"
METHOD = load_method(POLICIES / FILE)
LOOSE = replace(METHOD, least_bin_share=0.01, least_bin_events=1, merge_above_p=1.0, most_bins=100)
rows = st.lists(
    st.tuples(st.one_of(st.integers(-5, 5), st.just(float("nan"))), st.booleans()), min_size=5, max_size=60
).filter(lambda rows: 0 < sum(bad for _, bad in rows) < len(rows))


def outcomes(rows):
    return np.array([value for value, _ in rows], dtype=float), np.array([bad for _, bad in rows])


@given(rows)
def test_bins_hold_every_row_once_and_their_rate_only_rises_or_only_falls(rows):
    values, bad = outcomes(rows)
    for direction in (None, "rising", "falling"):
        binning = bin_numbers("x", values, bad, LOOSE, direction)
        assert sum(each.rows for each in binning.bins) == len(bad)
        assert sum(each.bads for each in binning.bins) == bad.sum()
        assert list(np.bincount(binning.places(values), minlength=len(binning.bins))) == [
            b.rows for b in binning.bins
        ]
        rates = [each.bad_rate for each in binning.present if each.rows]
        assert rates == sorted(rates, reverse=binning.direction == "falling")
        assert binning.bins[-1].missing
        assert binning.bins[-1].rows == np.isnan(values).sum()


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_pooling_gives_the_isotonic_regression(counts):
    places = np.repeat(np.arange(len(counts)), [n for n, _ in counts])
    bad = np.concatenate([np.arange(n) < min(n, d) for n, d in counts])
    pooled = _pooled(_cells(places, len(counts), bad), rising=True)
    found = np.concatenate([np.full(each.last - each.first + 1, each.rate) for each in pooled])
    seen = [min(n, d) / n for n, d in counts]
    assert found == pytest.approx(isotonic_regression(seen, weights=[n for n, _ in counts]).x)


def test_weight_of_evidence_by_hand():
    values = np.repeat([1.0, 2.0], 100)
    bad = np.concatenate([np.arange(100) < 10, np.arange(100) < 30])
    binning = bin_numbers("x", values, bad, replace(METHOD, woe_prior_rows=1e-9))
    assert [(each.lower, each.upper) for each in binning.present] == [(None, 2.0), (2.0, None)]
    woe = [np.log((90 / 160) / (10 / 40)), np.log((70 / 160) / (30 / 40))]
    assert [each.woe for each in binning.present] == pytest.approx(woe)
    assert binning.iv == pytest.approx((90 / 160 - 10 / 40) * woe[0] + (70 / 160 - 30 / 40) * woe[1])
    assert binning.bins[-1].woe == 0  # nothing was missing: a missing value says nothing
    assert binning.woe_of(np.array([-1e9, 2.0, np.nan])) == pytest.approx([*woe, 0])


def test_neighbours_that_differ_by_chance_alone_are_one_bin():
    values = np.repeat([1.0, 2.0], 100)
    bad = np.concatenate([np.arange(100) < 19, np.arange(100) < 21])
    assert len(bin_numbers("x", values, bad, METHOD).present) == 1


def test_rare_and_unknown_categories_are_scored_as_others_and_blank_is_missing():
    values = np.array(["甲"] * 200 + ["乙"] * 200 + ["丙"] * 3 + [""] * 97, dtype=object)
    bad = np.concatenate([np.arange(200) < 60, np.arange(200) < 20, [True, False, False], np.arange(97) < 5])
    binning = bin_categories("x", values, bad, METHOD)
    riskiest, *_, missing = binning.bins
    assert "甲" in riskiest.levels
    others = next(index for index, each in enumerate(binning.bins) if each.others)
    assert list(binning.places(np.array(["甲", "丙", "丁", ""], dtype=object))) == [
        0,
        others,
        others,
        len(binning.bins) - 1,
    ]
    assert (missing.rows, missing.bads) == (97, 5)


def test_what_may_be_fitted_depends_on_the_number_of_defaults():
    found = [rung_of(d, METHOD).may for d in (0, 9, 10, 49, 50, 199, 200, 1000, 1001)]
    assert found == [
        "posterior", "posterior", "line", "line", "groups", "groups", "scorecard", "scorecard", "challenger"
    ]  # fmt: skip


def test_few_defaults_as_in_the_published_figures():
    """scoring.md section 4: Pluto-Tasche bounds for no default, Beta posterior of a 3 % prior worth 100 firm-years."""
    bounds = [round(100 * upper_bound(0, 100, q), 2) for q in (0.5, 0.75)]
    assert bounds == [0.69, 1.38]
    assert [round(100 * upper_bound(0, 50, q), 2) for q in (0.75, 0.95)] == [2.73, 5.82]
    [grade] = grade_pds([0.03], [100], [0], METHOD)
    assert (round(100 * grade.mean, 2), round(100 * grade.upper, 2)) == (1.5, 1.96)


def test_grades_never_cross_after_the_evidence():
    found = grade_pds([0.01, 0.02, 0.05], [500, 500, 10], [20, 2, 0], METHOD)
    means = [each.mean for each in found]
    assert means == sorted(means)
    assert means[0] == means[1] == pytest.approx((1 + 20 + 2 + 2) / 1200)
    assert means[2] == pytest.approx(5 / 110)


def test_group_weights_stay_near_the_experts_and_never_turn_against_them():
    random = np.random.default_rng(5)
    points = random.normal(10, 4, size=(600, 3))
    factor = 12 / np.log(2)
    odds = -2 + (-1.0 * (points[:, 0] - 10) + 3.0 * (points[:, 2] - 10)) / factor
    bad = random.random(600) < 1 / (1 + np.exp(-odds))
    shrunk = group_weights(points, bad, replace(METHOD, group_ridge=1e9), factor)
    assert shrunk.weights == pytest.approx([1, 1, 1], abs=1e-4)
    free = group_weights(points, bad, replace(METHOD, group_ridge=1e-6), factor)
    assert free.weights[2] == 0
    assert free.weights[0] > 0


def test_a_challenger_must_win_twice():
    assert not challenger_wins([0.05], METHOD)
    assert not challenger_wins([0.05, 0.01], METHOD)
    assert challenger_wins([0.0, 0.03, 0.021], METHOD)


def test_a_method_file_tells_every_fault(tmp_path):
    text = (POLICIES / FILE).read_text(encoding="utf-8")
    text = text.replace('fine_bins: {value: "50"', 'fine_bins: {value: "0"').replace(
        "ridge: {value", "rigde: {value", 1
    )
    text = text.replace('values: ["0.05", "0.12"]', 'values: ["5"]').replace('from: "10"', 'from: "300"')
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load_method(tmp_path / FILE)
    places = " ".join(problem.where for problem in refused.value.problems)
    for place in (
        "parameters.fine_bins.value（第",
        "parameters.rigde",
        "parameters.ridge",
        "correlations",
        "ladder",
    ):
        assert place in places


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('fine_bins: {value: "50"', f'fine_bins: {{value: "{"9" * 5000}"', "parameters.fine_bins.value"),
        ('from: "10"', f'from: "{"9" * 5000}"', "ladder"),
        ('window_months: "12"', f'window_months: "{"9" * 5000}"', "default"),
        ("grades: [次级, 可疑, 损失]", "grades: [不良]", "default"),
        ("grades: [次级, 可疑, 损失]", "grades: [{a: b}]", "default"),
        ('values: ["0.05", "0.12"]', 'values: ["1"]', "correlations"),
    ],
)
def test_what_a_method_cannot_be_is_told_and_breaks_nothing(old, new, place, tmp_path):
    """Numbers beyond what Python reads, a class that does not exist, a correlation of one."""
    text = (POLICIES / FILE).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / FILE).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load_method(tmp_path / FILE)
    assert [problem.where.partition("（")[0] for problem in refused.value.problems] == [place]


@pytest.fixture(scope="module")
def drifting():
    """A book whose bad rate jumps from 5 % to 30 % in the middle of the training years."""
    random = np.random.default_rng(11)
    days = np.arange(3000)
    late = days >= 1200
    risk = random.normal(size=3000)
    bad = random.random(3000) < 1 / (1 + np.exp(-(np.where(late, -1, -3) + risk)))
    turned = np.where(late, 1, -1) * bad + random.normal(size=3000) * 0.7
    features = (
        Feature("risk", "number", risk, ("risk",)),
        Feature("form", "number", late + random.integers(0, 2, 3000) * 0.1, ("form",)),
        Feature("recorded", "number", np.where(late, risk + random.normal(size=3000), np.nan), ("recorded",)),
        Feature("turned", "number", turned, ("turned",)),
    )
    train = days < 2400
    return Sample(features, bad, train, ~train, days, days, {}, {})


def test_what_tells_the_year_or_turned_in_time_is_left_out(drifting):
    fit = fit_scorecard(drifting, METHOD, {})
    codes = {each.feature: each.code for each in fit.dropped}
    assert codes["form"] == "vintage"
    assert codes["turned"] == "not_in_time"
    assert {each.feature.name for each in fit.features} == {"risk", "recorded"}


def test_a_field_that_was_not_yet_recorded_says_nothing_where_it_is_missing(drifting):
    fit = fit_scorecard(drifting, METHOD, {})
    assert [(each.feature, each.code) for each in fit.remarks] == [("recorded", "missing_is_vintage")]
    recorded = next(each for each in fit.features if each.feature.name == "recorded")
    *bins, missing = recorded.binning.bins
    assert min(each.woe for each in bins) < missing.woe < max(each.woe for each in bins)
    assert missing.bad_rate < 0.1  # the years before the jump: by its rate alone it would look safest


def test_without_days_nothing_can_be_tried_in_time(drifting):
    fit = fit_scorecard(replace(drifting, days=None), METHOD, {})
    assert "turned" in {each.feature.name for each in fit.features}
    assert not {"vintage", "not_in_time"} & {each.code for each in fit.dropped}


def test_a_weight_against_its_own_bins_is_left_out(drifting):
    """`shadow` is half risk, half noise; `risk` less `shadow` is what counts, so `shadow` alone wants to turn."""
    random = np.random.default_rng(12)
    noise = random.normal(size=3000)
    bad = random.random(3000) < 1 / (1 + np.exp(-(3 * noise - 2)))
    mixed = random.normal(size=3000)
    features = (
        Feature("sum", "number", noise + mixed, ("sum",)),
        Feature("shadow", "number", mixed + 0.3 * noise, ("shadow",)),
    )
    fit = fit_scorecard(replace(drifting, features=features, bad=bad, days=None), METHOD, {})
    assert [(each.feature, each.code) for each in fit.dropped] == [("shadow", "sign")]
    assert all(each.weight > 0 for each in fit.features)
