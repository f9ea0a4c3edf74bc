"""A stored score stays what it was: under a newer card, after corrected figures, with other parameters of its bank."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from kernel.policystore.actions import settle_spans, ship
from tests.cards.drafts import next_card
from tests.scores.ground import ON
from valuation.cards.keepers import checked_card
from valuation.loading import load_scorecard
from valuation.scores import actions
from valuation.scores.models import Score
from valuation.scores.queries.replaying import faults, worked_again
from valuation.scores.rules import Stated

pytestmark = pytest.mark.django_db

NEXT_DAY = ON + dt.timedelta(days=1)


def publish_next() -> None:
    """Another card from the next day on, with another anchor: PDs and grades begin elsewhere."""
    text = next_card(
        ("from: 2027-01-01, to: null", f"from: {NEXT_DAY}, to: null"),
        ("anchor_pd: '0.030'", "anchor_pd: '0.020'"),
    )
    ship(kind="scorecard", text=text, checked=checked_card(load_scorecard(text)))
    settle_spans(kind="scorecard", family="ip-pledge")


def kept(row: Score) -> str:
    """Everything the row says, and everything that its replay says."""
    again = Score.objects.get(pk=row.pk)
    stored = {field.attname: str(getattr(again, field.attname)) for field in Score._meta.concrete_fields}
    return json.dumps([stored, worked_again(again)[2].plain()], ensure_ascii=False, sort_keys=True)


def test_a_newer_card_and_corrected_figures_leave_a_stored_score_bit_by_bit_as_it_was(
    cast: Any, allowed: Any, on: Any
) -> None:
    firm, maker = cast.enterprise_a, cast.bank_a.maker
    row = actions.score_enterprise(by=maker, enterprise=firm.organisation, on=on)
    actions.quote_line(by=maker, score_id=row.pk, asked={"compensation_share": "0.8"}, on=on)
    before = kept(row)
    assert row.answer["score"] == "81.78"

    publish_next()
    again = Stated("fin_leverage", "", "value", "60", "审计报告更正", on.isoformat())
    actions.record_inputs(by=maker, rows=[("", firm.organisation.credit_code, again)], on=NEXT_DAY)
    later = actions.score_enterprise(by=maker, enterprise=firm.organisation, on=NEXT_DAY)

    # leverage 60 % brings 10 instead of 14: B 87; 31.725 + 0.55 * 87 = 79.575; at 2 % the odds are 49
    assert (later.answer["score"], later.card.version) == ("79.58", "ip-pledge@2027")
    assert abs(later.answer["pd_millionths"] - 1e6 / (1 + 49 * 2 ** (19.58 / 12))) <= 1
    assert kept(row) == before
    assert faults() == []
