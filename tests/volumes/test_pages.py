"""The pages of subsidies on volume: weigh, ask, sign, look; the bank reads its own award."""

from __future__ import annotations

import html
import re

import pytest
from django.urls import reverse

from kernel.work.models import Approval
from riskpool.volumes.models import VolumeAward
from tests.books import TODAY, open_books
from tests.cast import Cast, freshly_signed_in
from tests.volumes.test_awards import FIRST, LAST, YUZHONG, lent


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("riskpool.volumes.views.today", lambda: TODAY)


def shown(response: object) -> str:
    return re.sub(r"\s+", " ", html.unescape(response.content.decode()))


@pytest.mark.django_db
def test_an_award_from_weighing_to_the_banks_page(cast: Cast) -> None:
    books = open_books(cast)
    loan = lent(books, 1_234_567_89)
    officer, approver = (
        freshly_signed_in(who) for who in (cast.district_bureau.officer, cast.district_bureau.approver)
    )
    typed = {"measure_id": YUZHONG, "bank": cast.bank_a.organisation.pk, "first": FIRST, "last": LAST}
    page = shown(officer.get(reverse("volumes:propose"), typed))
    # 2% of 1,234,567.89 = 24,691.3578
    assert "24,691.36" in page
    assert "精确值：24,691.3578 元" in page
    sent = officer.post(reverse("volumes:propose"), typed)
    asked = Approval.objects.get(kind="volumes.award")
    assert sent["Location"] == reverse("approval", args=[asked.pk])
    assert "24,691.36" in shown(approver.get(sent["Location"]))
    approver.post(reverse("approve", args=[asked.pk]))
    award = VolumeAward.objects.get()
    bank = freshly_signed_in(cast.bank_a.maker)
    listed = shown(bank.get(reverse("volumes:list")))
    assert "24,691.36" in listed
    assert reverse("volumes:propose") not in listed
    one = shown(bank.get(reverse("volumes:award", args=[award.pk])))
    assert loan.bank_loan_no in one
    assert "1,234,567.89" in one
    assert "四舍五入到分" in one
    back = {"reason": "误计 <一笔>", "article": ""}
    wrong = officer.post(reverse("volumes:take_back", args=[award.pk]), back)
    assert wrong.status_code == 422
    assert "误计 <一笔>" in shown(wrong), "nothing typed is lost"
    sent = officer.post(reverse("volumes:take_back", args=[award.pk]), back | {"article": "第五条"})
    assert "误计 <一笔>" in shown(approver.get(sent["Location"]))
    approver.post(sent["Location"] + "approve/")
    assert "本核定不再有效" in shown(bank.get(reverse("volumes:award", args=[award.pk])))
    assert "已收回" in shown(bank.get(reverse("volumes:list")))
    assert "还没有核定" in shown(freshly_signed_in(cast.bank_b.maker).get(reverse("volumes:list")))


@pytest.mark.django_db
def test_what_stands_against_an_award_is_told_on_the_page_and_nothing_is_asked(cast: Cast) -> None:
    officer = freshly_signed_in(cast.district_bureau.officer)
    typed = {
        "measure_id": YUZHONG,
        "bank": cast.bank_a.organisation.pk,
        "first": "2010-01-01",
        "last": "2027-01-01",
    }
    for send in (officer.get, officer.post):
        page = shown(send(reverse("volumes:propose"), typed))
        assert "期间须在今天以前结束" in page
        assert "不在办法有效期内" in page
        assert "期间内没有本机构可见的放款" in page
    assert officer.post(reverse("volumes:propose"), typed | {"first": "junk"}).status_code == 422
    assert Approval.objects.count() == 0
