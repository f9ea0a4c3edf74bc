"""The district's measure in other forms: of the next year with a higher part and limit; paying the lending bank too."""

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

REWARD = """
  - id: reward
    payee: bank
    base: {kind: loan_amount, share: ip_share}
    factor: '0.001'
    ref: 第八条
  limits:"""
WITH_A_BANK = (
    MEASURE.replace("\n  limits:", REWARD)
    .replace("total: '3882.08'", "total: '4482.08'")
    .replace("benefits: {interest: '3882.08'}", "benefits: {interest: '3882.08', reward: '600.00'}")
)
