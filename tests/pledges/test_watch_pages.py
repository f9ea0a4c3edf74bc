"""The pages of the watch: a lapse alert worked off in the browser by bank, enterprise and window."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from finance.pledges import actions
from tests.cast import freshly_signed_in
from tests.ground import laid
from tests.pledges.filed import PATENT, PDF, REGISTERED, Worked
from tests.pledges.test_file_pages import typed

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 12, 20)
LAPSE = "专利权已终止或被宣告无效（登记仍在，不自动注销）"


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch):
    for module in (
        "finance.pledges.views.files",
        "finance.pledges.views.watch",
        "kernel.pages",
        "portal.turns",
    ):
        monkeypatch.setattr(f"{module}.today", lambda: TODAY)


@laid
def lapsed(cast):
    worked = Worked(cast).registered()
    actions.record_event(
        by=worked.clerk, file_id=worked.file.pk, number=PATENT, event="abandoned", on=REGISTERED + DAY, source="公报",
        today=TODAY,
    )  # fmt: skip
    return worked


@pytest.fixture
def seats(cast):
    return [
        freshly_signed_in(who) for who in (cast.bank_a.maker, cast.enterprise_a.owner, cast.ip_bureau.clerk)
    ]


def shown(response):
    return re.sub(r"\s+", " ", html.unescape(response.content.decode()))


def test_a_lapse_is_found_by_a_look_and_worked_off_by_the_bank(lapsed, seats):
    bank, owner, window = seats
    page, watch = reverse("pledges:file", args=[lapsed.file.pk]), reverse("pledges:watch")
    assert "还没有监测" in shown(owner.get(page))
    answer = owner.post(reverse("pledges:look", args=[lapsed.file.pk]), follow=True)
    assert "已监测：新增提醒 2 项，不再成立 0 项" in shown(answer)
    assert "最近一次 2026-12-20" in shown(answer)
    assert "<strong>5,000,000.00 元</strong>" in shown(answer), "nothing stands any more of what was secured"
    alert = reverse("pledges:alert", args=[lapsed.file.alerts.get(rule="PAT-A05").pk])
    for client in seats:
        told = shown(client.get(watch))
        assert LAPSE in told
        assert "重算担保缺口，要求补充担保" in told
        assert "凭记忆，未核" in told  # article 19 is recalled
    assert LAPSE in shown(bank.get(reverse("inbox")))
    assert LAPSE not in shown(owner.get(reverse("inbox")))
    for client in (owner, window):
        assert "记录办理情况" not in shown(client.get(alert))
    assert window.post(alert, {}).status_code == 404

    answer = bank.post(
        alert, {"on": "2026-12-21", "told": "已要求追加房产抵押", "paper": SimpleUploadedFile("函.pdf", PDF)}
    )
    assert answer.status_code == 422
    assert "2026-12-21 晚于今天" in shown(answer)
    assert "已要求追加房产抵押" in shown(answer), "what was typed stays"
    sent = {"on": "2026-12-20", "told": "已要求追加房产抵押", "paper": SimpleUploadedFile("函.pdf", PDF)}
    assert bank.post(alert, sent).status_code == 302
    told = shown(owner.get(alert))
    assert "已要求追加房产抵押" in told
    assert "安经办" in told
    assert (
        owner.get(reverse("pledges:alert_paper", args=[lapsed.file.alerts.get(rule="PAT-A05").pk])).content
        == PDF
    )
    assert LAPSE not in shown(bank.get(watch))
    assert "已结束的提醒 1 项" in shown(bank.get(page))


def test_the_file_tells_what_it_would_have_told_on_another_day(lapsed, seats):
    page = reverse("pledges:file", args=[lapsed.file.pk])
    then = shown(seats[0].get(page, {"on": REGISTERED + DAY, "known": TODAY}))
    before = shown(seats[0].get(page, {"on": REGISTERED, "known": TODAY}))
    assert LAPSE in then
    assert LAPSE not in before
    assert "2026-11-20 应有的提醒（按 2026-12-20 已知）" in before


def test_another_banks_file_of_the_same_right_shows_the_public_fact_without_its_source(cast, lapsed):
    other = Worked(cast, bank=cast.bank_b).state()
    page = shown(freshly_signed_in(cast.bank_b.maker).get(reverse("pledges:file", args=[other.file.pk])))
    assert "书面放弃 201710601862.3" in page
    assert "公开登记簿事项，由另一登记案件记录" in page
    assert "公报" not in page


def test_a_value_of_a_right_that_is_no_amount_gets_its_sentence(cast, seats):
    worked = Worked(cast)
    address = reverse("pledges:state_contents", args=[worked.file.pk])
    answer = seats[0].post(address, typed(value="三百万"))
    assert answer.status_code == 422
    assert "三百万" in shown(answer)
    assert seats[0].post(address, typed(value="3000000.00")).status_code == 302
    assert worked.file.statements.get().contents["rights"][0]["value_fen"] == 300_000_000
    assert 'value="3000000.00"' in shown(seats[0].get(address))
