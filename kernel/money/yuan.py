"""Fen in, fen out: reading and printing yuan and 万元. Strict, because 万元 read as 元 is the commonest
error of all.

Amounts are whole fen (int) inside the house. Text is read by a grammar, never by `float`; what the grammar
does not name (exponent, NaN, third decimal, comma, sign +, full-width digit, blank) is refused with its
place.
"""

import re
from decimal import Decimal
from fractions import Fraction

from kernel.errors import Problem, Refused

FEN_IN_YUAN = 100
FEN_IN_WAN = 1_000_000
LARGEST_FEN = 10**18 - 1  # MoneyField(max_digits=18, decimal_places=2)

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.([0-9]+))?", re.ASCII)


def fen_from_yuan(yuan: str | Decimal, where: str = "金额") -> int:
    """Fen of an amount written in 元 with at most two decimals; anything else is Refused.

    >>> fen_from_yuan("1830000.5"), fen_from_yuan("-0.01")
    (183000050, -1)
    >>> fen_from_yuan("1.005")
    Traceback (most recent call last):
    ...
    kernel.errors.Refused: 金额：1.005 的小数超过2位。以元填写，最多2位小数，例如 1830000.00
    """
    return _fen(yuan, where, FEN_IN_YUAN, 2, "以元填写，最多2位小数，例如 1830000.00")


def fen_from_wan(wan: str | Decimal, where: str = "金额（万元）") -> int:
    """Fen of an amount written in 万元 with at most four decimals (the yuan); anything else is Refused.

    >>> fen_from_wan("183"), fen_from_wan("0.0001")
    (183000000, 100)
    """
    return _fen(wan, where, FEN_IN_WAN, 4, "以万元填写，最多4位小数，例如 183.0000")


def yuan_text(fen: int, grouped: bool = False) -> str:
    """Fen in 元 with two decimals: the form of JSON and files, or grouped by thousands for people.

    >>> yuan_text(183000000), yuan_text(-183000005, grouped=True)
    ('1830000.00', '-1,830,000.05')
    """
    _require_int(fen)
    return _fixed(fen, 2, grouped)


def wan_text(fen: int, places: int = 2, grouped: bool = False) -> str:
    """Fen in 万元, rounded half up (a half goes away from zero: 四舍五入) to `places` decimals, 0 to 6.

    >>> wan_text(183005000), wan_text(183004999), wan_text(-5000), wan_text(123456789, places=6)
    ('183.01', '183.00', '-0.01', '123.456789')
    """
    _require_int(fen)
    return _fixed(rounded_wan_units(fen, places), places, grouped)


def rounded_wan_units(fen: int, places: int) -> int:
    """How many units of 10^-places 万元 the amount comes to, half up, a half away from zero."""
    unit = wan_unit(places)
    magnitude: int = (2 * abs(fen) + unit) // (2 * unit)
    return magnitude if fen >= 0 else -magnitude


def wan_unit(places: int) -> int:
    """The fen in the last printed place of 万元: with 2 places 10,000 fen (百元)."""
    if not 0 <= places <= 6:
        raise ValueError("万元 is printed with 0 to 6 decimals")
    unit: int = FEN_IN_WAN // 10**places
    return unit


def wan_units_text(units: int, places: int, grouped: bool = False) -> str:
    """Units of 10^-places 万元 as text: what `wan_table` prints its cells with.

    >>> wan_units_text(18301, 2), wan_units_text(-5, 0)
    ('183.01', '-5')
    """
    return _fixed(units, places, grouped)


def _fen(written: str | Decimal, where: str, fen_in_unit: int, places: int, wanted: str) -> int:
    if isinstance(written, Decimal):
        return _fen_of_decimal(written, where, fen_in_unit, wanted)
    if not isinstance(written, str):
        raise TypeError(f"an amount is read from text or Decimal, not from {type(written).__name__}")
    match = _NUMBER.fullmatch(written)
    if match is None:
        shown = f"“{written[:40]}” 不是规范的金额" if written.strip() else "为空"
        raise Refused(Problem(where, shown, wanted, code="amount_grammar"))
    if len(match[1] or "") > places:
        raise Refused(Problem(where, f"{written[:40]} 的小数超过{places}位", wanted, code="amount_decimals"))
    whole, _, decimals = written.partition(".")
    fen = (
        int(whole + decimals.ljust(places, "0")) * (fen_in_unit // 10**places)
        if len(whole) <= 20
        else LARGEST_FEN + 1
    )
    return _within_bounds(fen, written[:40], where, wanted)


def _fen_of_decimal(written: Decimal, where: str, fen_in_unit: int, wanted: str) -> int:
    if not written.is_finite():
        raise Refused(Problem(where, f"{written} 不是规范的金额", wanted, code="amount_grammar"))
    if written.adjusted() > 20:
        return _within_bounds(LARGEST_FEN + 1, str(written)[:40], where, wanted)
    fen = Fraction(written) * fen_in_unit
    if fen.denominator != 1 or (fen_in_unit == FEN_IN_WAN and fen % FEN_IN_YUAN):
        found = f"{str(written)[:40]} 的小数超过{2 if fen_in_unit == FEN_IN_YUAN else 4}位"
        raise Refused(Problem(where, found, wanted, code="amount_decimals"))
    return _within_bounds(fen.numerator, str(written)[:40], where, wanted)


def _within_bounds(fen: int, written: str, where: str, wanted: str) -> int:
    if abs(fen) > LARGEST_FEN:
        raise Refused(Problem(where, f"{written} 超过可记的最大金额", wanted, code="amount_too_large"))
    return fen


def _fixed(units: int, places: int, grouped: bool) -> str:
    sign = "-" if units < 0 else ""
    whole, decimals = divmod(abs(units), 10**places)
    text = f"{whole:,}" if grouped else str(whole)
    return f"{sign}{text}.{decimals:0{places}d}" if places else f"{sign}{text}"


def _require_int(fen: int) -> None:
    if isinstance(fen, bool) or not isinstance(fen, int):
        raise TypeError(f"an amount is a whole number of fen (int), not {type(fen).__name__}")
