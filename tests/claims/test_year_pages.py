"""The pages of a bank's year, as the bureau, its second person and the bank walk them."""

from __future__ import annotations

import datetime as dt
import html

import pytest
from django.urls import reverse

from kernel.money.fields import fen_of
from kernel.work.models import Approval
from riskpool.claims.models import Claim
from tests.books import TODAY
from tests.claims.test_bank_year import (
    AFTER,
    BALANCE,
    LATER,
    QINGDAO,
    into_year,
    open_books,
    settled,
    year_of,
)
from tests.ground import laid

pytestmark = pytest.mark.django_db


@laid
def books(cast):
    books = open_books(cast, *QINGDAO)
    books.pay_in("city", 4_000_000_00)
    return books


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch):
    def set_day(day: dt.date) -> None:
        for place in (
            *("riskpool.claims.views", "riskpool.claims.course_views", "riskpool.claims.year_views"),
            "kernel.pages",
        ):
            monkeypatch.setattr(f"{place}.today", lambda: day)

    set_day(TODAY)
    return set_day


def text_of(response) -> str:
    return html.unescape(response.content.decode())


def test_a_claim_is_taken_into_the_year_by_the_page_and_leads_to_it(books, cast, on):
    claim = books.file(books.bad_loan(8_000_000_00), 8_000_000_00)
    officer = cast.signed_in(cast.district_bureau.officer)
    page = text_of(officer.get(reverse("claims:claim", args=[claim.pk])))
    assert "受理并计入年度" in page
    assert "受理并预留资金" not in page
    answer = officer.post(reverse("claims:accept", args=[claim.pk]), follow=True)
    assert "已受理，计入本年度，待年度结算。" in text_of(answer)
    claim = Claim.objects.get(pk=claim.pk)
    assert reverse("claims:year", args=[claim.bank_year_id]) in text_of(answer)
    assert reverse("claims:years") in text_of(officer.get(reverse("claims:list")))
    assert str(claim.bank_year.year) in text_of(officer.get(reverse("claims:years")))


def test_before_the_year_is_over_the_page_tries_and_says_what_is_wanting(books, cast, on):
    into_year(books, 8_000_000_00, 4_000_000_00)
    officer = cast.signed_in(cast.district_bureau.officer)
    address = reverse("claims:year", args=[year_of(books).pk])
    page = text_of(officer.get(address))
    assert "银行本年末在池贷款余额" in page
    books.state("bank.year_end_balance", BALANCE, agreement=books.agreement)
    page = text_of(officer.get(address))
    for told in ("2,100,000.00", "1,400,000.00", "700,000.00", "1,900,000.00", "尚未终了", "已陈述"):
        assert told in page, told
    assert "提请另一人签批" not in page
    assert "按存档的中文原文显示" not in page, "a remark for those who read the page in English"
    refused = officer.post(reverse("claims:settle_year", args=[year_of(books).pk]))
    assert refused.status_code == 422
    assert "现在只能试算" in text_of(refused)
    assert not Approval.objects.filter(kind="claims.settle_year").exists()


def test_the_year_is_asked_for_shown_to_the_second_person_and_paid(books, cast, on):
    first, second = into_year(books, 8_000_000_00, 4_000_000_00)
    books.state("bank.year_end_balance", BALANCE, agreement=books.agreement)
    on(AFTER)
    officer = cast.signed_in(cast.district_bureau.officer)
    asked = officer.post(reverse("claims:settle_year", args=[year_of(books).pk]), follow=True)
    assert asked.status_code == 200
    approval = Approval.objects.get(kind="claims.settle_year")
    page = text_of(cast.signed_in(cast.district_bureau.approver).get(reverse("approval", args=[approval.pk])))
    for told in (
        first.number,
        second.number,
        "1,400,000.00",
        "700,000.00",
        "2,100,000.00",
        "12,000,000.00",
        "500,000,000.00 元",
    ):
        assert told in page, told
    assert approval.summary in text_of(officer.get(reverse("claims:year", args=[year_of(books).pk])))
    books.sign(approval, AFTER)
    page = text_of(officer.get(reverse("claims:claim", args=[first.pk])))
    for told in ("1,400,000.00", "追回补偿款", "尚未归属 8,000,000.00 元，分得 1,400,000.00 元"):
        assert told in page, told


def test_a_recovery_is_shown_to_lower_the_loss_and_the_year_asks_why_money_is_owed(books, cast, on):
    first, _ = settled(books, 8_000_000_00, 4_000_000_00)
    on(LATER)
    officer = cast.signed_in(cast.district_bureau.officer)
    typed = {"gross": "6000000.00", "costs": "", "received_on": "2027-03-01", "note": "处置质物"}
    page = text_of(officer.post(reverse("claims:recover", args=[first.pk]), typed | {"look": "1"}))
    for told in ("降低本申请的损失", "8,000,000.00", "2,000,000.00"):
        assert told in page, told
    officer.post(reverse("claims:recover", args=[first.pk]), typed | {"ask": "1"})
    approval = Approval.objects.get(kind="claims.recover")
    approver = cast.signed_in(cast.district_bureau.approver)
    assert "登记本身不收付资金" in text_of(approver.get(reverse("approval", args=[approval.pk])))
    books.sign(approval, LATER)
    settle = reverse("claims:settle_year", args=[year_of(books).pk])
    wrong = officer.post(settle, {"reason": "追偿 <后>"})
    assert wrong.status_code == 422
    assert "依据条款" in text_of(wrong)
    assert 'value="追偿 <后>"' in text_of(wrong), "nothing typed is lost"
    officer.post(settle, {"reason": "追偿后", "article": "第七条"})
    books.sign(Approval.objects.get(kind="claims.settle_year", state="asked"), LATER)
    assert fen_of(Claim.objects.get(pk=first.pk).owed) == 1_300_000_00


def test_the_bank_reads_its_claims_and_runs_but_not_the_pools_money(books, cast, on):
    settled(books, 8_000_000_00, 4_000_000_00)
    books.pay_in("city", 1_234_567_89)
    on(LATER)
    address = reverse("claims:year", args=[year_of(books).pk])
    bank = text_of(cast.signed_in(cast.bank_a.maker).get(address))
    assert "1,400,000.00" in bank
    assert "对资金和限额的影响" not in bank
    assert "3,134,567.89" not in bank
    assert "3,134,567.89" in text_of(cast.signed_in(cast.city_bureau.officer).get(address))
    assert cast.signed_in(cast.bank_b.maker).get(address).status_code == 404
