"""What a house may use of a firm: what the firm allowed it, and nothing else; what is withheld is named."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from kernel.days import today
from kernel.errors import Refused
from kernel.work import outbox
from tests.whitelists.filters import NAME
from tests.whitelists.lists import ON
from valuation.scores.actions.consenting import give_consent, withdraw_consent
from valuation.scores.models import InputFact
from valuation.whitelists import actions
from valuation.whitelists.models import Candidate

pytestmark = pytest.mark.django_db


def state(cast, name: str, value: str, kind: str) -> None:
    officer = cast.district_bureau.officer
    InputFact.objects.create(
        enterprise=cast.enterprise_a.organisation, scope="indicator", name=name, state="value", value=value,
        source="报表", source_kind=kind, known_on=ON, house=officer.organisation, recorded_by=officer.account,
    )  # fmt: skip


def found(cast, *names: str) -> tuple[dict[str, str], list[str]]:
    made = actions.make_list(by=cast.district_bureau.officer, filter_id=NAME, on=ON)
    one = made.candidates.get(enterprise=cast.enterprise_a.organisation)
    answers = {finding["id"]: finding["answer"] for finding in one.findings}
    return {name: answers[name] for name in names}, one.withheld


def allow(cast, receiver, *kinds: str) -> Any:
    return give_consent(
        by=cast.enterprise_a.owner, receiver=receiver, kinds=kinds, last_day=ON + dt.timedelta(days=90), on=ON
    )  # fmt: skip


def test_what_needs_consent_is_unknown_without_it_and_named_as_withheld(cast):
    state(cast, "firm_age", "5", "public_list")
    state(cast, "fin_leverage", "40", "statements")
    answers, withheld = found(cast, "c07_age", "c09_leverage")
    assert answers == {"c07_age": "yes", "c09_leverage": "unknown"}
    assert withheld == ["资产负债率"]
    allow(cast, cast.city_bureau.organisation, "statements")
    assert found(cast, "c09_leverage")[0] == {"c09_leverage": "unknown"}  # it was allowed another house
    allow(cast, cast.district_bureau.organisation, "statements")
    assert found(cast, "c09_leverage") == ({"c09_leverage": "yes"}, [])


def test_a_firm_allows_the_bureaus_around_it_and_no_others(cast):
    for house in (cast.city_bureau, cast.district_bureau, cast.ip_bureau):
        allow(cast, house.organisation, "statements")
    with pytest.raises(Refused) as refused:
        allow(cast, cast.guarantor.organisation, "statements")
    assert [problem.code for problem in refused.value.problems] == ["receiver"]


def test_a_list_of_a_past_day_uses_nothing_that_was_withdrawn_before_it_was_made(cast):
    state(cast, "fin_leverage", "40", "statements")
    given = allow(cast, cast.district_bureau.organisation, "statements")
    assert found(cast, "c09_leverage") == ({"c09_leverage": "yes"}, [])
    before = set(Candidate.objects.values_list("pk", flat=True))
    withdraw_consent(by=cast.enterprise_a.owner, consent_id=given.pk, reason="", on=today())
    actions.look_at_region(by=cast.district_bureau.officer, filter_id=NAME, on=ON)
    outbox.drain(kinds=("whitelists.make",))
    again = Candidate.objects.exclude(pk__in=before).get(enterprise=cast.enterprise_a.organisation)
    assert (again.withheld, again.consents) == (["资产负债率"], [])
