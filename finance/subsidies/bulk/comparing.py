"""Two versions of a policy over one book: what each costs, by line, region and size, who gains and who loses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finance.subsidies.bulk.book import Book
from finance.subsidies.bulk.columns import coded
from finance.subsidies.bulk.many import ELIGIBLE, FAULTY, INELIGIBLE, OPEN, WAITING, Many, settle_many
from finance.subsidies.rates import Series
from finance.subsidies.terms import Policy
from kernel.vectors import LARGEST, size

REGION, SIZE = "applicant.region", "applicant.size"
LARGEST_CHANGES = 20
Used = Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True)
class Part:
    """Some applications under both versions (fen): how many, the cost before and after, gains and losses apart."""

    name: str
    rows: int
    before: int
    after: int
    gain_rows: int
    gain: int
    lose_rows: int
    lose: int

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True)
class Moved:
    """One application whose amount changes; with the first reason of the draft, empty where it has none."""

    row: int
    before: int
    after: int
    reason: str

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True)
class Comparison:
    """What a draft would change. `open_rows`: rows that the draft, or the version in force, leaves unknown or pending or
    refuses to read; they count as nothing paid.
    """

    draft: Many
    in_force: Many | None
    total: Part
    lines: tuple[Part, ...]
    regions: tuple[Part, ...]
    sizes: tuple[Part, ...]
    largest: tuple[Moved, ...]
    open_rows: NDArray[np.intp]

    @property
    def by_status(self) -> dict[str, tuple[int, int]]:
        """How many applications each status has, before and after."""
        names = {
            ELIGIBLE: "eligible",
            INELIGIBLE: "ineligible",
            OPEN: "unknown",
            WAITING: "pending",
            FAULTY: "refused",
        }
        runs = (self.in_force, self.draft)
        counts = [
            [0] * len(names) if run is None else np.bincount(run.status, minlength=len(names)).tolist()
            for run in runs
        ]
        return {name: (counts[0][code], counts[1][code]) for code, name in names.items()}


def compare(
    draft: Policy,
    in_force: Policy | None,
    book: Book,
    series: Series,
    used: Used | None = None,
    used_in_force: Used | None = None,
) -> Comparison:
    """Both versions over the whole book; without a version in force everything is new. `used` as in `settle_many`."""
    after = settle_many(draft, book, series, used)
    before = None if in_force is None else settle_many(in_force, book, series, used_in_force)
    zeros = np.zeros(len(book), dtype=np.int64)
    old, new = _safe(zeros if before is None else before.total), _safe(after.total)
    lines = dict.fromkeys([*(before.paid if before else ()), *after.paid])
    still_open = np.isin(after.status, (OPEN, WAITING, FAULTY))
    if before is not None:
        still_open |= np.isin(before.status, (OPEN, WAITING, FAULTY))
    return Comparison(
        draft=after,
        in_force=before,
        total=_part("", old, new),
        lines=tuple(
            _part(
                line,
                _safe(before.paid.get(line, zeros) if before else zeros),
                _safe(after.paid.get(line, zeros)),
            )
            for line in lines
        ),
        regions=tuple(_by_fact(REGION, book, old, new)),
        sizes=tuple(_by_fact(SIZE, book, old, new)),
        largest=tuple(_largest(old, new, after)),
        open_rows=np.flatnonzero(still_open),
    )


def _safe(whole: Any) -> Any:
    """An array whose sum over all rows is exact."""
    return whole if size(whole) * max(2 * len(whole), 1) <= LARGEST else whole.astype(object)


def _part(name: str, before: Any, after: Any) -> Part:
    change = after - before
    up, down = np.asarray(change > 0, dtype=bool), np.asarray(change < 0, dtype=bool)
    return Part(
        name,
        len(change),
        int(before.sum()),
        int(after.sum()),
        int(up.sum()),
        int(change[up].sum()),
        int(down.sum()),
        -int(change[down].sum()),
    )


def _by_fact(path: str, book: Book, before: Any, after: Any) -> list[Part]:
    """A part for each value of a fact, the largest change first; rows that do not state it are one part without a name."""
    facts, which = _stated(path, book)
    order = np.argsort(which, kind="stable")
    ends = np.flatnonzero(np.diff(which[order])) + 1
    parts = [
        _part("" if which[rows[0]] < 0 else str(facts[which[rows[0]]]), before[rows], after[rows])
        for rows in np.split(order, ends)
        if len(rows)
    ]
    return sorted(parts, key=lambda part: (-abs(part.change), part.name))


def _stated(path: str, book: Book) -> tuple[list[Any], NDArray[np.intp]]:
    column = book.facts.get(path)
    facts, which = ([], np.full(len(book), -1, dtype=np.intp)) if column is None else coded(column)
    known, rows = list(facts), np.array(which)
    for row, case in book.apart.items():
        fact = case.facts.get(path)
        rows[row] = -1
        if fact is not None:
            if fact not in known:
                known.append(fact)
            rows[row] = known.index(fact)
    return known, rows


def _largest(before: Any, after: Any, draft: Many) -> list[Moved]:
    change = np.abs(after - before)
    order = np.lexsort((np.arange(len(change)), -np.unique(change, return_inverse=True)[1]))
    return [
        Moved(row, int(before[row]), int(after[row]), draft.reason_of(row))
        for row in order[:LARGEST_CHANGES].tolist()
        if change[row]
    ]
