"""How long a bank waits for the check of her workbook: child start, reading, every rule; and for the marked copy.

    python benchmarks/intake_read.py [ROWS ...]

The wanted limits are those of the first issue: 200 rows under 2 s, 5,000 rows under 20 s.
"""

import io
import sys
import time
from datetime import date
from pathlib import Path

import xlsxwriter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from finance.intake.columns import LOAN_FILING
from finance.intake.parameters import loan_filing_parameters
from finance.parties.rules import credit_code_check_character, organisation_check_character
from finance.pledges.rules import patent_check_digit
from kernel.sheets import annotate, check_rows, read_rows

LIMITS = {200: 2.0, 5_000: 20.0}
ON = date(2026, 11, 20)


def credit_code(number: int) -> str:
    """A code that holds, one for each number."""
    organisation = f"MA{number:06d}"
    first = "91500103" + organisation + organisation_check_character(organisation)
    return first + credit_code_check_character(first)


def workbook(rows: int) -> bytes:
    """A filing of so many loans, every fiftieth with a fault."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("填报")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, [column.header for column in LOAN_FILING.columns])
    for number in range(rows):
        patent = f"2020{number % 3 + 1}{number:07d}"
        cells = [
            f"YC{number:07d}", "重庆渝州科技有限公司", credit_code(number), f"渝银借〔2026〕{number:06d}号",
            date(2026, 3, 1), date(2026, 3, 9), date(2027, 3, 9), "去年" if number % 50 == 7 else 312.3456, 3.85,
            "按月付息到期还本", 360, "专利", f"ZL{patent}.{patent_check_digit(patent)}", f"Y2026{number:010d}",
            date(2026, 3, 4), 60, "是", "质押+保证", "重庆市小微企业融资担保有限公司", "流动资金", "否", "渝中区",
        ]  # fmt: skip
        for at, value in enumerate(cells):
            if isinstance(value, date):
                sheet.write_datetime(number + 1, at, value, day)
            else:
                sheet.write(number + 1, at, value)
    book.close()
    return stream.getvalue()


def main(sizes: list[int]) -> int:
    """Prints one line for each size; 1 when a limit was missed."""
    missed = 0
    print(f"{'rows':>7} {'file KB':>8} {'read s':>7} {'check s':>8} {'total s':>8} {'marked s':>9}")
    for size in sizes:
        content = workbook(size)
        begun = time.perf_counter()
        sheet = read_rows(content, "bench.xlsx", LOAN_FILING)
        read = time.perf_counter()
        checked = check_rows(sheet, LOAN_FILING, on=ON, parameters=loan_filing_parameters(ON))
        done = time.perf_counter()
        assert checked.totals.rows == size
        assert checked.totals.with_errors == sum(number % 50 == 7 for number in range(size))
        annotate(content, checked.problems, sheet=sheet)
        marked = time.perf_counter()
        total = done - begun
        times = f"{read - begun:>7.2f} {done - read:>8.2f} {total:>8.2f} {marked - done:>9.2f}"
        print(f"{size:>7} {len(content) // 1024:>8} {times}")
        missed += total > LIMITS.get(size, float("inf"))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or [200, 5_000]))
