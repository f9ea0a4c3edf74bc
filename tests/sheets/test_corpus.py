"""Every awkward file gets its sentence, its code and its remedy; no file gets a traceback or a silent garble."""

import time
from datetime import date

import pytest

from kernel.errors import Refused
from kernel.sheets import check_rows, read_rows
from tests.sheets.corpus import (
    CELLS,
    FORM,
    ODDITIES,
    REFUSALS,
    all_cells,
    book,
    phantom_rows,
    shifted,
    stamped,
)

ON = date(2026, 11, 20)


def checked(content: bytes):
    return check_rows(read_rows(content, "文件.xlsx", FORM), FORM, on=ON)


@pytest.mark.parametrize("name", REFUSALS)
def test_a_file_that_cannot_be_read_is_told_what_it_is_and_what_to_do(name):
    refusal = REFUSALS[name]
    with pytest.raises(Refused) as refused:
        read_rows(refusal.make(), "文件.xlsx", FORM)
    first = refused.value.problems[0]
    assert first.code == refusal.code
    assert str(first).startswith(refusal.says)
    assert len(first.wanted) > 5


@pytest.mark.parametrize("name", ODDITIES)
def test_an_odd_but_honest_file_is_read_as_meant(name):
    oddity = ODDITIES[name]
    found = checked(oddity.make())
    assert tuple(row.file_row for row in found.rows) == oddity.rows
    assert {key: found.rows[0].values.get(key) for key in oddity.values} == oddity.values
    assert tuple(problem.code for problem in found.sheet_warnings) == oddity.warns


@pytest.fixture(scope="module")
def rows_of_cells():
    return checked(all_cells()).rows


@pytest.mark.parametrize("at", range(len(CELLS)), ids=[f"{key} {value!r}" for key, value, _, _ in CELLS])
def test_a_cell_has_a_value_or_a_named_fault(rows_of_cells, at):
    key, _, code, wanted = CELLS[at]
    row = rows_of_cells[at]
    assert row.file_row == at + 2
    assert [fault.code for fault in row.faults] == ([code] if code else [])
    assert row.values.get(key) == wanted
    assert type(row.values.get(key)) is type(wanted)


def test_there_are_enough_kinds_of_files():
    assert len(REFUSALS) + len(ODDITIES) >= 60


def test_formulas_without_a_stored_value_are_faults_in_their_own_columns():
    row = checked(ODDITIES["formulas without stored value"].make()).rows[0]
    assert [(fault.letter, fault.code) for fault in row.faults] == [("A", "formula"), ("B", "formula")]


def test_a_fault_of_a_table_not_at_a1_is_named_by_its_real_column():
    def fill(made, sheet):
        shifted(made, sheet)
        sheet.write("F4", "NaN")

    assert [(fault.row, fault.letter, fault.key) for fault in checked(book(fill)).problems] == [
        (4, "F", "amount")
    ]


def test_error_values_are_faults():
    def fill(made, sheet):
        from tests.sheets.corpus import table

        table(made, sheet)
        sheet.write_formula("C2", "=1/0", None, "#DIV/0!")

    assert [fault.code for fault in checked(book(fill)).problems] == ["formula"]


def test_a_template_of_another_form_is_refused_by_its_name():
    with pytest.raises(Refused, match="这是“别的表”的模板"):
        checked(book(stamped("other", 1)))


@pytest.mark.long
def test_a_million_formatted_blank_rows_do_not_hang_the_reader():
    content = phantom_rows(1_048_570)
    begun = time.monotonic()
    assert [row.file_row for row in checked(content).rows] == [2]
    assert time.monotonic() - begun < 30


def test_all_faults_of_the_header_are_told_together():
    from tests.sheets.corpus import heads

    with pytest.raises(Refused) as refused:
        read_rows(heads((2, "金额"), (3, "时间"), (4, "单位名称")), "文件.xlsx", FORM)
    assert {problem.code for problem in refused.value.problems} == {
        "no_unit",
        "missing_heading",
        "duplicate_heading",
    }
