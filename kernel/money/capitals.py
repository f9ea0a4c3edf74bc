"""Amounts in Chinese capitals (大写), as they stand on receipts and payment vouchers.

Source: 支付结算办法 (银发〔1997〕393号), annex 1 正确填写票据和结算凭证的基本规定, article 2. Where it
allows two forms the one with 零 before 角 is written (元零叁角贰分), and 整 also after 角 (receipts want it,
bills allow it).
"""

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_YI = 10**8
_WAN = 10**4
_LARGEST_YUAN = 10**16 - 1


def capitals(fen: int) -> str:
    """The amount in capitals, 人民币 in front without a gap. Negative amounts are refused: a voucher has
    none.

    >>> capitals(18300000000)
    '人民币壹亿捌仟叁佰万元整'
    >>> capitals(140950), capitals(4), capitals(0)
    ('人民币壹仟肆佰零玖元伍角整', '人民币肆分', '人民币零元整')
    """
    if isinstance(fen, bool) or not isinstance(fen, int):
        raise TypeError(f"an amount is a whole number of fen (int), not {type(fen).__name__}")
    yuan, cents = divmod(fen, 100)
    if not 0 <= yuan <= _LARGEST_YUAN:
        raise ValueError("capitals are written for 0 to 9999万亿 yuan")
    whole = f"{_whole(yuan)}元" if yuan else ""
    if not cents:
        return f"人民币{whole or '零元'}整"
    return f"人民币{whole}{_after_yuan(yuan, cents)}"


def _after_yuan(yuan: int, cents: int) -> str:
    jiao, fen = divmod(cents, 10)
    zero_is_written = yuan and (jiao == 0 or yuan % 10 == 0)
    text = "零" if zero_is_written else ""
    text += f"{_DIGITS[jiao]}角" if jiao else ""
    return text + (f"{_DIGITS[fen]}分" if fen else "整")


def _whole(number: int) -> str:
    """A positive number read by 亿 and 万: what stands before 亿 is read in the same way (…万…亿)."""
    for unit, name in ((_YI, "亿"), (_WAN, "万")):
        if number >= unit:
            head, tail = divmod(number, unit)
            return f"{_whole(head)}{name}{_zero_before(tail, unit)}{_whole(tail) if tail else ''}"
    return _up_to_9999(number)


def _zero_before(tail: int, unit: int) -> str:
    return "零" if tail and tail < unit // 10 else ""


def _up_to_9999(number: int) -> str:
    text = ""
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            text += _DIGITS[digit] + _PLACES[place]
        elif text and not text.endswith("零") and number % 10**place:
            text += "零"
    return text
