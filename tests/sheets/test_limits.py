"""The reader's own process: what a file may cost, and that the limits are real."""

import time
from datetime import date

import pytest

from kernel.errors import Refused
from kernel.sheets import check_rows, read_rows
from kernel.sheets.limited import Limits, Overrun, run_limited
from tests.sheets.corpus import FORM, HEADS, ROW, book, phantom_rows, plain, table


def test_a_file_over_the_size_limit_is_told_its_size():
    with pytest.raises(Refused, match="超过 1 MB"):
        read_rows(plain() + b"\0" * 2**20, "文件.xlsx", FORM, limits=Limits(bytes=2**20))


def test_a_reader_that_needs_too_much_memory_is_ended():
    def sparse(made, sheet):
        table(made, sheet)
        sheet.write("CB50000", "x")

    with pytest.raises(Refused) as refused:
        read_rows(book(sparse), "文件.xlsx", FORM, limits=Limits(memory=100 * 2**20))
    assert refused.value.problems[0].code == "too_big_to_read"
    assert len(read_rows(book(sparse), "文件.xlsx", FORM).rows) == 1


def test_a_reader_that_takes_too_long_is_ended():
    with pytest.raises(Refused) as refused:
        read_rows(phantom_rows(1_000_000), "文件.xlsx", FORM, limits=Limits(cpu_seconds=1))
    assert refused.value.problems[0].code == "too_slow"


def test_a_reader_that_hangs_is_ended_by_the_clock():
    with pytest.raises(Overrun, match="time"):
        run_limited("child.py", phantom_rows(1_000_000), Limits(wall_seconds=1))


def test_the_reader_finds_no_secret_in_its_environment(monkeypatch, tmp_path):
    import kernel.sheets.limited as limited

    monkeypatch.setenv("SECRET_KEY", "nobody may see this")
    (tmp_path / "peep.py").write_text("import os; print(sorted(os.environ))", encoding="utf-8")
    monkeypatch.setattr(limited, "HERE", tmp_path)
    assert run_limited("peep.py", b"", Limits()).decode().strip() == "['LC_ALL', 'PATH']"


@pytest.mark.parametrize(
    "content", [b"," * (19 * 2**20), b" ," * (9 * 2**20), (b"a" + b"," * 90 + b"\n") * 200_000]
)
def test_text_that_is_nothing_but_separators_is_refused_at_once(content):
    started = time.monotonic()
    with pytest.raises(Refused) as refused:
        read_rows(content, "文件.csv", FORM)
    assert time.monotonic() - started < 2
    assert refused.value.problems[0].code == "many_cells"


def test_lines_without_end_are_refused_at_once():
    started = time.monotonic()
    with pytest.raises(Refused):
        read_rows(b"\n" * (19 * 2**20), "文件.csv", FORM)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("number", [-1e308, -1e15])
def test_a_number_that_no_day_can_be_is_a_fault_of_its_own_cell(number):
    def filled(made, sheet):
        table(made, sheet, rows=[ROW, ["A002", *ROW[1:]], ["A003", *ROW[1:]]])
        sheet.write_number(2, HEADS.index("日期"), number, made.add_format({"num_format": "yyyy-mm-dd"}))

    sheet = read_rows(book(filled), "文件.xlsx", FORM)
    checked = check_rows(sheet, FORM, on=date(2026, 11, 20))
    assert [(fault.row, fault.key, fault.code) for fault in checked.problems] == [(3, "day", "error_cell")]
    assert len(checked.good_rows) == 2
