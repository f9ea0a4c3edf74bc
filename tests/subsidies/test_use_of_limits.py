"""What an application holds of limits: after a list is taken back, over two loans of a project, year by year."""

from __future__ import annotations

from typing import Any

import pytest

from finance.subsidies import actions
from finance.subsidies.models import Application, Meter
from finance.subsidies.queries.of_meters import reserved_by
from kernel.errors import Refused
from tests.cast import Cast
from tests.ground import laid
from tests.subsidies.ground import AFTER, AT_NOON, MEASURE, ON, Subsidies, publish, two_firms

BY_PROJECT = MEASURE.replace("cq-yuzhong-2026", "cq-yuzhong-project-2026").replace(
    "scope: [enterprise], window: application_year", "scope: [project], window: lifetime"
)
SETTLED_FIRST = "  - {id: settled, fact: loan.settled_on, op: exists, reason: 须已还清贷款, ref: 第四条}\n"
BY_YEAR = MEASURE.replace("cq-yuzhong-2026", "cq-yuzhong-year-2026").replace(SETTLED_FIRST, "")
HALF_OF = 3_882_08  # 12,940.28 x 60 % x 50 %


@laid
def subsidies(cast: Cast) -> Subsidies:
    return two_firms(cast)


def used(limit: str) -> dict[str, tuple[int, int]]:
    rows = Meter.objects.filter(limit=limit).order_by("scope_key", "window_key")
    return {f"{one.scope_key} {one.window_key}": (one.reserved, one.granted) for one in rows}


def held(application: Application) -> list[int]:
    """What it holds of limits in fen; meters that count times are left out."""
    of_fen = set(Meter.objects.filter(unit="fen").values_list("pk", flat=True))
    mine = reserved_by([application])[application.pk]
    return sorted(amount for meter, amount in mine.items() if meter in of_fen)


def listed(subsidies: Subsidies, **terms: Any) -> tuple[Any, list[Application]]:
    call = subsidies.open(**terms)
    houses = (subsidies.cast.enterprise_a, subsidies.cast.enterprise_b)
    passed = [subsidies.pass_(subsidies.apply(house, call, loan_of(house))) for house in houses]
    actions.close_call(by=subsidies.officer, call_id=call.pk)
    return call, passed


def loan_of(house: Any, number: str = "") -> Any:
    loans = house.organisation.loans_taken
    return loans.get(bank_loan_no=number) if number else loans.get()


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [problem.code for problem in refusal.value.problems]


@pytest.mark.django_db
def test_a_list_that_is_taken_back_leaves_each_application_what_the_measure_gives_it(
    subsidies: Subsidies,
) -> None:
    call, passed = listed(subsidies, pool_fen=3_000_00)
    assert [held(one) for one in passed] == [[HALF_OF], [HALF_OF]]
    plan = actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=ON)
    # each 1,500.00 of its limit of the year, of the pool of the call and of that of the measure
    assert [held(one) for one in passed] == [[1_500_00] * 3, [1_500_00] * 3]
    actions.void_plan(by=subsidies.officer, plan_id=plan.pk, reason="核对后重拟", on=ON)
    assert [held(one) for one in passed] == [[HALF_OF], [HALF_OF]]
    again = actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=ON)
    assert [held(one) for one in passed] == [[1_500_00] * 3, [1_500_00] * 3]
    assert again.seq == 2


@pytest.mark.django_db
def test_room_that_another_call_took_while_a_list_stood_is_not_taken_from_it(subsidies: Subsidies) -> None:
    """Of 6,000.00 a year: 1,500.00 of the list, then another loan takes all of its 3,882.08; 2,117.92 are left."""
    house = subsidies.cast.enterprise_a
    call, (first, _) = listed(subsidies, pool_fen=3_000_00)
    plan = actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=ON)
    lent = subsidies.settle(subsidies.loan(house, "YC3"))
    other = subsidies.apply(house, subsidies.open(title="第二批"), lent)
    assert held(other) == [HALF_OF]
    actions.void_plan(by=subsidies.officer, plan_id=plan.pk, reason="核对后重拟", on=ON)
    assert held(first) == [6_000_00 - HALF_OF]
    assert held(other) == [HALF_OF]


@pytest.mark.django_db
def test_two_loans_of_one_project_share_its_limit_and_an_unnamed_project_is_asked_for(
    subsidies: Subsidies,
) -> None:
    subsidies.measure = publish(BY_PROJECT)
    house, call = subsidies.cast.enterprise_a, subsidies.open()
    with pytest.raises(Refused) as refusal:
        subsidies.apply(house, call, loan_of(house))
    assert codes(refusal) == ["no_scope"]
    assert refusal.value.problems[0].where == "loan.project_number"
    Application.objects.get().refresh_from_db()
    first = Application.objects.get()
    number = {"loan.project_number": "2026-500103-40-03-000001"}
    actions.state_facts(by=house.member, application_id=first.pk, stated=number, on=ON)
    actions.file_application(by=house.member, application_id=first.pk, on=ON)
    lent = subsidies.settle(subsidies.loan(house, "YC3"))
    second = subsidies.apply(house, call, lent, **{"loan.project_number": "2026 500103 40 03 000001"})
    other = subsidies.settle(subsidies.loan(house, "YC4"))
    third = subsidies.apply(house, call, other, **{"loan.project_number": "2026-500103-40-03-000002"})
    assert [held(one) for one in (first, second, third)] == [[HALF_OF], [6_000_00 - HALF_OF], [HALF_OF]]


def granted(subsidies: Subsidies, loan: Any, title: str, **stated: Any) -> Application:
    """One application through its own call to the award."""
    call = subsidies.open(title=title)
    one = subsidies.apply(subsidies.cast.enterprise_a, call, loan, **stated)
    for path in ("interest_paid", "loan.interest_year"):
        if one.facts.filter(path=path, standing="stated").exists():
            actions.judge_fact(
                by=subsidies.officer, application_id=one.pk, path=path, standing="confirmed", reason="银行利息单", on=ON
            )  # fmt: skip
    subsidies.pass_(one)
    actions.close_call(by=subsidies.officer, call_id=call.pk)
    plan = actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=ON)
    subsidies.sign(actions.propose_publication(by=subsidies.officer, plan_id=plan.pk), at=AT_NOON)
    subsidies.sign(actions.propose_award(by=subsidies.officer, plan_id=plan.pk, on=AFTER.date()), at=AFTER)
    return one


@pytest.mark.django_db
def test_a_measure_that_pays_year_by_year_pays_each_year_of_a_loan_once_and_never_the_whole_besides(
    subsidies: Subsidies,
) -> None:
    subsidies.measure = publish(BY_YEAR)
    loan = loan_of(subsidies.cast.enterprise_a)
    granted(subsidies, loan, "2025年利息", **{"interest_paid": "2000.00", "loan.interest_year": 2025})
    granted(subsidies, loan, "2026年利息", **{"interest_paid": "3000.00", "loan.interest_year": 2026})
    # 2,000.00 and 3,000.00, each x 60 % x 50 %
    assert [granted for _, granted in used("year").values()] == [600_00 + 900_00]
    again = subsidies.open(title="再来一次")
    for stated in ({"loan.interest_year": 2026, "interest_paid": "10.00"}, {"interest_paid": "5000.00"}):
        with pytest.raises(Refused) as refusal:
            subsidies.apply(subsidies.cast.enterprise_a, again, loan, **stated)
        assert codes(refusal) == ["once"]
        actions.withdraw_application(
            by=subsidies.cast.enterprise_a.member, application_id=again.applications.get(state="draft").pk, on=ON
        )  # fmt: skip


@pytest.mark.django_db
def test_after_the_whole_interest_no_single_year_is_paid(subsidies: Subsidies) -> None:
    subsidies.measure = publish(BY_YEAR)
    loan = loan_of(subsidies.cast.enterprise_a)
    subsidies.apply(subsidies.cast.enterprise_a, subsidies.open(), loan)
    with pytest.raises(Refused) as refusal:
        subsidies.apply(
            subsidies.cast.enterprise_a, subsidies.open(title="第二批"), loan, **{"loan.interest_year": 2026}
        )
    assert codes(refusal) == ["once"]


@pytest.mark.django_db
def test_a_measure_for_settled_loans_offers_no_year(subsidies: Subsidies) -> None:
    """Its interest is the whole of the loan: a year that somebody states beside it opens no second payment."""
    loan = loan_of(subsidies.cast.enterprise_a)
    subsidies.apply(subsidies.cast.enterprise_a, subsidies.open(), loan)
    with pytest.raises(Refused) as refusal:
        subsidies.apply(
            subsidies.cast.enterprise_a, subsidies.open(title="第二批"), loan, **{"loan.interest_year": 2026}
        )
    assert codes(refusal) == ["once"]
