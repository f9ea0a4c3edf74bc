"""Identifiers of intellectual-property rights: patent, trademark, copyright and layout-design numbers.

Pure. Patent numbers follow ZC 0006-2003 with its check digit; trademark numbers have none. Patterns for
copyright and layout designs are recalled, so they only ever warn.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

RightKind = Literal["patent", "trademark", "copyright", "layout", "data"]

# Two-digit years up to 2003-09-30, four-digit from 2003-10-01; types 1 invention, 2 utility model, 3 design,
# 8 PCT invention, 9 PCT utility model.
_PATENT = re.compile(r"(ZL)?(\d{4}[12389]\d{7}|\d{2}[12389]\d{5})\.?([0-9X])", re.ASCII)
_PUBLICATION = re.compile(r"CN(\d{7}|\d{9})[ABCUYS]\d?", re.ASCII)
_TRADEMARK = re.compile(r"G?\d{1,9}[A-Z]?", re.ASCII)
_COPYRIGHT = re.compile(r"(软著登字第?\d{4,10}号?|\d{4}SR[A-Z]{0,2}\d{4,8})", re.ASCII)
_LAYOUT_DESIGN = re.compile(r"BS\.?\d{8,9}", re.ASCII)


@dataclass(frozen=True)
class PatentNumber:
    """A patent or application number in its parts; `granted` when it carries ZL."""

    granted: bool
    body: str
    check: str

    @property
    def key(self) -> str:
        """What makes two writings the same right: body and check digit, without ZL."""
        return f"{self.body}.{self.check}"

    @property
    def text(self) -> str:
        """The normal form."""
        return f"{'ZL' if self.granted else ''}{self.key}"

    @property
    def expected_check(self) -> str:
        """The check digit that the body gives."""
        return patent_check_digit(self.body)

    @property
    def check_holds(self) -> bool:
        """The check digit is the one computed."""
        return self.check == self.expected_check


def patent_check_digit(body: str) -> str:
    """Weights 2 to 9 repeating from the left, sum mod 11, 10 is X (ZC 0006-2003).

    >>> patent_check_digit("201710601862"), patent_check_digit("95115608")
    ('3', 'X')
    """
    assert len(body) in (8, 12), "a patent number has 8 or 12 digits before its check digit"
    remainder = sum(int(digit) * (2 + place % 8) for place, digit in enumerate(body)) % 11
    return "X" if remainder == 10 else str(remainder)


def plain_number(text: str) -> str:
    """A number as registers compare it: capitals, half-width, no blanks, hyphens unified.

    >>> plain_number(" zl２０１７10601862．3 ")
    'ZL201710601862.3'
    """
    return re.sub(r"[\s\u200b-\u200f\ufeff]+", "", unicodedata.normalize("NFKC", text)).upper()


def patent_number(text: str) -> PatentNumber | None:
    """The parts of a patent number, or None when it does not have a patent number's shape.

    >>> patent_number("zl 201710601862.3").text
    'ZL201710601862.3'
    >>> patent_number("2017106018623").key, patent_number("CN107463654A") is None
    ('201710601862.3', True)
    """
    match = _PATENT.fullmatch(plain_number(text))
    return PatentNumber(bool(match[1]), match[2], match[3]) if match else None


def written_number(text: str, kind: str) -> str:
    """A right's number as it is kept and printed, however it was typed: half-width, capitals, no blanks, a patent's point.

    >>> written_number(" ｚｌ２０１７ 10601862．3 ", "patent"), written_number("2017106018623", "patent")
    ('ZL201710601862.3', '201710601862.3')
    >>> written_number("５８９４０６００", "trademark"), written_number("2020sr0123456", "copyright")
    ('58940600', '2020SR0123456')
    """
    patent = patent_number(text) if kind == "patent" else None
    return patent.text if patent else plain_number(text)


def is_publication_number(text: str) -> bool:
    """True for a publication number (CN, digits, kind code), which names a document, not the right itself.

    >>> is_publication_number("CN107463654A"), is_publication_number("ZL201710601862.3")
    (True, False)
    """
    return _PUBLICATION.fullmatch(plain_number(text)) is not None


def is_trademark_number(text: str) -> bool:
    """True for one to nine digits, a G for international marks before and one letter after (no check digit).

    >>> is_trademark_number("58940600"), is_trademark_number("G1234567A"), is_trademark_number("ZL2017")
    (True, True, False)
    """
    return _TRADEMARK.fullmatch(plain_number(text)) is not None


def is_copyright_number(text: str) -> bool:
    """True for a software copyright registration number in a known (recalled) form."""
    return _COPYRIGHT.fullmatch(plain_number(text)) is not None


def is_layout_design_number(text: str) -> bool:
    """True for a layout-design registration number in a known (recalled) form."""
    return _LAYOUT_DESIGN.fullmatch(plain_number(text)) is not None


def right_kind(text: str) -> RightKind | None:
    """What kind of right a number names; a dotted or ZL number is a patent, a bare short number a trademark.

    A bare number of nine digits has the shape of both; with a good check digit it is taken for a patent.

    >>> [right_kind(text) for text in ("ZL202124671130.9", "65740154", "2020SR0123456", "BS.205012345")]
    ['patent', 'trademark', 'copyright', 'layout']
    """
    plain = plain_number(text)
    patent = patent_number(plain)
    if patent and (patent.granted or "." in plain or len(patent.body) == 12 or patent.check_holds):
        return "patent"
    if is_trademark_number(plain):
        return "trademark"
    if is_copyright_number(plain):
        return "copyright"
    return "layout" if is_layout_design_number(plain) else None


def right_key(text: str) -> str:
    """What makes two writings of a right's number the same right.

    >>> right_key("ZL201710601862.3") == right_key("2017106018623")
    True
    """
    patent = patent_number(text) if right_kind(text) == "patent" else None
    return patent.key if patent else plain_number(text)
