"""What became of the lines, the losses, the reasons and the objections; and how another model would have done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import sqrt
from statistics import mean
from typing import Any

import numpy as np

from kernel.late import late
from valuation.learning.discrimination import auc, compare_auc
from valuation.learning.ladder import challenger_wins
from valuation.learning.method import Method
from valuation.learning.period import Period
from valuation.learning.report import rounded

stats = late("scipy.stats")

MILLION = 1_000_000


def losses(period: Period) -> list[dict[str, Any]]:
    """Per kind of right: the LGD assumed, the realised mean with its 95 % interval (Student), held within 0 and 1."""
    return [_loss(kind, *given) for kind, given in period.losses.items()]


def _loss(kind: str, assumed: float, realised: Sequence[float]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": kind,
        "assumed": assumed,
        "rows": len(realised),
        "realised": rounded(float(np.mean(realised))) if len(realised) else None,
        "low": None,
        "high": None,
    }
    if len(realised) > 1:
        half = (
            float(stats.t.isf(0.025, len(realised) - 1))
            * float(np.std(realised, ddof=1))
            / sqrt(len(realised))
        )
        middle = float(np.mean(realised))
        told |= {"low": rounded(max(0.0, middle - half)), "high": rounded(min(1.0, middle + half))}
    return told


def lines(period: Period) -> dict[str, Any] | None:
    """By grade and in all: granted, drawn, use; expected loss as planned and realised where the outcome is known, in fen.

    Planned = PD * LGD * exposure of each loan, in millionths, rounded half up to the fen; sums are of whole fen.
    """
    use = period.use
    if use is None:
        return None
    planned = _planned(period)
    names = [each.name for each in period.grades]
    rows = []
    for name in [*names, ""]:
        inside = use.booked & ((period.grade == name) if name else True)
        seen = inside & period.known
        granted, drawn = int(use.granted[inside].sum()), int(use.drawn[inside].sum())
        rows.append(
            {
                "grade": name,
                "rows": int(inside.sum()),
                "granted_fen": granted,
                "drawn_fen": drawn,
                "use": rounded(drawn / granted) if granted else None,
                "outcome_known": int(seen.sum()),
                "planned_fen": sum(planned[place] for place in np.flatnonzero(seen)),
                "lost_fen": int(use.lost[seen].sum()),
            }
        )
    return {"grades": rows[:-1], "total": rows[-1]}


def _planned(period: Period) -> list[int]:
    use = period.use
    assert use is not None
    rates = [
        (round(float(pd) * MILLION), round(float(lgd) * MILLION))
        for pd, lgd in zip(period.pd, use.lgd, strict=True)
    ]
    square = MILLION * MILLION
    return [
        (2 * pd * lgd * int(exposure) + square) // (2 * square)
        for (pd, lgd), exposure in zip(rates, use.exposure, strict=True)
    ]


def reasons(period: Period) -> dict[str, Any]:
    """How often each was shown; how much of the four shown stays the same from one score of a firm to its next (Jaccard)."""
    counts = [{"reason": name, "rows": rows} for name, rows in period.reasons.items()]
    pairs = [
        (set(now), set(before))
        for now, before in zip(period.first_reasons, period.earlier_reasons, strict=False)
        if before is not None and (now or before)
    ]
    same = [len(now & before) / len(now | before) for now, before in pairs]
    return {
        "counts": sorted(counts, key=lambda each: (-each["rows"], each["reason"])),
        "rows": len(period.first_reasons),
        "first": dict(Counter(shown[0] for shown in period.first_reasons if shown).most_common()),
        "stability": {
            "rows": len(pairs),
            "mean": rounded(mean(same)) if same else None,
            "unchanged": rounded(sum(each == 1 for each in same) / len(same)) if same else None,
        },
        "disputes": [
            {"indicator": name, "answered": answered, "upheld": upheld}
            for name, (answered, upheld) in sorted(period.disputes.items())
        ],
    }


def benchmark(period: Period, method: Method) -> dict[str, Any]:
    """The challenger on the same rows (DeLong), the development sample, and the bars of the reference."""
    bad = period.bad[period.known]
    told: dict[str, Any] = {
        "bars": [{"name": bar.name, "auc": bar.auc} for bar in method.bars],
        "challenger": None,
        "development": None,
    }
    if not 2 <= bad.sum() <= len(bad) - 2:
        return told
    risk = -period.score[period.known]
    if period.challenger_risk is not None:
        other = period.challenger_risk[period.known]
        found = compare_auc(risk, other, bad)
        gains = [*([] if period.earlier_gain is None else [period.earlier_gain]), found.difference]
        told["challenger"] = {
            "rows": len(bad),
            "bads": int(bad.sum()),
            "auc": rounded(auc(other, bad).value),
            "difference": rounded(found.difference),
            "error": rounded(found.error),
            "p": rounded(found.p),
            "earlier": period.earlier_gain,
            "wins": challenger_wins(gains, method),
        }
    if period.development_auc is not None:
        value, error = period.development_auc
        here = auc(risk, bad)
        apart = sqrt(error**2 + here.error**2)
        told["development"] = {
            "auc": rounded(value),
            "difference": rounded(here.value - value),
            "error": rounded(apart),
        }
    return told
