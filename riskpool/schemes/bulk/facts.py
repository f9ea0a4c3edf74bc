"""The facts of many claims: one text for all rows, or a column with a value a row, exact and possibly absent.

A column of decimals holds whole units (`DecimalFacts(fen, places=2)` are yuan); a column of texts holds each different
text once (`TextFacts`). Both answer a condition for all rows at once, exactly as `kernel.conditions.judge` would.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernel.conditions import COMPARISONS, Answer, Condition, judge
from kernel.errors import Refused
from kernel.expressions import DECIMAL_PATTERN, exact_decimal
from kernel.vectors import LARGEST, Exact

NO, YES, ABSENT, REFUSED = range(4)  # how a condition is answered in a row
DECIMAL, WORDS, NOTHING = range(3)  # what a row holds where a figure is wanted
_DECIMAL = re.compile(
    DECIMAL_PATTERN, re.ASCII
)  # as exact_decimal, but five times faster for a million texts
Codes = NDArray[np.int8]
Rows = NDArray[np.intp] | slice


@dataclass(frozen=True)
class DecimalFacts:
    """One decimal a row: `units` (int64[n]) of 10^-places; absent where `present` (bool[n]) is given and False.

    >>> DecimalFacts(np.array([1250, -5]), places=2).text(0), DecimalFacts(np.array([1250, -5]), places=2).text(1)
    ('12.50', '-0.05')
    """

    units: NDArray[np.int64]
    places: int
    present: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if self.units.dtype != np.int64 or self.units.ndim != 1:
            raise TypeError("units are an int64 array of one dimension")
        if self.present is not None and (self.present.dtype != bool or len(self.present) != len(self.units)):
            raise TypeError("present is a bool for each row")
        if not 0 <= self.places <= 30:
            raise ValueError("a decimal has no more than 30 places")

    def __len__(self) -> int:
        return len(self.units)

    def text(self, row: int) -> str | None:
        """What a person would have written in this row."""
        if self.present is not None and not self.present[row]:
            return None
        units = int(self.units[row])
        whole = str(abs(units)).rjust(self.places + 1, "0")
        cut = len(whole) - self.places
        return ("-" if units < 0 else "") + whole[:cut] + ("." + whole[cut:] if self.places else "")

    def figures(self, rows: Rows) -> Exact:
        """The exact values in these rows."""
        return Exact(self.units[rows], 10**self.places)

    def answers(self, condition: Condition) -> Codes:
        """The answer to a condition in every row."""
        codes = _compared(self.units, 10**self.places, condition)
        return codes if self.present is None else np.where(self.present, codes, np.int8(ABSENT))

    def states(self) -> Codes | int:
        """Whether there is a figure in every row; one number if all are alike."""
        if self.present is None:
            return DECIMAL
        return np.where(self.present, np.int8(DECIMAL), np.int8(NOTHING))


@dataclass(frozen=True)
class TextFacts:
    """One text a row: `texts[which[row]]`; absent where `which` is -1.

    >>> column = TextFacts.of(["true", None, "false", "true"])
    >>> column.texts, column.which.tolist()
    (('true', 'false'), [0, -1, 1, 0])
    """

    texts: tuple[str, ...]
    which: NDArray[np.intp]

    @classmethod
    def of(cls, texts: Iterable[str | None]) -> "TextFacts":
        """A column from a text, or None, for each row."""
        seen: dict[str | None, int] = {None: -1}
        which = np.fromiter((seen.setdefault(text, len(seen) - 1) for text in texts), dtype=np.intp)
        del seen[None]
        return cls(tuple(text for text in seen if text is not None), which)

    def __post_init__(self) -> None:
        for text in self.texts:
            if not isinstance(text, str):
                raise TypeError(f"a fact must be a string, not {type(text).__name__}")
        if self.which.dtype != np.intp or self.which.ndim != 1:
            raise TypeError("which are an intp array of one dimension")
        if len(self.which) and not -1 <= self.which.min() <= self.which.max() < len(self.texts):
            raise IndexError("a row points at no text")

    def __len__(self) -> int:
        return len(self.which)

    def text(self, row: int) -> str | None:
        """What stands in this row."""
        place = int(self.which[row])
        return None if place < 0 else self.texts[place]

    def figures(self, rows: Rows) -> Exact:
        """The exact values in these rows; zero where there is none."""
        units, denominator, _ = self._decimals
        return Exact(units[self.which[rows]], denominator)

    def answers(self, condition: Condition) -> Codes:
        """The answer to a condition in every row."""
        units, denominator, is_decimal = self._decimals
        codes = _compared(units, denominator, condition)
        for place in np.flatnonzero(~is_decimal[:-1]):
            codes[place] = _judged(condition, self.texts[place])
        codes[-1] = ABSENT
        return codes[self.which]

    def states(self) -> Codes | int:
        """Whether there is a figure in every row; one number if all are alike."""
        _, _, is_decimal = self._decimals
        states = np.where(is_decimal, np.int8(DECIMAL), np.int8(WORDS))
        states[-1] = NOTHING
        return states[self.which]

    @cached_property
    def _decimals(self) -> tuple[NDArray[Any], int, NDArray[np.bool_]]:
        """Each text's value over one denominator, and whether it is a decimal; the last place stands for absent."""
        is_decimal = [_DECIMAL.fullmatch(text) is not None for text in self.texts]
        places = [
            len(text.partition(".")[2]) for text, fits in zip(self.texts, is_decimal, strict=True) if fits
        ]
        most = max(places, default=0)
        tens = [10**more for more in range(most + 1)]
        scales = iter(places)
        units = [
            int(text.replace(".", "")) * tens[most - next(scales)] if fits else 0
            for text, fits in zip(self.texts, is_decimal, strict=True)
        ]
        units.append(0)
        fits_64_bits = max(max(units), -min(units)) <= LARGEST
        return (
            np.array(units, dtype=np.int64 if fits_64_bits else object),
            tens[most],
            np.array([*is_decimal, False]),
        )


Column = DecimalFacts | TextFacts
Facts = Mapping[str, "str | Column"]


def condition_codes(facts: Facts, condition: Condition) -> Codes | int:
    """The answer to a condition in every row, or one number for all."""
    fact = facts.get(condition.metric)
    if isinstance(fact, DecimalFacts | TextFacts):
        return fact.answers(condition)
    return ABSENT if fact is None else _judged(condition, fact)


def figure_codes(facts: Facts, name: str) -> Codes | int:
    """Whether there is a figure in every row, or one number for all."""
    fact = facts.get(name)
    if isinstance(fact, DecimalFacts | TextFacts):
        return fact.states()
    if fact is None:
        return NOTHING
    return WORDS if exact_decimal(fact) is None else DECIMAL


def facts_of_row(facts: Facts, row: int) -> dict[str, str]:
    """The facts of one row as `apportion` takes them; absent ones are left out."""
    texts = {name: fact if isinstance(fact, str) else fact.text(row) for name, fact in facts.items()}
    return {name: text for name, text in texts.items() if text is not None}


def _judged(condition: Condition, text: str) -> int:
    try:
        return YES if judge(condition, {condition.metric: text}).answer is Answer.YES else NO
    except Refused:
        return REFUSED


def _compared(units: NDArray[Any], denominator: int, condition: Condition) -> Codes:
    """Decimals against the value of a condition: whole units against the whole number next to the value."""
    value = exact_decimal(condition.value)
    if value is None:
        answer = {"==": NO, "!=": YES}.get(condition.op, REFUSED)
        return np.full(len(units), answer, dtype=np.int8)
    edge = value * denominator
    if edge.denominator != 1 and condition.op in ("==", "!="):
        return np.full(len(units), YES if condition.op == "!=" else NO, dtype=np.int8)
    whole = ceil(edge) if condition.op in ("<", ">=") else floor(edge)
    holds = COMPARISONS[condition.op](units, whole)  # type: ignore[arg-type]
    return np.asarray(holds).astype(np.int8)
