"""Inbox and approvals in the browser: the count is the list, money asks for the password, nobody decides his own."""

from __future__ import annotations

import datetime as dt
import io
import time
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from finance.parties.actions import propose_payee_account
from finance.parties.queries import payee_in_force
from kernel.days import today
from kernel.work import approvals
from portal.approval_kinds import KINDS
from portal.doors import DECIDERS
from riskpool.claims.actions import propose_payment
from riskpool.pools import actions as pools
from tests.books import TODAY, Books
from tests.cast import PASSWORD, Cast, freshly_signed_in
from tests.ground import laid
from tests.walls.objects_of_the_bank import checked_filing
from tests.walls.objects_of_the_pool import BAD, funded

PAYEE = {"holder": "甲银行", "bank_name": "甲银行营业部", "number": "50010312345678"}


def test_every_kind_of_command_has_its_page_and_its_deciders() -> None:
    of_the_house = {kind for kind in approvals._executors if not kind.startswith("test.")}
    assert of_the_house - set(KINDS) == set(), "describe the kind in portal/approval_kinds.py"
    assert all(kind.deciders <= DECIDERS for kind in KINDS.values())
    assert KINDS["claims.pay"].password_again


@pytest.fixture
def _on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is that of the day on which the books of the tests stand."""
    for place in ("portal.turns", "portal.views"):
        monkeypatch.setattr(f"{place}.today", lambda: TODAY)


def busy_house(cast: Cast) -> Books:
    """Something for nearly every seat: filings, claims in each state, loans that may be claimed, a gap, approvals."""
    books = funded(cast)
    claim = books.accept(books.file(books.bad_loan(BAD), BAD))
    propose_payment(by=cast.district_bureau.officer, claim_id=claim.pk, on=TODAY)
    books.accept(books.file(books.bad_loan(BAD), BAD))
    books.file(books.bad_loan(BAD), BAD)
    books.bad_loan(BAD)  # overdue since July: may be claimed
    books.enrol(books.lend(BAD))  # its October return is missing
    checked_filing(cast)
    propose_payee_account(by=cast.bank_b.maker, **PAYEE)
    source = books.source("city")
    pools.state_balance(
        by=cast.district_bureau.officer,
        source=source,
        day=TODAY,
        fen=3_999_999_00,
        reference="对账单",
        on=TODAY,
    )
    return books


@laid
def busy(cast: Cast) -> Books:
    return busy_house(cast)


@pytest.mark.long
@pytest.mark.usefixtures("_on_the_day", "busy")
def test_the_number_in_the_menu_and_on_the_home_page_is_the_list_for_every_seat(cast: Cast) -> None:
    told = {}
    for place, member in cast.everybody.items():
        client = freshly_signed_in(member)
        inbox, home = client.get(reverse("inbox")), client.get(reverse("home"))
        listed = [row.turn.what for row in inbox.context["waiting"]]
        for page in (inbox, home):
            (entry,) = [entry for entry in page.context["menu"] if entry["url"] == "/inbox/"]
            assert entry["count"] == len(listed) == len(page.context["waiting"]), place
        assert (f">{len(listed)}<" in client.get(reverse("inbox_count")).content.decode()) == bool(listed), (
            place
        )
        shown = inbox.content.decode()
        assert shown.count("<tr") - shown.count("<thead><tr") == len(listed) + len(inbox.context["asked"]), (
            place
        )
        assert (f"{len(listed)} 件等您处理" in home.content.decode()) == bool(listed), place
        told[place] = sorted(listed)
    assert {place: what for place, what in told.items() if what} == {
        "bank_a.maker": ["可以申请补偿", "报送2026年10月月报", "提交报送文件"],
        "bank_b.checker": ["复核：收款账户变更"],
        "district_bureau.officer": ["审核补偿申请", "提请支付补偿款", "查明对账单差额"],
        "district_bureau.approver": ["复核：补偿款支付"],
    }
    assert set(told) == set(cast.everybody)


@pytest.mark.usefixtures("_on_the_day", "busy")
def test_each_entry_says_what_since_when_and_by_when_and_leads_to_a_page_that_opens(cast: Cast) -> None:
    for member in cast.everybody.values():
        client = freshly_signed_in(member)
        for row in client.get(reverse("inbox")).context["waiting"]:
            assert row.turn.what
            assert row.turn.subject
            assert row.turn.since <= max(TODAY, today())  # an approval was asked for on the real day
            assert client.get(row.turn.url).status_code == 200, row.turn.url


@pytest.mark.usefixtures("_on_the_day")
def test_a_deadline_counts_working_days_and_the_late_come_first(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim of 20 November has 20 working days (cq-yuzhong-ip@2026): 18 December; the return of October was due on 6
    November, ten working days before 20 November."""
    call_command("load_calendars", stdout=io.StringIO())
    books = funded(cast)
    claim = books.file(books.bad_loan(BAD), BAD)
    books.enrol(books.lend(BAD))

    def rows(member: Any) -> list[Any]:
        return list(freshly_signed_in(member).get(reverse("inbox")).context["waiting"])

    (decide,) = rows(cast.district_bureau.officer)
    assert (decide.turn.due, decide.left, decide.late, decide.provisional) == (
        *(dt.date(2026, 12, 18), 20, False),
        False,
    )
    (report,) = rows(cast.bank_a.maker)
    assert (report.turn.due, report.left, report.late_by) == (dt.date(2026, 11, 6), -10, 10)
    monkeypatch.setattr("portal.turns.today", lambda: dt.date(2026, 12, 21))
    (decide,) = rows(cast.district_bureau.officer)
    assert (decide.late, decide.late_by) == (True, 1)
    books.accept(claim)
    (pay,) = rows(cast.district_bureau.officer)
    # ten working days for paying, from 20 November: 4 December, eleven working days before 21 December
    assert (pay.turn.what, pay.turn.due, pay.left) == ("提请支付补偿款", dt.date(2026, 12, 4), -11)
    shown = freshly_signed_in(cast.bank_a.maker).get(reverse("inbox")).content.decode()
    assert "超期" in shown


def test_no_page_but_home_and_inbox_waits_for_what_every_room_has_to_tell(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The menu's number comes after the page, from an address of its own."""
    propose_payee_account(by=cast.bank_a.maker, **PAYEE)
    client = freshly_signed_in(cast.bank_a.checker)
    waiting = len(client.get(reverse("inbox")).context["waiting"])
    assert waiting > 0
    assert client.get(reverse("inbox_count")).content.decode().count(f">{waiting}</span>") == 1

    def asked(**_: Any) -> list[Any]:
        raise AssertionError("a page asked every room")

    monkeypatch.setattr("portal.turns.waiting_for", asked)
    page = client.get(reverse("loans:list")).content.decode()
    assert f'hx-get="{reverse("inbox_count")}"' in page


def test_a_payee_is_changed_by_two_persons_in_the_browser(cast: Cast) -> None:
    sent = freshly_signed_in(cast.bank_a.maker).post(reverse("payee_account"), PAYEE)
    checker = freshly_signed_in(cast.bank_a.checker)
    assert "拟变更为" in checker.get(sent["Location"]).content.decode()
    checker.post(sent["Location"] + "approve/")
    assert payee_in_force(cast.bank_a.organisation).number == PAYEE["number"]
    again = checker.post(sent["Location"] + "approve/")
    assert again.status_code == 422
    assert "已执行" in again.content.decode()


def test_the_maker_finds_no_button_and_no_door_to_decide(cast: Cast) -> None:
    asked = propose_payee_account(by=cast.bank_a.maker, **PAYEE)
    maker = freshly_signed_in(cast.bank_a.maker)
    page = maker.get(reverse("approval", args=[asked.pk])).content.decode()
    assert reverse("approve", args=[asked.pk]) not in page
    assert reverse("withdraw", args=[asked.pk]) in page
    assert maker.post(reverse("approve", args=[asked.pk])).status_code == 404


def test_money_asks_for_the_password_again_and_then_for_the_decision(cast: Cast) -> None:
    """Reauthentication older than five minutes does not pay (ASVS 7.5.3); giving it leads back, and only then it pays."""
    asked = propose_payee_account(by=cast.bank_a.maker, **PAYEE)
    page, approve = reverse("approval", args=[asked.pk]), reverse("approve", args=[asked.pk])
    client = freshly_signed_in(cast.bank_a.checker)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time() - 301, "reauthenticated": True}
    ]
    session.save()
    sent = client.post(approve)
    assert sent["Location"].startswith("/account/reauthenticate/?next=%2Fapprovals%2F")
    assert payee_in_force(cast.bank_a.organisation) is None
    back = client.post(sent["Location"], {"password": PASSWORD})
    assert back["Location"] == page
    assert payee_in_force(cast.bank_a.organisation) is None, "the password alone decides nothing"
    assert client.post(approve)["Location"] == page
    assert payee_in_force(cast.bank_a.organisation) is not None


def test_a_reason_is_needed_to_send_it_back_and_the_maker_reads_it(cast: Cast) -> None:
    asked = propose_payee_account(by=cast.bank_a.maker, **PAYEE)
    checker, decline = freshly_signed_in(cast.bank_a.checker), reverse("decline", args=[asked.pk])
    assert checker.post(decline, {"reason": ""}).status_code == 422
    checker.post(decline, {"reason": "户名与营业执照不符"})
    page = freshly_signed_in(cast.bank_a.maker).get(reverse("approval", args=[asked.pk])).content.decode()
    assert "户名与营业执照不符" in page


def test_what_one_asked_one_may_take_back(cast: Cast) -> None:
    asked = propose_payee_account(by=cast.bank_a.maker, **PAYEE)
    freshly_signed_in(cast.bank_a.maker).post(reverse("withdraw", args=[asked.pk]))
    asked.refresh_from_db()
    assert asked.state == "withdrawn"


@pytest.mark.parametrize("number", ["123", "<script>alert(1)</script>", "１２３４５６７８９０"])
def test_a_wrong_account_number_is_told_and_nothing_is_asked(cast: Cast, number: str) -> None:
    answer = freshly_signed_in(cast.bank_a.maker).post(reverse("payee_account"), {**PAYEE, "number": number})
    assert answer.status_code == 422
    assert "不是 8 至 40 位数字" in answer.content.decode()
    assert "<script>alert" not in answer.content.decode()
