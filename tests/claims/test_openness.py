"""What a bank may read of a decision that rests on figures of the whole pool: its own affair, and 略 for the rest."""

from __future__ import annotations

import datetime as dt
import io
import json
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from finance.parties.actions import propose_payee_account
from kernel.work import outbox
from kernel.work.approvals import approve
from riskpool.claims import actions as claims
from riskpool.pools import actions as pools
from riskpool.pools.models import Enrolment
from riskpool.schemes import engine
from tests.books import PAPERS, TODAY, go_bad, lend, open_books, scheme_version
from tests.ground import laid

pytestmark = pytest.mark.django_db

BEARERS = {"city": {"pool": True}}  # the city pays half, at most 50,000,000 a year over all banks
PAID_TO_A = "3456000"


@laid
def claim_of_b(cast):
    """Bank A was paid half of 6,912,000.00; then bank B claims on a loan to the same borrower, and is paid."""
    scheme = "guangzhou-ip@2023"
    books = open_books(cast, scheme, BEARERS)
    books.pay_in("city", 40_000_000_00)
    books.pay_in("district", 60_000_000_00)
    books.pay(books.accept(books.file(books.bad_loan(6_912_000_00), 6_912_000_00)))
    bureau, bank = cast.district_bureau, cast.bank_b
    terms = pools.AgreementTerms(
        number="乙方合作协议", bank=bank.organisation, signed_on=dt.date(2025, 1, 1),
        valid_from=dt.date(2025, 1, 1), valid_to=None, scheme=scheme_version(scheme), bearers=BEARERS,
        exposure_limit_fen=10**11, basis="合作协议第三条",
    )  # fmt: skip
    asked = pools.propose_agreement(by=bureau.officer, pool=books.pool, terms=terms)
    approve(by=bureau.approver, approval_id=asked.pk)
    loan = lend(bank.organisation, cast.enterprise_a.organisation, 300_000_00)
    books.enrol(loan)
    go_bad(loan, 300_000_00)
    claim = claims.file_claim(
        by=bank.maker, enrolment_id=Enrolment.objects.get(loan=loan).pk, loss={"principal": 300_000_00},
        evidence=PAPERS, on=TODAY, at=timezone.now(),
    )  # fmt: skip
    payee = propose_payee_account(
        by=bank.maker, holder=bank.organisation.name, bank_name="乙银行营业部", number="6222000033334444"
    )
    approve(by=bank.checker, approval_id=payee.pk)
    return books.accept(claim)


def text_of(answer) -> str:
    return unescape(answer.content.decode())


def test_page_and_working_tell_a_bank_nothing_of_another_banks_claims(claim_of_b, cast):
    bank = cast.signed_in(cast.bank_b.maker)
    page = text_of(bank.get(reverse("claims:claim", args=[claim_of_b.pk])))
    working = text_of(bank.get(reverse("claims:working", args=[claim_of_b.pk])))
    for told in (page, working):
        assert "150000.00" in told.replace(",", ""), "its own part is told: half of 300,000.00"
        assert "略" in told
        for secret in (PAID_TO_A, "6912000", "96544000", "46544000", cast.bank_a.organisation.name):
            assert secret not in told.replace(",", "")
    said = json.loads(working)
    assert said["stored"] is None
    assert said["proof"]["metrics"]["scheme.paid_this_year"] == "略"
    assert "pool.balance" not in said["proof"]["metrics"], "the scheme does not ask for it"


def test_those_with_a_seat_read_every_figure(claim_of_b, cast):
    officer = cast.signed_in(cast.district_bureau.officer)
    said = json.loads(text_of(officer.get(reverse("claims:working", args=[claim_of_b.pk]))))
    assert said["proof"]["metrics"]["scheme.paid_this_year"] == "3456000.00"
    assert engine.replay(said["stored"]).borne["city"] == 150_000_00
    assert "3456000.00" in text_of(officer.get(reverse("claims:claim", args=[claim_of_b.pk])))


def test_the_proof_sheet_that_a_bank_takes_holds_no_others_figures_and_no_names(claim_of_b, cast):
    bureau = cast.district_bureau
    asked = claims.propose_payment(by=bureau.officer, claim_id=claim_of_b.pk, on=TODAY)
    approve(by=bureau.approver, approval_id=asked.pk)
    outbox.drain()
    sheet = cast.signed_in(cast.bank_b.maker).get(reverse("claims:proof", args=[claim_of_b.pk]))
    pdf = PdfReader(io.BytesIO(sheet.content))
    ((attached,),) = pdf.attachments.values()
    words = "".join(page.extract_text() for page in pdf.pages).replace("\n", "")
    names = [who.account.person.name for who in (bureau.officer, bureau.approver)]
    for told in (words, attached.decode()):
        assert "150000.00" in told.replace(",", "")
        for secret in (PAID_TO_A, "6912000", "96544000", "46544000", cast.bank_a.organisation.name, *names):
            assert secret not in told.replace(",", "")
