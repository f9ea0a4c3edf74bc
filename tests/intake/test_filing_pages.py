"""The bank's pages: drop a file, watch it, choose, let a second person decide, take the papers home."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from finance.intake.models import Filing
from finance.loans.models import Loan
from kernel.work import outbox
from kernel.work.models import Approval
from tests.intake.workbooks import few

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker(cast):
    return cast.signed_in(cast.bank_a.maker)


@pytest.fixture
def checker(cast):
    return cast.signed_in(cast.bank_a.checker)


def drop(client, content, *, form="loans", name="备案.xlsx"):
    return client.post(reverse("intake:upload"), {"form": form, "file": SimpleUploadedFile(name, content)})


def dropped(client, content=None):
    answer = drop(client, few() if content is None else content)
    assert answer.status_code == 302, answer.content.decode()
    return Filing.objects.latest("made_at"), answer["Location"]


def text(answer):
    return answer.content.decode()


def test_a_dropped_file_shows_its_progress_and_then_its_outcome(maker):
    filing, address = dropped(maker)
    waiting = text(maker.get(address))
    assert 'hx-trigger="every 1s"' in waiting
    assert "可以关闭此页" in waiting
    outbox.drain()
    done = text(maker.get(address, {"part": "body"}, headers={"HX-Request": "true"}))
    assert 'id="filing"' in done
    assert "<html" not in done
    assert "NaN" not in done  # row 17 is not in this file
    assert "第8行" not in done
    assert "先入库无误的行" in done
    assert filing.number in text(maker.get(reverse("intake:list")))


def test_every_row_with_its_faults_can_be_looked_at(maker):
    filing, _ = dropped(maker)
    outbox.drain()
    page = text(maker.get(reverse("intake:rows", args=[filing.pk]), {"outcome": "failed"}))
    assert "贷款金额（万元）（H）" in page
    assert "YC700001" not in page


def test_the_marked_file_comes_home_under_a_name_of_its_own(maker):
    filing, _ = dropped(maker)
    outbox.drain()
    answer = maker.get(reverse("intake:marked", args=[filing.pk]))
    assert "attachment" in answer["Content-Disposition"]
    assert "校验结果" in openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames


def test_a_second_person_sees_sum_top_ten_and_warnings_and_approves(maker, checker):
    filing, address = dropped(maker)
    outbox.drain()
    maker.post(reverse("intake:submit", args=[filing.pk]), {"choice": "good_rows"})
    approval = Approval.objects.get()
    page = text(checker.get(reverse("approval", args=[approval.pk])))
    assert "金额最大的十笔" in page
    assert "放款时质权尚未设立" in page
    checker.post(reverse("approve", args=[approval.pk]))
    assert Loan.objects.count() == 11
    assert "正在出具回执" in text(checker.get(address))
    outbox.drain()
    filing.refresh_from_db()
    assert reverse("document", args=[filing.receipt_id]) in text(maker.get(address))
    assert maker.get(reverse("document", args=[filing.receipt_id])).content[:5] == b"%PDF-"


def test_all_is_refused_in_words_while_a_row_is_wrong(maker):
    filing, _ = dropped(maker)
    outbox.drain()
    answer = maker.post(reverse("intake:submit", args=[filing.pk]), {"choice": "all"})
    assert answer.status_code == 422
    assert "有 1 行有错误，不能全部入库" in text(answer)
    answer = maker.post(reverse("intake:submit", args=[filing.pk]), {})
    assert "请选择" in text(answer)


@pytest.mark.parametrize(("content", "sentence"), [(b"", "空的"), (b"%PDF-1.4", "PDF")])
def test_a_file_that_is_no_workbook_is_told_on_the_spot(maker, content, sentence):
    answer = drop(maker, content)
    assert answer.status_code == 422
    assert sentence in text(answer)


def test_a_file_that_cannot_be_read_inside_is_told_on_its_page(maker):
    _, address = dropped(maker, "甲,乙\n1,2\n".encode())
    outbox.drain()
    assert "这个文件无法使用" in text(maker.get(address))


def test_a_withdrawn_filing_says_so(maker):
    filing, address = dropped(maker)
    outbox.drain()
    maker.post(reverse("intake:withdraw", args=[filing.pk]))
    assert "已撤销" in text(maker.get(address))


@pytest.mark.parametrize("name", ["intake:loan_template", "intake:return_template"])
def test_the_template_is_a_workbook_named_for_bank_and_month(maker, name):
    answer = maker.get(reverse(name))
    assert openpyxl.load_workbook(io.BytesIO(answer.content)).sheetnames[0] == "填报"
    assert "%E7%94%B2%E9%93%B6%E8%A1%8C" in answer["Content-Disposition"]  # 甲银行


def test_the_monthly_template_holds_last_months_open_loans_and_can_be_read_back(maker, checker, cast):
    filing, _ = dropped(maker, few(without={8}))
    outbox.drain()
    maker.post(reverse("intake:submit", args=[filing.pk]), {"choice": "all"})
    checker.post(reverse("approve", args=[Approval.objects.get().pk]))
    outbox.drain()
    sheet = openpyxl.load_workbook(io.BytesIO(maker.get(reverse("intake:return_template")).content))["填报"]
    numbers = {row[0].value for row in sheet.iter_rows(min_row=2) if str(row[0].value).startswith("YC7")}
    assert len(numbers) == 11


def test_loans_and_registrations_have_pages(maker, cast):
    from tests.walls.objects_of_the_bank import a_loan_of_bank_a

    behind = a_loan_of_bank_a(cast)
    assert "YC1" in text(maker.get(reverse("loans:list"), {"q": "山城", "state": "open"}))
    assert "YC1" not in text(maker.get(reverse("loans:list"), {"state": "overdue"}))
    page = text(maker.get(reverse("loans:loan", kwargs=behind.parameters)))
    assert "5,000,000.00" in page
    assert "尚无月报" in page
    assert "Y2026980000001" in text(maker.get(reverse("pledges:list"), {"q": "ZL 2017 1060 1862.3"}))
