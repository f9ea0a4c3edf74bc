"""Every door of a registration file tells what cannot be read and what cannot be true in one go, and does nothing."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from finance.pledges import actions
from kernel.work.models import Approval
from tests.cast import freshly_signed_in
from tests.ground import laid
from tests.pledges.filed import PATENT, REGISTERED, Worked

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 12, 20)


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch):
    for module in ("claim", "files", "rule_books", "watch"):
        monkeypatch.setattr(f"finance.pledges.views.{module}.today", lambda: TODAY)
    monkeypatch.setattr("kernel.pages.today", lambda: TODAY)


@laid
def registered(cast):
    return Worked(cast).registered()


def told(response):
    """The words of a page without its marks, after a refusal."""
    assert response.status_code == 422
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html.unescape(response.content.decode())))


def scan(name, content):
    return SimpleUploadedFile(name, content)


def faulted(seat, door, file, sent, *sentences):
    page = told(freshly_signed_in(seat).post(reverse(f"pledges:{door}", args=[file.pk]), sent))
    assert [one for one in sentences if one not in page] == []
    return page


def test_an_event_of_a_right(registered):
    sent = {
        "number": PATENT, "event": "fee_paid", "on": "2026-13-01", "until": "2026-11-01", "source": "收据",
        "fees_paid_through": "很多", "effective_on": "1900-01-01",
    }  # fmt: skip
    page = faulted(
        registered.clerk, "right_event", registered.file, sent, "发生日 输入一个有效的日期",
        "年费已缴至第几年度 输入整数", "生效日 不像实际日期",
    )  # fmt: skip
    assert "早于发生日 20" not in page, "a day that could not be read is compared with nothing"
    assert page.count("年费已缴至第几年度 ") == 2, "told once, and its field has the label"
    sent |= {"number": "ZL1", "on": "2027-01-01", "fees_paid_through": "9"}
    faulted(
        registered.clerk, "right_event", registered.file, sent, "权利 选择一个有效的选项",
        "2027-01-01 晚于今天（2026-12-20）", "至 2026-11-01 早于发生日 2027-01-01",
    )  # fmt: skip
    assert not registered.now.right_events.exists()


def test_taking_back_an_event_without_saying_which_is_no_unknown_kind(registered):
    actions.record_event(
        by=registered.clerk, file_id=registered.file.pk, number=PATENT, event="abandoned", on=REGISTERED,
        source="公报", today=TODAY,
    )  # fmt: skip
    sent = {"number": PATENT, "event": "taken_back", "on": "2027-01-01", "source": ""}
    page = faulted(
        registered.clerk, "right_event", registered.file, sent, "撤回的，请选择原来的哪一条",
        "2027-01-01 晚于今天", "依据的文书或登记簿 该字段是必填项",
    )  # fmt: skip
    assert "这一类" not in page
    assert "没有这一条" not in page


def test_an_interruption_of_limitation(registered):
    sent = {"kind": "", "on": "2126-01-01", "told": "", "paper": scan("函.exe", b"MZ")}
    faulted(
        registered.bank.maker, "interrupt", registered.file, sent, "发生日 不像实际日期", "中断事由 未选择",
        "怎样中断 该字段是必填项", "不接受“exe”文件",
    )  # fmt: skip
    assert not registered.now.interruptions.exists()


def test_working_off_an_alert(registered):
    actions.record_event(
        by=registered.clerk, file_id=registered.file.pk, number=PATENT, event="abandoned", on=REGISTERED + DAY,
        source="公报", today=TODAY,
    )  # fmt: skip
    actions.look(by=registered.clerk, file_id=registered.file.pk, on=TODAY)
    alert = registered.now.alerts.first()
    seat = registered.bank.maker if alert.for_pledgee else registered.owner
    sent = {"on": "2027-01-01", "told": "", "paper": scan("凭证.pdf", b"MZ")}
    page = told(freshly_signed_in(seat).post(reverse("pledges:alert", args=[alert.pk]), sent))
    for sentence in ("办理情况 该字段是必填项", "2027-01-01 晚于今天", "内容不是 pdf 文件"):
        assert sentence in page, sentence
    assert not alert.clearings.exists()


def test_a_receipt_of_the_window(cast):
    worked = Worked(cast).handed_in()
    sent = {"receipt_no": "", "on": "2026-11-01"}
    faulted(
        worked.clerk, "accept", worked.file, sent, "受理号 该字段是必填项", "收到日 2026-11-01 早于上一步"
    )
    sent = {"receipt_no": "甲" * 41, "on": "昨天"}
    page = faulted(worked.clerk, "accept", worked.file, sent, "收到日 输入一个有效的日期", "不超过 40 字符")
    assert "收到日 未填写" not in page
    assert worked.now.acts.last().action == "submit"


def test_a_paper_of_no_kind_that_is_no_paper(cast):
    worked = Worked(cast)
    sent = {"material": "PAT-M99", "file": scan("扫描.pdf", b"MZ")}
    faulted(worked.bank.maker, "attach", worked.file, sent, "材料 选择一个有效的选项", "内容不是 pdf 文件")
    assert not worked.now.papers.exists()


def test_a_turn_of_a_ground(cast):
    client = freshly_signed_in(cast.district_bureau.officer)
    sent = {"ground": "patent@2021 PAT-R99", "mode": "binding", "first_day": "2026-12-01", "reason": ""}
    page = told(client.post(reverse("pledges:turn_ground"), sent))
    for sentence in ("选择一个有效的选项", "该字段是必填项", "2026-12-01 早于今天（2026-12-20）"):
        assert sentence in page, sentence
    assert told(client.post(reverse("pledges:turn_ground") + "?on=1990-01-01", sent)), "no book on that day"
    assert not Approval.objects.exists()
