"""A synthetic two-year book of an institution: firms with a hidden strength, inputs, scores, loans and their fate.

Seeded: the same seed and size give the same book. The firms' true risk leans on their inputs as the card supposes, but for
three things put in on purpose, so that a report has something to find: turnover growth says nothing, risk in 2025 is half
as high again, and mechanical firms are worse than their score.
"""

from __future__ import annotations

from datetime import date, timedelta
from math import exp, log
from typing import Any

import numpy as np

from valuation.inputs import Application
from valuation.learning.book import Case
from valuation.scoring import score
from valuation.terms import Scorecard

FIRST = date(2024, 1, 1)
DAYS = 730
WAN = 1_000_000
"""Fen of ten thousand yuan."""
SECTORS = ("电子信息", "机械制造", "生物医药", "新材料")
SIZES = ("小型", "微型", "中型")
REGIONS = ("东区", "西区", "南区")
KINDS = ("发明专利", "实用新型", "商标")
ASSUMED = {"发明专利": 0.60, "实用新型": 0.60, "商标": 0.60}


def book(card: Scorecard, firms: int, seed: int = 20260101) -> list[Case]:
    """`firms` applications over two years, by day."""
    random = np.random.default_rng(seed)
    days = np.sort(random.integers(0, DAYS, firms))
    return [_case(card, random, number, FIRST + timedelta(days=int(day))) for number, day in enumerate(days)]


def _case(card: Scorecard, random: np.random.Generator, number: int, on: date) -> Case:
    strength = float(random.normal())
    sector, size = (str(random.choice(names)) for names in (SECTORS, SIZES))
    inputs = _inputs(random, strength)
    answer = score(card, Application.from_plain(_plain(random, inputs, on), card)).answer()
    earlier = None
    if random.random() < 0.4:
        before = on - timedelta(days=365)
        past = _inputs(random, strength - 0.2) | {"firm_age": max(0, inputs["firm_age"] - 1)}
        earlier = score(card, Application.from_plain(_plain(random, past, before), card)).answer()
    segments = {
        "行业": sector,
        "规模": size,
        "地区": str(random.choice(REGIONS)),
        "年限": _age(inputs["firm_age"]),
    }
    total = float(answer["score"] or 0)
    approved = answer["status"] in ("scored", "provisional") and total >= 48 and random.random() < 0.9
    challenger = float(-total + random.normal(0, 6) - 4 * strength)
    case = Case(f"S{number:05d}", answer, approved, None, segments, "", earlier, challenger_risk=challenger)
    return _lent(random, case, strength, on) if approved else case


def _lent(random: np.random.Generator, case: Case, strength: float, on: date) -> Case:
    total = float(case.answer["score"])
    odds = log(0.022 / 0.978) - (total - 60) / 12 * log(2) * 0.9 - 0.5 * strength
    odds += 0.4 * (on.year == 2025) + 0.8 * (case.segments["行业"] == "机械制造")
    risk = 1 / (1 + exp(-odds))
    fell = bool(random.random() < risk)
    granted = int(random.integers(5, 51)) * 10 * WAN
    drawn = granted * int(random.integers(40, 101)) // 100
    exposure = drawn * int(random.integers(70, 101)) // 100
    lgd = float(np.clip(random.normal(0.64, 0.2), 0.05, 1))
    known = on <= date(2025, 9, 30)
    bad = fell and known
    grade = case.answer["grade"]
    names = ["A1", "A2", "B1", "B2", "C1", "C2", "D1", "D2", "E1", "E2"]
    place = names.index(grade) + int(random.choice([-1, 0, 1], p=[0.03, 0.9, 0.07]))
    return Case(
        case.id, case.answer, True, bad if known else None, case.segments, names[min(max(place, 0), 9)], case.earlier,
        granted, drawn, exposure, int(exposure * lgd) if bad else 0, 0.58,
        ((str(random.choice(KINDS)), lgd),) if bad else (),
        (("rd_intensity", bool(random.random() < 0.4)),) if random.random() < 0.03 else (),
        case.challenger_risk,
    )  # fmt: skip


def _inputs(random: np.random.Generator, strength: float) -> dict[str, Any]:
    def figure(middle: float, spread: float, pull: float, low: float, high: float, digits: int = 1) -> Any:
        value = float(np.clip(random.normal(middle + pull * strength, spread), low, high))
        return round(value) if digits == 0 else str(round(value, digits))

    return {
        "ip_inventions_own": figure(2, 2, 1, 0, 30, 0), "ip_class2": figure(5, 3, 1, 0, 60, 0),
        "ip_high_value": figure(0.4, 0.8, 0.4, 0, 9, 0), "ip_family": figure(0.4, 0.7, 0.3, 0, 9, 0),
        "ip_claims": figure(8, 3, 1, 1, 40, 0), "ip_citations": figure(50, 20, 6, 0, 99, 0),
        "ip_remaining_life": figure(11, 4, 0.5, 0, 20, 0), "ip_maintained": figure(92, 8, 3, 0, 100, 0),
        "tm_core_age": figure(4, 3, 1, 0, 30, 0), "tm_protection": "queried_none",
        "rd_intensity": figure(5, 2.5, 1.2, 0, 60), "rd_staff": figure(18, 8, 4, 0, 100, 0),
        "rd_inventor_retention": figure(85, 12, 5, 0, 100, 0), "product_share": figure(60, 15, 6, 0, 100, 0),
        "product_sector": str(random.choice(["是", "否"])), "product_qualification": "高新技术企业",
        "fin_leverage": figure(55, 15, -7, 0, 180, 0), "fin_growth": figure(12, 18, 0, -80, 300, 0),
        "fin_profit": figure(5, 6, 3, -60, 60), "fin_liquidity": figure(1.1, 0.4, 0.2, 0, 9),
        "firm_age": figure(6, 4, 0.5, 0, 40, 0), "fin_invoice_stability": figure(11, 2, 0.6, 0, 12, 0),
        "cr_overdue": figure(-5, 12, -4, 0, 90, 0), "cr_tax_grade": str(random.choice(["A", "B", "M"])),
        "cr_litigation": "queried_none",
    }  # fmt: skip


def _plain(random: np.random.Generator, inputs: dict[str, Any], on: date) -> dict[str, Any]:
    """The stated application: now and then a figure was not asked for, or is too old to use."""
    stated: dict[str, Any] = {}
    for name, value in inputs.items():
        chance = float(random.random())
        if name != "firm_age" and chance < 0.04:
            continue
        known = on - timedelta(days=900 if name == "fin_growth" and chance < 0.1 else 5)
        if value == "queried_none":
            stated[name] = {"absent": value, "source": "登记簿", "known_on": known.isoformat()}
        else:
            stated[name] = {"value": value, "source": "合成数据", "known_on": known.isoformat()}
    day = (on - timedelta(days=5)).isoformat()
    stopped = "是" if random.random() < 0.04 else "否"
    firm = {
        "revenue_12m": {"value": 15_000_000, "source": "合成数据", "known_on": day},
        "dishonest": {"value": stopped, "source": "合成数据", "known_on": day},
        "overdue_days_now": {"value": 0, "source": "合成数据", "known_on": day},
    }
    facts = {
        "holder_is_pledgor": "是",
        "encumbered": "否",
        "lapsed": "否",
        "abnormal": "否",
        "disputed": "否",
    }
    right = {
        "id": "P1", "kind": "invention", "counted_in": ["ip_inventions_own"],
        "facts": {
            **{name: {"value": value, "source": "合成数据", "known_on": day} for name, value in facts.items()},
            "coowners_agree": {"absent": "not_applicable", "source": "合成数据", "known_on": day},
            "months_since_transfer": {"absent": "queried_none", "source": "合成数据", "known_on": day},
            "from_related_party": {"absent": "not_applicable", "source": "合成数据", "known_on": day},
        },
    }  # fmt: skip
    return {"on": on.isoformat(), "indicators": stated, "firm": firm, "rights": [right]}


def _age(years: int) -> str:
    return "3年以下" if years < 3 else "3—8年" if years < 8 else "8年及以上"
