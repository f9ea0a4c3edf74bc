"""A small synthetic book, scored once for all tests of this folder, and the report on it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.validation.synthetic import ASSUMED, book
from valuation.learning.book import period_of
from valuation.learning.method import FILE, load_method
from valuation.learning.validation import validation_report
from valuation.loading import load_scorecard

SCORECARDS = Path(__file__).resolve().parents[2] / "policies" / "scorecards"
FIRMS = 260


@pytest.fixture(scope="session")
def card():
    return load_scorecard(SCORECARDS / "ip-pledge@2026.yaml")


@pytest.fixture(scope="session")
def method():
    return load_method(SCORECARDS / FILE)


@pytest.fixture(scope="session")
def cases(card):
    return book(card, FIRMS)


@pytest.fixture(scope="session")
def period(card, method, cases):
    outage = {"source": "征信系统", "begins": "2024-08-03", "ends": "2024-08-05", "rows": 11}
    return period_of(
        cases, card, method, begins=date(2024, 1, 1), ends=date(2025, 12, 31), made_on=date(2026, 1, 15),
        development=cases[: FIRMS // 2], lgd_assumed=ASSUMED, outages=[outage],
    )  # fmt: skip


@pytest.fixture(scope="session")
def report(period, method):
    return validation_report(period, method)
