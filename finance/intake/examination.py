"""Examining a bank's file: read it, check every row, hold each against the bank's book. Reads, and writes nothing.

The same examination serves the worker, the dry run and the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from finance.intake import parameters
from finance.intake.effects import AtStake, Reason, assess
from finance.intake.rows import FORMS, Statement, natural_key, statement, values_of
from finance.intake.rules import KnownLoan
from finance.loans import queries as loans
from finance.loans.rules import StatedReturn, last_ended_month
from finance.parties.enterprises import holders_of_codes, not_an_enterprise
from finance.parties.models import Organisation
from finance.pledges.queries import pledgors_of_files
from finance.pledges.rules import right_key
from kernel.money import yuan_text
from kernel.money.fields import fen_of
from kernel.sheets import CheckedRow, RowFault, changes, check_rows, plain_values, read_rows
from kernel.sheets.content import shown_value

if TYPE_CHECKING:
    import datetime as dt
    from uuid import UUID

    from kernel.errors import Problem
    from kernel.sheets import Sheet

    Progress = Callable[[str, int, int], None]

NEW, CHANGED, SAME, FAILED = "new", "changed", "same", "failed"


@dataclass(frozen=True)
class ExaminedRow:
    """One row: what it would do (new, changed, same, failed), what it states, its faults, and what would change."""

    file_row: int
    outcome: str
    key: str
    title: str
    values: dict[str, Any]
    faults: tuple[RowFault, ...]
    folded: tuple[str, ...]
    changes: tuple[tuple[str, str, str], ...] = ()
    stated: Statement | None = None
    loan_id: UUID | None = None
    digest_before: str = ""
    kept_out: tuple[Reason, ...] = ()

    @property
    def digest(self) -> str:
        return self.stated.digest if self.stated else ""

    @property
    def to_enter(self) -> bool:
        return self.outcome in (NEW, CHANGED)

    @property
    def amount_fen(self) -> int:
        """Principal of a loan, balance of a return; 0 where it could not be read."""
        return self.values.get("principal_fen") or self.values.get("balance_fen") or 0

    @property
    def warned(self) -> bool:
        """Good, but somebody should look."""
        return self.outcome != FAILED and bool(self.faults)


@dataclass(frozen=True)
class Examination:
    """The outcome for a whole file."""

    form: str
    rows: tuple[ExaminedRow, ...]
    warnings: tuple[Problem, ...]
    sheet: Sheet
    effect: dict[str, Any]

    @property
    def faults(self) -> list[RowFault]:
        return [fault for row in self.rows for fault in row.faults]

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome; `warnings` are the good rows with a warning."""
        outcomes = {
            kind: sum(row.outcome == kind for row in self.rows) for kind in (NEW, CHANGED, SAME, FAILED)
        }
        return {"rows": len(self.rows), **outcomes, "warnings": sum(row.warned for row in self.rows)}

    @property
    def sum_fen(self) -> int:
        """Of all good rows, whether or not they say something new."""
        return sum(row.amount_fen for row in self.rows if row.outcome != FAILED)

    @property
    def totals(self) -> dict[str, Any]:
        """Texts in yuan: all good rows, the rows to enter, and these by kind of pledge (or grade)."""
        entering = [row for row in self.rows if row.to_enter]
        key = "pledge_kind" if self.form == "loans" else "grade"
        kinds = list(dict.fromkeys(row.values[key] for row in entering))
        groups = {kind: [row.amount_fen for row in entering if row.values[key] == kind] for kind in kinds}
        return {
            "sum": yuan_text(self.sum_fen),
            "to_enter": yuan_text(sum(row.amount_fen for row in entering)),
            "by_kind": [[kind, len(amounts), yuan_text(sum(amounts))] for kind, amounts in groups.items()],
        }


def examine(
    *,
    bank: Organisation,
    form: str,
    name: str,
    content: bytes,
    on: dt.date,
    progress: Progress = lambda stage, done, total: None,
) -> Examination:
    """Every row's outcome with every fault at once. `Refused` when the file as a whole cannot be used.

    `form` is "loans" or "returns", `on` the business day the file is checked on.
    """
    progress("正在读取文件", 0, 0)
    sheet = read_rows(content, name, FORMS[form])
    progress("正在校验", 0, len(sheet.rows))
    limits, context = _ground(bank, form, sheet, on)
    checked = check_rows(sheet, FORMS[form], on=on, parameters=limits, context=context)
    progress("正在与已备案的贷款核对", len(sheet.rows), len(sheet.rows))
    weighed = _held_against_book(bank, sheet, checked.rows) if form == "loans" else checked.rows
    rows = _with_outcomes(bank, form, weighed)
    at_stake = [
        AtStake(row.outcome, row.stated, row.loan_id, row.file_row)
        for row in rows
        if row.to_enter and row.stated
    ]
    effect, outside = assess(bank=bank, form=form, on=on, rows=at_stake)
    rows = tuple(replace(row, kept_out=tuple(outside.get(row.file_row, ()))) for row in rows)
    return Examination(form, rows, checked.sheet_warnings, sheet, effect)


def _ground(bank: Organisation, form: str, sheet: Sheet, on: dt.date) -> tuple[Any, Any]:
    """Parameters in force, and for returns the loans of the bank that the file speaks of."""
    if form == "loans":
        return parameters.loan_filing_parameters(on), None
    numbers = {row.cells["bank_loan_no"].text.strip() for row in sheet.rows if "bank_loan_no" in row.cells}
    book = loans.book_of(bank, numbers)
    before = loans.balances_before(bank, book, last_ended_month(on))
    known = {
        number: KnownLoan(fen_of(loan.terms.principal), loan.terms.disbursed_on, before.get(number))
        for number, loan in book.items()
        if loan.terms is not None
    }
    return parameters.monthly_return_parameters(on), known


def _held_against_book(bank: Organisation, sheet: Sheet, rows: Sequence[CheckedRow]) -> list[CheckedRow]:
    """Faults that only the recorded facts show: a borrower's code that is no enterprise's; a right under another loan; a
    registration whose file is another pledgor's."""
    holders = holders_of_codes(row.values["credit_code"] for row in rows if row.values.get("credit_code"))
    rights = {right_key(number) for row in rows for number in row.values.get("right_numbers") or ()}
    pledged = loans.loans_on_rights(bank, rights)
    filed = pledgors_of_files(
        bank, (row.values["pledge_number"] for row in rows if row.values.get("pledge_number"))
    )
    return [_weighed(sheet, row, holders, pledged, filed) for row in rows]


def _weighed(
    sheet: Sheet,
    row: CheckedRow,
    holders: dict[str, Organisation],
    pledged: dict[str, set[str]],
    filed: dict[str, Organisation],
) -> CheckedRow:
    faults = []
    holder = holders.get(row.values.get("credit_code") or "")
    if holder is not None and holder.kind != Organisation.Kind.ENTERPRISE:
        told = not_an_enterprise(holder)
        faults.append(_fault(sheet, row, "credit_code", told.code, told.found, told.wanted, "error"))
    number, pledgor = row.values.get("pledge_number"), filed.get(row.values.get("pledge_number") or "")
    if pledgor is not None and row.values.get("credit_code") not in (None, "", pledgor.credit_code):
        found = f"{number} 的登记案件中出质人是{pledgor.name}，与本行借款企业不同"
        wanted = "请核对登记号和借款企业；确属为他人担保的，由复核人确认"
        faults.append(_fault(sheet, row, "pledge_number", "other_pledgor", found, wanted, "warning"))
    if not any(fault.code == "right_twice" for fault in row.faults):
        for number in row.values.get("right_numbers") or ():
            others = sorted(pledged.get(right_key(number), set()) - {row.values.get("bank_loan_no")})
            if others:
                found = f"{number} 已质押给本行贷款 {'、'.join(others[:5])}"
                wanted = "请核对；确属同一权利担保多笔贷款的，由复核人确认"
                faults.append(_fault(sheet, row, "right_numbers", "right_in_use", found, wanted, "warning"))
    return replace(row, faults=(*row.faults, *faults)) if faults else row


def _fault(
    sheet: Sheet, row: CheckedRow, key: str, code: str, found: str, wanted: str, level: Any
) -> RowFault:
    column = FORMS["loans"].column(key)
    return RowFault(row.file_row, sheet.headings[key].letter, column.header, key, code, level, found, wanted)


def _with_outcomes(bank: Organisation, form: str, rows: Sequence[CheckedRow]) -> tuple[ExaminedRow, ...]:
    stated = {row.file_row: statement(form, row.values) for row in rows if not row.has_error}
    book = book_of_statements(bank, form, stated.values())
    names = _borrower_names(bank, form, stated.values())
    return tuple(_examined(form, row, stated.get(row.file_row), book, names) for row in rows)


def _examined(
    form: str,
    row: CheckedRow,
    stated: Statement | None,
    book: dict[str, tuple[UUID, Statement, str]],
    names: dict[str, str],
) -> ExaminedRow:
    key = stated.natural_key if stated else natural_key(form, row.values)
    before = book.get(key) if stated else None
    what = outcome(stated, before[2] if before else None)
    differences = (
        changes(FORMS[form], values_of(form, before[1]), values_of(form, stated))
        if stated and before and what == CHANGED
        else []
    )
    return ExaminedRow(
        file_row=row.file_row,
        outcome=what,
        key=key,
        title=row.values.get("borrower_name") or names.get(row.values.get("bank_loan_no") or "", ""),
        values=plain_values(row.values),
        faults=row.faults,
        folded=_folded(form, row),
        changes=tuple(differences),
        stated=stated,
        loan_id=before[0] if before else None,
        digest_before=before[2] if before else "",
    )


def outcome(stated: Statement | None, digest_before: str | None) -> str:
    """What a row would do: nothing stated has failed; an unknown key is new; else its digest decides."""
    if stated is None:
        return FAILED
    if digest_before is None:
        return NEW
    return SAME if digest_before == stated.digest else CHANGED


def book_of_statements(bank: Organisation, form: str, stated: Any) -> dict[str, tuple[UUID, Statement, str]]:
    """What the bank's book says now under the keys of these statements: key -> (loan id, statement, digest)."""
    if form == "loans":
        return dict(loans.stated_loans(bank, [one.bank_loan_no for one in stated]))
    keys = [(one.bank_loan_no, one.period) for one in stated if isinstance(one, StatedReturn)]
    found = loans.stated_returns(bank, keys)
    return {known[1].natural_key: known for known in found.values()}


def _borrower_names(bank: Organisation, form: str, stated: Any) -> dict[str, str]:
    if form == "loans":
        return {}
    book = loans.book_of(bank, [one.bank_loan_no for one in stated])
    return {number: loan.borrower_name for number, loan in book.items()}


def _folded(form: str, row: CheckedRow) -> tuple[str, ...]:
    """One line for each cell that was read otherwise than it was written: heading, as written, as read."""
    shape = FORMS[form]
    return tuple(
        f"{shape.column(key).header}：“{row.raw.get(key, '')}”按 {shown_value(shape, key, row.values[key])} 读入"
        for key in row.folds
        if row.values.get(key) is not None
    )
