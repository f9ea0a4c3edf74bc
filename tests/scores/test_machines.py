"""The doors for machines: the same inputs, the same faults, one score a key."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from kernel.days import today
from tests.api.calls import by_token, new_key
from tests.scores.ground import consent, plain_case, rows_of
from valuation.scores.models import InputFact, LineQuote, Score

pytestmark = pytest.mark.django_db


class Machine:
    """A house's own system with its token."""

    def __init__(self, member) -> None:
        self.client = by_token(member)

    def post(self, path: str, body, key: str = ""):
        text = body if isinstance(body, str) else json.dumps(body)
        headers = {"Idempotency-Key": key or new_key()}
        return self.client.post(path, text, content_type="application/json", headers=headers)


def inputs(on: str) -> list[dict[str, str]]:
    rows = rows_of(plain_case("成长期，完整"))
    return [
        {
            "item": row.item,
            "subject": row.subject,
            "state": row.state,
            "value": row.value,
            "source": row.source,
            "known_on": on,
        }
        for row in rows
    ]  # fmt: skip


def test_a_machine_states_inputs_and_gets_the_score_worked_by_hand(cast, card):
    firm, bank = cast.enterprise_a, Machine(cast.bank_a.maker)
    consent(firm, cast.bank_a.organisation, today())
    code = firm.organisation.credit_code
    answer = bank.post("/api/v1/scoring-inputs/", {"enterprise": code, "inputs": inputs(today().isoformat())})
    assert (answer.status_code, answer.json()) == (201, {"kept": 37})
    made = bank.post("/api/v1/scores/", {"enterprise": code}, key="one")
    assert made.status_code == 201
    assert (made.json()["score"], made.json()["grade"]) == ("81.78", "B1")
    again = bank.post("/api/v1/scores/", {"enterprise": code}, key="one")
    assert again.json() == made.json()
    assert Score.objects.count() == 1


HOSTILE = ("NaN", "Infinity", "-1", "1e400", "9" * 199)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_gets_its_fault_and_nothing_is_kept(cast, card, value):
    consent(cast.enterprise_a, cast.bank_a.organisation, today())
    code, on = cast.enterprise_a.organisation.credit_code, today().isoformat()
    good, bad = (
        {"item": "ip_class2", "value": one, "source": "登记簿", "known_on": on} for one in ("3", value)
    )
    answer = Machine(cast.bank_a.maker).post(
        "/api/v1/scoring-inputs/", {"enterprise": code, "inputs": [good, bad]}
    )
    assert answer.status_code == 422, answer.content
    assert "inputs[1]" in answer.content.decode()
    assert not InputFact.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        '{"enterprise": "x", "inputs": [{"item": "ip_class2", "value": NaN, "source": "s", "known_on": "2026-01-01"}]}',
        '{"enterprise": "x", "inputs": [{"item": "ip_class2", "value": Infinity}]}',
        '{"enterprise": "' + "x" * 1_000_000 + '", "inputs": []}',
        '{"enterprise": 1.5}',
        "[]",
        "{",
    ],
)
def test_a_hostile_body_is_refused_in_words(cast, card, body):
    answer = Machine(cast.bank_a.maker).post("/api/v1/scoring-inputs/", body)
    assert answer.status_code in (400, 422), answer.content
    assert answer["Content-Type"].startswith("application/problem+json")


def test_whoever_gave_no_consent_is_not_told_from_nobody(cast, card):
    bank = Machine(cast.bank_a.maker)
    real = bank.post("/api/v1/scores/", {"enterprise": cast.enterprise_a.organisation.credit_code})
    none = bank.post("/api/v1/scores/", {"enterprise": "9" * 18})
    assert real.status_code == none.status_code == 422
    assert not Score.objects.exists()


def test_one_item_is_not_stated_twice_in_a_call(cast, card):
    """By its name or its id, of one day: else the later would win without a word."""
    firm, on = cast.enterprise_a, today()
    consent(firm, cast.bank_a.organisation, on)
    before = (on - dt.timedelta(days=1)).isoformat()
    row = {"item": "fin_leverage", "value": "50", "source": "审计报告", "known_on": on.isoformat()}
    asked = [row, {**row, "known_on": before}, {**row, "item": "资产负债率", "value": "70"}]
    bank, code = Machine(cast.bank_a.maker), firm.organisation.credit_code
    answer = bank.post("/api/v1/scoring-inputs/", {"enterprise": code, "inputs": asked})
    assert answer.status_code == 422, answer.content
    assert "与inputs[0]重复" in answer.content.decode()
    assert not InputFact.objects.exists()
    assert bank.post("/api/v1/scoring-inputs/", {"enterprise": code, "inputs": asked[:2]}).status_code == 201


@pytest.mark.parametrize("half", ["\\ud800", "\\uDFFF", "x\\udc00y", "\\ud800\\ud800"])
@pytest.mark.parametrize(
    "body",
    [
        '{"enterprise": "x", "inputs": [{"item": "ip_class2", "state": "HALF"}]}',
        '{"enterprise": "x", "inputs": [{"item": "HALF"}]}',
        '{"HALF": 1}',
        '{"HALF": 1, "HALF": 2}',
        '["HALF"]',
    ],
)
def test_half_of_a_character_is_no_text_and_is_refused_in_words(cast, card, body, half):
    for path in ("/api/v1/scoring-inputs/", "/api/v1/scores/"):
        answer = Machine(cast.bank_a.maker).post(path, body.replace("HALF", half))
        assert answer.status_code == 400, answer.content
        assert answer["Content-Type"].startswith("application/problem+json")


def test_two_halves_are_one_character(cast, card):
    firm = cast.enterprise_a
    consent(firm, cast.bank_a.organisation, today())
    row = {"item": "ip_class2", "value": "3", "source": "@@", "known_on": today().isoformat()}
    body = json.dumps({"enterprise": firm.organisation.credit_code, "inputs": [row]})
    answer = Machine(cast.bank_a.maker).post(
        "/api/v1/scoring-inputs/", body.replace("@@", "\\ud842\\udfb7 登记簿")
    )
    assert answer.status_code == 201, answer.content
    assert InputFact.objects.get().source == "𠮷 登记簿"


def scored_by(cast, bank: Machine) -> str:
    consent(cast.enterprise_a, cast.bank_a.organisation, today())
    code = cast.enterprise_a.organisation.credit_code
    bank.post("/api/v1/scoring-inputs/", {"enterprise": code, "inputs": inputs(today().isoformat())})
    return bank.post("/api/v1/scores/", {"enterprise": code}).json()["id"]


def test_a_machine_asks_for_a_line_and_gets_the_term_that_binds(cast, card):
    """1,000.0001 * (1 - 20 %) * (1 + 10 %) / 4 - 100 - 50 = 70.000022 万元, below the grade's 400 at 80 %."""
    bank = Machine(cast.bank_a.maker)
    score = scored_by(cast, bank)
    capital = {"sales_wan": "1000.0001", "margin_percent": "20", "growth_percent": "10", "turnover": "4",
               "own_funds_wan": "100", "other_loans_wan": "50"}  # fmt: skip
    asked = {"compensation_share": "0.8", "working_capital": capital}
    answer = bank.post(f"/api/v1/scores/{score}/line/", asked, key="line")
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["outcome"], told["bound_by"]) == ("offered", "working_capital")
    assert told["amount"] == {"amount": "700000.00", "currency": "CNY"}
    amounts = {term["id"]: term["amount"] for term in told["terms"]}
    assert amounts["grade"] == {"amount": "4000000.00", "currency": "CNY"}
    assert amounts["working_capital"] == {"amount": "700000.22", "currency": "CNY"}
    assert amounts["request"] is None
    assert bank.post(f"/api/v1/scores/{score}/line/", asked, key="line").json() == told
    assert LineQuote.objects.count() == 1


def test_every_fault_of_an_ask_comes_at_once_and_another_bank_finds_no_score(cast, card):
    bank = Machine(cast.bank_a.maker)
    score = scored_by(cast, bank)
    wrong = bank.post(
        f"/api/v1/scores/{score}/line/",
        {"compensation_share": "NaN", "request_wan": "-1", "existing_exposure_wan": "1e5"},
    )
    assert wrong.status_code == 422
    assert {one["where"] for one in wrong.json()["errors"]} == {
        "compensation_share", "request_wan", "existing_exposure_wan",
    }  # fmt: skip
    other = Machine(cast.bank_b.maker)
    assert other.post(f"/api/v1/scores/{score}/line/", {"compensation_share": "NaN"}).status_code == 404
    assert not LineQuote.objects.exists()
