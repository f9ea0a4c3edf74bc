"""A workbook of plain tables: what goes in as text stays text, amounts are exact, the same tables give the same bytes."""

import io
from datetime import date
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from kernel.sheets.tables import TableSheet, write_tables

SHEET = TableSheet(
    "表",
    ["说明"],
    ["甲", "乙（元）", "日", "数"],
    [["=1+1", Decimal("1830000.55"), date(2026, 11, 20), 3], ["", None, None, 0]],
)


def test_text_is_no_formula_and_an_amount_is_exact():
    sheet = load_workbook(io.BytesIO(write_tables("题", [SHEET])))["表"]
    assert sheet["A1"].value == "说明"
    text, amount, day, number = sheet[3]
    assert (text.value, text.data_type) == ("=1+1", "s")
    assert Decimal(str(amount.value)) == Decimal("1830000.55")
    assert (day.value.date(), number.value) == (date(2026, 11, 20), 3)


def test_the_same_tables_give_the_same_bytes():
    assert write_tables("题", [SHEET]) == write_tables("题", [SHEET])


@pytest.mark.parametrize("cell", [1.5, True])
def test_a_float_or_a_truth_is_a_programmers_error(cell):
    with pytest.raises(TypeError):
        write_tables("题", [TableSheet("表", [], ["甲"], [[cell]])])
