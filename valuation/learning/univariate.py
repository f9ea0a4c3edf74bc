"""Each indicator alone: bins, counts, bad rate, WoE, IV, whether it is monotone, whether its sign is as the experts said.

Only rows whose outcome is known. The three absences are bins of their own and no part of the order.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from kernel.late import late
from valuation.learning.binning import stated_bins
from valuation.learning.discrimination import auc
from valuation.learning.method import Method
from valuation.learning.period import Column, Period
from valuation.learning.report import rounded

stats = late("scipy.stats")


def univariate(period: Period, method: Method) -> list[dict[str, Any]]:
    """One entry an indicator, in the order of the card; figures are None where one outcome only is known."""
    bad = period.bad[period.known]
    if not len(bad) or bad.all() or not bad.any():
        return []
    return [_alone(column, period, method) for column in period.columns]


def _alone(column: Column, period: Period, method: Method) -> dict[str, Any]:
    bad, places = period.bad[period.known], column.places[period.known]
    binning = stated_bins(column.name, column.labels, places, bad, method)
    bins = [
        {
            "label": label,
            "points": column.bin_points[index],
            "absence": not column.is_value[index],
            "rows": each.rows,
            "bads": each.bads,
            "bad_rate": rounded(each.bad_rate) if each.rows else None,
            "woe": rounded(each.woe) if each.rows else None,
        }
        for index, (label, each) in enumerate(zip(column.labels, binning.bins, strict=True))
    ]
    valued = np.array(column.is_value)[places]
    points = np.array(column.bin_points)[places][valued]
    told: dict[str, Any] = {
        "indicator": column.name,
        "title": column.title,
        "rows": len(bad),
        "bads": int(bad.sum()),
        "iv": rounded(binning.iv),
        "bins": bins,
        "breaks": _breaks(bins, method),
        "auc": None,
        "sign": "unknown",
    }
    if 2 <= bad[valued].sum() <= valued.sum() - 2:
        alone = auc(-points, bad[valued])
        low, high = alone.interval()
        told |= {"auc": rounded(alone.value), "auc_low": rounded(low), "auc_high": rounded(high)}
        told["sign"] = "as_expected" if low > 0.5 else "against" if high < 0.5 else "unclear"
    return told


def _breaks(bins: list[dict[str, Any]], method: Method) -> list[dict[str, Any]]:
    """Neighbours by points whose bad rates stand in the wrong order, with the chance of so much by accident (Fisher)."""
    by_points: dict[float, list[int]] = {}
    for each in bins:
        if each["rows"] and not each["absence"]:
            counts = by_points.setdefault(each["points"], [0, 0])
            counts[0] += each["rows"]
            counts[1] += each["bads"]
    found = []
    for (fewer, (n0, d0)), (more, (n1, d1)) in pairwise(sorted(by_points.items())):
        if d1 * n0 > d0 * n1:
            p = float(stats.fisher_exact([[d1, n1 - d1], [d0, n0 - d0]], "greater").pvalue)
            found.append({"from": fewer, "to": more, "p": rounded(p), "sure": p < method.merge_above_p})
    return found
