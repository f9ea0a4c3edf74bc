"""The card that ships, its hand-worked firms, and short ways to state an application."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from kernel.late import load_all
from valuation.examples import application_of, load_cases
from valuation.inputs import Application
from valuation.loading import load_scorecard
from valuation.results import Score
from valuation.scoring import score

HOUSE = Path(__file__).resolve().parents[2]
CARD = HOUSE / "policies" / "scorecards" / "ip-pledge@2026.yaml"
CASES = CARD.parent / "cases" / CARD.name


@pytest.fixture(scope="session", autouse=True)
def _libraries_at_hand() -> None:
    """A law of these tests would otherwise be measured with the loading of scipy in it."""
    load_all()


class Firms:
    """Firms of the cases by name, with changes; `scored` reads and scores."""

    def __init__(self, card: Any) -> None:
        self.card = card
        self.cases = {case["name"]: case for case in load_cases(CASES)}

    def plain(self, name: str = "成长期，完整", **indicators: Any) -> dict[str, Any]:
        """The plain application of a case, with some indicators otherwise."""
        case = copy.deepcopy(self.cases[name])
        case["indicators"] |= indicators
        return application_of(case)

    def read(self, plain: Any) -> Application:
        return Application.from_plain(plain, self.card)

    def scored(self, name: str = "成长期，完整", **indicators: Any) -> Score:
        return score(self.card, self.read(self.plain(name, **indicators)))


@pytest.fixture(scope="session")
def card():
    return load_scorecard(CARD)


@pytest.fixture(scope="session")
def firms(card):
    return Firms(card)
