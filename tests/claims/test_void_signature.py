"""A countersignature is void once what was asked has changed, and the history keeps both askings (wound 17, LITE)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from finance.parties.actions import propose_payee_account
from kernel.acts.models import Act
from kernel.errors import Refused
from kernel.work.approvals import approve, decline
from kernel.work.models import Approval
from riskpool.claims import actions as claims
from riskpool.claims.models import Payment
from tests.books import TODAY, Books


def another_payee(cast: Any) -> None:
    asked = propose_payee_account(
        by=cast.bank_a.maker, holder="甲银行", bank_name="甲银行分行", number="6222000099998888"
    )
    approve(by=cast.bank_a.checker, approval_id=asked.pk)


def test_a_signature_under_what_has_changed_is_void_and_both_askings_stay_in_the_history(
    books: Books, cast: Any
) -> None:
    bureau = cast.district_bureau
    claim = books.accept(books.file(books.bad_loan(), 500_000_00))
    first = claims.propose_payment(by=bureau.officer, claim_id=claim.pk, on=TODAY)
    another_payee(cast)
    with pytest.raises(Refused):
        approve(by=bureau.approver, approval_id=first.pk)
    assert not Payment.objects.exists()
    first.refresh_from_db()
    assert (first.state, first.checker) == (Approval.State.ASKED, None), (
        "the void signature left no trace of consent"
    )

    decline(by=bureau.approver, approval_id=first.pk, reason="收款账户已变更，请重新提请")
    second = claims.propose_payment(by=bureau.officer, claim_id=claim.pk, on=TODAY)
    settlement = approve(by=bureau.approver, approval_id=second.pk)
    assert settlement.payment.payee.number == "6222000099998888"
    history = Approval.objects.filter(kind="claims.pay", subject_id=str(claim.pk)).order_by("made_at")
    assert [(asked.pk, asked.state) for asked in history] == [(first.pk, "declined"), (second.pk, "executed")]
    assert history[0].command["payee"] != history[1].command["payee"]
    told = Act.objects.filter(verb__in=["approval.ask", "approval.decline", "approval.approve"])
    of_them = told.filter(subject_id__in=[str(first.pk), str(second.pk)]).order_by("pk")
    assert [act.verb for act in of_them] == [
        "approval.ask",
        "approval.decline",
        "approval.ask",
        "approval.approve",
    ]


def test_the_void_asking_can_neither_be_edited_into_the_new_one_nor_taken_out_of_the_history(
    books: Books, cast: Any
) -> None:
    claim = books.accept(books.file(books.bad_loan(), 500_000_00))
    asked = claims.propose_payment(by=cast.district_bureau.officer, claim_id=claim.pk, on=TODAY)
    decline(by=cast.district_bureau.approver, approval_id=asked.pk, reason="再核")
    for statement in (
        "UPDATE work_approval SET command = command || '{\"amount_fen\": 1}' WHERE id = %s",
        "UPDATE work_approval SET state = 'executed' WHERE id = %s",
        "DELETE FROM work_approval WHERE id = %s",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [asked.pk])
