"""How much hangs on what was assumed: the anchor PD, the points of each indicator, each group as a whole.

Points are spread as scoring spreads them: within a group over what applies, within a block over the groups that apply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from kernel.late import late
from valuation.learning.arrays import Floats, Ints
from valuation.learning.discrimination import auc_value
from valuation.learning.method import Method
from valuation.learning.period import Grade, Period, Scale
from valuation.learning.report import rounded

special = late("scipy.special")
stats = late("scipy.stats")

FULL = 100.0


def sensitivity(period: Period, method: Method) -> dict[str, Any]:
    """Mean PD, share of rows in another grade, AUC and rank correlation under each change; {} without columns or scale."""
    if period.scale is None or not period.columns or not len(period.score):
        return {}
    base = scored(period, {})
    return {
        "rows": len(base),
        "base": _told(period, base, base, period.scale),
        "anchor": [
            {"change": share} | _told(period, base, base, _anchored(period.scale, share))
            for share in (-method.vary_anchor, method.vary_anchor)
        ],
        "points": [
            {"indicator": each.name, "title": each.title, "change": share}
            | _told(period, base, scored(period, {each.name: 1 + share}), period.scale)
            for each in period.columns
            for share in (-method.vary_points, method.vary_points)
        ],
        "without": [
            {"group": group}
            | _told(
                period,
                base,
                scored(period, {c.name: 0.0 for c in period.columns if c.group == group}),
                period.scale,
            )
            for group in dict.fromkeys(each.group for each in period.columns)
        ],
    }


def scored(period: Period, factors: Mapping[str, float]) -> Floats:
    """The score of every row if these indicators' points, got and possible, are so many times as large; 0 drops one."""
    none: Floats = np.zeros(len(period.score))
    got: dict[str, Floats] = {}
    most: dict[str, Floats] = {}
    stated: dict[str, float] = {}
    group_block: dict[str, str] = {}
    for each in period.columns:
        factor = factors.get(each.name, 1.0)
        group_block[each.group] = each.block
        got[each.group] = got.get(each.group, none) + factor * np.where(each.applies, each.points, 0.0)
        most[each.group] = most.get(each.group, none) + factor * each.most * each.applies
        stated[each.group] = stated.get(each.group, 0.0) + factor * each.most
    total = np.zeros(len(period.score))
    for block, weight in period.weights.items():
        points, possible = np.zeros_like(total), np.zeros_like(total)
        for group in (name for name, of in group_block.items() if of == block):
            applies = most[group] > 0
            full = stated[group]
            share = np.divide(got[group], most[group], out=np.zeros_like(total), where=applies)
            points += full * share
            possible += np.where(applies, full, 0.0)
        total += weight * FULL * np.divide(points, possible, out=np.zeros_like(total), where=possible > 0)
    return total


def chance_of(score: Floats, scale: Scale) -> Floats:
    """PD of a score: odds (good to bad) double every `double` points (scoring.md 7.3)."""
    odds = -special.logit(scale.anchor_pd) + (score - scale.anchor_score) / scale.double * np.log(2)
    chances: Floats = np.clip(special.expit(-odds), scale.floor, scale.cap)
    return chances


def grade_places(pd: Floats, grades: tuple[Grade, ...]) -> Ints:
    """The place of each PD's grade: bounds are the geometric means of neighbouring grades' PDs."""
    middles = np.array([each.pd for each in grades])
    return np.searchsorted(np.sqrt(middles[:-1] * middles[1:]), pd, side="right")


def _anchored(scale: Scale, share: float) -> Scale:
    return replace(scale, anchor_pd=scale.anchor_pd * (1 + share))


def _told(period: Period, base: Floats, score: Floats, scale: Scale) -> dict[str, Any]:
    assert period.scale is not None
    grades = tuple(period.grades)
    before = grade_places(chance_of(base, period.scale), grades)
    pd = chance_of(score, scale)
    after = grade_places(pd, grades)
    known, bad = period.known, period.bad[period.known]
    both = 0 < bad.sum() < len(bad)
    rank = float(stats.spearmanr(base, score).statistic) if np.ptp(base) and np.ptp(score) else None
    return {
        "mean_pd": rounded(float(pd.mean())),
        "moved": rounded(float((before != after).mean())),
        "up": rounded(float((after < before).mean())),
        "down": rounded(float((after > before).mean())),
        "auc": rounded(auc_value(-score[known], bad)) if both else None,
        "rank": rounded(rank),
    }
