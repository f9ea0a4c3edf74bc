"""One cell of a sheet as it was read: its kind and its text, never its display format.

A number is kept as its shortest decimal text, so that nothing after this line ever meets a float.
"""

import re
import unicodedata
from typing import Literal, NamedTuple

Kind = Literal["text", "number", "date", "time", "boolean", "formula", "error", "blank"]
KINDS: dict[str, Kind] = {
    "s": "text",
    "n": "number",
    "d": "date",
    "t": "time",
    "b": "boolean",
    "f": "formula",
    "e": "error",
}

# Characters a person cannot see: zero-width marks, soft hyphen, byte-order mark, direction overrides.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_SPACES = re.compile(r"\s+")


class Cell(NamedTuple):
    """Kind and text of a cell. A date's text is ISO 8601, a boolean's is TRUE or FALSE, a formula's
    begins with =.
    """

    kind: Kind
    text: str

    @property
    def is_blank(self) -> bool:
        """True when a person would see nothing in the cell, whatever spaces or invisible marks it holds."""
        return self.kind == "blank" or (self.kind == "text" and not folded(self.text))


BLANK = Cell("blank", "")


def folded(text: str) -> str:
    """Text for comparing: full-width and compatibility forms folded (NFKC), unseen marks gone, spaces single.

    >>> folded(" １２０．５\\u00a0")
    '120.5'
    >>> folded("质押\\u200b ")
    '质押'
    """
    if text.isascii():
        return _SPACES.sub(" ", text).strip()
    return _SPACES.sub(" ", _UNSEEN.sub("", unicodedata.normalize("NFKC", text))).strip()


def tidied(text: str) -> str:
    """Text for showing and storing: as written (rare characters, full-width brackets kept), unseen
    marks gone.

    >>> tidied(" 堃喆（重庆）𠮷龘食品有限公司\\u200b ")
    '堃喆（重庆）𠮷龘食品有限公司'
    """
    return _SPACES.sub(" ", _UNSEEN.sub("", text)).strip()


def column_letter(index: int) -> str:
    """The letter of a column counted from nought.

    >>> column_letter(0), column_letter(25), column_letter(26), column_letter(16383)
    ('A', 'Z', 'AA', 'XFD')
    """
    assert index >= 0
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """The place of a column counted from nought: the inverse of `column_letter`.

    >>> column_index("A"), column_index("XFD")
    (0, 16383)
    """
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def excerpt(text: str, length: int = 40) -> str:
    """A piece of a person's text short enough to stand in a sentence.

    >>> excerpt("一二三四五六", 4)
    '一二三…'
    """
    shown = tidied(text)
    return shown if len(shown) <= length else shown[: length - 1] + "…"
