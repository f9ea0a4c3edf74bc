"""A bureau's way through the desk: a faulty file, a sound one, what it changes, two persons, adoption, the day itself."""

from __future__ import annotations

import datetime as dt
import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kernel.policystore.models import PolicyVersion
from kernel.policystore.queries import version_on
from kernel.work.models import Approval
from riskpool.pools import enrolling
from riskpool.pools.models import AdoptedScheme
from tests.policies.texts import FAULTY, NEW, NEXT, OLD, WRONG_EXAMPLE

pytestmark = pytest.mark.django_db
FIRST = dt.date(2026, 12, 1)


def text_of(response) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def upload(who: Client, content: str | bytes, name: str = "方案.yaml"):
    data = content.encode() if isinstance(content, str) else content
    return who.post(reverse("policies:upload"), {"file": SimpleUploadedFile(name, data)})


@pytest.fixture
def officer(cast, books) -> Client:
    return cast.signed_in(cast.district_bureau.officer)


@pytest.fixture
def approver(cast, books) -> Client:
    return cast.signed_in(cast.district_bureau.approver)


def drafted(officer: Client, text: str = NEXT) -> PolicyVersion:
    assert upload(officer, text).status_code == 302
    return PolicyVersion.objects.get(state="draft")


def open_approval() -> Approval:
    return Approval.objects.get(state="asked")


def page(who: Client, name: str, row: PolicyVersion, query: str = "") -> str:
    response = who.get(reverse(f"policies:{name}", args=[row.pk]) + query)
    assert response.status_code == 200
    return text_of(response)


def test_a_faulty_file_is_told_every_fault_with_its_place_and_nothing_is_kept(officer):
    wrong = upload(officer, FAULTY)
    shown = text_of(wrong)
    assert wrong.status_code == 422
    for told in (
        "loss_bas",
        "steps[0].shares.fund（第",
        "没有加引号的数字 0.70",
        "fund_county",
        "不认识的键",
    ):
        assert told in shown
    assert not PolicyVersion.objects.filter(state="draft").exists()


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (NEXT.encode("gb18030"), "a.yaml", "像是 GB18030"),
        (NEXT.encode("utf-16"), "a.yaml", "像是 UTF-16"),
        (NEXT, "a.xlsx", "不是 YAML 文件"),
        (b"# " + b"x" * 300 * 1024, "a.yml", "超过 256 KB，没有读取"),
        (b"", "a.yaml", "文件是空的"),
        (b"\x00\x01", "a.yaml", "内容是二进制"),
        ("a: [1", "a.yaml", "不是有效的 YAML"),
        (NEXT.replace("title: plain", 'title: "\\0"'), "a.yaml", "不能显示的字符"),
        (NEXT.replace(NEW, "x" * 130), "a.yaml", "不超过 120 个字"),
    ],
)
def test_a_file_of_another_kind_is_told_what_it_is(officer, content, name, told):
    wrong = upload(officer, content, name)
    assert wrong.status_code == 422
    assert told in text_of(wrong)
    assert not PolicyVersion.objects.filter(state="draft").exists()


def test_a_byte_order_mark_is_taken_off_and_told(officer):
    sent = officer.post(
        reverse("policies:upload"),
        {"file": SimpleUploadedFile("a.yaml", b"\xef\xbb\xbf" + NEXT.encode())},
        follow=True,
    )
    assert "BOM 标记已去掉" in text_of(sent)
    assert PolicyVersion.objects.get(state="draft").text == NEXT


def test_an_example_that_does_not_come_out_is_shown_and_keeps_the_draft_from_publication(officer, approver):
    draft = drafted(officer, WRONG_EXAMPLE)
    shown = page(officer, "version", draft)
    assert "应为 300000.01，算得 300000.00" in shown
    assert "现在不能发布" in shown
    sent = officer.post(reverse("policies:publish", args=[draft.pk]))
    assert sent.status_code == 422
    assert "应为 300000.01" in text_of(sent)
    assert not Approval.objects.filter(kind="policies.publish").exists()


def test_the_way_from_a_file_to_a_loan_that_follows_it(cast, books, officer, approver):
    live = books.enrol(books.lend(1_000_000_00))[0]
    paid = books.file(books.bad_loan(500_000_00), 500_000_00)
    books.accept(paid)
    draft = drafted(officer)
    shown = page(officer, "version", draft)
    assert "始终 至 2026-11-30" in shown, "what publishing would do to the old version"
    assert "相符 e1" in shown

    # 80 % becomes 70 %: by meaning one line, with its place
    shown = page(officer, "difference", draft)
    assert "steps[0].shares.fund" in shown
    assert re.search(r"80% → ?70%", shown)
    assert "+ shares: {fund: '0.70'}" in shown

    # two live loans of 1,000,000.00 and 500,000.00: 1,200,000.00 at 80 %, 1,050,000.00 at 70 %
    shown = page(officer, "effect", draft)
    for figure in ("1,500,000.00", "1,200,000.00", "1,050,000.00", "-150,000.00", "一笔也不会改变"):
        assert figure in shown

    # the claim of 500,000.00 was 400,000.00 and would be 350,000.00: 50,000.00 more for the bank
    shown = page(officer, "backtest", draft)
    for figure in ("400,000.00", "350,000.00", "-50,000.00", "+50,000.00", "多承担", "少承担"):
        assert figure in shown

    asked = officer.post(reverse("policies:publish", args=[draft.pk]))
    assert asked.headers["Location"] == reverse("approval", args=[open_approval().pk])
    own = officer.post(reverse("approve", args=[open_approval().pk]))
    assert own.status_code == 404, "an officer does not sign"
    assert approver.post(reverse("approve", args=[open_approval().pk])).status_code == 302
    assert [version_on("scheme", draft.family, day).version for day in (FIRST - dt.timedelta(1), FIRST)] == [
        OLD,
        NEW,
    ]

    adopt = reverse("pools:adopt", args=[books.agreement.pk])
    first_step = text_of(officer.get(adopt))
    assert NEW in first_step
    second = officer.get(f"{adopt}?scheme={draft.pk}").content.decode()
    assert second.count("<select") == 3, "one a party, the lender asked of nobody"
    typed = {"scheme": draft.pk, "first": FIRST, "bearer_0": "passes", "bearer_1": "source:city"}
    wrong = officer.post(adopt, typed)
    assert wrong.status_code == 422
    officer.post(adopt, typed | {"bearer_2": "source:district"})
    assert approver.post(reverse("approve", args=[open_approval().pk])).status_code == 302

    before, on = (
        books.lend(100_000_00, disbursed_on=day, signed_on=day) for day in (FIRST - dt.timedelta(1), FIRST)
    )
    enrolled, refused = enrolling.enrol_loans(by=None, loans=[before, on], on=FIRST)
    assert refused == []
    assert [row.scheme.version for row in enrolled] == [OLD, NEW]
    live.refresh_from_db()
    assert live.scheme.version == OLD
    spans = AdoptedScheme.objects.filter(agreement=books.agreement, superseded_at=None).order_by("validity")
    assert [(row.version.version, row.validity.lower, row.validity.upper) for row in spans] == [
        (OLD, dt.date(2025, 1, 1), FIRST),
        (NEW, FIRST, None),
    ]
    shown = text_of(officer.get(reverse("pools:agreement", args=[books.agreement.pk])))
    assert "市级资金" in shown
    assert "2026-12-01 起" in shown


def test_a_trial_shows_what_a_hand_calculation_gives_and_stores_nothing(officer):
    draft = drafted(officer)
    address = reverse("policies:trial", args=[draft.pk])
    acts = Approval.objects.count()
    # 100,000.01 at 70 %: 70,000.007 -> 70,000.01 (the larger remainder is the fund's); 4:6 of it 28,000.004 and 42,000.006
    sent = officer.post(address, {"loss_principal": "100000.01", "gross": "1000.00", "costs": "100.00"})
    shown = text_of(sent)
    assert sent.status_code == 200
    for figure in ("30,000.00", "28,000.00", "42,000.01", "100,000.01", "900.00"):
        assert figure in shown
    assert Approval.objects.count() == acts
    wrong = officer.post(address, {"loss_principal": "1,0", "gross": "x"})
    assert wrong.status_code == 422
    assert text_of(wrong).count("不是规范的金额") == 2, "every fault at once"
    assert officer.post(address, {}).status_code == 422
