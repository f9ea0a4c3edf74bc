"""The guarantor of a loan is corrected after the claim was shared: who bore it then keeps it, and nothing moves silently."""

from __future__ import annotations

import pytest

from finance.loans.models import LoanTerms
from finance.parties.models import Organisation
from kernel.errors import Refused
from kernel.money.fields import fen_of
from kernel.work.approvals import withdraw
from riskpool.claims import actions, due, queries, verifying
from riskpool.claims.models import BorneShare, Claim, ReturnedShare
from riskpool.ledger import queries as ledger
from riskpool.ledger.models import LedgerAccount
from tests.books import TODAY, open_books
from tests.ground import laid

# 2:2:2:4 of each loss: bank 20 %, direct guarantor 40 %, and 20 % each of two public sources
SCHEME = "national-guarantee@2019"


@laid
def books(cast):
    books = open_books(
        cast, SCHEME,
        {
            "guarantor": {"guarantor": True}, "reguarantor": {"source": "city"},
            "national_fund": {"source": "district"},
        },
    )  # fmt: skip
    for code in ("city", "district"):
        books.pay_in(code, 4_000_000_00)
    return books


@pytest.fixture
def other(cast):
    return Organisation.objects.create(
        kind="guarantor", code="CQYZ-G2", name="重庆渝北融资担保有限公司", short_name="渝北担保",
        region=cast.guarantor.organisation.region,
    )  # fmt: skip


def correct(claim, guarantor):
    """The loan's terms as corrected: the same with another guarantor."""
    loan = claim.enrolment.loan
    terms = LoanTerms.objects.get(pk=loan.terms_id)
    terms.pk, terms._state.adding = None, True
    terms.seq, terms.guarantor, terms.digest = terms.seq + 1, guarantor, f"{terms.seq + 1:064d}"
    terms.save()
    loan.terms = terms
    loan.save(update_fields=["terms"])
    return Claim.objects.get(pk=claim.pk)


def burdens():
    return {
        row.code.rsplit("/", 2)[1] + "/" + row.code.rsplit("/", 1)[1]: abs(ledger.balance(row))
        for row in LedgerAccount.objects.filter(book="burden").exclude(code__endswith="/losses")
    }


def test_a_later_part_leaves_the_burden_with_the_guarantor_of_the_acceptance(books, cast, other):
    """First 100,000.00 of 500,000.00, then all: the first guarantor 40 %, 40,000.00 and then 200,000.00; the other nothing.

    The pool's sources pay 20 % each, 20,000.00 and then 100,000.00.
    """
    first = cast.guarantor.organisation
    enrolment = books.bad_loan(500_000_00, guarantor=first)
    claim = books.file(enrolment, 500_000_00)
    actions.accept(
        by=cast.district_bureau.officer, claim_id=claim.pk, on=TODAY, recognised={"principal": 100_000_00},
        reasons={"principal": "先认定部分"}, rest_later=True,
    )  # fmt: skip
    books.pay(Claim.objects.get(pk=claim.pk))
    assert burdens() == {
        f"bank/{books.agreement.bank.code}": 20_000_00, f"guarantor/{first.code}": 40_000_00,
        "reguarantor/city": 20_000_00, "national_fund/district": 20_000_00,
    }  # fmt: skip
    claim = correct(claim, other)
    (told,) = queries.guarantor_problems(claim)
    assert f"受理时为{first.short_name}，贷款现登记为{other.short_name}" in told.found
    assert "guarantor_moved" in [flag.code for flag in due.flags_of(claim)]
    books.settle(claim, "final", 500_000_00)
    assert burdens() == {
        f"bank/{books.agreement.bank.code}": 100_000_00, f"guarantor/{first.code}": 200_000_00,
        "reguarantor/city": 100_000_00, "national_fund/district": 100_000_00,
    }  # fmt: skip
    named = BorneShare.objects.filter(apportionment__claim=claim, party="guarantor")
    assert {share.organisation for share in named} == {first}
    assert verifying.faults() == []


def test_what_comes_back_goes_to_the_guarantor_who_bore_it(books, cast, other):
    """Of 100,000.00 that come back on a loss of 500,000.00 the guarantor who bore 40 % gets 40,000.00."""
    first = cast.guarantor.organisation
    claim = books.accept(books.file(books.bad_loan(500_000_00, guarantor=first), 500_000_00))
    books.pay(claim)
    claim = correct(claim, other)
    books.settle(claim, "repair", 400_000_00, reason="贷后检查缺失", article="合作协议第七条")
    books.recover(Claim.objects.get(pk=claim.pk), 100_000_00)
    given = {
        row.share.organisation_id: fen_of(row.amount)
        for row in ReturnedShare.objects.filter(share__party="guarantor").select_related("share")
    }
    assert given == {first.pk: 40_000_00}
    assert verifying.faults() == []


def test_before_the_first_payment_the_claim_is_taken_back_and_shared_with_the_right_guarantor(
    books, cast, other
):
    officer = cast.district_bureau.officer
    claim = books.accept(
        books.file(books.bad_loan(500_000_00, guarantor=cast.guarantor.organisation), 500_000_00)
    )
    asked = actions.propose_payment(by=officer, claim_id=claim.pk, on=TODAY)
    claim = correct(claim, other)
    with pytest.raises(Refused, match="请退回重审后重新受理"):
        books.sign(asked)
    withdraw(by=officer, approval_id=asked.pk)
    with pytest.raises(Refused, match="请退回重审后重新受理"):
        actions.propose_payment(by=officer, claim_id=claim.pk, on=TODAY)
    books.take_back(claim, reason="担保机构登记有误")
    again = books.accept(Claim.objects.get(pk=claim.pk))
    (share,) = again.acceptance.shares.filter(party="guarantor")
    assert share.organisation == other
    books.pay(again)
    seen = queries.claims(viewer=cast.guarantor.member)
    assert not seen.exists(), "who bears nothing of it any more does not see it"
    assert verifying.faults() == []
