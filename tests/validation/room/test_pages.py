"""The pages of a model's life: what a person reads on them, and which step they offer."""

from __future__ import annotations

import re

import pytest

from kernel.days import today
from tests.cast import freshly_signed_in as at
from tests.validation.room.test_room import BEGINS, ENDS, WINDOW_OVER, promoted, record_with
from valuation.validation import actions, views

pytestmark = pytest.mark.django_db
OWN = {"anchor_pd": "0.050000", "pdo": "15.0000"}


def page_of(cast, record, member=None):
    client = at(member or cast.bank_a.maker)
    return client.get(f"/validation/records/{record.pk}/").content.decode()


def buttons(page):
    inside = page.split("<main", 1)[1].split("</main>")[0]
    return [re.sub(r"<[^>]+>", "", one).strip() for one in re.findall(r"<button[^>]*>(.*?)</button>", inside)]


def test_a_fit_names_its_parameters_and_what_they_would_become(cast, card, decided):
    told = page_of(cast, record_with(cast, card, OWN))
    assert "anchor_pd" not in told
    assert "中心违约率" in told
    assert "0.050000" in told


def test_a_fit_that_sets_nothing_offers_no_shadow_run_and_says_what_is_missing(cast, card, decided):
    record = actions.fit(by=cast.bank_a.maker, version=card, begins=BEGINS, ends=ENDS, at=WINDOW_OVER)
    told = page_of(cast, record)
    assert buttons(told) == ["重校并留存"]
    assert "没有参数可以启用，不必影子运行" in told
    assert "满 10 户违约：校正截距和斜率" in told
    assert "到此为止" in told
    assert "提出启用" not in told.split("<main", 1)[1], "no step is shown that it will never come to"


def test_only_what_acts_can_be_rolled_back(cast, card, decided, monkeypatch):
    record = record_with(cast, card, OWN)
    assert buttons(page_of(cast, record)) == ["开始影子运行", "重校并留存"]
    promoted(cast, record, monkeypatch)
    acts = page_of(cast, record)
    assert "正在起作用" in acts
    assert "提出退回上一版" not in buttons(acts), "before a shadow run there is nothing of it to take back"
    actions.begin_shadow(by=cast.bank_a.maker, record=record, on=today())
    record.refresh_from_db()
    assert buttons(page_of(cast, record)) == ["提出退回上一版", "重校并留存"]
    assert buttons(page_of(cast, record, cast.bank_a.checker)) == []


def test_the_rows_behind_a_report_come_page_by_page(cast, card, decided, monkeypatch):
    made = actions.make_report(by=cast.bank_a.maker, version=card, begins=BEGINS, ends=ENDS)
    many = [made.sample[0] | {"enterprise": f"第{number}家"} for number in range(120)]
    monkeypatch.setattr(views, "rows_behind", lambda *_: many)
    client, address = at(cast.bank_a.maker), f"/validation/reports/{made.pk}/rows/all/"
    first, last = (client.get(f"{address}?page={number}").content.decode() for number in (1, 3))
    assert "第49家" in first
    assert "第50家" not in first
    assert "第 3 / 3 页，共 120 条" in last
    assert "第119家" in last


def test_a_report_states_the_parameters_it_was_made_under_and_that_nothing_was_promoted(cast, card, decided):
    made = actions.make_report(by=cast.bank_a.maker, version=card, begins=BEGINS, ends=ENDS)
    assert made.report["head"]["parameters"] == "全部用评分卡的"
    told = at(cast.bank_a.maker).get(f"/validation/reports/{made.pk}/").content.decode()
    assert "截至制作时没有启用或退回过模型" in told


def test_a_report_tells_how_many_scores_were_made_under_other_parameters(cast, card, decided, monkeypatch):
    """From 1 October an anchor of 5 %; the score is of June."""
    promoted(cast, record_with(cast, card, OWN), monkeypatch)
    made = actions.make_report(by=cast.bank_a.maker, version=card, begins=BEGINS, ends=today())
    told = made.report["head"]["parameters"]
    assert told.startswith("中心违约率＝0.050000、好坏比翻倍的分数＝15.0000（自 ")
    assert told.endswith("；其中 1 户次评分时用的是别的参数")
