"""The tables of a pool's position as printed, on the page and in the PDF: 万元 that add up, exact yuan beside. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kernel.money import wan_column, wan_table, yuan_text


class Held(Protocol):
    """What a source of money holds on a day, in fen."""

    @property
    def cash(self) -> int: ...
    @property
    def reserved(self) -> int: ...
    @property
    def free(self) -> int: ...


@dataclass(frozen=True)
class Amount:
    """One amount as printed in 万元 and exactly in yuan."""

    wan: str
    yuan: str
    fen: int


@dataclass(frozen=True)
class SourceCells:
    """One line: cash is free and reserved together."""

    cash: Amount
    reserved: Amount
    free: Amount


@dataclass(frozen=True)
class SourceTable:
    """Lines in the order of the sources, and the sums; `adds_up` says that cash is free and reserved in every line."""

    rows: tuple[SourceCells, ...]
    total: SourceCells
    adds_up: bool


def source_table(sources: Sequence[Held], places: int = 2) -> SourceTable:
    """Cash, reserved and free by source: printed cells sum down to the printed totals and across to the printed cash.

    >>> from types import SimpleNamespace as Source
    >>> source = Source(cash=15_000, reserved=5_000, free=10_000)
    >>> table = source_table([source, source])
    >>> [(row.cash.wan, row.reserved.wan, row.free.wan) for row in (*table.rows, table.total)]
    [('0.01', '0.00', '0.01'), ('0.02', '0.01', '0.01'), ('0.03', '0.01', '0.02')]
    """
    adds_up = all(source.cash == source.reserved + source.free for source in sources)
    columns = ("cash", "reserved", "free")
    fen = [[getattr(source, name) for name in columns] for source in sources]
    sums = [sum(row[place] for row in fen) for place in range(3)]
    if adds_up:
        two = wan_table([[row[1], row[2]] for row in fen], places, grouped=True)
        printed = [[across, *cells] for across, cells in zip(two.row_totals, two.cells, strict=True)]
        totals = [two.total, *(two.column_totals or ("0.00", "0.00"))]
    else:
        ways = [wan_column([row[place] for row in fen], places, grouped=True) for place in range(3)]
        printed = [[way.cells[line] for way in ways] for line in range(len(fen))]
        totals = [way.total for way in ways]
    return SourceTable(
        rows=tuple(_cells(words, row) for words, row in zip(printed, fen, strict=True)),
        total=_cells(totals, sums),
        adds_up=adds_up,
    )


def _cells(words: Sequence[str], fen: Sequence[int]) -> SourceCells:
    cash, reserved, free = (
        Amount(word, yuan_text(amount, grouped=True), amount) for word, amount in zip(words, fen, strict=True)
    )
    return SourceCells(cash, reserved, free)
