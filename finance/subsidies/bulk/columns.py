"""The facts of many loans: decimals, days or words, one a row and possibly absent; and payments, any number a row.

A column is read exactly as the single path reads the fact it stands for: `numbers` and `days` give values and say where a
fact is of the wrong kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import gcd, lcm
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finance.subsidies.facts import Fact, day_of, missing, number_of
from kernel.vectors import LARGEST, Exact, Mask, taken

Rows = slice | NDArray[np.intp]
Day64 = NDArray[np.datetime64]
NOT_A_DAY = np.datetime64("NaT", "D")
_FIRST, _LAST = np.datetime64("0001-01-01", "D"), np.datetime64("9999-12-31", "D")
_MOST_PLACES = 30


@dataclass(frozen=True)
class Numbers:
    """One decimal a row: `units` (int64[n]) of 10^-places; absent where `present` (bool[n]) is given and False.

    >>> Numbers(np.array([385, -5]), places=4).fact(0), Numbers(np.array([385, -5]), places=2).fact(1)
    ('0.0385', '-0.05')
    """

    units: NDArray[np.int64]
    places: int
    stated: Mask | None = None

    def __post_init__(self) -> None:
        if self.units.dtype != np.int64 or self.units.ndim != 1:
            raise TypeError("units are an int64 array of one dimension")
        if self.stated is not None and (self.stated.dtype != bool or self.stated.shape != self.units.shape):
            raise TypeError("stated is a bool for each row")
        if not 0 <= self.places <= _MOST_PLACES:
            raise ValueError("a decimal has no more than 30 places")

    def __len__(self) -> int:
        return len(self.units)

    def rows(self, rows: Rows) -> Numbers:
        return Numbers(self.units[rows], self.places, None if self.stated is None else self.stated[rows])

    @cached_property
    def present(self) -> Mask:
        return np.ones(len(self), dtype=bool) if self.stated is None else self.stated

    def fact(self, row: int) -> Fact | None:
        if not self.present[row]:
            return None
        units = int(self.units[row])
        whole = str(abs(units)).rjust(self.places + 1, "0")
        cut = len(whole) - self.places
        return ("-" if units < 0 else "") + whole[:cut] + ("." + whole[cut:] if self.places else "")

    @cached_property
    def numbers(self) -> tuple[Exact, Mask]:
        """The values in lowest common terms (zero where absent), and which rows hold no number."""
        units = np.where(self.present, self.units, 0)
        common = gcd(int(np.gcd.reduce(units)) if len(units) else 0, 10**self.places)
        return Exact(units // common, 10**self.places // common), np.zeros(len(self), dtype=bool)

    @property
    def days(self) -> tuple[Day64, Mask]:
        return np.full(len(self), NOT_A_DAY), self.present


@dataclass(frozen=True)
class Days:
    """One day a row (datetime64[D]); NaT where it is absent."""

    when: Day64

    def __post_init__(self) -> None:
        if self.when.dtype != np.dtype("datetime64[D]") or self.when.ndim != 1:
            raise TypeError("days are a datetime64[D] array of one dimension")
        known = self.when[~np.isnat(self.when)]
        if len(known) and not (known.min() >= _FIRST and known.max() <= _LAST):
            raise ValueError("a day lies between the years 1 and 9999")

    def __len__(self) -> int:
        return len(self.when)

    def rows(self, rows: Rows) -> Days:
        return Days(self.when[rows])

    @cached_property
    def present(self) -> Mask:
        return ~np.isnat(self.when)

    def fact(self, row: int) -> Fact | None:
        return str(self.when[row]) if self.present[row] else None

    @property
    def numbers(self) -> tuple[Exact, Mask]:
        return Exact(np.zeros(len(self), dtype=np.int64)), self.present

    @property
    def days(self) -> tuple[Day64, Mask]:
        return self.when, np.zeros(len(self), dtype=bool)


class Different:
    """The different facts of a column, each read once, however many rows point at it; the last place stands for absent."""

    def __init__(self, facts: tuple[Fact, ...]) -> None:
        self.facts = facts
        self.answers: dict[Any, Any] = {}
        """How conditions on this fact alone are answered, by test."""

    @cached_property
    def numbers(self) -> tuple[NDArray[Any], int, Mask]:
        """The facts as numbers over one denominator, and which of them are none."""
        read = [number_of(fact) if isinstance(fact, str) else None for fact in self.facts]
        over = lcm(*(value.denominator for value in read if value is not None))
        units = [0 if value is None else int(value * over) for value in read] + [0]
        fits = max(max(units), -min(units)) <= LARGEST
        wrong = np.array([value is None for value in read] + [False], dtype=bool)
        return np.array(units, dtype=np.int64 if fits else object), over, wrong

    @cached_property
    def days(self) -> tuple[Day64, Mask]:
        """The facts as days, and which of them are none."""
        read = [day_of(fact) if isinstance(fact, str) else None for fact in self.facts]
        days = np.array([NOT_A_DAY if day is None else np.datetime64(day, "D") for day in [*read, None]])
        return days, np.array([day is None for day in read] + [False], dtype=bool)


@dataclass(frozen=True)
class Words:
    """One fact of any kind a row: `facts[which[row]]`; absent where `which` is -1.

    >>> column = Words.of(["370800", None, True, "370800"])
    >>> column.facts, column.which.tolist()
    (('370800', True), [0, -1, 1, 0])
    """

    facts: tuple[Fact, ...]
    which: NDArray[np.intp]
    read: Different = None  # type: ignore[assignment]

    @classmethod
    def of(cls, facts: Iterable[Any]) -> Words:
        """A column from a fact, or None, for each row."""
        seen: dict[tuple[type, Fact], int] = {}
        which = []
        for fact in facts:
            if fact is None or missing(fact):
                which.append(-1)
                continue
            known = tuple(fact) if isinstance(fact, list) else fact
            which.append(seen.setdefault((type(known), known), len(seen)))
        return cls(tuple(fact for _, fact in seen), np.array(which, dtype=np.intp))

    def __post_init__(self) -> None:
        for fact in self.facts:
            if not isinstance(fact, str | bool | tuple):
                raise TypeError(f"a fact is words, yes or no, or a tuple of them, not {type(fact).__name__}")
        if self.which.dtype != np.intp or self.which.ndim != 1:
            raise TypeError("which are an intp array of one dimension")
        if len(self.which) and not -1 <= self.which.min() <= self.which.max() < len(self.facts):
            raise IndexError("a row points at no fact")
        if self.read is None:
            object.__setattr__(self, "read", Different(self.facts))

    def __len__(self) -> int:
        return len(self.which)

    def rows(self, rows: Rows) -> Words:
        return Words(self.facts, self.which[rows], self.read)

    @cached_property
    def present(self) -> Mask:
        return self.which >= 0

    def fact(self, row: int) -> Fact | None:
        place = int(self.which[row])
        return None if place < 0 else self.facts[place]

    @property
    def numbers(self) -> tuple[Exact, Mask]:
        units, over, wrong = self.read.numbers
        return Exact(taken(units, self.which), over), wrong[self.which]

    @property
    def days(self) -> tuple[Day64, Mask]:
        days, wrong = self.read.days
        return days[self.which], wrong[self.which]


Column = Numbers | Days | Words


def coded(column: Column) -> tuple[Sequence[Fact], NDArray[np.intp]]:
    """The different facts of a column, and which one stands in each row; -1 where it is absent."""
    if isinstance(column, Words):
        return column.facts, column.which
    units = column.units if isinstance(column, Numbers) else column.when
    _, firsts, which = np.unique(units, return_index=True, return_inverse=True)
    facts = [column.rows(slice(row, row + 1)) for row in firsts.tolist()]
    known = [one.fact(0) if one.present[0] else "" for one in facts]
    return [fact or "" for fact in known], np.where(column.present, which, -1)


def column_of(values: Any) -> Column:
    """A column from what a caller has at hand: a column; days as datetime64; words, yes or no, lists of words, None.

    Numbers are refused (a programmer's error): they do not say how many places they have; give `Numbers(units, places)`.

    >>> column_of(np.array([True, False])).facts, type(column_of(np.array(["2026-01-01"], dtype="M8[D]"))).__name__
    ((True, False), 'Days')
    """
    if isinstance(values, Numbers | Days | Words):
        return values
    if isinstance(values, pd.Series):
        values = (
            values.astype(object).where(values.notna(), None) if values.dtype.kind not in "bM" else values
        )
        values = values.to_numpy()
    if isinstance(values, np.ndarray) and values.dtype.kind == "M":
        return Days(values.astype("datetime64[D]"))
    if isinstance(values, np.ndarray) and values.dtype.kind in "iufc":
        raise TypeError("a number has no unit: give Numbers(units, places)")
    return Words.of(values.tolist() if isinstance(values, np.ndarray) else values)


@dataclass(frozen=True)
class Fen:
    """Whole fen, one a row (int64[n]); absent where `stated` (bool[n]) is given and False."""

    fen: NDArray[np.int64]
    stated: Mask | None = None

    @classmethod
    def of(cls, amounts: Any) -> Fen:
        """From fen, or from a nullable integer series (`Int64`) with missing values."""
        if isinstance(amounts, Fen):
            return amounts
        if isinstance(amounts, pd.Series):
            stated = amounts.notna().to_numpy(dtype=bool)
            return cls(amounts.fillna(0).to_numpy(dtype=np.int64), stated)
        return cls(amounts)

    def __post_init__(self) -> None:
        if not isinstance(self.fen, np.ndarray) or self.fen.dtype != np.int64 or self.fen.ndim != 1:
            raise TypeError("amounts are whole fen, an int64 array of one dimension")
        if len(self.fen) and self.fen.min() < 0:
            raise ValueError("an amount of an application is not below zero")

    def __len__(self) -> int:
        return len(self.fen)

    def rows(self, rows: Rows) -> Fen:
        return Fen(self.fen[rows], None if self.stated is None else self.stated[rows])

    @cached_property
    def present(self) -> Mask:
        return np.ones(len(self.fen), dtype=bool) if self.stated is None else self.stated

    def amount(self, row: int) -> int | None:
        return int(self.fen[row]) if self.present[row] else None


@dataclass(frozen=True)
class Payments:
    """Days and fen of draws or repayments; those of a row stand from `starts[row]` to `starts[row + 1]`."""

    starts: NDArray[np.intp]
    when: Day64
    fen: NDArray[np.int64]

    @classmethod
    def one_each(cls, when: Day64, fen: NDArray[np.int64]) -> Payments:
        """One payment a row; none where the day is NaT."""
        there = ~np.isnat(when)
        starts = np.concatenate([[0], np.cumsum(there)]).astype(np.intp)
        return cls(starts, when[there], fen[there])

    @classmethod
    def none(cls, count: int) -> Payments:
        return cls(np.zeros(count + 1, dtype=np.intp), np.empty(0, "M8[D]"), np.empty(0, np.int64))

    @classmethod
    def listed(cls, each: Sequence[Sequence[tuple[Any, int]]]) -> Payments:
        """From the payments of each row as (day, fen)."""
        flat = [payment for row in each for payment in row]
        starts = np.concatenate([[0], np.cumsum([len(row) for row in each])]).astype(np.intp)
        days = np.array([day for day, _ in flat], dtype="M8[D]")
        return cls(starts, days, np.array([fen for _, fen in flat], dtype=np.int64))

    def __post_init__(self) -> None:
        if self.starts.dtype != np.intp or self.when.dtype != np.dtype("M8[D]") or self.fen.dtype != np.int64:
            raise TypeError("starts are intp, days datetime64[D], amounts int64 fen")
        if not len(self.when) == len(self.fen) == self.starts[-1] or (np.diff(self.starts) < 0).any():
            raise ValueError("starts do not fit the payments")
        if np.isnat(self.when).any() or (len(self.fen) and self.fen.min() < 0):
            raise ValueError("a payment has a day, and an amount not below zero")

    def __len__(self) -> int:
        return len(self.starts) - 1

    def rows(self, rows: slice) -> Payments:
        starts = self.starts[rows.start : rows.stop + 1]
        within = slice(starts[0], starts[-1])
        return Payments(starts - starts[0], self.when[within], self.fen[within])

    def of(self, row: int) -> list[tuple[str, int]]:
        places = range(self.starts[row], self.starts[row + 1])
        return [(str(self.when[place]), int(self.fen[place])) for place in places]

    @cached_property
    def present(self) -> Mask:
        counts: Mask = np.diff(self.starts) > 0
        return counts

    @cached_property
    def row_of(self) -> NDArray[np.intp]:
        """The row that each payment belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def sums(self, each: Any) -> Any:
        """What stands beside every payment, summed by row: exact; Python's integers if int64 might not hold the sums."""
        most = int(np.abs(each).max()) if len(each) else 0
        if each.dtype != object and most * max(len(each), 1) > LARGEST:
            each = each.astype(object)
        running = np.concatenate([np.zeros(1, dtype=each.dtype), np.cumsum(each)])
        return running[self.starts[1:]] - running[self.starts[:-1]]

    def firsts(self) -> Day64:
        """The earliest day of each row; NaT where there is none."""
        return self._extreme(np.minimum)

    def lasts(self) -> Day64:
        """The latest day of each row; NaT where there is none."""
        return self._extreme(np.maximum)

    def _extreme(self, which: Any) -> Day64:
        found = np.full(len(self), NOT_A_DAY)
        there = self.present
        if there.any():
            found[there] = which.reduceat(self.when, self.starts[:-1][there])
        return found
