"""A bank's workbook from the drop to the receipt: checked, chosen, approved by a second person, entered once."""

import datetime as dt
import hashlib
import json
import unicodedata
from decimal import Decimal

import pytest

from finance.intake import actions, queries
from finance.intake.models import Filing
from finance.loans.models import Loan, LoanTerms
from finance.parties.models import Organisation
from finance.pledges.models import IPRight, PledgeRegistration
from kernel.acts.queries import acts_of
from kernel.documents.models import IssuedDocument
from kernel.errors import Refused
from kernel.work import approvals, outbox
from kernel.work.models import Approval, JobRun
from tests.ground import laid
from tests.intake import workbooks
from tests.intake.workbooks import BAD_ROWS, SAMPLE, cell, few, good_rows, sample_bytes
from tests.pledges.filed import Worked

ON = dt.date(2026, 11, 20)
pytestmark = pytest.mark.django_db


def received(cast, content=None, *, form="loans", name="备案.xlsx", by=None) -> Filing:
    filing = actions.receive(
        by=by or cast.bank_a.maker, form=form, name=name, content=few() if content is None else content, on=ON
    )
    outbox.drain()
    filing.refresh_from_db()
    return filing


def entered(cast, content=None, *, choice="good_rows", form="loans") -> Filing:
    return submitted(cast, received(cast, content, form=form), choice)


def submitted(cast, filing, choice="good_rows") -> Filing:
    approval = actions.choose_and_submit(by=cast.bank_a.maker, filing_id=filing.pk, choice=choice)
    approvals.approve(by=cast.bank_a.checker, approval_id=approval.pk)
    outbox.drain()
    filing.refresh_from_db()
    return filing


@laid
def checked(cast) -> Filing:
    """Twelve rows of the sample, checked: eleven are good, one is in error."""
    return received(cast)


@laid
def few_entered(cast, checked) -> Filing:
    """The eleven good ones of them in the books."""
    return submitted(cast, checked)


def rows(filing, outcome):
    return list(filing.rows.filter(outcome=outcome).order_by("file_row").values_list("file_row", flat=True))


def sum_by_another_reader() -> Decimal:
    """Yuan of the sample's good rows, worked out without the product's reader."""
    texts = [str(cell(row, "贷款金额（万元）")) for row in range(2, 202) if row not in BAD_ROWS]
    return (
        sum(Decimal(unicodedata.normalize("NFKC", text).replace(",", "").strip()) for text in texts) * 10_000
    )


def test_the_sample_gives_exactly_the_expected_rows(cast):
    expected = json.loads(SAMPLE.with_name("loan-filing-200.expected.json").read_text(encoding="utf-8"))
    filing = received(cast, sample_bytes())
    assert filing.state == "partly_ready"
    assert filing.counts == {"rows": 200, "new": 187, "changed": 0, "same": 0, "failed": 13, "warnings": 5}
    assert rows(filing, "failed") == expected["rows_with_errors"]
    warned = [
        row.file_row
        for row in filing.rows.exclude(problems=[]).order_by("file_row")
        if row.outcome != "failed"
    ]
    assert warned == expected["rows_with_warnings_only"]
    assert Decimal(filing.totals["sum"]) == sum_by_another_reader()


def test_a_filing_is_numbered_by_its_day_and_the_job_is_done(checked):
    assert checked.number == "BA-20261120-0001"
    assert JobRun.objects.get(pk=checked.job_id).state == "done"


def test_the_banks_own_file_comes_back_with_its_faults_marked(checked):
    assert checked.marked_file.name == "备案_校验结果.xlsx"
    assert bytes(checked.marked_file.content)[:2] == b"PK"


def test_the_good_rows_of_the_sample_are_entered_when_a_second_person_approves(cast):
    filing = entered(cast, sample_bytes())
    assert (filing.state, Loan.objects.filter(bank=cast.bank_a.organisation).count()) == ("entered", 187)
    loan = Loan.objects.select_related("terms__pledge", "borrower").get(bank_loan_no="YC700001")
    assert loan.borrower.credit_code == cell(2, "统一社会信用代码")
    assert loan.terms.principal.amount == Decimal(str(cell(2, "贷款金额（万元）"))) * 10_000
    assert loan.terms.pledge.number == cell(2, "质押登记号")
    assert (loan.terms.filing, loan.terms.seq) == (filing.pk, 1)
    assert loan.terms.recorded_by_id == cast.bank_a.checker.account_id
    assert {act.verb for act in acts_of(filing)} == {"filing.receive", "filing.check", "filing.enter"}
    content = filing.receipt.content
    assert (content["number"], content["new"], content["failed"]) == (filing.number, 187, 13)
    assert Decimal(content["sum"]) == sum_by_another_reader()
    assert content["sum_in_capitals"].startswith("人民币")
    assert (content["maker"], content["checker"]) == ("安经办", "安复核")
    assert content["file_sha256"] == filing.file.sha256 == hashlib.sha256(sample_bytes()).hexdigest()
    assert bytes(filing.receipt.pdf)[:5] == b"%PDF-"
    assert filing.receipt.wall == cast.bank_a.organisation.pk


def test_the_same_file_again_changes_nothing_and_says_how_much_is_the_same(cast, few_entered):
    before = LoanTerms.objects.count(), PledgeRegistration.objects.count(), IPRight.objects.count()
    again = received(cast)
    assert again.state == "faulty"  # its bad row is still bad, and nothing else is left to enter
    assert again.counts == {"rows": 12, "new": 0, "changed": 0, "same": 11, "failed": 1, "warnings": 1}
    assert before == (LoanTerms.objects.count(), PledgeRegistration.objects.count(), IPRight.objects.count())


def test_a_clean_file_again_is_nothing_new(cast):
    content = few(without={8})
    assert entered(cast, content, choice="all").counts["new"] == 11
    again = received(cast, content)
    assert (again.state, again.counts["same"], again.counts["new"]) == ("nothing_new", 11, 0)
    with pytest.raises(Refused, match="只有校验后有可入库的行"):
        actions.choose_and_submit(by=cast.bank_a.maker, filing_id=again.pk, choice="all")


def test_a_second_press_gives_the_filing_that_waits(cast):
    content = few()
    first = received(cast, content)
    second = actions.receive(by=cast.bank_a.maker, form="loans", name="x.xlsx", content=content, on=ON)
    assert second.pk == first.pk


def test_a_changed_row_is_shown_as_a_change_and_entered_as_the_next_terms(cast, few_entered):
    filing = received(cast, few({(2, "贷款用途"): "研发投入", (2, "年利率（%）"): 4.05}))
    assert rows(filing, "changed") == [2]
    row = filing.rows.get(file_row=2)
    assert [change[0] for change in row.changes] == ["年利率（%）", "贷款用途"]
    assert row.changes[0][2] == "4.05%"
    approval = actions.choose_and_submit(by=cast.bank_a.maker, filing_id=filing.pk, choice="good_rows")
    approvals.approve(by=cast.bank_a.checker, approval_id=approval.pk)
    loan = Loan.objects.select_related("terms").get(bank_loan_no="YC700001")
    assert (loan.terms.seq, loan.terms.purpose, loan.terms_history.count()) == (2, "研发投入", 2)


def test_three_bad_rows_of_many_hold_all_back_when_all_was_chosen(cast):
    content = good_rows({(2, "还款方式"): "随便", (3, "到期日"): "2026-02-30", (4, "贷款金额（万元）"): -1})
    filing = received(cast, content)
    assert (filing.counts["new"], filing.counts["failed"]) == (184, 3)
    with pytest.raises(Refused, match="有 3 行有错误"):
        actions.choose_and_submit(by=cast.bank_a.maker, filing_id=filing.pk, choice="all")
    assert Loan.objects.count() == 0
    approval = actions.choose_and_submit(by=cast.bank_a.maker, filing_id=filing.pk, choice="good_rows")
    approvals.approve(by=cast.bank_a.checker, approval_id=approval.pk)
    assert Loan.objects.count() == 184


def test_the_maker_cannot_approve_and_another_bank_finds_nothing(cast, checked):
    approval = actions.choose_and_submit(by=cast.bank_a.maker, filing_id=checked.pk, choice="good_rows")
    with pytest.raises(Refused, match="同一人"):
        approvals.approve(by=cast.bank_a.maker, approval_id=approval.pk)
    with pytest.raises(Approval.DoesNotExist):
        approvals.approve(by=cast.bank_b.checker, approval_id=approval.pk)
    with pytest.raises(Filing.DoesNotExist):
        actions.choose_and_submit(by=cast.bank_b.maker, filing_id=checked.pk, choice="good_rows")
    with pytest.raises(Filing.DoesNotExist):
        queries.filing(viewer=cast.bank_b.maker, filing_id=checked.pk)
    assert list(queries.filings(viewer=cast.bank_b.checker)) == []
    assert Loan.objects.count() == 0


@pytest.mark.parametrize(
    "who", ["bank_a.checker", "enterprise_a.member", "auditor.member", "city_bureau.approver"]
)
def test_only_a_maker_of_a_bank_brings_a_file(cast, who):
    with pytest.raises(Refused, match="权限"):
        actions.receive(by=cast.everybody[who], form="loans", name="x.xlsx", content=few(), on=ON)


def test_two_banks_use_the_same_numbers_without_meeting(cast, few_entered):
    other = received(cast, by=cast.bank_b.maker)
    assert other.counts["new"] == 11
    assert not other.rows.filter(problems__contains=[{"code": "right_in_use"}]).exists()


def test_a_right_that_another_loan_of_the_bank_stands_on_is_pointed_out(cast, few_entered):
    filing = received(cast, few({(2, "银行贷款编号"): "YC709999"}))
    row = filing.rows.get(file_row=2)
    assert (row.outcome, [fault["code"] for fault in row.problems]) == ("new", ["right_in_use"])
    assert "YC700001" in row.problems[0]["found"]


def test_a_declined_filing_may_be_submitted_again(cast, checked):
    approval = actions.choose_and_submit(by=cast.bank_a.maker, filing_id=checked.pk, choice="good_rows")
    approvals.decline(by=cast.bank_a.checker, approval_id=approval.pk, reason="请先改好第8行")
    checked.refresh_from_db()
    assert (checked.state, checked.approval) == ("partly_ready", None)
    actions.choose_and_submit(by=cast.bank_a.maker, filing_id=checked.pk, choice="good_rows")


def test_a_withdrawn_filing_takes_its_submission_back(cast, checked):
    approval = actions.choose_and_submit(by=cast.bank_a.maker, filing_id=checked.pk, choice="good_rows")
    assert actions.withdraw(by=cast.bank_a.maker, filing_id=checked.pk).state == "withdrawn"
    with pytest.raises(Refused, match="已撤回"):
        approvals.approve(by=cast.bank_a.checker, approval_id=approval.pk)


def test_a_filing_whose_ground_moved_is_refused_and_says_where(cast, checked):
    approval = actions.choose_and_submit(by=cast.bank_a.maker, filing_id=checked.pk, choice="good_rows")
    meanwhile = entered(cast, few({(2, "贷款用途"): "研发投入"}))
    assert meanwhile.state == "entered"
    with pytest.raises(Refused, match="第2行 YC700001"):
        approvals.approve(by=cast.bank_a.checker, approval_id=approval.pk)
    assert Approval.objects.get(pk=approval.pk).state == "asked"


def test_a_banks_credit_code_is_no_borrowers(cast):
    code = cast.bank_b.organisation.credit_code
    filing = received(cast, few({(2, "统一社会信用代码"): code}))
    assert [fault["code"] for fault in filing.rows.get(file_row=2).problems] == ["not_an_enterprise"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "空的"),
        (b"%PDF-1.7 x", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "xls"),
        (b"MZ\x90", "程序"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused_at_the_door(cast, content, sentence):
    with pytest.raises(Refused, match=sentence):
        actions.receive(by=cast.bank_a.maker, form="loans", name="x.xlsx", content=content, on=ON)
    assert Filing.objects.count() == 0


def test_a_package_that_breaks_inside_is_told_not_raised(cast):
    filing = received(cast, "列一,列二\n甲,乙\n".encode())
    assert filing.state == "unreadable"
    assert filing.faults[0]["wanted"]


def test_text_that_looks_like_a_formula_is_entered_as_text(cast):
    filing = received(cast, few({(2, "贷款用途"): "@SUM(1)"}))
    assert "SUM" in filing.rows.get(file_row=2).values["purpose"]


def returned(cast, lines):
    return received(cast, workbooks.monthly_return(lines), form="returns")


def test_a_monthly_return_moves_the_loans_pointer_and_again_changes_nothing(cast, few_entered):
    lines = [
        ["YC700001", "2026-10", "1000000", "", "3208.33", "正常", ""],
        ["YC700002", "2026-10", "0", "", "0", "正常", "结清"],
    ]
    filing = entered(cast, workbooks.monthly_return(lines), choice="all", form="returns")
    assert (filing.number, filing.counts["new"]) == ("YB-20261120-0001", 2)
    loan = Loan.objects.select_related("latest_return").get(bank_loan_no="YC700001")
    assert (loan.latest_return.balance.amount, loan.latest_return.period) == (
        Decimal(1_000_000),
        dt.date(2026, 10, 1),
    )
    lines[0][2] = "900000"
    again = returned(cast, lines)
    assert (again.counts["changed"], again.counts["same"]) == (1, 1)
    assert again.rows.get(outcome="changed").changes == [
        ["贷款余额（元）", "1,000,000.00 元", "900,000.00 元"]
    ]


def test_a_return_of_a_loan_nobody_filed_is_an_error(cast, few_entered):
    filing = returned(cast, [["没有这笔", "2026-10", "1", "", "0", "正常", ""]])
    assert [fault["code"] for fault in filing.rows.get().problems] == ["loan_unknown"]


def test_borrowers_become_enterprises_once_and_other_names_are_kept(cast, few_entered):
    loan = Loan.objects.select_related("borrower").get(bank_loan_no="YC700001")
    name = loan.borrower.name
    entered(cast, few({(2, "企业名称"): "改名后的公司"}))
    loan.borrower.refresh_from_db()
    assert loan.borrower.name == name
    assert list(loan.borrower.facts.values_list("name", "value")) == [("name", "改名后的公司")]
    codes = Organisation.objects.filter(kind="enterprise").values_list("credit_code", flat=True)
    assert len(set(codes)) == len(codes)


def test_the_receipt_is_given_once(few_entered):
    outbox.drain()
    assert IssuedDocument.objects.count() == 1


def test_a_file_at_which_the_worker_fails_for_good_does_not_wait_for_ever(cast):
    filing = actions.receive(by=cast.bank_a.maker, form="loans", name="x.xlsx", content=few(), on=ON)
    actions.checking_given_up(filing_id=filing.pk)
    filing.refresh_from_db()
    assert filing.state == "unreadable"
    assert filing.faults[0]["wanted"]
    assert JobRun.objects.get(pk=filing.job_id).state == "failed"
    assert actions.check_filing(filing_id=filing.pk).state == "unreadable"


def test_a_registration_whose_file_is_another_pledgors_is_pointed_out_to_its_own_bank_only(cast):
    worked = Worked(cast).registered(number=cell(2, "质押登记号"))
    row = received(cast, few()).rows.get(file_row=2)
    told = [fault for fault in row.problems if fault["code"] == "other_pledgor"]
    assert [(one["level"], worked.file.pledgor.name in one["found"]) for one in told] == [("warning", True)]
    row = received(cast, by=cast.bank_b.maker).rows.get(file_row=2)
    assert not [fault for fault in row.problems if fault["code"] == "other_pledgor"]
