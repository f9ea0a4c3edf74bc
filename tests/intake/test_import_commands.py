"""The command line's door: the same outcome as in the browser, told in Chinese or as JSON, with an exit code."""

import io
import json
from decimal import Decimal

import pytest
from django.core.management import call_command

from finance.intake.models import Filing
from finance.loans.models import Loan, LoanReturn
from kernel.acts.queries import acts_of
from kernel.documents.models import StoredFile
from kernel.work.models import OutboxMessage
from tests.intake import workbooks
from tests.intake.workbooks import SAMPLE, few

pytestmark = pytest.mark.django_db


def run(*arguments, command="import_loans"):
    """(exit code, standard output, standard error)"""
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(command, *map(str, arguments), "--on", "2026-11-20", stdout=out, stderr=err)
    return ended.value.code, out.getvalue(), err.getvalue()


def report(*arguments, command="import_loans"):
    code, out, _ = run(*arguments, "--json", command=command)
    return code, json.loads(out)


@pytest.fixture
def book(tmp_path):
    def written(content, name="备案.xlsx"):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return written


def test_a_dry_run_of_the_sample_tells_exactly_the_expected_rows_and_writes_nothing(cast):
    expected = json.loads(SAMPLE.with_name("loan-filing-200.expected.json").read_text(encoding="utf-8"))
    code, told = report(SAMPLE, "--bank", "CQYZ-A", "--dry-run")
    assert code == 1
    assert told["counts"] == {"rows": 200, "new": 187, "changed": 0, "same": 0, "failed": 13, "warnings": 5}
    assert told["lists"]["failed"] == expected["rows_with_errors"]
    faults = {
        (fault["row"], fault["heading"], fault["level"]) for row in told["rows"] for fault in row["problems"]
    }
    wanted = {
        (int(number), cell["column"], cell["level"])
        for number, cells in expected["cells"].items()
        for cell in cells
        if cell["level"] != "ok"
    }
    assert faults == wanted
    folded = {row["row"] for row in told["rows"] if row["folded"]} >= {
        int(number)
        for number, cells in expected["cells"].items()
        if any(cell["level"] == "ok" for cell in cells)
    }
    assert folded
    assert (told["form"], told["dry_run"], told["file"]) == ("loans", True, SAMPLE.name)
    assert Decimal(told["sum"]).as_tuple().exponent == -2
    nothing = [model.objects.count() for model in (Filing, Loan, StoredFile, OutboxMessage)]
    assert nothing == [0, 0, 0, 0]


def test_all_or_nothing_unless_the_good_rows_are_asked_for(cast, book):
    file = book(few())
    code, told = report(file, "--bank", "CQYZ-A")
    assert (code, told["filing"], Loan.objects.count()) == (1, None, 0)
    code, told = report(file, "--bank", "CQYZ-A", "--good-rows")
    assert (code, Loan.objects.count()) == (1, 11)  # one row failed, and the caller must hear of it
    filing = Filing.objects.get(number=told["filing"])
    assert (filing.state, filing.channel) == ("entered", "command_line")
    assert filing.receipt is not None
    (act,) = [act for act in acts_of(filing) if act.verb == "filing.enter"]
    assert "命令行" in act.summary
    assert act.channel == "command"
    assert act.facts["operator"]


def test_a_clean_file_ends_with_nought_and_again_changes_nothing(cast, book):
    file = book(few(without={8}))
    assert run(file, "--bank", "CQYZ-A")[0] == 0
    code, told = report(file, "--bank", "CQYZ-A")
    assert (code, told["counts"]["same"], told["filing"]) == (0, 11, None)
    assert Filing.objects.count() == 1
    code, told = report(
        book(few({(3, "贷款用途"): "研发投入"}, without={8})), "--bank", "CQYZ-A", "--dry-run"
    )
    (changed,) = [row for row in told["rows"] if row["outcome"] == "changed"]
    assert [(one["heading"], one["new"]) for one in changed["changes"]] == [("贷款用途", "研发投入")]


def test_the_report_for_a_person_begins_with_the_errors_and_ends_with_what_was_done(cast, book):
    code, out, _ = run(book(few()), "--bank", "CQYZ-A")
    lines = out.splitlines()
    assert code == 1
    assert lines[0] == "错误（1 处）"
    assert lines[1].startswith("  第8行 H列 贷款金额（万元）：")
    assert "共 12 行，新增 11，变更 0，无变化 0，有误 1" in out
    assert lines[-1].startswith("有错误的行，全部未入库")


def test_an_unknown_bank_is_told_with_the_banks_there_are(cast, book):
    code, _, err = run(book(few()), "--bank", "NOBODY")
    assert code == 2
    assert "CQYZ-A" in err
    assert "CQYZ-B" in err


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda folder: folder / "没有.xlsx", "不存在"),
        (lambda folder: folder, "不是文件"),
        (lambda folder: _put(folder, b""), "空的"),
        (lambda folder: _put(folder, b"%PDF-1.4"), "PDF"),
        (lambda folder: _put(folder, b"PK\x03\x04broken"), "文件"),
        (lambda folder: _put(folder, "甲,乙\n1,2\n".encode()), "表头"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_without_a_traceback(cast, tmp_path, make, sentence):
    file = make(tmp_path)
    code, _, err = run(file, "--bank", "CQYZ-A")
    assert code == 2
    assert sentence in err
    assert "Traceback" not in err
    code, told = report(file, "--bank", "CQYZ-A")
    assert (code, told["counts"]["rows"]) == (2, 0)
    assert told["problems"][0]["wanted"]


def _put(folder, content):
    (folder / "x.xlsx").write_bytes(content)
    return folder / "x.xlsx"


def test_a_wrong_day_is_told(cast, book):
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(
            "import_loans", str(book(few())), "--bank", "CQYZ-A", "--on", "2026-02-30", stdout=out, stderr=err
        )
    assert ended.value.code == 2
    assert "2026-02-30 不是有效日期" in err.getvalue()


def test_returns_come_in_by_the_same_door(cast, book):
    run(book(few(without={8})), "--bank", "CQYZ-A")
    file = book(
        workbooks.monthly_return([["YC700001", "2026-10", "1000000", "", "3208.33", "正常", ""]]), "月报.xlsx"
    )
    code, told = report(file, "--bank", "CQYZ-A", command="import_returns")
    assert (code, told["counts"]["new"], told["sum"]) == (0, 1, "1000000.00")
    assert LoanReturn.objects.get().loan.bank_loan_no == "YC700001"
    code, told = report(file, "--bank", "CQYZ-B", command="import_returns")
    assert told["rows"][0]["problems"][0]["code"] == "loan_unknown"
