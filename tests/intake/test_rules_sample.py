"""The sample workbook of two hundred loans: what each row must get is written in the file beside it."""

import json
from datetime import date
from pathlib import Path

import pytest

from finance.intake.columns import LOAN_FILING
from finance.intake.parameters import loan_filing_parameters
from kernel.sheets import Checked, check_rows, read_rows

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
ON = date(2026, 11, 20)


@pytest.fixture(scope="module")
def expected():
    return json.loads((SAMPLES / "loan-filing-200.expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def checked() -> Checked:
    content = (SAMPLES / "loan-filing-200.xlsx").read_bytes()
    sheet = read_rows(content, "loan-filing-200.xlsx", LOAN_FILING)
    return check_rows(sheet, LOAN_FILING, on=ON, parameters=loan_filing_parameters(ON))


def row(checked: Checked, number: int):
    return next(one for one in checked.rows if one.file_row == number)


def test_every_row_is_read_and_phantom_rows_are_not(checked, expected):
    assert [one.file_row for one in checked.rows] == list(range(2, 2 + expected["rows"]))


def test_exactly_the_expected_rows_are_in_error(checked, expected):
    assert [one.file_row for one in checked.rows if one.has_error] == expected["rows_with_errors"]


def test_exactly_the_expected_rows_have_warnings_only(checked, expected):
    found = [one.file_row for one in checked.rows if one.has_warning and not one.has_error]
    assert found == expected["rows_with_warnings_only"]


def test_exactly_the_expected_cells_are_faulted_at_their_level(checked, expected):
    wanted = {
        (int(number), cell["column"], cell["level"])
        for number, cells in expected["cells"].items()
        for cell in cells
        if cell["level"] != "ok"
    }
    assert {(fault.row, fault.heading, fault.level) for fault in checked.problems} == wanted


def test_the_cells_said_to_be_folded_are_folded_and_have_a_value(checked, expected):
    for number, cells in expected["cells"].items():
        for cell in cells:
            if cell["level"] == "ok":
                key = next(one.key for one in LOAN_FILING.columns if one.header == cell["column"])
                found = row(checked, int(number))
                assert found.values[key] is not None
                assert key in found.folds, (number, cell["column"])


def test_folded_values_are_what_a_person_meant(checked):
    assert row(checked, 5).values["due_on"] == date(2028, 5, 19)
    assert row(checked, 7).values["borrower_name"] == "重庆𠮷龘食品有限公司"
    assert row(checked, 114).values["principal_fen"] == 120_500_000
    assert row(checked, 117).values["principal_fen"] == 1_200_500_000
    assert row(checked, 155).values["security"] == "质押"
    assert row(checked, 183).values["credit_code"] == "91370883MART7K2T5B"
    assert row(checked, 3).values["principal_fen"] == 92_345_600


def test_both_faults_of_a_row_are_told_with_found_and_wanted(checked):
    faults = row(checked, 17).faults
    assert [(fault.letter, fault.code) for fault in faults] == [("E", "not_a_date"), ("H", "not_a_number")]
    assert (
        str(faults[0].problem())
        == "第17行 合同签订日（E列）：“去年”不是日期。请按 YYYY-MM-DD 填写，例如 2026-11-20"
    )


def test_rows_that_share_a_number_name_each_other(checked):
    assert row(checked, 169).faults[0].found == "YC700168 在第190行也出现"
    assert row(checked, 190).faults[0].found == "YC700168 在第169行也出现"


def test_totals_count_only_good_rows(checked):
    totals = checked.totals
    assert (totals.rows, totals.good, totals.with_errors, totals.with_warnings_only) == (200, 187, 13, 5)
    assert totals.good_fen == sum(one.values["principal_fen"] for one in checked.good_rows)
