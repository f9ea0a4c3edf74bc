"""The reader's own process: what a file may cost, and that the limits are real."""

import pytest

from kernel.errors import Refused
from kernel.sheets import read_rows
from kernel.sheets.limited import Limits, Overrun, run_limited
from tests.sheets.corpus import FORM, book, phantom_rows, plain, table


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
