"""The pages of claims, as the cast meets them: filing, preview, decision, payment, proof sheet, recovery."""

from __future__ import annotations

import datetime as dt
import html
import io
import json
import zipfile
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader

from kernel.documents.papers import paper_problem
from kernel.money.fields import fen_of
from kernel.work import outbox
from kernel.work.models import Approval
from riskpool.claims import actions as claims
from riskpool.claims import due
from riskpool.claims.models import Claim
from riskpool.claims.proof import proof_of
from riskpool.schemes import engine
from tests.books import TODAY, go_bad, open_books

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7 paper"


@pytest.fixture(autouse=True)
def _on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages open on the day on which the books of the tests stand."""
    for place in ("riskpool.claims.views", "riskpool.claims.course_views", "kernel.pages"):
        monkeypatch.setattr(f"{place}.today", lambda: TODAY)


def text_of(response) -> str:
    return html.unescape(response.content.decode())


def page(who, name: str, **parameters) -> str:
    response = who.get(reverse(name, kwargs=parameters))
    assert response.status_code == 200, response.status_code
    return text_of(response)


def papers(**changed) -> dict[str, object]:
    return {
        f"paper_{kind}": SimpleUploadedFile(f"{kind}.pdf", PDF) for kind in ("contract", "pledge", "overdue")
    } | changed


def test_the_preview_shows_the_split_of_the_measures_own_example(books, cast):
    # chongqing-knowledge-value@2017, example e1: bank 300,000, city 480,000, district 720,000; interest stays outside
    claim = books.file(
        books.bad_loan(1_500_000_00, annual_rate_percent=Decimal(6)), 1_500_000_00, interest=52_500_00
    )
    shown = page(cast.signed_in(cast.district_bureau.officer), "claims:claim", claim_id=claim.pk)
    for figure in ("300,000.00", "480,000.00", "720,000.00", "1,200,000.00", "52,500.00"):
        assert figure in shown
    assert "20.00%" in shown
    assert "3,520,000.00" in shown, "what the city has left afterwards: 4,000,000 less 480,000"
    assert "5,280,000.00" in shown, "and the district: 6,000,000 less 720,000"
    assert "第3步" in shown
    assert "设定，无出处" in shown
    assert Claim.objects.get().state == "filed", "looking writes nothing"


def test_what_the_sources_say_is_chinese_and_in_english_the_words_of_the_file(accepted, cast):
    bureau = cast.signed_in(cast.district_bureau.officer)
    address = reverse("claims:claim", args=[accepted.pk])
    written = "pool pays 80% of overdue principal", "payments are charged to the contributors"
    told = "资金池补偿逾期贷款本金的80%", "补偿支出按出资比例由各出资方承担"
    chinese = text_of(bureau.get(address))
    english = text_of(bureau.get(address, headers={"accept-language": "en"}))
    assert [text in chinese for text in (*written, *told)] == [False, False, True, True]
    assert [text in english for text in (*written, *told)] == [True, True, False, False]
    kept = proof_of(accepted)["scheme"]
    assert [any(text in source["what"] for source in kept["sources"]) for text in written] == [True, False]
    assert any(told[0] in source["what_zh"] for source in kept["sources"])
    assert (written[1] in kept["assumed"][0], told[1] in kept["assumed_zh"][0]) == (True, True)


def test_a_limit_that_would_be_passed_is_told_before_pressing_and_holds_when_pressed(books, cast):
    books.set_limit("pool_year_payout", 1_000_000_00, year=TODAY.year)
    claim = books.file(books.bad_loan(1_500_000_00), 1_500_000_00)
    bureau = cast.signed_in(cast.district_bureau.officer)
    shown = page(bureau, "claims:claim", claim_id=claim.pk)
    assert "现在不能受理" in shown
    assert "需 1,200,000.00 元，余 1,000,000.00 元" in shown
    assert reverse("claims:accept", args=[claim.pk]) not in shown
    pressed = bureau.post(reverse("claims:accept", args=[claim.pk]))
    assert pressed.status_code == 422
    assert "需 1,200,000.00 元" in text_of(pressed)
    assert Claim.objects.get().state == "filed"


def test_a_bank_sees_the_split_only_when_it_is_decided(books, filed, cast):
    bank = cast.signed_in(cast.bank_a.maker)
    assert "损失这样分担" not in page(bank, "claims:claim", claim_id=filed.pk)
    assert bank.get(reverse("claims:working", args=[filed.pk])).status_code == 404
    books.accept(filed)
    assert "400,000.00" in page(bank, "claims:claim", claim_id=filed.pk)
    answer = json.loads(bank.get(reverse("claims:working", args=[filed.pk])).content)
    assert answer["decided"] is True
    assert engine.replay(answer["stored"]).borne == {
        "bank": 100_000_00,
        "fund": 0,
        "fund_city": 160_000_00,
        "fund_district": 240_000_00,
    }


def test_another_house_is_named_but_not_its_person(accepted, cast):
    seen_by_bank = page(cast.signed_in(cast.bank_a.maker), "claims:claim", claim_id=accepted.pk)
    assert "重庆市渝中区财政局" in seen_by_bank
    assert "渝经办" not in seen_by_bank
    seen_by_bureau = page(cast.signed_in(cast.district_bureau.officer), "claims:claim", claim_id=accepted.pk)
    assert "渝经办" in seen_by_bureau


def test_every_fault_of_a_filing_is_told_at_once_and_nothing_typed_is_lost(books, cast):
    enrolment = books.bad_loan()
    sent = {
        "principal": "500,000", "interest": "2.345", "statement": "借款人停产",
        "paper_contract": SimpleUploadedFile("合同.pdf", b"MZ not a pdf"),
    }  # fmt: skip
    response = cast.signed_in(cast.bank_a.maker).post(reverse("claims:file", args=[enrolment.pk]), sent)
    shown = text_of(response)
    assert response.status_code == 422
    for told in (
        "“500,000” 不是规范的金额",
        "2.345 的小数超过2位",
        "内容不是 pdf 文件",
        "缺少“质押登记证明”",
        "缺少“逾期与催收记录”",
    ):
        assert told in shown
    assert "合计为零" not in shown, "what could not be read is not taken for nothing"
    for typed in ('value="500,000"', 'value="2.345"', "借款人停产"):
        assert typed in shown
    assert not Claim.objects.exists()


def test_a_claim_is_filed_with_several_papers_of_one_kind(books, cast):
    enrolment = books.bad_loan()
    two = [
        SimpleUploadedFile("借款合同.pdf", PDF),
        SimpleUploadedFile("放款凭证.png", b"\x89PNG\r\n\x1a\n..."),
    ]
    sent = {"principal": "480000.01", "interest": "3000"} | papers(paper_contract=two)
    response = cast.signed_in(cast.bank_a.maker).post(reverse("claims:file", args=[enrolment.pk]), sent)
    claim = Claim.objects.get()
    assert response.headers["Location"] == reverse("claims:claim", args=[claim.pk])
    assert (fen_of(claim.principal), fen_of(claim.claimed)) == (480_000_01, 483_000_01)
    assert sorted(claim.evidence.values_list("file__name", flat=True)) == sorted(
        ["借款合同.pdf", "放款凭证.png", "pledge.pdf", "overdue.pdf"]
    )


def test_the_filing_page_begins_with_what_is_known(books, cast):
    enrolment = books.bad_loan(500_000_00, 432_100_50)
    shown = page(cast.signed_in(cast.bank_a.maker), "claims:file", enrolment_id=enrolment.pk)
    assert 'value="432100.50"' in shown
    assert "已逾期 142 日" in shown, (
        "2026-07-01 to 2026-11-20, the first day counted, the last not: 31+31+30+31+19"
    )
    assert "满 60 日" in shown
    assert "2026-08-30" in shown


def test_a_loan_still_within_the_waiting_days_says_from_when_it_may_be_claimed(books, cast):
    loan = books.lend()
    (enrolment,) = books.enrol(loan)
    go_bad(loan, 500_000_00, overdue_since=TODAY.replace(day=1))
    shown = page(cast.signed_in(cast.bank_a.maker), "claims:file", enrolment_id=enrolment.pk)
    assert "还差 41 日，2026-12-31 起可申请" in shown
    listed = page(cast.signed_in(cast.bank_a.maker), "claims:list")
    assert "等待期内" in listed
    assert reverse("claims:file", args=[enrolment.pk]) not in listed


def packed(part: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr(part, "<x/>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", PDF, None), ("a.JPG", b"\xff\xd8\xff\xe0", None), ("a.xlsx", packed("xl/workbook.xml"), None),
        ("a.docx", packed("word/document.xml"), None), ("a.docx", packed("xl/workbook.xml"), "content"),
        ("a.xlsx", b"PK\x03\x04", "content"), ("a.png", PDF, "content"), ("a.exe", b"MZ", "ending"),
        ("pdf", PDF, "ending"), ("a.pdf", b"", "empty"), ("a.pdf", PDF + bytes(10 * 1024 * 1024), "too_large"),
    ],
)  # fmt: skip
def test_a_paper_is_what_its_bytes_say(name, content, code):
    problem = paper_problem(name, content)
    assert (problem.code if problem else None) == code


def test_a_paper_comes_back_byte_for_byte_to_be_saved(filed, cast):
    paper = filed.evidence.select_related("file").first()
    address = reverse("claims:paper", args=[filed.pk, paper.pk])
    answer = cast.signed_in(cast.district_bureau.officer).get(address)
    assert answer.content == bytes(paper.file.content)
    assert answer.headers["Content-Disposition"].startswith("attachment;")


def test_a_paper_of_another_claim_is_not_found_under_this_one(books, cast):
    one, other = books.file(books.bad_loan(), 500_000_00), books.file(books.bad_loan(), 500_000_00)
    address = reverse("claims:paper", args=[one.pk, other.evidence.first().pk])
    assert cast.signed_in(cast.district_bureau.officer).get(address).status_code == 404


def test_the_whole_way_by_pages_ends_in_a_proof_sheet_that_can_be_replayed(books, cast):
    claim = books.file(books.bad_loan(999_999_99), 999_999_99, interest=1_00)
    officer, approver = (
        cast.signed_in(who) for who in (cast.district_bureau.officer, cast.district_bureau.approver)
    )
    officer.post(reverse("claims:accept", args=[claim.pk]))
    asked = officer.post(reverse("claims:pay", args=[claim.pk]))
    approval = Approval.objects.get(kind="claims.pay")
    assert asked.headers["Location"] == reverse("approval", args=[approval.pk])
    shown = page(officer, "claims:claim", claim_id=claim.pk)
    assert "须由另一人签批" in shown
    assert reverse("claims:pay", args=[claim.pk]) not in shown
    approver.post(reverse("approve", args=[approval.pk]))
    outbox.drain()
    claim.refresh_from_db()
    assert claim.state == "paid"

    sheet = cast.signed_in(cast.bank_a.maker).get(reverse("claims:proof", args=[claim.pk]))
    pdf = PdfReader(io.BytesIO(sheet.content))
    assert len(pdf.pages) <= 2
    ((attached,),) = pdf.attachments.values()
    said = json.loads(attached)
    assert said == json.loads(json.dumps(proof_of(claim)))
    # chongqing-knowledge-value@2017, example e2
    borne = {share["name"]: share["borne"] for share in said["shares"]}
    assert borne == {
        cast.bank_a.organisation.name: "200000.00",
        "市级资金": "320000.00",
        "区级资金": "479999.99",
    }
    assert engine.replay(said["stored"]).borne == engine.replay(claim.apportionment.working).borne
    assert said["apportionment_sha256"] == claim.apportionment.sha256
    words = "".join(page.extract_text() for page in pdf.pages).replace("\n", "")
    for figure in ("479,999.99", "人民币柒拾玖万玖仟玖佰玖拾玖元玖角玖分", claim.number):
        assert figure in words
    assert "渝签批" not in words, "the bank reads the sheet too"


def test_before_payment_there_is_no_proof_sheet(accepted, cast):
    address = reverse("claims:proof", args=[accepted.pk])
    assert cast.signed_in(cast.district_bureau.officer).get(address).status_code == 404


def test_a_refusal_without_a_reason_is_not_taken_and_one_with_it_is_shown_to_the_bank(filed, cast):
    bureau = cast.signed_in(cast.district_bureau.officer)
    address = reverse("claims:refuse", args=[filed.pk])
    assert bureau.post(address, {"reason": " "}).status_code == 422
    bureau.post(address, {"reason": "催收记录不全，合作协议第八条"})
    assert "催收记录不全，合作协议第八条" in page(
        cast.signed_in(cast.bank_a.maker), "claims:claim", claim_id=filed.pk
    )


def test_a_bank_takes_its_claim_back(accepted, cast):
    bank = cast.signed_in(cast.bank_a.maker)
    bank.post(reverse("claims:withdraw", args=[accepted.pk]), {"reason": "借款人已还款"})
    accepted.refresh_from_db()
    assert (accepted.state, fen_of(accepted.reserved)) == ("withdrawn", 0)


def test_what_a_recovery_will_give_back_is_shown_first_and_given_then(books, cast):
    # chongqing-knowledge-value@2017, example e2: 33,333.35 collected
    claim = books.accept(books.file(books.bad_loan(999_999_99), 999_999_99))
    books.pay(claim)
    officer = cast.signed_in(cast.district_bureau.officer)
    address = reverse("claims:recover", args=[claim.pk])
    typed = {"gross": "33333.35", "costs": "", "received_on": TODAY.isoformat(), "note": "处置质物"}
    early = typed | {"look": "1", "received_on": (TODAY - dt.timedelta(days=1)).isoformat()}
    refused = officer.post(address, early)
    assert refused.status_code == 422
    assert f"早于补偿支付日 {TODAY}" in text_of(refused), "looking refuses what asking would refuse"
    looked = text_of(officer.post(address, typed | {"look": "1"}))
    for figure in ("10,666.67", "16,000.01", "6,666.67", "26,666.68"):
        assert figure in looked
    assert not Approval.objects.filter(kind="claims.recover").exists(), "looking asks nobody"
    officer.post(address, typed | {"ask": "1"})
    approval = Approval.objects.get(kind="claims.recover")
    approver = cast.signed_in(cast.district_bureau.approver)
    assert "16,000.01" in page(approver, "approval", approval_id=approval.pk)
    approver.post(reverse("approve", args=[approval.pk]))
    claim.refresh_from_db()
    assert fen_of(claim.returned) == 26_666_68
    assert "16,000.01" in page(officer, "claims:claim", claim_id=claim.pk)


def test_a_claim_waits_in_working_days_and_says_whose_turn_it_is(books, filed, cast):
    bureau = cast.district_bureau
    listed = page(cast.signed_in(bureau.officer), "claims:list")
    assert "0 / 20" in listed
    assert "财政部门审核" in listed
    books.accept(filed)
    claims.propose_payment(by=bureau.officer, claim_id=filed.pk, on=TODAY)
    assert "财政部门签批支付" in page(cast.signed_in(bureau.officer), "claims:list")


def test_a_claim_is_late_when_more_working_days_have_passed_than_the_procedure_gives(books, cast):
    from datetime import date

    from kernel.days import WorkingCalendar

    books.file(books.bad_loan(), 500_000_00)
    calendar = WorkingCalendar({}, {2026})
    # from Friday 2026-11-20 the twentieth working day is Friday 2026-12-18
    on = {
        day: due.waiting(viewer=cast.district_bureau.officer, on=date(2026, 12, day), calendar=calendar)
        for day in (18, 21)
    }
    assert [(on[day][0].age, on[day][0].late) for day in (18, 21)] == [(20, False), (21, True)]


def test_a_banks_home_names_the_overdue_loans_on_which_it_may_claim(books, cast, monkeypatch):
    monkeypatch.setattr("portal.views.today", lambda: TODAY)
    enrolment = books.bad_loan()
    address = reverse("claims:file", args=[enrolment.pk])
    assert address in page(cast.signed_in(cast.bank_a.maker), "home")
    assert address not in page(cast.signed_in(cast.bank_a.checker), "home"), "the maker files"
    books.file(enrolment, 500_000_00)
    assert address not in page(cast.signed_in(cast.bank_a.maker), "home"), "a claim stands on it"


def test_whoever_sits_at_the_pool_reads_how_each_fact_of_a_claim_was_obtained(cast):
    books = open_books(
        cast,
        "hubei-knowledge-value@2025",
        {"fund": {"passes": True}, "province": {"source": "city"}, "city": {"source": "district"}},
    )
    books.pay_in("city", 40_000_000_00)
    books.pay_in("district", 60_000_000_00)
    books.enrol(books.lend(9_876_543_21))
    claim = books.file(books.bad_loan(123_456_79), 123_456_79)
    address = reverse("claims:claim", args=[claim.pk])
    # 123,456.79 of 10,000,000.00 is bad
    page = cast.signed_in(cast.district_bureau.officer).get(address).content.decode()
    assert "123,456.79 / 10,000,000.00" in page
    assert "1.2345%" in page
    assert "10,000,000.00" not in cast.signed_in(cast.bank_a.maker).get(address).content.decode()
