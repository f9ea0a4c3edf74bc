"""How long a filing takes: dry run (read, check, hold against the book) and entering, for 200 and 5,000 rows.

Run: PYTHONPATH=bin .venv/bin/python -m stack.throwaway .venv/bin/python benchmarks/intake_filing.py
It migrates the throw-away database itself. Promised: dry run 200 rows in 2 s, 5,000 rows in 20 s; entering 2 s, 15 s.
"""

import datetime as dt
import io
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"]
os.environ.update(DJANGO_SETTINGS_MODULE="config.settings", SECRET_KEY="benchmark only", ZHIRONG_TESTING="1")

import django

django.setup()

import openpyxl
from django.core.management import call_command
from django.db import connection

from finance.intake.actions import enter_from_command_line
from finance.intake.examination import examine
from finance.pledges.rules import patent_check_digit
from kernel.work import outbox
from tests.cast import make_cast
from tests.intake.workbooks import BAD_ROWS, cell, headings

ON = dt.date(2026, 11, 20)


def workbook(rows: int) -> bytes:
    """Good rows of the sample repeated under fresh loan and registration numbers."""
    good = [number for number in range(2, 202) if number not in BAD_ROWS]
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(headings())
    for at in range(rows):
        values = {heading: cell(good[at % len(good)], heading) for heading in headings()}
        body = f"2017106{at:05d}"
        values["银行贷款编号"], values["质押登记号"] = f"B{rows}-{at:06d}", f"Y{rows}-{at:06d}"
        values["质押类型"], values["权利编号"] = "专利", f"ZL{body}.{patent_check_digit(body)}"
        sheet.append([values[heading] for heading in headings()])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class Counter:
    """Counts queries without keeping them."""

    queries = 0

    def __call__(self, execute, *arguments):
        self.queries += 1
        return execute(*arguments)


def timed(what, function):
    count = Counter()
    with connection.execute_wrapper(count):
        start, began = time.perf_counter(), time.process_time()
        answer = function()
        took, worked = time.perf_counter() - start, time.process_time() - began
    print(f"{what:<32}{took:7.2f} s  {worked:7.2f} s of this process  {count.queries:6d} queries", flush=True)
    return answer


def main() -> None:
    call_command("migrate", verbosity=0)
    cast = make_cast()
    if "--pool" in sys.argv:
        from tests.books import open_books

        books = open_books(cast)
        books.pay_in("city", 4_000_000_00)
    for rows, bank in ((200, cast.bank_b if "--pool" not in sys.argv else cast.bank_a), (5_000, cast.bank_a)):
        content = workbook(rows)
        given = {"bank": bank.organisation, "form": "loans", "name": "x.xlsx", "content": content, "on": ON}
        timed(f"{rows} rows, dry run", lambda given=given: examine(**given))
        entering = {**given, "good_rows": True, "operator": "benchmark"}
        timed(
            f"{rows} rows, examined and entered",
            lambda entering=entering: enter_from_command_line(**entering),
        )
        timed(f"{rows} rows, the same again", lambda given=given: examine(**given))
        timed(f"{rows} rows, what follows", outbox.drain)


main()
