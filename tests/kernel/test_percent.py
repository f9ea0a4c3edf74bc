"""A share in percent: one rule for the whole house."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import percent_figure, percent_text

shares = st.fractions(min_value=0, max_value=3)
places = st.integers(0, 4)


@given(shares, places)
def test_the_whole_is_printed_of_the_whole_only(share, place):
    whole = f"100.{'0' * place}".rstrip(".")
    assert (percent_figure(share, place) == whole) == (share == 1)


@given(shares, places)
def test_what_is_printed_is_within_one_unit_and_on_its_own_side_of_the_whole(share, place):
    printed = Fraction(percent_figure(share, place).replace(",", "")) / 100
    assert abs(printed - share) < Fraction(1, 100 * 10**place)
    assert (printed > 1) == (share > 1)
    assert (printed < 1) == (share < 1)


@given(shares, shares, places)
def test_a_larger_share_is_never_printed_as_a_smaller_one(one, other, place):
    small, large = sorted((one, other))
    figures = [Fraction(percent_figure(share, place).replace(",", "")) for share in (small, large)]
    assert figures == sorted(figures)


@pytest.mark.parametrize(
    ("share", "place", "text"),
    [
        (Fraction(1, 3), 1, "33.3%"),
        (Fraction(2, 3), 1, "66.7%"),
        (Fraction(1, 8), 0, "13%"),  # 12.5, half up
        (Fraction(19_999, 20_000), 1, "99.9%"),  # 99.995
        (Fraction(20_001, 20_000), 1, "100.1%"),
        (Fraction(995, 1000), 0, "99%"),
        (Fraction(1001, 1000), 0, "101%"),
        (Decimal("0.5"), 2, "50.00%"),
        (0, 1, "0.0%"),
        (1, 0, "100%"),
        (Fraction(-1, 3), 1, "-33.3%"),
        (12, 1, "1,200.0%"),
    ],
)
def test_by_hand(share, place, text):
    assert percent_text(share, place) == text


@pytest.mark.parametrize("wrong", [0.5, True, "50", None])
def test_a_float_is_no_share(wrong):
    with pytest.raises(TypeError):
        percent_figure(wrong)
