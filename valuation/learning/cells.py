"""What the texts of a table's cells say: a number, a day, a category. Nothing is guessed; blank is missing."""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

import numpy as np

from valuation.learning.arrays import Flags, Ints, Texts, levels_of
from valuation.learning.method import Method

Kind = Literal["number", "category", "date"]
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
NOT_FINITE = {"nan", "inf", "infinity", "+inf", "-inf", "+infinity", "-infinity"}
NO_VALUE = {
    *NOT_FINITE,
    "na",
    "n/a",
    "#n/a",
    "null",
    "none",
    "nil",
    "-",
    "--",
    "---",
    ".",
    "?",
    "—",
    "无",
    "缺失",
}
"""How programs and people write that nothing is there; among numbers they are faults and no categories."""
DAY = re.compile(
    r"(?:(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})年(\d{1,2})月(\d{1,2})日|((?:19|20)\d\d)(\d\d)(\d\d))"
    r"(?:[ T]([01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?\s*(?:Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
"""Year first, so that no day can be read as a month: 2024-03-05, 2024/3/5, 2024.3.5, 2024年3月5日, 20240305."""


def day_number(on: dt.date) -> int:
    """Days since 1970."""
    return (on - dt.date(1970, 1, 1)).days


def day_of(text: str) -> dt.date | None:
    """The day that a text names, year first; a time of day after it is left off.

    >>> [str(day_of(text)) for text in ("2024-03-05", "2024/3/5 10:11", "2024年3月5日", "20240305")]
    ['2024-03-05', '2024-03-05', '2024-03-05', '2024-03-05']
    >>> [day_of(text) for text in ("2024-02-30", "05/03/2024", "2024-03-05 25:00", "2024-03", "")]
    [None, None, None, None, None]
    """
    if len(text) > 40 or not (match := DAY.fullmatch(text)):
        return None
    year, month, day = (int(part) for part in match.group(1, 3, 4, 5, 6, 7, 8, 9, 10) if part)
    try:
        return dt.date(year, month, day)
    except ValueError:  # 2024-02-30
        return None


def days_of(cells: Texts) -> tuple[Ints, Flags]:
    """Days since 1970 of texts that name a day, and which of them do."""
    texts, places = levels_of(cells)
    days, readable = np.zeros(len(texts), dtype=np.int64), np.zeros(len(texts), dtype=bool)
    for index, text in enumerate(texts):
        if (on := day_of(text)) is not None:
            days[index], readable[index] = day_number(on), True
    return days[places], readable[places]


def kind_of(present: Texts, method: Method) -> Kind:
    """What most of the cells that hold something are; ways to write "nothing" do not count among them.

    A column of numbers with NULL in every third cell stays one of numbers: as categories it would lose them without a word.
    """
    if not len(present):
        return "category"
    texts, places = levels_of(present)
    rows = np.bincount(places)
    nothing = np.array([text.lower() in NO_VALUE for text in texts])
    numeric = np.array([bool(NUMBER.fullmatch(text)) for text in texts])
    not_finite = np.array([text.lower() in NOT_FINITE for text in texts])
    said = rows[~nothing].sum()
    if not said:
        return "number" if not_finite.any() else "category"
    mostly_numbers = rows[numeric].sum() >= method.mostly * said
    may_be_days = (
        rows[np.array([len(text) >= len("20240305") for text in texts])].sum() >= method.mostly * said
    )
    if may_be_days and days_of(present)[1].sum() >= method.mostly * said:
        return "date"
    return "number" if mostly_numbers else "category"


def is_code(present: Texts, method: Method) -> bool:
    """Whole numbers of one length, zero apart: an industry code, whose size means nothing."""
    texts = {str(text) for text in present} - {"0"}
    lengths = {len(text) for text in texts}
    alike = len(lengths) == 1 and max(lengths) >= method.code_digits
    return (
        alike and len(texts) > method.most_bins and all(text.isascii() and text.isdigit() for text in texts)
    )


def shown(text: str, most: int = 40) -> str:
    """A text of a file as it may stand in a sentence: short, on one line."""
    line = "".join(character if character.isprintable() else "·" for character in text[: most + 1])
    return line[:most] + "…" if len(line) > most else line
