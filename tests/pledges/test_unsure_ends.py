"""A work of which nobody says whether it is published may have ended: its bank is told so, and that it is not certain."""

from __future__ import annotations

import datetime as dt
import html
from dataclasses import replace

import pytest
from django.urls import reverse

from finance.pledges import actions
from finance.pledges.models import AlertClearing
from finance.pledges.queries import of_watch
from finance.pledges.rules import watch
from finance.pledges.rules.facts import Pledge, Right
from finance.pledges.turns import turns
from tests.cast import freshly_signed_in
from tests.pledges.by_the_book import book, calendar
from tests.pledges.filed import REGISTERED, Worked, sound

COMPLETED = dt.date(1976, 12, 1)
LAST = dt.date(
    2026, 12, 1
)  # of an unpublished work: fifty years after its completion; of a published one not before that
DAY = dt.timedelta(days=1)
NOT_KNOWN = "没有写明是否已经发表"
WORK = Right(
    kind="copyright", number="2020SR0123456", subtype="legal_person", status="in_force",
    completed_on=COMPLETED, disputed=False, preserved=False,
)  # fmt: skip
PLEDGE = Pledge(number="1", registered_on=REGISTERED, published=True, loan_ends_on=dt.date(2027, 6, 30))


def told(right, on):
    """Rule -> what is not known of it."""
    return {
        one.rule: one.unsure for one in watch.alerts(book("copyright", on), [right], PLEDGE, on, calendar())
    }


def test_a_term_that_may_have_ended_is_told_and_marked_not_certain():
    before, after = told(WORK, LAST), told(WORK, LAST + DAY)
    assert set(before) == {"CR-A03", "CR-A04"}, "the debt runs beyond the earliest day, which has not passed"
    assert set(after) == {"CR-A03", "CR-A04", "CR-A05"}
    assert all(NOT_KNOWN in unsure for unsure in (*before.values(), *after.values()))


def test_what_is_known_is_told_as_certain_or_not_at_all():
    unpublished, published = (
        replace(WORK, published=False),
        replace(WORK, first_published_on=dt.date(1999, 5, 4)),
    )
    assert told(unpublished, LAST + DAY) == {"CR-A03": "", "CR-A04": "", "CR-A05": ""}
    assert told(published, LAST + DAY) == {}
    ended = replace(WORK, status="ended")
    assert told(ended, LAST + DAY)["CR-A05"] == "", "it has ended, whenever its term would"
    sooner = replace(PLEDGE, loan_ends_on=LAST)
    found = watch.alerts(book("copyright", LAST), [WORK], sooner, LAST, calendar())
    assert {one.rule for one in found} == {"CR-A03"}


def test_a_day_that_the_right_ends_on_or_sooner_is_marked_too():
    layout = Right(
        kind="layout", number="BS.205556789", status="in_force", filed_on=dt.date(2017, 1, 5), preserved=False
    )
    on = dt.date(2026, 12, 20)
    of_layouts = book("layout", on)
    found = watch.alerts(of_layouts, [layout], replace(PLEDGE, loan_ends_on=None), on, calendar())
    counted = {rule.id for rule in of_layouts.watch if rule.counts_from == "right.expires"}
    days = [one for one in found if one.rule in counted]
    assert days, "the day is near"
    assert all("届满日不晚于此" in one.unsure for one in days)


@pytest.mark.django_db
def test_the_bank_reads_it_on_its_pages_and_a_certain_end_takes_its_place(cast, monkeypatch):
    for place in ("actions.watching", "queries.of_rights", "actions.wanting", "actions.bringing_about"):
        monkeypatch.setattr(f"finance.pledges.{place}.working_calendar", calendar)
    work = sound("copyright", completed_on=COMPLETED.isoformat())
    del work["rights"][0]["first_published_on"]
    worked = Worked(cast, "copyright").state(work).attach()
    worked.today = REGISTERED
    worked.both("submit", REGISTERED - DAY, channel="online")
    worked.decide("register", REGISTERED, number="copyright2026500000123")
    bank = worked.bank.maker
    actions.look(by=bank, file_id=worked.file.pk, on=LAST + DAY)
    standing = {one.rule: one for one in of_watch.open_alerts(viewer=bank)}
    assert NOT_KNOWN in standing["CR-A05"].unsure
    client = freshly_signed_in(bank)
    for page in (
        reverse("pledges:watch"),
        reverse("pledges:alert", args=[standing["CR-A05"].pk]),
        reverse("pledges:file", args=[worked.file.pk]) + f"?on={LAST + DAY}&known={LAST + DAY}",
    ):
        shown = html.unescape(client.get(page).content.decode())
        assert "尚不确定" in shown, page
        assert NOT_KNOWN in shown, page
    asked = {turn.what for turn in turns(viewer=bank, on=LAST + DAY, calendar=calendar())}
    assert "保护期已满（尚不确定）" in asked
    known_to_have_ended(worked)
    now = {one.rule: one.unsure for one in of_watch.open_alerts(viewer=bank)}
    assert now["CR-A05"] == ""
    end = AlertClearing.objects.get(alert=standing["CR-A05"].pk)
    assert (end.how, end.told) == ("gone", "原来不确定的，现已确定，另有提醒")


def known_to_have_ended(worked):
    on = LAST + 2 * DAY
    actions.record_event(
        by=worked.owner,
        file_id=worked.file.pk,
        number=WORK.number,
        event="term_ended",
        on=on,
        source="登记簿",
        today=on,
    )
    actions.look(by=worked.bank.maker, file_id=worked.file.pk, on=on)
