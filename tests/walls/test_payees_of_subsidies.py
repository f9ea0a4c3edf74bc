"""One application pays three houses: each sees its own award and no other, and only the firm its application."""

from __future__ import annotations

import pytest
from django.urls import reverse

from finance.subsidies import actions
from finance.subsidies.models import Award
from tests.cast import Cast
from tests.subsidies.drafts import WITH_A_BANK
from tests.subsidies.ground import AFTER, AT_NOON, ON, open_subsidies

WATCHES = {"district_bureau.officer", "district_bureau.approver", "auditor.member"}
BY_PAYEE = {
    "enterprise": {"enterprise_a.member"},
    "bank": {"bank_a.maker", "bank_a.checker"},
    "guarantor": {"guarantor.member"},
}


@pytest.mark.django_db
def test_firm_bank_and_guarantor_see_each_its_own_award_of_one_application(cast: Cast) -> None:
    room, house = open_subsidies(cast, WITH_A_BANK), cast.enterprise_a
    guarantor = cast.guarantor.organisation.name
    lent = room.settle(room.loan(house, "YC4", security="pledge_guarantee", guarantor_name=guarantor))
    room.account(house)
    call = room.open()
    one = room.pass_(room.apply(house, call, lent, **{"fees.guarantee": "8000.00"}), {"guarantee": 4_000_00})
    actions.close_call(by=room.officer, call_id=call.pk)
    plan = actions.draw_plan(by=room.officer, call_id=call.pk, on=ON)
    room.sign(actions.propose_publication(by=room.officer, plan_id=plan.pk), at=AT_NOON)
    room.sign(actions.propose_award(by=room.officer, plan_id=plan.pk, on=AFTER.date()), at=AFTER)
    browsers = {name: cast.signed_in(member) for name, member in cast.everybody.items()}

    def seeing(address: str) -> set[str]:
        return {name for name, browser in browsers.items() if browser.get(address).status_code == 200}

    awards = Award.objects.filter(application=one)
    assert {award.payee.kind for award in awards} == set(BY_PAYEE)
    for award in awards:
        seen = seeing(reverse("subsidies:award", args=[award.pk]))
        assert seen == BY_PAYEE[award.payee.kind] | WATCHES, award.payee.kind
    firm = BY_PAYEE["enterprise"] | WATCHES
    assert seeing(reverse("subsidies:application", args=[one.pk])) == firm
    for name in ("bank_a.maker", "guarantor.member"):
        page = browsers[name].get(reverse("subsidies:list")).content.decode()
        assert page.count("/subsidies/awards/") == 1, name
