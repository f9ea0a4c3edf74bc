"""What a sheet's columns and a form are, in words of sheets only: headings, grammars, rules as functions.

A domain declares its columns and rules with these; this room reads, checks, draws templates and marks
faults from the same declaration, so that the template's help and the reader's complaint cannot differ.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from kernel.errors import Level
from kernel.sheets.cells import Cell


@dataclass(frozen=True)
class Flaw:
    """What is wrong with one cell, apart from where it stands."""

    code: str
    found: str
    wanted: str
    level: Level = "error"


@dataclass(frozen=True)
class Reading:
    """A cell understood: its value, what had to be folded to get it, and flaws. An error leaves no value."""

    value: Any = None
    folds: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()


def unread(code: str, found: str, wanted: str) -> Reading:
    """A cell that has no value because of an error."""
    return Reading(flaws=(Flaw(code, found, wanted),))


class Grammar(Protocol):
    """The written forms a cell may take; `read` is given a cell that is not blank, not a formula and
    not an error.
    """

    @property
    def kind(self) -> str:
        """How a template formats such a cell: text, amount, percent, date, choice, integer."""

    def read(self, cell: Cell) -> Reading:
        """The value of a cell, or what is wrong with it."""


@dataclass(frozen=True)
class Column:
    """One column of a form.

    `units` maps each unit a heading may name to the grammar that reads it; such a column has no grammar
    of its own and a heading without a unit is an error, because 万元 and 元 must be declared, never guessed.
    """

    key: str
    header: str
    grammar: Grammar | None = None
    required: bool = False
    aliases: tuple[str, ...] = ()
    units: Mapping[str, Grammar] = field(default_factory=dict)
    help: str = ""
    example: str = ""
    article: str = ""
    width: int = 16

    def __post_init__(self) -> None:
        assert (self.grammar is None) == bool(self.units), f"{self.key}: a grammar or units, not both"

    def reader(self, unit: str) -> Grammar:
        """The grammar for the unit its heading named; the first declared unit when the heading named none."""
        if self.grammar is not None:
            return self.grammar
        return self.units.get(unit) or next(iter(self.units.values()))


@dataclass(frozen=True)
class RowFlaw:
    """A fault of a row, at the column of `key`; raised by a rule that looked at more than one cell."""

    key: str
    code: str
    found: str
    wanted: str
    level: Level = "error"


Values = Mapping[str, Any]
RowRule = Callable[[Values, date, Any, Any], Iterable[RowFlaw]]
AcrossRule = Callable[[Sequence[tuple[int, Values]], date, Any, Any], Iterable[tuple[int, RowFlaw]]]


@dataclass(frozen=True)
class Form:
    """A kind of workbook: its act, title, version, columns and rules.

    A row rule gets (values of the row, day, parameters, context) and must bear absent values: a cell in
    error has none. An across rule gets all rows with their file row numbers. `identity` names the
    columns that tell a row from others.
    """

    act: str
    title: str
    version: int
    columns: tuple[Column, ...]
    identity: tuple[str, ...]
    row_rules: tuple[RowRule, ...] = ()
    across_rules: tuple[AcrossRule, ...] = ()
    notes: tuple[str, ...] = ()
    total: str = ""

    def column(self, key: str) -> Column:
        """The column of a key."""
        return next(column for column in self.columns if column.key == key)
