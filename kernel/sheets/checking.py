"""Checks every cell of every row and tells every fault at once: `check_rows`.

Pure: a sheet, a form, a day, parameters and context in; values and faults out. A row with an error has
the values that could be read, so that rules over several cells can still speak of the rest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from kernel.errors import Level, Problem, Refused
from kernel.sheets.cells import BLANK, Cell, excerpt
from kernel.sheets.columns import Column, Form, Grammar, Reading, RowFlaw, unread
from kernel.sheets.figures import Day
from kernel.sheets.reading import Sheet, SheetRow


@dataclass(frozen=True)
class RowFault:
    """One fault of one cell, with everything a person or a machine needs to find and mend it."""

    row: int
    letter: str
    heading: str
    key: str
    code: str
    level: Level
    found: str
    wanted: str

    def problem(self) -> Problem:
        """The same as the house's own Problem."""
        return Problem(
            f"第{self.row}行 {self.heading}（{self.letter}列）",
            self.found,
            self.wanted,
            self.code,
            self.level,
        )

    def plain(self) -> dict[str, str | int]:
        """The fault as JSON: row, column letter, heading, key, code, level, found, wanted."""
        return asdict(self)


@dataclass(frozen=True)
class CheckedRow:
    """A row with its values by column key (None for blank; absent for a cell in error), raw text, folds
    and faults.
    """

    file_row: int
    values: Mapping[str, Any]
    raw: Mapping[str, str]
    folds: Mapping[str, tuple[str, ...]]
    faults: tuple[RowFault, ...]

    @property
    def has_error(self) -> bool:
        """True when the row cannot be taken in."""
        return any(fault.level == "error" for fault in self.faults)

    @property
    def has_warning(self) -> bool:
        """True when somebody should look, whether or not there are errors too."""
        return any(fault.level == "warning" for fault in self.faults)


@dataclass(frozen=True)
class Totals:
    """Counts of rows, and the sum in fen of the form's total column over rows without errors and over
    all read.
    """

    rows: int
    good: int
    with_errors: int
    with_warnings_only: int
    good_fen: int
    read_fen: int


@dataclass(frozen=True)
class Checked:
    """The outcome for a whole sheet; `problems` by row, then column; `sheet_warnings` are about the file."""

    rows: tuple[CheckedRow, ...]
    problems: tuple[RowFault, ...]
    totals: Totals
    sheet_warnings: tuple[Problem, ...] = ()

    @property
    def good_rows(self) -> tuple[CheckedRow, ...]:
        """Rows that can be taken in, with or without warnings."""
        return tuple(row for row in self.rows if not row.has_error)


def check_rows(sheet: Sheet, form: Form, *, on: date, parameters: Any = None, context: Any = None) -> Checked:
    """Every fault of every row at once. `Refused` only when the file is another form's template.

    `parameters` and `context` are handed to the form's rules as they are; this room does not look into them.
    """
    warnings = [*sheet.warnings, *template_warnings(sheet, form)]
    readers = {
        column.key: reader_of(column, sheet.headings[column.key].unit, sheet.date1904)
        for column in form.columns
        if column.key in sheet.headings
    }
    order = {column.key: at for at, column in enumerate(form.columns)}
    read = [read_row(row, form, readers, sheet) for row in sheet.rows]
    across: dict[int, list[RowFlaw]] = {}
    for rule in form.across_rules:
        for number, flaw in rule([(row.file_row, row.values) for row in read], on, parameters, context):
            across.setdefault(number, []).append(flaw)
    rows = []
    for row in read:
        flaws = [flaw for rule in form.row_rules for flaw in rule(row.values, on, parameters, context)]
        flaws += across.get(row.file_row, [])
        faults = [*row.faults, *(fault_at(sheet, form, row.file_row, flaw) for flaw in flaws)]
        faults.sort(key=lambda fault: (order.get(fault.key, 999), fault.level))
        rows.append(CheckedRow(row.file_row, row.values, row.raw, row.folds, tuple(faults)))
    problems = tuple(fault for row in rows for fault in row.faults)
    return Checked(tuple(rows), problems, totals_of(rows, form.total), tuple(warnings))


def reader_of(column: Column, unit: str, date1904: bool) -> Grammar:
    """The column's grammar, for the unit and the epoch of this file."""
    grammar = column.reader(unit)
    return Day(epoch_1904=True) if date1904 and isinstance(grammar, Day) else grammar


def read_row(row: SheetRow, form: Form, readers: Mapping[str, Grammar], sheet: Sheet) -> CheckedRow:
    """All cells of a row by their grammars."""
    values: dict[str, Any] = {}
    raw: dict[str, str] = {}
    folds: dict[str, tuple[str, ...]] = {}
    faults: list[RowFault] = []
    for column in form.columns:
        reader = readers.get(column.key)
        if reader is None:
            values[column.key] = None
            continue
        cell = row.cells.get(column.key, BLANK)
        raw[column.key] = cell.text
        reading = read_cell(cell, column, reader)
        failed = any(flaw.level == "error" for flaw in reading.flaws)
        if not failed:
            values[column.key] = reading.value
        if reading.folds:
            folds[column.key] = reading.folds
        for flaw in reading.flaws:
            at = RowFlaw(column.key, flaw.code, flaw.found, flaw.wanted, flaw.level)
            faults.append(fault_at(sheet, form, row.file_row, at))
    return CheckedRow(row.file_row, values, raw, folds, tuple(faults))


def read_cell(cell: Cell, column: Column, reader: Grammar) -> Reading:
    """One cell: blank, formula and error cells are dealt with here, so that no grammar has to."""
    if cell.is_blank:
        if not column.required:
            return Reading()
        wanted = f"请填写，例如 {column.example}" if column.example else "请填写"
        return unread("required", "没有填写", wanted)
    if cell.kind == "formula":
        return unread(
            "formula", f"单元格是公式 {excerpt(cell.text)}", "请复制后“选择性粘贴—数值”，改填结果本身"
        )
    if cell.kind == "error":
        return unread("error_cell", f"单元格是错误值 {excerpt(cell.text)}", "请改填正确的值")
    return reader.read(cell)


def fault_at(sheet: Sheet, form: Form, row: int, flaw: RowFlaw) -> RowFault:
    """A flaw with its place; a column that the file does not have is named by its own header."""
    heading = sheet.headings.get(flaw.key)
    return RowFault(
        row,
        heading.letter if heading else "",
        form.column(flaw.key).header,
        flaw.key,
        flaw.code,
        flaw.level,
        flaw.found,
        flaw.wanted,
    )


def totals_of(rows: Iterable[CheckedRow], total: str) -> Totals:
    """Counts and sums."""
    listed = list(rows)
    good = [row for row in listed if not row.has_error]
    return Totals(
        rows=len(listed),
        good=len(good),
        with_errors=len(listed) - len(good),
        with_warnings_only=sum(row.has_warning for row in good),
        good_fen=sum(row.values.get(total) or 0 for row in good) if total else 0,
        read_fen=sum(row.values.get(total) or 0 for row in listed) if total else 0,
    )


def template_warnings(sheet: Sheet, form: Form) -> list[Problem]:
    """A file from another form's template is refused; one from another version of ours is read and named."""
    act, version = sheet.template.get("act", ""), sheet.template.get("version", "")
    if act and act != form.act:
        title = sheet.template.get("title", act)
        raise Refused(
            Problem(
                "文件", f"这是“{title}”的模板", f"请在“{form.title}”的页面下载模板填写", code="other_template"
            )
        )
    if version and version != str(form.version):
        newer = version.isdigit() and int(version) > form.version
        found = f"文件用的是{'较新' if newer else '旧'}版模板（v{version}），现行版本是 v{form.version}"
        return [
            Problem(
                "文件", found, "必填列都在，已照常读入；下次请用新模板", code="old_template", level="warning"
            )
        ]
    return []
