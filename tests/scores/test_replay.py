"""A stored score stays what it was: under a newer card, after corrected figures, with other parameters of its bank."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from kernel.identifiers import new_id
from kernel.policystore.actions import settle_spans, ship
from tests.cards.conftest import shipped_text
from tests.cards.drafts import next_card
from tests.cast import freshly_signed_in as at
from tests.scores.ground import ON, plain_case
from valuation.cards.keepers import checked_card
from valuation.credit_line import Ask, credit_line
from valuation.indicative_value import indicative_value
from valuation.inputs import Application
from valuation.loading import load_scorecard
from valuation.scores import actions
from valuation.scores.models import Score
from valuation.scores.queries.replaying import faults, held_by_digest, worked_again
from valuation.scores.rules import WORKING, Stated, digest_of
from valuation.scoring import score

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


def test_what_an_earlier_working_answered_is_held_by_its_digest_and_not_called_false(
    cast: Any, allowed: Any, on: Any
) -> None:
    """An answer kept before the working was named, with a text that nobody makes any more."""
    maker = cast.bank_a.maker
    row = actions.score_enterprise(by=maker, enterprise=cast.enterprise_a.organisation, on=on)
    quote = actions.quote_line(by=maker, score_id=row.pk, asked={"compensation_share": "0.8"}, on=on)
    assert (row.answer["working"], quote.answer["working"]) == (WORKING, WORKING)
    earlier = {name: said for name, said in row.answer.items() if name != "working"} | {"reasons": []}
    digest = digest_of(row.scored_under, row.given, earlier, row.value)
    kept_then = again(row, answer=earlier, digest=digest)
    said = {name: one for name, one in quote.answer.items() if name != "working"} | {"reasons": ["另一句"]}
    again(quote, answer=said, score_id=kept_then.pk)
    assert faults() == []
    assert held_by_digest() == 1, "what is not worked out again is said"
    page = at(maker).get(f"/scores/{kept_then.pk}/").content.decode()
    assert "出自以前的算法" in page
    assert "出自以前的算法" not in at(maker).get(f"/scores/{row.pk}/").content.decode()

    again(row, answer=earlier, digest=row.digest)
    again(row, answer=earlier, digest=digest, pd=row.pd + 1)
    again(row, answer={**earlier, "working": WORKING}, digest=digest)
    again(quote, answer=said, score_id=kept_then.pk, amount=quote.amount * 2)
    told = [sentence.partition("：")[2] for sentence in faults()]
    assert sorted(told) == sorted(
        ["摘要重算不符", "状态重算不符", "答案重算不符", "摘要重算不符", "重算不符"]
    )


def again(row: Any, **other: Any) -> Any:
    """The same row once more, with other contents: nothing that stands can be changed."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return type(row).objects.create(**{**values, "id": new_id(), **other})


PINNED = {2: "c3812b3aa5cc8a08cc0a492920ee08b1da6b21c4f8ab7b02b19e08d07006fa9b"}
"""By working the digest of what two firms are answered; only another text of the card may change one that stands here."""


def test_a_changed_answer_is_a_new_working() -> None:
    """Whoever changes what is answered raises `WORKING` and pins anew: else `verify` calls every kept score false."""
    card, told = load_scorecard(shipped_text()), []
    for name in ("额度由质押价值决定", "标的查封情况未查询"):
        application = Application.from_plain(plain_case(name), card)
        found = score(card, application)
        value = indicative_value(card, found, application) if application.rights else None
        line = credit_line(
            card, found, application, Ask.from_plain({"compensation_share": "0.8"}, card), value
        )
        told += [found.answer() | {"digest": ""}, value.plain() if value else None, line.plain()]
    found_now = digest_of(*told)
    assert found_now == PINNED[WORKING], found_now
