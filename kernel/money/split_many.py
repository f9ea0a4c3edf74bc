"""The vectorised twin of `split`: many amounts at once, whole fen in int64, equal to `split` in every cell.

No float takes part. With T the sum of the weights, a*w = (a // T)*w*T + (a % T)*w, so the product never
leaves int64 as long as T < 2^31: (a // T)*w <= a and (a % T)*w < T*T < 2^62.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Fen = NDArray[np.int64]

LARGEST_AMOUNT = 2**53 - 1  # 90 trillion yuan in fen; also what JSON and a workbook can hold exactly
LARGEST_WEIGHT_SUM = 2**31 - 1
MOST_PARTIES = 100
_BLOCK = 8192  # a block's columns stay in the first-level caches


def split_many(amounts: Fen, weights: Sequence[int], keeper: int | None = None) -> Fen:
    """Divide each of `amounts` (fen, int64[n]) in proportion to `weights` (k integers); returns int64[n, k].

    Largest remainder, ties in listed order, the party with index `keeper` last. Refused as a programmer's
    error: an amount that is negative or above 2^53-1, another dtype, weights that are negative, all zero, or
    sum to 2^31 or more.

    >>> split_many(np.array([100, 101], dtype=np.int64), [1, 1, 1], keeper=0).tolist()
    [[33, 34, 33], [33, 34, 34]]
    """
    _require_amounts(amounts)
    row = np.asarray(weights)
    return _split_blocks(amounts, _require_weights(row.reshape(1, -1)), keeper)


def split_many_by_row(amounts: Fen, weights: Fen, keeper: int | None = None) -> Fen:
    """The same with its own weights for every amount: `weights` is int64[n, k]; returns int64[n, k].

    >>> weights = np.array([[1, 2], [0, 5]], dtype=np.int64)
    >>> split_many_by_row(np.array([100, 7], dtype=np.int64), weights).tolist()
    [[33, 67], [0, 7]]
    """
    _require_amounts(amounts)
    if weights.shape[:1] != amounts.shape:
        raise ValueError("one row of weights for each amount")
    return _split_blocks(amounts, _require_weights(weights), keeper)


def _split_blocks(amounts: Fen, weights: Fen, keeper: int | None) -> Fen:
    parties = weights.shape[1]
    if keeper is not None and not 0 <= keeper < parties:
        raise IndexError("keeper is not one of the parties")
    order = [party for party in range(parties) if party != keeper] + ([] if keeper is None else [keeper])
    out = np.empty((len(amounts), parties), dtype=np.int64)
    for start in range(0, len(amounts), _BLOCK):
        block = slice(start, start + _BLOCK)
        rows = weights if len(weights) == 1 else weights[block]
        out[block] = _split_block(amounts[block], np.ascontiguousarray(rows.T), order).T
    return out


def _split_block(amounts: Fen, weights: Fen, order: list[int]) -> Fen:
    """One block, a row a party: `weights` is int64[k, n] or int64[k, 1]; returns int64[k, n]."""
    total = _sums(weights)
    quotient = amounts // total
    rest = amounts - quotient * total
    parts = np.empty((len(weights), len(amounts)), dtype=np.int64)
    remainders = np.empty_like(parts)
    missing = amounts.copy()
    for party, weight in enumerate(weights):
        product = rest * weight
        extra = product // total
        np.subtract(product, extra * total, out=remainders[party])
        np.add(quotient * weight, extra, out=parts[party])
        missing -= parts[party]
    hand_out_missing(parts, remainders, missing, order)
    return parts


def hand_out_missing(
    parts: Fen, remainders: NDArray[np.integer] | NDArray[np.object_], missing: Fen, order: Sequence[int]
) -> None:
    """Add the missing fen of every column, one each to the largest remainders, ties in `order`; `parts` is changed.

    `parts` and `remainders` (all over one denominator) have a row a party; fewer are missing than there are parties.

    >>> parts = np.array([[33], [33], [33]], dtype=np.int64)
    >>> hand_out_missing(parts, np.array([[1], [2], [1]]), np.array([2]), order=[2, 1, 0])
    >>> parts[:, 0].tolist()
    [33, 34, 34]
    """
    parts += _ranks(remainders, order) < missing.astype(np.int8)


def _sums(weights: Fen) -> Fen | np.int64:
    """The sum of every column; one number where all are equal, because dividing by it is three times
    faster."""
    sums = weights.sum(axis=0)
    if sums.min() == 0 or sums.max() > LARGEST_WEIGHT_SUM:
        raise ValueError("weights are all zero, or their sum is 2^31 or more")
    first: np.int64 = sums[0]
    return first if (sums == first).all() else sums


def _ranks(remainders: NDArray[np.integer] | NDArray[np.object_], order: Sequence[int]) -> NDArray[np.int8]:
    """How many come before each party: those with a larger remainder, and on a tie those earlier in
    `order`."""
    ranks = np.zeros(remainders.shape, dtype=np.int8)
    for place, later in enumerate(order):
        for earlier in order[:place]:
            is_first = remainders[earlier] >= remainders[later]
            ranks[later] += is_first
            ranks[earlier] += ~is_first
    return ranks


def _require_amounts(amounts: Fen) -> None:
    if amounts.dtype != np.int64 or amounts.ndim != 1:
        raise TypeError("amounts are an int64 array of one dimension, in fen")
    if len(amounts) and (amounts.min() < 0 or amounts.max() > LARGEST_AMOUNT):
        raise ValueError("an amount is negative or above 2^53-1 fen")


def _require_weights(weights: NDArray[np.integer]) -> Fen:
    if weights.ndim != 2 or not np.issubdtype(weights.dtype, np.integer):
        raise TypeError("weights are integers, a column a party")
    if not 0 < weights.shape[1] <= MOST_PARTIES:
        raise ValueError(f"one to {MOST_PARTIES} parties")
    if weights.size and (weights.min() < 0 or weights.max() > LARGEST_WEIGHT_SUM):
        raise ValueError("a weight is negative or too large")
    return weights.astype(np.int64, copy=False)
