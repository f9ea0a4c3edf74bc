"""What the ladder lets be fitted on a sample, what that finds, and whether it may take the champion's place. Pure.

fitted(period, card, method)        the rung that the defaults allow, its figures, the parameters it would set
conditions(period, figures, ...)    after the shadow run: each condition of a promotion, met or not, in words

Only intercept and slope act at once (they are the card's anchor PD and its points for doubled odds); what needs other points
or weights is another card, which is published like any card. Figures are rounded before they are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import log
from typing import Any

import numpy as np

from kernel.late import late
from valuation.learning.arrays import Floats
from valuation.learning.binning import stated_bins
from valuation.learning.boosting import boosted, risk_of
from valuation.learning.calibration import jeffreys_p
from valuation.learning.discrimination import auc, compare_auc
from valuation.learning.ladder import grade_pds, group_weights, rung_of
from valuation.learning.logistic import fit_logistic
from valuation.learning.method import Method
from valuation.learning.period import Period, Scale
from valuation.learning.report import rounded
from valuation.learning.sensitivity import chance_of, grade_places
from valuation.learning.stability import overlap, psi, score_cuts

special = late("scipy.special")

RUNGS = ("posterior", "line", "groups", "scorecard", "challenger")


@dataclass(frozen=True)
class Fitted:
    rung: str
    rows: int
    defaults: int
    figures: Mapping[str, Any]
    values: Mapping[str, str]
    """Own parameters by their ids, as exact text; empty where nothing may be set."""


def fitted(period: Period, method: Method, intercept_only: bool = False) -> Fitted:
    """All that the number of defaults allows, from the lowest rung up to its own; nothing above it."""
    assert period.scale is not None
    bad = period.bad[period.known]
    rows, defaults = len(bad), int(bad.sum())
    rung = rung_of(defaults, method).may
    figures: dict[str, Any] = {"grades": _posterior(period, method)}
    values: dict[str, str] = {}
    reached = RUNGS.index(rung)
    if reached >= RUNGS.index("line") and defaults < rows:
        figures["line"] = _line(period, intercept_only)
        values = _own(period.scale, figures["line"], intercept_only)
    if intercept_only:
        rung = "line" if values else "posterior"
    elif defaults < rows:
        if reached >= RUNGS.index("groups"):
            figures["groups"] = _groups(period, method)
        if reached >= RUNGS.index("scorecard"):
            figures["scorecard"] = _scorecard(period, method)
        if reached >= RUNGS.index("challenger"):
            figures["boosting"] = _boosting(period, method)
    return Fitted(rung, rows, defaults, figures, values)


def expert_log_odds(score: Floats, scale: Scale) -> Floats:
    """ln odds of bad as the card states them, before floor and cap."""
    odds: Floats = special.logit(scale.anchor_pd) - (score - scale.anchor_score) / scale.double * log(2)
    return odds


def _posterior(period: Period, method: Method) -> list[dict[str, Any]]:
    counts = [(period.known & (period.grade == each.name), each) for each in period.grades]
    rows = [int(inside.sum()) for inside, _ in counts]
    bads = [int(period.bad[inside].sum()) for inside, _ in counts]
    found = grade_pds([each.pd for _, each in counts], rows, bads, method)
    return [
        {"grade": grade.name, "prior": grade.pd, "rows": each.rows, "bads": each.bads,
         "mean": rounded(each.mean), "upper": rounded(each.upper)}
        for (_, grade), each in zip(counts, found, strict=True)
    ]  # fmt: skip


def _line(period: Period, intercept_only: bool) -> dict[str, Any]:
    assert period.scale is not None
    odds, bad = expert_log_odds(period.score[period.known], period.scale), period.bad[period.known]
    if intercept_only or np.ptp(odds) == 0:
        fixed = fit_logistic(np.empty((len(bad), 0)), bad, ridge=0.0, offset=odds)
        return {
            "intercept": rounded(fixed.intercept),
            "slope": 1.0,
            "errors": [rounded(float(fixed.errors[0])), 0.0],
        }
    free = fit_logistic(odds[:, None], bad, ridge=0.0)
    errors = [rounded(float(each)) for each in free.errors]
    return {"intercept": rounded(free.intercept), "slope": rounded(float(free.weights[0])), "errors": errors}


def _own(scale: Scale, line: Mapping[str, Any], intercept_only: bool) -> dict[str, str]:
    """Intercept and slope as anchor PD and points for doubled odds.

    ln odds = a + b (ln odds of the anchor - (s - s0) ln 2 / pdo): the anchor moves, and pdo becomes pdo / b. A slope that is
    not above zero would turn the score upside down, and one that is lost in its own error (a book that the score parts
    without a fault has none) says nothing; an anchor beyond the card's floor or cap is no PD of it: then nothing is set.
    """
    unsure = line["errors"][1]
    if line["slope"] <= 0 or unsure is None or unsure >= line["slope"]:
        return {}
    anchor = float(special.expit(line["intercept"] + line["slope"] * float(special.logit(scale.anchor_pd))))
    if not scale.floor <= anchor <= scale.cap:
        return {}
    values = {"anchor_pd": f"{anchor:.6f}"}
    return values if intercept_only else values | {"pdo": f"{scale.double / line['slope']:.4f}"}


def _groups(period: Period, method: Method) -> dict[str, Any]:
    assert period.scale is not None
    names, points = group_points(period)
    known = period.known
    found = group_weights(points[known], period.bad[known], method, period.scale.double / log(2))
    weights = {name: rounded(weight) for name, weight in zip(names, found.weights, strict=True)}
    return {"intercept": rounded(found.intercept), "weights": weights}


def group_points(period: Period) -> tuple[list[str], Floats]:
    """Of every row what each group brings to the score, by the weights of its blocks."""
    names = list(dict.fromkeys(each.group for each in period.columns))
    table = np.zeros((len(period.score), len(names)))
    for each in period.columns:
        table[:, names.index(each.group)] += period.weights[each.block] * each.points * each.applies
    return names, table


def _scorecard(period: Period, method: Method) -> dict[str, Any]:
    """Logistic on the WoE of the card's own bins; an indicator whose weight would turn its bins round is left out."""
    known, bad = period.known, period.bad[period.known]
    tables = {
        each.name: [
            one.woe for one in stated_bins(each.name, each.labels, each.places[known], bad, method).bins
        ]
        for each in period.columns
    }
    names = [each.name for each in period.columns if len(set(each.places[known].tolist())) > 1]
    places = {each.name: each.places for each in period.columns}
    left_out: list[str] = []
    while names:
        columns = -np.column_stack([np.array(tables[name])[places[name][known]] for name in names])
        fit = fit_logistic(columns, bad, method.ridge)
        worst = int(np.argmin(fit.weights))
        if fit.weights[worst] > 0:
            weights = {name: rounded(float(w)) for name, w in zip(names, fit.weights, strict=True)}
            woes = {name: [rounded(one) for one in tables[name]] for name in names}
            return {
                "intercept": rounded(fit.intercept),
                "weights": weights,
                "woe": woes,
                "left_out": left_out,
            }
        left_out.append(names.pop(worst))
    return {
        "intercept": rounded(float(special.logit(bad.mean()))),
        "weights": {},
        "woe": {},
        "left_out": left_out,
    }


def _boosting(period: Period, method: Method) -> dict[str, Any]:
    known = period.known
    columns = [replace(each, places=each.places[known]) for each in period.columns]
    found = boosted(columns, period.bad[known], method)
    steps = {name: [rounded(float(one)) for one in step] for name, step in found.steps.items()}
    return {"intercept": rounded(found.intercept), "steps": steps}


def challenger_risk(period: Period, figures: Mapping[str, Any]) -> Floats | None:
    """How risky the challenger of a record calls each row; None where it has none. It never acts."""
    told = figures.get("boosting")
    return risk_of(period.columns, told["intercept"], told["steps"]) if told else None


def risk_under(period: Period, figures: Mapping[str, Any]) -> Floats:
    """How risky the record calls each row: by its highest rung."""
    assert period.scale is not None
    if "scorecard" in figures:
        told = figures["scorecard"]
        risk = np.full(len(period.score), float(told["intercept"]))
        for each in period.columns:
            if each.name in told["weights"]:
                risk -= told["weights"][each.name] * np.array(told["woe"][each.name])[each.places]
        return risk
    if "groups" in figures:
        names, points = group_points(period)
        weights = np.array([figures["groups"]["weights"].get(name, 1.0) for name in names])
        factor = period.scale.double / log(2)
        by_groups: Floats = figures["groups"]["intercept"] - points @ weights / factor
        return by_groups
    if "line" in figures:
        odds = expert_log_odds(period.score, period.scale)
        by_line: Floats = figures["line"]["intercept"] + figures["line"]["slope"] * odds
        return by_line
    return -period.score


@dataclass(frozen=True)
class Condition:
    name: str
    met: bool
    told: str


def conditions(
    period: Period, figures: Mapping[str, Any], values: Mapping[str, str], method: Method, *, months: int
) -> list[Condition]:
    """`period` is what was scored since the shadow began, `months` how many whole months that is."""
    assert period.scale is not None
    return [
        Condition("values", bool(values), _values_told(values)),
        _shadow(period, method, months),
        _not_worse(period, figures, method),
        _jeffreys(period, values, method),
        _steady(period, method),
        _same_reasons(period, method),
    ]


def _values_told(values: Mapping[str, str]) -> str:
    if not values:
        return "这一级没有可以直接启用的参数：分值、权重有变须另行发布评分卡"
    told = []
    if "anchor_pd" in values:
        told.append(f"中心违约率改为 {values['anchor_pd']}")
    if "pdo" in values:
        told.append(f"好坏比翻倍的分数改为 {values['pdo']}")
    return "、".join(told)


def _shadow(period: Period, method: Method, months: int) -> Condition:
    booked = period.use.booked if period.use else np.zeros(len(period.score), dtype=bool)
    days = period.days if period.days is not None else np.array([], dtype=object)
    vintages = {f"{day[:4]}Q{(int(day[5:7]) + 2) // 3}" for day in days[booked]} if len(days) else set()
    told = f"影子运行 {months} 个月（要 {method.shadow_months}），放款 {len(vintages)} 批（要 {method.shadow_vintages}）"
    return Condition(
        "shadow", months >= method.shadow_months or len(vintages) >= method.shadow_vintages, told
    )


def _not_worse(period: Period, figures: Mapping[str, Any], method: Method) -> Condition:
    bad = period.bad[period.known]
    if not 2 <= bad.sum() <= len(bad) - 2:
        return Condition("auc", False, "影子运行期内好、坏样本不足，区分度无法比较")
    acts = {
        name: figures[name] for name in ("line",) if name in figures
    }  # what would act: see the head of this file
    champion, risk = -period.score[period.known], risk_under(period, acts)[period.known]
    found = compare_auc(champion, risk, bad)
    before, after = auc(champion, bad).value, auc(risk, bad).value
    told = f"AUC {before:.3f} → {after:.3f}，差 {found.difference:+.3f}，DeLong p = {found.p:.3f}"
    if figures.keys() & {"groups", "scorecard"}:
        best = auc(risk_under(period, figures)[period.known], bad).value
        told = f"{told}；另行发布评分卡可达 {best:.3f}"
    return Condition("auc", found.difference >= 0 or found.p >= method.not_worse_p, told)


def _jeffreys(period: Period, values: Mapping[str, str], method: Method) -> Condition:
    """Grades drawn anew under the new parameters; none may have significantly more bads than it states."""
    assert period.scale is not None
    grades = tuple(period.grades)
    places, red = grade_places(chance_of(period.score, _scale_with(period.scale, values)), grades), []
    for place, grade in enumerate(grades):
        inside = period.known & (places == place)
        rows, bads = int(inside.sum()), int(period.bad[inside].sum())
        if rows and jeffreys_p(bads, rows, grade.pd) < method.jeffreys_red:
            red.append(f"{grade.name}（{bads}/{rows}）")
    if not period.known.any():
        return Condition("jeffreys", False, "影子运行期内没有已知的结果，校准无法检验")
    return Condition(
        "jeffreys", not red, f"违约显著偏多的等级：{'、'.join(red)}" if red else "各等级校准均不为红"
    )


def _scale_with(before: Scale, values: Mapping[str, str]) -> Scale:
    """The scale with a record's own anchor PD and points for doubled odds."""
    return Scale(
        before.anchor_score, float(values.get("anchor_pd", before.anchor_pd)), float(values.get("pdo", before.double)),
        before.floor, before.cap,
    )  # fmt: skip


def grades_moved(period: Period, values: Mapping[str, str]) -> list[tuple[str, int, int]]:
    """Of each grade how many of the period's rows stand in it under the scale as it is, and under the record's."""
    assert period.scale is not None
    grades = tuple(period.grades)
    counted = [
        np.bincount(grade_places(chance_of(period.score, scale), grades), minlength=len(grades))
        for scale in (period.scale, _scale_with(period.scale, values))
    ]
    return [
        (grade.name, int(counted[0][place]), int(counted[1][place])) for place, grade in enumerate(grades)
    ]


def _steady(period: Period, method: Method) -> Condition:
    if period.development_scores is None or not len(period.score):
        return Condition("psi", False, "没有开发样本或影子运行期内没有评分，PSI 无法计算")
    cuts = score_cuts(period.development_scores, method.calibration_groups)
    counts = [
        np.bincount(np.searchsorted(cuts, scores, side="right"), minlength=len(cuts) + 1)
        for scores in (period.development_scores, period.score)
    ]
    value = psi(*counts)
    return Condition("psi", value < method.psi_red, f"PSI {value:.3f}（须低于 {method.psi_red:g}）")


def _same_reasons(period: Period, method: Method) -> Condition:
    """Whether applicants are still told the same reasons, in about the same mixture, as on the development rows."""
    if period.development_reasons is None or not len(period.score):
        return Condition("reasons", False, "没有开发样本或影子运行期内没有评分，所示理由是否稳定无法计算")
    value, least = overlap(period.development_reasons, period.reasons), method.reasons_overlap
    told = f"所示理由的构成与开发样本重合 {value:.0%}（不低于 {least:.0%}）"
    return Condition("reasons", value >= least, told)
