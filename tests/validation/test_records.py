"""What the ladder lets be fitted, and that intercept and slope become the card's own parameters."""

from __future__ import annotations

from dataclasses import replace
from math import log

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, logit

from valuation.learning.afterwards import benchmark
from valuation.learning.discrimination import auc
from valuation.learning.period import Column, Grade, Period, Scale
from valuation.learning.records import challenger_risk, conditions, expert_log_odds, fitted, risk_under
from valuation.learning.sensitivity import chance_of

SCALE = Scale(60, 0.03, 12, 0.0001, 0.99)


def book(defaults_wanted: float, rows: int = 4000, seed: int = 3) -> Period:
    """Scores about 60; true ln odds = shift + 0.7 times the card's."""
    random = np.random.default_rng(seed)
    score = random.normal(60, 12, rows).round(2)
    odds = 0.7 * expert_log_odds(score, SCALE)
    shift = logit(defaults_wanted / rows) - odds.mean()
    bad = random.random(rows) < expit(odds + shift)
    grades = [Grade(name, pd) for name, pd in (("A", 0.005), ("B", 0.015), ("C", 0.045), ("D", 0.15))]
    days = np.array([f"2025-{1 + i % 12:02d}-10" for i in range(rows)], dtype=object)
    return Period(
        version="x", begins="2025-01-01", ends="2025-12-31", grades=grades, flow={}, score=score,
        pd=chance_of(score, SCALE), grade=np.array(["B"] * rows, dtype=object), bad=bad,
        known=np.ones(rows, dtype=bool), approved=np.ones(rows, dtype=bool), scale=SCALE, days=days,
        development_scores=score,
    )  # fmt: skip


def test_below_ten_defaults_nothing_is_fitted_but_each_grades_posterior(method):
    period = book(4, rows=300)
    assert 0 < period.bad.sum() < 10
    found = fitted(period, method)
    assert (found.rung, dict(found.values)) == ("posterior", {})
    assert set(found.figures) == {"grades"}
    b = found.figures["grades"][1]
    assert b["mean"] == pytest.approx((100 * 0.015 + period.bad.sum()) / (100 + 300), abs=1e-6)


def test_intercept_and_slope_are_those_of_greatest_likelihood_and_become_anchor_and_points(method):
    period = book(16)
    found = fitted(period, method)
    assert found.rung == "line"
    odds, bad = expert_log_odds(period.score, SCALE), period.bad

    def loss(at):
        linear = at[0] + at[1] * odds
        return float(np.sum(np.logaddexp(0, linear) - bad * linear))

    a, b = minimize(loss, [0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10}).x
    assert found.figures["line"]["intercept"] == pytest.approx(a, abs=1e-4)
    assert found.figures["line"]["slope"] == pytest.approx(b, abs=1e-4)
    anchored = Scale(60, float(found.values["anchor_pd"]), float(found.values["pdo"]), 0.0001, 0.99)
    assert chance_of(period.score, anchored) == pytest.approx(expit(a + b * odds), abs=2e-4)


def test_the_quarters_intercept_moves_the_anchor_alone(method):
    found = fitted(book(16), method, intercept_only=True)
    assert set(found.values) == {"anchor_pd"}
    assert found.figures["line"]["slope"] == 1.0


def test_a_score_that_is_upside_down_sets_nothing(method):
    period = book(16)
    found = fitted(replace(period, score=120 - period.score), method)
    assert found.figures["line"]["slope"] < 0
    assert dict(found.values) == {}


def test_a_book_that_the_score_parts_without_a_fault_sets_nothing(method):
    """Its slope has no end and its error none either: 12 of 60 are bad, all of them below everybody else."""
    score = np.concatenate([np.linspace(30, 40, 12), np.linspace(60, 90, 48)])
    parted = replace(book(12, rows=60), score=score, bad=score < 50, pd=chance_of(score, SCALE))
    assert dict(fitted(parted, method).values) == {}


def test_the_rungs_are_climbed_with_the_defaults(method, period):
    assert fitted(period, method).rung in ("posterior", "line")
    many = replace(period, bad=period.known & (period.score < np.quantile(period.score, 0.85)))
    assert int(many.bad[many.known].sum()) > 100
    found = fitted(replace(many, bad=many.bad & (np.arange(len(many.bad)) % 2 == 0)), method)
    assert found.rung == "groups"
    assert min(found.figures["groups"]["weights"].values()) >= 0
    assert "scorecard" not in found.figures


def test_above_a_thousand_defaults_a_challenger_stands_beside_the_scorecard_and_does_not_act(method, period):
    highest = replace(method, ladder=tuple(replace(each, least=0) for each in method.ladder[-1:]))
    found = fitted(period, highest)
    assert found.rung == "challenger"
    assert set(found.figures) == {"grades", "line", "groups", "scorecard", "boosting"}
    assert set(found.values) <= {"anchor_pd", "pdo"}
    risk, known = challenger_risk(period, found.figures), period.known
    assert auc(risk[known], period.bad[known]).value > auc(-period.score[known], period.bad[known]).value
    without = {name: told for name, told in found.figures.items() if name != "boosting"}
    assert (risk_under(period, found.figures) == risk_under(period, without)).all()
    assert challenger_risk(period, without) is None


@pytest.mark.parametrize(("earlier", "wins"), [(None, False), (0.01, False), (0.03, True)])
def test_a_challenger_is_told_to_win_when_it_did_so_twice_out_of_time(method, period, earlier, wins):
    """This period's gain is above the 0.02 that is asked; the one before decides."""
    risk = np.where(period.bad, 1.0, 0.0)
    told = benchmark(replace(period, challenger_risk=risk, earlier_gain=earlier), method)["challenger"]
    assert told["difference"] > method.challenger_gain == 0.02
    assert (told["earlier"], told["wins"]) == (earlier, wins)


def test_a_promotion_waits_for_half_a_year_or_two_vintages(method):
    period, figures = book(400), {"line": {"intercept": 0.0, "slope": 1.0}}

    def met(months, of=period, values=None):
        values = {"anchor_pd": "0.100000"} if values is None else values
        return {each.name: each.met for each in conditions(of, figures, values, method, months=months)}

    assert met(5)["shadow"] is False
    assert met(6)["shadow"] is True
    assert met(6)["auc"] is True  # the same order of the rows
    assert met(6)["psi"] is True
    assert met(6, values={})["values"] is False
    shifted = replace(period, development_scores=period.score - 12)
    assert met(6, of=shifted)["psi"] is False


def test_a_promotion_waits_until_applicants_are_told_the_same_reasons(method):
    """Shares 50, 30, 20 % against 30, 30, 40 % have 80 % in common, against 10, 10, 80 % 40 %."""
    then = replace(book(400), development_reasons={"甲": 50, "乙": 30, "丙": 20})

    def told(reasons, of=then):
        found = conditions(replace(of, reasons=reasons), {}, {}, method, months=6)
        [one] = [each for each in found if each.name == "reasons"]
        return one.met, one.told

    assert told({"甲": 3, "乙": 3, "丙": 4}) == (True, "所示理由的构成与开发样本重合 80%（不低于 70%）")
    assert told({"甲": 1, "乙": 1, "丙": 8})[0] is False
    assert told({})[0] is False
    assert told({"甲": 1}, replace(then, development_reasons=None))[0] is False


@pytest.mark.parametrize(
    ("defaults", "rung"),
    [(9, "posterior"), (10, "line"), (49, "line"), (50, "groups"), (199, "groups"), (200, "scorecard"),
     (1000, "scorecard"), (1001, "challenger")],
)  # fmt: skip
def test_each_rung_begins_at_its_number_of_defaults_and_fits_nothing_above(method, defaults, rung):
    """The table of scoring.md 7.1, on both sides of each of its bounds."""
    whole = book(400, rows=2000)
    chance = expit(-whole.score / 9)
    fell = np.random.default_rng(1).choice(2000, defaults, replace=False, p=chance / chance.sum())
    bad = np.isin(np.arange(2000), fell)
    places = (whole.score > 60).astype(np.int64)
    column = Column(
        "x",
        "指标",
        "甲",
        "K",
        ("低", "高"),
        (True, True),
        (0.0, 10.0),
        places,
        places * 10.0,
        10.0,
        bad | ~bad,
    )
    period = replace(whole, bad=bad, columns=(column,), weights={"K": np.ones(len(bad))})
    found = fitted(period, method)
    steps = ["grades", "line", "groups", "scorecard", "boosting"]
    assert (found.rung, found.defaults) == (rung, defaults)
    assert (
        list(found.figures)
        == steps[: ("posterior", "line", "groups", "scorecard", "challenger").index(rung) + 1]
    )
    assert bool(found.values) == (defaults >= 10)


def test_a_grade_with_too_many_defaults_keeps_a_record_from_acting(method):
    period = book(400)
    figures = {"line": {"intercept": 0.0, "slope": 1.0}}
    # stated 3 % at 60 points where a tenth fell: red; what was seen puts it right
    told = {
        each.name: each for each in conditions(period, figures, {"anchor_pd": "0.030000"}, method, months=6)
    }
    assert told["jeffreys"].met is False
    right = dict(fitted(period, method).values)
    assert float(right["anchor_pd"]) == pytest.approx(expit(logit(0.1) - 0.0), abs=0.03)
    assert log(2) / float(right["pdo"]) == pytest.approx(0.7 * log(2) / 12, rel=0.15)
