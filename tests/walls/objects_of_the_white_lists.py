"""A white list of the district for the walls: enterprise A put on by hand, approved by two, pushed to bank A."""

from __future__ import annotations

import datetime as dt

from kernel.days import today
from kernel.work.approvals import approve
from tests.cast import Cast
from tests.walls.objects import Behind, behind
from valuation.whitelists import actions
from valuation.whitelists.models import Push, TakeOffWish, WhiteList

FILTER = "ip-pledge-list@2026"


def _draft(cast: Cast) -> WhiteList:
    bureau, firm = cast.district_bureau, cast.enterprise_a.organisation
    made = actions.make_list(by=bureau.officer, filter_id=FILTER, on=dt.date(2026, 6, 30))
    actions.change_by_hand(
        by=bureau.officer, list_id=made.pk, enterprise_id=firm.pk, kind="add", reason="区重点企业"
    )
    return made


def _pushed(cast: Cast) -> Push:
    bureau, made = cast.district_bureau, _draft(cast)
    asked = actions.ask_for_approval(by=bureau.officer, list_id=made.pk, on=today())
    approve(by=bureau.approver, approval_id=asked.pk)
    [push] = actions.push(by=bureau.officer, list_id=made.pk, banks=[cast.bank_a.organisation], on=today())
    return push


@behind("whitelists:white_list", "whitelists:workbook")
def a_pushed_list_of_the_district(cast: Cast) -> Behind:
    bureau = cast.district_bureau
    push = _pushed(cast)
    return Behind(
        {"list_id": push.approved.white_list_id},
        seen_by=(bureau.officer, bureau.approver, cast.auditor.member),
    )


@behind("whitelists:ask", "whitelists:drop", "whitelists:push")
def a_draft_of_the_district(cast: Cast) -> Behind:
    return Behind({"list_id": _draft(cast).pk}, seen_by=(cast.district_bureau.officer,))


@behind("whitelists:candidate")
def enterprise_a_on_a_draft(cast: Cast) -> Behind:
    bureau = cast.district_bureau
    of = {"list_id": _draft(cast).pk, "enterprise_id": cast.enterprise_a.organisation.pk}
    return Behind(of, seen_by=(bureau.officer, bureau.approver, cast.auditor.member))


@behind("whitelists:received_list", "whitelists:received_workbook")
def a_list_that_bank_a_received(cast: Cast) -> Behind:
    return Behind({"push_id": _pushed(cast).pk}, seen_by=(cast.bank_a.maker, cast.bank_a.checker))


@behind("whitelists:firm")
def enterprise_a_as_bank_a_was_told(cast: Cast) -> Behind:
    of = {"push_id": _pushed(cast).pk, "enterprise_id": cast.enterprise_a.organisation.pk}
    return Behind(of, seen_by=(cast.bank_a.maker, cast.bank_a.checker))


@behind("whitelists:wish")
def a_list_on_which_enterprise_a_stands(cast: Cast) -> Behind:
    return Behind({"list_id": _pushed(cast).approved.white_list_id}, seen_by=(cast.enterprise_a.owner,))


@behind("whitelists:take_back")
def a_wish_of_enterprise_a(cast: Cast) -> Behind:
    push = _pushed(cast)
    wish: TakeOffWish = actions.wish_to_be_taken_off(
        by=cast.enterprise_a.owner, list_id=push.approved.white_list_id, reason="", on=today()
    )
    return Behind({"wish_id": wish.pk}, seen_by=(cast.enterprise_a.owner,))
