"""White lists of the demonstration: the city's list, approved, pushed to two banks and answered; and a draft on the desk.

What is stated of the firms are the worked firms of the filter itself, so that every answer can be looked up in its file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from finance.parties.queries import enterprises
from portal.demo.telling import Story, sign
from portal.demo.world import enrol_owner
from valuation.examples import application_of, cases_of
from valuation.scores.actions.consenting import give_consent
from valuation.scores.actions.stating import record_inputs
from valuation.scores.published import sources
from valuation.scores.rules import Stated
from valuation.whitelists import actions
from valuation.whitelists.shelf import filters

if TYPE_CHECKING:
    from uuid import UUID

    from finance.parties.models import Membership, Organisation
    from valuation.whitelists.models import Push

FILTER = "ip-pledge-list@2026"
CONSENTED, STATED, AS_OF, APPROVED, PUSHED = 60, 25, 20, 19, 18  # days ago
STALE = 150
OWN = "owner-cq"


def tell(story: Story) -> None:
    """After the borrowers have their owners."""
    officer, approver = story.world.member("cq-officer"), story.world.member("cq-approver")
    owners = _known(story, officer)
    made = actions.make_list(by=officer, filter_id=FILTER, on=_ago(story, AS_OF))
    by_hand = made.candidates.filter(enterprise__in=owners).exclude(answer="in").order_by("failed", "name")[0]
    actions.change_by_hand(
        by=officer, list_id=made.pk, enterprise_id=by_hand.enterprise_id, kind="add",
        reason="区重点培育企业，材料待补（演示）",
    )  # fmt: skip
    sign(
        approver,
        actions.ask_for_approval(by=officer, list_id=made.pk, on=_ago(story, AS_OF)),
        _ago(story, APPROVED),
    )
    banks = [story.world.organisations[place] for place in ("yz_bank", "jl_bank")]
    pushes = actions.push(by=officer, list_id=made.pk, banks=banks, on=_ago(story, PUSHED))
    _answer(story, {push.bank.code: push for push in pushes}["YZYH"])
    actions.wish_to_be_taken_off(
        by=owners[by_hand.enterprise_id], list_id=made.pk, reason="已有合作银行（演示）",
        on=_ago(story, PUSHED - 5),
    )  # fmt: skip
    actions.make_list(by=officer, filter_id=FILTER, on=story.day)


def _ago(story: Story, days: int) -> dt.date:
    return story.day - dt.timedelta(days=days)


def _known(story: Story, officer: Membership) -> dict[UUID, Membership]:
    """A firm of the city for each worked firm: its consent, and what the bureau states of it. Gives their owners."""
    own = story.world.member(OWN).organisation
    cases = {case["name"]: case for case in cases_of(filters()[FILTER].document["examples"])}
    firms = [own, *(firm for firm in enterprises(viewer=officer) if firm.pk != own.pk)]
    named = dict(zip(["甲仪器", *(name for name in cases if name != "甲仪器")], firms, strict=False))
    kinds = [source.id for source in sources().asked_for]
    owners = {firm.pk: _owner(story, firm, number) for number, firm in enumerate(named.values(), 1)}
    for owner in owners.values():
        give_consent(
            by=owner, receiver=officer.organisation, kinds=kinds, last_day=story.day + dt.timedelta(days=300),
            on=_ago(story, CONSENTED),
        )  # fmt: skip
    rows = [
        (f"{name} 第{n}行", named[name].credit_code, row)
        for name, case in cases.items()
        if name in named
        for n, row in enumerate(_rows(story, application_of(case)), 1)
    ]
    record_inputs(by=officer, rows=rows, on=_ago(story, STATED))
    return owners


def _owner(story: Story, firm: Organisation, number: int) -> Membership:
    found = (
        firm.memberships.filter(role="owner", until__isnull=True).select_related("account__person").first()
    )
    if found is None:
        log_in = f"owner-list-{number}"
        found = enrol_owner(firm, log_in, f"{firm.short_name[2:6]}负责人")
    story.world.members.setdefault(found.account.username, found)
    return found


def _rows(story: Story, given: Mapping[str, Any]) -> Iterator[Stated]:
    """A worked firm's application as rows that a bureau would enter."""
    day = given["on"]
    for name, stated in given["indicators"].items():
        yield from _row(story, name, "", stated, day)
    for name, stated in given["firm"].items():
        yield from _row(story, f"firm.{name}", "", stated, day)
    for place, right in enumerate(given["rights"], 1):
        number = f"演示权利{place}"
        yield Stated("right.kind", number, "value", right["kind"], _SOURCE, _ago(story, STATED).isoformat())
        yield from chain.from_iterable(
            _row(story, f"right.{name}", number, stated, day) for name, stated in right["facts"].items()
        )


_SOURCE = "区县汇总上报（演示）"


def _row(story: Story, name: str, subject: str, stated: Mapping[str, Any], day: str) -> Iterator[Stated]:
    state = stated.get("absent", "value")
    if state != "not_queried":  # what nobody asked for has no row
        known_on = _ago(story, STATED if stated.get("known_on") == day else STALE)
        value = str(stated.get("value", ""))
        yield Stated(name, subject, state, value, _SOURCE, known_on.isoformat())


def _answer(story: Story, push: Push) -> None:
    """One bank has answered most of its firms: lent to the first (its loan is filed next month), declined one, spoken to
    the others."""
    maker = story.world.member("yz-maker")
    about, on = _ago(story, PUSHED - 6), story.day
    said: dict[int, dict[str, str]] = {
        0: {"kind": "granted", "loan_no": f"YZ70L{about:%m%d}"},
        1: {"kind": "declined", "reason": "企业暂无新增融资需求"},
    }
    for place, firm in enumerate(list(push.firms.order_by("place"))[:-1]):
        words = said.get(place, {"kind": "contacted"})
        actions.answer(
            by=maker, push_id=push.pk, enterprise_id=firm.enterprise_id, about=about, on=on, **words
        )
