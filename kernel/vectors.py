"""Exact fractions for many rows at once: whole numerators over whole denominators, each one number or one a row.

No float, and no rounding but `floored`. An array is int64 as long as the sizes of its operands prove that the result
fits; where they do not, the operation is made on Python's own integers (dtype object), which are exact at any size and
about fifty times slower. So a wide number costs time, never a fen.
"""

from dataclasses import dataclass
from math import gcd, lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

Whole = int | NDArray[Any]  # one integer for all rows, or int64[m] or object[m] of Python integers
Mask = NDArray[np.bool_]
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Exact:
    """`num / den` in every row; `den` is above zero."""

    num: Whole
    den: Whole = 1

    def of(self, rows: NDArray[np.intp]) -> "Exact":
        """The same fractions in these rows only."""
        return Exact(taken(self.num, rows), taken(self.den, rows))


def taken(whole: Whole, rows: NDArray[np.intp]) -> Whole:
    """These rows of an array; one number for all stays one number."""
    return whole if isinstance(whole, int) else whole[rows]


def size(whole: Whole) -> int:
    """The largest absolute value; zero for no rows.

    >>> size(-7), size(np.array([3, -9])), size(np.array([2**70, 1], dtype=object)) == 2**70
    (7, 9, True)
    """
    if isinstance(whole, int):
        return abs(whole)
    return max(int(whole.max()), -int(whole.min())) if len(whole) else 0


def times(left: Whole, right: Whole) -> Whole:
    """The product.

    >>> times(np.array([3, 4]), 5).tolist(), times(np.array([2**62]), 8).tolist() == [2**65]
    ([15, 20], True)
    """
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    for one, other in ((left, right), (right, left)):
        if isinstance(one, int) and one == 1:
            return other
    return left * right if _fits(left, right, size(left) * size(right)) else widened(left) * widened(right)


def plus(left: Whole, right: Whole) -> Whole:
    """The sum."""
    fits = _fits(left, right, size(left) + size(right))
    return left + right if fits else widened(left) + widened(right)


def minus(left: Whole, right: Whole) -> Whole:
    """The difference."""
    fits = _fits(left, right, size(left) + size(right))
    return left - right if fits else widened(left) - widened(right)


def quotient(left: Whole, right: Whole) -> Whole:
    """Divided by something above zero, towards minus infinity; int64 again wherever all results fit.

    >>> quotient(np.array([-7, 7]), 2).tolist(), quotient(np.array([2**80], dtype=object), 2**78).dtype.name
    ([-4, 3], 'int64')
    """
    if _fits(left, right, 0):
        return left // right
    wide = widened(left) // widened(right)
    return narrowed(wide) if size(wide) <= LARGEST else wide


def widened(whole: Whole) -> Whole:
    """Python's own integers, which do not overflow."""
    return whole if isinstance(whole, int) else whole.astype(object)


def narrowed(whole: Whole) -> Whole:
    """int64, for what is known to fit; OverflowError if it does not."""
    return whole if isinstance(whole, int) else whole.astype(np.int64, copy=False)


def lesser(left: Whole, right: Whole) -> Whole:
    """The smaller of two in every row."""
    if isinstance(left, int) and isinstance(right, int):
        return min(left, right)
    fits = _fits(left, right, 0)
    smaller: NDArray[Any] = np.minimum(left, right) if fits else np.minimum(widened(left), widened(right))
    return smaller


def greater(left: Whole, right: Whole) -> Whole:
    """The larger of two in every row."""
    if isinstance(left, int) and isinstance(right, int):
        return max(left, right)
    fits = _fits(left, right, 0)
    larger: NDArray[Any] = np.maximum(left, right) if fits else np.maximum(widened(left), widened(right))
    return larger


def chosen(rows: Mask, here: Whole, elsewhere: Whole) -> Whole:
    """One number in these rows, another in all others.

    >>> chosen(np.array([True, False]), 2**63, np.array([1, 2])).tolist() == [2**63, 2]
    True
    """
    if max(size(here), size(elsewhere)) <= LARGEST:
        return np.where(rows, narrowed(here), narrowed(elsewhere))
    return np.where(
        rows, np.asarray(widened(here), dtype=object), np.asarray(widened(elsewhere), dtype=object)
    )


def _fits(left: Whole, right: Whole, largest: int) -> bool:
    """Whether numpy may work in int64: nothing wide among the operands, nothing too large among the results."""
    plain = [whole for whole in (left, right) if isinstance(whole, int)]
    if len(plain) == 2:
        return True
    narrow = all(isinstance(whole, int) or whole.dtype == np.int64 for whole in (left, right))
    return narrow and largest <= LARGEST and all(abs(whole) <= LARGEST for whole in plain)


def added(left: Exact, right: Exact) -> Exact:
    """left + right"""
    over, one, other = _over_one_denominator(left, right)
    return Exact(plus(one, other), over)


def subtracted(left: Exact, right: Exact) -> Exact:
    """left - right"""
    over, one, other = _over_one_denominator(left, right)
    return Exact(minus(one, other), over)


def multiplied(left: Exact, right: Exact) -> Exact:
    """left x right; common factors of plain numbers are cancelled, so that fen stay whole.

    >>> multiplied(Exact(np.array([12345]), 100), Exact(100)).den
    1
    """
    (a, d), (c, b) = _cancelled(left.num, right.den), _cancelled(right.num, left.den)
    return Exact(times(a, c), times(b, d))


def _cancelled(top: Whole, bottom: Whole) -> tuple[Whole, Whole]:
    if isinstance(top, int) and isinstance(bottom, int):
        common = gcd(top, bottom)
        return top // common, bottom // common
    return top, bottom


def divided(left: Exact, right: Exact) -> tuple[Exact, Mask | bool]:
    """left / right, and where right is zero; what stands in such rows means nothing.

    >>> half, nothing = divided(Exact(np.array([1, 1])), Exact(np.array([-2, 0])))
    >>> half.num.tolist()[0], half.den.tolist()[0], nothing.tolist()
    (-1, 2, [False, True])
    """
    by_zero: Mask | bool = right.num == 0
    sign: Whole
    bottom: Whole
    if isinstance(right.num, int):
        sign, bottom = (-1 if right.num < 0 else 1), abs(right.num) or 1
    else:
        sign, bottom = np.where(right.num < 0, -1, 1), np.where(by_zero, 1, abs(right.num))
    return multiplied(left, Exact(times(right.den, sign), bottom)), by_zero


def smaller(left: Exact, right: Exact) -> Exact:
    """The smaller of two fractions in every row."""
    over, one, other = _over_one_denominator(left, right)
    return Exact(lesser(one, other), over)


def larger(left: Exact, right: Exact) -> Exact:
    """The larger of two fractions in every row."""
    over, one, other = _over_one_denominator(left, right)
    return Exact(greater(one, other), over)


def exceeds(left: Exact, right: Exact) -> Mask | bool:
    """left > right"""
    _, one, other = _over_one_denominator(left, right)
    return one > other


def floored(exact: Exact) -> Whole:
    """The whole part, towards minus infinity."""
    return exact.num if isinstance(exact.den, int) and exact.den == 1 else quotient(exact.num, exact.den)


def _over_one_denominator(left: Exact, right: Exact) -> tuple[Whole, Whole, Whole]:
    """One denominator, and both numerators over it."""
    if isinstance(left.den, int) and isinstance(right.den, int):
        over = lcm(left.den, right.den)
        return over, times(left.num, over // left.den), times(right.num, over // right.den)
    return times(left.den, right.den), times(left.num, right.den), times(right.num, left.den)
