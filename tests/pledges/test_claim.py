"""The claim behind a pledge: its limitation begins anew with what interrupts it; proceeds of the right are looked for."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.urls import reverse

from finance.loans.related import security_of_loan
from finance.pledges import actions
from finance.pledges.actions import Paper
from finance.pledges.queries import of_watch
from finance.pledges.rules.limitation import Interruption, limitation
from finance.pledges.rules.proceeds import Fall, Proceeds, confirmed
from finance.pledges.secured import SecuredLoan
from kernel.errors import Refused
from tests.books import lend
from tests.cast import freshly_signed_in
from tests.pledges.by_the_book import book, calendar
from tests.pledges.filed import PATENT, PDF, REGISTERED, Worked

DAY = dt.timedelta(days=1)
ENDS = dt.date(2027, 7, 20)
LATER = dt.date(2032, 1, 5)


def rule():
    return next(one for one in book("patent").watch if one.id == "PAT-A10")


def runs(*days):
    """The period of a debt that ended on Friday 2024-03-01, with interruptions on these days."""
    told = [Interruption(day, "催收", "民法典第195条第1项", "RECALLED") for day in days]
    return limitation(dt.date(2024, 3, 1), told, rule(), calendar())


def test_without_an_interruption_three_years_from_the_end_of_the_debt():
    """Until 2027-03-01, a Monday."""
    assert runs().ends_on == dt.date(2027, 3, 1)


def test_an_interruption_in_time_begins_the_period_anew_and_the_working_says_so():
    """Demanded on 2026-08-10: until 2029-08-10, a Friday; demanded again a year later: until 2030-08-12, as the 10th is a
    Saturday."""
    assert runs(dt.date(2026, 8, 10)).ends_on == dt.date(2029, 8, 10)
    twice = runs(dt.date(2027, 8, 10), dt.date(2026, 8, 10))
    assert (twice.since, twice.ends_on) == (dt.date(2027, 8, 10), dt.date(2030, 8, 12))
    assert [line.count("重新计算") for line in twice.working] == [0, 1, 1]
    assert "民法典第195条第1项〔RECALLED〕" in twice.working[1]


def test_one_before_the_debt_was_due_or_after_the_period_was_over_changes_nothing():
    assert runs(dt.date(2024, 2, 1)).ends_on == dt.date(2027, 3, 1)
    assert runs(dt.date(2027, 3, 1)).since == dt.date(2027, 3, 1)
    too_late = runs(dt.date(2027, 3, 2))
    assert too_late.ends_on == dt.date(2027, 3, 1)
    assert "不使已满的时效重新起算" in too_late.working[-1]


def test_prepayments_take_each_fen_once_and_an_escrow_is_never_seen_in_returns():
    on = dt.date(2026, 11, 20)
    prepay = Proceeds(on, 300, "prepay", on)
    fall = Fall(dt.date(2026, 11, 1), 299)
    assert [one.confirmed for one in confirmed([prepay], [fall], ())] == [""]
    assert [one.seen_fen for one in confirmed([prepay], [fall, Fall(dt.date(2026, 10, 1), 900)], ())] == [299]
    more = confirmed([prepay, prepay], [fall, Fall(dt.date(2026, 12, 1), 301)], ())
    assert [one.confirmed for one in more] == ["returns", "returns"]
    escrow = dataclasses.replace(prepay, to="escrow")
    assert [one.confirmed for one in confirmed([escrow], [Fall(on, 300)], ())] == [""]
    assert [one.confirmed for one in confirmed([escrow], [], {on})] == ["paper"]


# --- in a file ----------------------------------------------------------------------------------------------------------


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


def loan(*, falls=(), paid_in=(), settled=False):
    return SecuredLoan("L1", REGISTERED, ENDS, 400_000_000, settled, tuple(falls), tuple(paid_in))


def behind(monkeypatch, *loans):
    monkeypatch.setattr(of_watch, "loans_behind", lambda *_args, **_kw: list(loans))


def alerts(worked, on, rule_id, known_on=LATER):
    found = of_watch.alerts_on(worked.now, on, known_on, calendar())
    return [(one.due_on, one.step) for one in found if one.rule == rule_id]


def demanded(worked, on, **told):
    worked.today = LATER
    given = {"kind": "LIM-01", "told": "催收函 1 号", "today": LATER} | told
    return actions.interrupt(by=worked.bank.maker, file_id=worked.file.pk, on=on, **given)


@pytest.mark.django_db
def test_a_demand_moves_the_alert_of_the_limitation_and_taking_it_back_moves_it_again(cast, monkeypatch):
    """The debt ends on Tuesday 2027-07-20: three years to Saturday 2030-07-20, so to Monday 07-22. Demanded in 2029."""
    worked = Worked(cast).registered()
    behind(monkeypatch, loan())
    on = dt.date(2030, 7, 1)
    assert alerts(worked, on, "PAT-A10") == [(dt.date(2030, 7, 22), 30)]
    row = demanded(worked, dt.date(2029, 5, 8))
    assert alerts(worked, on, "PAT-A10") == []
    assert alerts(worked, dt.date(2032, 5, 1), "PAT-A10", dt.date(2032, 5, 1)) == [(dt.date(2032, 5, 10), 30)]
    assert alerts(worked, on, "PAT-A10", known_on=LATER - DAY) == [(dt.date(2030, 7, 22), 30)], (
        "not known then"
    )
    demanded(worked, dt.date(2029, 5, 8), kind="", told="错记", corrects=row.pk)
    assert alerts(worked, on, "PAT-A10") == [(dt.date(2030, 7, 22), 30)]


@pytest.mark.django_db
def test_part_performance_that_returns_show_begins_it_anew_from_its_earliest_day(cast, monkeypatch):
    worked = Worked(cast).registered()
    behind(monkeypatch, loan(paid_in=[dt.date(2029, 5, 1)]))
    found = of_watch.security_of(
        worked.now, viewer=worked.bank.maker, on=LATER, known_on=LATER, calendar=calendar()
    )
    assert found.limitation.since == dt.date(2029, 5, 1)
    at_window = of_watch.security_of(
        worked.now, viewer=worked.clerk, on=LATER, known_on=LATER, calendar=calendar()
    )
    assert (at_window.limitation, at_window.proceeds) == (None, ())


@pytest.mark.django_db
def test_every_fault_of_an_interruption_is_told_and_the_enterprise_records_none(cast):
    worked = Worked(cast).registered()
    with pytest.raises(Refused) as refused:
        demanded(worked, LATER + DAY, kind="LIM-99", told=" ", paper=Paper("凭证.exe", PDF), corrects=999)
    assert [one.code for one in refused.value.problems] == [
        "no_kind",
        "future",
        "required",
        "ending",
        "no_such_record",
    ]
    with pytest.raises(Refused):
        actions.interrupt(
            by=worked.owner, file_id=worked.file.pk, kind="LIM-01", on=REGISTERED, told="x", today=LATER
        )


@pytest.mark.django_db
def test_the_bank_records_an_interruption_on_the_page_of_the_file(cast):
    worked = Worked(cast).registered()
    client, page = freshly_signed_in(worked.bank.maker), reverse("pledges:file", args=[worked.file.pk])
    asked = {"kind": "LIM-04", "on": "2026-11-21", "told": "（2026）渝01民初1号"}
    assert client.post(reverse("pledges:interrupt", args=[worked.file.pk]), asked).status_code == 302
    shown = client.get(page).content.decode()
    assert "（2026）渝01民初1号" in shown
    assert "诉讼时效" in shown
    bad = client.post(
        reverse("pledges:interrupt", args=[worked.file.pk]), asked | {"told": "催收", "on": "2126-01-01"}
    )
    assert bad.status_code == 422
    assert "催收" in bad.content.decode(), "nothing typed is lost"
    seen = freshly_signed_in(worked.owner).get(page).content.decode()
    assert "记录时效中断" not in seen


def licensed(worked, to="prepay", **answers):
    asked = {
        "deal": "licence", "counterparty": "丙公司", "rights_concerned": [PATENT], "proceeds": 100_000_000,
        "proceeds_to": to, "escrowed_at": "公证处", "proceeds_by": "2026-12-31",
    } | answers  # fmt: skip
    return worked.both("transfer_or_license", REGISTERED + DAY, asked=asked)


@pytest.mark.django_db
def test_proceeds_are_awaited_at_the_loan_until_the_returns_bear_them_out(cast, monkeypatch):
    worked = Worked(cast).registered()
    licensed(worked)
    on = REGISTERED + 2 * DAY
    behind(monkeypatch, loan())
    assert alerts(worked, on, "PAT-A16") == [(dt.date(2026, 12, 31), None)]
    assert alerts(worked, dt.date(2026, 12, 5), "PAT-A16") == [(dt.date(2026, 12, 31), 30)]
    behind(monkeypatch, loan(falls=[(dt.date(2026, 12, 1), 100_000_000)]))
    assert alerts(worked, dt.date(2026, 12, 20), "PAT-A16") == []
    (seen,) = of_watch.security_of(
        worked.now, viewer=worked.bank.maker, on=LATER, known_on=LATER, calendar=calendar()
    ).proceeds
    assert (seen.confirmed, seen.seen_fen) == ("returns", 100_000_000)


@pytest.mark.django_db
def test_an_escrow_is_settled_by_working_its_alert_off(cast, monkeypatch):
    worked = Worked(cast).registered()
    licensed(worked, "escrow")
    behind(monkeypatch, loan())
    on = worked.today
    actions.look(by=worked.bank.maker, file_id=worked.file.pk, on=on)
    alert = worked.now.alerts.get(rule="PAT-A16")
    assert (alert.for_pledgee, alert.tells_of_loan) == (True, True)
    actions.clear(by=worked.bank.maker, alert_id=alert.pk, on=on, told="提存公证书 3 号", today=worked.today)
    assert alerts(worked, on, "PAT-A16") == []


@pytest.mark.django_db
@pytest.mark.parametrize("due", ["", "2026-11-20"])
def test_proceeds_need_a_day_by_which_they_come(cast, due):
    with pytest.raises(Refused, match="价款应到之日"):
        licensed(Worked(cast).registered(), proceeds_by=due)


@pytest.mark.django_db
def test_the_loans_page_tells_the_proceeds_and_what_of_them_is_seen(cast, monkeypatch):
    worked = Worked(cast)
    lent = lend(worked.bank.organisation, cast.enterprise_a.organisation, 500_000_000)
    worked.file = actions.open_file(
        by=worked.bank.maker, kind="patent", credit_code=cast.enterprise_a.organisation.credit_code,
        window=cast.ip_bureau.organisation, loan_no=lent.bank_loan_no, on=worked.file.opened_on,
    )  # fmt: skip
    worked.registered()
    licensed(worked)
    monkeypatch.setattr("finance.loans.related.today", lambda: worked.today)
    told = security_of_loan(lent, viewer=worked.bank.maker)
    assert told is not None
    notes = " ".join(note for row in told.rows for note in row.notes)
    assert "1,000,000.00" in notes
    assert "尚未见到账" in notes
