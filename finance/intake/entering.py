"""Entering the checked rows of a filing into the bank's book, once, as they were checked; numbers; rows written down."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.utils import timezone

from finance.intake.events import tell_entered
from finance.intake.examination import book_of_statements, outcome
from finance.intake.models import TO_ENTER, Filing, FilingCounter, FilingRow
from finance.intake.rows import FORMS, Statement, statement
from finance.intake.states import require_move
from finance.loans.actions import Entered, enter_loans, enter_returns, hold_book_of
from finance.loans.rules import StatedLoan, StatedReturn
from kernel.errors import Problem, Refused
from kernel.sheets import RowFault, restored_values
from kernel.work import outbox

if TYPE_CHECKING:
    from collections.abc import Iterable

    from finance.intake.examination import Examination, ExaminedRow
    from finance.parties.models import Membership

_SERIES = {"loans": "BA", "returns": "YB"}
_TOLD_AT_ONCE = 20


def next_number(form: str, on: dt.date) -> str:
    """The next filing number of a day, `BA-20261120-0001` (returns: YB); the day's counter is locked until the end."""
    assert connection.in_atomic_block
    series = f"{_SERIES[form]}-{on:%Y%m%d}"
    table = FilingCounter._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} AS counter (series, last) VALUES (%s, 1) "  # noqa: S608 (a constant table name)
            "ON CONFLICT (series) DO UPDATE SET last = counter.last + 1 RETURNING last",
            [series],
        )
        (number,) = cursor.fetchone()
    return f"{series}-{number:04d}"


def move(filing: Filing, state: str) -> None:
    """Set the state by the table of moves; the caller holds the row and saves it."""
    require_move(filing.state, state)
    filing.state = state


def write_rows(filing: Filing, examination: Examination) -> None:
    """Write down every row as it was checked, and the counts and totals on the filing (which the caller saves)."""
    FilingRow.objects.bulk_create(
        [
            FilingRow(
                filing=filing,
                file_row=row.file_row,
                outcome=row.outcome,
                natural_key=row.key[:120],
                title=row.title[:120],
                values=row.values,
                digest=row.digest,
                digest_before=row.digest_before,
                problems=[fault_as_json(fault) for fault in row.faults],
                folded=list(row.folded),
                changes=[list(change) for change in row.changes],
                kept_out=[reason.as_json() for reason in row.kept_out],
            )
            for row in examination.rows
        ],
        batch_size=1000,
    )
    filing.counts = examination.counts
    filing.totals = examination.totals
    filing.effect = examination.effect
    filing.faults = [problem_as_json(problem) for problem in examination.warnings]
    filing.digest = digest_of_rows(examination.rows)


def digest_of_rows(rows: Iterable[ExaminedRow | FilingRow]) -> str:
    """SHA-256 over number, outcome and digests of the rows to enter: what the checker is asked to approve."""
    digest = hashlib.sha256()
    for row in rows:
        if row.outcome in TO_ENTER:
            digest.update(f"{row.file_row}:{row.outcome}:{row.digest_before}:{row.digest}\n".encode())
    return digest.hexdigest()


def rows_to_enter(filing: Filing) -> list[FilingRow]:
    """New and changed rows, in the order of the file."""
    return list(filing.rows.filter(outcome__in=TO_ENTER).order_by("file_row"))


def enter_rows(filing: Filing, by: Membership | None) -> Entered:
    """Enter the good rows as they were checked. Refused, with every such row, when the book has moved meanwhile.

    The caller holds the filing's row, and saves it.
    """
    hold_book_of(filing.bank)
    rows = rows_to_enter(filing)
    stated = [statement(filing.form, restored_values(FORMS[filing.form], row.values)) for row in rows]
    _refuse_if_moved(filing, rows, stated)
    entered = _into_the_book(filing, by, stated)
    assert (len(entered.new), len(entered.changed), entered.same) == (
        sum(row.outcome == FilingRow.Outcome.NEW for row in rows),
        sum(row.outcome == FilingRow.Outcome.CHANGED for row in rows),
        0,
    ), "rows were entered as they were checked"
    move(filing, Filing.State.ENTERED)
    filing.entered_at = timezone.now()
    outbox.put(
        kind="intake.receipt", payload={"filing": str(filing.pk)}, effect_key=f"intake.receipt:{filing.pk}"
    )
    tell_entered(filing)
    return entered


def _into_the_book(filing: Filing, by: Membership | None, stated: list[Statement]) -> Entered:
    loans = [one for one in stated if isinstance(one, StatedLoan)]
    returns = [one for one in stated if isinstance(one, StatedReturn)]
    if filing.form == Filing.Form.LOANS:
        return enter_loans(by=by, bank=filing.bank, stated=loans, on=filing.made_on, filing=filing.pk)
    return enter_returns(by=by, bank=filing.bank, stated=returns, on=filing.made_on, filing=filing.pk)


def _refuse_if_moved(filing: Filing, rows: list[FilingRow], stated: list[Statement]) -> None:
    book = book_of_statements(filing.bank, filing.form, stated)
    words = dict(FilingRow.Outcome.choices)
    moved = []
    for row, one in zip(rows, stated, strict=True):
        assert one.digest == row.digest, "a row says what it said when it was checked"
        before = book[row.natural_key][2] if row.natural_key in book else ""
        if before != row.digest_before:
            now = words[FilingRow.Outcome(outcome(one, before or None))]
            found = f"校验时是“{row.get_outcome_display()}”，其后本行的记录已变，现在是“{now}”"
            moved.append(
                Problem(f"第{row.file_row}行 {row.natural_key}", found, "请撤回后重新上传", code="row_moved")
            )
    if moved:
        raise Refused(moved[:_TOLD_AT_ONCE])


def fault_as_json(fault: RowFault) -> dict[str, Any]:
    """A fault of a cell as it is kept and reported; `column` is the letter in the person's own file."""
    return {
        "row": fault.row,
        "column": fault.letter,
        "heading": fault.heading,
        "key": fault.key,
        "code": fault.code,
        "level": fault.level,
        "found": fault.found,
        "wanted": fault.wanted,
    }


def fault_from_json(kept: dict[str, Any]) -> RowFault:
    """The inverse of `fault_as_json`."""
    return RowFault(
        row=kept["row"],
        letter=kept["column"],
        heading=kept["heading"],
        key=kept["key"],
        code=kept["code"],
        level=kept["level"],
        found=kept["found"],
        wanted=kept["wanted"],
    )


def problem_as_json(problem: Problem) -> dict[str, Any]:
    """A problem of the file as a whole as it is kept and reported."""
    names = ("where", "found", "wanted", "code", "level")
    return {name: getattr(problem, name) for name in names}
