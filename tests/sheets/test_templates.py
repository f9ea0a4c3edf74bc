"""The template: what it draws, its own reader reads; the example row is not a row; codes are text."""

import io
from datetime import date

import openpyxl
import pytest

from finance.intake.columns import LOAN_FILING, MONTHLY_RETURN
from kernel.errors import Refused
from kernel.sheets import check_rows, read_rows, row_digest, template_name, write_template
from tests.sheets.corpus import FORM, VALUES

ON = date(2026, 11, 20)


def opened(form, **more):
    content = write_template(form, bank="重庆银行", month="202611", **more)
    return content, openpyxl.load_workbook(io.BytesIO(content))


def test_the_name_carries_form_version_bank_and_month_and_no_path():
    assert template_name(LOAN_FILING, "重庆银行", "202611") == "质押贷款备案_v3_重庆银行_202611.xlsx"
    assert template_name(FORM, "../x\r\n\u202ey", "202611") == "走访登记_v2_..xy_202611.xlsx"


def test_the_header_is_frozen_codes_are_text_and_lists_are_drop_downs():
    _, book = opened(LOAN_FILING)
    page = book["填报"]
    assert book.sheetnames == ["填报", "说明", "代码", "_模板"]
    assert page.freeze_panes == "B2"
    assert [cell.value for cell in page[1]] == [column.header for column in LOAN_FILING.columns]
    assert 22 <= page.column_dimensions["C"].width < 23
    assert page["C2"].number_format == "@"
    assert page["E2"].number_format == "yyyy-mm-dd"
    lists = {str(one.sqref).split(":")[0]: one.formula1 for one in page.data_validations.dataValidation}
    assert lists["J3"].startswith("'代码'!$A$2:$A$")
    assert book["_模板"].sheet_state == "veryHidden"
    assert [cell.value for cell in book["说明"][4]][:2] == ["统一社会信用代码", "必填"]


@pytest.mark.parametrize("form", [LOAN_FILING, MONTHLY_RETURN, FORM], ids=lambda form: form.act)
def test_an_empty_template_has_no_rows_since_its_example_is_not_one(form):
    content, _ = opened(form)
    with pytest.raises(Refused, match="没有数据行"):
        read_rows(content, "模板.xlsx", form)


def test_prefilled_rows_are_read_back_as_the_same_values():
    content, _ = opened(FORM, prefilled=[VALUES, {**VALUES, "number": "A002", "amount": 281_234_500}])
    checked = check_rows(read_rows(content, "模板.xlsx", FORM), FORM, on=ON)
    assert checked.problems == ()
    assert checked.rows[0].values == VALUES
    assert row_digest(checked.rows[0].values) == row_digest(VALUES)
    assert checked.rows[1].values["amount"] == 281_234_500


def test_a_returned_text_that_looks_like_a_formula_is_written_as_text():
    _, book = opened(FORM, prefilled=[{**VALUES, "name": "=HYPERLINK(1)"}])
    assert book["填报"]["B3"].data_type == "s"


@pytest.mark.parametrize("form", [LOAN_FILING, MONTHLY_RETURN], ids=lambda form: form.act)
def test_every_example_is_accepted_by_its_own_column(form):
    from kernel.sheets.cells import Cell

    for column in form.columns:
        if column.example:
            assert column.reader("").read(Cell("text", column.example)).flaws == (), column.header
