"""The pages of a claim's course: asked, answered, struck off, recognised in part, settled, clawed back, as people do it."""

from __future__ import annotations

import html

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kernel.money.fields import fen_of
from kernel.work.models import Approval
from riskpool.claims.models import Claim, DeficiencyAnswer, DeficiencyItem, Receivable
from tests.books import TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("riskpool.claims.views", "riskpool.claims.course_views", "kernel.pages"):
        monkeypatch.setattr(f"{place}.today", lambda: TODAY)


def at(name: str, claim: Claim, *more: int) -> str:
    return reverse(f"claims:{name}", args=[claim.pk, *more])


def text_of(response) -> str:
    return html.unescape(response.content.decode())


def test_a_claim_is_mended_by_pages_and_nothing_typed_is_lost(books, cast):
    claim = books.file(books.bad_loan(), 500_000_00)
    officer, bank = cast.signed_in(cast.district_bureau.officer), cast.signed_in(cast.bank_a.maker)
    typed = {"row0-what": "9月催收记录", "row0-why": "只有7、8月", "row1-what": "处置情况"}
    wrong = officer.post(at("notice", claim), typed)
    assert wrong.status_code == 422
    for told in ("第1项 依据条款", "第2项 原因", 'value="9月催收记录"', 'value="处置情况"'):
        assert told in text_of(wrong)
    more = text_of(officer.post(at("notice", claim), typed | {"more": "1"}))
    assert 'value="9月催收记录"' in more
    assert "第 5 项" in more
    officer.post(
        at("notice", claim),
        typed | {"row0-article": "第五条", "row1-why": "未说明", "row1-article": "第八条"},
    )
    first, second = DeficiencyItem.objects.order_by("place")

    answers = {
        f"item{first.pk}-kind": "paper",
        f"item{second.pk}-kind": "unable",
        f"item{second.pk}-text": "尚在评估",
    }
    wrong = bank.post(at("answer", claim), answers)
    assert wrong.status_code == 422
    assert "没有文件" in text_of(wrong)
    assert "尚在评估" in text_of(wrong)
    assert not DeficiencyAnswer.objects.exists()
    bank.post(
        at("answer", claim), answers | {f"item{first.pk}-file": SimpleUploadedFile("9月.pdf", b"%PDF-1.7 x")}
    )
    shown = text_of(officer.get(at("claim", claim)))
    for told in ("9月.pdf", "尚在评估", "银行补正", "尚未销项"):
        assert told in shown
    assert "<strong>提示</strong>" not in shown, "what is to be mended is no message of the frame"
    answer = DeficiencyAnswer.objects.get(kind="paper")
    assert officer.get(at("answer_paper", claim, answer.pk)).content == b"%PDF-1.7 x"
    assert officer.post(at("strike", claim), {"item": second.pk, "outcome": "waived"}).status_code == 422
    for item, note in ((first, ""), (second, "可后补")):
        officer.post(
            at("strike", claim), {"item": item.pk, "outcome": "waived" if note else "met", "note": note}
        )
    officer.post(at("accept", claim))
    assert Claim.objects.get().state == "accepted"


def test_a_part_is_recognised_looked_at_paid_and_settled_by_pages(books, cast):
    claim = books.file(books.bad_loan(), 500_000_00)
    officer, approver = (
        cast.signed_in(who) for who in (cast.district_bureau.officer, cast.district_bureau.approver)
    )
    typed = {"principal": "400000.00", "rest_later": "on"}
    assert "请写明核减的理由" in text_of(officer.post(at("recognise", claim), typed | {"do": "1"}))
    typed["reason_principal"] = "处置未完"
    looked = text_of(officer.post(at("recognise", claim), typed | {"look": "1"}))
    assert "320,000.00" in looked
    assert Claim.objects.get().state == "filed", "looking writes nothing"
    officer.post(at("recognise", claim), typed | {"do": "1"})
    officer.post(at("pay", claim))
    asked = Approval.objects.get(kind="claims.pay")
    assert "处置未完" in text_of(approver.get(reverse("approval", args=[asked.pk])))
    approver.post(reverse("approve", args=[asked.pk]))
    assert Claim.objects.get().state == "part_paid"

    looked = text_of(
        officer.post(at("settle", claim), {"stage": "final", "principal": "500000", "look": "1"})
    )
    assert "80,000.00" in looked
    officer.post(at("settle", claim), {"stage": "final", "principal": "500000", "ask": "1"})
    approver.post(reverse("approve", args=[Approval.objects.get(kind="claims.settle").pk]))
    claim.refresh_from_db()
    assert (claim.state, fen_of(claim.paid)) == ("paid", 400_000_00)
    shown = text_of(officer.get(at("claim", claim)))
    for told in ("1. 部分认定", "2. 最终认定", "320,000.00", "80,000.00"):
        assert told in shown


def test_a_claw_back_and_its_money_go_by_pages(books, cast):
    claim = books.accept(books.file(books.bad_loan(), 500_000_00))
    books.pay(claim)
    officer, approver = (
        cast.signed_in(who) for who in (cast.district_bureau.officer, cast.district_bureau.approver)
    )
    typed = {"amount": "400000.01", "reason": "资料不实", "article": "第九条"}
    assert "高于尚在银行的补偿款" in text_of(officer.post(at("clawback", claim), typed))
    officer.post(at("clawback", claim), typed | {"amount": "400000"})
    asked = Approval.objects.get(kind="claims.clawback")
    assert "160,000.00" in text_of(approver.get(reverse("approval", args=[asked.pk])))
    books.sign(asked)
    assert "资料不实" in text_of(cast.signed_in(cast.bank_a.maker).get(at("claim", claim)))
    sent = {"amount": "400000.01", "received_on": TODAY.isoformat(), "reference": "TH-1"}
    assert "高于未收" in text_of(officer.post(at("arrival", claim, 1), sent))
    officer.post(at("arrival", claim, 1), sent | {"amount": "400000"})
    asked = Approval.objects.get(kind="claims.arrival")
    assert "TH-1" in text_of(approver.get(reverse("approval", args=[asked.pk])))
    books.sign(asked)
    claim.refresh_from_db()
    assert fen_of(claim.repaid) == fen_of(claim.owed) == 400_000_00
    assert [fen_of(row.amount) for row in Receivable.objects.get().arrivals.all()] == [400_000_00]
