"""The card that ships, stored and in force."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.ground import laid


def shipped_text() -> str:
    return (Path(settings.POLICIES_DIR) / "scorecards" / "ip-pledge@2026.yaml").read_text(encoding="utf-8")


def ship_the_card() -> Any:
    """The shipped card as a published version."""
    from kernel.policystore.actions import settle_spans, ship
    from kernel.policystore.models import PolicyVersion
    from valuation.cards.keepers import checked_card
    from valuation.loading import load_scorecard

    text = shipped_text()
    ship(kind="scorecard", text=text, checked=checked_card(load_scorecard(text)))
    settle_spans(kind="scorecard", family="ip-pledge")
    return PolicyVersion.objects.get(kind="scorecard", version="ip-pledge@2026")


@laid
def shipped(cast) -> Any:
    return ship_the_card()


@pytest.fixture
def bank(cast, shipped) -> Any:
    return cast.bank_a
