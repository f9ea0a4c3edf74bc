"""Exact calculations written as data: `{min: [{mul: ['0.02', bank.balance]}, '10000000']}`. Never `eval`, never a float.

An expression is a decimal in quotes, the name of a fact (a *metric*, `scope.name`), or a map of one operation to a list
of expressions. It is evaluated in whole fractions without rounding; who rounds, and which way, is the caller's rule.
This file knows no policy: what the facts mean is the caller's business.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from kernel.errors import Problem, Refused, refuse_if_any

DECIMAL_PATTERN = r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$"
METRIC_PATTERN = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"
FEWEST_PARTS = {"add": 1, "sub": 2, "mul": 1, "div": 2, "min": 1, "max": 1, "floor": 1}
MOST_PARTS = {"floor": 1}
DEEPEST = 40
MOST_LEAVES = 30  # figures and names of one expression: its exact value stays short enough to be written out
_SIGNS = {"add": " + ", "sub": " − ", "mul": " × ", "div": " ÷ "}
_NAMES = {"min": "较小者", "max": "较大者", "floor": "向下取整"}
_WANTED = (
    "写成加引号的小数、指标名（如 pool.balance），或只有一个运算的映射：add、sub、mul、div、min、max、floor"
)


@dataclass(frozen=True)
class Number:
    """A decimal as it was written, with its exact value."""

    text: str
    value: Fraction


@dataclass(frozen=True)
class Metric:
    """A fact that is looked up when the expression is evaluated."""

    name: str


@dataclass(frozen=True)
class Operation:
    """One operation on one or more expressions, in the written order."""

    name: str
    parts: "tuple[Expression, ...]"


Expression = Number | Metric | Operation


@dataclass(frozen=True)
class Value:
    """What an expression comes to: an exact fraction, or None with the names of the facts that are absent."""

    exact: Fraction | None
    missing: tuple[str, ...] = ()


def exact_decimal(text: str) -> Fraction | None:
    """The exact value of a plain decimal; None for anything else (exponent, sign plus, separators, full-width digits).

    >>> exact_decimal("1.00") == exact_decimal("1"), exact_decimal("1e5"), exact_decimal("１"), exact_decimal("NaN")
    (True, None, None, None)
    """
    return Fraction(text) if re.match(DECIMAL_PATTERN, text, re.ASCII) and text[-1] != "\n" else None


def exact_text(value: Fraction) -> str:
    """A fraction as a decimal if it ends, otherwise as it stands.

    >>> exact_text(Fraction(541, 10)), exact_text(Fraction(1, 3)), exact_text(Fraction(-5, 4)), exact_text(Fraction(2))
    ('54.1', '1/3', '-1.25', '2')
    """
    scale = 1
    while (value * scale).denominator != 1:
        scale *= 10
        if scale > 10**30:
            return f"{value.numerator}/{value.denominator}"
    whole = str(abs(int(value * scale))).rjust(len(str(scale)), "0")
    places = len(str(scale)) - 1
    text = f"{whole[: len(whole) - places]}.{whole[len(whole) - places :]}" if places else whole
    return f"-{text}" if value < 0 else text


def is_metric(text: str) -> bool:
    """Whether the text is a well-formed name of a fact: two lower-case words joined by one dot.

    >>> is_metric("bank.paid_this_year"), is_metric("Bank.paid"), is_metric("paid"), is_metric("a.b.c")
    (True, False, False, False)
    """
    return bool(re.match(METRIC_PATTERN, text, re.ASCII)) and text[-1] != "\n"


def parse_expression(written: object, where: str) -> Expression:
    """The expression as frozen values; all faults of the whole tree are refused together, each with its place.

    >>> describe(parse_expression({"sub": [{"mul": ["0.02", "bank.balance"]}, "bank.paid"]}, "limit"))
    '0.02 × bank.balance − bank.paid'
    >>> parse_expression({"sub": ["1"], "mul": ["2"]}, "limit")
    Traceback (most recent call last):
    ...
    kernel.errors.Refused: limit：一个映射里有2个运算：sub、mul。每个映射只写一个运算
    """
    problems: list[Problem] = []
    expression = _parse(written, where, problems, 0)
    leaves = leaves_of(written)
    if leaves > MOST_LEAVES:
        problems.append(too_long(where, leaves))
    refuse_if_any(problems)
    return expression


def _parse(written: object, where: str, problems: list[Problem], depth: int) -> Expression:
    nothing = Number("0", Fraction(0))
    if isinstance(written, str):
        value = exact_decimal(written)
        if value is not None:
            return Number(written, value)
        if is_metric(written):
            return Metric(written)
        problems.append(Problem(where, f"“{written}”既不是小数也不是指标名", _WANTED, "expression"))
        return nothing
    if not isinstance(written, Mapping):
        problems.append(Problem(where, f"{written} 不是表达式（数字要加引号）", _WANTED, "expression"))
        return nothing
    if len(written) != 1:
        names = "、".join(str(name) for name in written)
        found = f"一个映射里有{len(written)}个运算：{names}"
        problems.append(Problem(where, found, "每个映射只写一个运算", "expression"))
        return nothing
    ((name, parts),) = written.items()
    fault = _fault_of_operation(name, parts, depth)
    if fault:
        problems.append(Problem(f"{where}.{name}", *fault, "expression"))
        return nothing
    return Operation(
        name,
        tuple(_parse(part, f"{where}.{name}[{i}]", problems, depth + 1) for i, part in enumerate(parts)),
    )


def leaves_of(written: object) -> int:
    """How many figures and names an expression holds, as written; junk counts as one.

    >>> leaves_of({"sub": [{"mul": ["0.02", "bank.balance"]}, "bank.paid"]})
    3
    """
    waiting, leaves = [written], 0
    while waiting:
        match waiting.pop():
            case Mapping() as operation:
                waiting.extend(operation.values())
            case list() | tuple() as parts:
                waiting.extend(parts)
            case _:
                leaves += 1
    return leaves


def too_long(where: str, leaves: int) -> Problem:
    """The fault of an expression, or of expressions multiplied together, whose exact value nobody could write out."""
    return Problem(where, f"共有{leaves}个数字和指标", f"不超过{MOST_LEAVES}个，请拆开书写", "expression")


def _fault_of_operation(name: object, parts: object, depth: int) -> tuple[str, str] | None:
    if name not in FEWEST_PARTS:
        return f"没有“{name}”这个运算", "可用的运算：" + "、".join(FEWEST_PARTS)
    if not isinstance(parts, list | tuple):
        return "运算后面不是列表", f"写成 {name}: [甲, 乙]"
    fewest, most = FEWEST_PARTS[str(name)], MOST_PARTS.get(str(name))
    if len(parts) < fewest or (most is not None and len(parts) > most):
        return f"有{len(parts)}项", f"{name} 需要{'恰好' if most else '至少'}{fewest}项"
    if depth >= DEEPEST:
        return f"嵌套超过{DEEPEST}层", "请拆开书写"
    return None


def metrics_in(expression: Expression) -> Iterator[str]:
    """The names of the facts the expression asks for, in written order, repetitions included.

    >>> list(metrics_in(parse_expression({"sub": ["a.x", {"min": ["b.y", "1"]}]}, "limit")))
    ['a.x', 'b.y']
    """
    if isinstance(expression, Metric):
        yield expression.name
    elif isinstance(expression, Operation):
        for part in expression.parts:
            yield from metrics_in(part)


def evaluate(
    expression: Expression, facts: Mapping[str, str], where: str = "", absent: Fraction | None = None
) -> Value:
    """The exact value with these facts; absent facts are all named, or counted as `absent` where a rule says so.

    Refused: a fact that is not a plain decimal, and a division by zero.

    >>> limit = parse_expression({"min": [{"mul": ["0.02", "bank.balance"]}, "10000000"]}, "limit")
    >>> evaluate(limit, {"bank.balance": "300000000.50"}).exact
    Fraction(600000001, 100)
    >>> evaluate(limit, {}).missing
    ('bank.balance',)
    """
    if isinstance(expression, Number):
        return Value(expression.value)
    if isinstance(expression, Metric):
        return _looked_up(expression.name, facts, where, absent)
    values = [evaluate(part, facts, where, absent) for part in expression.parts]
    missing = tuple(dict.fromkeys(name for value in values for name in value.missing))
    if missing:
        return Value(None, missing)
    exact = [value.exact for value in values if value.exact is not None]
    return Value(_operated(expression, exact, where))


def _looked_up(name: str, facts: Mapping[str, str], where: str, absent: Fraction | None) -> Value:
    written = facts.get(name)
    if written is None:
        return Value(absent, ()) if absent is not None else Value(None, (name,))
    value = exact_decimal(written)
    if value is None:
        raise Refused(
            Problem(
                where or name,
                f"指标 {name} 的值“{written}”不是小数",
                "请填写普通小数，例如 1250000.00",
                "metric",
            )
        )
    return Value(value)


def _operated(operation: Operation, values: list[Fraction], where: str) -> Fraction:
    first, others = values[0], values[1:]
    match operation.name:
        case "add":
            return sum(values, Fraction(0))
        case "sub":
            return first - sum(others, Fraction(0))
        case "mul":
            for value in others:
                first *= value
            return first
        case "div":
            if 0 in others:
                raise Refused(
                    Problem(where, f"“{describe(operation)}”除以零", "请检查作除数的指标", "division_by_zero")
                )
            for value in others:
                first /= value
            return first
        case "min":
            return min(values)
        case "max":
            return max(values)
        case "floor":
            return Fraction(floor(first))
    raise AssertionError(operation.name)


def describe(expression: Expression, facts: Mapping[str, str] | None = None) -> str:
    """The expression as a person would write it on paper; with facts, the figures stand in place of the names.

    >>> limit = parse_expression({"min": [{"mul": ["0.02", "bank.balance"]}, "10000000"]}, "limit")
    >>> describe(limit), describe(limit, {"bank.balance": "300000000"})
    ('较小者（0.02 × bank.balance，10000000）', '较小者（0.02 × 300000000，10000000）')
    """
    if isinstance(expression, Number):
        return expression.text
    if isinstance(expression, Metric):
        return (facts or {}).get(expression.name, expression.name)
    if expression.name in _NAMES:
        return f"{_NAMES[expression.name]}（{'，'.join(describe(part, facts) for part in expression.parts)}）"
    return _SIGNS[expression.name].join(_bracketed(expression.name, part, facts) for part in expression.parts)


def _bracketed(outer: str, part: Expression, facts: Mapping[str, str] | None) -> str:
    text = describe(part, facts)
    if not isinstance(part, Operation) or part.name in _NAMES:
        return f"（{text}）" if text.startswith("-") else text
    binds_tighter = part.name in ("mul", "div") and outer in ("add", "sub")
    return text if binds_tighter or (outer == part.name and outer in ("add", "mul")) else f"（{text}）"
