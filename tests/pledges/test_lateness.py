"""How a window kept its limits, against days counted by hand."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from finance.parties.regions import region_stem
from finance.pledges import actions
from finance.pledges.queries import of_files, of_limits
from finance.pledges.queries.of_lateness import kept_limits
from finance.pledges.rules.clocks import Deadline, days_over
from finance.pledges.turns import turns
from kernel.errors import Refused
from portal.pledge_desks import desks, of_region
from portal.pledge_statistics import Asked, sheet_of, workbook_of
from tests.cast import freshly_signed_in
from tests.pledges.by_the_book import book, calendar
from tests.pledges.filed import HANDED_IN, REGISTERED, Worked, sound

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
BEGIN = dt.date(2026, 11, 1)


@pytest.fixture(autouse=True)
def _calendar(monkeypatch):
    for place in (
        "actions.watching",
        "queries.of_rights",
        "actions.wanting",
        "actions.bringing_about",
        "views.files",
    ):
        monkeypatch.setattr(f"finance.pledges.{place}.working_calendar", calendar)
    monkeypatch.setattr("portal.pledge_desks.working_calendar", calendar)
    monkeypatch.setattr("finance.pledges.views.files.today", lambda: dt.date(2026, 12, 20))


def accepted(cast, contents, on):
    """Handed in online on Wednesday 2026-11-18, received on a day."""
    worked = Worked(cast).state(contents).attach()
    worked.both("sign", HANDED_IN - DAY)
    worked.both("submit", HANDED_IN, channel="online")
    actions.accept(by=worked.clerk, file_id=worked.file.pk, receipt_no="S1", on=on, today=worked.today)
    return worked


def counted(cast, on=dt.date(2026, 12, 20), begin=BEGIN):
    files = of_files.files(viewer=cast.ip_bureau.clerk)
    found = kept_limits(files, begin=begin, on=on, calendar=calendar())
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


@pytest.mark.parametrize(
    ("kind", "limits"),
    [
        # handed in on Wednesday 2026-11-18: 2 and 10 working days; the window promises 5 for marks
        ("trademark", {"review": (2026, 11, 20), "promise_chongqing": (2026, 11, 25)}),
        ("copyright", {"review": (2026, 12, 2)}),
    ],
)
def test_a_mark_and_a_work_wait_for_the_registry_and_not_for_a_cure_that_nobody_asked_for(cast, kind, limits):
    worked = Worked(cast, kind).handed_in()
    file = of_files.file(viewer=worked.clerk, file_id=worked.file.pk)
    running = of_limits.clocks_of(file, calendar(), REGISTERED)
    due = {name: dt.date(*day) for name, day in limits.items()}
    assert {one.deadline.clock.id: one.deadline.due_on for one in running} == due
    worked.decide(
        "refuse", due["review"] + DAY, asked={"refused_because": {"trademark": "TM-R05"}.get(kind, "CR-R06")}
    )
    assert counted(cast)["review"] == (1, 0, 1), "a day late"


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


def limits(cast, on, begin=BEGIN):
    files = of_files.files(viewer=cast.ip_bureau.clerk)
    return {one.clock.id: one for one in kept_limits(files, begin=begin, on=on, calendar=calendar())}


def test_by_how_many_days_of_its_own_unit_a_decision_was_late(cast):
    """Until Monday 11-23 by law. Decided on Thursday 11-26: three working days over; on Saturday 11-28 they are four."""
    received = dt.date(2026, 11, 19)
    three, four = (
        accepted(cast, sound(number=number, filed_on="2017-07-21"), received)
        for number in ("ZL201710601862.3", "95115608.X")
    )
    assert limits(cast, dt.date(2026, 11, 23)) == {}
    assert limits(cast, dt.date(2026, 11, 24))["review_online"].overdue == 2
    three.decide("register", dt.date(2026, 11, 26), number="Y1")
    four.decide("refuse", dt.date(2026, 11, 28), asked={"refused_because": "PAT-R12"})
    law = limits(cast, dt.date(2026, 12, 20))["review_online"]
    assert (law.decided, law.late, law.days_over, law.longest, law.overdue) == (2, 2, 7, 4, 0)
    # as of Thursday the second one was still waiting
    then = limits(cast, dt.date(2026, 11, 26))["review_online"]
    assert (then.decided, then.days_over, then.overdue) == (1, 3, 1)


def test_a_limit_of_calendar_days_counts_days_over_in_days():
    """The cure of a trademark filing is counted in days: three days over from Friday to Monday."""
    limit = next(clock for clock in book("trademark").clocks if clock.act == "cure")
    due = Deadline(limit, dt.date(2026, 11, 27), False, ())
    assert [days_over(due, day, calendar()) for day in (dt.date(2026, 11, 27), dt.date(2026, 11, 30))] == [
        0,
        3,
    ]


def test_the_certificate_of_a_mark_has_its_limit_from_the_day_of_registration(cast):
    """Registered on Friday 11-20: within two working days, until Tuesday 11-24. The window has it to do until then."""
    mark = Worked(cast, "trademark").registered()
    (running,) = of_limits.clocks_of(mark.now, calendar(), REGISTERED)
    assert (running.deadline.clock.id, running.deadline.due_on) == ("certificate", dt.date(2026, 11, 24))
    (turn,) = turns(viewer=mark.clerk, on=REGISTERED, calendar=calendar())
    assert (turn.what, turn.due) == ("发出登记证", dt.date(2026, 11, 24))
    assert limits(cast, dt.date(2026, 11, 25))["certificate"].overdue == 1
    mark.decide("issue_certificate", dt.date(2026, 11, 26))
    assert mark.now.state == "registered"
    assert not of_limits.clocks_of(mark.now, calendar(), REGISTERED)
    assert not list(turns(viewer=mark.clerk, on=REGISTERED, calendar=calendar()))
    kept = limits(cast, dt.date(2026, 12, 20))["certificate"]
    assert (kept.decided, kept.late, kept.days_over, kept.overdue) == (1, 1, 2, 0)
    with pytest.raises(Refused, match="登记证已经发出"):
        mark.decide("issue_certificate", dt.date(2026, 11, 27))


def test_a_certificate_told_with_the_registration_is_judged_by_its_own_day(cast):
    mark = Worked(cast, "trademark").registered(asked={"certified_on": "2026-11-24"})
    assert not of_limits.clocks_of(mark.now, calendar(), REGISTERED)
    kept = limits(cast, dt.date(2026, 12, 20))["certificate"]
    assert (kept.decided, kept.late) == (1, 0)


@pytest.mark.parametrize("day", ["2026-11-19", "2026-12-21"])
def test_a_certificate_is_not_issued_before_the_registration_nor_after_today(cast, day):
    with pytest.raises(Refused, match="登记日"):
        Worked(cast, "trademark").registered(asked={"certified_on": day})


def test_the_statistics_tell_lateness_by_window_law_and_promise_apart(cast):
    """One registration two working days late by law, in time by the promise; the bureau of the region reads it."""
    worked = accepted(cast, sound(), dt.date(2026, 11, 19))
    worked.decide("register", dt.date(2026, 11, 25), number="Y1")
    asked = Asked(BEGIN, dt.date(2026, 12, 20))
    sheet = sheet_of(cast.city_bureau.officer, asked)
    law, promise = (one for one in sheet["tables"] if one["name"].startswith("按窗口"))
    assert (law["name"], promise["name"]) == ("按窗口：法定期限", "按窗口：服务承诺")
    assert law["rows"] == [
        [
            *(worked.file.window.name, "专利", "审查（电子提交）（办法第10条）", "2 个工作日"),
            *(1, 0, 1, 2, 0, "2 个工作日", 0, 0),
        ]
    ]  # fmt: skip
    assert promise["rows"][0][4:] == [1, 1, 0, 0, 0, "", 0, 0]
    assert law["total"] == ["合计", "", "", "", 1, 0, 1, 2, 0, "", 0, 0]
    sheets = load_workbook(io.BytesIO(workbook_of(sheet)))
    cells = [[cell.value for cell in row] for row in sheets["按窗口_法定期限"].iter_rows()]
    assert [
        worked.file.window.name,
        "专利",
        "审查（电子提交）（办法第10条）",
        "2 个工作日",
        1,
        0,
        1,
        2,
        0,
    ] in [row[:9] for row in cells]
    before = Asked(BEGIN, dt.date(2026, 12, 20), known_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    tables = sheet_of(cast.city_bureau.officer, before)["tables"]
    assert [one["rows"] for one in tables if one["name"].startswith("按窗口")] == [[], []]


def test_a_bureau_of_another_region_reads_nothing_of_the_window(cast):
    accepted(cast, sound(), dt.date(2026, 11, 19)).decide("register", dt.date(2026, 11, 25), number="Y1")
    stem = region_stem("370800")
    assert not desks(of_region(stem), begin=BEGIN, on=dt.date(2026, 12, 20), known_at=None)[0][0]["rows"]
    assert not of_region("").exists()
