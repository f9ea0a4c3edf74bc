"""Subsidies for the walls: calls of the district, an application of enterprise A on its way from the draft to the money."""

from __future__ import annotations

import datetime as dt

from finance.parties.models import Membership
from finance.subsidies import actions
from finance.subsidies.models import Application, Award, BankStatement, PaymentFile, Plan, SubsidyCall
from kernel.statements.sheet import Stated
from tests.cast import Cast
from tests.ground import shared
from tests.subsidies.ground import ON, Subsidies, open_subsidies
from tests.walls.objects import Behind, behind

AT_NOON = dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC)
AFTER = dt.datetime(2026, 11, 30, 4, tzinfo=dt.UTC)
PAPER = b"%PDF-1.7 paper"


@shared
def room(cast: Cast) -> Subsidies:
    """The measure, and enterprise A with a settled loan and an account."""
    subsidies = open_subsidies(cast)
    subsidies.settle(subsidies.loan(cast.enterprise_a))
    subsidies.account(cast.enterprise_a)
    return subsidies


def of_the_district(cast: Cast) -> tuple[Membership, ...]:
    """The bureau, and the city's auditor, who looks into its districts."""
    return cast.district_bureau.officer, cast.district_bureau.approver, cast.auditor.member


def with_the_firm(cast: Cast) -> tuple[Membership, ...]:
    return (*of_the_district(cast), cast.enterprise_a.owner)


@behind("subsidies:call")
def a_call(cast: Cast) -> Behind:
    """It is announced: every enterprise sees it, other bureaus do not."""
    seen = (*with_the_firm(cast), cast.enterprise_b.owner)
    return Behind({"call_id": room(cast).open().pk}, seen_by=seen)


@behind("subsidies:begin")
def a_call_to_begin_under(cast: Cast) -> Behind:
    firms = (cast.enterprise_a.owner, cast.enterprise_b.owner)
    return Behind({"call_id": room(cast).open().pk}, seen_by=firms)


@behind("subsidies:build_list")
def a_call_without_applications(cast: Cast) -> Behind:
    return Behind({"call_id": room(cast).open(unasked=True).pk}, seen_by=of_the_district(cast))


@behind("subsidies:call_act")
def a_call_to_close(cast: Cast) -> Behind:
    return Behind({"call_id": room(cast).open().pk, "act": "close"}, seen_by=of_the_district(cast))


@shared
def filed(cast: Cast) -> Application:
    subsidies, house = room(cast), cast.enterprise_a
    call = subsidies.open()
    drafted = actions.draft_application(
        by=house.member, call_id=call.pk, loan_id=house.organisation.loans_taken.get().pk, on=ON
    )
    actions.add_paper(
        by=house.member, application_id=drafted.pk, material="合同", name="合同.pdf", content=PAPER
    )
    stated = {"applicant.joint_punishment": False}
    actions.state_facts(by=house.member, application_id=drafted.pk, stated=stated, on=ON)
    return actions.file_application(by=house.member, application_id=drafted.pk, on=ON)


@behind("subsidies:application", "subsidies:working")
def an_application(cast: Cast) -> Behind:
    return Behind({"application_id": filed(cast).pk}, seen_by=with_the_firm(cast))


@behind("subsidies:paper")
def a_paper(cast: Cast) -> Behind:
    one = filed(cast)
    return Behind({"application_id": one.pk, "paper_id": one.papers.get().pk}, seen_by=with_the_firm(cast))


@behind("subsidies:own_act")
def an_application_to_withdraw(cast: Cast) -> Behind:
    return Behind({"application_id": filed(cast).pk, "act": "withdraw"}, seen_by=(cast.enterprise_a.owner,))


@behind("subsidies:review_act")
def an_application_to_pass(cast: Cast) -> Behind:
    return Behind({"application_id": filed(cast).pk, "act": "pass"}, seen_by=of_the_district(cast))


@shared
def drawn(cast: Cast) -> Plan:
    subsidies, one = room(cast), filed(cast)
    subsidies.pass_(one)
    actions.close_call(by=subsidies.officer, call_id=one.call_id)
    return actions.draw_plan(by=subsidies.officer, call_id=one.call_id, on=ON)


@behind("subsidies:plan")
def a_list(cast: Cast) -> Behind:
    return Behind({"plan_id": drawn(cast).pk}, seen_by=of_the_district(cast))


@behind("subsidies:plan_act")
def a_list_to_publish(cast: Cast) -> Behind:
    return Behind({"plan_id": drawn(cast).pk, "act": "publish"}, seen_by=of_the_district(cast))


@shared
def public(cast: Cast) -> Plan:
    subsidies, plan = room(cast), drawn(cast)
    subsidies.sign(actions.propose_publication(by=subsidies.officer, plan_id=plan.pk), at=AT_NOON)
    plan.refresh_from_db()
    return plan


@behind("subsidies:public_list")
def a_list_before_the_public(cast: Cast) -> Behind:
    return Behind({"plan_id": public(cast).pk}, seen_by=None)


@behind("subsidies:object_to")
def a_list_to_object_to(cast: Cast) -> Behind:
    return Behind({"plan_id": public(cast).pk}, seen_by=of_the_district(cast))


@behind("subsidies:answer_objection")
def an_objection(cast: Cast) -> Behind:
    plan = public(cast)
    said = actions.object_to(
        by=room(cast).officer, plan_id=plan.pk, said_by="匿名", text="已停产", received_on=ON, on=ON
    )
    return Behind({"plan_id": plan.pk, "objection_id": said.pk}, seen_by=of_the_district(cast))


@shared
def paid(cast: Cast) -> PaymentFile:
    subsidies, plan = room(cast), public(cast)
    asked = actions.propose_award(by=subsidies.officer, plan_id=plan.pk, on=AFTER.date())
    subsidies.sign(asked, at=AFTER)
    asked = actions.propose_payment(by=subsidies.officer, call_id=plan.call_id)
    file: PaymentFile = subsidies.sign(asked, at=AFTER)
    return file


@behind("subsidies:payment_file", "subsidies:payment_csv", "subsidies:results_csv")
def a_payment_file(cast: Cast) -> Behind:
    return Behind({"file_id": paid(cast).pk}, seen_by=of_the_district(cast))


@behind("subsidies:enter_results", "subsidies:upload_results")
def a_payment_file_to_answer(cast: Cast) -> Behind:
    return Behind({"file_id": paid(cast).pk}, seen_by=of_the_district(cast))


def award_of(cast: Cast) -> Award:
    return Award.objects.get(application__call=SubsidyCall.objects.get(pk=paid(cast).call_id))


@behind("subsidies:award")
def an_award_to_enterprise_a(cast: Cast) -> Behind:
    return Behind({"award_id": award_of(cast).pk}, seen_by=with_the_firm(cast))


@behind("subsidies:claw_back")
def an_award_to_ask_back(cast: Cast) -> Behind:
    return Behind({"award_id": award_of(cast).pk}, seen_by=of_the_district(cast))


@behind("subsidies:returned")
def a_payment_that_arrived(cast: Cast) -> Behind:
    award = award_of(cast)
    payment = award.payments.order_by("id").last()
    assert payment is not None
    return Behind({"award_id": award.pk, "payment_id": payment.pk}, seen_by=of_the_district(cast))


@behind("subsidies:receive_back")
def a_claw_back(cast: Cast) -> Behind:
    subsidies, award = room(cast), award_of(cast)
    asked = actions.propose_claw_back(
        by=subsidies.officer, award_id=award.pk, ground="untrue", fen=1_00, text="材料不实", on=AFTER.date()
    )
    back = subsidies.sign(asked, at=AFTER)
    return Behind({"award_id": award.pk, "claw_back_id": back.pk}, seen_by=of_the_district(cast))


@behind("subsidies:statement")
def a_statement(cast: Cast) -> Behind:
    return Behind({"statement_id": statement(cast).pk}, seen_by=of_the_district(cast))


@behind("subsidies:remark")
def a_line_of_a_statement(cast: Cast) -> Behind:
    row = statement(cast)
    return Behind({"statement_id": row.pk, "line_id": row.lines.get().pk}, seen_by=of_the_district(cast))


@shared
def statement(cast: Cast) -> BankStatement:
    """One line of fees from the paying bank."""
    content = "交易日期,收入金额（元）,支出金额（元）\n2026-11-20,,5.00\n".encode()
    return actions.enter_statement(
        by=room(cast).officer, stated=Stated(ON, ON, 5_00, 0), name="对账单.csv", content=content, on=ON
    )
