"""The working of an apportionment: every step as values, from which a person can redo it by hand.

A step holds exact figures as text, the ledger before and after in fen, and for each rounding who got the left-over fen
and by which rule. It goes into JSON and comes back unchanged; `working_lines` puts it into Chinese.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any, Literal

from kernel.expressions import exact_text
from kernel.money import split, yuan_text
from riskpool.schemes.words import fact_in_chinese, in_chinese

_AMOUNT = re.compile(r"(?<![\w.,/-])(\d{4,}(?=(?:\.\d+)? 元)|\d{5,}(?:(?=\.\d)|(?![\w./-])))", re.ASCII)

Method = Literal["largest_remainder", "floor"]
Weights = Mapping[str, Fraction]
Ledger = Mapping[str, int]


@dataclass(frozen=True)
class RoundedPart:
    """One part of a split: the exact amount and remainder in fen as fractions, and what it became."""

    party: str
    exact: str
    remainder: str
    fen: int
    left_over: int


@dataclass(frozen=True)
class Rounding:
    """How an amount of whole fen was divided: the rule and each part."""

    amount: int
    rule: str
    parts: tuple[RoundedPart, ...]


@dataclass(frozen=True)
class WorkingStep:
    """One step: what it is, where the rule stands, the figures used, and the ledger before and after (fen)."""

    ordinal: int
    kind: str
    title: str
    place: str = ""
    basis: str = ""
    figures: tuple[tuple[str, str], ...] = ()
    before: tuple[tuple[str, int], ...] = ()
    after: tuple[tuple[str, int], ...] = ()
    rounding: Rounding | None = None
    remarks: tuple[str, ...] = ()


def explained_split(
    amount: int, weights: Weights, keeper: str | None, method: Method, last: str | None = None
) -> tuple[dict[str, int], Rounding]:
    """The split of `kernel.money`, with the exact parts and left-over fen beside it.

    Weights are shares of one with a keeper who takes the rest, or, without a keeper, proportions. `last` only says who is
    listed last in a tie (the keeper is, where there is one).

    >>> parts, rounding = explained_split(101, {"fund": Fraction(1, 2)}, "bank", "largest_remainder")
    >>> parts, [(part.party, part.exact, part.left_over) for part in rounding.parts]
    ({'fund': 51, 'bank': 50}, [('fund', '101/2', 1), ('bank', '101/2', 0)])
    """
    parts = split(amount, weights, keeper, method)
    given = sum(weights.values(), Fraction(0))
    whole = Fraction(1) if keeper is not None else given
    exact = {name: amount * weight / whole for name, weight in weights.items()} if whole else {}
    if keeper is not None:
        exact[keeper] = amount * (1 - given)
    return parts, rounding_of(amount, exact, parts, keeper or last, method)


def rounding_of(
    amount: int, exact: Mapping[str, Fraction], parts: Ledger, keeper: str | None, method: Method
) -> Rounding:
    """The explanation of a split that was already made."""
    last = f"，{keeper}最后" if keeper else ""
    rule = (
        f"各方先舍去不足1分的部分，余下的分按余数从大到小各补1分；余数相同按参与方次序{last}"
        if method == "largest_remainder"
        else f"各方舍去不足1分的部分，余额归{keeper}"
    )
    return Rounding(
        amount,
        rule,
        tuple(
            RoundedPart(name, str(value), str(value - value // 1), parts[name], parts[name] - int(value // 1))
            for name, value in exact.items()
        ),
    )


def numbered(steps: Iterable[WorkingStep]) -> tuple[WorkingStep, ...]:
    """Steps of one calculation after those of another, numbered through."""
    return tuple(replace(step, ordinal=place) for place, step in enumerate(steps, start=1))


def listed(ledger: Ledger) -> tuple[tuple[str, int], ...]:
    """A ledger as pairs, in its own order, for a working."""
    return tuple(ledger.items())


def yuan_of(fen: Fraction | int) -> str:
    """An exact amount of fen in yuan: as a decimal if it ends, otherwise as a fraction.

    >>> yuan_of(Fraction(101, 2)), yuan_of(100), yuan_of(Fraction(100, 3))
    ('0.505', '1.00', '1/3')
    """
    if Fraction(fen).denominator == 1:
        return yuan_text(int(fen))
    return exact_text(Fraction(fen) / 100)


def working_lines(steps: Iterable[WorkingStep], names: Mapping[str, str] | None = None) -> list[str]:
    """The working in Chinese, line by line; `names` puts a name in the place of a party's code."""
    return [_grouped(line) for step in steps for line in _lines_of(step, names or {})]


def _lines_of(step: WorkingStep, names: Mapping[str, str]) -> Iterable[str]:
    mark = f"（依据：{in_chinese(step.basis)}）" if step.basis else ""
    yield f"第{step.ordinal}步 {_named(step.title, names)}{mark}"
    for label, figure in step.figures:
        yield f"  {_named(label, names)}：{_named(figure, {})}"
    if step.rounding:
        amount = yuan_text(step.rounding.amount, grouped=True)
        yield f"  把 {amount} 元分到分：{_named_rule(step.rounding.rule, names)}"
        for part in step.rounding.parts:
            extra = f"，补{part.left_over}分" if part.left_over else ""
            yield (
                f"    {names.get(part.party, part.party)}：精确值 {_exact_yuan(part.exact)}，余数 {part.remainder} 分"
                f"{extra}，得 {yuan_text(part.fen, grouped=True)} 元"
            )
    before = dict(step.before)
    for party, fen in step.after:
        if fen != before.get(party, fen):
            was, now = yuan_text(before[party], grouped=True), yuan_text(fen, grouped=True)
            yield f"  {names.get(party, party)}：由 {was} 元变为 {now} 元"
    for remark in step.remarks:
        yield f"  {_named(remark, names)}"


def _grouped(line: str) -> str:
    """Every amount of a line in thousands, as in the tables beside it: what has its unit, and whole numbers of five places
    or more that are no part of a code, a day or a fraction. The stored figures stay without.

    >>> _grouped("计入合计：3000000.00 元；7499/3000 元"), _grouped("由 1,200.00 元变为 1200.505 元")
    ('计入合计：3,000,000.00 元；7499/3000 元', '由 1,200.00 元变为 1,200.505 元')
    >>> _grouped("BC-20261120-0001：0.01 × 500000000，2026 年，1/30000")
    'BC-20261120-0001：0.01 × 500,000,000，2026 年，1/30000'
    """
    return _AMOUNT.sub(lambda whole: f"{int(whole[1]):,}", line)


def _exact_yuan(fen: str) -> str:
    """An exact amount in yuan; a fraction that never ends has its first places beside it, cut off, not rounded.

    >>> _exact_yuan("101/2"), _exact_yuan("7499/3")
    ('0.505 元', '7499/300 元（即 24.9966… 元）')
    """
    exact = Fraction(fen)
    text = f"{yuan_of(exact)} 元"
    if "/" not in text:
        return text
    whole, places = divmod(int(exact * 100 // 1), 10**4)
    return f"{text}（即 {whole}.{places:04d}… 元）"


def _named(text: str, names: Mapping[str, str]) -> str:
    """Codes of parties and facts by their names: ASCII words of their own inside a Chinese sentence.

    >>> _named("由 bank 转给 fund", {"fund": "市级资金"}), _named("scheme.npl_rate 达到 0.08", {})
    ('由 bank 转给 市级资金', '方案不良率 达到 0.08')
    """
    return re.sub(
        r"(?<![A-Za-z0-9_.-])[A-Za-z0-9_.-]+(?![A-Za-z0-9_.-])",
        lambda code: names.get(code[0]) or fact_in_chinese(code[0]),
        text,
    )


def _named_rule(rule: str, names: Mapping[str, str]) -> str:
    for code, name in names.items():
        for before, after in (("，", "最后"), ("余额归", "")):
            if rule.endswith(f"{before}{code}{after}"):
                return rule.removesuffix(f"{code}{after}") + f"{name}{after}"
    return rule


def working_to_json(steps: Iterable[WorkingStep]) -> list[dict[str, Any]]:
    """Plain values for JSON; `working_from_json` gives the same steps back."""
    return [asdict(step) for step in steps]


def working_from_json(stored: Iterable[Mapping[str, Any]]) -> tuple[WorkingStep, ...]:
    """The steps as they were stored."""
    return tuple(_step_from_json(dict(step)) for step in stored)


def _step_from_json(step: Mapping[str, Any]) -> WorkingStep:
    rounding = step["rounding"]
    return WorkingStep(
        ordinal=step["ordinal"],
        kind=step["kind"],
        title=step["title"],
        place=step["place"],
        basis=step["basis"],
        figures=tuple((label, figure) for label, figure in step["figures"]),
        before=tuple((party, fen) for party, fen in step["before"]),
        after=tuple((party, fen) for party, fen in step["after"]),
        rounding=rounding
        and Rounding(
            rounding["amount"], rounding["rule"], tuple(RoundedPart(**part) for part in rounding["parts"])
        ),
        remarks=tuple(step["remarks"]),
    )
