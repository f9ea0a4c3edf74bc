"""A region of worked firms: each enterprise is known as one of the filter's examples, so that its answer is known too."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from finance.parties.actions import enrol_person, found_organisation
from finance.parties.models import Membership, Organisation
from kernel.work.approvals import approve
from tests.books import noon
from tests.cast import Cast, credit_code
from tests.whitelists.filters import NAME, shipped
from valuation.examples import application_of, cases_of
from valuation.scores.actions.consenting import give_consent
from valuation.scores.queries.consents import consents_for
from valuation.whitelists import actions
from valuation.whitelists.actions import making
from valuation.whitelists.gathering import Known
from valuation.whitelists.models import ApprovedList, WhiteList

ON = dt.date(2026, 6, 30)
PLACED = ("丙材料", "丑精工", "甲仪器", "乙软件")
"""Who meets the filter, in the order of the list, by hand (the file's examples)."""
REGION = "500103"


@dataclass
class Lists:
    """The firms by the name of their example, and what is done with the lists of the district."""

    cast: Cast
    firms: dict[str, Organisation]
    owners: dict[str, Membership]

    @property
    def officer(self) -> Membership:
        return self.cast.district_bureau.officer

    def make(self) -> WhiteList:
        return actions.make_list(by=self.officer, filter_id=NAME, on=ON)

    def change(self, made: WhiteList, name: str, kind: str, reason: str = "区重点企业") -> Any:
        return actions.change_by_hand(
            by=self.officer, list_id=made.pk, enterprise_id=self.firms[name].pk, kind=kind, reason=reason
        )

    def approve(self, made: WhiteList, on: dt.date = ON) -> ApprovedList:
        asked = actions.ask_for_approval(by=self.officer, list_id=made.pk, on=ON)
        return approve(by=self.cast.district_bureau.approver, approval_id=asked.pk, at=noon(on))

    def approved(self) -> ApprovedList:
        return self.approve(self.make())

    def push(self, approved: ApprovedList, *banks: Organisation, on: dt.date = ON) -> list[Any]:
        return actions.push(by=self.officer, list_id=approved.white_list_id, banks=banks, on=on)

    def answer(self, push: Any, name: str, kind: str, *, by: Membership, **said: Any) -> Any:
        return actions.answer(
            by=by, push_id=push.pk, enterprise_id=self.firms[name].pk, kind=kind, about=ON, on=ON, **said
        )  # fmt: skip

    def allow(self, name: str, last_day: dt.date = ON + dt.timedelta(days=90)) -> Any:
        return give_consent(
            by=self.owners[name], receiver=self.officer.organisation, kinds=["statements"], last_day=last_day, on=ON
        )  # fmt: skip

    def wish(self, approved: ApprovedList, name: str, on: dt.date = ON) -> Any:
        return actions.wish_to_be_taken_off(
            by=self.owners[name], list_id=approved.white_list_id, reason="", on=on
        )


def examples() -> dict[str, dict[str, Any]]:
    return {case["name"]: application_of(case) for case in cases_of(shipped().document["examples"])}


def open_lists(cast: Cast, monkeypatch: Any) -> Lists:
    """Twelve firms in the district, known as the examples are; the cast's own two are known in nothing."""
    known = examples()
    firms = {name: _founded(name) for name in known}
    owners = {
        name: enrol_person(
            organisation=firms[name], role="owner", name=f"{name}负责人", username=f"owner-{n}"
        )
        for n, name in enumerate(PLACED)
    }
    by_pk = {firm.pk: known[name] for name, firm in firms.items()}

    def known_of(*, house: Any, enterprise: Organisation, on: dt.date, **_: Any) -> Known:
        allowed = tuple(one.pk for one in consents_for(house, enterprise, on))
        return Known(by_pk.get(enterprise.pk, {"on": on.isoformat()}), allowed)

    monkeypatch.setattr(making, "known_of", known_of)
    return Lists(cast, firms, owners)


def _founded(name: str) -> Organisation:
    code = credit_code(REGION)
    return found_organisation(
        kind="enterprise",
        code=code,
        name=f"重庆{name}有限公司",
        short_name=name,
        region=REGION,
        credit_code=code,
    )
