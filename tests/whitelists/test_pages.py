"""The pages of white lists as the house, the bank and the enterprise see them; the papers; what waits for whom."""

from __future__ import annotations

import datetime as dt
import io
import re

import openpyxl
import pytest
from django.urls import reverse

from kernel.calendars.queries import working_calendar
from kernel.days import today
from kernel.work.turns import waiting_for
from tests.books import lend
from tests.whitelists.lists import ON, Lists, open_lists
from valuation.whitelists import papers, queries
from valuation.whitelists.turns import turns

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(cast, monkeypatch) -> Lists:
    return open_lists(cast, monkeypatch)


def shown(cast, who, name: str, *args, **asked: str) -> str:
    page = cast.signed_in(who).get(reverse(name, args=args), asked)
    assert page.status_code == 200, page.status_code
    return page.content.decode()


def test_the_house_sees_who_is_near_and_of_whom_what_is_missing(lists, cast):
    made = lists.make()
    near = shown(cast, lists.officer, "whitelists:white_list", made.pk, group="near")
    assert "重庆丁装备有限公司" in near
    assert "资产负债率不高于75%（多 3.5）" in near
    unknown = shown(cast, lists.officer, "whitelists:white_list", made.pk, group="unknown")
    assert "纳税信用级别为A、B或M（缺数据）" in unknown
    firm = shown(cast, lists.officer, "whitelists:candidate", made.pk, lists.firms["己医药"].pk)
    assert "近12个月销售收入：50000000（算例 2026-03-01），已过期，按不知道" in firm


def test_a_draft_is_changed_asked_for_and_dropped_on_its_pages(lists, cast):
    made, client = lists.make(), cast.signed_in(lists.officer)
    firm = reverse("whitelists:candidate", args=[made.pk, lists.firms["丁装备"].pk])
    assert client.post(firm, {"kind": "add", "reason": ""}).status_code == 422
    assert client.post(firm, {"kind": "add", "reason": "区重点企业"}).status_code == 302
    assert client.post(reverse("whitelists:drop", args=[made.pk]), {"reason": ""}).status_code == 422
    asked = client.post(reverse("whitelists:ask", args=[made.pk]))
    assert asked.status_code == 302
    basis = cast.signed_in(cast.district_bureau.approver).get(asked.url).content.decode()
    assert "重庆丁装备有限公司" in basis
    assert "区重点企业" in basis
    assert client.post(reverse("whitelists:ask", args=[made.pk])).status_code == 422


def test_a_bank_finds_firms_by_name_answer_and_loan(lists, cast):
    [push] = lists.push(lists.approved(), cast.bank_a.organisation)
    lend(cast.bank_a.organisation, lists.firms["甲仪器"], 300_000_00)
    lists.answer(push, "乙软件", "contacted", by=cast.bank_a.maker)
    of_bank = ("whitelists:received_list", push.pk)

    def names(**asked: str) -> set[str]:
        page = shown(cast, cast.bank_a.maker, *of_bank, **asked)
        return {name for name in ("甲仪器", "乙软件", "丙材料", "丑精工") if f"重庆{name}有限公司" in page}

    assert names(q="软件") == {"乙软件"}
    assert names(said="contacted") == {"乙软件"}
    assert names(said="open") == {"甲仪器", "丙材料", "丑精工"}
    assert names(loan="yes") == {"甲仪器"}
    assert names(loan="no", said="open") == {"丙材料", "丑精工"}


def test_a_banks_lists_say_how_many_firms_still_wait_for_its_word(lists, cast):
    [push] = lists.push(lists.approved(), cast.bank_a.organisation)

    def numbers() -> list[str]:
        page = shown(cast, cast.bank_a.maker, "whitelists:received")
        return re.findall(r'class="num" data-label="[^"]+">(\d+)<', page)

    assert numbers() == ["4", "4", "0"]
    lists.answer(push, "乙软件", "contacted", by=cast.bank_a.maker)
    assert numbers() == ["4", "3", "0"]


def test_a_bank_answers_on_the_firms_page_and_a_checker_does_not(lists, cast):
    [push] = lists.push(lists.approve(lists.make(), on=today()), cast.bank_a.organisation, on=today())
    page = reverse("whitelists:firm", args=[push.pk, lists.firms["甲仪器"].pk])
    said = {"kind": "declined", "about": today().isoformat(), "reason": "", "loan_no": ""}
    maker = cast.signed_in(cast.bank_a.maker)
    assert maker.post(page, said).status_code == 422
    assert maker.post(page, {**said, "reason": "行业限额已满"}).status_code == 302
    assert "行业限额已满" in maker.get(page).content.decode()
    assert cast.signed_in(cast.bank_a.checker).post(page, said).status_code == 404


def test_the_enterprise_asks_to_be_taken_off_on_its_page_and_the_bank_sees_it(lists, cast):
    approved = lists.approve(lists.make(), on=today())
    [push] = lists.push(approved, cast.bank_a.organisation, on=today())
    owner = cast.signed_in(lists.owners["甲仪器"])
    assert "重庆渝中甲银行股份有限公司" in owner.get(reverse("whitelists:own")).content.decode()
    assert (
        owner.post(reverse("whitelists:wish", args=[approved.white_list_id]), {"reason": ""}).status_code
        == 302
    )
    assert "请勿再联系" in shown(cast, cast.bank_a.maker, "whitelists:received_list", push.pk)
    [wish] = queries.own_wishes(viewer=lists.owners["甲仪器"])
    assert owner.post(reverse("whitelists:take_back", args=[wish.pk])).status_code == 302
    assert "请勿再联系" not in shown(cast, cast.bank_a.maker, "whitelists:received_list", push.pk)


def test_what_waits_is_the_banks_answers_and_the_houses_draft_and_push(lists, cast):
    def told(who) -> list[str]:
        waiting = waiting_for(viewer=who, on=ON, calendar=working_calendar())
        return [one.turn.what for one in waiting if "白名单" in one.turn.what]

    made = lists.make()
    assert told(lists.officer) == ["白名单草稿待提请复核"]
    approved = lists.approve(made)
    assert told(lists.officer) == ["白名单已定稿，待推送银行"]
    [push] = lists.push(approved, cast.bank_a.organisation)
    assert (told(lists.officer), told(cast.bank_a.maker), told(cast.bank_b.maker)) == (
        [],
        ["白名单企业待反馈"],
        [],
    )
    for name in ("丙材料", "丑精工", "甲仪器", "乙软件"):
        lists.answer(push, name, "contacted", by=cast.bank_a.maker)
    assert told(cast.bank_a.maker) == []
    over = approved.valid_to + dt.timedelta(days=1)
    assert list(turns(viewer=cast.bank_b.maker, on=over, calendar=working_calendar())) == []


def test_the_workbooks_hold_the_list_and_the_bank_gets_no_figures(lists, cast):
    approved = lists.approved()
    [push] = lists.push(approved, cast.bank_a.organisation)
    house = cast.signed_in(lists.officer).get(reverse("whitelists:workbook", args=[approved.white_list_id]))
    book = openpyxl.load_workbook(io.BytesIO(house.content))
    assert [row[1].value for row in book["名单"].iter_rows(min_row=4)] == [
        f"重庆{name}有限公司" for name in ("丙材料", "丑精工", "甲仪器", "乙软件")
    ]
    assert book["全部企业"].max_row == 3 + approved.white_list.candidates.count()
    bank = cast.signed_in(cast.bank_a.checker).get(reverse("whitelists:received_workbook", args=[push.pk]))
    cells = [
        str(cell.value) for row in openpyxl.load_workbook(io.BytesIO(bank.content)).active for cell in row
    ]
    assert "32000000" not in " ".join(cells)
    assert sum("有限公司" in cell for cell in cells) >= 4


def test_the_paper_of_a_push_stands_behind_the_banks_wall(lists, cast):
    approved = lists.approved()
    [push] = lists.push(approved, cast.bank_a.organisation)
    issued = papers.issue_push(by=lists.officer, push=push)
    assert issued.wall == cast.bank_a.organisation.pk
    assert [firm["place"] for firm in issued.content["firms"]] == [1, 2, 3, 4]
    assert "重庆" not in issued.title
    assert list(papers.papers_of(push, push.bank_id)) == [issued]
    whole = papers.issue_list(by=lists.officer, approved=approved)
    assert whole.wall == lists.officer.organisation_id
