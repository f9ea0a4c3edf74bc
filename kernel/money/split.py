"""The one way an amount is divided in this house: exact shares, floored to the fen, missing fen by largest
remainder.

Rounding each share on its own does not add up: 1,000,000.08 at 54:26:16:4 rounds to parts of 1,000,000.07.
Here the parts always sum to the whole, and each is within one fen of its exact value (Hamilton's method;
Huntington 1928).
"""

from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from typing import Literal

Method = Literal["largest_remainder", "floor"]
Weight = Fraction | int


def split(
    amount: int,
    weights: Mapping[str, Weight],
    keeper: str | None = None,
    method: Method = "largest_remainder",
) -> dict[str, int]:
    """Divide `amount` (fen) over the names of `weights`; the parts sum to `amount`.

    Without a keeper, or with a keeper who stands in `weights`, the parts are proportional to the weights.
    With a keeper who does not stand there, the weights are shares of one (sum at most 1) and the keeper
    takes the rest, listed last.

    `largest_remainder`: every exact part is floored, the missing fen go one each to the largest remainders,
    compared as exact fractions, ties in listed order, the keeper last. `floor`: every part is floored and
    the keeper takes all that is missing. The caller has already refused what a person may have written
    wrongly: here a negative amount or weight, shares above one, or a float is a programmer's error.

    >>> shares = {"基金": Fraction(54, 100), "保险": Fraction(26, 100), "评估": Fraction(16, 100)}
    >>> split(100000008, shares, keeper="银行")
    {'基金': 54000005, '保险': 26000002, '评估': 16000001, '银行': 4000000}
    >>> split(100, {"甲": 1, "乙": 1, "丙": 1}, keeper="甲")
    {'甲': 33, '乙': 34, '丙': 33}
    >>> split(100, {"甲": 1, "乙": 1, "丙": 1}, keeper="丙", method="floor")
    {'甲': 33, '乙': 33, '丙': 34}
    """
    _require_whole_fen(amount)
    if method not in ("largest_remainder", "floor"):
        raise ValueError(f"unknown method of rounding: {method!r}")
    if method == "floor" and keeper is None:
        raise ValueError("method floor needs a keeper, who takes the missing fen")
    numerators, denominator = _over_one_denominator(weights)
    if keeper is not None and keeper not in numerators:
        rest = denominator - sum(numerators.values())
        if rest < 0:
            raise ValueError("shares sum to more than one")
        numerators[keeper] = rest
    return _apportion(amount, numerators, keeper, method)


def _apportion(amount: int, numerators: dict[str, int], keeper: str | None, method: Method) -> dict[str, int]:
    total = sum(numerators.values())
    if total == 0:
        if amount:
            raise ValueError("an amount cannot be split over weights that are all zero")
        return dict.fromkeys(numerators, 0)
    parts: dict[str, int] = {}
    remainders: dict[str, int] = {}
    for name, numerator in numerators.items():
        parts[name], remainders[name] = divmod(amount * numerator, total)
    missing = amount - sum(parts.values())
    if method == "floor":
        assert keeper is not None
        parts[keeper] += missing
        return parts
    # sorted() is stable: equal remainders stay in listed order
    for name in sorted(parts, key=lambda name: (-remainders[name], name == keeper))[:missing]:
        parts[name] += 1
    return parts


def _over_one_denominator(weights: Mapping[str, Weight]) -> tuple[dict[str, int], int]:
    """The weights as integers over one denominator: integer arithmetic is exact and ten times faster than
    Fraction."""
    for name, weight in weights.items():
        if isinstance(weight, bool) or not isinstance(weight, int | Fraction):
            raise TypeError(f"the weight of {name} must be an int or a Fraction, not {type(weight).__name__}")
        if weight < 0:
            raise ValueError(f"the weight of {name} is negative")
    denominator = lcm(*(weight.denominator for weight in weights.values()))
    return {
        name: weight.numerator * (denominator // weight.denominator) for name, weight in weights.items()
    }, denominator


def _require_whole_fen(amount: int) -> None:
    if isinstance(amount, bool) or not isinstance(amount, int):
        raise TypeError(f"an amount is a whole number of fen (int), not {type(amount).__name__}")
    if amount < 0:
        raise ValueError("a negative amount is not split")
