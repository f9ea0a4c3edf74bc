"""The validation report of a model version and a period (scoring.md 7.6): plain figures, each with the rows behind it.

    report = validation_report(period, method)      report["calibration"]["grades"][0]["jeffreys_p"]

A figure that cannot be worked out (one outcome only, nothing known) is None with its `why`; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from valuation.learning.afterwards import benchmark, lines, losses, reasons
from valuation.learning.arrays import Flags, Floats, Ints, Texts
from valuation.learning.calibration import (
    binomial_p,
    brier,
    calibration_groups,
    calibration_line,
    correlated_p,
    hosmer_lemeshow,
    jeffreys_interval,
    jeffreys_p,
    shift_to,
)
from valuation.learning.discrimination import auc, cap_curve, ks
from valuation.learning.findings import findings_of
from valuation.learning.method import Method
from valuation.learning.period import Grade, Period
from valuation.learning.report import rounded
from valuation.learning.sensitivity import sensitivity
from valuation.learning.stability import migration, override_rate, psi, score_cuts
from valuation.learning.univariate import univariate

__all__ = ["Grade", "Period", "validation_report"]

STATED_WITH_THE_LINE = ("补偿比例",)
"""Who has no such share stated was offered no line: rates of approval say nothing there."""
NORMAL_95 = 1.959964
"""Standard errors to either side of a 95 % interval."""


def validation_report(period: Period, method: Method) -> dict[str, Any]:
    """All sections; `findings` lists in words what lies beyond a limit, with its severity, owner and due day."""
    report: dict[str, Any] = {
        "version": period.version,
        "period": {"begins": period.begins, "ends": period.ends},
        "head": dict(period.head),
        "definition": dict(period.definition),
        "population": _population(period),
        "absences": {name: dict(counts) for name, counts in period.absences.items()},
        "outages": [dict(each) for each in period.outages],
        "univariate": univariate(period, method),
        "discrimination": _discrimination(period),
        "calibration": _calibration(period, method),
        "stability": _stability(period, method),
        "losses": losses(period),
        "lines": lines(period),
        "level_orders": {name: list(levels) for name, levels in period.level_orders.items()},
        "fairness": {name: _fairness(period, name, cells) for name, cells in period.segments.items()},
        "reasons": reasons(period),
        "benchmark": benchmark(period, method),
        "sensitivity": sensitivity(period, method),
        "limits": list(period.limits),
    }
    report["findings"] = findings_of(report, method, period.made_on)
    return report


def _population(period: Period) -> dict[str, Any]:
    return {
        "flow": dict(period.flow),
        "selection": period.selection,
        "scored": len(period.score),
        "outcome_known": int(period.known.sum()),
        "bads": int(period.bad[period.known].sum()),
        "grades": [
            {"grade": each.name, "rows": int((period.grade == each.name).sum())} for each in period.grades
        ],
    }


def _discrimination(period: Period) -> dict[str, Any]:
    known = period.known
    bad = period.bad[known]
    return {
        "total": _drawn(-period.score[known], bad),
        "blocks": {name: _drawn(-scores[known], bad) for name, scores in period.blocks.items()},
        "segments": {
            name: {
                level: _told_apart(-period.score[inside], period.bad[inside])
                for level, inside in _levels(cells, known, period.level_orders.get(name, ()))
            }
            for name, cells in period.segments.items()
        },
    }


def _drawn(risk: Floats, bad: Flags) -> dict[str, Any]:
    """With the CAP curve, so that it can be drawn."""
    told = _told_apart(risk, bad)
    if told["auc"] is not None:
        told["cap"] = [(rounded(x), rounded(y)) for x, y in cap_curve(risk, bad)]
    return told


def _levels(cells: Texts, rows: Flags, order: Sequence[str] = ()) -> Iterator[tuple[str, Flags]]:
    for level in in_order({str(cell) for cell in cells[rows]}, order):
        yield level, rows & (cells == level)


def in_order(levels: Iterable[str], order: Sequence[str]) -> list[str]:
    """Levels in an order of their own, what it does not name after it by letters.

    >>> in_order({"5 及以上", "低于 1", "未知", "1 至 5 以下"}, ["低于 1", "1 至 5 以下", "5 及以上"])
    ['低于 1', '1 至 5 以下', '5 及以上', '未知']
    """
    place = {level: number for number, level in enumerate(order)}
    return sorted(levels, key=lambda level: (place.get(level, len(place)), level))


def _told_apart(risk: Floats, bad: Flags) -> dict[str, Any]:
    told: dict[str, Any] = {"rows": len(bad), "bads": int(bad.sum()), "auc": None}
    if bad.sum() < 2 or (~bad).sum() < 2:
        return told | {"why": "好样本或坏样本不足2个"}
    found = auc(risk, bad)
    low, high = found.interval()
    figures = {"auc": found.value, "auc_low": low, "auc_high": high, "gini": found.gini, "ks": ks(risk, bad)}
    return told | {name: rounded(value) for name, value in figures.items()}


def _calibration(period: Period, method: Method) -> dict[str, Any]:
    chance, bad = period.pd[period.known], period.bad[period.known]
    rows, bads = len(bad), int(bad.sum())
    told: dict[str, Any] = {
        "rows": rows,
        "bads": bads,
        "grades": [_grade(period, each) for each in period.grades],
        "overall": None,
    }
    if not 0 < bads < rows:
        return told | {"why": "结果已知的样本只有一种结果"}
    mean = float(chance.mean())
    line = calibration_line(chance, bad) if np.ptp(chance) > 0 else None
    groups = calibration_groups(chance, bad, method.calibration_groups)
    test = hosmer_lemeshow(groups, fitted_here=False)
    score = brier(chance, bad)
    told["overall"] = {
        "mean_pd": rounded(mean),
        "default_rate": rounded(bads / rows),
        "jeffreys_p": rounded(jeffreys_p(bads, rows, mean)),
        "binomial_p": rounded(binomial_p(bads, rows, mean)),
        "correlated_p": {
            str(rho): rounded(correlated_p(bads, rows, mean, rho)) for rho in method.correlations
        },
        "slope": rounded(line.slope) if line else None,
        "slope_low": rounded(line.slope - NORMAL_95 * line.slope_error) if line else None,
        "slope_high": rounded(line.slope + NORMAL_95 * line.slope_error) if line else None,
        "intercept": rounded(line.intercept) if line else None,
        "at_large": rounded(line.at_large) if line else None,
        "shift_to_observed": rounded(shift_to(chance, bads / rows)),
        "brier": rounded(score.score),
        "brier_skill": rounded(score.skill),
        "hosmer_lemeshow": {
            "statistic": rounded(test.statistic),
            "freedom": test.freedom,
            "p": rounded(test.p),
        },
    }
    told["groups"] = [
        {
            "rows": each.rows,
            "bads": each.bads,
            "predicted": rounded(each.mean_chance),
            "observed": rounded(each.bad_rate),
        }
        for each in groups
    ]
    return told


def _grade(period: Period, grade: Grade) -> dict[str, Any]:
    inside = period.known & (period.grade == grade.name)
    rows, bads = int(inside.sum()), int(period.bad[inside].sum())
    low, high = jeffreys_interval(bads, rows)
    return {
        "grade": grade.name,
        "pd": grade.pd,
        "rows": rows,
        "bads": bads,
        "default_rate": rounded(bads / rows) if rows else None,
        "low": rounded(low) if rows else None,
        "high": rounded(high) if rows else None,
        "jeffreys_p": rounded(jeffreys_p(bads, rows, grade.pd)) if rows else None,
    }


def _stability(period: Period, method: Method) -> dict[str, Any]:
    told: dict[str, Any] = {"psi": None, "over_time": [], "csi": {}, "migration": None, "overrides": None}
    if period.development_scores is not None:
        cuts = score_cuts(period.development_scores, method.calibration_groups)
        before, after = (
            np.bincount(np.searchsorted(cuts, scores, side="right"), minlength=len(cuts) + 1)
            for scores in (period.development_scores, period.score)
        )
        told["psi"] = {
            "value": rounded(psi(before, after)),
            "rows_then": len(period.development_scores),
            "rows": len(period.score),
        }
        told["over_time"] = list(_over_time(period, cuts, before))
    told["csi"] = {
        name: {"value": rounded(psi(then, now)), "rows_then": int(np.sum(then)), "rows": int(np.sum(now))}
        for name, (then, now) in period.indicator_bins.items()
    }
    names = [each.name for each in period.grades]
    if period.earlier_grade is not None:
        had = period.earlier_grade != ""
        matrix = migration(list(period.earlier_grade[had]), list(period.grade[had]), names)
        told["migration"] = {"grades": names, "rows": int(had.sum()), "matrix": matrix}
    if period.given_grade is not None and len(period.grade):
        rank = {name: place for place, name in enumerate(names)}
        rates = override_rate(list(period.given_grade), list(period.grade), rank)
        told["overrides"] = {
            "rows": len(period.grade),
            **{name: rounded(rate) for name, rate in rates.items()},
        }
    return told


def _over_time(period: Period, cuts: Floats, before: Ints) -> Iterator[dict[str, Any]]:
    """Quarter by quarter: PSI against development, mean score and PD, outcomes as far as known."""
    if period.days is None:
        return
    quarters = np.array([f"{day[:4]}Q{(int(day[5:7]) + 2) // 3}" for day in period.days], dtype=object)
    for quarter, inside in _levels(quarters, period.every):
        counts = np.bincount(
            np.searchsorted(cuts, period.score[inside], side="right"), minlength=len(cuts) + 1
        )
        known = inside & period.known
        yield {
            "quarter": quarter,
            "rows": int(inside.sum()),
            "psi": rounded(psi(before, counts)),
            "mean_score": rounded(float(period.score[inside].mean())),
            "mean_pd": rounded(float(period.pd[inside].mean())),
            "outcome_known": int(known.sum()),
            "bads": int(period.bad[known].sum()),
        }


def _fairness(period: Period, name: str, cells: Texts) -> list[dict[str, Any]]:
    """Per level: approval against the best level, mean score, and how far outcomes lie from what was stated.

    `apart` is by how much that gap is wider than the gap of all rows: a level of the PDs that is wrong for everybody is a
    matter of calibration, not of fairness.
    """
    told, all_of_them = [], _gap(period, period.known)
    order = period.level_orders.get(name, ())
    rates = {
        level: float(period.approved[inside].mean()) for level, inside in _levels(cells, period.every, order)
    }
    best = 0.0 if name in STATED_WITH_THE_LINE else max(rates.values(), default=0.0)
    for level, inside in _levels(cells, period.every, order):
        known = inside & period.known
        gap = _gap(period, known)
        apart = None if gap is None or all_of_them is None else gap - all_of_them
        told.append(
            {
                "level": level,
                "rows": int(inside.sum()),
                "outcome_known": int(known.sum()),
                "approval": rounded(rates[level]),
                "approval_ratio": rounded(rates[level] / best) if best else None,
                "mean_score": rounded(float(period.score[inside].mean())),
                "outcome_minus_pd": rounded(gap),
                "apart": rounded(apart),
                "by_chance": all_of_them is None or _by_chance(period, known, all_of_them),
            }
        )
    return told


def _gap(period: Period, known: Flags) -> float | None:
    """Outcomes minus what was stated."""
    return float(period.bad[known].mean() - period.pd[known].mean()) if known.any() else None


def _by_chance(period: Period, known: Flags, gap: float) -> bool:
    """Whether so few rows could show their outcomes by chance, were they as far from what was stated as all rows are."""
    if not known.any():
        return True
    stated = float(period.pd[known].mean()) + gap
    low, high = jeffreys_interval(int(period.bad[known].sum()), int(known.sum()))
    return low <= stated <= high
