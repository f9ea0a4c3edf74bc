"""The vectorised twin equals `split` in every cell, ties and largest amounts included."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.apportion import CHECKSUM_OF_THE_FIRST_THOUSAND, checksum, losses_and_weights
from kernel.money import split, split_many, split_many_by_row
from kernel.money.split_many import LARGEST_AMOUNT, LARGEST_WEIGHT_SUM

amounts = st.lists(st.integers(0, LARGEST_AMOUNT), min_size=1, max_size=20)
weight_rows = st.lists(st.integers(0, 10**6), min_size=1, max_size=6).filter(any)


def fen(*values):
    return np.array(values, dtype=np.int64)


def one_by_one(amount, weights, keeper=None):
    return list(split(amount, dict(enumerate(weights)), keeper).values())


@settings(max_examples=150, deadline=None)
@given(amounts, weight_rows, st.data())
def test_split_many_equals_split_in_every_cell(losses, weights, data):
    keeper = data.draw(st.none() | st.integers(0, len(weights) - 1))
    parts = split_many(fen(*losses), weights, keeper)
    assert parts.tolist() == [one_by_one(loss, weights, keeper) for loss in losses]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_rows_with_their_own_weights_equal_split_in_every_cell(data):
    parties = data.draw(st.integers(1, 5))
    some_row = st.lists(st.integers(0, 400_000_000), min_size=parties, max_size=parties).filter(any)
    rows = data.draw(st.lists(some_row, min_size=1, max_size=10))
    losses = data.draw(st.lists(st.integers(0, LARGEST_AMOUNT), min_size=len(rows), max_size=len(rows)))
    keeper = data.draw(st.none() | st.integers(0, parties - 1))
    parts = split_many_by_row(fen(*losses), np.array(rows, dtype=np.int64), keeper)
    assert parts.tolist() == [one_by_one(loss, row, keeper) for loss, row in zip(losses, rows, strict=True)]


def test_the_first_thousand_losses_have_the_published_checksum():
    losses, weights = losses_and_weights(1_000)
    assert checksum(split_many_by_row(losses, weights)) == CHECKSUM_OF_THE_FIRST_THOUSAND == 132629483702788
    assert (
        checksum(
            fen(*[one_by_one(loss, row) for loss, row in zip(losses.tolist(), weights.tolist(), strict=True)])
        )
        == CHECKSUM_OF_THE_FIRST_THOUSAND
    )


def test_equal_weights_hand_the_missing_fen_to_the_first_parties_and_the_keeper_last():
    assert split_many(fen(6, 7), [1, 1, 1, 1]).tolist() == [[2, 2, 1, 1], [2, 2, 2, 1]]
    assert split_many(fen(6, 7), [1, 1, 1, 1], keeper=0).tolist() == [[1, 2, 2, 1], [1, 2, 2, 2]]


def test_ninety_trillion_yuan_are_split_to_the_fen():
    """(2^53-1) x 0.333333 = ...180578.753003 and x 0.333334 = ...379833.493994: two fen missing, to the
    first two."""
    assert split_many(fen(LARGEST_AMOUNT), [333_333, 333_333, 333_334]).tolist() == [
        [3002396749180579, 3002396749180579, 3002405756379833]
    ]


def test_weights_as_large_as_allowed_do_not_overflow():
    """The largest product is of the largest remainder of an amount, T - 1, and the largest weight."""
    assert LARGEST_WEIGHT_SUM == 2**31 - 1
    weights = [LARGEST_WEIGHT_SUM - 1, 1]
    losses = [LARGEST_AMOUNT, LARGEST_WEIGHT_SUM - 1, LARGEST_WEIGHT_SUM * 4_000_000 + LARGEST_WEIGHT_SUM - 1]
    assert split_many(fen(*losses), weights).tolist() == [one_by_one(loss, weights) for loss in losses]


def test_more_than_one_block_is_split_as_one():
    losses = np.arange(20_000, dtype=np.int64)
    parts = split_many(losses, [3, 2, 2], keeper=1)
    assert (parts.sum(axis=1) == losses).all()
    for row in (0, 8191, 8192, 16384, 19999):
        assert parts[row].tolist() == one_by_one(row, [3, 2, 2], keeper=1)


@pytest.mark.parametrize(
    ("losses", "weights", "error"),
    [
        (fen(-1), [1, 1], ValueError),
        (fen(LARGEST_AMOUNT + 1), [1, 1], ValueError),
        (np.array([1.0]), [1, 1], TypeError),
        (fen(1), [0.5, 0.5], TypeError),
        (fen(1), [0, 0], ValueError),
        (fen(1), [-1, 2], ValueError),
        (fen(1), [LARGEST_WEIGHT_SUM, 1], ValueError),
        (fen(1), [], (TypeError, ValueError)),
    ],
)
def test_what_would_not_be_exact_is_refused(losses, weights, error):
    with pytest.raises(error):
        split_many(losses, weights)


def test_a_keeper_outside_the_parties_and_missing_rows_are_refused():
    with pytest.raises(IndexError):
        split_many(fen(1), [1, 1], keeper=2)
    with pytest.raises(ValueError, match="one row of weights"):
        split_many_by_row(fen(1, 2), np.array([[1, 1]], dtype=np.int64))
