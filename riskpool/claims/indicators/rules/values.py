"""A value of an indicator with its whole working: parts that are the sums of their rows, and the formula with numbers in.

Amounts in fen, counts and days as whole numbers, rates as fractions in the unit of the indicator (per cent: 0 to 100).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from kernel.money.yuan import yuan_text

if TYPE_CHECKING:
    from riskpool.claims.indicators.terms import Definition

FEN, COUNT, DAYS, PERCENT = "fen", "count", "days", "percent"
HUNDREDTHS = 100  # a share is told in per cent


@dataclass(frozen=True)
class Part:
    """One figure of a formula; `rows` are the facts behind it, each with what it brings, and sum to it exactly.

    A part that is itself a rate or an agreed multiple (`told`) has its one row, the place where it is told.
    """

    label: str
    amount: Fraction
    kind: str
    rows: tuple[tuple[Any, int | Fraction], ...] = ()  # whole fen stay whole numbers: there may be many
    told: str = ""

    def __post_init__(self) -> None:
        assert self.told or self.amount == sum(amount for _, amount in self.rows), self.label

    @property
    def text(self) -> str:
        """The figure as a reader sees it in the formula."""
        return self.told or number_text(self.amount, self.kind)


def part(label: str, rows: Iterable[tuple[Any, int | Fraction]], kind: str = FEN) -> Part:
    """A part from its rows; rows that bring nothing are left out.

    >>> part("支付", [("a", 500), ("b", 0), ("c", -200)]).text
    '3.00'
    """
    kept = tuple((row, amount) for row, amount in rows if amount)
    return Part(label, Fraction(sum(amount for _, amount in kept)), kind, kept)


def counted(label: str, rows: Iterable[Any], kind: str = COUNT) -> Part:
    """A part that counts its rows."""
    return part(label, ((row, 1) for row in rows), kind)


@dataclass(frozen=True)
class Value:
    """One line of an indicator. `amount` is None when it is not applicable or a fact is missing: then a sentence says so.

    `above` and `below` are the signed parts over and under the stroke. `at` is the amount's ratio to the line.
    """

    id: str
    unit: str
    subject: str = ""
    bank: str = ""
    amount: Fraction | None = None
    above: tuple[tuple[int, Part], ...] = ()
    below: tuple[tuple[int, Part], ...] = ()
    missing: tuple[str, ...] = ()
    not_applicable: str = ""
    notes: tuple[str, ...] = ()
    tone: str = ""
    line: Fraction | None = None
    line_article: str = ""

    @property
    def text(self) -> str:
        """The value with its unit; 缺数据：哪一项 or 不适用：为何 in place of a figure that there is not."""
        if self.missing:
            return "缺数据：" + "、".join(self.missing)
        if self.amount is None:
            return f"不适用：{self.not_applicable}"
        return unit_text(self.amount, self.unit)

    @property
    def unfolded(self) -> str:
        """The formula with numbers put in; empty where there is no figure."""
        if self.amount is None or not self.above:
            return ""
        above = _sum_text(self.above, bracket=bool(self.below))
        if not self.below:
            (_, first), *others = self.above
            alone = "" if first.told else f"{len(first.rows)} 行之和 = {self.text}"
            return f"{above} = {self.text}" if others else alone
        return f"{above} ÷ {_sum_text(self.below, bracket=True)} = {self.text}"

    @property
    def distance(self) -> Fraction | None:
        """(line − value) / line; below zero once it is passed."""
        if self.amount is None or not self.line:
            return None
        return (self.line - self.amount) / self.line

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(one for _, one in (*self.above, *self.below))


Signed = tuple[int, Part]


def plus(*parts: Part) -> tuple[Signed, ...]:
    """Parts that are added."""
    return tuple((1, one) for one in parts)


def minus(*parts: Part) -> tuple[Signed, ...]:
    """Parts that are taken off."""
    return tuple((-1, one) for one in parts)


def total(terms: Iterable[Signed]) -> Fraction:
    """What signed parts come to."""
    return sum((sign * one.amount for sign, one in terms), Fraction(0))


def summed(definition: Definition, terms: tuple[Signed, ...], **more: Any) -> Value:
    """A value that is a sum of signed parts."""
    return Value(definition.id, definition.unit, amount=total(terms), above=terms, **more)


def ratio(
    definition: Definition, above: tuple[Signed, ...], below: tuple[Signed, ...], empty: str, **more: Any
) -> Value:
    """A value that is a quotient; `empty` says why there is none when what is below the stroke is not above zero.

    In per cent and points the quotient is told in hundredths.
    """
    under = total(below)
    if under <= 0:
        return Value(definition.id, definition.unit, above=above, below=below, not_applicable=empty, **more)
    scale = HUNDREDTHS if definition.unit in ("percent", "points") else 1
    return Value(
        definition.id, definition.unit, amount=total(above) / under * scale, above=above, below=below, **more
    )


def missing(definition: Definition, *needs: str, **more: Any) -> Value:
    """A value that cannot be told because facts are not in the house."""
    assert needs, "what is missing has a name"
    return Value(definition.id, definition.unit, missing=needs, **more)


def held_against(
    value: Value, line: Fraction | None, warn_at: Fraction, met: Callable[[Fraction], bool], article: str = ""
) -> Value:
    """The same value with its line and its tone: `bad` when the line is met, `near` from `warn_at` of it on, else `good`.

    >>> from riskpool.claims.indicators.rules.values import Value
    >>> held = [held_against(Value("x", "percent", amount=Fraction(n)), Fraction(5), Fraction(4, 5), lambda v: v >= 5)
    ...         for n in (3, 4, 5)]
    >>> [one.tone for one in held]
    ['good', 'near', 'bad']
    """
    if value.amount is None or line is None:
        return replace(value, line=line, line_article=article)
    tone = "bad" if met(value.amount) else "near" if value.amount >= warn_at * line else "good"
    return replace(value, line=line, tone=tone, line_article=article)


def against_its_line(definition: Definition, value: Value, warn_at: Fraction) -> Value:
    """The same for the line that the definition itself brings."""
    if definition.line is None:
        return value
    line = definition.line
    return held_against(value, line.value, warn_at, line.met_by, f"{line.article}")


def number_text(amount: int | Fraction, kind: str) -> str:
    """A figure in a formula: fen as grouped yuan, counts whole, rates with two decimals, half up.

    >>> number_text(Fraction(1200000000), FEN), number_text(Fraction(5, 2), DAYS), number_text(Fraction(10, 3), PERCENT)
    ('12,000,000.00', '2.5', '3.33 %')
    """
    amount = Fraction(amount)
    if kind == FEN and amount.denominator == 1:
        return yuan_text(amount.numerator, grouped=True)
    if kind in (COUNT, DAYS):
        return _plain(amount)
    if kind == PERCENT:
        return f"{fixed(amount)} %"
    return fixed(amount / 100)


def unit_text(amount: Fraction, unit: str) -> str:
    """A value with the unit of its indicator.

    >>> unit_text(Fraction(200, 3), "percent"), unit_text(Fraction(5), "days"), unit_text(Fraction(-380, 100), "points")
    ('66.67 %', '5 个工作日', '-3.80 个百分点')
    """
    if unit == "yuan":
        return f"{number_text(amount, FEN)} 元"
    if unit == "percent":
        return f"{fixed(amount)} %"
    if unit == "points":
        return f"{fixed(amount)} 个百分点"
    if unit == "times":
        return f"{fixed(amount)} 倍"
    return f"{_plain(amount)} 个工作日" if unit == "days" else _plain(amount)


def fixed(amount: Fraction, places: int = 2) -> str:
    """A decimal with so many places, half away from zero, grouped by thousands.

    >>> fixed(Fraction(1, 200)), fixed(Fraction(-1, 200)), fixed(Fraction(1, 3)), fixed(Fraction(12345678, 10))
    ('0.01', '-0.01', '0.33', '1,234,567.80')
    """
    units = (2 * abs(amount.numerator) * 10**places + amount.denominator) // (2 * amount.denominator)
    whole, rest = divmod(units, 10**places)
    return f"{'-' if amount < 0 and units else ''}{whole:,}.{rest:0{places}d}"


def _plain(amount: Fraction) -> str:
    if amount.denominator == 1:
        return f"{amount.numerator:,}"
    return fixed(amount).rstrip("0").rstrip(".")


def _sum_text(terms: tuple[Signed, ...], *, bracket: bool) -> str:
    pieces = []
    for number, (sign, one) in enumerate(terms):
        shown = f"({one.text})" if one.text.startswith("-") and (number or sign < 0) else one.text
        pieces.append(f"{'−' if sign < 0 else '+' if number else ''}{' ' if number else ''}{shown}")
    text = " ".join(pieces)
    return f"({text})" if bracket and (len(terms) > 1 or "×" in text) else text
