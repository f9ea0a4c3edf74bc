"""Conditions judged in four values: yes, no, unknown (a fact is missing), pending (a rate is not published yet) (7.3).

A comparison is of exact numbers, of days, or of words; yes and no only equal each other. A fact of another kind than the
condition can compare is a fault of the input, collected by the reader and refused with all others.
"""

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from finance.subsidies.facts import day_of, number_of
from finance.subsidies.rates import Reader, Waiting
from finance.subsidies.terms import AllOf, AnyOf, Condition, FactTest, Not, RateTest, Value
from kernel.conditions import Answer

COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


@dataclass(frozen=True)
class Judged:
    """An answer, with the facts that are missing and the rates that are waited for where it is neither yes nor no."""

    answer: Answer
    missing: tuple[str, ...] = ()
    waits: tuple[Waiting, ...] = ()


YES, NO = Judged(Answer.YES), Judged(Answer.NO)


def judge(condition: Condition, reader: Reader) -> Judged:
    """Whether the condition holds for the case."""
    match condition.test:
        case FactTest() as test:
            return _fact(test, reader)
        case RateTest(left=left, op=op, right=right):
            values = reader.rate(left), reader.rate(right)
            missing = tuple(dict.fromkeys(path for value in values for path in value.missing))
            waits = tuple(dict.fromkeys(wait for value in values for wait in value.waits))
            if missing or waits:
                return Judged(Answer.UNKNOWN if missing else Answer.PENDING, missing, waits)
            return _yes_or_no(COMPARED[op](values[0].exact, values[1].exact))
        case Not(part=part):
            found = judge(part, reader)
            return {Answer.YES: NO, Answer.NO: YES}.get(found.answer, found)
        case AllOf(parts=parts):
            return _together(Answer.NO, [judge(part, reader) for part in parts])
        case AnyOf(parts=parts):
            return _together(Answer.YES, [judge(part, reader) for part in parts])


def _together(deciding: Answer, found: Iterable[Judged]) -> Judged:
    """`all` is decided by one no, `any` by one yes; else unknown, else pending, else the other."""
    judged = list(found)
    if any(each.answer is deciding for each in judged):
        return NO if deciding is Answer.NO else YES
    for answer in (Answer.UNKNOWN, Answer.PENDING):
        open_ones = [each for each in judged if each.answer is answer]
        if open_ones:
            missing = tuple(dict.fromkeys(path for each in open_ones for path in each.missing))
            return Judged(answer, missing, tuple(dict.fromkeys(w for each in open_ones for w in each.waits)))
    return YES if deciding is Answer.NO else NO


def _yes_or_no(holds: bool) -> Judged:
    return YES if holds else NO


def _fact(test: FactTest, reader: Reader) -> Judged:
    fact = reader.fact(test.fact)
    if test.op == "exists":
        return _yes_or_no(fact is not None)
    other: Value = test.value
    missing = () if fact is not None else (test.fact,)
    if test.op.endswith("_fact"):
        path = str(test.value)
        other = reader.fact(path)
        if isinstance(other, tuple):
            reader.fault(path, other, "写一个值，不是列表")
            return NO
        if other is None:
            missing = tuple(dict.fromkeys((*missing, path)))
    return Judged(Answer.UNKNOWN, missing) if missing else _yes_or_no(_holds(test, fact, other, reader))


def _holds(test: FactTest, fact: Any, other: Value, reader: Reader) -> bool:
    if test.op == "subset":
        assert isinstance(other, tuple)
        items = fact if isinstance(fact, tuple) else (fact,)
        return all(any(same(item, one) for one in other) for item in items)
    if isinstance(fact, tuple):
        reader.fault(test.fact, fact, "写一个值，不是列表")
        return False
    match test.op:
        case "within":
            return within(str(fact), str(other)) and not any(
                within(str(fact), code) for code in test.except_within
            )
        case "in":
            assert isinstance(other, tuple)
            return any(same(fact, one) for one in other)
        case "between":
            assert isinstance(other, tuple)
            return all(
                end is None or compare(op, fact, end, test, reader)
                for op, end in zip(("gte", "lte"), other, strict=True)
            )
    return compare(test.op.removesuffix("_fact"), fact, other, test, reader)


def within(region: str, code: str) -> bool:
    """Whether a region code lies within another: the pairs `00` at its end taken off, two digits stay.

    >>> within("370883", "370800"), within("370883", "370000"), within("350203", "350200"), within("340000", "000000")
    (True, True, True, False)
    """
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return region.startswith(code)


def same(left: Any, right: Any) -> bool:
    """Equal as yes or no, as exact numbers, or as words; a yes is not the word `true`."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if left == right:
        return True
    number = number_of(left) if isinstance(left, str) else None
    return number is not None and isinstance(right, str) and number == number_of(right)


def compare(op: str, fact: Any, other: Any, test: FactTest, reader: Reader) -> bool:
    """One comparison; what cannot be compared is a fault of the input."""
    if isinstance(other, bool) != isinstance(fact, bool):
        wanted = "写 true 或 false，不加引号" if isinstance(other, bool) else "写成文字、数字或日期"
        reader.fault(test.fact, fact, wanted)
        return False
    if op == "eq":
        return same(fact, other)
    left, right = comparable(fact), comparable(other)
    if type(left) is not type(right):
        wanted = (
            "写成小数"
            if isinstance(right, Fraction)
            else "写成日期 YYYY-MM-DD"
            if isinstance(right, date)
            else ""
        )
        reader.fault(test.fact, fact, wanted or f"写成能与“{other}”比较的值")
        return False
    return COMPARED[op](left, right)


def comparable(value: Any) -> Fraction | date | str:
    """A value as a number, a day, or a word."""
    text = str(value)
    number = number_of(text)
    if number is not None:
        return number
    return day_of(text) or text
