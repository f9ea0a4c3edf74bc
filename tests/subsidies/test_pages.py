"""Pages of subsidies: the whole way through the browser's forms, what each seat sees, and forms with every fault at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from finance.loans import actions as loan_actions
from finance.loans.rules import StatedReturn
from finance.parties.actions import record_fact
from finance.subsidies import actions
from finance.subsidies.models import (
    Application,
    Award,
    AwardPayment,
    ClawBack,
    PaymentFile,
    Plan,
    SubsidyCall,
)
from finance.subsidies.queries.changed import changed_awards
from kernel.calendars.queries import working_calendar
from kernel.money.fields import fen_of
from kernel.work.models import Approval
from kernel.work.turns import waiting_for
from tests.cast import Cast, freshly_signed_in
from tests.ground import laid
from tests.subsidies.ground import ON, SETTLED, Subsidies, two_firms
from tests.subsidies.pages import Today, shown

AFTER = dt.date(2026, 11, 30)  # a Monday: what is public from the 20th stood its five working days


@laid
def subsidies(cast: Cast) -> Subsidies:
    """The measure, two enterprises with an account, a settled loan each."""
    return two_firms(cast)


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Today:
    return Today(monkeypatch, ON)


def to(name: str, *arguments: Any) -> str:
    return reverse(f"subsidies:{name}", args=arguments)


def loan_of(house: Any) -> Any:
    return house.organisation.loans_taken.get()


def filed(subsidies: Subsidies, call: SubsidyCall, house: Any) -> Application:
    return subsidies.apply(house, call, loan_of(house))


def planned(subsidies: Subsidies, **terms: Any) -> Plan:
    call = subsidies.open(**terms)
    for house in (subsidies.cast.enterprise_a, subsidies.cast.enterprise_b):
        subsidies.pass_(filed(subsidies, call, house))
    actions.close_call(by=subsidies.officer, call_id=call.pk)
    return actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=ON)


def signed(client: Client, kind: str) -> str:
    """The approver looks at what was asked and signs it; the words of what he saw."""
    asked = Approval.objects.get(kind=kind, state=Approval.State.ASKED)
    seen = shown(client.get(reverse("approval", args=[asked.pk])))
    assert client.post(reverse("approve", args=[asked.pk])).status_code == 302
    asked.refresh_from_db()
    assert asked.state == Approval.State.EXECUTED
    return seen


@pytest.mark.django_db
def test_a_subsidy_goes_through_the_pages_from_the_call_to_the_money_and_back(
    subsidies: Subsidies, today: Today
) -> None:
    cast = subsidies.cast
    officer, approver = (freshly_signed_in(who) for who in (subsidies.officer, subsidies.approver))
    owner = freshly_signed_in(cast.enterprise_a.member)

    # the bureau opens a call; 12,940.28 x 60 % x 50 % = 3,882.084
    terms = {
        "policy": subsidies.measure.pk, "title": "2026年贴息申报", "opens_on": "2026-11-20",
        "closes_on": "2026-12-31", "pool_fen": "3000.00", "public_days": "5", "cure_days": "5",
        "basis": "本部门设定", "offices": "税务局\n",
    }  # fmt: skip
    assert officer.post(to("open_call"), terms).status_code == 302
    call = SubsidyCall.objects.get()
    assert (fen_of(call.pool), call.offices, call.basis["days"]) == (3_000_00, ["税务局"], "本部门设定")

    # the enterprise finds it, chooses its loan, is told what is missing, states it, files
    assert "2026年贴息申报" in shown(owner.get(to("list")))
    assert "YC1" in shown(owner.get(to("call", call.pk)))
    assert owner.post(to("begin", call.pk), {"loan": str(loan_of(cast.enterprise_a).pk)}).status_code == 302
    one = Application.objects.get()
    page = shown(owner.get(to("application", one.pk)))
    assert "还缺：在失信联合惩戒名单内" in page
    assert "渝中甲银行" in page
    assert "月报（至 2026-10）" in page
    assert owner.post(to("own_act", one.pk, "file")).status_code == 422
    stated = owner.post(
        to("own_act", one.pk, "facts"), {**as_shown(owner, one), "applicant.joint_punishment": "false"}
    )
    assert stated.status_code == 302
    assert list(one.facts.filter(standing="stated").values_list("path", "value")) == [
        ("applicant.joint_punishment", False)
    ]
    page = shown(owner.get(to("application", one.pk)))
    assert "3,882.08" in page
    assert "12,940.28 元 × 知识产权份额 60% × 50% = 3,882.08 元（由 3,882.084 元四舍五入到分）" in page
    assert owner.post(to("own_act", one.pk, "file")).status_code == 302

    # the officer is told what is open, judges, hears the office, passes
    refused = officer.post(to("review_act", one.pk, "pass"), {"text": ""})
    assert refused.status_code == 422
    assert "在失信联合惩戒名单内 企业填报，尚未认定" in shown(refused)
    for act, typed in (
        (
            "judge",
            {
                "path": "applicant.joint_punishment",
                "value": "false",
                "standing": "confirmed",
                "reason": "信用中国",
            },
        ),
        ("office", {"office": "税务局", "outcome": "clear"}),
        ("pass", {"text": "相符"}),
    ):
        assert officer.post(to("review_act", one.pk, act), typed).status_code == 302, act
    assert officer.post(to("call_act", call.pk, "close")).status_code == 302
    assert officer.post(to("call_act", call.pk, "plan")).status_code == 302

    # the list: the shortage is told before anybody signs it
    plan = Plan.objects.get()
    page = shown(officer.get(to("plan", plan.pk)))
    for words in ("882.08", "按比例核减", "3,000.00", "已核减"):
        assert words in page, words
    assert Client().get(to("public_list", plan.pk)).status_code == 404
    assert officer.post(to("plan_act", plan.pk, "publish")).status_code == 302
    assert "3,000.00" in signed(approver, "subsidies.publish")
    public = shown(Client().get(to("public_list", plan.pk)))
    assert cast.enterprise_a.organisation.name in public
    assert "2026-11-27" in public
    assert cast.enterprise_a.organisation.credit_code not in public

    # after its public days: granted, paid, answered by the bank
    assert officer.post(to("plan_act", plan.pk, "award")).status_code == 422
    today.day = AFTER
    assert officer.post(to("plan_act", plan.pk, "award")).status_code == 302
    signed(approver, "subsidies.award")
    assert officer.post(to("call_act", call.pk, "pay")).status_code == 302
    assert "尾号" in signed(approver, "subsidies.pay")
    file = PaymentFile.objects.get()
    page = shown(officer.get(to("payment_file", file.pk)))
    assert "6222021234567810" not in page
    assert "6222021234567810" in officer.get(to("payment_csv", file.pk)).content.decode("utf-8-sig")
    typed = {"p1-outcome": "ok", "p1-day": "2026-11-30", "p1-reference": "R1"}
    assert officer.post(to("enter_results", file.pk), typed).status_code == 302
    award = Award.objects.get()
    page = shown(owner.get(to("award", award.pk)))
    assert "已到账" in page
    assert "R1" in page

    # and back: asked by one, signed by another, the money recorded
    asked = {"ground": "untrue", "fen": "3000.00", "text": "合同系伪造", "excluded_until": "2029-11-30"}
    assert officer.post(to("claw_back", award.pk), asked).status_code == 302
    assert "材料不实" in signed(approver, "subsidies.claw_back")
    back = ClawBack.objects.get()
    received = {"fen": "3000.00", "day": "2026-11-30", "reference": "GK1"}
    assert officer.post(to("receive_back", award.pk, back.pk), received).status_code == 302
    assert "GK1" in shown(officer.get(to("award", award.pk)))


def as_shown(client: Client, application: Application) -> dict[str, Any]:
    """What a browser sends back when nothing was touched."""
    form = client.get(to("application", application.pk)).context["fact_form"]
    sent = {name: form[name].initial for name in form.fields}
    return {name: value for name, value in sent.items() if value not in (None, "")}


@pytest.mark.django_db
def test_what_was_not_touched_is_not_stated_anew_and_every_wrong_fact_is_told_at_once(
    subsidies: Subsidies, today: Today
) -> None:
    house = subsidies.cast.enterprise_a
    owner = freshly_signed_in(house.member)
    one = actions.draft_application(
        by=house.member, call_id=subsidies.open().pk, loan_id=loan_of(house).pk, on=ON
    )
    before = one.facts.count()
    assert owner.post(to("own_act", one.pk, "facts"), as_shown(owner, one)).status_code == 302
    assert one.facts.count() == before

    wrong = as_shown(owner, one) | {
        "interest_paid": "一万", "pledge.ip_share": "六成", "loan.draws": "2026-13-01 5\n2026-06-10 1.234",
        "loan.overdue_days": "-1",
    }  # fmt: skip
    answer = owner.post(to("own_act", one.pk, "facts"), wrong)
    assert answer.status_code == 422
    errors = answer.context["fact_form"].errors
    assert set(errors) == {"interest_paid", "pledge.ip_share", "loan.draws", "loan.overdue_days"}
    assert len(errors["loan.draws"]) == 2
    assert one.facts.count() == before
    # what is well written and cannot be is told by the name that people know, and keeps from filing
    assert owner.post(to("own_act", one.pk, "facts"), {"pledge.ip_share": "160"}).status_code == 302
    assert "贷款中知识产权质押的份额 1.6 大于1" in shown(owner.get(to("application", one.pk)))
    refused = owner.post(to("own_act", one.pk, "file"))
    assert refused.status_code == 422
    assert [problem.where for problem in refused.context["problems"]] == ["贷款中知识产权质押的份额"]


@pytest.mark.django_db
def test_a_rate_is_typed_in_percent_and_draws_a_line_each(subsidies: Subsidies, today: Today) -> None:
    house = subsidies.cast.enterprise_a
    owner = freshly_signed_in(house.member)
    one = actions.draft_application(by=house.member, call_id=subsidies.open().pk, loan_id=None, on=ON)
    typed = {
        "loan.draws": "2026-06-10 1000000\n2026-07-01 500,000.00".replace(",", ""), "loan.rate": "3.85",
        "pledge.ip_share": "60", "loan.settled_on": "2026-10-09",
    }  # fmt: skip
    assert owner.post(to("own_act", one.pk, "facts"), typed).status_code == 302
    assert dict(one.facts.filter(standing="stated").values_list("path", "value")) == {
        "loan.draws": [["2026-06-10", "1000000.00"], ["2026-07-01", "500000.00"]],
        "loan.rate": "0.0385",
        "pledge.ip_share": "0.6",
        "loan.settled_on": "2026-10-09",
    }
    page = shown(owner.get(to("application", one.pk)))
    assert "3.85%" in page
    assert "2026-07-01 500,000.00 元" in page


@pytest.mark.django_db
def test_a_call_is_refused_with_every_fault_and_nothing_typed_is_lost(
    subsidies: Subsidies, today: Today
) -> None:
    officer = freshly_signed_in(subsidies.officer)
    typed = {
        "policy": subsidies.measure.pk, "title": "很特别的标题", "opens_on": "2026-11-20", "closes_on": "2026-11-01",
        "settled_from": "2026-10-01", "settled_to": "2026-09-01", "pool_fen": "0", "public_days": "0", "cure_days": "5",
    }  # fmt: skip
    answer = officer.post(to("open_call"), typed)
    assert answer.status_code == 422
    assert [problem.code for problem in answer.context["problems"]] == [
        "order",
        "order",
        "not_positive",
        "days",
    ]
    assert "很特别的标题" in answer.content.decode()
    answer = officer.post(to("open_call"), typed | {"pool_fen": "3万"})
    assert set(answer.context["form"].errors) == {"pool_fen"}
    assert [problem.code for problem in answer.context["problems"]] == ["order", "order"]
    answer = officer.post(to("open_call"), {"pool_fen": "3万"})
    assert set(answer.context["form"].errors) == {
        "policy", "title", "opens_on", "closes_on", "pool_fen", "public_days", "cure_days",
    }  # fmt: skip
    assert SubsidyCall.objects.count() == 0


@pytest.mark.django_db
def test_a_loan_settled_outside_the_call_is_marked_and_cannot_be_filed(
    subsidies: Subsidies, today: Today
) -> None:
    house = subsidies.cast.enterprise_a
    owner = freshly_signed_in(house.member)
    call = subsidies.open(settled=(dt.date(2026, 10, 10), None))
    assert "不在本通知的结清期间" in shown(owner.get(to("call", call.pk)))
    one = actions.draft_application(by=house.member, call_id=call.pk, loan_id=loan_of(house).pk, on=ON)
    actions.state_facts(
        by=house.member, application_id=one.pk, stated={"applicant.joint_punishment": False}, on=ON
    )
    refused = owner.post(to("own_act", one.pk, "file"))
    assert (refused.status_code, SETTLED.isoformat() in shown(refused)) == (422, True)
    assert [problem.code for problem in refused.context["problems"]] == ["settled_outside"]


@pytest.mark.django_db
def test_an_owner_sees_what_is_short_and_what_it_would_bring(subsidies: Subsidies, today: Today) -> None:
    house = subsidies.cast.enterprise_a
    owner = freshly_signed_in(house.member)
    one = actions.draft_application(
        by=house.member, call_id=subsidies.open().pk, loan_id=loan_of(house).pk, on=ON
    )
    actions.state_facts(
        by=house.member, application_id=one.pk, stated={"applicant.joint_punishment": True}, on=ON
    )
    page = shown(owner.get(to("application", one.pk)))
    assert "未被列入联合惩戒" in page
    assert "只改这一项可多得 3,882.08 元" in page


@pytest.mark.django_db
def test_mending_and_the_officers_other_acts_go_through_the_page(subsidies: Subsidies, today: Today) -> None:
    house = subsidies.cast.enterprise_a
    one = filed(subsidies, subsidies.open(), house)
    officer, owner = freshly_signed_in(subsidies.officer), freshly_signed_in(house.member)
    assert officer.post(to("review_act", one.pk, "notice"), {"items": ""}).status_code == 422
    sent = officer.post(to("review_act", one.pk, "notice"), {"items": "缺银行还款证明\n缺合同"})
    assert sent.status_code == 302
    page = shown(owner.get(to("application", one.pk)))
    assert "缺银行还款证明" in page
    assert "2026-11-27" in page
    paper = {"material": "还款证明", "file": pdf()}
    assert owner.post(to("own_act", one.pk, "paper"), paper).status_code == 302
    kept = one.papers.get()
    assert officer.get(to("paper", one.pk, kept.pk)).status_code == 200
    assert owner.post(to("own_act", one.pk, "answer"), {"text": "已补"}).status_code == 302
    one.refresh_from_db()
    assert one.state == "filed"
    assert officer.post(to("review_act", one.pk, "refuse"), {"reason": "已停产"}).status_code == 302
    assert "不予补贴" in shown(owner.get(to("application", one.pk)))
    assert officer.post(to("review_act", one.pk, "nonsense")).status_code == 404


def pdf() -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("还款证明.pdf", b"%PDF-1.7 paper", "application/pdf")


@pytest.mark.django_db
def test_what_is_up_to_a_most_is_asked_of_the_officer_with_the_most(
    subsidies: Subsidies, today: Today
) -> None:
    house = subsidies.cast.enterprise_a
    lent = subsidies.loan(
        house, "YC4", security="pledge_guarantee", guarantor_name=subsidies.cast.guarantor.organisation.name
    )
    one = subsidies.apply(house, subsidies.open(), subsidies.settle(lent), **{"fees.guarantee": "8000.00"})
    officer = freshly_signed_in(subsidies.officer)
    page = shown(officer.get(to("application", one.pk)))
    assert "担保费补助（付给担保机构）" in page
    assert "最高 4,000.00 元" in page
    for path in ("applicant.joint_punishment", "fees.guarantee"):
        stated = one.facts.get(path=path).value
        shown_value = {False: "false"}.get(stated, stated)
        typed = {"path": path, "value": shown_value, "standing": "confirmed", "reason": "发票"}
        assert officer.post(to("review_act", one.pk, "judge"), typed).status_code == 302
    assert officer.post(to("review_act", one.pk, "pass"), {"line-guarantee": "4000.01"}).status_code == 422
    assert officer.post(to("review_act", one.pk, "pass"), {"line-guarantee": "2500"}).status_code == 302
    one.refresh_from_db()
    assert (one.state, fen_of(one.calculation.total)) == ("reviewed", 3_882_08 + 2_500_00)


@pytest.mark.django_db
def test_objections_are_recorded_and_answered_on_the_page_of_the_list(
    subsidies: Subsidies, today: Today
) -> None:
    plan = planned(subsidies)
    subsidies.sign(actions.propose_publication(by=subsidies.officer, plan_id=plan.pk))
    officer = freshly_signed_in(subsidies.officer)
    line = plan.lines.order_by("seq").first()
    assert officer.post(to("object_to", plan.pk), {}).status_code == 422
    said = {
        "said_by": "匿名",
        "text": "该企业已停产",
        "received_on": "2026-11-20",
        "application_id": str(line.application_id),
    }
    assert officer.post(to("object_to", plan.pk), said).status_code == 302
    objection = plan.objections.get()
    answer = to("answer_objection", plan.pk, objection.pk)
    assert officer.post(answer, {"upheld": ""}).status_code == 422
    assert officer.post(answer, {"upheld": "yes", "text": "属实"}).status_code == 302
    today.day = AFTER
    page = shown(officer.get(to("plan", plan.pk)))
    assert "匿名的异议成立" in page
    assert officer.post(to("plan_act", plan.pk, "void"), {"reason": ""}).status_code == 422
    assert officer.post(to("plan_act", plan.pk, "void"), {"reason": "异议成立"}).status_code == 302
    assert Client().get(to("public_list", plan.pk)).status_code == 404


def paid(subsidies: Subsidies, today: Today) -> PaymentFile:
    """Two awards of 3,882.08, in one payment file."""
    plan = planned(subsidies)
    subsidies.sign(actions.propose_publication(by=subsidies.officer, plan_id=plan.pk))
    today.day = AFTER
    subsidies.sign(actions.propose_award(by=subsidies.officer, plan_id=plan.pk, on=AFTER))
    return subsidies.sign(actions.propose_payment(by=subsidies.officer, call_id=plan.call_id))


def uploaded(text: str, encoding: str = "utf-8") -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return {"file": SimpleUploadedFile("回盘.csv", text.encode(encoding), "text/csv")}


HEADS = "序号,收款户名,金额（元）,结果,日期,回单号,失败原因\n"


@pytest.mark.django_db
def test_the_banks_file_is_refused_with_every_row_and_column_and_then_taken(
    subsidies: Subsidies, today: Today
) -> None:
    file = paid(subsidies, today)
    officer = freshly_signed_in(subsidies.officer)
    upload = to("upload_results", file.pk)
    assert officer.post(upload, {}).status_code == 422
    wrong = (
        HEADS
        + "1,甲,3882.08,成功,2026-12-09,R1,\n"  # a day to come
        + "1,甲,3882.09,失败,2026-11-30,,\n"  # the row again, another amount, no reason
        + "9,丙,1.00,成功,2026-11-30,R9,\n"  # no such line
        + "2,乙,3882.08,,2026-11-30,R2,\n"  # no outcome
        + "x,乙,3882.08,好了,昨天,R2,\n"
    )
    answer = officer.post(upload, uploaded(wrong))
    assert answer.status_code == 422
    told = [problem.where for problem in answer.context["problems"]]
    assert told == [
        "第2行 序号（A列）", "第2行 日期（E列）",
        "第3行 序号（A列）", "第3行 金额（元）（C列）", "第3行 失败原因（G列）",
        "第4行 序号（A列）",
        "第5行 结果（D列）",
        "第6行 序号（A列）", "第6行 结果（D列）", "第6行 日期（E列）",
    ]  # fmt: skip
    assert set(AwardPayment.objects.values_list("state", flat=True)) == {"sent"}

    right = HEADS + "1,甲,3882.08,成功,2026-11-30,R1,\n2,乙,3882.08,退票,2026-11-30,,户名不符\n"
    assert officer.post(upload, uploaded(right, "gb18030")).status_code == 302
    assert list(AwardPayment.objects.order_by("seq").values_list("state", flat=True)) == [
        "succeeded",
        "failed",
    ]
    again = officer.post(upload, uploaded(right))
    assert [problem.code for problem in again.context["problems"]] == ["answered", "answered"]


@pytest.mark.django_db
def test_the_template_for_the_answers_is_read_back_as_it_was_given_out(
    subsidies: Subsidies, today: Today
) -> None:
    file = paid(subsidies, today)
    officer = freshly_signed_in(subsidies.officer)
    given = officer.get(to("results_csv", file.pk)).content.decode("utf-8-sig")
    assert "6222" not in given
    for number in (1, 2):
        given = given.replace("3882.08,,,,", f"3882.08,成功,2026-11-30,R{number},", 1)
    filled = given
    assert officer.post(to("upload_results", file.pk), uploaded(filled)).status_code == 302
    assert set(AwardPayment.objects.values_list("state", flat=True)) == {"succeeded"}


@pytest.mark.django_db
def test_answers_typed_line_by_line_tell_every_fault(subsidies: Subsidies, today: Today) -> None:
    file = paid(subsidies, today)
    officer = freshly_signed_in(subsidies.officer)
    typed = {"p1-outcome": "ok", "p2-reference": "R2"}
    answer = officer.post(to("enter_results", file.pk), typed)
    assert answer.status_code == 422
    errors = {row.seq: set(form.errors) for row, form in answer.context["rows"]}
    assert errors == {1: {"day"}, 2: {"outcome"}}
    typed = {"p1-outcome": "failed", "p1-day": "2026-11-30"}
    answer = officer.post(to("enter_results", file.pk), typed)
    assert [problem.code for problem in answer.context["problems"]] == ["required"]


@pytest.mark.django_db
def test_an_award_whose_loan_turns_out_otherwise_is_shown_with_what_was_paid_too_much(
    subsidies: Subsidies, today: Today
) -> None:
    paid(subsidies, today)
    house = subsidies.cast.enterprise_a
    assert changed_awards(viewer=subsidies.officer, on=AFTER) == []
    # the bank corrects its last return: 10,000.00 interest instead of 12,940.28; 10,000 x 60 % x 50 % = 3,000.00
    corrected = StatedReturn(
        bank_loan_no=loan_of(house).bank_loan_no, period=dt.date(2026, 10, 1), balance_fen=0, overdue_since=None,
        interest_paid_fen=10_000_00, grade="normal", settled_on=SETTLED,
    )  # fmt: skip
    bank = subsidies.cast.bank_a
    loan_actions.enter_return(by=bank.checker, bank=bank.organisation, stated=corrected, on=AFTER)

    found = changed_awards(viewer=subsidies.officer, on=AFTER)
    assert [(one.award.payee, one.again_fen, one.over_fen) for one in found] == [
        (house.organisation, 3_000_00, 882_08)
    ]
    officer = freshly_signed_in(subsidies.officer)
    listed = shown(officer.get(to("list")))
    assert "12,940.28 元 → 10,000.00 元" in listed
    assert "882.08" in listed
    page = officer.get(to("award", found[0].award.pk))
    assert page.context["claw_form"].initial["fen"] == "882.08"
    assert changed_awards(viewer=subsidies.cast.enterprise_b.member, on=AFTER) == []


@pytest.mark.django_db
def test_a_listed_firm_confirms_its_account_and_nothing_else(subsidies: Subsidies, today: Today) -> None:
    house = subsidies.cast.enterprise_a
    record_fact(
        by=None, enterprise=house.organisation, name="applicant.joint_punishment", value="false", about=ON,
        source="信用平台",
    )  # fmt: skip
    call = subsidies.open(unasked=True)
    officer, owner = freshly_signed_in(subsidies.officer), freshly_signed_in(house.member)
    built = officer.post(to("build_list", call.pk))
    assert built.status_code == 200
    assert "列入 0 件" in shown(built)  # the bureau sits at no pool here, so that it sees no loan
    from finance.subsidies.actions.filing import new_application, take_facts
    from finance.subsidies.queries.gathering import known_of

    one = new_application(
        call=call,
        enterprise=house.organisation,
        loan=loan_of(house),
        state="listed",
        by=subsidies.officer,
        on=ON,
    )
    known = known_of(enterprise=house.organisation, loan=loan_of(house), on=ON)
    take_facts([(one, known)], subsidies.officer)
    assert "您无需申请，请确认收款账户" in shown(owner.get(reverse("home")))
    assert one.number in shown(owner.get(reverse("inbox")))
    assert owner.post(to("own_act", one.pk, "confirm")).status_code == 302
    one.refresh_from_db()
    assert (one.state, fen_of(one.calculation.total)) == ("filed", 3_882_08)


def turns(member: Any, day: dt.date) -> list[str]:
    found = waiting_for(viewer=member, on=day, calendar=working_calendar())
    return [f"{one.turn.what}" for one in found if "补贴" in one.turn.what or "公示" in one.turn.what]


@pytest.mark.django_db
def test_everybody_is_told_what_waits_for_him(subsidies: Subsidies, today: Today) -> None:
    house, call = subsidies.cast.enterprise_a, subsidies.open()
    one = filed(subsidies, call, house)
    assert turns(subsidies.officer, ON) == ["审核补贴申报"]
    actions.give_notice(by=subsidies.officer, application_id=one.pk, items=["缺合同"], on=ON)
    assert turns(house.member, ON) == ["答复补贴补正通知"]
    assert turns(subsidies.officer, ON) == []
    assert turns(subsidies.officer, dt.date(2026, 11, 28)) == []
    assert "补正期满未答复，请处理" in [
        found.turn.what
        for found in waiting_for(
            viewer=subsidies.officer, on=dt.date(2026, 11, 28), calendar=working_calendar()
        )
    ]
    assert turns(subsidies.officer, dt.date(2027, 1, 4))[0] == "截止受理补贴申报"


@pytest.mark.django_db
def test_a_failed_payment_is_first_the_payees_then_the_officers_turn(
    subsidies: Subsidies, today: Today
) -> None:
    file = paid(subsidies, today)
    house = subsidies.cast.enterprise_a
    answers = [
        actions.Answered(one.seq, False, AFTER, reason="户名不符")
        if one.award.payee_id == house.organisation.pk
        else actions.Answered(one.seq, True, AFTER, "R1")
        for one in file.payments.select_related("award")
    ]
    actions.enter_results(by=subsidies.officer, file_id=file.pk, answers=answers, on=AFTER)
    assert turns(house.member, AFTER) == ["更正收款账户，补贴付款失败"]
    assert "重付失败的补贴" not in turns(subsidies.officer, AFTER)
    assert "户名不符" in shown(freshly_signed_in(house.member).get(to("list")))


@pytest.mark.django_db
def test_each_house_sees_its_own_side_and_a_loan_tells_of_its_subsidies(
    subsidies: Subsidies, today: Today
) -> None:
    paid(subsidies, today)
    cast = subsidies.cast
    a, b = (
        Application.objects.get(enterprise=house.organisation)
        for house in (cast.enterprise_a, cast.enterprise_b)
    )
    owner = freshly_signed_in(cast.enterprise_a.member)
    assert a.number in shown(owner.get(to("list")))
    assert b.number not in shown(owner.get(to("list")))
    assert owner.get(to("application", b.pk)).status_code == 404
    assert a.number in shown(owner.get(reverse("loans:loan", args=[a.loan_id])))
    bank = freshly_signed_in(cast.bank_a.maker)
    assert bank.get(to("list")).status_code == 200
    assert bank.get(to("application", a.pk)).status_code == 404
    assert a.number not in shown(bank.get(reverse("loans:loan", args=[a.loan_id])))
    answer = owner.get(to("working", a.pk)).json()
    assert answer["result"]["total"] == "3882.08"
    english = freshly_signed_in(cast.enterprise_a.member)
    english.cookies["django_language"] = "en"
    assert english.get(to("application", a.pk)).status_code == 200
