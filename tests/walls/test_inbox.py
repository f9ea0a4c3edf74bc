"""Inbox and approvals in the browser: the count is the list, money asks for the password, nobody decides his own."""

from __future__ import annotations

import time

import pytest
from django.urls import reverse

from finance.parties.actions import propose_payee_account
from finance.parties.queries import payee_in_force
from kernel.work import approvals
from portal.approval_kinds import KINDS
from portal.doors import DECIDERS
from riskpool.claims.actions import propose_payment
from tests.books import TODAY
from tests.cast import PASSWORD, Cast, freshly_signed_in
from tests.walls.objects_of_the_pool import BAD, funded

PAYEE = {"holder": "甲银行", "bank_name": "甲银行营业部", "number": "50010312345678"}


def test_every_kind_of_command_has_its_page_and_its_deciders() -> None:
    of_the_house = {kind for kind in approvals._executors if not kind.startswith("test.")}
    assert of_the_house - set(KINDS) == set(), "describe the kind in portal/approval_kinds.py"
    assert all(kind.deciders <= DECIDERS for kind in KINDS.values())
    assert KINDS["claims.pay"].password_again


def test_the_number_in_the_menu_is_the_list_for_every_member_of_the_cast(cast: Cast) -> None:
    books = funded(cast)
    claim = books.accept(books.file(books.bad_loan(BAD), BAD))

    propose_payment(by=cast.district_bureau.officer, claim_id=claim.pk, on=TODAY)
    propose_payee_account(by=cast.bank_b.maker, **PAYEE)
    counted = {}
    for place, member in cast.everybody.items():
        page = freshly_signed_in(member).get(reverse("inbox"))
        (entry,) = [entry for entry in page.context["menu"] if entry["url"] == "/inbox/"]
        assert entry["count"] == len(page.context["waiting"]), place
        counted[place] = entry["count"], len(page.context["asked"])
    busy = {place: counts for place, counts in counted.items() if counts != (0, 0)}
    assert busy == {
        "bank_b.maker": (0, 1),
        "bank_b.checker": (1, 0),
        "district_bureau.officer": (0, 1),
        "district_bureau.approver": (1, 0),
    }


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
