"""Facts and published rates read for whole columns, as `rates.Reader` reads them for one application.

What is missing in which rows is noted in the order in which the single path would note it; a fact of the wrong kind marks
its row as faulty, and what is worked out for it afterwards means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from math import lcm
from typing import Any

import numpy as np

from finance.subsidies.bulk.book import Book
from finance.subsidies.bulk.columns import Column, Day64
from finance.subsidies.facts import DAYS, NOT_NEGATIVE, SHARES, Fact
from finance.subsidies.rates import (
    CONTRACT_DATE,
    DECEMBER,
    DISBURSEMENT,
    MONTH_BEFORE,
    NAMES,
    PARAMETER,
    SELECTOR_FACTS,
    Series,
)
from finance.subsidies.terms import Const, ContractRate, Operation, Rate, Reference
from kernel.days import add_months
from kernel.vectors import Exact, Mask, added, larger, multiplied, smaller, subtracted

DRAWS = "loan.draws"
Lacks = list[tuple[str, Mask]]
"""Paths with the rows in which they are missing, in the order of noting."""


@dataclass(frozen=True)
class Value:
    """An exact value a row; it means nothing where something is missing or waited for."""

    exact: Exact
    lacks: Lacks = field(default_factory=list)
    waits: Mask | None = None

    def open_rows(self, count: int) -> Mask:
        rows = np.zeros(count, dtype=bool)
        for _, mask in self.lacks:
            rows |= mask
        return rows if self.waits is None else rows | self.waits


class ColumnReader:
    """Reads the columns of a block of rows, once each."""

    def __init__(self, book: Book, series: Series) -> None:
        self.book = book
        self.series = series
        self.count = len(book)
        self.faulty: Mask = unreadable(book)
        self.nowhere: Mask = np.zeros(self.count, dtype=bool)
        self._rates: dict[tuple[str, str], Value] = {}

    def column(self, path: str) -> Column | None:
        return self.book.facts.get(path)

    def present(self, path: str) -> Mask:
        if path in (DRAWS, "loan.repaid"):
            return (self.book.draws if path == DRAWS else self.book.repaid).present
        column = self.column(path)
        return self.nowhere if column is None else column.present

    def fact(self, path: str, row: int) -> Fact | None:
        column = self.column(path)
        return None if column is None else column.fact(row)

    def number(self, path: str, reached: Mask) -> Value:
        """The fact as a number; a word there is a fault where it is reached, and counts as zero."""
        column = self.column(path)
        if column is None:
            return Value(Exact(0), [(path, ~self.nowhere)])
        exact, wrong = column.numbers
        if wrong.any():
            self.faulty |= reached & wrong
        return Value(exact, [] if column.present.all() else [(path, ~column.present)])

    def day(self, path: str, reached: Mask) -> Day64:
        """The day a fact or a key of the application states; NaT where it is missing or none (a fault)."""
        if path == DRAWS:
            first: Day64 = self.book.first_draws
            return first
        if path == "application_date" and self.book.application_date is not None:
            return self.book.application_date.when
        column = self.column(path)
        if column is None:
            return np.full(self.count, np.datetime64("NaT", "D"))
        days, wrong = column.days
        if wrong.any():
            self.faulty |= reached & wrong
        return days

    # --- rates -------------------------------------------------------------------------------------------------

    def rate(self, rate: Rate, reached: Mask) -> Value:
        """The exact rate of every row; one operand missing makes the whole missing, else one pending makes it pending."""
        match rate:
            case Const(value=value):
                return Value(Exact(value.numerator, value.denominator))
            case ContractRate():
                return self.number("loan.rate", reached)
            case Reference():
                return self._reference(rate, reached)
            case Operation(name=name, parts=parts):
                values = [self.rate(part, reached) for part in parts]
                waits = [value.waits for value in values if value.waits is not None]
                exact = reduce(_OPERATIONS[name], (value.exact for value in values))
                lacks = [lack for value in values for lack in value.lacks]
                return Value(exact, lacks, np.logical_or.reduce(waits) if waits else None)

    def _reference(self, reference: Reference, reached: Mask) -> Value:
        known = self._rates.get((reference.name, reference.at))
        if known is None:
            known = self._rates[reference.name, reference.at] = self._taken(reference, reached)
        return known

    def _taken(self, reference: Reference, reached: Mask) -> Value:
        """The row that `Series.take` would take, for all rows at once."""
        name, at = reference.name, reference.at
        path = SELECTOR_FACTS[at]
        stated = self.day(path, reached)
        lacks: Lacks = [(path, np.isnat(stated))]
        rows = self.series.rows.get(name, ())
        if not rows:
            return Value(Exact(0), [*lacks, (PARAMETER, ~np.isnat(stated))])
        asked = asked_days(at, np.where(np.isnat(stated), np.datetime64("2000-01-01"), stated))
        days = np.array(self.series.days[name], dtype="M8[D]")
        known = np.full(self.count, len(days))
        if self.book.evaluated_on is not None:
            on = self.book.evaluated_on
            known = np.where(on.present, np.searchsorted(days, on.when, "right"), known)
        place = np.minimum(np.searchsorted(days, asked, "right"), known) - 1
        before_all = asked < days[0]
        if at == DECEMBER:
            in_december = days[place].astype("M8[M]") == asked.astype("M8[M]")
            waits = ~before_all & ((place < 0) | ~in_december)
            absent = before_all
        else:
            waits = ~before_all & (known == 0)
            if NAMES[name].monthly:
                due = np.array([add_months(day, 1) for day in self.series.days[name]], dtype="M8[D]")
                waits |= ~before_all & (known > 0) & (asked >= due[known - 1])
            absent = before_all | (~waits & (place < 0))
        there = ~np.isnat(stated)
        over = lcm(*(row.rate.denominator for row in rows))
        units = np.array([int(row.rate * over) for row in rows], dtype=np.int64)
        lacks.append((PARAMETER, there & absent))
        return Value(Exact(units[place], over), [lack for lack in lacks if lack[1].any()], there & waits)


_OPERATIONS: dict[str, Any] = {
    "min": smaller, "max": larger, "add": added, "sub": subtracted, "mul": multiplied,
}  # fmt: skip


def asked_days(at: str, stated: Day64) -> Day64:
    """The day whose value a selector asks for, from the day its fact states; the twin of `rates.asked_day`."""
    if at == MONTH_BEFORE:
        months: Any = stated.astype("M8[M]").astype("M8[D]") - np.timedelta64(1, "D")
        return np.asarray(months)
    if at == DECEMBER:
        years: Any = (stated.astype("M8[Y]") + 1).astype("M8[D]") - np.timedelta64(1, "D")
        return np.asarray(years)
    assert at in (CONTRACT_DATE, DISBURSEMENT), at
    return stated


def months_later(days: Day64, months: int) -> Day64:
    """The twin of `kernel.days.add_months`: a day that does not exist becomes the last of its month.

    >>> months_later(np.array(["2024-01-31", "2024-02-29"], dtype="M8[D]"), 12).astype(str).tolist()
    ['2025-01-31', '2025-02-28']
    """
    month = days.astype("M8[M]")
    later = month + months
    last = (later + 1).astype("M8[D]") - np.timedelta64(1, "D")
    found: Day64 = np.minimum(later.astype("M8[D]") + (days - month.astype("M8[D]")), last)
    return found


def unreadable(book: Book) -> Mask:
    """The rows that no application could be made of: a day that is none, a rate or share that is no number or below zero."""
    rows = np.zeros(len(book), dtype=bool)
    for path in DAYS:
        if path in book.facts:
            rows |= book.facts[path].days[1]
    for path in (*NOT_NEGATIVE, *SHARES):
        if path in book.facts:
            exact, wrong = book.facts[path].numbers
            rows |= wrong | (exact.num < 0)
    return rows


def first_of(lacks: Lacks, rows: Mask) -> Iterator[tuple[str, Mask]]:
    """Each path with the rows in which it is the first one missing."""
    left = rows.copy()
    for path, mask in lacks:
        here = left & mask
        if here.any():
            yield path, here
            left &= ~mask
