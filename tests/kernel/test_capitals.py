"""Amounts in capitals: the official examples (支付结算办法, annex 1) and the places where zeros are read."""

import pytest

from kernel.money import capitals

OFFICIAL = {
    140950: "人民币壹仟肆佰零玖元伍角整",
    600714: "人民币陆仟零柒元壹角肆分",
    168032: "人民币壹仟陆佰捌拾元零叁角贰分",
    10700053: "人民币壹拾万柒仟元零伍角叁分",
    1640902: "人民币壹万陆仟肆佰零玖元零贰分",
    32504: "人民币叁佰贰拾伍元零肆分",
}

BY_HAND = {
    0: "人民币零元整",
    4: "人民币肆分",
    50: "人民币伍角整",
    53: "人民币伍角叁分",
    100: "人民币壹元整",
    1000: "人民币壹拾元整",
    1005: "人民币壹拾元零伍分",
    1000_00: "人民币壹仟元整",
    1001_00: "人民币壹仟零壹元整",
    1010_10: "人民币壹仟零壹拾元零壹角整",
    1_0000_00: "人民币壹万元整",
    10_0700_00: "人民币壹拾万零柒佰元整",
    10_7000_00: "人民币壹拾万柒仟元整",
    100_0001_00: "人民币壹佰万零壹元整",
    183_0000_00: "人民币壹佰捌拾叁万元整",
    1_8300_0000_00: "人民币壹亿捌仟叁佰万元整",
    1_0000_0001_00: "人民币壹亿零壹元整",
    1_0000_1000_00: "人民币壹亿零壹仟元整",
    1_0001_0000_00: "人民币壹亿零壹万元整",
    1_8000_0001_00: "人民币壹亿捌仟万零壹元整",
    1_0000_0000_0000_00: "人民币壹万亿元整",
    1_2300_0000_4500_67: "人民币壹万贰仟叁佰亿零肆仟伍佰元零陆角柒分",
    1234_5678_9012_3456_78: "人民币壹仟贰佰叁拾肆万伍仟陆佰柒拾捌亿玖仟零壹拾贰万叁仟肆佰伍拾陆元柒角捌分",
    9999_0000_0000_0000_00: "人民币玖仟玖佰玖拾玖万亿元整",
}


@pytest.mark.parametrize(("fen", "written"), OFFICIAL.items())
def test_the_official_examples_are_written_as_the_rules_write_them(fen, written):
    assert capitals(fen) == written


@pytest.mark.parametrize(("fen", "written"), BY_HAND.items())
def test_zeros_are_read_where_a_reader_reads_them(fen, written):
    assert capitals(fen) == written


def read_back(text: str) -> int:
    """Independent reading of capitals, by the value of each sign."""
    digits = {sign: value for value, sign in enumerate("零壹贰叁肆伍陆柒捌玖")}
    tens = {"拾": 10, "佰": 100, "仟": 1000}
    yi = wan = ones = digit = cents = 0
    for sign in text.removeprefix("人民币").removesuffix("整"):
        if sign in digits:
            digit = digits[sign]
        elif sign in tens:
            ones, digit = ones + digit * tens[sign], 0
        elif sign == "万":
            wan, ones, digit = ones + digit, 0, 0
        elif sign == "亿":
            yi, wan, ones, digit = wan * 10**4 + ones + digit, 0, 0, 0
        elif sign == "元":
            ones, digit = ones + digit, 0
        else:
            cents, digit = cents + digit * {"角": 10, "分": 1}[sign], 0
    return (yi * 10**8 + wan * 10**4 + ones) * 100 + cents


def test_capitals_read_back_give_the_same_fen():
    for exponent in range(18):
        for head in (1, 9, 10, 11, 101, 10203, 90000001):
            for fen in (head * 10**exponent, head * 10**exponent + 1, head * 10**exponent + 50):
                if fen < 10**18:
                    assert read_back(capitals(fen)) == fen, capitals(fen)


@pytest.mark.parametrize("fen", [-1, 10**18])
def test_a_negative_or_boundless_amount_has_no_capitals(fen):
    with pytest.raises(ValueError, match="capitals"):
        capitals(fen)


def test_a_float_has_no_capitals():
    with pytest.raises(TypeError):
        capitals(1.0)
