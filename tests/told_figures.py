"""The figures that a text tells, whatever the language: 10m and 1000万 are one value. For tests of translations."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from decimal import Decimal

IN_ENGLISH = {"m": Decimal(10) ** 6, "bn": Decimal(10) ** 9, "": Decimal(1)}
IN_CHINESE = {"万": Decimal(10) ** 4, "亿": Decimal(10) ** 8, "": Decimal(1)}
MONTHS = {name: place for place, name in enumerate(calendar.month_name) if name}
NUMBER = r"(\d{1,3}(?:,\d{3})+(?!\d)|\d+)(\.\d+)?"


def figures(text: str, scale: dict[str, Decimal]) -> Counter[Decimal]:
    """The values of all numbers of a text: 10m and 1000万 are one value.

    >>> figures("first 10m, 2.5bn", IN_ENGLISH) == figures("前1000万元，25亿元", IN_CHINESE)
    True
    """
    units = "|".join(rf"{unit}(?![A-Za-z])" for unit in scale if unit)
    for name, place in MONTHS.items():
        text = re.sub(rf"\b{name}(?= \d)", str(place), text)
    return Counter(
        Decimal(whole.replace(",", "") + part) * scale[unit]
        for whole, part, unit in re.findall(rf"{NUMBER}({units})?", text)
    )
