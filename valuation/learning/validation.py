"""The validation report of a model version and a period (scoring.md 7.6): plain figures, each with the rows behind it.

    report = validation_report(period, method)      report["calibration"]["grades"][0]["jeffreys_p"]

A figure that cannot be worked out (one outcome only, nothing known) is None with its `why`; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from valuation.learning.arrays import Flags, Floats, Ints, Texts
from valuation.learning.calibration import (
    binomial_p,
    brier,
    calibration_groups,
    calibration_line,
    correlated_p,
    hosmer_lemeshow,
    jeffreys_p,
    shift_to,
)
from valuation.learning.discrimination import auc, cap_curve, ks
from valuation.learning.method import Method
from valuation.learning.report import rounded
from valuation.learning.stability import migration, override_rate, psi, score_cuts


@dataclass(frozen=True)
class Grade:
    name: str
    pd: float


@dataclass(frozen=True)
class Period:
    """The scored applicants of a model version in a period, one row each, and what the model was made on."""

    version: str
    begins: str
    ends: str
    grades: Sequence[Grade]
    """From the safest to the riskiest."""
    flow: Mapping[str, int]
    """Applied, refused by a gate, scored, booked, ... in the order of the report."""
    score: Floats
    pd: Floats
    grade: Texts
    bad: Flags
    known: Flags
    """Whose outcome is known: the others count in the flow and in stability only."""
    approved: Flags
    blocks: Mapping[str, Floats] = field(default_factory=dict)
    """Scores of K and B apart; more is safer."""
    segments: Mapping[str, Texts] = field(default_factory=dict)
    """Stage, sector, size, region, age: for discrimination and fairness."""
    given_grade: Texts | None = None
    """What a person decided in the end."""
    earlier_grade: Texts | None = None
    """The same firm's grade a year before; "" if it had none."""
    development_scores: Floats | None = None
    indicator_bins: Mapping[str, tuple[Ints, Ints]] = field(default_factory=dict)
    """Counts per bin at development and in this period."""
    absences: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Per indicator: rows known, queried and none, not queried, not applicable, stale."""
    losses: Mapping[str, tuple[float, Sequence[float]]] = field(default_factory=dict)
    """Per kind of right: the LGD assumed, and those realised."""
    reasons: Mapping[str, int] = field(default_factory=dict)


def validation_report(period: Period, method: Method) -> dict[str, Any]:
    """All sections; `findings` lists in words what lies beyond a limit, with its severity."""
    report: dict[str, Any] = {
        "version": period.version,
        "period": {"begins": period.begins, "ends": period.ends},
        "population": _population(period),
        "absences": {name: dict(counts) for name, counts in period.absences.items()},
        "discrimination": _discrimination(period),
        "calibration": _calibration(period, method),
        "stability": _stability(period, method),
        "losses": [_loss(kind, *given) for kind, given in period.losses.items()],
        "fairness": {name: _fairness(period, cells) for name, cells in period.segments.items()},
        "reasons": sorted(({"reason": k, "rows": n} for k, n in period.reasons.items()), key=_most_first),
    }
    report["findings"] = list(_findings(report, method))
    return report


def _most_first(each: Mapping[str, Any]) -> tuple[int, str]:
    return -each["rows"], each["reason"]


def _population(period: Period) -> dict[str, Any]:
    return {
        "flow": dict(period.flow),
        "scored": len(period.score),
        "outcome_known": int(period.known.sum()),
        "bads": int(period.bad[period.known].sum()),
        "grades": [
            {"grade": each.name, "rows": int((period.grade == each.name).sum())} for each in period.grades
        ],
    }


def _discrimination(period: Period) -> dict[str, Any]:
    known = period.known
    whole = _told_apart(-period.score[known], period.bad[known])
    if whole["auc"] is not None:
        whole["cap"] = [
            (rounded(x), rounded(y)) for x, y in cap_curve(-period.score[known], period.bad[known])
        ]
    return {
        "total": whole,
        "blocks": {k: _told_apart(-v[known], period.bad[known]) for k, v in period.blocks.items()},
        "segments": {
            name: {
                level: _told_apart(-period.score[inside], period.bad[inside])
                for level, inside in _levels(cells, known)
            }
            for name, cells in period.segments.items()
        },
    }


def _levels(cells: Texts, rows: Flags) -> Iterator[tuple[str, Flags]]:
    for level in sorted({str(cell) for cell in cells[rows]}):
        yield level, rows & (cells == level)


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
        "intercept": rounded(line.intercept) if line else None,
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
    return {
        "grade": grade.name,
        "pd": grade.pd,
        "rows": rows,
        "bads": bads,
        "default_rate": rounded(bads / rows) if rows else None,
        "jeffreys_p": rounded(jeffreys_p(bads, rows, grade.pd)) if rows else None,
    }


def _stability(period: Period, method: Method) -> dict[str, Any]:
    told: dict[str, Any] = {"psi": None, "csi": {}, "migration": None, "overrides": None}
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


def _loss(kind: str, assumed: float, realised: Sequence[float]) -> dict[str, Any]:
    mean = rounded(float(np.mean(realised))) if len(realised) else None
    return {"kind": kind, "assumed": assumed, "rows": len(realised), "realised": mean}


def _fairness(period: Period, cells: Texts) -> list[dict[str, Any]]:
    """Per level: approval against the best level, mean score, and how far outcomes lie from what was stated."""
    rates = {
        level: float(period.approved[inside].mean())
        for level, inside in _levels(cells, np.ones_like(period.known))
    }
    best = max(rates.values(), default=0.0)
    told = []
    for level, inside in _levels(cells, np.ones_like(period.known)):
        known = inside & period.known
        gap = float(period.bad[known].mean() - period.pd[known].mean()) if known.any() else None
        told.append(
            {
                "level": level,
                "rows": int(inside.sum()),
                "outcome_known": int(known.sum()),
                "approval": rounded(rates[level]),
                "approval_ratio": rounded(rates[level] / best) if best else None,
                "mean_score": rounded(float(period.score[inside].mean())),
                "outcome_minus_pd": rounded(gap),
            }
        )
    return told


def _findings(report: Mapping[str, Any], method: Method) -> Iterator[dict[str, str]]:
    def finding(severity: str, where: str, told: str) -> dict[str, str]:
        return {"severity": severity, "where": where, "told": told}

    for each in report["calibration"]["grades"]:
        if each["jeffreys_p"] is not None and each["jeffreys_p"] < method.jeffreys_red:
            told = f"违约 {each['bads']}/{each['rows']}，高于等级违约率 {each['pd']:.2%}（p = {each['jeffreys_p']:.4f}）"
            yield finding("red", f"等级 {each['grade']}", told)
    moved: list[tuple[str, Mapping[str, Any] | None]] = [("评分 PSI", report["stability"]["psi"])]
    moved += [(f"指标 {name} CSI", each) for name, each in report["stability"]["csi"].items()]
    for where, index in moved:
        if index and index["value"] >= method.psi_amber:
            severity = "red" if index["value"] >= method.psi_red else "amber"
            yield finding(
                severity, where, f"{index['value']:.3f}（黄线 {method.psi_amber:g}，红线 {method.psi_red:g}）"
            )
    for name, levels in report["fairness"].items():
        for each in levels:
            where = f"公平性 {name}：{each['level']}"
            if each["approval_ratio"] is not None and each["approval_ratio"] < method.fair_ratio:
                yield finding("amber", where, f"通过率只有最高组的 {each['approval_ratio']:.0%}")
            if (
                each["outcome_minus_pd"] is not None
                and abs(each["outcome_minus_pd"]) > method.fair_difference
            ):
                yield finding("amber", where, f"实际减预测违约率 {each['outcome_minus_pd']:+.2%}")
