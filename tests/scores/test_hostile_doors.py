"""Hostile input through every form of scoring, field by field: the fault in words, no score, nothing kept."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote_plus

import pytest
from django.apps import apps
from django.db import transaction
from django.urls import reverse

from kernel.days import today
from kernel.typed import unseen_in
from tests.cast import freshly_signed_in as at
from tests.scores.ground import adopt, consent, state_as_of
from valuation.cards.queries import card_for
from valuation.cards.rules import owned_in
from valuation.cards.shelf import document_of, ownership
from valuation.scores import actions

pytestmark = pytest.mark.django_db

VALUES = [
    "NaN", "Infinity", "-Infinity", "-1", "1e400", "-1e-400", "9" * 250, "９", "½", "1,234", "0x1F", "1_0", "--1", "",
    "   ", "\u200b", "x" * 1_000_000, "\x00", "a\x07b", "\u202e1", "=1+1", "@SUM(A1)", "<script>alert(1)</script>",
    "'; DROP TABLE x; --", "[]", "{}", "null", "true", "None", "../../etc", "%s%n{0}", "2026-02-30", "0000-01-01",
    "0001-01-01", "9999-12-31", "10000-01-01", "2026-06-01T00:00", "２０２６-０６-０１", "2025-02-29", "１２", "𠮷",
    "\ud800",
]  # fmt: skip
TABLES = [
    "scores.Score", "scores.InputFact", "scores.Consent", "scores.LineQuote", "scores.Override", "scores.Dispute",
    "scores.DisputeAnswer", "scores.ReviewRequest", "scores.ReviewAnswer", "cards.Parameters", "work.Approval",
    "work.JobRun",
]  # fmt: skip


def kept() -> dict[str, int]:
    """How many rows each table of scoring holds."""
    known = {model._meta.label: model for model in apps.get_models()}
    return {name: known[name].objects.count() for name in TABLES if name in known}


@dataclass(frozen=True)
class Door:
    who: Any
    path: str
    typed: dict[str, Any]
    """What would be taken."""


def encoded(typed: dict[str, Any]) -> bytes:
    """As a form sends it; a lone surrogate goes as its three bytes, as no browser would send it."""
    pairs = [
        (name, one)
        for name, value in typed.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    return "&".join(
        f"{quote_plus(name)}={quote_plus(str(one).encode('utf-8', 'surrogatepass'))}" for name, one in pairs
    ).encode("ascii")


@pytest.fixture
def doors(cast, card) -> list[Door]:
    """Enterprise A scored by itself and by bank A; every form of scoring with what it would take."""
    firm, bank, on = cast.enterprise_a, cast.bank_a, today()
    state_as_of(firm, on)
    consent(firm, bank.organisation, on)
    adopt(bank.maker, firm.organisation, on)
    actions.score_enterprise(by=firm.owner, enterprise=firm.organisation, on=on)
    score = actions.score_enterprise(by=bank.maker, enterprise=firm.organisation, on=on)
    dispute = actions.dispute_input(
        by=firm.owner, score_id=score.pk, item="fin_leverage", says="应为40", paper=None, on=on
    )
    review = actions.ask_review(by=firm.owner, score_id=score.pk, says="请人工看", on=on)
    day = on.isoformat()
    version = card_for(None, on)[0]
    figures = {f"own_{place}": "" for place, _ in enumerate(owned_in(document_of(version), ownership()))}
    return [
        Door(firm.owner, reverse("scores:inputs"), {
            "firm": firm.organisation.pk, "item": "ip_class2", "subject": "", "state": "value", "value": "3",
            "source": "登记簿", "known_on": day,
        }),
        Door(bank.maker, reverse("scores:make"), {"enterprise": firm.organisation.pk}),
        Door(firm.owner, reverse("scores:consents"), {
            "receiver": cast.bank_b.organisation.pk, "kinds": ["statements"],
            "last_day": (on + dt.timedelta(days=30)).isoformat(),
        }),
        Door(bank.maker, reverse("scores:quote", args=[score.pk]), {
            "request_wan": "300", "compensation_share": "0.8", "existing_exposure_wan": "0",
        }),
        Door(bank.maker, reverse("scores:override", args=[score.pk]), {"grade": "B2", "reason": "现场核实"}),
        Door(firm.owner, reverse("scores:dispute", args=[score.pk]), {"item": "ip_class2", "says": "应为 5"}),
        Door(firm.owner, reverse("scores:review", args=[score.pk]), {"says": "再看"}),
        Door(bank.maker, reverse("scores:answer_dispute", args=[dispute.pk]), {
            "upheld": "yes", "words": "成立", "state": "value", "value": "40", "source": "审计报告", "known_on": day,
        }),
        Door(bank.maker, reverse("scores:answer_review", args=[review.pk]), {"words": "维持"}),
        Door(bank.maker, reverse("scores:adopt", args=[score.pk]), {"fact": ["0"]}),
        Door(bank.maker, reverse("scorecards:parameters"), {"since": day, **figures, "own_0": "0.04"}),
    ]  # fmt: skip


def spoilt(door: Door, seed: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each field left out, given twice, and with a few hostile values drawn; then some in all fields at once."""
    drawn = random.Random(seed)
    names = [name for name in door.typed if not name.startswith("own_")] + ["own_0"] * ("own_0" in door.typed)
    for name in names:
        for hostile in drawn.sample(VALUES, 4):
            yield f"{name}={hostile[:20]!r}", {**door.typed, name: hostile}
        yield f"{name} left out", {key: one for key, one in door.typed.items() if key != name}
        yield f"{name} twice", {**door.typed, name: [door.typed[name], "NaN"]}
    for hostile in drawn.sample(VALUES, 15):
        yield f"all={hostile[:20]!r}", {**door.typed, **dict.fromkeys(names, hostile)}


def answered(door: Door, client: Any, told: str, typed: dict[str, Any]) -> None:
    """Refused with nothing kept, or taken: then no sign that nobody sees stands in what was taken."""
    before, moment = kept(), transaction.savepoint()
    answer = client.post(door.path, encoded(typed), content_type="application/x-www-form-urlencoded")
    assert answer.status_code in (302, 400, 422), (door.path, told, answer.status_code)
    assert b"Traceback" not in answer.content
    if kept() != before:
        assert answer.status_code == 302, (door.path, told)
        pairs = parse_qsl(
            encoded(typed).decode("ascii"), errors="replace"
        )  # half of a character arrives as �
        values = [value for _, value in pairs]
        assert not any(map(unseen_in, values)), (door.path, told)
    transaction.savepoint_rollback(moment)


def test_what_is_well_typed_is_taken(doors):
    """Else nothing below would say anything: of each door its own good input, but where the ground has done it already."""
    for door in doors:
        before, moment = kept(), transaction.savepoint()
        at(door.who).post(door.path, encoded(door.typed), content_type="application/x-www-form-urlencoded")
        assert (kept() != before) == (not door.path.endswith("/review/") and "/adopt/" not in door.path), (
            door.path
        )
        transaction.savepoint_rollback(moment)


@pytest.mark.parametrize(
    "hostile", ["NaN", "-1", "1e400", "\u202e1", "\u200b", "\x00", "x" * 1_000_000, "9999-12-31"]
)
def test_a_hostile_text_in_all_fields_of_a_door_at_once_is_refused(doors, hostile):
    for door in doors:
        names = [name for name in door.typed if not name.startswith("own_") or name == "own_0"]
        answered(door, at(door.who), hostile[:20], {**door.typed, **dict.fromkeys(names, hostile)})


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
def test_no_hostile_text_in_any_field_breaks_a_door_or_leaves_half_a_thing(doors, seed):
    for door in doors:
        client = at(door.who)
        for told, typed in spoilt(door, seed):
            answered(door, client, told, typed)
