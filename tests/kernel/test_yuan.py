"""Yuan and 万元: read by a strict grammar, printed exactly."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.errors import Refused
from kernel.money import fen_from_wan, fen_from_yuan, wan_text, yuan_text
from kernel.money.yuan import LARGEST_FEN


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("0", 0),
        ("0.00", 0),
        ("12", 1200),
        ("12.3", 1230),
        ("1830000.00", 183000000),
        ("-0.05", -5),
        ("9007199254740993.01", 900719925474099301),
        ("9999999999999999.99", LARGEST_FEN),
        (Decimal("12.30"), 1230),
        (Decimal("12.3000"), 1230),
        (Decimal("1E+3"), 100000),
    ],
)
def test_a_well_written_amount_is_read_to_the_fen(written, fen):
    assert fen_from_yuan(written) == fen


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "1.005", "12.340", "1e3", "NaN", "Infinity", "-Infinity", "１２３", "1，000", "1,000.00", "+1",
        "1.", ".5", "01", "1 000", "¥1", "1元", "0x10", "1_000", "٣", "10000000000000000", "9" * 5000, "--1", "1\n",
        Decimal("1.005"), Decimal("NaN"), Decimal("Infinity"), Decimal("1E+16"), Decimal("1E+999999"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_its_place(written):
    with pytest.raises(Refused) as refused:
        fen_from_yuan(written, where="第17行 贷款金额")
    [problem] = refused.value.problems
    assert problem.where == "第17行 贷款金额"
    assert problem.wanted
    assert len(problem.found) < 80


@pytest.mark.parametrize("written", [1.0, 1, True, None])
def test_a_float_or_a_bare_number_without_unit_is_a_programmers_error(written):
    with pytest.raises(TypeError):
        fen_from_yuan(written)


def test_wan_is_ten_thousand_yuan_with_four_decimals_at_most():
    assert fen_from_wan("183") == 183_0000_00
    assert fen_from_wan("0.5001") == 5001_00
    assert fen_from_wan(Decimal("-2.5")) == -25000_00
    for written in ("0.50001", Decimal("0.50001"), "100000000000000"):
        with pytest.raises(Refused):
            fen_from_wan(written)


@settings(max_examples=200, deadline=None)
@given(st.integers(-LARGEST_FEN, LARGEST_FEN))
def test_what_is_printed_is_read_back_to_the_same_fen(fen):
    assert fen_from_yuan(yuan_text(fen)) == fen
    assert yuan_text(fen, grouped=True).replace(",", "") == yuan_text(fen)
    assert Decimal(yuan_text(fen)) * 100 == fen


@pytest.mark.parametrize(
    ("fen", "places", "printed"),
    [
        (123_4567_89, 2, "123.46"),
        (123_4549_99, 2, "123.45"),
        (123_4550_00, 2, "123.46"),
        (-123_4550_00, 2, "-123.46"),
        (-4999, 2, "0.00"),
        (49_9999_99, 0, "50"),
        (50_0000, 0, "1"),
        (1, 6, "0.000001"),
    ],
)
def test_wan_is_printed_half_up(fen, places, printed):
    assert wan_text(fen, places) == printed


def test_wan_can_be_grouped():
    assert wan_text(18_3000_0000_00 + 50_00, 2, grouped=True) == "183,000.01"
    assert wan_text(18_3000_0000_00 + 49_99, 2, grouped=True) == "183,000.00"
