"""A firm whose figures are those of a hand-worked case, stated by the product's own doors."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.cards.conftest import shipped_text
from valuation.examples import application_of, load_cases
from valuation.loading import load_scorecard
from valuation.scores import actions
from valuation.scores.published import sources
from valuation.scores.queries.gathering import adoptable
from valuation.scores.rules import Stated

ON = dt.date(2026, 6, 1)
MANY = "、"


def ship_card() -> Any:
    """The shipped card as a published version in force."""
    from kernel.policystore.actions import settle_spans, ship
    from kernel.policystore.models import PolicyVersion
    from valuation.cards.keepers import checked_card

    text = shipped_text()
    ship(kind="scorecard", text=text, checked=checked_card(load_scorecard(text)))
    settle_spans(kind="scorecard", family="ip-pledge")
    return PolicyVersion.objects.get(kind="scorecard", version="ip-pledge@2026")


def case(name: str) -> dict[str, Any]:
    """A hand-worked case of the shipped card, by name."""
    path = Path(settings.POLICIES_DIR) / "scorecards" / "cases" / "ip-pledge@2026.yaml"
    return next(one for one in load_cases(path) if one["name"] == name)


def rows_of(given: dict[str, Any]) -> list[Stated]:
    """A plain application as stated rows."""
    rows = [_row(name, "", said) for name, said in given["indicators"].items()]
    rows += [_row(f"firm.{name}", "", said) for name, said in given["firm"].items()]
    for product, facts in given["products"].items():
        rows += [_row(f"product.{name}", product, said) for name, said in facts.items()]
    for right in given["rights"]:
        dated = {"source": "登记簿", "known_on": given["on"]}
        for name in ("kind", "product", "technology"):
            if right.get(name):
                rows.append(_row(f"right.{name}", right["id"], {"value": right[name], **dated}))
        if right.get("counted_in"):
            rows.append(
                _row("right.counted_in", right["id"], {"value": MANY.join(right["counted_in"]), **dated})
            )
        rows += [_row(f"right.{name}", right["id"], said) for name, said in right["facts"].items()]
    return [row for row in rows if row.state != "not_queried"]


def _row(item: str, subject: str, said: dict[str, Any]) -> Stated:
    return Stated(
        item,
        subject,
        said.get("absent", "value"),
        str(said.get("value", "")),
        said.get("source", "算例"),
        said.get("known_on", ON.isoformat()),
    )


def consent(enterprise: Any, receiver: Any, on: dt.date = ON, kinds: Any = None) -> Any:
    """The enterprise's owner allows a house everything."""
    kinds = kinds or [source.id for source in sources().asked_for]
    return actions.give_consent(
        by=enterprise.owner, receiver=receiver, kinds=kinds, last_day=on + dt.timedelta(days=365), on=on
    )


def state(by: Any, enterprise: Any, given: dict[str, Any], on: dt.date = ON) -> Any:
    """A member states all of a plain application."""
    code = enterprise.credit_code
    return actions.record_inputs(by=by, rows=[("", code, row) for row in rows_of(given)], on=on)


def adopt(by: Any, enterprise: Any, on: dt.date = ON) -> Any:
    """A house takes over all that the enterprise says of itself."""
    facts = [row.pk for row in adoptable(viewer=by, enterprise=enterprise, on=on)]
    return actions.adopt_inputs(by=by, enterprise=enterprise, facts=facts, on=on)


def state_as_of(enterprise: Any, on: dt.date, name: str = "成长期，完整") -> Any:
    """The enterprise states a whole case as if all of it had become known on a day."""
    given = plain_case(name)
    text = json.dumps(given, ensure_ascii=False).replace(given["on"], on.isoformat())
    return state(enterprise.owner, enterprise.organisation, json.loads(text), on)


def plain_case(name: str) -> dict[str, Any]:
    return application_of(case(name))
