"""The demonstration's scores are told by the product's own doors; here for the cast's two enterprises."""

from __future__ import annotations

import datetime as dt

import pytest

from kernel.days import today
from portal.demo import scores, validation
from portal.demo.telling import Story
from tests.books import lend, open_books
from valuation.scores.models import Dispute, LineQuote, Override, ReviewAnswer, Score
from valuation.scores.queries.replaying import faults
from valuation.validation import verifying
from valuation.validation.models import ModelRecord, ValidationReport

pytestmark = pytest.mark.django_db


def test_each_borrower_is_scored_twice_and_persons_have_spoken(cast, card):
    books, said = open_books(cast), []
    books.lend(1_000_000_00)
    lend(
        cast.bank_a.organisation, cast.enterprise_b.organisation, 500_000_00
    )  # it keeps its credit record to itself
    story = Story(max(today(), dt.date(2026, 3, 1)), said.append)
    story.world.organisations["yz_bank"] = cast.bank_a.organisation
    story.world.members |= {"yz-maker": cast.bank_a.maker, "yz-checker": cast.bank_a.checker}
    story.world.members["owner-cq"] = cast.enterprise_a.owner
    bureau = cast.district_bureau
    story.world.members |= {"cq-officer": bureau.officer, "cq-approver": bureau.approver}
    scores.tell(story)
    by_bank = Score.objects.filter(house=cast.bank_a.organisation)
    assert by_bank.count() == 4 * by_bank.values("enterprise").distinct().count() == 8
    assert Score.objects.exclude(house=cast.bank_a.organisation).count() == by_bank.count() // 4
    assert LineQuote.objects.exists()
    assert Dispute.objects.filter(answer=None).count() == ReviewAnswer.objects.count() == 1
    assert Override.objects.count() <= 1
    assert faults() == []
    assert said == [f"评分：{by_bank.count()} 份"]
    validation.tell(story)
    old, new = ValidationReport.objects.order_by("begins")
    assert (old.card.version, new.card.version) == (f"ip-pledge@{old.begins.year}", card.version)
    assert old.begins == validation.days_of_old(story)[0]
    assert by_bank.filter(card=old.card).count() == by_bank.count() // 2
    assert old.report["population"]["scored"] == by_bank.values("enterprise").distinct().count()
    assert new.report["population"]["outcome_known"] == 0, (
        "nobody was watched for a year under the card in force"
    )
    assert old.opinion.verdict == "conditions"
    assert not hasattr(new, "opinion"), "it waits for the checker"
    fitted = ModelRecord.objects.get()
    assert (fitted.rung, fitted.values, hasattr(fitted, "shadow")) == ("posterior", {}, False)
    assert verifying.faults() == []
