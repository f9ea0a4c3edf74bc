"""Figures of validation against hand calculation, published values and independent methods."""

from math import asin, log, pi, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import beta, ks_2samp, mannwhitneyu, multivariate_normal, norm

from valuation.learning.calibration import (
    brier,
    calibration_groups,
    calibration_line,
    correlated_p,
    hosmer_lemeshow,
    jeffreys_p,
    prior_correction,
    shift_to,
    shifted,
)
from valuation.learning.discrimination import accuracy_ratio, auc, auc_value, cap_curve, compare_auc, ks
from valuation.learning.logistic import fit_logistic
from valuation.learning.stability import csi, migration, override_rate, psi

RISK = np.array([0.8, 0.4, 0.6, 0.2])
BAD = np.array([True, True, False, False])
scored = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=4, max_size=40).filter(
    lambda rows: 2 <= sum(bad for _, bad in rows) <= len(rows) - 2
)


def arrays(rows):
    return np.array([risk for risk, _ in rows], dtype=float), np.array([bad for _, bad in rows])


def test_auc_and_its_error_by_hand():
    found = auc(RISK, BAD)
    assert found.value == 3 / 4
    assert found.gini == 1 / 2
    assert found.error == pytest.approx(sqrt(0.125 / 2 + 0.125 / 2))  # placements (1, 1/2) on both sides
    assert found.interval() == (pytest.approx(0.75 - 1.959964 * found.error), 1.0)


@given(scored)
def test_auc_is_the_mann_whitney_statistic_and_the_cap_gives_the_same_gini(rows):
    risk, bad = arrays(rows)
    u = mannwhitneyu(risk[bad], risk[~bad]).statistic / (bad.sum() * (~bad).sum())
    assert auc_value(risk, bad) == pytest.approx(u)
    assert auc(risk, bad).value == pytest.approx(u)
    assert accuracy_ratio(cap_curve(risk, bad), bad.mean()) == pytest.approx(2 * u - 1)


@given(scored)
def test_ks_is_that_of_scipy(rows):
    risk, bad = arrays(rows)
    assert ks(risk, bad) == pytest.approx(ks_2samp(risk[bad], risk[~bad], method="asymp").statistic)


def test_two_aucs_are_compared_as_by_the_full_matrix_of_pairs():
    random = np.random.default_rng(7)
    bad = random.random(60) < 0.4
    first = bad + random.normal(size=60).round(1)
    second = 2 * bad + random.normal(size=60).round(1)

    def placements(risk):
        wins = (risk[bad][:, None] > risk[~bad]) + 0.5 * (risk[bad][:, None] == risk[~bad])
        return wins.mean(1), wins.mean(0), wins.mean()

    (a10, a01, a), (b10, b01, b) = placements(first), placements(second)
    variance = np.cov(a10, b10) / bad.sum() + np.cov(a01, b01) / (~bad).sum()
    error = sqrt(variance[0, 0] + variance[1, 1] - 2 * variance[0, 1])
    found = compare_auc(first, second, bad)
    assert (found.difference, found.error) == (pytest.approx(b - a), pytest.approx(error))
    assert found.p == pytest.approx(2 * norm.sf(abs(b - a) / error))
    assert compare_auc(first, first, bad).p == 1.0


def test_brier_and_its_skill_by_hand():
    found = brier(np.array([0.9, 0.1, 0.5, 0.5]), np.array([True, False, True, False]))
    assert found.score == pytest.approx((0.01 + 0.01 + 0.25 + 0.25) / 4)
    assert found.skill == pytest.approx(1 - 0.13 / 0.25)


def two_groups():
    """Stated 10 % and 50 %, a hundred rows each; seen 20 % and 50 %."""
    chance = np.repeat([0.1, 0.5], 100)
    bad = np.concatenate([np.arange(100) < 20, np.arange(100) < 50])
    return chance, bad


def test_calibration_line_goes_through_two_groups_exactly():
    line = calibration_line(*two_groups())
    assert line.slope == pytest.approx(log(4) / log(9))  # (0 - ln 1/4) / (0 - ln 1/9)
    assert line.intercept == pytest.approx(0, abs=1e-9)
    assert line.at_large == pytest.approx(shift_to(two_groups()[0], 0.35), abs=1e-8)


def test_hosmer_lemeshow_by_hand():
    groups = calibration_groups(*two_groups(), groups=2)
    assert [(each.rows, each.bads) for each in groups] == [(100, 20), (100, 50)]
    found = hosmer_lemeshow(groups, fitted_here=False)
    assert found.statistic == pytest.approx(10**2 / 9)
    assert found.freedom == 2


def test_jeffreys_is_the_arcsine_law_without_evidence_and_even_in_the_middle():
    assert jeffreys_p(0, 0, 0.25) == pytest.approx(2 / pi * asin(sqrt(0.25)))
    assert jeffreys_p(5, 10, 0.5) == pytest.approx(0.5)
    assert jeffreys_p(12, 200, 0.03) == pytest.approx(beta(12.5, 188.5).cdf(0.03))
    assert jeffreys_p(12, 200, 0.03) < 0.05 < jeffreys_p(6, 200, 0.03)


@pytest.mark.parametrize("correlation", [0.05, 0.12])
def test_correlated_defaults_agree_with_the_normal_law(correlation):
    pd = 0.03
    assert correlated_p(1, 1, pd, correlation) == pytest.approx(pd, rel=1e-6)
    both = multivariate_normal(cov=[[1, correlation], [correlation, 1]]).cdf([norm.ppf(pd)] * 2)
    assert correlated_p(2, 2, pd, correlation) == pytest.approx(both, rel=1e-4)
    limit = norm.cdf((norm.ppf(pd) - sqrt(1 - correlation) * norm.ppf(0.06)) / sqrt(correlation))
    assert correlated_p(6_000, 100_000, pd, correlation) == pytest.approx(limit, rel=0.01)


def test_a_shift_moves_the_mean_and_no_rank():
    chance = np.array([0.02, 0.2, 0.4])
    moved = shifted(chance, shift_to(chance, 0.3))
    assert moved.mean() == pytest.approx(0.3)
    assert list(np.argsort(moved)) == [0, 1, 2]


def test_prior_correction_undoes_an_oversampling_of_bads():
    goods, bads = 900, 100  # all bads kept, one good in nine: half of the sample is bad
    assert prior_correction(0.5, 0.1) == pytest.approx(log(bads / goods))


def test_psi_by_hand_and_with_an_empty_bin():
    assert psi([50, 50], [60, 40]) == pytest.approx(0.1 * log(1.2) - 0.1 * log(0.8))
    assert psi([10, 20, 70], [10, 20, 70]) == 0
    assert 0 < psi([50, 50, 0], [50, 40, 10]) < 10
    assert csi(np.array([0, 1]), np.array([1, 0]), bins=2) == 0


def test_migration_and_overrides_count_each_firm_once():
    assert migration(["A", "A", "B"], ["A", "B", "B"], ["A", "B"]) == [[1, 1], [0, 1]]
    rank = {"A": 0, "B": 1, "C": 2}
    told = override_rate(["A", "B", "C", "B"], ["B", "B", "B", "B"], rank)
    assert told == {"better": 0.25, "worse": 0.25, "all": 0.5}


@pytest.mark.parametrize("ridge", [0.0, 3.0])
def test_logistic_regression_is_the_maximum_that_another_method_finds(ridge):
    random = np.random.default_rng(3)
    columns = random.normal(size=(300, 3))
    offset = random.normal(size=300)
    bad = random.random(300) < 1 / (1 + np.exp(-(columns @ [1, -0.5, 0] - 1 + offset)))
    centre = np.array([0.5, 0.5, 0.5])

    def loss(beta):
        odds = beta[0] + columns @ beta[1:] + offset
        return np.logaddexp(0, odds).sum() - odds[bad].sum() + ridge / 2 * ((beta[1:] - centre) ** 2).sum()

    wanted = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-8}).x
    found = fit_logistic(columns, bad, ridge, centre, offset)
    assert [found.intercept, *found.weights] == pytest.approx(wanted, abs=1e-4)


def test_a_column_that_separates_the_outcomes_stays_finite_under_the_ridge():
    bad = np.arange(40) < 20
    found = fit_logistic(np.where(bad, 1.0, -1.0)[:, None], bad, ridge=1.0)
    assert 1 < found.weights[0] < 10
