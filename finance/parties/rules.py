"""Identifiers of organisations: the unified social credit code (统一社会信用代码), and when two names are one firm's.

Pure. GB 32100-2015 for the code, GB 11714 for the organisation part inside it. Lawful early codes that
fail the check digit exist, so a failed check is told, and it is for the caller to warn rather than refuse.
"""

import re
from dataclasses import dataclass

from kernel.sheets.cells import excerpt, folded

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_SHAPE = re.compile(rf"[1-9ANY][0-9A-HJ-NP-RTUWXY]\d{{6}}[{ALPHABET}]{{10}}", re.ASCII)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714
_WIDE_BRACKETS = str.maketrans("()", "（）")


@dataclass(frozen=True)
class CreditCodeCheck:
    """What the two check characters of a code should be, and whether they are."""

    code: str
    expected: str
    expected_organisation: str

    @property
    def code_holds(self) -> bool:
        """The 18th character is the one computed."""
        return self.code[17] == self.expected

    @property
    def organisation_holds(self) -> bool:
        """The 17th character is the one computed from the organisation part."""
        return self.code[16] == self.expected_organisation


def credit_code_check_character(first17: str) -> str:
    """The 18th character: weights 3^(i-1) mod 31; a remainder of nought gives 0 (GB 32100-2015).

    >>> credit_code_check_character("91110108551385082"), credit_code_check_character("91110108MA0000007")
    ('Q', '0')
    """
    total = sum(ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(first17))
    return ALPHABET[(31 - total % 31) % 31]


def organisation_check_character(first8: str) -> str:
    """The 9th character of an organisation code: 11 - sum mod 11; 10 is X, 11 is 0 (GB 11714).

    >>> organisation_check_character("55138508"), organisation_check_character("MA62K026")
    ('2', '0')
    """
    total = sum(
        int(character, 36) * weight for character, weight in zip(first8, _ORGANISATION_WEIGHTS, strict=True)
    )
    remainder = 11 - total % 11
    return "X" if remainder == 10 else "0" if remainder == 11 else str(remainder)


def checked_credit_code(code: str) -> CreditCodeCheck | None:
    """The check of a code in capital letters without blanks, or None when it does not have a code's shape.

    >>> check = checked_credit_code("91350100M0001TGQXM")
    >>> check.code_holds, check.expected
    (False, '1')
    >>> checked_credit_code("91350100M000100Y4Z") is None  # Z is not in the alphabet
    True
    """
    if not _SHAPE.fullmatch(code):
        return None
    return CreditCodeCheck(
        code, credit_code_check_character(code[:17]), organisation_check_character(code[8:16])
    )


def plain_credit_code(text: str) -> str:
    """A code as registers write it, however it was typed: half-width capitals without blanks.

    >>> plain_credit_code(" ９１350100m000100y43\\u3000")
    '91350100M000100Y43'
    """
    return folded(text).replace(" ", "").upper()


def why_no_credit_code(code: str) -> str:
    """Why a plain text has not a code's shape, as exactly as can be said.

    >>> why_no_credit_code("91350100M000100Y4Z")
    '91350100M000100Y4Z 含有代码里不会出现的字符：Z（可能与 0、1、2、5 混淆，或不是半角字母）；末位按国家标准应为 3'
    >>> why_no_credit_code("123")
    '“123”有 3 位，不是 18 位'
    """
    if re.fullmatch(r"\d{15}", code, re.ASCII):
        return f"{code} 是 15 位的旧工商注册号"
    if len(code) != 18:
        return f"“{excerpt(code)}”有 {len(code)} 位，不是 18 位"
    strange = [character for character in dict.fromkeys(code) if character not in ALPHABET]
    if strange:
        told = (
            f"{code} 含有代码里不会出现的字符：{'、'.join(strange)}（可能与 0、1、2、5 混淆，或不是半角字母）"
        )
        at_end = set(code[:17]) <= set(ALPHABET)
        return f"{told}；末位按国家标准应为 {credit_code_check_character(code[:17])}" if at_end else told
    return f"{code} 不是有效的统一社会信用代码"


def name_key(name: str) -> str:
    """What two writings of one firm's name have in common: width, brackets, blanks and case aside.

    >>> name_key("重庆甲（集团） 有限公司") == name_key("重庆甲(集团)有限公司"), name_key("甲公司") == name_key("乙公司")
    (True, False)
    """
    return folded(name).replace(" ", "").casefold()


def name_writings(name: str) -> set[str]:
    """How a firm's name may stand in the database, for questions that cannot fold what stands there.

    >>> sorted(name_writings("甲(集团)公司"))
    ['甲(集团)公司', '甲（集团）公司']
    >>> "甲（集团）公司" in name_writings("甲 (集团) 公司")
    True
    """
    plain = folded(name)
    unblanked = plain.replace(" ", "")
    return {name, *(form for one in (plain, unblanked) for form in (one, one.translate(_WIDE_BRACKETS)))}
