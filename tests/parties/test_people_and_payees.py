"""Organisations, people with roles, and the account one is paid on."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction

from finance.parties.actions import (
    end_membership,
    enrol_person,
    found_organisation,
    propose_payee_account,
    record_fact,
)
from finance.parties.models import EnterpriseFact, Membership, PayeeAccount
from finance.parties.queries import fact_of, members, memberships_of, organisation_by_code, payee_in_force
from kernel.acts.queries import acts_of
from kernel.errors import Refused
from kernel.work.approvals import approve, decline
from tests.cast import PASSWORD, Cast

ACCOUNT = {"holder": "重庆渝中甲银行股份有限公司", "bank_name": "甲银行营业部", "number": "50010312345678"}


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [problem.code for problem in refusal.value.problems]


def test_the_cast_has_every_seat_of_the_house(cast: Cast) -> None:
    assert {member.seat for member in cast.everybody.values()} == {
        *(
            "bank.maker",
            "bank.checker",
            "guarantor.officer",
            "finance_bureau.officer",
            "finance_bureau.approver",
        ),
        *(
            "fund_manager.officer",
            "fund_manager.approver",
            "enterprise.owner",
            "ip_bureau.clerk",
            "auditor.auditor",
        ),
    }
    assert not memberships_of(cast.stranger)


def test_a_code_is_given_once_and_all_faults_come_together(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        found_organisation(kind="cinema", code="CQYZ-A", name=" ", credit_code="123", region="渝中")
    assert [problem.where for problem in refusal.value.problems] == [
        "机构类别", "机构名称", "统一社会信用代码", "行政区划代码", "机构代码",
    ]  # fmt: skip


def test_a_credit_code_is_kept_plain_however_it_was_typed_and_a_wrong_one_gets_its_sentence(
    cast: Cast,
) -> None:
    stated = {"kind": "enterprise", "code": "QY-9", "name": "甲茶厂"}
    with pytest.raises(Refused, match=r"含有代码里不会出现的字符：Z.*末位按国家标准应为 3"):
        found_organisation(**stated, credit_code="91350100M000100Y4Z")
    made = found_organisation(**stated, credit_code=" ９１３５0100m000100y43\u3000")
    assert made.credit_code == "91350100M000100Y43"


def test_a_role_must_be_one_of_the_kind_of_house(cast: Cast) -> None:
    with pytest.raises(Refused, match="银行的岗位为：maker、checker"):
        enrol_person(
            organisation=cast.bank_a.organisation, role="approver", name="甲", username="x", password=PASSWORD
        )


def test_a_weak_password_is_refused_with_what_is_wanted(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        enrol_person(
            organisation=cast.bank_a.organisation, role="maker", name="甲", username="x", password="12345"
        )
    assert codes(refusal) == ["weak_password"]


def test_a_log_in_is_not_taken_over_by_another_person(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        enrol_person(organisation=cast.bank_b.organisation, role="maker", name="另一人", username="a-maker")
    assert codes(refusal) == ["username_used"]
    person = cast.bank_a.maker.account.person
    second = enrol_person(
        organisation=cast.bank_b.organisation, role="maker", name="", username="a-maker", person=person
    )
    assert list(memberships_of(second.account)) == [cast.bank_a.maker, second]


def test_a_role_ends_once_and_is_gone_from_the_living(cast: Cast) -> None:
    end_membership(membership=cast.bank_a.checker)
    assert list(members(viewer=cast.bank_a.maker)) == [cast.bank_a.maker]
    assert not memberships_of(cast.bank_a.checker.account)
    with pytest.raises(Refused, match="已终止"):
        end_membership(membership=cast.bank_a.checker)


def test_a_bank_is_found_by_its_code_and_an_enterprise_is_no_bank(cast: Cast) -> None:
    assert organisation_by_code("CQYZ-A", "bank") == cast.bank_a.organisation
    with pytest.raises(Refused, match="没有 E-A。现有：CQYZ-A、CQYZ-B"):
        organisation_by_code("E-A", "bank")


def test_two_persons_change_the_account_that_is_paid(cast: Cast) -> None:
    asked = propose_payee_account(by=cast.bank_a.maker, **ACCOUNT)
    assert payee_in_force(cast.bank_a.organisation) is None
    approve(by=cast.bank_a.checker, approval_id=asked.pk)
    payee = payee_in_force(cast.bank_a.organisation)
    assert payee is not None
    assert payee.number == "50010312345678"
    assert payee.masked == "尾号5678"


def test_nobody_confirms_his_own_change_of_payee_nor_somebody_elses_bank(cast: Cast) -> None:
    asked = propose_payee_account(by=cast.bank_a.maker, **ACCOUNT)
    with pytest.raises(Refused, match="同一人"):
        approve(by=cast.bank_a.maker, approval_id=asked.pk)
    with pytest.raises(type(asked).DoesNotExist):
        approve(by=cast.bank_b.checker, approval_id=asked.pk)
    assert not PayeeAccount.objects.exists()


def test_another_maker_is_not_a_checker(cast: Cast) -> None:
    second = enrol_person(
        organisation=cast.bank_a.organisation,
        role="maker",
        name="二经办",
        username="a-maker-2",
        password=PASSWORD,
    )
    asked = propose_payee_account(by=cast.bank_a.maker, **ACCOUNT)
    with pytest.raises(Refused) as refusal:
        approve(by=second, approval_id=asked.pk)
    assert codes(refusal) == ["not_permitted"]


def test_two_accounts_of_one_person_are_not_two_persons(cast: Cast) -> None:
    same_person = enrol_person(
        organisation=cast.bank_a.organisation,
        role="checker",
        name="",
        username="a-maker-as-checker",
        password=PASSWORD,
        person=cast.bank_a.maker.account.person,
    )
    asked = propose_payee_account(by=cast.bank_a.maker, **ACCOUNT)
    with pytest.raises(Refused) as refusal:
        approve(by=same_person, approval_id=asked.pk)
    assert codes(refusal) == ["maker_is_checker"]


def test_a_second_proposal_waits_for_the_first_to_be_decided(cast: Cast) -> None:
    first = propose_payee_account(by=cast.bank_a.maker, **ACCOUNT)
    with pytest.raises(Refused) as refusal:
        propose_payee_account(by=cast.bank_a.maker, **ACCOUNT)
    assert codes(refusal) == ["already_asked"]
    decline(by=cast.bank_a.checker, approval_id=first.pk, reason="户名有误")
    propose_payee_account(by=cast.bank_a.maker, **ACCOUNT)


def test_a_payee_account_is_never_edited(cast: Cast) -> None:
    approve(by=cast.bank_a.checker, approval_id=propose_payee_account(by=cast.bank_a.maker, **ACCOUNT).pk)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        PayeeAccount.objects.update(number="999999999")


def test_a_fact_has_its_day_and_a_correction_is_a_new_fact(cast: Cast) -> None:
    firm = cast.enterprise_a.organisation
    record_fact(
        by=None, enterprise=firm, name="从业人数", value="80", about=dt.date(2025, 12, 31), source="年报"
    )
    record_fact(
        by=None, enterprise=firm, name="从业人数", value="95", about=dt.date(2026, 6, 30), source="半年报"
    )
    record_fact(
        by=None, enterprise=firm, name="从业人数", value="96", about=dt.date(2026, 6, 30), source="更正"
    )
    assert fact_of(firm, "从业人数", dt.date(2026, 5, 1)) == "80"
    assert fact_of(firm, "从业人数", dt.date(2026, 7, 1)) == "96"
    assert fact_of(firm, "从业人数", dt.date(2024, 1, 1)) is None
    assert EnterpriseFact.objects.count() == 3


def test_an_enterprise_states_only_its_own_facts(cast: Cast) -> None:
    with pytest.raises(Refused, match="不是本企业"):
        record_fact(
            by=cast.enterprise_b.owner,
            enterprise=cast.enterprise_a.organisation,
            name="从业人数",
            value="1",
            about=dt.date(2026, 1, 1),
            source="自报",
        )


def test_what_was_done_has_an_act_with_who_and_for_whom(cast: Cast) -> None:
    asked = propose_payee_account(by=cast.bank_a.maker, **ACCOUNT)
    approve(by=cast.bank_a.checker, approval_id=asked.pk)
    assert [(act.verb, act.account_id, act.wall) for act in acts_of(asked)] == [
        ("approval.ask", cast.bank_a.maker.account_id, cast.bank_a.organisation.pk),
        ("approval.approve", cast.bank_a.checker.account_id, cast.bank_a.organisation.pk),
    ]
    assert Membership.objects.count() == len(cast.everybody)
