"""The district's measure of the next year: three fifths of the interest instead of a half, a higher limit of the year."""

from __future__ import annotations

from tests.subsidies.ground import MEASURE

ENDED = MEASURE.replace("from: 2026-01-01, to: null", "from: 2026-01-01, to: 2026-12-31")
NEXT = (
    MEASURE.replace("id: cq-yuzhong-2026", "id: cq-yuzhong-2027")
    .replace("policy: cq-yuzhong-2026", "policy: cq-yuzhong-2027")
    .replace("from: 2026-01-01, to: null", "from: 2027-01-01, to: 2027-12-31")
    .replace("factor: '0.50'\n    ref: 第六条", "factor: '0.60'\n    ref: 第六条")
    .replace("max: '6000'", "max: '9000'")
    .replace("3882.08", "4658.50")
)
