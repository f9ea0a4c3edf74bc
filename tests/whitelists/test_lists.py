"""A list's course: made from what is known, changed by hand, approved by two, pushed to banks, answered, left."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from kernel.errors import Refused
from kernel.work.approvals import approve, decline
from tests.books import lend, noon
from tests.whitelists.filters import NAME
from tests.whitelists.lists import ON, PLACED, Lists, open_lists
from valuation.scores.actions.consenting import withdraw_consent
from valuation.whitelists import actions, queries, verifying
from valuation.whitelists.models import (
    ApprovedList,
    BankAnswer,
    Candidate,
    HandChange,
    PushedFirm,
    WhiteList,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(cast, monkeypatch) -> Lists:
    return open_lists(cast, monkeypatch)


def codes(refused) -> set[str]:
    return {problem.code for problem in refused.value.problems}


def names(approved: ApprovedList) -> list[str]:
    return [firm["name"].removeprefix("重庆").removesuffix("有限公司") for firm in approved.content["firms"]]


def test_every_firm_of_the_region_is_looked_at_and_unknown_is_not_out(lists):
    made = lists.make()
    found = {one.name.removeprefix("重庆").removesuffix("有限公司"): one for one in made.candidates.all()}
    assert {name for name, one in found.items() if one.answer == "in"} == set(PLACED)
    assert {name: found[name].place for name in PLACED} == {name: n for n, name in enumerate(PLACED, 1)}
    assert {name for name, one in found.items() if one.answer == "out"} == {"丁装备", "戊食品", "辛环保"}
    known_in_nothing = lists.cast.enterprise_a.organisation.pk
    assert made.candidates.get(enterprise=known_in_nothing).answer == "unknown"
    assert {name for name, one in found.items() if one.near} == {
        "丁装备",
        "己医药",
        "庚光电",
        "壬农科",
        "癸文创",
        "子机电",
    }


def test_a_filter_is_used_inside_its_region_and_days_by_who_makes_lists(lists, cast):
    with pytest.raises(Refused) as refused:
        actions.make_list(by=lists.officer, filter_id=NAME, on=dt.date(2025, 6, 30))
    assert codes(refused) == {"no_such_filter"}
    with pytest.raises(Refused) as refused:
        actions.make_list(by=cast.bank_a.maker, filter_id=NAME, on=ON)
    assert codes(refused) == {"not_permitted"}
    assert actions.make_list(by=cast.ip_bureau.clerk, filter_id=NAME, on=ON).state == "draft"


def test_hands_add_and_take_off_with_a_reason_and_the_list_keeps_both(lists):
    made = lists.make()
    lists.change(made, "丁装备", "add", "负债率已降，报表待报")
    lists.change(made, "甲仪器", "remove", "企业已迁出本区")
    approved = lists.approve(made)
    assert names(approved) == ["丙材料", "丑精工", "乙软件", "丁装备"]
    last = approved.content["firms"][-1]
    assert (last["by"], last["reason"]) == ("hand", "负债率已降，报表待报")
    assert approved.approval.basis["removed"] == [{"name": "重庆甲仪器有限公司", "reason": "企业已迁出本区"}]


def test_a_change_without_reason_or_effect_is_refused(lists):
    made = lists.make()
    for name, kind, reason, code in (
        ("丁装备", "add", " ", "required"),
        ("甲仪器", "add", "已在", "changes_nothing"),
        ("丁装备", "remove", "不在", "changes_nothing"),
        ("丁装备", "rank", "置顶", "kind"),
        ("丁装备", "add", "长" * 301, "too_long"),
    ):
        with pytest.raises(Refused) as refused:
            lists.change(made, name, kind, reason)
        assert codes(refused) == {code}


def test_what_is_put_to_a_second_person_is_not_changed_and_comes_back_as_a_draft(lists, cast):
    made = lists.make()
    asked = actions.ask_for_approval(by=lists.officer, list_id=made.pk, on=ON)
    with pytest.raises(Refused) as refused:
        lists.change(made, "丁装备", "add")
    assert codes(refused) == {"not_a_draft"}
    firm = made.candidates.get(enterprise=lists.firms["丁装备"])
    with pytest.raises(IntegrityError, match="不得再改"), transaction.atomic():
        HandChange.objects.create(
            white_list=made, candidate=firm, kind="add", reason="绕行", made_by=lists.officer.account
        )
    decline(by=cast.district_bureau.approver, approval_id=asked.pk, reason="请补理由")
    made.refresh_from_db()
    assert made.state == "draft"
    lists.change(made, "丁装备", "add")


def test_one_person_approves_nothing_and_no_row_stands_without_two(lists, cast):
    made = lists.make()
    asked = actions.ask_for_approval(by=lists.officer, list_id=made.pk, on=ON)
    with pytest.raises(Refused) as refused:
        approve(by=lists.officer, approval_id=asked.pk)
    assert codes(refused) == {"maker_is_checker"}
    with pytest.raises(IntegrityError, match="两人"), transaction.atomic():
        ApprovedList.objects.create(
            white_list=made, content={"firms": []}, digest="a" * 64, approved_on=ON, valid_to=ON, approval=asked
        )  # fmt: skip
    with pytest.raises(IntegrityError, match="两人定稿"), transaction.atomic():
        WhiteList.objects.filter(pk=made.pk).update(state="approved")


def test_a_list_is_valid_for_the_days_of_its_file_the_first_counted(lists):
    approved = lists.approved()
    assert approved.approved_on == ON
    assert approved.valid_to == dt.date(2026, 12, 26)  # 180 days: 30 June is the first
    with pytest.raises(Refused) as refused:
        lists.push(approved, lists.cast.bank_a.organisation, on=dt.date(2026, 12, 27))
    assert codes(refused) == {"not_valid"}


def test_an_empty_list_is_not_put_to_anybody(lists):
    made = lists.make()
    for name in PLACED:
        lists.change(made, name, "remove")
    with pytest.raises(Refused) as refused:
        actions.ask_for_approval(by=lists.officer, list_id=made.pk, on=ON)
    assert codes(refused) == {"nobody"}
    actions.drop(by=lists.officer, list_id=made.pk, reason="重新编制")
    made.refresh_from_db()
    assert made.state == "dropped"


def test_a_list_goes_to_a_bank_once_and_only_to_banks(lists, cast):
    made = lists.make()
    with pytest.raises(Refused) as refused:
        actions.push(by=lists.officer, list_id=made.pk, banks=[cast.bank_a.organisation], on=ON)
    assert codes(refused) == {"not_approved"}
    approved = lists.approve(made)
    lists.push(approved, cast.bank_a.organisation)
    with pytest.raises(Refused) as refused:
        lists.push(approved, cast.bank_a.organisation, cast.guarantor.organisation)
    assert codes(refused) == {"pushed", "not_a_bank"}
    with pytest.raises(Refused) as refused:
        lists.push(approved)
    assert codes(refused) == {"no_bank"}


def test_a_bank_is_told_who_stands_there_and_none_of_the_firms_figures(lists, cast):
    [push] = lists.push(lists.approved(), cast.bank_a.organisation)
    told = list(push.firms.order_by("place").values_list("told", flat=True))
    assert [one["name"] for one in told] == [f"重庆{name}有限公司" for name in PLACED]
    assert {key for one in told for key in one} == {
        "place", "enterprise", "credit_code", "name", "district", "by", "reason",
    }  # fmt: skip


def test_a_bank_answers_its_own_firms_and_no_bank_sees_anothers(lists, cast):
    a, b = lists.push(lists.approved(), cast.bank_a.organisation, cast.bank_b.organisation)
    lists.answer(a, "甲仪器", "declined", by=cast.bank_a.maker, reason="已有足额授信")
    assert queries.pushed_firm(
        viewer=cast.bank_a.checker, push_id=a.pk, enterprise_id=lists.firms["甲仪器"].pk
    ).said == "declined"  # fmt: skip
    of_b = queries.pushed_firm(viewer=cast.bank_b.maker, push_id=b.pk, enterprise_id=lists.firms["甲仪器"].pk)
    assert of_b.said is None
    assert not queries.answers_of(of_b)
    with pytest.raises(type(a).DoesNotExist):
        queries.received_list(viewer=cast.bank_b.maker, push_id=a.pk)
    with pytest.raises(type(a).DoesNotExist):
        lists.answer(a, "甲仪器", "contacted", by=cast.bank_b.maker)
    with pytest.raises(IntegrityError, match="只有收到名单的银行"), transaction.atomic():
        BankAnswer.objects.create(
            firm=of_b, kind="contacted", about=ON, answered_by=cast.bank_a.maker.account
        )


@pytest.mark.parametrize(
    ("kind", "said", "code"),
    [
        ("declined", {}, "required"),
        ("granted", {}, "required"),
        ("lent", {}, "kind"),
        ("granted", {"loan_no": "号" * 61}, "too_long"),
        ("contacted", {"reason": "长" * 301}, "too_long"),
    ],
)
def test_an_answer_that_is_not_whole_is_refused(lists, cast, kind, said, code):
    [push] = lists.push(lists.approved(), cast.bank_a.organisation)
    with pytest.raises(Refused) as refused:
        lists.answer(push, "甲仪器", kind, by=cast.bank_a.maker, **said)
    assert codes(refused) == {code}


def test_a_granted_loan_is_the_banks_own_to_that_firm_since_the_push_or_not_yet_filed(lists, cast):
    [push] = lists.push(lists.approved(), cast.bank_a.organisation)
    loan = lend(cast.bank_a.organisation, lists.firms["甲仪器"], 300_000_00, signed_on=ON, disbursed_on=ON)
    other = lend(
        cast.bank_a.organisation, lists.firms["乙软件"], 300_000_00
    )  # lent in March, before the push
    with pytest.raises(Refused) as refused:
        lists.answer(push, "乙软件", "granted", by=cast.bank_a.maker, loan_no=other.bank_loan_no)
    assert codes(refused) == {"lent_before"}
    said = lists.answer(push, "甲仪器", "granted", by=cast.bank_a.maker, loan_no=loan.bank_loan_no)
    assert said.loan == loan
    with pytest.raises(Refused) as refused:
        lists.answer(push, "甲仪器", "granted", by=cast.bank_a.maker, loan_no=other.bank_loan_no)
    assert codes(refused) == {"other_borrower"}
    assert lists.answer(push, "丙材料", "granted", by=cast.bank_a.maker, loan_no="NEW-1").loan is None
    own = queries.own_loans(viewer=cast.bank_a.maker, enterprises=[one.pk for one in lists.firms.values()])
    assert set(own) == {lists.firms["甲仪器"].pk, lists.firms["乙软件"].pk}
    assert queries.own_loans(viewer=cast.bank_b.maker, enterprises=own) == {}


def test_an_answer_is_of_a_day_between_the_push_and_today(lists, cast):
    [push] = lists.push(lists.approved(), cast.bank_a.organisation)
    for about in (ON - dt.timedelta(days=1), ON + dt.timedelta(days=1)):
        with pytest.raises(Refused) as refused:
            actions.answer(
                by=cast.bank_a.maker, push_id=push.pk, enterprise_id=lists.firms["甲仪器"].pk,
                kind="contacted", about=about, on=ON,
            )  # fmt: skip
        assert codes(refused) == {"day"}


def test_the_last_answer_counts_and_the_house_sees_numbers_too_small_to_tell_of_a_firm_as_hidden(lists, cast):
    approved = lists.approved()
    a, _b = lists.push(approved, cast.bank_a.organisation, cast.bank_b.organisation)
    lists.answer(a, "甲仪器", "contacted", by=cast.bank_a.maker)
    lists.answer(a, "甲仪器", "declined", by=cast.bank_a.maker, reason="已有授信")
    of_a, of_b = queries.conversions(approved.white_list)
    # four pushed, three open: the one declined would tell of a firm, and the three would give the one away
    assert of_a.counts == {"open": None, "contacted": 0, "declined": None, "granted": 0}
    assert of_b.counts == {"open": 4, "contacted": 0, "declined": 0, "granted": 0}


def test_a_wish_is_honoured_at_the_next_push_and_by_the_next_list(lists, cast):
    approved = lists.approved()
    [before] = lists.push(approved, cast.bank_a.organisation)
    lists.wish(approved, "甲仪器")
    [after] = lists.push(approved, cast.bank_b.organisation)
    left = [name for name in PLACED if name != "甲仪器"]
    assert [one["name"] for one in after.firms.order_by("place").values_list("told", flat=True)] == [
        f"重庆{name}有限公司" for name in left
    ]
    assert (before.left_out, after.left_out) == (0, 1)
    [told] = queries.pushed_firms(viewer=cast.bank_a.maker, push=before).filter(
        enterprise=lists.firms["甲仪器"]
    )
    assert told.wished == ON
    again = lists.make()
    assert again.candidates.get(enterprise=lists.firms["甲仪器"]).answer == Candidate.Answer.WISHED
    with pytest.raises(Refused) as refused:
        lists.change(again, "甲仪器", "add")
    assert codes(refused) == {"wished"}


def test_the_database_pushes_no_firm_that_asked_to_be_taken_off(lists, cast):
    approved = lists.approved()
    [push] = lists.push(approved, cast.bank_a.organisation)
    lists.wish(approved, "乙软件")
    [after] = lists.push(approved, cast.bank_b.organisation)
    told = push.firms.get(enterprise=lists.firms["乙软件"])
    with pytest.raises(IntegrityError, match="已要求移出"), transaction.atomic():
        PushedFirm.objects.create(
            push=after, candidate=told.candidate, enterprise=told.enterprise, place=9, told=told.told
        )


def test_a_wish_is_said_once_by_who_stands_on_the_list_and_can_be_taken_back(lists, cast):
    approved = lists.approved()
    with pytest.raises(ApprovedList.DoesNotExist):
        actions.wish_to_be_taken_off(
            by=cast.enterprise_a.owner, list_id=approved.white_list_id, reason="", on=ON
        )
    wish = lists.wish(approved, "甲仪器")
    with pytest.raises(Refused) as refused:
        lists.wish(approved, "甲仪器")
    assert codes(refused) == {"asked_before"}
    actions.take_back_wish(by=lists.owners["甲仪器"], wish_id=wish.pk, on=ON)
    assert [one.enterprise for one in queries.wishes_to(lists.officer.organisation)] == []
    assert lists.make().candidates.get(enterprise=lists.firms["甲仪器"]).answer == "in"


def test_an_enterprise_sees_where_it_stands_and_to_whom_it_was_told(lists, cast):
    approved = lists.approved()
    lists.push(approved, cast.bank_a.organisation)
    [one] = queries.own_standings(viewer=lists.owners["甲仪器"])
    assert (one.approved, one.by_hand) == (approved, False)
    assert [firm.push.bank for firm in one.pushed] == [cast.bank_a.organisation]
    assert queries.own_standings(viewer=cast.enterprise_a.owner) == []
    assert queries.own_standings(viewer=cast.bank_a.maker) == []


def test_another_house_sees_no_list(lists, cast):
    made = lists.make()
    for other in (cast.city_bureau.officer, cast.ip_bureau.clerk, cast.bank_a.maker):
        with pytest.raises(WhiteList.DoesNotExist):
            queries.white_list(viewer=other, list_id=made.pk)


def test_every_list_is_made_again_from_its_rows(lists, cast):
    made = lists.make()
    lists.change(made, "丁装备", "add")
    lists.push(lists.approve(made), cast.bank_a.organisation)
    assert verifying.faults() == []


def test_a_candidate_whose_ground_was_changed_is_named(lists, cast):
    made = lists.make()
    [one] = [one for one in made.candidates.all() if one.name == "重庆甲仪器有限公司"]
    wrong = {**one.given, "indicators": {**one.given["indicators"], "firm_age": {"absent": "not_queried"}}}
    Candidate.objects.model(**{field.attname: getattr(one, field.attname) for field in one._meta.fields})
    other = WhiteList.objects.create(
        house=made.house, filter=made.filter, filter_text=made.filter_text, filter_sha256=made.filter_sha256,
        card_text=made.card_text, card_sha256=made.card_sha256, region=made.region, on=made.on, made_by=made.made_by,
    )  # fmt: skip
    Candidate.objects.create(
        white_list=other, enterprise=one.enterprise, name=one.name, credit_code=one.credit_code, answer="in",
        place=1, near=False, given=wrong, findings=one.findings, failed=0, unknown=0,
    )  # fmt: skip
    assert len(verifying.faults()) == 2  # what is found, and the place it has


def test_whose_consent_was_withdrawn_or_is_over_is_not_pushed_unless_it_was_given_anew(lists, cast):
    given = lists.allow("甲仪器")
    lists.allow("乙软件", last_day=ON)
    approved = lists.approved()
    [before] = lists.push(approved, cast.bank_a.organisation)
    assert before.firms.count() == len(PLACED)
    later = ON + dt.timedelta(days=1)
    withdraw_consent(by=lists.owners["甲仪器"], consent_id=given.pk, reason="", on=ON)
    lists.allow("乙软件")
    [after] = lists.push(approved, cast.bank_b.organisation, on=later)
    told = [one["name"] for one in after.firms.order_by("place").values_list("told", flat=True)]
    assert told == ["重庆丙材料有限公司", "重庆丑精工有限公司", "重庆乙软件有限公司"]
    assert after.left_out == 1


def test_a_list_with_a_firm_whose_consent_ended_while_it_waited_is_not_approved(lists, cast):
    given, made = lists.allow("甲仪器"), lists.make()
    asked = actions.ask_for_approval(by=lists.officer, list_id=made.pk, on=ON)
    withdraw_consent(by=lists.owners["甲仪器"], consent_id=given.pk, reason="", on=ON)
    with pytest.raises(Refused, match="甲仪器") as refused:
        approve(by=cast.district_bureau.approver, approval_id=asked.pk, at=noon(ON))
    assert codes(refused) == {"no_consent"}


def test_a_list_with_a_firm_whose_consent_has_ended_is_not_put_to_a_second_person(lists):
    given, made = lists.allow("甲仪器"), lists.make()
    withdraw_consent(by=lists.owners["甲仪器"], consent_id=given.pk, reason="", on=ON)
    with pytest.raises(Refused, match="甲仪器") as refused:
        actions.ask_for_approval(by=lists.officer, list_id=made.pk, on=ON)
    assert codes(refused) == {"no_consent"}
    assert WhiteList.objects.get(pk=made.pk).state == "draft"


def test_the_database_pushes_no_firm_whose_consent_has_ended(lists, cast):
    given = lists.allow("甲仪器")
    approved = lists.approved()
    [push] = lists.push(approved, cast.bank_a.organisation)
    told = push.firms.get(enterprise=lists.firms["甲仪器"])
    withdraw_consent(by=lists.owners["甲仪器"], consent_id=given.pk, reason="", on=ON)
    [after] = lists.push(approved, cast.bank_b.organisation)
    with pytest.raises(IntegrityError, match="撤回授权"), transaction.atomic():
        PushedFirm.objects.create(
            push=after, candidate=told.candidate, enterprise=told.enterprise, place=9, told=told.told
        )


def test_an_auditor_reads_every_houses_list_and_changes_none(lists, cast):
    made = lists.make()
    auditor = cast.signed_in(cast.auditor.member)
    assert auditor.get(reverse("whitelists:white_list", args=[made.pk])).status_code == 200
    assert auditor.post(reverse("whitelists:ask", args=[made.pk])).status_code in (403, 404)
