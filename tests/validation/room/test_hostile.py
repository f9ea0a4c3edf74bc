"""Hostile input through every form of model validation, and another institution's fit: a fault or a 404, nothing kept."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from kernel.days import today
from kernel.work.models import Approval, JobRun
from tests.validation.room.test_room import record_with
from valuation.validation import actions
from valuation.validation.models import ModelRecord, Opinion, ShadowRun, SourceOutage, ValidationReport

pytestmark = pytest.mark.django_db
TEXTS = ["", "  ", "\u200b", "\u202e好", "a\x00b", "x" * 1_000_000]
DAYS = [
    "NaN",
    "0000-01-01",
    "2025-02-29",
    "10000-01-01",
    "２０２６-０１-０１",
    "2026-01-01T00:00",
    "",
    "9" * 100_000,
]
KEPT = (ModelRecord, ShadowRun, Approval, JobRun, SourceOutage, Opinion, ValidationReport)


def kept() -> list[int]:
    return [model.objects.count() for model in KEPT]


def refused(client, path, typed, status=422):
    before = kept()
    answer = client.post(path, typed)
    assert answer.status_code == status, (path, {name: str(text)[:30] for name, text in typed.items()})
    assert "Traceback" not in answer.content.decode()
    assert kept() == before


def test_no_bad_period_is_fitted_reported_or_stated_as_an_outage(cast, card, decided):
    client, day = cast.signed_in(cast.bank_a.maker), today().isoformat()
    tomorrow = (today() + dt.timedelta(days=1)).isoformat()
    turned = [("2026-06-02", "2026-06-01"), (day, tomorrow), ("0001-01-01", "9999-12-31")]
    for begins, ends in [*turned, *((bad, day) for bad in DAYS), *((day, bad) for bad in DAYS)]:
        days = {"begins": begins, "ends": ends}
        for name in ("fit", "ask"):
            refused(client, reverse(f"validation:{name}"), {"version": str(card.pk), **days})
        refused(client, reverse("validation:outage"), {"source": "征信系统", **days})
    for version in ("", "x", "\x00", str(decided["score"].pk)):
        refused(client, reverse("validation:fit"), {"version": version, "begins": day, "ends": day})
    refused(
        client,
        reverse("validation:fit"),
        {"version": str(card.pk), "begins": "0001-01-01", "ends": "0001-01-01"},
    )


def test_an_opinion_and_a_source_are_given_in_words_that_can_be_seen(cast, card, decided):
    day = today()
    client = cast.signed_in(cast.bank_a.maker)
    for text in TEXTS:
        refused(
            client,
            reverse("validation:outage"),
            {"source": text, "begins": day.isoformat(), "ends": day.isoformat()},
        )
    made = actions.make_report(
        by=cast.bank_a.maker, version=card, begins=dt.date(2026, 1, 1), ends=dt.date(2026, 10, 31)
    )
    checker = cast.signed_in(cast.bank_a.checker)
    for text in TEXTS:
        refused(checker, reverse("validation:sign", args=[made.pk]), {"verdict": "fit", "words": text})
    for verdict in ("", "FIT", "\x00", "x" * 1_000_000):
        refused(checker, reverse("validation:sign", args=[made.pk]), {"verdict": verdict, "words": "可"})


def test_no_bad_day_puts_a_record_to_use_or_back(cast, card, decided):
    client, record = cast.signed_in(cast.bank_a.maker), record_with(cast, card, {"anchor_pd": "0.050000"})
    past = (today() - dt.timedelta(days=1)).isoformat()
    for name in ("promote", "roll_back"):
        for day in DAYS:
            refused(client, reverse(f"validation:{name}", args=[record.pk]), {"since": day}, status=302)
        for day in (past, "0001-01-01", "9999-12-31"):
            refused(client, reverse(f"validation:{name}", args=[record.pk]), {"since": day})


@pytest.mark.parametrize("name", ["record", "shadow", "promote", "roll_back", "recalibrate"])
def test_another_institutions_fit_is_a_page_that_does_not_exist(cast, card, decided, name):
    record = record_with(cast, card, {"anchor_pd": "0.050000"})
    path = reverse(f"validation:{name}", args=[record.pk])
    for member in (cast.bank_b.maker, cast.bank_b.checker):
        client = cast.signed_in(member)
        if name == "record":
            assert client.get(path).status_code == 404
        else:
            refused(client, path, {"since": today().isoformat()}, status=404)


def test_an_auditor_and_a_checker_see_a_fit_and_start_nothing(cast, card, decided):
    record = record_with(cast, card, {"anchor_pd": "0.050000"})
    for member in (cast.auditor.member, cast.bank_a.checker):
        client, before = cast.signed_in(member), kept()
        assert client.get(reverse("validation:record", args=[record.pk])).status_code == 200
        for name in ("shadow", "promote", "roll_back", "recalibrate"):
            answer = client.post(
                reverse(f"validation:{name}", args=[record.pk]), {"since": today().isoformat()}
            )
            assert answer.status_code in (403, 404, 422), (name, answer.status_code)
        assert kept() == before
