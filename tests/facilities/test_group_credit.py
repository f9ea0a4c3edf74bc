"""Group credit: opened by two, drawn by users of the mark alone, never over a member's limit nor the facility's total."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from finance.loans.models import Loan
from kernel.days import today
from kernel.errors import Refused
from kernel.money.fields import fen_of, money_of
from kernel.work.approvals import approve, ask
from tests.facilities.ground import MILLION, WHY, granted, mark_file, opened, user
from tests.pledges.filed import MARK
from tests.two_persons import approved
from valuation.facilities import actions, queries
from valuation.facilities.models import Draw, Facility, FacilityAct, FacilityMember, MemberAct
from valuation.facilities.rules import Room, Seat, grant_problems

pytestmark = pytest.mark.django_db


@contextmanager
def refused(**codes_by_place: str):
    """Refused with these faults, all of them and no other."""
    with pytest.raises(Refused) as told, transaction.atomic():
        yield
    assert {problem.where: problem.code for problem in told.value.problems} == codes_by_place


def codes_of(call) -> set[str]:
    with pytest.raises(Refused) as told, transaction.atomic():
        call()
    return {problem.code for problem in told.value.problems}


def test_a_facility_is_opened_by_two_persons_for_a_mark_with_users(credit):
    row = credit.facility
    assert (row.mark, row.right_number, fen_of(row.total), row.bank) == (
        "ABC", MARK, 3 * MILLION, credit.bank.organisation,
    )  # fmt: skip
    [act] = row.acts.all()
    assert (act.kind, act.approval.maker, act.approval.checker) == (
        "opened", credit.bank.maker.account, credit.bank.checker.account,
    )  # fmt: skip


def test_opening_tells_every_fault_at_once_and_keeps_nothing(cast):
    worked, on = mark_file(cast), today()
    with refused(商标="no_mark", 授信总额="amount", 起日="past", 止日="day_order", 用途="required"):
        actions.propose_facility(
            by=cast.bank_a.maker, file_id=worked.file.pk, right_number="99", total_fen=0,
            first=on - dt.timedelta(days=1), last=on - dt.timedelta(days=2), purpose=" ", on=on,
        )  # fmt: skip
    assert not Facility.objects.exists()


def test_nobody_but_the_bank_of_the_file_opens_one_and_not_alone(cast):
    worked, on = mark_file(cast), today()
    terms = {
        "file_id": worked.file.pk, "right_number": MARK, "total_fen": MILLION, "first": on,
        "last": on + dt.timedelta(days=30), "purpose": "收购", "on": on,
    }  # fmt: skip
    with pytest.raises(worked.file.DoesNotExist):
        actions.propose_facility(by=cast.bank_b.maker, **terms)
    for by in (cast.bank_a.checker, cast.enterprise_a.owner, cast.ip_bureau.clerk):
        with pytest.raises(Refused, match="权限"):
            actions.propose_facility(by=by, **terms)
    asked = actions.propose_facility(by=cast.bank_a.maker, **terms)
    with pytest.raises(Refused, match="同一人"):
        approve(by=cast.bank_a.maker, approval_id=asked.pk)


def test_a_draw_takes_room_of_its_member_and_of_the_facility_and_a_release_gives_it_back(credit):
    drawn = credit.draw("a", 600_000_00, "JJ-1")
    credit.again()
    assert [fen_of(row.drawn) for row in (credit.facility, *credit.members.values())] == [
        600_000_00,
        600_000_00,
        0,
    ]
    actions.release(by=credit.bank.maker, draw_id=drawn.pk, amount_fen=250_000_00, day=today(), on=today())
    credit.again()
    assert [fen_of(row.drawn) for row in (credit.facility, *credit.members.values())] == [
        350_000_00,
        350_000_00,
        0,
    ]
    with refused(金额="above_draw"):
        actions.release(
            by=credit.bank.maker, draw_id=drawn.pk, amount_fen=350_000_01, day=today(), on=today()
        )
    assert queries.faults() == []


def test_the_last_fen_of_a_limit_may_be_drawn_and_not_one_more(credit):
    credit.draw("a", 999_999_99, "JJ-1")
    with refused(金额="above_member"):
        credit.draw("a", 2, "JJ-2")
    credit.draw("a", 1, "JJ-2")


def test_the_total_binds_when_the_limits_together_are_more(cast):
    from tests.facilities.ground import open_credit

    credit = open_credit(cast, total_fen=1_500_000_00)
    credit.draw("a", MILLION, "JJ-1")
    with refused(金额="above_facility"):
        credit.draw("b", 500_000_01, "JJ-2")
    credit.draw("b", 500_000_00, "JJ-2")


def test_every_fault_of_a_draw_is_told_at_once(credit):
    credit.draw("a", MILLION, "JJ-1")
    far = today() + dt.timedelta(days=400)
    found = codes_of(lambda: credit.draw("a", 5 * MILLION, "JJ-1", day=far))
    assert found == {
        "future",
        "outside_days",
        "not_a_user",
        "above_member",
        "above_facility",
        "drawn_before",
    } - {"not_a_user"}


def test_the_database_refuses_a_draw_over_the_limit_that_no_action_looked_at(credit):
    member = credit.members["a"]
    fields = {"facility": credit.facility, "member": member, "bank": credit.bank.organisation, "on": today()}
    with pytest.raises(IntegrityError, match="a_member_never_draws_over_its_limit"), transaction.atomic():
        Draw.objects.create(loan_no="X-1", amount=money_of(MILLION + 1), **fields)
    with pytest.raises(IntegrityError, match="授信期"), transaction.atomic():
        Draw.objects.create(
            loan_no="X-2", amount=money_of(1), **fields | {"on": today() - dt.timedelta(days=1)}
        )
    assert credit.again().facility.drawn.amount == 0


def test_totals_move_with_their_rows_and_never_by_hand(credit, cast):
    member = credit.members["a"]
    for model, pk, change in (
        (Facility, credit.facility.pk, {"total": money_of(9 * MILLION)}),
        (Facility, credit.facility.pk, {"closed_on": today()}),
        (FacilityMember, member.pk, {"limit": money_of(9 * MILLION)}),
        (FacilityMember, member.pk, {"state": "suspended"}),
    ):
        with pytest.raises(IntegrityError, match="只随登记变动"), transaction.atomic():
            model.objects.filter(pk=pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM facilities_memberact")
    foreign = approved(cast, "facilities.raise", facility=str(credit.facility.pk), total_fen=9 * MILLION)
    with pytest.raises(IntegrityError, match="两人"), transaction.atomic():
        FacilityAct.objects.create(
            facility=credit.facility, kind="raised", total=money_of(9 * MILLION), on=today(), approval=foreign
        )


def test_a_limit_without_a_line_of_the_banks_own_scoring_needs_a_reason(credit):
    code = credit.cast.enterprise_b.organisation.credit_code
    with refused(理由="no_line"):
        actions.propose_limit(
            by=credit.bank.maker, facility_id=credit.facility.pk, credit_code=code, limit_fen=2 * MILLION, reason=" ",
            on=today(),
        )  # fmt: skip
    act = MemberAct.objects.get(member=credit.members["b"])
    assert (act.line, act.reason) == (None, WHY)


def test_a_limit_goes_neither_over_the_total_nor_under_what_is_drawn(credit):
    credit.draw("a", 800_000_00, "JJ-1")
    code = credit.cast.enterprise_a.organisation.credit_code
    terms = {
        "by": credit.bank.maker,
        "facility_id": credit.facility.pk,
        "credit_code": code,
        "reason": WHY,
        "on": today(),
    }
    with refused(成员限额="above_total"):
        actions.propose_limit(limit_fen=3 * MILLION + 1, **terms)
    with refused(成员限额="below_drawn"):
        actions.propose_limit(limit_fen=799_999_99, **terms)


def test_only_who_stands_in_the_register_is_granted_a_limit(cast):
    worked = mark_file(cast)
    facility = opened(cast, worked)
    for code, places in (
        ("91500103MA00000000", {"not_a_user", "no_enterprise"}),
        ("", {"not_a_user", "no_enterprise"}),
    ):
        assert codes_of(
            lambda code=code: actions.propose_limit(
                by=cast.bank_a.maker, facility_id=facility.pk, credit_code=code, limit_fen=MILLION, reason=WHY, on=today()
            )
        ) == places  # fmt: skip


def test_who_leaves_the_register_draws_no_more_and_is_suspended_by_the_watch(credit):
    cast = credit.cast
    credit.draw("b", 100_000_00, "JJ-1")
    gone = (today() - dt.timedelta(days=1)).isoformat()
    credit.register(user(cast.enterprise_a), user(cast.enterprise_b, to=gone))
    with refused(成员="not_a_user"):
        credit.draw("b", 1, "JJ-2")
    assert actions.watch_facilities(on=today()) == 1
    assert actions.watch_facilities(on=today()) == 0
    credit.again()
    assert [member.state for member in credit.members.values()] == ["active", "suspended"]
    last = MemberAct.objects.filter(member=credit.members["b"]).latest("pk")
    assert (last.kind, "不在使用人名册内" in last.reason, last.recorded_by) == ("suspended", True, None)
    credit.register(user(cast.enterprise_a), user(cast.enterprise_b))
    with refused(成员="suspended"):
        credit.draw("b", 1, "JJ-2")
    granted(cast, credit.facility, cast.enterprise_b)
    credit.draw("b", 1, "JJ-2")
    assert queries.faults() == []


def test_a_total_is_raised_by_two_and_never_lowered(credit):
    by = credit.bank.maker
    with refused(授信总额="not_higher", 理由="required"):
        actions.propose_raise(by=by, facility_id=credit.facility.pk, total_fen=3 * MILLION, reason="")
    asked = actions.propose_raise(by=by, facility_id=credit.facility.pk, total_fen=4 * MILLION, reason="春茶")
    approve(by=credit.bank.checker, approval_id=asked.pk)
    assert fen_of(credit.again().facility.total) == 4 * MILLION


def test_a_closed_facility_is_not_drawn_but_still_paid_back(credit):
    drawn = credit.draw("a", 100_00, "JJ-1")
    asked = actions.propose_closing(by=credit.bank.maker, facility_id=credit.facility.pk, reason="产季结束")
    approve(by=credit.bank.checker, approval_id=asked.pk)
    with refused(集体授信="closed"):
        credit.draw("a", 100_00, "JJ-2")
    actions.release(by=credit.bank.maker, draw_id=drawn.pk, amount_fen=100_00, day=today(), on=today())
    assert (fen_of(credit.again().facility.drawn), credit.facility.closed_on) == (0, today())


def test_who_sees_what(credit):
    cast = credit.cast
    other = credit.bank
    assert queries.facilities(viewer=other.maker).get() == credit.facility
    for nobody in (
        cast.bank_b.maker,
        cast.enterprise_a.owner,
        cast.city_bureau.officer,
        cast.guarantor.officer,
    ):
        assert not queries.facilities(viewer=nobody).exists()
    mine = queries.members(viewer=cast.enterprise_a.owner).get()
    assert mine == credit.members["a"]
    for nobody in (cast.bank_b.maker, cast.ip_bureau.clerk, cast.district_bureau.officer):
        assert not queries.members(viewer=nobody).exists()
    with pytest.raises(FacilityMember.DoesNotExist):
        queries.member(viewer=cast.enterprise_a.owner, member_id=credit.members["b"].pk)
    with pytest.raises(FacilityMember.DoesNotExist):
        actions.suspend(by=cast.bank_b.maker, member_id=credit.members["a"].pk, reason="x", on=today())


def test_the_ip_bureau_of_the_region_sees_the_facility_and_none_of_its_members(credit):
    clerk = credit.cast.ip_bureau.clerk
    seen = queries.facilities(viewer=clerk).get()
    assert (seen, seen.member_count) == (credit.facility, 2)
    assert not queries.draws(viewer=clerk).exists()
    elsewhere = credit.cast.enterprise_a.organisation
    type(elsewhere).objects.filter(pk=elsewhere.pk).update(region="510104")
    assert not queries.facilities(viewer=clerk).exists()


def test_a_draw_finds_its_loan_once_the_bank_has_filed_it_and_never_another_banks(credit):
    cast, drawn = credit.cast, credit.draw("a", 100_000_00, "JJ-1")
    borrower = cast.enterprise_a.organisation
    made = {"bank_loan_no": "JJ-1", "filed_on": today(), "borrower": borrower}
    Loan.objects.create(bank=cast.bank_b.organisation, **made)
    assert queries.loans_of([drawn]) == {}
    loan = Loan.objects.create(bank=cast.bank_a.organisation, **made)
    assert queries.loans_of([drawn]) == {drawn.pk: loan}


@pytest.mark.parametrize(
    ("limit_fen", "line_fen", "reason", "code"),
    [
        (MILLION, MILLION, "", None),
        (MILLION + 1, MILLION, "", "above_line"),
        (MILLION + 1, MILLION, "多年往来", None),
        (MILLION, None, "", "no_line"),
        (0, MILLION, "", "amount"),
    ],
)
def test_a_limit_is_within_the_line_or_has_the_banks_reason(limit_fen, line_fen, reason, code):
    on = dt.date(2026, 6, 1)
    room, seat = Room(9 * MILLION, 0, on, on), Seat("甲", 0, 0, active=False)
    found = [
        one.code for one in grant_problems(room, seat, limit_fen=limit_fen, line_fen=line_fen, reason=reason)
    ]
    assert found == ([code] if code else [])


def test_a_limit_asked_for_before_a_suspension_does_not_lift_it(credit):
    code = credit.cast.enterprise_a.organisation.credit_code
    asked = actions.propose_limit(
        by=credit.bank.maker, facility_id=credit.facility.pk, credit_code=code, limit_fen=2 * MILLION, reason=WHY,
        on=today(),
    )  # fmt: skip
    actions.suspend(by=credit.bank.maker, member_id=credit.members["a"].pk, reason="停产", on=today())
    with refused(成员="moved"):
        approve(by=credit.bank.checker, approval_id=asked.pk)
    member = credit.again().members["a"]
    assert (member.state, fen_of(member.limit)) == ("suspended", MILLION)


def test_a_total_is_raised_only_from_the_total_that_was_shown(credit):
    facility = credit.facility
    command = {
        "facility": str(facility.pk), "total_fen": 5 * MILLION, "before_fen": 4 * MILLION, "reason": "春茶",
    }  # fmt: skip
    asked = ask(
        by=credit.bank.maker,
        kind="facilities.raise",
        command=command,
        subject=facility,
        summary="调增",
        basis={},
    )
    with refused(授信总额="moved"):
        approve(by=credit.bank.checker, approval_id=asked.pk)
    assert fen_of(credit.again().facility.total) == 3 * MILLION
