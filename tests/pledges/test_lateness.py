"""How a window kept its limits, against days counted by hand."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from finance.pledges import actions
from finance.pledges.queries.of_lateness import kept_limits
from tests.cast import freshly_signed_in
from tests.pledges.by_the_book import calendar
from tests.pledges.filed import HANDED_IN, Worked, sound

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
BEGIN = dt.date(2026, 11, 1)


@pytest.fixture(autouse=True)
def _calendar(monkeypatch):
    for place in (
        "actions.watching",
        "queries.of_files",
        "actions.wanting",
        "actions.bringing_about",
        "views.files",
    ):
        monkeypatch.setattr(f"finance.pledges.{place}.working_calendar", calendar)
    monkeypatch.setattr("finance.pledges.views.files.today", lambda: dt.date(2026, 12, 20))


def accepted(cast, contents, on):
    """Handed in online on Wednesday 2026-11-18, received on a day."""
    worked = Worked(cast).state(contents).attach()
    worked.both("sign", HANDED_IN - DAY)
    worked.both("submit", HANDED_IN, channel="online")
    actions.accept(by=worked.clerk, file_id=worked.file.pk, receipt_no="S1", on=on, today=worked.today)
    return worked


def counted(cast, on=dt.date(2026, 12, 20), begin=BEGIN):
    found = kept_limits(viewer=cast.ip_bureau.clerk, begin=begin, on=on, calendar=calendar())
    return {one.clock.id: (one.decided, one.in_time, one.late) for one in found}


def test_decisions_in_time_and_late_by_law_and_by_promise(cast):
    """Two working days online from Thursday 11-19: until Monday 11-23. The window of Chongqing promises five: 11-26."""
    received = dt.date(2026, 11, 19)
    numbers = ("ZL201710601862.3", "95115608.X")
    early, late = (
        accepted(cast, sound(number=number, filed_on="2017-07-21"), received) for number in numbers
    )
    early.decide("register", dt.date(2026, 11, 23), number="Y1")
    late.decide("register", dt.date(2026, 11, 24), number="Y2")
    assert counted(cast) == {"review_online": (2, 1, 1), "promise_chongqing": (2, 2, 0)}
    assert counted(cast, on=dt.date(2026, 11, 23)) == {
        "review_online": (1, 1, 0),
        "promise_chongqing": (1, 1, 0),
    }
    page = freshly_signed_in(cast.ip_bureau.clerk).get(reverse("pledges:files"))
    assert "窗口承诺" in page.content.decode()
    assert (
        "办理时限" not in freshly_signed_in(cast.bank_a.maker).get(reverse("pledges:files")).content.decode()
    )


def test_waiting_for_the_parties_does_not_count(cast):
    """Sent back on Friday 11-20, cured on Monday 11-30: the two days run anew, until Wednesday 12-02."""
    worked = accepted(cast, sound(), dt.date(2026, 11, 19))
    worked.decide("notify_deficiency", dt.date(2026, 11, 20), items=("补一份合同",))
    worked.both("cure", dt.date(2026, 11, 30), answers=("已补",))
    worked.decide("register", dt.date(2026, 12, 2), number="Y1")
    assert counted(cast)["review_online"] == (1, 1, 0)


def test_a_notice_given_too_late_does_not_stop_the_limit(cast):
    worked = accepted(cast, sound(), dt.date(2026, 11, 19))
    worked.decide("notify_deficiency", dt.date(2026, 11, 24), items=("补一份合同",))
    worked.both("cure", dt.date(2026, 11, 25), answers=("已补",))
    worked.decide("register", dt.date(2026, 11, 26), number="Y1")
    assert counted(cast)["review_online"] == (1, 0, 1)
