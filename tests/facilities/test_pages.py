"""The pages of group credit: the bank works it, a member sees its own limit, the IP bureau totals and nobody's name."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
from django.urls import reverse

from kernel.days import today
from kernel.work.models import Approval
from tests.facilities.ground import WHY, mark_file
from tests.pledges.filed import MARK
from valuation.facilities.models import Draw, Release

pytestmark = pytest.mark.django_db


def text_of(response) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_bank_opens_a_facility_from_its_page_and_bad_input_is_told(cast):
    worked, maker = mark_file(cast), cast.signed_in(cast.bank_a.maker)
    page = reverse("facilities:open")
    assert "ABC" in text_of(maker.get(page))
    typed = {
        "mark": f"{worked.file.pk} {MARK}", "total_fen": "3000000", "first": today().isoformat(),
        "last": (today() + dt.timedelta(days=100)).isoformat(), "purpose": "收购",
    }  # fmt: skip
    wrong = maker.post(page, typed | {"total_fen": "三百万", "last": today().isoformat(), "purpose": ""})
    assert wrong.status_code == 422
    late = maker.post(page, typed | {"last": today().isoformat()})
    assert (late.status_code, "晚于起日" in text_of(late)) == (422, True)
    assert maker.post(page, typed).status_code == 302
    assert Approval.objects.get(kind="facilities.open").command["total_fen"] == 3_000_000_00


def test_the_bank_draws_releases_and_suspends_from_a_members_page(credit):
    maker, member = credit.cast.signed_in(credit.bank.maker), credit.members["a"]
    draw = reverse("facilities:draw", args=[member.pk])
    typed = {"loan_no": "JJ-1", "amount_fen": "250000.50", "day": today().isoformat()}
    wrong = maker.post(draw, typed | {"amount_fen": "1000000.01"})
    assert (wrong.status_code, "成员可用 1000000.00 元" in text_of(wrong)) == (422, True)
    assert maker.post(draw, typed).status_code == 302
    drawn = Draw.objects.get()
    back = reverse("facilities:release", args=[drawn.pk])
    assert maker.post(back, {"amount_fen": "50000.50", "day": today().isoformat()}).status_code == 302
    assert Release.objects.get().amount.amount == drawn.amount.amount - 200_000
    page = text_of(maker.get(reverse("facilities:member", args=[member.pk])))
    assert all(figure in page for figure in ("250,000.50", "50,000.50", "200,000.00", "未备案", WHY))
    assert maker.post(reverse("facilities:suspend", args=[member.pk]), {"reason": "停产"}).status_code == 302
    assert "暂停期间不能用款" in text_of(maker.get(reverse("facilities:member", args=[member.pk])))


def test_the_bank_asks_for_limits_a_higher_total_and_closing_from_the_facilitys_page(credit):
    maker, facility = credit.cast.signed_in(credit.bank.maker), credit.facility
    code = credit.cast.enterprise_a.organisation.credit_code
    sent = {
        "limit": {"credit_code": code, "limit_fen": "500000", "reason": WHY},
        "raise": {"total_fen": "4000000", "reason": "春茶"},
        "close": {"reason": "产季结束"},
    }
    for page, typed in sent.items():
        where = reverse(f"facilities:{page}", args=[facility.pk])
        assert maker.post(where, dict.fromkeys(typed, "")).status_code == 422
        asked = maker.post(where, typed)
        assert asked.status_code == 302, page
        assert maker.get(asked["Location"]).status_code == 200
    assert Approval.objects.filter(state="asked").count() == 3


def test_a_member_sees_its_own_limit_and_neither_reasons_nor_the_others(credit):
    owner = credit.cast.signed_in(credit.cast.enterprise_a.owner)
    listed = text_of(owner.get(reverse("facilities:list")))
    own = text_of(owner.get(reverse("facilities:member", args=[credit.members["a"].pk])))
    other = credit.members["b"].name
    assert "1,000,000.00" in listed
    assert "1,000,000.00" in own
    assert not any(word in listed + own for word in (other, WHY, "3,000,000.00"))


def test_the_ip_bureau_sees_totals_and_no_member(credit):
    clerk = credit.cast.signed_in(credit.cast.ip_bureau.clerk)
    page = text_of(clerk.get(reverse("facilities:facility", args=[credit.facility.pk])))
    assert "3,000,000.00" in page
    assert not any(member.name in page for member in credit.members.values())
