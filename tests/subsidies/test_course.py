"""A subsidy from the call to the money and back: what is known is taken, what is missing told; limits hold; two pay."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from finance.loans import queries as loans_asked
from finance.parties.actions import record_fact
from finance.subsidies import actions
from finance.subsidies.actions.locking import lock_meters
from finance.subsidies.engine import replay
from finance.subsidies.metering import MeterKey, metered, thing_of
from finance.subsidies.models import (
    Application,
    Award,
    AwardPayment,
    ClawBack,
    Meter,
    MeterEntry,
    Plan,
    SubsidyCall,
)
from finance.subsidies.queries import of_applications as asked
from finance.subsidies.shelf import policy_of
from kernel.errors import Refused
from kernel.money.fields import fen_of, money_of
from kernel.policystore.queries import standing
from kernel.policystore.rules import told
from kernel.work.approvals import decline
from tests.cast import Cast
from tests.ground import laid
from tests.subsidies.ground import MEASURE, ON, SETTLED, Subsidies, publish, two_firms

AFTER = dt.datetime(
    2026, 11, 30, 4, tzinfo=dt.UTC
)  # a Monday: the list is public from the 20th, five working days


@laid
def subsidies(cast: Cast) -> Subsidies:
    """The measure, two enterprises with an account, a settled loan each: 1,000,000.00 on 60 % rights, 12,940.28 interest."""
    return two_firms(cast)


def loan_of(house: Any) -> Any:
    return house.organisation.loans_taken.order_by("recorded_at").first()


def loan_of_number(house: Any, number: str) -> Any:
    return house.organisation.loans_taken.get(bank_loan_no=number)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [problem.code for problem in refusal.value.problems]


def used() -> dict[str, tuple[int, int]]:
    """What is reserved and granted of the year's limit and of the call's pool."""
    meters = Meter.objects.filter(limit__in=["year", "budget"]).order_by("limit", "id")
    return {f"{m.limit} {m.window_key}": (m.reserved, m.granted) for m in meters}


def test_what_the_platform_knows_is_taken_with_its_source_and_the_rest_is_asked_for(
    subsidies: Subsidies,
) -> None:
    house = subsidies.cast.enterprise_a
    drafted = actions.draft_application(
        by=house.member, call_id=subsidies.open().pk, loan_id=loan_of(house).pk, on=ON
    )

    facts = {path: stated.row for path, stated in asked.facts_of(drafted).items()}
    assert facts["loan.settled_on"].value == SETTLED.isoformat()
    assert facts["interest_paid"].value == "12940.28"
    assert facts["pledge.ip_share"].value == "0.6"
    assert facts["applicant.region"].value == "500103"
    assert all(row.source for row in facts.values())
    with pytest.raises(Refused) as refusal:
        actions.file_application(by=house.member, application_id=drafted.pk, on=ON)
    assert codes(refusal) == ["missing"]
    assert not MeterEntry.objects.exists()


def test_a_filed_application_holds_what_it_takes_and_a_second_one_gets_what_is_left(
    subsidies: Subsidies,
) -> None:
    house, call = subsidies.cast.enterprise_a, subsidies.open()
    first = subsidies.apply(house, call, loan_of(house))
    # 12,940.28 x 60 % x 50 % = 3,882.084
    assert (fen_of(first.calculation.total), used()) == (3_882_08, {"year 2026": (3_882_08, 0)})

    second = subsidies.apply(house, call, subsidies.settle(subsidies.loan(house, "YC3")))
    assert fen_of(second.calculation.total) == 6_000_00 - 3_882_08
    assert used() == {"year 2026": (6_000_00, 0)}

    actions.withdraw_application(by=house.member, application_id=first.pk, on=ON)
    assert used() == {"year 2026": (2_117_92, 0)}


def test_a_stored_calculation_works_out_again_to_the_fen(subsidies: Subsidies) -> None:
    house = subsidies.cast.enterprise_a
    filed = subsidies.apply(house, subsidies.open(), loan_of(house))

    again = replay(filed.calculation.result)
    assert again.plain() == filed.calculation.result


def test_a_loan_is_applied_for_once_in_a_call(subsidies: Subsidies) -> None:
    house, call = subsidies.cast.enterprise_a, subsidies.open()
    subsidies.apply(house, call, loan_of(house))
    with pytest.raises(Refused) as refusal:
        actions.draft_application(by=house.member, call_id=call.pk, loan_id=loan_of(house).pk, on=ON)
    assert codes(refusal) == ["twice"]


def test_a_loan_is_paid_for_once_under_a_measure_and_shown_as_paid_under_another(
    subsidies: Subsidies,
) -> None:
    granted(subsidies)
    house, second = subsidies.cast.enterprise_a, subsidies.open(title="第二批")
    with pytest.raises(Refused) as refusal:
        subsidies.apply(house, second, loan_of(house))
    assert codes(refusal) == ["once"]

    other = publish(MEASURE.replace("cq-yuzhong-2026", "cq-other-2026"))
    drafted = actions.draft_application(
        by=house.member, call_id=subsidies.open(policy=other).pk, loan_id=loan_of(house).pk, on=ON
    )
    assert asked.facts_of(drafted)["loan.other_fiscal_interest_subsidy"].value is True


def test_only_what_the_call_and_the_version_in_force_take_is_filed(subsidies: Subsidies) -> None:
    house = subsidies.cast.enterprise_a
    call = subsidies.open(settled=(dt.date(2026, 1, 1), dt.date(2026, 10, 8)))
    with pytest.raises(Refused) as refusal:
        subsidies.apply(house, call, loan_of(house))
    assert codes(refusal) == ["settled_outside"]

    ended = publish(
        MEASURE.replace("cq-yuzhong-2026", "cq-ended-2026").replace(
            "{from: 2026-01-01, to: null, version_picked_by: application_date}",
            "{from: 2026-01-01, to: 2026-09-30, version_picked_by: settlement_date}",
        )
    )
    with pytest.raises(Refused) as refusal:
        subsidies.apply(house, subsidies.open(policy=ended), loan_of(house))
    assert codes(refusal) == ["not_in_force"]
    elsewhere = publish(MEASURE.replace("cq-yuzhong-2026", "bj-x-2026").replace("500103", "110101"))
    with pytest.raises(Refused) as refusal:
        subsidies.open(policy=elsewhere)
    assert codes(refusal) == ["other_region"]


def test_calls_of_one_year_share_the_pool_of_the_measure(subsidies: Subsidies) -> None:
    small = publish(
        MEASURE.replace("cq-yuzhong-2026", "cq-small-2026").replace("pool: '100000'", "pool: '5000'")
    )
    for house, left in ((subsidies.cast.enterprise_a, 5_000_00), (subsidies.cast.enterprise_b, 1_117_92)):
        call = subsidies.open(policy=small, title=f"一批 {house.organisation.code}")
        subsidies.pass_(subsidies.apply(house, call, loan_of(house)))
        actions.close_call(by=subsidies.officer, call_id=call.pk)
        plan = actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=ON)
        assert (fen_of(plan.left), fen_of(plan.total)) == (left, min(left, 3_882_08))


def test_another_firms_loan_and_application_do_not_exist_for_an_owner(subsidies: Subsidies) -> None:
    cast, call = subsidies.cast, subsidies.open()
    with pytest.raises(Refused) as refusal:
        actions.draft_application(
            by=cast.enterprise_a.member, call_id=call.pk, loan_id=loan_of(cast.enterprise_b).pk, on=ON
        )
    assert codes(refusal) == ["no_such_loan"]
    filed = subsidies.apply(cast.enterprise_a, call, loan_of(cast.enterprise_a))
    seeing = {
        name
        for name, member in cast.everybody.items()
        if asked.applications(viewer=member).filter(pk=filed.pk).exists()
    }
    bureau = {"district_bureau.officer", "district_bureau.approver"}
    assert seeing == {"enterprise_a.member", *bureau, "auditor.member"}, (
        "the city's auditor looks into its districts"
    )


def test_an_officer_mends_item_by_item_and_the_place_in_the_order_stays(subsidies: Subsidies) -> None:
    house = subsidies.cast.enterprise_a
    filed = subsidies.apply(house, subsidies.open(), loan_of(house))
    notice = actions.give_notice(
        by=subsidies.officer, application_id=filed.pk, items=["缺银行还款证明", " "], on=ON
    )
    assert (notice.items, notice.due_on) == (["缺银行还款证明"], dt.date(2026, 11, 27))
    with pytest.raises(Refused) as refusal:
        actions.refuse(by=subsidies.officer, application_id=filed.pk, reason="逾期未补正", on=ON)
    assert codes(refusal) == ["still_open"]

    answered = actions.answer_notice(by=house.member, application_id=filed.pk, text="已补还款证明", on=ON)
    assert (answered.state, answered.filed_at) == ("filed", filed.filed_at)


def test_what_an_enterprise_stated_is_judged_before_it_is_paid(subsidies: Subsidies) -> None:
    house = subsidies.cast.enterprise_a
    filed = subsidies.apply(house, subsidies.open(), loan_of(house))
    with pytest.raises(Refused) as refusal:
        actions.review(by=subsidies.officer, application_id=filed.pk, granted={}, text="", on=ON)
    assert codes(refusal) == ["unjudged"]

    actions.judge_fact(
        by=subsidies.officer, application_id=filed.pk, path="applicant.joint_punishment", standing="rejected",
        reason="信用中国查有记录", on=ON,
    )  # fmt: skip
    with pytest.raises(Refused) as refusal:
        actions.review(by=subsidies.officer, application_id=filed.pk, granted={}, text="", on=ON)
    assert codes(refusal) == ["missing"]


def test_what_is_up_to_a_most_is_entered_by_the_officer_and_never_above_it(subsidies: Subsidies) -> None:
    house = subsidies.cast.enterprise_a
    lent = subsidies.loan(
        house, "YC4", security="pledge_guarantee", guarantor_name=subsidies.cast.guarantor.organisation.name
    )
    filed = subsidies.apply(house, subsidies.open(), subsidies.settle(lent), **{"fees.guarantee": "8000.00"})
    with pytest.raises(Refused) as refusal:
        subsidies.pass_(filed)
    assert codes(refusal) == ["not_granted"]
    with pytest.raises(Refused) as refusal:
        subsidies.pass_(filed, {"guarantee": 4_000_01})
    assert codes(refusal) == ["granted_above"]

    passed = subsidies.pass_(filed, {"guarantee": 2_500_00})
    assert fen_of(passed.calculation.total) == 3_882_08 + 2_500_00


def planned(subsidies: Subsidies, pool_fen: int | None = None, **call_terms: Any) -> Plan:
    """Both enterprises applied and were passed; the list is drawn."""
    call = subsidies.open(pool_fen=pool_fen, **call_terms)
    for house in (subsidies.cast.enterprise_a, subsidies.cast.enterprise_b):
        subsidies.pass_(subsidies.apply(house, call, loan_of(house)))
    actions.close_call(by=subsidies.officer, call_id=call.pk)
    return actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=ON)


def test_a_pool_that_is_too_small_is_shared_by_the_measures_rule_and_never_overdrawn(
    subsidies: Subsidies,
) -> None:
    plan = planned(subsidies, pool_fen=5_000_01)

    assert [fen_of(line.asked) for line in plan.lines.order_by("seq")] == [3_882_08, 3_882_08]
    assert [fen_of(line.amount) for line in plan.lines.order_by("seq")] == [2_500_01, 2_500_00]
    assert (plan.rule, fen_of(plan.total), fen_of(plan.left)) == ("pro_rata", 5_000_01, 5_000_01)
    assert used() == {"budget call": (5_000_01, 0), "year 2026": (2_500_01, 0)} | {
        f"{m.limit} {m.window_key}": (m.reserved, 0)
        for m in Meter.objects.filter(limit="year").order_by("id")
    }
    with pytest.raises(DatabaseError, match="a_plan_stays_within_the_pool"), transaction.atomic():
        Plan.objects.create(
            call=plan.call,
            seq=9,
            drawn_on=ON,
            asked="9.00",
            total="9.00",
            left="8.00",
            sha256="0",
            state="void",
        )


def test_a_list_is_drawn_only_when_every_application_is_looked_at_and_every_office_heard(
    subsidies: Subsidies,
) -> None:
    house, call = subsidies.cast.enterprise_a, subsidies.open(offices=["税务局"])
    filed = subsidies.apply(house, call, loan_of(house))
    with pytest.raises(Refused) as refusal:
        actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=ON)
    assert codes(refusal) == ["not_closed", "not_reviewed", "nothing"]

    subsidies.pass_(filed)
    actions.close_call(by=subsidies.officer, call_id=call.pk)
    with pytest.raises(Refused) as refusal:
        actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=ON)
    assert codes(refusal) == ["office_silent"]
    actions.office_says(
        by=subsidies.officer, application_id=filed.pk, office="税务局", outcome="against", text="欠税", on=ON
    )
    with pytest.raises(Refused) as refusal:
        actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=ON)
    assert codes(refusal) == ["office_against"]
    actions.office_says(
        by=subsidies.officer, application_id=filed.pk, office="税务局", outcome="clear", on=ON
    )
    assert actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=ON).lines.count() == 1


def public(subsidies: Subsidies, **terms: Any) -> Plan:
    plan = planned(subsidies, **terms)
    subsidies.sign(
        actions.propose_publication(by=subsidies.officer, plan_id=plan.pk),
        at=dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC),
    )
    plan.refresh_from_db()
    return plan


def test_a_list_is_granted_after_its_public_days_and_not_before(subsidies: Subsidies) -> None:
    plan = public(subsidies)
    assert (plan.state, plan.published_on, plan.objections_until) == ("public", ON, dt.date(2026, 11, 27))
    with pytest.raises(Refused) as refusal:
        actions.propose_award(by=subsidies.officer, plan_id=plan.pk, on=dt.date(2026, 11, 27))
    assert codes(refusal) == ["still_public"]


def granted(subsidies: Subsidies, **terms: Any) -> Plan:
    plan = public(subsidies, **terms)
    asked_for = actions.propose_award(by=subsidies.officer, plan_id=plan.pk, on=AFTER.date())
    subsidies.sign(asked_for, at=AFTER)
    plan.refresh_from_db()
    return plan


def test_two_persons_grant_the_list_and_what_was_held_becomes_granted(subsidies: Subsidies) -> None:
    plan = granted(subsidies, pool_fen=10_000_00)

    assert (plan.state, plan.call.state) == ("paid", "decided")
    assert sorted(fen_of(award.amount) for award in Award.objects.all()) == [3_882_08, 3_882_08]
    assert {(m.limit, m.reserved, m.granted) for m in Meter.objects.all()} == {
        ("budget", 0, 7_764_16),
        ("budget.policy", 0, 7_764_16),
        ("interest.once", 0, 1),
        ("year", 0, 3_882_08),
    }
    assert set(Application.objects.values_list("state", flat=True)) == {"awarded"}
    for house in (subsidies.cast.enterprise_a, subsidies.cast.enterprise_b):
        assert asked.awards(viewer=house.member).count() == 1


def test_an_objection_is_answered_first_and_one_that_is_upheld_stops_the_list(subsidies: Subsidies) -> None:
    plan = public(subsidies)
    line = plan.lines.order_by("seq").first()
    objection = actions.object_to(
        by=subsidies.officer, plan_id=plan.pk, said_by="匿名", text="该企业已停产", received_on=ON, on=ON,
        application_id=line.application_id,
    )  # fmt: skip
    with pytest.raises(Refused) as refusal:
        actions.propose_award(by=subsidies.officer, plan_id=plan.pk, on=AFTER.date())
    assert codes(refusal) == ["open"]
    actions.answer_objection(
        by=subsidies.officer, objection_id=objection.pk, upheld=True, text="属实", on=AFTER.date()
    )
    with pytest.raises(Refused) as refusal:
        actions.propose_award(by=subsidies.officer, plan_id=plan.pk, on=AFTER.date())
    assert codes(refusal) == ["upheld"]

    actions.void_plan(by=subsidies.officer, plan_id=plan.pk, reason="异议成立", on=AFTER.date())
    actions.refuse(by=subsidies.officer, application_id=line.application_id, reason="已停产", on=AFTER.date())
    anew = actions.draw_plan(by=subsidies.officer, call_id=plan.call_id, on=AFTER.date())
    assert (anew.seq, anew.lines.count()) == (2, 1)


def test_a_payment_file_is_released_by_two_and_a_failed_payment_goes_into_the_next(
    subsidies: Subsidies,
) -> None:
    plan = granted(subsidies)
    call = plan.call
    file = subsidies.sign(actions.propose_payment(by=subsidies.officer, call_id=call.pk), at=AFTER)
    assert (file.count, fen_of(file.amount)) == (2, 7_764_16)
    text = bytes(file.file.content).decode("utf-8-sig")
    assert text.splitlines()[1].split(",")[4] == "3882.08"
    with pytest.raises(Refused) as refusal:
        actions.propose_payment(by=subsidies.officer, call_id=call.pk)
    assert codes(refusal) == ["nothing"]

    day = AFTER.date()
    faulty = [
        actions.Answered(1, True, day, "R1"), actions.Answered(1, True, day, "R2"), actions.Answered(2, False, day),
        actions.Answered(3, True, day, "R3"),
    ]  # fmt: skip
    with pytest.raises(Refused) as refusal:
        actions.enter_results(by=subsidies.officer, file_id=file.pk, answers=faulty, on=day)
    assert codes(refusal) == ["twice", "required", "no_such_line"]
    answers = [actions.Answered(1, True, day, "R1"), actions.Answered(2, False, day, reason="户名不符")]
    actions.enter_results(by=subsidies.officer, file_id=file.pk, answers=answers, on=day)
    assert sorted(AwardPayment.objects.values_list("state", flat=True)) == ["failed", "succeeded"]
    again = subsidies.sign(actions.propose_payment(by=subsidies.officer, call_id=call.pk), at=AFTER)
    assert (again.count, fen_of(again.amount)) == (1, 3_882_08)


def test_an_award_is_asked_back_by_two_at_most_once_and_its_limit_is_free_again(subsidies: Subsidies) -> None:
    granted(subsidies)
    award = Award.objects.get(payee=subsidies.cast.enterprise_a.organisation)
    meter = Meter.objects.get(limit="year", scope_key__contains=str(award.payee_id))
    with pytest.raises(Refused) as refusal:
        actions.propose_claw_back(
            by=subsidies.officer, award_id=award.pk, ground="early", fen=3_882_09, text=" ", on=AFTER.date()
        )
    assert codes(refusal) == ["too_much", "required"]
    asked_for = actions.propose_claw_back(
        by=subsidies.officer, award_id=award.pk, ground="untrue", fen=3_882_08, text="合同系伪造", on=AFTER.date(),
        excluded_until=dt.date(2029, 11, 30),
    )  # fmt: skip
    back = subsidies.sign(asked_for, at=AFTER)
    meter.refresh_from_db()
    assert meter.granted == 0
    actions.receive_back(
        by=subsidies.officer,
        claw_back_id=back.pk,
        fen=3_882_08,
        day=AFTER.date(),
        reference="GK1",
        on=AFTER.date(),
    )
    with pytest.raises(Refused) as refusal:
        actions.receive_back(
            by=subsidies.officer,
            claw_back_id=back.pk,
            fen=1,
            day=AFTER.date(),
            reference="GK1",
            on=AFTER.date(),
        )
    assert codes(refusal) == ["amount", "duplicate"]

    house, call = subsidies.cast.enterprise_a, subsidies.open(title="第二批")
    drafted = actions.draft_application(by=house.member, call_id=call.pk, loan_id=loan_of(house).pk, on=ON)
    actions.state_facts(
        by=house.member, application_id=drafted.pk, stated={"applicant.joint_punishment": False}, on=ON
    )
    with pytest.raises(Refused) as refusal:
        actions.file_application(by=house.member, application_id=drafted.pk, on=ON)
    assert codes(refusal) == ["excluded"]


def test_without_an_application_the_list_is_built_from_returns_and_the_owner_confirms(
    subsidies: Subsidies, cast: Cast
) -> None:
    call = subsidies.open(unasked=True)
    for house in (cast.enterprise_a, cast.enterprise_b):
        record_fact(
            by=None,
            enterprise=house.organisation,
            name="applicant.joint_punishment",
            value="false",
            about=ON,
            source="信用平台",
        )
    built = actions.build_list(by=subsidies.officer, call_id=call.pk, on=ON)
    assert ([one.enterprise for one in built.listed], built.skipped) == (
        [],
        {},
    )  # nothing of it is in the bureau's sight


def test_a_list_says_of_each_loan_why_it_passes_it_over(
    subsidies: Subsidies, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paid before, a limit used up, another version, a firm kept out; and the fact that nobody stated."""
    everything = [lambda viewer: Q(pk__isnull=False)]
    monkeypatch.setattr(loans_asked, "_widenings", everything)  # all loans in the bureau's sight
    for house, number in ((cast.enterprise_a, "YC3"), (cast.enterprise_a, "YC4")):
        subsidies.settle(subsidies.loan(house, number))
    first, second = cast.enterprise_a, subsidies.open(title="另一批")
    for number in ("YC1", "YC3"):  # 3,882.08 and the 2,117.92 that the year's 6,000.00 leaves
        subsidies.apply(first, second, loan_of_number(first, number))
    record_fact(
        by=None, enterprise=first.organisation, name="applicant.joint_punishment", value="false", about=ON,
        source="信用平台",
    )  # fmt: skip

    def passed_over(call: SubsidyCall) -> dict[str, list[str]]:
        built = actions.build_list(by=subsidies.officer, call_id=call.pk, on=ON)
        assert built.listed == []
        return built.skipped

    assert passed_over(subsidies.open(unasked=True)) == {
        "限额已用完": ["YC1", "YC3", "YC4"],
        "缺少事实：在失信联合惩戒名单内": ["YC2"],
    }
    by_draw = MEASURE.replace("cq-yuzhong-2026", "cq-drawn-2026").replace("max: '6000'", "max: '60000'")
    later = by_draw.replace(
        "from: 2026-01-01, to: null, version_picked_by: application_date",
        "from: 2026-07-01, to: null, version_picked_by: disbursement_date",
    )
    assert set(passed_over(subsidies.open(policy=publish(later), unasked=True))) == {
        "提款日和金额 2026-06-10，不在本政策有效期内",
        "缺少事实：在失信联合惩戒名单内",
    }
    record_fact(
        by=None, enterprise=first.organisation, name="applicant.joint_punishment", value="true", about=ON,
        source="信用平台",
    )  # fmt: skip
    assert "不符合：未被列入联合惩戒" in passed_over(subsidies.open(unasked=True, title="第三批"))


def test_a_list_passes_over_what_was_paid_before_and_who_is_kept_out(
    subsidies: Subsidies, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    granted(subsidies)
    everything = [lambda viewer: Q(pk__isnull=False)]
    monkeypatch.setattr(loans_asked, "_widenings", everything)
    subsidies.settle(subsidies.loan(cast.enterprise_a, "YC3"), paid_fen=1_000_00)
    for house in (cast.enterprise_a, cast.enterprise_b):
        record_fact(
            by=None, enterprise=house.organisation, name="applicant.joint_punishment", value="false", about=ON,
            source="信用平台",
        )  # fmt: skip
    award = Award.objects.get(payee=cast.enterprise_a.organisation)
    asked_for = actions.propose_claw_back(
        by=subsidies.officer, award_id=award.pk, ground="untrue", fen=1_00, text="不实", on=AFTER.date(),
        excluded_until=dt.date(2029, 1, 1),
    )  # fmt: skip
    subsidies.sign(asked_for, at=AFTER)
    call = subsidies.open(unasked=True, title="第二批")
    built = actions.build_list(by=subsidies.officer, call_id=call.pk, on=AFTER.date())
    once, out = "这笔贷款已按本办法享受或正在申报该项补贴", "因材料不实被追回补贴，2029-01-01 前不得申报"
    assert built.listed == []
    assert built.skipped == {f"{once}；{out}": ["YC1"], once: ["YC2"], out: ["YC3"]}


# --- what a reviewer with fresh eyes got paid, and no longer does ---


def test_what_was_asked_back_is_not_paid_any_more(subsidies: Subsidies) -> None:
    plan = granted(subsidies)
    stale = actions.propose_payment(by=subsidies.officer, call_id=plan.call_id)
    first, second = Award.objects.order_by("plan_line__seq")
    for award, fen in ((first, 3_882_08), (second, 1_000_00)):
        asked_for = actions.propose_claw_back(
            by=subsidies.officer,
            award_id=award.pk,
            ground="untrue",
            fen=fen,
            text="材料不实",
            on=AFTER.date(),
        )
        subsidies.sign(asked_for, at=AFTER)

    with pytest.raises(Refused) as refusal:
        subsidies.sign(stale, at=AFTER)
    assert codes(refusal) == ["ground_moved"]
    decline(by=subsidies.approver, approval_id=stale.pk, reason="已追回")
    file = subsidies.sign(actions.propose_payment(by=subsidies.officer, call_id=plan.call_id), at=AFTER)
    assert (file.count, fen_of(file.amount)) == (1, 2_882_08)
    with pytest.raises(DatabaseError, match="付款不得超过核定减去追回"), transaction.atomic():
        AwardPayment.objects.create(
            award=first, file=file, seq=9, account=file.payments.get().account, amount=first.amount
        )


def test_what_an_enterprise_says_of_itself_never_goes_before_a_bureaus_record(subsidies: Subsidies) -> None:
    house, call = subsidies.cast.enterprise_a, subsidies.open()
    name, day = "applicant.joint_punishment", dt.date(2026, 11, 1)
    for by, value, about in ((None, "true", day), (house.member, "false", ON)):
        record_fact(by=by, enterprise=house.organisation, name=name, value=value, about=about, source="查询")
    drafted = actions.draft_application(by=house.member, call_id=call.pk, loan_id=loan_of(house).pk, on=ON)
    assert asked.facts_of(drafted)[name].value is True

    other = subsidies.cast.enterprise_b
    record_fact(
        by=other.member, enterprise=other.organisation, name=name, value="false", about=ON, source="自报"
    )
    filed = actions.draft_application(by=other.member, call_id=call.pk, loan_id=loan_of(other).pk, on=ON)
    assert asked.facts_of(filed)[name].row.standing == "stated"  # waits for an officer's judgement


def test_a_loan_that_is_typed_in_is_not_paid_for(subsidies: Subsidies) -> None:
    house = subsidies.cast.enterprise_a
    typed = {
        "loan.draws": [["2026-06-10", "1000000.00"]], "loan.settled_on": SETTLED.isoformat(), "loan.overdue_days": 0,
        "interest_paid": "12940.28", "pledge.ip_share": "0.6",
    }  # fmt: skip
    with pytest.raises(Refused) as refusal:
        subsidies.apply(house, subsidies.open(), None, **typed)
    assert codes(refusal) == ["no_loan"]


def test_what_the_platform_learns_later_is_looked_at_before_the_list_is_drawn(subsidies: Subsidies) -> None:
    house, call = subsidies.cast.enterprise_a, subsidies.open()
    passed = subsidies.pass_(subsidies.apply(house, call, loan_of(house)))
    subsidies.settle(loan_of(house), paid_fen=1_000_00)  # the bank corrects what interest was paid
    actions.close_call(by=subsidies.officer, call_id=call.pk)
    with pytest.raises(Refused) as refusal:
        actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=ON)
    assert codes(refusal) == ["moved"]

    actions.reopen(by=subsidies.officer, application_id=passed.pk, reason="月报更正", on=ON)
    assert actions.take_again(by=subsidies.officer, application_id=passed.pk, on=ON) == ["实际支付的利息"]
    subsidies.pass_(passed)
    assert fen_of(actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=ON).total) == 300_00


def test_a_plan_gives_one_application_what_another_leaves(subsidies: Subsidies) -> None:
    house, call = subsidies.cast.enterprise_a, subsidies.open()
    first = subsidies.apply(house, call, subsidies.settle(subsidies.loan(house, "YC5"), paid_fen=4_000_00))
    second = subsidies.apply(house, call, loan_of_number(house, "YC1"))
    actions.judge_fact(
        by=subsidies.officer, application_id=first.pk, path="interest_paid", standing="confirmed", value="12940.28",
        reason="银行更正的利息清单", on=ON,
    )  # fmt: skip
    for one in (first, second):
        subsidies.pass_(one)
    actions.close_call(by=subsidies.officer, call_id=call.pk)
    plan = actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=ON)
    assert [fen_of(line.amount) for line in plan.lines.order_by("seq")] == [3_882_08, 2_117_92]


def test_a_lower_limit_of_a_later_version_stops_nobody_with_a_fault(subsidies: Subsidies) -> None:
    house = subsidies.cast.enterprise_a
    subsidies.apply(house, subsidies.open(), loan_of(house))
    lower = publish(
        MEASURE.replace("cq-yuzhong-2026", "cq-lower-2027")
        .replace("max: '6000'", "max: '3000'")
        .replace("'3882.08'", "'3000.00'")
        .replace("window: application_year, max", "window: lifetime, max")
    )
    meter = Meter.objects.get(limit="year")
    case = asked.case_of(Application.objects.get(), on=ON)
    parties = {"enterprise": str(house.organisation.pk)}
    limit = next(one for one in metered(policy_of(lower), "cq-yuzhong", case, parties) if one.limit == "year")
    same = replace(limit, key=MeterKey(meter.family, meter.limit, meter.scope_key, meter.window_key))
    # what was held under the other text stands; nothing more is left
    assert lock_meters([same])[same.key].most == 3_882_08


def test_who_is_kept_out_after_a_claw_back_is_not_granted_what_was_under_way(subsidies: Subsidies) -> None:
    granted(subsidies)
    house, call = subsidies.cast.enterprise_a, subsidies.open(title="第二批")
    passed = subsidies.pass_(
        subsidies.apply(house, call, subsidies.settle(subsidies.loan(house, "YC7"), paid_fen=5_000_00))
    )
    award = Award.objects.get(payee=house.organisation)
    asked_for = actions.propose_claw_back(
        by=subsidies.officer, award_id=award.pk, ground="untrue", fen=1_00, text="不实", on=AFTER.date(),
        excluded_until=dt.date(2029, 1, 1),
    )  # fmt: skip
    subsidies.sign(asked_for, at=AFTER)
    actions.close_call(by=subsidies.officer, call_id=call.pk)
    with pytest.raises(Refused) as refusal:
        actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=AFTER.date())
    assert codes(refusal) == ["excluded"]
    assert passed.number in str(refusal.value)


def test_a_payment_that_arrived_comes_back_only_by_two_persons(subsidies: Subsidies) -> None:
    plan = granted(subsidies)
    file = subsidies.sign(actions.propose_payment(by=subsidies.officer, call_id=plan.call_id), at=AFTER)
    day = AFTER.date()
    with pytest.raises(Refused) as refusal:
        actions.enter_results(
            by=subsidies.officer, file_id=file.pk, on=day,
            answers=[actions.Answered(1, True, day, "R1"), actions.Answered(2, True, day, "R1")],
        )  # fmt: skip
    assert codes(refusal) == ["reference"]
    answers = [actions.Answered(1, True, day, "R1"), actions.Answered(2, True, day, "R2")]
    actions.enter_results(by=subsidies.officer, file_id=file.pk, answers=answers, on=day)
    with pytest.raises(Refused) as refusal:
        actions.enter_results(
            by=subsidies.officer,
            file_id=file.pk,
            answers=[actions.Answered(1, False, day, reason="退票")],
            on=day,
        )
    assert codes(refusal) == ["answered"]
    payment = file.payments.get(seq=1)
    asked_for = actions.propose_return(
        by=subsidies.officer, payment_id=payment.pk, day=day, reason="账户已销户", on=day
    )
    subsidies.sign(asked_for, at=AFTER)
    payment.refresh_from_db()
    assert payment.state == "failed"


def test_a_public_list_that_runs_into_a_year_without_a_calendar_waits_for_it(subsidies: Subsidies) -> None:
    plan = planned(subsidies)
    late = dt.datetime(2026, 12, 30, 4, tzinfo=dt.UTC)
    subsidies.sign(actions.propose_publication(by=subsidies.officer, plan_id=plan.pk), at=late)
    with pytest.raises(Refused) as refusal:
        actions.propose_award(by=subsidies.officer, plan_id=plan.pk, on=dt.date(2027, 1, 20))
    assert codes(refusal) == ["provisional"]


def test_marks_are_the_same_however_their_numbers_are_typed() -> None:
    assert {
        thing_of(number) for number in ("12345678", "１２３４５６７８", "第12345678号", " 1234 5678")
    } == {"12345678"}


def test_a_later_measure_of_the_family_takes_over_on_its_first_day(subsidies: Subsidies) -> None:
    later = publish(
        MEASURE.replace("cq-yuzhong-2026", "cq-yuzhong-2027").replace("from: 2026-01-01", "from: 2027-01-01")
    )
    spans = standing([subsidies.measure, later])
    assert [told(spans[one.pk]) for one in (subsidies.measure, later)] == [
        "2026-01-01 至 2026-12-31",
        "2027-01-01 起",
    ]


# --- what the database holds on its own ---


def test_meters_move_only_by_entries_and_never_past_their_limit(subsidies: Subsidies) -> None:
    house = subsidies.cast.enterprise_a
    filed = subsidies.apply(house, subsidies.open(), loan_of(house))
    meter = Meter.objects.get(limit="year")
    for change in ({"reserved": 0}, {"granted": 5}, {"scope_key": "x"}):
        with pytest.raises(DatabaseError, match="只能随登记变动"), transaction.atomic():
            Meter.objects.filter(pk=meter.pk).update(**change)
    with pytest.raises(DatabaseError, match="a_limit_of_a_subsidy_is_never_passed"), transaction.atomic():
        MeterEntry.objects.create(meter=meter, key="more", kind="reserve", amount=6_000_00, application=filed)
    with pytest.raises(DatabaseError, match="a_meter_is_never_below_zero"), transaction.atomic():
        MeterEntry.objects.create(meter=meter, key="less", kind="take_back", amount=1, application=filed)
    with pytest.raises(DatabaseError), transaction.atomic():
        MeterEntry.objects.filter(meter=meter).update(amount=1)


def test_the_database_pays_nobody_without_two_persons_and_the_public_list(subsidies: Subsidies) -> None:
    plan = public(subsidies)
    line = plan.lines.order_by("seq").first()
    wrong = {
        "plan_line": line, "application": line.application, "line": line.line, "payee": line.payee, "amount": line.amount,
        "awarded_on": ON, "approval": plan.approval,
    }  # fmt: skip
    with pytest.raises(DatabaseError, match="补贴须由本部门两人"), transaction.atomic():
        Award.objects.create(**wrong)
    drawn = Plan.objects.create(
        call=subsidies.open(title="另一批"), seq=1, drawn_on=ON, asked="1.00", total="1.00", sha256="0" * 64
    )
    with pytest.raises(DatabaseError, match="公示须由本部门两人"), transaction.atomic():
        Plan.objects.filter(pk=drawn.pk).update(
            state="public", approval=plan.approval, published_on=ON, objections_until=ON
        )


def test_no_more_is_taken_back_than_was_awarded_even_by_raw_sql(subsidies: Subsidies) -> None:
    granted(subsidies)
    award = Award.objects.get(payee=subsidies.cast.enterprise_a.organisation)
    asked_for = actions.propose_claw_back(
        by=subsidies.officer, award_id=award.pk, ground="overpaid", fen=3_000_00, text="多付", on=AFTER.date()
    )
    first = subsidies.sign(asked_for, at=AFTER)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE subsidies_clawback SET amount = 1")
    with pytest.raises(DatabaseError), transaction.atomic():
        ClawBack.objects.create(
            award=award,
            ground="overpaid",
            text="再追",
            amount=money_of(1_000_00),
            decided_on=ON,
            approval=first.approval,
        )


def test_a_calls_terms_do_not_change_and_its_faults_are_told_together(subsidies: Subsidies) -> None:
    call = subsidies.open()
    with pytest.raises(DatabaseError), transaction.atomic():
        SubsidyCall.objects.filter(pk=call.pk).update(closes_on=dt.date(2027, 1, 1))
    with pytest.raises(Refused) as refusal:
        subsidies.open(title=" ", closes_on=dt.date(2026, 1, 1), pool_fen=0, public_days=0)
    assert codes(refusal) == ["required", "order", "not_positive", "days"]
