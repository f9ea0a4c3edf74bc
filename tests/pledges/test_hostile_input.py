"""What a careless or hostile hand types at the doors of registration: one writing of numbers, no traceback."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
from django.urls import reverse

from finance.pledges.models import PledgeRegistration
from finance.pledges.papers import _number
from finance.pledges.queries import of_files as reading
from finance.pledges.queries.of_rights import rights_stated
from kernel.errors import Refused
from tests.cast import freshly_signed_in
from tests.pledges.filed import OPENED, PATENT, REGISTERED, UNTIL, Worked, sound

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch):
    for module in ("claim", "contents", "files", "steps"):
        monkeypatch.setattr(f"finance.pledges.views.{module}.today", lambda: OPENED)
    monkeypatch.setattr("kernel.pages.today", lambda: OPENED)


def told(response):
    assert response.status_code == 422
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html.unescape(response.content.decode())))


def owned(*shares):
    return [
        {"name": f"{name}公司", "consents": True, "share": share}
        for name, share in zip("甲乙丙", shares, strict=False)
    ]


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("patent", " ｚｌ２０１７１０６０１８６２．３ ", PATENT),
        ("patent", "zl 20171060 1862 3", PATENT),
        ("trademark", "５８９４０６００\u3000", "58940600"),
        ("copyright", "2020sr0123456", "2020SR0123456"),
    ],
)
def test_a_number_is_kept_and_printed_in_one_writing(cast, kind, typed, kept):
    stated = sound(kind, number=typed)
    if kind == "trademark":
        stated["rights"][0]["mark"]["number"] = typed
    worked = Worked(cast, kind).state(stated)
    (right,) = reading.contents_of(worked.now)["rights"]
    assert right["number"] == kept
    assert right.get("mark", {"number": kept})["number"] == kept
    assert [_number(one) for one in rights_stated(worked.now)] == [kept]


def test_one_right_typed_in_two_writings_is_one_right_stated_twice(cast):
    stated = sound()
    stated["rights"] += [{**stated["rights"][0], "number": "2０1710601862．3"}]
    with pytest.raises(Refused, match="填了两次"):
        Worked(cast).state(stated)


def test_a_registration_number_is_not_taken_again_in_another_writing(cast):
    Worked(cast).registered(number="Ｙ2026 500001")
    assert PledgeRegistration.objects.get().number == "Y2026500001"
    mark = Worked(cast, "trademark").handed_in()
    with pytest.raises(Refused, match="y2026500001 已是另一登记的编号"):
        mark.decide("register", REGISTERED, number=" y2026500001", until=UNTIL)


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        (("-5%", "50%", "50%"), "甲公司 的份额“-5%”"),
        (("1/0", "1/2"), "甲公司 的份额“1/0”"),
        (("100.001%",), "合计 100.001%"),
    ],
)
def test_a_share_that_is_none_gets_its_sentence(cast, shares, sentence):
    with pytest.raises(Refused, match=re.escape(sentence)):
        Worked(cast).state(sound(owners=owned(*shares)))


@pytest.mark.parametrize(
    ("shares", "told_so"),
    [
        (("33.33%", "33.33%", "33.33%"), "各人份额合计 99.99%，不足 100%"),
        (("1/3", "1/3", "1/3"), ""),
        (("50%", "共同共有"), ""),
        (("50%", ""), ""),
    ],
)
def test_shares_that_do_not_make_up_the_whole_are_told_and_stop_nothing(cast, shares, told_so):
    worked = Worked(cast).state(sound(owners=owned(*shares)))
    page = freshly_signed_in(worked.bank.maker).get(reverse("pledges:file", args=[worked.file.pk]))
    assert ("不足 100%" in page.content.decode()) == bool(told_so)
    assert told_so in page.content.decode()


@pytest.mark.parametrize("seen", ["1", "99999999999999999999", "9" * 5000, "-1", "١"])
def test_a_page_over_a_statement_that_nobody_made_is_told_and_loses_nothing(cast, seen):
    worked = Worked(cast)
    sent = {"seen": seen, "right-TOTAL_FORMS": "1", "right-INITIAL_FORMS": "0", "right-0-number": PATENT}
    client = freshly_signed_in(worked.bank.maker)
    answer = client.post(reverse("pledges:state_contents", args=[worked.file.pk]), sent)
    assert "没有说明填写时所见的是哪一份" in told(answer)
    assert PATENT in answer.content.decode()
    assert not worked.now.statements.exists()


def test_no_interruption_is_recorded_of_a_pledge_that_is_not_registered(cast):
    worked = Worked(cast).state()
    client = freshly_signed_in(worked.bank.maker)
    sent = {"kind": "LIM-01", "on": OPENED, "told": "催收函1号"}
    page = told(client.post(reverse("pledges:interrupt", args=[worked.file.pk]), sent))
    assert "质权还没有登记" in page
    assert not worked.now.interruptions.exists()


def test_a_pending_change_stops_a_cancellation_and_nothing_follows_a_revocation(cast):
    worked = Worked(cast).registered()
    worked.attach("PAT-M12", "PAT-M13")
    change = {"changed_on": REGISTERED.isoformat(), "new_amount": 600_000_000}
    worked.both("request_change", REGISTERED + DAY, asked=change)
    with pytest.raises(Refused, match="“变更审查中”状态下不能“申请注销登记”。此时可以：准予变更"):
        worked.both("request_cancellation", REGISTERED + DAY, asked={"ended_because": "PAT-X01"})
    worked.decide("revoke", REGISTERED + 2 * DAY, asked={"revoked_because": "PAT-V01"})
    with pytest.raises(Refused, match="“已撤销（自始无效）”状态下不能“申请变更登记”"):
        worked.both("request_change", REGISTERED + 3 * DAY, asked=change)


@pytest.mark.parametrize("name", ["paper", "decision", "marked_sheet", "interruption_paper"])
def test_a_number_that_no_row_can_have_is_an_address_that_does_not_exist(cast, name):
    worked = Worked(cast).registered()
    client = freshly_signed_in(worked.bank.maker)
    assert client.get(reverse(f"pledges:{name}", args=[worked.file.pk, 10**30])).status_code == 404


def test_a_right_that_ended_before_the_day_is_not_pledged(cast):
    """Filed on 29 February 2004 for 20 years: its last day is 28 February 2024."""
    worked = Worked(cast).state(
        sound(number="ZL200410018477.9", filed_on="2004-02-29", granted_on="2006-01-01")
    )
    page = freshly_signed_in(worked.bank.maker).get(reverse("pledges:file", args=[worked.file.pk]))
    assert "2024-02-28" in page.content.decode()
    worked.attach()
    worked.both("sign", OPENED + DAY)
    with pytest.raises(Refused, match="2024-02-28"):
        worked.say(worked.bank.maker, "submit", OPENED + 2 * DAY, channel="online")
