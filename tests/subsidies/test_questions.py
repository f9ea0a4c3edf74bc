"""How many questions the database is asked: for a list, the cost on the live book and the menu's count the same, however
many loans, applications and payments there are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from finance.loans import queries as loans_asked
from finance.parties.actions import record_fact
from finance.subsidies import actions, turns
from finance.subsidies.models import Application, AwardPayment
from finance.subsidies.queries.trying import effect_on_loans
from finance.subsidies.shelf import policy_of
from kernel.calendars.queries import working_calendar
from tests.cast import Cast
from tests.subsidies.ground import AFTER, AT_NOON, ON, Subsidies, open_subsidies

JUNE = dt.date(2026, 6, 25)


@pytest.fixture
def room(cast: Cast) -> Subsidies:
    opened = open_subsidies(cast)
    for house in (cast.enterprise_a, cast.enterprise_b):
        opened.account(house, "6222021234567810")
    return opened


@contextmanager
def undone() -> Iterator[None]:
    """What is done here is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def questions(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as asked, undone():
        act()
    return len([one for one in asked if "SAVEPOINT" not in one["sql"]])


def lend(room: Subsidies, first: int, last: int) -> list[Any]:
    """Loans of both firms in turn, each settled after some days with interest of 1,000.00."""
    houses = (room.cast.enterprise_a, room.cast.enterprise_b)
    return [
        (houses[number % 2], room.settle(room.loan(houses[number % 2], f"YC{number}"), 1_000_00, JUNE))
        for number in range(first, last + 1)
    ]


@pytest.mark.long
@pytest.mark.django_db
def test_a_draft_is_costed_on_thirty_loans_with_as_many_questions_as_on_three(room: Subsidies) -> None:
    policy = policy_of(room.measure)

    viewer = room.cast.bank_a.checker

    def cost() -> int:
        effect = effect_on_loans(viewer=viewer, draft=policy, before=policy, on=ON)
        assert effect is not None
        return len(effect.items)

    lend(room, 1, 3)
    assert cost() == 3
    three = questions(cost)
    lend(room, 4, 30)
    assert cost() == 30
    assert questions(cost) == three


@pytest.mark.long
@pytest.mark.django_db
def test_a_list_of_thirty_is_drawn_voided_and_granted_with_as_many_questions_as_one_of_three(
    room: Subsidies,
) -> None:
    call = room.open(pool_fen=500_00)  # 300.00 each: three are cut already
    counted: dict[int, list[int]] = {}
    for first, last in ((1, 3), (4, 30)):
        for house, loan in lend(room, first, last):
            room.pass_(room.apply(house, call, loan))
        actions.close_call(by=room.officer, call_id=call.pk)
        counted[last] = _course(room, call.pk)
        if last == 3:
            actions.reopen_call(by=room.officer, call_id=call.pk, on=ON)
    assert counted[30] == counted[3]


def _course(room: Subsidies, call_id: Any) -> list[int]:
    """Questions of drawing, of voiding and of granting one list; nothing of it stands afterwards."""
    draw = partial(actions.draw_plan, by=room.officer, call_id=call_id, on=ON)
    counted = [questions(draw)]
    with undone():
        plan = draw()
        void = partial(actions.void_plan, by=room.officer, plan_id=plan.pk, reason="核对", on=ON)
        counted.append(questions(void))
        room.sign(actions.propose_publication(by=room.officer, plan_id=plan.pk), at=AT_NOON)
        asked = actions.propose_award(by=room.officer, plan_id=plan.pk, on=AFTER.date())
        counted.append(questions(lambda: room.sign(asked, at=AFTER)))
    return counted


@pytest.mark.django_db
def test_a_list_without_applications_is_built_of_ten_loans_with_as_many_questions_as_of_two(
    room: Subsidies, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a loan that was paid under another call, or whose firm may not apply, is not listed but told."""
    monkeypatch.setattr(
        loans_asked, "_widenings", [lambda viewer: Q(pk__isnull=False)]
    )  # all in the bureau's sight
    for house in (cast.enterprise_a, cast.enterprise_b):
        record_fact(
            by=None, enterprise=house.organisation, name="applicant.joint_punishment", value="false", about=ON,
            source="信用平台",
        )  # fmt: skip
    call = room.open(unasked=True)
    build = partial(actions.build_list, by=room.officer, call_id=call.pk, on=ON)
    counted = []
    for first, last in ((1, 2), (3, 10)):
        lend(room, first, last)
        counted.append(questions(build))
    assert counted[0] == counted[1]

    (house, loan), *_ = lend(room, 11, 11)
    room.apply(house, room.open(title="另一批"), loan)
    built = build()
    assert [one.loan.bank_loan_no for one in built.listed if one.loan] == sorted(
        f"YC{n}" for n in range(1, 11)
    )
    assert built.skipped == {"这笔贷款已按本办法享受或正在申报该项补贴": ["YC11"]}
    numbers = [one.number for one in built.listed]
    assert numbers == sorted(set(numbers))
    one = Application.objects.get(number=numbers[0])
    assert one.state == "listed"
    assert one.facts.get(path="interest_paid").value == "1000.00"


@pytest.mark.long
@pytest.mark.django_db
def test_the_menus_count_asks_no_more_for_more_notices_and_failed_payments(
    room: Subsidies, cast: Cast
) -> None:
    calendar = working_calendar()
    viewers = (room.officer, cast.enterprise_a.member)

    def count() -> list[int]:
        return [len(list(turns.turns(viewer=one, on=AFTER.date(), calendar=calendar))) for one in viewers]

    asked, told = [], []
    for first, last in ((1, 2), (3, 8)):
        call = room.open()
        loans = lend(room, first, last)
        for house, loan in loans:
            room.pass_(room.apply(house, call, loan))
        actions.close_call(by=room.officer, call_id=call.pk)
        plan = actions.draw_plan(by=room.officer, call_id=call.pk, on=ON)
        room.sign(actions.propose_publication(by=room.officer, plan_id=plan.pk), at=AT_NOON)
        room.sign(actions.propose_award(by=room.officer, plan_id=plan.pk, on=AFTER.date()), at=AFTER)
        file = room.sign(actions.propose_payment(by=room.officer, call_id=call.pk), at=AFTER)
        failed = [
            actions.Answered(one.seq, False, AFTER.date(), reason="户名不符")
            for one in AwardPayment.objects.filter(file__call=call)
        ]
        file = AwardPayment.objects.filter(file__call=call)[0].file
        actions.enter_results(by=room.officer, file_id=file.pk, answers=failed, on=AFTER.date())
        again = room.open(title="又一批")
        for house, loan in lend(room, first + 20, last + 20):
            one = room.apply(house, again, loan)
            actions.give_notice(by=room.officer, application_id=one.pk, items=["缺合同"], on=ON)
        told.append(count())
        asked.append(questions(count))
    assert told == [
        [2, 2],
        [8, 8],
    ]  # four of each house: a failed payment and a notice past its day, or to be answered
    assert asked[0] == asked[1]
    assert Application.objects.filter(state="deficient").count() == 8
