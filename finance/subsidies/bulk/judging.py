"""Conditions judged for whole columns in four values, as `conditions.judge` judges them for one application.

A condition on one fact is put to the single path once for each different fact of its column; only decimals and days, of
which there may be as many as rows, are compared as arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finance.subsidies.bulk.columns import Column, Days, Numbers, Words, coded
from finance.subsidies.bulk.reading import ColumnReader, Lacks
from finance.subsidies.conditions import COMPARED, judge
from finance.subsidies.facts import Case, Fact, day_of, number_of
from finance.subsidies.rates import Reader, Series
from finance.subsidies.terms import AllOf, AnyOf, Condition, FactTest, Not, RateTest
from kernel.conditions import Answer
from kernel.vectors import Mask, subtracted

NO, YES, UNKNOWN, PENDING = range(4)
_CODES = {Answer.NO: NO, Answer.YES: YES, Answer.UNKNOWN: UNKNOWN, Answer.PENDING: PENDING}
_SWAPPED = np.array([YES, NO, UNKNOWN, PENDING], dtype=np.int8)
Codes = NDArray[np.int8]
_COMPARED: dict[str, Any] = {**COMPARED}  # of arrays they give an array


@dataclass(frozen=True)
class Answers:
    """A code a row, and what is missing where the answer is unknown."""

    codes: Codes
    lacks: Lacks = field(default_factory=list)


def answers(condition: Condition, reader: ColumnReader, reached: Mask) -> Answers:
    """Whether the condition holds in every row; a fact that cannot be compared is a fault where it is reached."""
    match condition.test:
        case FactTest() as test:
            if test.op.endswith("_fact"):
                return _two_facts(test, reader, reached)
            return _one_fact(test, reader, reached)
        case RateTest() as test:
            return _rates(test, reader, reached)
        case Not(part=part):
            found = answers(part, reader, reached)
            return Answers(_SWAPPED[found.codes], found.lacks)
        case AllOf(parts=parts):
            return _together(NO, [answers(part, reader, reached) for part in parts])
        case AnyOf(parts=parts):
            return _together(YES, [answers(part, reader, reached) for part in parts])


def _together(deciding: int, found: Sequence[Answers]) -> Answers:
    codes = np.full(len(found[0].codes), YES if deciding == NO else NO, dtype=np.int8)
    for code in (PENDING, UNKNOWN, deciding):  # the stronger one last
        for each in found:
            codes[each.codes == code] = code
    lacks = [(path, mask & (each.codes == UNKNOWN)) for each in found for path, mask in each.lacks]
    return Answers(codes, lacks)


def _rates(test: RateTest, reader: ColumnReader, reached: Mask) -> Answers:
    left, right = reader.rate(test.left, reached), reader.rate(test.right, reached)
    holds = COMPARED[test.op](subtracted(left.exact, right.exact).num, 0)
    codes = np.array(np.broadcast_to(holds, reader.count), dtype=np.int8)
    for waits in (left.waits, right.waits):
        if waits is not None:
            codes[waits] = PENDING
    lacks = [*left.lacks, *right.lacks]
    for _, mask in lacks:
        codes[mask] = UNKNOWN
    return Answers(codes, lacks)


# --- one fact ------------------------------------------------------------------------------------------------------


def _one_fact(test: FactTest, reader: ColumnReader, reached: Mask) -> Answers:
    present = reader.present(test.fact)
    if test.op == "exists":
        return Answers(present.astype(np.int8))
    column = reader.column(test.fact)
    lacks = [(test.fact, ~present)]
    if column is None:
        return Answers(np.full(reader.count, UNKNOWN, dtype=np.int8), lacks)
    compared: Any = None if isinstance(column, Words) else _compared(test, column)
    if compared is None:
        compared = _one_by_one(test, column, reader, reached)
    return Answers(np.where(present, compared, np.int8(UNKNOWN)), lacks)


def _one_by_one(test: FactTest, column: Column, reader: ColumnReader, reached: Mask) -> Codes:
    """Each different fact judged by the single path; a fault of one is a fault in all its rows."""
    facts, which = coded(column)
    known = column.read.answers.get(test) if isinstance(column, Words) else None
    if known is None:
        judged = [_judged(test, {test.fact: fact}) for fact in facts]
        known = (
            np.array([code for code, _ in judged] + [UNKNOWN], dtype=np.int8),
            np.array([wrong for _, wrong in judged] + [False], dtype=bool),
        )
        if isinstance(column, Words):
            column.read.answers[test] = known
    codes, wrong = known
    if wrong.any():
        reader.faulty |= reached & wrong[which]
    found: Codes = codes[which]
    return found


def _judged(test: FactTest, facts: dict[str, Fact]) -> tuple[int, bool]:
    reader = Reader(Case(facts=facts), Series())
    return _CODES[judge(Condition(test), reader).answer], bool(reader.problems)


def _compared(test: FactTest, column: Numbers | Days) -> NDArray[np.bool_] | None:
    """Decimals or days against the value of a test; None if the value is of another kind."""
    ends: Any = test.value if test.op == "between" else (test.value,)
    ops = ("gte", "lte") if test.op == "between" else (test.op,)
    if any(op not in COMPARED for op in ops) or not isinstance(ends, tuple):
        return None
    holds = np.ones(len(column), dtype=bool)
    for op, end in zip(ops, ends, strict=True):
        if end is None:
            continue
        edge = _edge(end, column)
        if edge is None:
            return None
        holds &= _against(op, edge, column)
    return holds


def _edge(end: object, column: Numbers | Days) -> Any:
    if not isinstance(end, str):
        return None
    return number_of(end) if isinstance(column, Numbers) else day_of(end)


def _against(op: str, edge: Any, column: Numbers | Days) -> NDArray[np.bool_]:
    if isinstance(column, Days):
        found: NDArray[np.bool_] = _COMPARED[op](column.when, np.datetime64(edge, "D"))
        return found
    exact: Fraction = edge * 10**column.places
    if op == "eq":
        whole = exact.numerator if exact.denominator == 1 else None
        return np.zeros(len(column), dtype=bool) if whole is None else column.units == whole
    near = ceil(exact) if op in ("lt", "gte") else floor(exact)
    holds: NDArray[np.bool_] = _COMPARED[op](column.units, near)
    return holds


# --- two facts -----------------------------------------------------------------------------------------------------


def _two_facts(test: FactTest, reader: ColumnReader, reached: Mask) -> Answers:
    other = str(test.value)
    there, beside = reader.present(test.fact), reader.present(other)
    lacks = [(test.fact, ~there), (other, ~beside)]
    left, right = reader.column(test.fact), reader.column(other)
    both = there & beside
    if left is not None and right is not None:
        holds = _compared_columns(test.op.removesuffix("_fact"), left, right, both)
        if holds is not None:
            return Answers(np.where(both, holds, np.int8(UNKNOWN)), lacks)
    return _pairs(test, other, reader, reached, lacks)


def _compared_columns(op: str, left: Column, right: Column, both: Mask) -> NDArray[np.bool_] | None:
    """Numbers with numbers or days with days; None where other kinds are among them."""
    one, other = left.numbers, right.numbers
    if not (one[1] | other[1]).any():
        found: NDArray[np.bool_] = _COMPARED[op](subtracted(one[0], other[0]).num, 0)
        return found
    days, wrong = left.days
    beside, also_wrong = right.days
    if not (wrong | also_wrong).any():
        holds: NDArray[np.bool_] = _COMPARED[op](days, beside)
        return holds
    return None


def _pairs(test: FactTest, other: str, reader: ColumnReader, reached: Mask, lacks: Lacks) -> Answers:
    """Each different pair judged by the single path."""
    columns = [(path, reader.column(path)) for path in (test.fact, other)]
    sides = [
        ([], np.full(reader.count, -1, dtype=np.intp)) if column is None else coded(column)
        for _, column in columns
    ]
    (facts, which), (others, beside) = sides
    keys, rows = np.unique((which + 1) * (len(others) + 1) + beside + 1, return_inverse=True)
    codes, wrong = [], []
    for key in keys.tolist():
        place, place_of_other = divmod(key, len(others) + 1)
        stated = {test.fact: facts[place - 1]} if place else {}
        stated |= {other: others[place_of_other - 1]} if place_of_other else {}
        code, fault = _judged(test, stated)
        codes.append(code)
        wrong.append(fault)
    reader.faulty |= reached & np.array(wrong, dtype=bool)[rows]
    return Answers(np.array(codes, dtype=np.int8)[rows], lacks)
