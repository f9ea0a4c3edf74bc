"""The pages of a registration file: three seats from draft to release, and bad input that loses nothing typed."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from finance.pledges import actions
from finance.pledges.actions import Paper
from finance.pledges.models import Assent, RegistrationFile
from kernel.work.approvals import approve
from kernel.work.models import Approval
from tests.cast import Cast, freshly_signed_in
from tests.pledges.filed import OPENED, OWNER, PATENT, PDF, UNTIL, Worked

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


class Clock:
    day = OPENED


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch):
    Clock.day = OPENED
    for module in ("contents", "files", "making", "rule_books", "steps"):
        monkeypatch.setattr(f"finance.pledges.views.{module}.today", lambda: Clock.day)
    monkeypatch.setattr("kernel.pages.today", lambda: Clock.day)


def shown(response):
    return re.sub(r"\s+", " ", html.unescape(response.content.decode()))


def typed(**changes):
    right = {
        "number": PATENT, "subtype": "invention", "status": "in_force", "owners": OWNER, "filed_on": "2017-07-21",
        "granted_on": "2019-03-02", "fees_paid_through": "10", "suspended": "no", "preserved": "no",
        "under_invalidation": "no", "same_day_invention": "no", "pledged_elsewhere": "no", **changes,
    }  # fmt: skip
    return {
        "pledgor-phone": "023-60000001", "pledgee-address": "渝中区邹容路2号",
        "right-TOTAL_FORMS": "1", "right-INITIAL_FORMS": "0", "seen": "0",
        "terms": ["PAT-C01", "PAT-C02", "PAT-C03", "PAT-C04", "PAT-C05"], "debt_ends_on": "2027-07-20",
        "amount": "5000000.00", "agent_used": "no", "foreign_party": "no", "foreign_papers": "no", "valued": "no",
        **{f"right-0-{name}": value for name, value in right.items()},
    }  # fmt: skip


def scan(name="通知书.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


@pytest.fixture
def seats(cast: Cast):
    return [
        freshly_signed_in(who) for who in (cast.bank_a.maker, cast.enterprise_a.owner, cast.ip_bureau.clerk)
    ]


def opened(cast, bank):
    asked = {
        "kind": "patent", "credit_code": cast.enterprise_a.organisation.credit_code,
        "window": cast.ip_bureau.organisation.pk,
    }  # fmt: skip
    assert bank.post(reverse("pledges:open_file"), asked).status_code == 302
    return RegistrationFile.objects.get()


def test_a_credit_code_on_the_page_is_read_however_it_was_typed_and_a_wrong_one_gets_its_sentence(
    cast, seats
):
    bank, code = seats[0], cast.enterprise_a.organisation.credit_code
    wide = "".join(chr(ord(one) + 0xFEE0) for one in code.lower())
    asked = {"kind": "patent", "window": cast.ip_bureau.organisation.pk}
    answer = bank.post(
        reverse("pledges:open_file"), {**asked, "credit_code": "91350100M000100Y4Z", "loan_no": "贷-7"}
    )
    assert answer.status_code == 422
    assert "含有代码里不会出现的字符：Z" in shown(answer)
    assert "贷-7" in shown(answer)
    spaced = f" {wide[:4]} {wide[4:]}\u3000"
    assert bank.post(reverse("pledges:open_file"), {**asked, "credit_code": spaced}).status_code == 302
    assert RegistrationFile.objects.get().pledgor == cast.enterprise_a.organisation


def test_a_patent_from_draft_to_registered_to_released_by_three_seats(cast, seats):
    bank, owner, window = seats
    file = opened(cast, bank)
    at = {
        name: reverse(f"pledges:{name}", args=[file.pk])
        for name in ("state_contents", "attach", "step", "file", "accept")
    }

    def step(client, action, **more):
        answer = client.post(f"{at['step']}?action={action}", {"on": Clock.day, **more})
        assert answer.status_code == 302, shown(answer)

    assert bank.post(at["state_contents"], typed()).status_code == 302
    for material in ("PAT-M01", "PAT-M02", "PAT-M03"):
        bank.post(at["attach"], {"material": material, "file": scan()})
    assert window.get(at["file"]).status_code == 404
    step(bank, "sign")
    assert "确认：双方签署申请表和合同" in shown(owner.get(reverse("inbox")))
    step(owner, "sign")
    Clock.day += DAY
    step(bank, "submit", channel="online")
    step(owner, "submit")
    assert window.post(at["accept"], {"receipt_no": "SL-1", "on": Clock.day}).status_code == 302
    page = shown(window.get(at["file"]))
    assert "审查（电子提交）：2026-11-19" in page  # two working days after Tuesday the 17th
    Clock.day += DAY
    step(window, "register", number="Y2026500000123", paper=scan())
    assert "质权自 2026-11-18 存在" in shown(owner.get(at["file"]))
    assert "Y2026500000123" in shown(bank.get(reverse("pledges:list")))
    bank.post(at["attach"], {"material": "PAT-M13", "file": scan()})
    Clock.day += DAY
    step(owner, "request_cancellation", ended_because="PAT-X01", channel="online")
    step(bank, "request_cancellation", channel="online")
    step(window, "cancel", paper=scan())
    assert RegistrationFile.objects.get().state == "cancelled"
    told = owner.get(at["file"], {"on": "2026-11-18", "known": "2026-11-19"})
    assert "2026-11-18 的状态（按 2026-11-19 已知）：已登记" in shown(told)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"number": "ZL201710601862.4"}, "校验位不符，应为 3"),
        ({"granted_on": "2016-01-01"}, "授权公告日 2016-01-01 早于申请日 2017-07-21"),
        ({"granted_on": "2030-01-01"}, "2030-01-01 晚于今天"),
        ({"fees_paid_through": "很多"}, "年费已缴至第几年度"),
    ],
)
def test_a_wrong_entry_gets_its_sentence_and_nothing_typed_is_lost(cast, seats, wrong, sentence):
    file = opened(cast, seats[0])
    answer = seats[0].post(reverse("pledges:state_contents", args=[file.pk]), typed(**wrong))
    page = shown(answer)
    assert answer.status_code == 422
    assert sentence in page
    for kept in ("5000000.00", OWNER, "2017-07-21", *wrong.values()):
        assert kept in page
    assert not file.statements.exists()


def test_what_cannot_be_read_and_what_cannot_be_true_are_told_in_one_go(cast, seats):
    """Three decimals, a contract signed tomorrow; of two rights a digit, an order of days, a word for a year."""
    file = opened(cast, seats[0])
    second = {
        "number": "95115608.X",
        "filed_on": "1995-09-19",
        "granted_on": "1994-01-01",
        "owners": "乙公司 | 不同意",
    }
    sent = {
        **typed(number="ZL201710601862.4", fees_paid_through="很多"),
        **{f"right-1-{name}": value for name, value in second.items()},
        "right-TOTAL_FORMS": "2", "amount": "5000000.005", "signed_on": "2026-11-17",
    }  # fmt: skip
    answer = seats[0].post(reverse("pledges:state_contents", args=[file.pk]), sent)
    page = shown(answer)
    assert answer.status_code == 422
    for sentence in (
        "小数超过2位",
        "第1件 年费已缴至第几年度",
        "第1件 号码 ZL201710601862.4 的校验位不符，应为 3",
        "第2件 日期 授权公告日 1994-01-01 早于申请日 1995-09-19",
        "2026-11-17 晚于今天（2026-11-16）",
    ):
        assert sentence in re.sub("<[^>]+>", "", page).replace("  ", " "), sentence
    for kept in ("5000000.005", "很多", "乙公司 | 不同意", "95115608.X", "1994-01-01", "渝中区邹容路2号"):
        assert kept in page, kept
    assert not file.statements.exists()


def test_a_wrong_code_is_told_beside_a_window_that_was_not_chosen(cast, seats):
    asked = {"kind": "patent", "credit_code": "91350100M000100Y4Z", "window": ""}
    page = shown(seats[0].post(reverse("pledges:open_file"), asked))
    assert "含有代码里不会出现的字符：Z" in page
    assert "该字段是必填项" in page


@pytest.mark.parametrize(
    ("paper", "sentence"),
    [
        (("空.pdf", b""), "文件为空"),
        (("扫描.pdf", b"%PDF-" + bytes(30 * 2**20)), "30.0 MB，超过 10 MB"),
        (("程序.exe", b"MZ"), "不接受“exe”文件"),
    ],
)
def test_a_paper_that_is_none_is_told_on_the_page(cast, seats, paper, sentence):
    file = opened(cast, seats[0])
    answer = seats[0].post(
        reverse("pledges:attach", args=[file.pk]), {"material": "PAT-M02", "file": scan(*paper)}
    )
    assert answer.status_code == 422
    assert sentence in shown(answer)
    assert '<option value="PAT-M02" selected>' in shown(answer)


def test_a_step_with_faults_tells_all_and_keeps_what_was_typed(cast, seats):
    worked = Worked(cast).registered()
    Clock.day = dt.date(2026, 12, 20)
    address = f"{reverse('pledges:step', args=[worked.file.pk])}?action=transfer_or_license"
    typed_in = {"on": Clock.day, "deal": "licence", "counterparty": "丙公司", "proceeds": "300000.005"}
    answer = seats[1].post(address, typed_in)
    assert answer.status_code == 422
    assert "小数超过2位" in shown(answer)
    told = re.sub("<[^>]+>", "", shown(answer))
    assert "所涉权利 未选择" in told  # what the action wants is told beside it
    assert (
        "请选择提前清偿债务或者提存" not in told
    )  # of an amount that could not be read nothing more is said
    assert not Assent.objects.filter(action="transfer_or_license").exists()  # it was tried and taken back
    answer = seats[1].post(address, {**typed_in, "proceeds": "300000", "rights_concerned": [PATENT]})
    page = shown(answer)
    assert answer.status_code == 422
    assert "有价款的，请选择提前清偿债务或者提存" in page
    for kept in (
        'value="丙公司"',
        'value="300000"',
        '<option value="licence" selected>',
        f'value="{PATENT}" selected',
    ):
        assert kept in page
    typed_in |= {
        "proceeds": "300000",
        "rights_concerned": [PATENT],
        "proceeds_to": "escrow",
        "escrowed_at": "公证处",
        "proceeds_by": Clock.day,
    }
    assert seats[1].post(address, typed_in).status_code == 302
    assert "对方所填" not in shown(seats[1].get(address))
    assert "本方已经确认" in shown(seats[1].post(address, typed_in))
    second = shown(seats[0].get(address))
    for told in ("对方所填", "300,000.00 元（人民币叁拾万元整）", "提存", "公证处"):
        assert told in second
    assert seats[0].post(address, {"on": Clock.day}).status_code == 302
    assert "公证处" in shown(seats[2].get(reverse("pledges:file", args=[worked.file.pk])))


def test_anybody_of_the_file_notes_that_a_period_is_over(cast, seats):
    worked = Worked(cast, "trademark")
    worked.today = Clock.day = UNTIL
    worked.registered()
    address = f"{reverse('pledges:step', args=[worked.file.pk])}?action=lapse"
    assert "登记期限还没有届满" in shown(seats[1].post(address, {}))
    Clock.day = UNTIL + 3 * DAY
    assert 'name="on"' not in shown(seats[1].get(address))
    assert seats[1].post(address, {}).status_code == 302
    assert (worked.now.state, worked.now.acts.last().on) == ("lapsed", UNTIL + DAY)


def test_the_precheck_is_shown_with_article_and_mark_of_evidence(cast, seats):
    worked = Worked(cast)
    contents = {"fees_paid_through": 8}
    from tests.pledges.filed import sound

    worked.state(sound(**contents))
    address = reverse("pledges:file", args=[worked.file.pk])
    seats[1].post(reverse("pledges:check", args=[worked.file.pk]))
    page = shown(seats[1].get(address))
    assert "办法第11条第4项" in page
    assert "已见原文" in page
    assert "需要补正" in page  # papers are missing


def test_a_ground_is_turned_by_two_persons_and_then_binds(cast):
    bureau = cast.district_bureau
    client = freshly_signed_in(bureau.officer)
    asked = {
        "ground": "trademark@2020 TM-R01", "mode": "binding", "first_day": dt.date(2030, 1, 1),
        "reason": "律师意见〔2026〕3号",
    }  # fmt: skip
    assert client.post(reverse("pledges:turn_ground"), asked | {"ground": "TM-R99"}).status_code == 422
    assert client.post(reverse("pledges:turn_ground"), asked).status_code == 302
    waiting = Approval.objects.get(kind="pledges.mode")
    approve(by=bureau.approver, approval_id=waiting.pk)
    Clock.day = dt.date(2030, 1, 1)
    assert "律师意见〔2026〕3号" in shown(client.get(reverse("pledges:rules")))


def test_what_the_other_party_saved_meanwhile_is_told_before_it_is_written_over(cast, seats):
    bank, owner, _ = seats
    file = opened(cast, bank)
    address = reverse("pledges:state_contents", args=[file.pk])
    bank.post(address, {**typed(), "seen": "0"})
    assert 'name="seen" value="1"' in shown(bank.get(address))
    owner.post(address, {**typed(fees_paid_through="12"), "seen": "1"})
    late = {**typed(), "seen": "1", "scope": "本金"}
    unsaid = bank.post(address, {name: value for name, value in late.items() if name != "seen"})
    assert (unsaid.status_code, "没有说明填写时所见的是哪一份" in shown(unsaid)) == (422, True)
    assert ('name="seen" value="2"' in shown(unsaid), 'value="本金"' in shown(unsaid)) == (True, True)
    answer = bank.post(address, late)
    page = shown(answer)
    assert answer.status_code == 422
    assert "年费已缴至第几年度“10”改为“12”" in page
    assert ('name="seen" value="2"' in page, 'value="本金"' in page) == (True, True)
    assert bank.post(address, {**late, "seen": "2"}).status_code == 302
    assert [one.contents["rights"][0]["fees_paid_through"] for one in file.statements.order_by("seq")] == [
        10,
        12,
        10,
    ]
    # a fault of another kind does not pass for having been told
    owner.post(address, {**typed(fees_paid_through="9"), "seen": "3"})
    assert 'name="seen" value="3"' in shown(bank.post(address, {**late, "seen": "3", "amount": "x"}))


def test_a_replay_shows_the_papers_and_steps_that_were_there_and_known_then(cast, seats):
    """Signed on the 17th, recorded the same day; a contract comes in on the 19th, registered on the 20th."""
    worked = Worked(cast).registered()
    late = Paper("补充合同.pdf", PDF)
    actions.attach(
        by=worked.bank.maker, file_id=worked.file.pk, material="PAT-M02", paper=late, on=OPENED + 3 * DAY
    )
    Clock.day = dt.date(2026, 12, 20)
    page = reverse("pledges:file", args=[worked.file.pk])
    now = shown(seats[0].get(page))
    assert "补充合同.pdf" in now
    assert "只列" not in now
    then = shown(seats[0].get(page, {"on": OPENED + 2 * DAY}))
    known = shown(seats[0].get(page, {"known": OPENED + 2 * DAY}))
    for replay in (then, known):
        assert "PAT-M02.pdf" in replay, "what was there"
        assert "补充合同.pdf" not in replay
        assert "以前、按" in replay
    assert "<div>准予登记" in now
    assert "<div>准予登记" not in then
    assert "<div>准予登记" not in known, "all steps were recorded on 2026-12-20"
    assert "补充合同.pdf" in shown(seats[0].get(page, {"on": OPENED + 3 * DAY}))
