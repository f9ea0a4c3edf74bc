"""One number behind the three doors: what an owner is told, what the officer passes, what the list grants and the file pays.

`test_one_engine` holds the law of the engine for 10,000 firms; here random loans go through the doors themselves, with the
database between them: limits that bind, loans that get nothing, two firms in turn. Whole, so it is one of the long proofs.
"""

from __future__ import annotations

import random

import pytest
from django.db.models import Sum

from finance.subsidies import actions, replay
from finance.subsidies.models import Application, AwardPayment, Plan
from finance.subsidies.pages.previewing import preview
from kernel.money.fields import fen_of
from tests.cast import Cast
from tests.ground import laid
from tests.subsidies.ground import AFTER, AT_NOON, ON, Subsidies, two_firms

LOANS = 10
A_YEAR = 6_000_00


@laid
def subsidies(cast: Cast) -> Subsidies:
    return two_firms(cast)


def drafted(subsidies: Subsidies, chance: random.Random, number: str, call: object) -> Application:
    """A settled loan of one of the two firms, drafted with what only the firm knows."""
    house = chance.choice((subsidies.cast.enterprise_a, subsidies.cast.enterprise_b))
    loan = subsidies.loan(house, number, chance.randrange(50_000_00, 3_000_000_00))
    subsidies.settle(loan, chance.choice((0, 1, *(chance.randrange(20_000_00) for _ in range(4)))))
    draft = actions.draft_application(by=house.member, call_id=call.pk, loan_id=loan.pk, on=ON)
    honest = {"applicant.joint_punishment": False}
    actions.state_facts(by=house.member, application_id=draft.pk, stated=honest, on=ON)
    return Application.objects.get(pk=draft.pk)


@pytest.mark.long
def test_the_estimate_is_the_review_is_the_list_is_the_award_is_the_payment(subsidies: Subsidies) -> None:
    chance = random.Random(20261127)
    call = subsidies.open()
    told: dict[Application, int] = {}
    for number in range(LOANS):
        application = drafted(subsidies, chance, f"YC{10 + number}", call)
        estimate = preview(application, ON).result
        assert estimate is not None
        owner = application.enterprise.memberships.first()
        filed = actions.file_application(by=owner, application_id=application.pk, on=ON)
        assert filed.calculation is not None
        passed = subsidies.pass_(filed)
        assert passed.calculation is not None
        told[passed] = estimate.total_fen
        assert [fen_of(filed.calculation.total), fen_of(passed.calculation.total)] == [estimate.total_fen] * 2
        assert replay(passed.calculation.result).total_fen == estimate.total_fen
    actions.close_call(by=subsidies.officer, call_id=call.pk)
    plan = actions.draw_plan(by=subsidies.officer, call_id=call.pk, on=ON)
    subsidies.sign(actions.propose_publication(by=subsidies.officer, plan_id=plan.pk), at=AT_NOON)
    subsidies.sign(actions.propose_award(by=subsidies.officer, plan_id=plan.pk, on=AFTER.date()), at=AFTER)
    subsidies.sign(actions.propose_payment(by=subsidies.officer, call_id=call.pk), at=AFTER)

    planned = dict.fromkeys(told, 0) | by_application(Plan.objects.get(pk=plan.pk).lines, "application")
    paid = dict.fromkeys(told, 0) | by_application(AwardPayment.objects, "award__application")
    assert planned == paid == told
    firms = {each.enterprise_id for each in told}
    for firm in firms:
        assert sum(fen for each, fen in told.items() if each.enterprise_id == firm) <= A_YEAR
    assert A_YEAR in {sum(fen for one, fen in told.items() if one.enterprise_id == firm) for firm in firms}


def by_application(rows: object, field: str) -> dict[Application, int]:
    """Fen by application."""
    sums = rows.values(field).annotate(fen=Sum("amount"))
    applications = Application.objects.in_bulk([row[field] for row in sums])
    return {applications[row[field]]: int(row["fen"] * 100) for row in sums}
