"""Every split sums, each part is within one fen of exact, ties follow the written order."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.money import split

NAMES = ["fund", "insurer", "appraiser", "guarantor", "bank"]
weights_of_up_to_five = st.lists(
    st.one_of(st.integers(0, 10**6), st.fractions(0, 10**4, max_denominator=997)), min_size=1, max_size=5
).filter(any)
amounts = st.integers(0, 10**16)


def handed_out_one_by_one(amount, weights, keeper=None):
    """Independent method: floor, then one fen at a time to whoever is furthest below the exact share."""
    total = sum(weights.values())
    exact = {name: Fraction(amount) * weight / total for name, weight in weights.items()}
    parts = {name: share.__floor__() for name, share in exact.items()}
    order = [name for name in weights if name != keeper] + [name for name in weights if name == keeper]
    for _ in range(amount - sum(parts.values())):
        neediest = max(order, key=lambda name: exact[name] - parts[name])  # max() takes the first of equals
        parts[neediest] += 1
    return parts


def test_a_million_and_eight_fen_by_the_zhongshan_shares_loses_no_fen():
    """Rounded one by one the parts make 1,000,000.07 of 1,000,000.08."""
    shares = {"fund": Fraction("0.54"), "insurer": Fraction("0.26"), "appraiser": Fraction("0.04")}
    borne = split(100000008, shares, keeper="bank")
    assert borne == {"fund": 54000005, "insurer": 26000002, "appraiser": 4000000, "bank": 16000001}
    assert sum(borne.values()) == 100000008


def test_the_keeper_comes_last_on_a_tie_so_public_money_is_made_whole_first():
    assert split(1, {"bank": 1, "fund": 1}, keeper="bank") == {"bank": 0, "fund": 1}
    assert split(1, {"bank": 1, "fund": 1}) == {"bank": 1, "fund": 0}
    assert split(1, {"fund": Fraction(1, 2)}, keeper="bank") == {"fund": 1, "bank": 0}


def test_ties_follow_the_listed_order():
    assert split(2, {"a": 1, "b": 1, "c": 1}) == {"a": 1, "b": 1, "c": 0}


def test_floor_leaves_every_missing_fen_to_the_keeper():
    thirds = {"fund": Fraction(1, 3), "guarantor": Fraction(1, 3)}
    assert split(100, thirds, keeper="bank", method="floor") == {"fund": 33, "guarantor": 33, "bank": 34}
    assert split(101, {"bank": 1, "fund": 1}, keeper="bank", method="floor") == {"bank": 51, "fund": 50}


def test_a_keeper_without_a_share_left_gets_nothing_and_never_less():
    shares = {"fund": Fraction(2, 3), "guarantor": Fraction(1, 3)}
    assert split(100, shares, keeper="bank") == {"fund": 67, "guarantor": 33, "bank": 0}


def test_nothing_is_split_into_nothings():
    assert split(0, {"fund": 3, "bank": 0}) == {"fund": 0, "bank": 0}
    assert split(0, {"fund": 0, "bank": 0}) == {"fund": 0, "bank": 0}
    assert split(7, {}, keeper="bank") == {"bank": 7}


@settings(max_examples=200, deadline=None)
@given(amounts, weights_of_up_to_five, st.integers(-1, 4))
def test_every_split_equals_the_one_made_fen_by_fen(amount, weights, keeper_at):
    named = dict(zip(NAMES, weights, strict=False))
    keeper = NAMES[keeper_at] if 0 <= keeper_at < len(weights) else None
    parts = split(amount, named, keeper)
    assert parts == handed_out_one_by_one(amount, named, keeper)
    assert list(parts) == list(named)


@settings(max_examples=200, deadline=None)
@given(amounts, weights_of_up_to_five)
def test_parts_sum_to_the_whole_and_stay_within_one_fen_of_exact(amount, weights):
    named = dict(zip(NAMES, weights, strict=False))
    parts = split(amount, named)
    total = sum(named.values())
    assert sum(parts.values()) == amount
    assert all(abs(parts[name] - Fraction(amount) * named[name] / total) < 1 for name in named)
    assert all(parts[name] == 0 for name in named if not named[name])


@settings(max_examples=100, deadline=None)
@given(amounts, weights_of_up_to_five)
def test_shares_of_one_and_proportions_of_the_same_size_split_alike(amount, weights):
    named = dict(zip(NAMES, weights, strict=False))
    total = sum(named.values())
    shares = {name: Fraction(weight) / total for name, weight in named.items()}
    rest = shares.pop(NAMES[len(weights) - 1])
    assert rest == 1 - sum(shares.values())
    assert split(amount, shares, keeper=NAMES[len(weights) - 1]) == split(
        amount, named, keeper=NAMES[len(weights) - 1]
    )


@pytest.mark.parametrize("amount", [1.0, True, "100", Fraction(1)])
def test_an_amount_that_is_not_whole_fen_is_a_programmers_error(amount):
    with pytest.raises(TypeError):
        split(amount, {"fund": 1})


@pytest.mark.parametrize("weight", [0.5, True, "1", None])
def test_a_weight_that_is_not_exact_is_a_programmers_error(weight):
    with pytest.raises(TypeError):
        split(100, {"fund": weight})


@pytest.mark.parametrize(
    "call",
    [
        lambda: split(-1, {"fund": 1}),
        lambda: split(100, {"fund": -1, "bank": 2}),
        lambda: split(100, {"fund": 0}),
        lambda: split(100, {"fund": Fraction(3, 4), "insurer": Fraction(1, 2)}, keeper="bank"),
        lambda: split(100, {"fund": 1}, method="floor"),
        lambda: split(100, {"fund": 1}, method="half_up"),
    ],
)
def test_what_cannot_be_split_is_refused(call):
    with pytest.raises(ValueError, match=r"\w"):
        call()
