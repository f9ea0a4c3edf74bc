"""Reads a workbook inside a limited process of its own; run as a script by `kernel.sheets.limited`,
never imported.

It takes the file on standard input and its limits as JSON in the first argument, puts the limits on
itself before it looks at a single byte, and answers with JSON. Two readers look at each sheet: expat
streams over the XML and finds what the fast reader drops or dies of (formula cells, error cells, merged
and hidden ranges, a cell at XFD1048576, a document type with entities), then python-calamine reads the
values. Self-contained: it imports nothing of the project.

Answer: {"sheets": [...], "date1904": bool} or {"refused": code, "found": [...]}. A cell is one kind
letter (see kernel.sheets.cells.KINDS) and its text; None is blank.
"""

import datetime
import io
import json
import resource
import sys
import zipfile
import zlib
from decimal import Decimal
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

CHUNK = 1 << 16
MOST_MERGES = 20_000
FURTHEST_DAY = 10**11  # days from the epoch: beyond it no number of milliseconds fits the fast reader's clock


class Stop(Exception):
    """Reading ends here: a code for the parent's sentence, and what the sentence needs."""

    def __init__(self, code: str, *found: object) -> None:
        super().__init__(code)
        self.code, self.found = code, [str(one) for one in found]


def limit_this_process(memory: int, cpu_seconds: int) -> None:
    """Hard limits of address space and processor time, no core file."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def streamed(book: zipfile.ZipFile, part: str, start: Any, **handlers: Any) -> Any:
    """Run expat over one part of the package; a document type is refused before any entity can grow."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def refuse_doctype(*_: object) -> None:
        raise Stop("doctype", part)

    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.StartElementHandler = start(parser) if handlers.pop("takes_parser", False) else start
    for name, handler in handlers.items():
        setattr(parser, name, handler)
    with book.open(part) as stream:
        while piece := stream.read(CHUNK):
            parser.Parse(piece, False)
    parser.Parse(b"", True)
    return parser


def local(name: str) -> str:
    return name.rsplit(" ", 1)[-1]


class RootSeen(Exception):
    """The first element was reached, so no document type can follow."""


def refuse_doctypes(book: zipfile.ZipFile) -> None:
    """Look at the head of every XML part, since the other readers parse parts that this one does not."""

    def root(*_: object) -> None:
        raise RootSeen

    for part in book.namelist():
        if part.endswith((".xml", ".rels", ".vml")):
            try:
                streamed(book, part, root)
            except RootSeen:
                continue
            except expat.ExpatError:
                if part.endswith(".vml"):
                    continue
                raise


def sheet_parts(book: zipfile.ZipFile) -> tuple[list[dict[str, Any]], bool]:
    """Worksheets in their order: name, visible or not, and the part they stand in; and whether days
    count from 1904.
    """
    targets: dict[str, tuple[str, str]] = {}
    sheets: list[dict[str, Any]] = []
    epoch = [False]

    def relation(name: str, attrs: dict[str, str]) -> None:
        if local(name) == "Relationship":
            targets[attrs.get("Id", "")] = (attrs.get("Type", ""), attrs.get("Target", ""))

    def element(name: str, attrs: dict[str, str]) -> None:
        tag = local(name)
        if tag == "sheet":
            key = next((value for full, value in attrs.items() if local(full) == "id"), "")
            kind, target = targets.get(key, ("", ""))
            part = target.lstrip("/") if target.startswith("/") else "xl/" + target
            hidden = attrs.get("state", "visible") != "visible"
            if kind.endswith("/worksheet"):
                sheets.append({"name": attrs.get("name", ""), "hidden": hidden, "part": part})
        elif tag == "workbookPr":
            epoch[0] = attrs.get("date1904", "0") in ("1", "true", "on")

    streamed(book, "xl/_rels/workbook.xml.rels", relation)
    streamed(book, "xl/workbook.xml", element)
    return sheets, epoch[0]


class Scan:
    """What a pass over a sheet's XML finds: formulas and errors by cell, merged ranges, hidden rows,
    far cells.
    """

    def __init__(self, sheet: str, rows: int, columns: int) -> None:
        self.sheet, self.most_rows, self.most_columns = sheet, rows, columns
        self.formulas: dict[tuple[int, int], str] = {}
        self.errors: set[tuple[int, int]] = set()
        self.impossible: dict[tuple[int, int], str] = {}
        self.merges: list[str] = []
        self.hidden_rows: list[int] = []
        self.row = self.column = 0
        self.kind = self.reference = ""
        self.columns: dict[str, int] = {}
        self.filled = 0
        self.names: dict[str, str] = {}
        self.parser: Any = None

    def handler(self, parser: Any) -> Any:
        self.parser = parser
        return self.start

    def start(self, name: str, attrs: dict[str, str]) -> None:
        tag = self.names.get(name)
        if tag is None:
            tag = self.names[name] = local(name)
        if tag == "c":
            self.reference = attrs.get("r", "")
            self.column += 1
            self.kind = attrs.get("t", "")
        elif tag == "v" or tag == "is":
            self.fill()
        elif tag == "row":
            self.row = int(attrs["r"]) if "r" in attrs else self.row + 1
            self.column = -1
            if attrs.get("hidden") in ("1", "true") and len(self.hidden_rows) < MOST_MERGES:
                self.hidden_rows.append(self.row)
        elif tag == "f":
            self.fill()
            self.formulas[(self.row, self.column)] = ""
            self.parser.CharacterDataHandler = self.formula_text
            self.parser.EndElementHandler = self.end
        elif tag == "mergeCell" and len(self.merges) < MOST_MERGES:
            self.merges.append(attrs.get("ref", ""))

    def fill(self) -> None:
        """This cell holds something: it must stand where a sheet of this kind can reach."""
        self.filled += 1
        if self.reference:
            self.row, self.column = self.place(self.reference)
        if self.kind == "e":
            self.errors.add((self.row, self.column))
        if self.row > self.most_rows or self.column >= self.most_columns:
            raise Stop("far_cell", self.sheet, self.row, self.column, self.most_rows, self.most_columns)

    def place(self, reference: str) -> tuple[int, int]:
        """Row (from 1) and column (from 0) of a reference such as B17."""
        letters = reference.rstrip("0123456789")
        column = self.columns.get(letters)
        if column is None:
            column = 0
            for letter in letters.upper():
                column = column * 26 + ord(letter) - 64
            self.columns[letters] = column
        return int(reference[len(letters) :]), column - 1

    def formula_text(self, text: str) -> None:
        at = (self.row, self.column)
        if len(self.formulas[at]) < 200:
            self.formulas[at] += text

    def end(self, name: str) -> None:
        if self.names.get(name) == "f":
            self.parser.CharacterDataHandler = None
            self.parser.EndElementHandler = None


def shortest(number: float | int) -> str:
    """The shortest decimal text of a number, at most 15 significant digits: a spreadsheet itself keeps
    no more.
    """
    text = repr(number)
    if isinstance(number, float):
        if number != number or number in (float("inf"), float("-inf")):
            return text
        if len(text.replace("-", "").replace(".", "").lstrip("0")) > 15:
            text = format(number, ".15g")
    plain = format(Decimal(text), "f") if "e" in text or "E" in text else text
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def cell(value: Any) -> str | None:
    """One value of the fast reader as kind letter and text; None when there is nothing."""
    if isinstance(value, str):
        return "s" + value if value else None
    if isinstance(value, bool):
        return "bTRUE" if value else "bFALSE"
    if isinstance(value, int | float):
        return "n" + shortest(value)
    if isinstance(value, datetime.date):  # datetime is a date too
        return "d" + value.isoformat()
    return "t" + str(value)


def panicked(fault: BaseException) -> bool:
    """Whether the fast reader gave up on a value; its exception is no Exception and has no name to import."""
    return type(fault).__name__ == "PanicException"


def values_of(sheet: Any) -> Any:
    """The values of a sheet's used area, row by row; None when the fast reader gave up on one of them."""
    try:
        return sheet.to_python(skip_empty_area=True)
    except BaseException as fault:
        if not panicked(fault):
            raise
        return None


def without_impossible_days(content: bytes, part: str, scan: Scan) -> bytes:
    """The package with nought for every number of one sheet that no day can be; their cells become errors of `scan`.

    The fast reader dies of such a number in a cell with a date's format, and takes the sheet with it.
    """
    book = zipfile.ZipFile(io.BytesIO(content))
    raw = book.read(part)
    found: list[tuple[int, int]] = []
    at: list[Any] = [0, -1, "", -1]  # row, column, type of the cell, where its value begins
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(name: str, attrs: dict[str, str]) -> None:
        tag = local(name)
        if tag == "row":
            at[0], at[1] = int(attrs["r"]) if "r" in attrs else at[0] + 1, -1
        elif tag == "c":
            at[1], at[2] = at[1] + 1, attrs.get("t", "n")
            if "r" in attrs:
                at[0], at[1] = scan.place(attrs["r"])
        elif tag == "v" and at[2] == "n":
            at[3] = raw.index(b">", parser.CurrentByteIndex) + 1

    def end(name: str) -> None:
        if at[3] >= 0 and local(name) == "v":
            begins, ends, at[3] = at[3], parser.CurrentByteIndex, -1
            if ends > begins and abs(float(raw[begins:ends])) > FURTHEST_DAY:
                found.append((begins, ends))
                scan.errors.add((at[0], at[1]))
                scan.impossible[(at[0], at[1])] = raw[begins:ends].decode("ascii", "replace")[:40]

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(raw, True)
    starts = [0, *(ends for _, ends in found)]
    stops = [*(begins for begins, _ in found), len(raw)]
    raw_mended = b"0".join(raw[one:other] for one, other in zip(starts, stops, strict=True))
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as mended:
        for name in dict.fromkeys(book.namelist()):
            mended.writestr(name, raw_mended if name == part else book.read(name))
    return again.getvalue()


def grid(sheet: Any, values_of_rows: Any, scan: Scan) -> list[list[Any]]:
    """Rows that hold something, each [row number, column of its first cell, cell, cell, ...]."""
    rows: dict[int, dict[int, str]] = {}
    if sheet.start is not None:
        first_row, first_column = sheet.start
        for index, values in enumerate(values_of_rows):
            found = {
                first_column + at: text for at, one in enumerate(values) if (text := cell(one)) is not None
            }
            if found:
                rows[first_row + index + 1] = found
    for (row, column), text in scan.formulas.items():
        rows.setdefault(row, {})[column] = "f=" + text
    for row, column in scan.errors:
        if (row, column) not in scan.formulas:
            shown = scan.impossible.get((row, column)) or rows.get(row, {}).get(column, "s#")[1:]
            rows.setdefault(row, {})[column] = "e" + shown
    packed = []
    for row in sorted(rows):
        found = rows[row]
        first = min(found)
        packed.append([row, first, *(found.get(column) for column in range(first, max(found) + 1))])
    return packed


def read(content: bytes, limits: dict[str, int]) -> dict[str, Any]:
    """Everything the parent may know of the workbook."""
    book = zipfile.ZipFile(io.BytesIO(content))
    refuse_doctypes(book)
    sheets, date1904 = sheet_parts(book)
    if len(sheets) > limits["sheets"]:
        raise Stop("many_sheets", len(sheets), limits["sheets"])
    workbook = None
    answer = []
    for sheet in sheets:
        scan = Scan(sheet["name"], limits["rows"], limits["columns"])
        streamed(book, sheet["part"], scan.handler, takes_parser=True)
        if scan.filled > limits["cells"]:
            raise Stop("many_cells", sheet["name"], scan.filled, limits["cells"])
        rows = []
        if scan.filled:
            workbook = workbook or CalamineWorkbook.from_filelike(io.BytesIO(content))
            opened = workbook.get_sheet_by_name(sheet["name"])
            values = values_of(opened)
            if values is None:
                mended = io.BytesIO(without_impossible_days(content, sheet["part"], scan))
                opened = CalamineWorkbook.from_filelike(mended).get_sheet_by_name(sheet["name"])
                values = values_of(opened)
                if values is None:
                    raise Stop("damaged", sheet["name"])
            rows = grid(opened, values, scan)
        answer.append(
            {
                "name": sheet["name"],
                "hidden": sheet["hidden"],
                "merges": scan.merges,
                "hidden_rows": scan.hidden_rows,
                "rows": rows,
            }
        )
    return {"sheets": answer, "date1904": date1904}


def main() -> int:
    """Limits first, then the file; a fault that the file can cause becomes an answer, any other a
    traceback.
    """
    limits = json.loads(sys.argv[1])
    limit_this_process(limits["memory"], limits["cpu_seconds"])
    damaged = (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        CalamineError,
        KeyError,
        EOFError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        OSError,
    )
    try:
        answer = read(sys.stdin.buffer.read(), limits)
    except Stop as stop:
        answer = {"refused": stop.code, "found": stop.found}
    except MemoryError:
        answer = {"refused": "memory", "found": []}
    except damaged as fault:
        answer = {"refused": "damaged", "found": [f"{type(fault).__name__}: {fault}"[:300]]}
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
