"""The pages of the accounts: what is shown, what is sent, and what a person reads when it is wrong."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from kernel.days import today
from kernel.work import outbox
from kernel.work.approvals import approve
from kernel.work.models import Approval, JobRun
from portal.templatetags.zhirong import cnday
from riskpool.treasury import queries
from riskpool.treasury.batchfile import batch_file
from riskpool.treasury.models import PaymentBatch, PaymentInstruction, StatementImport
from riskpool.treasury.papers import content_of
from tests.books import LENT, TODAY
from tests.treasury.bank import answer, enter, failed, send, state, statement, succeeded, waiting

pytestmark = pytest.mark.django_db


def address(books, name: str, **more) -> str:
    return reverse(f"treasury:{name}", kwargs={"pool_id": books.pool.pk, **more})


@pytest.fixture
def officer(cast):
    return cast.signed_in(cast.district_bureau.officer)


def test_a_batch_is_put_together_on_the_page_released_in_the_inbox_and_taken_as_a_file(
    books, claim, cast, officer
):
    row = waiting(books, "city")[0]
    sent = {"source": str(row.source_id), "instruction": [str(row.pk)]}
    told = officer.post(address(books, "release"), sent)
    asked = Approval.objects.get(kind="treasury.release")
    assert told["Location"] == reverse("approval", args=[asked.pk])
    approver = cast.signed_in(cast.district_bureau.approver)
    shown = approver.get(told["Location"]).content.decode()
    assert "尾号2222" in shown
    assert "办理日期以复核通过当天为准，不是提请日" in shown
    assert "6222000011112222" not in shown, "whole account numbers stand in the file alone"
    approver.post(reverse("approve", args=[asked.pk]))
    batch = PaymentBatch.objects.get()
    assert f"办理日期 {batch.released_on}" in approver.get(told["Location"]).content.decode()
    taken = officer.get(address(books, "batch_file", batch_id=batch.pk, form="gb18030"))
    assert taken.content == batch_file(batch, "gb18030").content
    assert "人民币壹拾陆万元整" in officer.get(address(books, "batch", batch_id=batch.pk)).content.decode()


def test_nothing_chosen_or_a_mangled_id_is_told_in_words(books, claim, officer):
    source = str(books.source("city").pk)
    for sent in ({"source": source}, {"source": source, "instruction": ["x"]}, {}):
        told = officer.post(address(books, "release"), sent)
        assert told.status_code == 422
        assert "请" in told.content.decode()


def test_an_answer_with_faults_shows_each_with_its_place_and_a_good_one_goes_to_the_second_person(
    books, claim, officer
):
    send(books, "city")
    row = PaymentInstruction.objects.get(source__code="city")
    wrong = answer(
        [
            ("P9-ZF-9", "1.00", "成功", "", "S1", TODAY.isoformat()),
            (row.reference, "1.00", "失败", "", "", ""),
        ]
    )
    told = officer.post(address(books, "upload_return"), {"file": SimpleUploadedFile("a.csv", wrong)})
    shown = told.content.decode()
    assert told.status_code == 422
    for words in (
        "第2行 付款编号（A列）",
        "第3行 付款金额（元）（B列）",
        "第3行 失败原因（D列）",
        "第3行 处理日期（F列）",
    ):
        assert words in shown
    good = SimpleUploadedFile("b.csv", answer([succeeded(row, "S1")]))
    told = officer.post(address(books, "upload_return"), {"file": good})
    assert told["Location"] == reverse(
        "approval", args=[Approval.objects.get(kind="treasury.enter_return").pk]
    )


def test_bank_and_bureau_see_that_a_payment_failed_and_the_bureau_pays_again(books, claim, cast, officer):
    send(books, "city")
    enter(books, answer([failed(PaymentInstruction.objects.get(source__code="city"), "账户已销户")]))
    page = reverse("claims:claim", args=[claim.pk])
    bank = cast.signed_in(cast.bank_a.maker).get(page).content.decode()
    for words in ("付款失败", "账户已销户", "160,000.00 元未付成"):
        assert words in bank
    assert "提请重付" not in bank
    assert "提请重付" in officer.get(page).content.decode()
    assert "账户已销户" in officer.get(address(books, "overview")).content.decode()
    officer.post(reverse("claims:pay_again", args=[claim.pk]))
    asked = Approval.objects.get(kind="claims.pay_again", state="asked")
    approve(by=cast.district_bureau.approver, approval_id=asked.pk)
    assert "已重付" in cast.signed_in(cast.bank_a.maker).get(page).content.decode()


def test_a_statement_is_imported_an_unknown_line_explained_and_the_paper_issued(books, cast, officer):
    content = statement(
        [(LENT, "4000000.00", "", "", "", "", ""), (TODAY, "88.00", "", "某公司", "误汇", "K9", "")]
    )
    typed = {
        "source": str(books.source("city").pk), "first": "2026-01-01", "last": TODAY.isoformat(),
        "opening_fen": "0", "closing_fen": "4000088.00", "file": SimpleUploadedFile("s.csv", content),
    }  # fmt: skip
    told = officer.post(address(books, "import_statement"), typed)
    found = StatementImport.objects.get()
    assert told["Location"] == address(books, "statement", statement_id=found.pk)
    assert "支付已冻结" in officer.get(address(books, "statements")).content.decode()
    assert "支付已冻结" in officer.get(reverse("pool_position", args=[books.pool.pk])).content.decode()
    line = queries.open_lines(books.pool).get()
    told = officer.post(address(books, "explain", line_id=line.pk), {"kind": "stray_in", "note": "来函"})
    approve(by=cast.district_bureau.approver, approval_id=Approval.objects.get(kind="treasury.explain").pk)
    page = address(books, "reconciliation", source_id=books.source("city").pk)
    shown = officer.get(page, {"on": TODAY.isoformat()}).content.decode()
    assert "误入款" in shown
    assert shown.count("4,000,088.00") == 3, "the bank's balance and both adjusted ones"
    assert f"按 <strong>{cnday(TODAY)}</strong> 日终的对账单编制</p>" in shown
    told = officer.post(address(books, "issue_reconciliation", source_id=books.source("city").pk))
    outbox.drain()
    job = JobRun.objects.get(kind="treasury.reconciliation")
    assert (told["Location"], job.state) == (reverse("job", args=[job.pk]), "done")
    # asked for a later day, the heading says of which day the statement is, and which was asked
    later = today()
    shown = officer.get(page).content.decode()
    assert (
        f"按 <strong>{cnday(TODAY)}</strong> 日终的对账单编制：截至所查的 {cnday(later)}，这是最近的一份"
        in shown
    )
    paper = content_of(books.source("city"), queries.reconciliation(books.source("city"), later), later)
    assert (paper["on"], paper["asked"]) == (TODAY.isoformat(), later.isoformat())


def test_a_withdrawal_is_previewed_with_leverage_before_anybody_is_asked(books, officer):
    books.bad_loan(500_000_00)
    typed = {"source": str(books.source("city").pk), "fen": "3950000.00", "basis": "x", "preview": "1"}
    shown = officer.post(address(books, "withdraw"), typed).content.decode()
    assert "4,000,000.00 → 50,000.00" in shown
    assert "没有登记收款账户" in shown
    assert not Approval.objects.filter(kind="treasury.withdraw").exists()


def test_who_owes_what_is_shown_for_a_size_that_is_typed(books, officer):
    shown = officer.get(address(books, "replenish"), {"target_fen": "11000000"}).content.decode()
    assert "400,000.00" in shown
    assert "600,000.00" in shown


def test_the_superseded_statement_says_by_which(books, cast, officer):
    rows = [(LENT, "4000000.00", "", "", "", "", "")]
    wrong = state(books, "city", LENT, TODAY, 0, 4_000_000_00, statement(rows))
    asked = state(
        books, "city", LENT, TODAY, 0, 4_000_000_00, statement([(*rows[0][:4], "出资", "K1", "")]), supersedes=wrong
    )  # fmt: skip
    right = approve(by=cast.district_bureau.approver, approval_id=asked.pk)
    shown = officer.get(address(books, "statement", statement_id=wrong.pk)).content.decode()
    assert right.number in shown
    assert "已被更正" in shown
