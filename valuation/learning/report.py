"""What a fit is worth, as plain figures: train and test side by side, bins and points, what was left out."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from valuation.learning.arrays import Flags, Floats
from valuation.learning.calibration import (
    brier,
    calibration_groups,
    calibration_line,
    hosmer_lemeshow,
    shift_to,
)
from valuation.learning.discrimination import auc, auc_value, ks
from valuation.learning.fitting import Fit, Weighted
from valuation.learning.ladder import rung_of
from valuation.learning.method import Method
from valuation.learning.sample import Sample
from valuation.learning.stability import csi, psi, score_cuts

DIGITS = 6


def fit_report(fit: Fit, sample: Sample) -> dict[str, Any]:
    """Every figure of the fit; `sample` holds the training and the test rows."""
    features = {each.name: each for each in sample.features}
    chance = fit.chance(features)
    points = fit.points(features)
    method = fit.method
    return {
        "rows": sample.counts,
        "split": _days_of_split(sample),
        "outcome": sample.words,
        "train": performance(
            chance[sample.train], points[sample.train], sample.bad[sample.train], method, True
        ),
        "test": performance(chance[sample.test], points[sample.test], sample.bad[sample.test], method, False),
        "ladder": _rung(sample, method),
        "stability": _stability(fit, sample, points),
        "scorecard": {
            "base_points": fit.base_points,
            "points_double_the_odds": method.points_double,
            "intercept": rounded(fit.intercept),
            "features": [_feature(fit, each) for each in fit.features],
        },
        "dropped": [
            {"feature": each.feature, "code": each.code, "reason": each.why, "iv": rounded(each.iv)}
            for each in fit.dropped
        ],
        "remarks": [{"feature": each.feature, "code": each.code, "reason": each.why} for each in fit.remarks],
    }


def _days_of_split(sample: Sample) -> dict[str, Any] | None:
    """First and last day of the rows that trained and that tested, where the split is by day."""
    if sample.days is None:
        return None
    return {
        name: {
            "first_day": _day_text(sample.days[rows].min()),
            "last_day": _day_text(sample.days[rows].max()),
        }
        for name, rows in (("train", sample.train), ("test", sample.test))
    }


def _day_text(days: int) -> str:
    return (dt.date(1970, 1, 1) + dt.timedelta(days=int(days))).isoformat()


def _rung(sample: Sample, method: Method) -> dict[str, Any]:
    """How far so many defaults carry (scoring.md 7.1): a fit may be shown that may not yet be put to use."""
    defaults = int(sample.bad[sample.train].sum())
    rung = rung_of(defaults, method)
    return {"defaults": defaults, "may": rung.may, "title": rung.title, "why": rung.why}


def performance(
    chance: Floats, points: Floats, bad: Flags, method: Method, fitted_here: bool
) -> dict[str, Any]:
    """Discrimination and calibration of stated probabilities on one set of rows."""
    found = auc(chance, bad)
    low, high = found.interval()
    score = brier(chance, bad)
    groups = calibration_groups(chance, bad, method.calibration_groups)
    test = hosmer_lemeshow(groups, fitted_here)
    line = calibration_line(chance, bad) if np.ptp(chance) > 0 else None
    return {
        "rows": len(bad),
        "bads": int(bad.sum()),
        "bad_rate": rounded(float(bad.mean())),
        "auc": rounded(found.value),
        "auc_low": rounded(low),
        "auc_high": rounded(high),
        "auc_of_points": rounded(auc_value(-points, bad)),
        "gini": rounded(found.gini),
        "ks": rounded(ks(chance, bad)),
        "brier": rounded(score.score),
        "brier_skill": rounded(score.skill),
        "calibration": {
            "mean_predicted": rounded(float(chance.mean())),
            "observed": rounded(float(bad.mean())),
            "slope": rounded(line.slope) if line else None,
            "intercept": rounded(line.intercept) if line else None,
            "intercept_at_slope_one": rounded(line.at_large) if line else None,
            "shift_to_observed": rounded(shift_to(chance, float(bad.mean()))),
            "hosmer_lemeshow": {
                "statistic": rounded(test.statistic),
                "freedom": test.freedom,
                "p": rounded(test.p),
            },
            "groups": [
                {
                    "rows": each.rows,
                    "bads": each.bads,
                    "predicted": rounded(each.mean_chance),
                    "observed": rounded(each.bad_rate),
                }
                for each in groups
            ],
        },
    }


def _stability(fit: Fit, sample: Sample, points: Floats) -> dict[str, Any]:
    cuts = score_cuts(points[sample.train], fit.method.calibration_groups)
    places = np.searchsorted(cuts, points, side="right")
    features = {each.name: each for each in sample.features}
    moved = {}
    for each in fit.features:
        bins = each.binning.places(features[each.feature.name].values)
        moved[each.feature.name] = rounded(csi(bins[sample.train], bins[sample.test], len(each.binning.bins)))
    counts = [np.bincount(places[part], minlength=len(cuts) + 1) for part in (sample.train, sample.test)]
    return {"psi": rounded(psi(*counts)), "csi": moved}


def _feature(fit: Fit, each: Weighted) -> dict[str, Any]:
    return {
        "feature": each.feature.name,
        "kind": each.binning.kind,
        "leading_characters": each.feature.leading or None,
        "direction": each.binning.direction,
        "iv": rounded(each.binning.iv),
        "weight": rounded(each.weight),
        "weight_error": rounded(each.error),
        "bins": [
            {
                "label": one.label,
                "lower": one.lower,
                "upper": one.upper,
                "levels": list(one.levels) or None,
                "others": one.others,
                "missing": one.missing,
                "rows": one.rows,
                "bads": one.bads,
                "bad_rate": rounded(one.bad_rate) if one.rows else None,
                "woe": rounded(one.woe),
                "points": fit.points_of(each, one),
            }
            for one in each.binning.bins
        ],
    }


def rounded(value: float | None) -> float | None:
    """As it is written into a report: six decimals, never -0."""
    return None if value is None else round(float(value), DIGITS) + 0.0
