"""Cell grammars for numbers and days: amounts in 万元 or 元, percentages, whole numbers, dates.

Read values, never formats. No float comes here: a number cell is its shortest decimal text already.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from kernel.errors import Refused
from kernel.money import fen_from_wan, fen_from_yuan
from kernel.sheets.cells import Cell, excerpt, folded
from kernel.sheets.columns import Reading, unread

_DECIMAL = re.compile(r"(-?)(\d{1,3}(?:,\d{3})+|\d{1,18})(?:\.(\d{1,30}))?", re.ASCII)
_PLACES = {"万元": 4, "元": 2}


def decimal_text(cell: Cell, strip: str = "") -> str | None:
    """The plain decimal a cell holds, without thousands separators; None when it is not in the grammar.

    Signs of a unit in `strip` may follow. Exponents, NaN, a leading + and a bare point are not in the
    grammar.

    >>> decimal_text(Cell("text", " 1,200.5000 ")), decimal_text(Cell("text", "１２０．５"))
    ('1200.5000', '120.5')
    >>> [decimal_text(Cell("text", text)) for text in ("1E4", "12,34", "NaN", "+1", ".5")]
    [None, None, None, None, None]
    """
    if cell.kind not in ("text", "number"):
        return None
    text = folded(cell.text)
    if strip and text.endswith(strip):
        text = text[: -len(strip)].rstrip()
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return None
    sign, whole, fraction = match.groups()
    whole = whole.replace(",", "").lstrip("0") or "0"
    return f"{sign}{whole}" + (f".{fraction}" if fraction else "")


def not_a_number(cell: Cell, wanted: str) -> Reading:
    """A flaw that says what stands there instead of a number."""
    if cell.kind == "date":
        return unread("wrong_kind", f"单元格是日期格式（{cell.text}）", f"请把单元格格式改为“数值”。{wanted}")
    if cell.kind in ("time", "boolean"):
        return unread("wrong_kind", f"单元格是时间或逻辑值（{cell.text}）", wanted)
    return unread("not_a_number", f"“{excerpt(cell.text)}”不是数字", wanted)


@dataclass(frozen=True)
class Amount:
    """Money in the unit its heading names, as whole fen. At most two decimals of 元, four of 万元.

    `zero` says whether nought is an amount here (a balance) or a mistake (a loan).
    """

    unit: Literal["万元", "元"]
    zero: bool = False
    kind: str = "amount"

    def read(self, cell: Cell) -> Reading:
        """Fen."""
        places = _PLACES[self.unit]
        wanted = f"请按{self.unit}填写数字，最多 {places} 位小数"
        text = decimal_text(cell, strip=self.unit)
        if text is None:
            return not_a_number(cell, wanted)
        fraction = text.partition(".")[2].rstrip("0")
        if text.startswith("-") and text.strip("-0."):
            return unread(
                "negative", f"{text} 是负数", f"金额{'不能小于 0' if self.zero else '要大于 0'}。{wanted}"
            )
        if len(fraction) > places:
            return unread("too_many_decimals", f"{text} 的小数超过 {places} 位", wanted)
        plain = text.lstrip("-").partition(".")[0] + (f".{fraction}" if fraction else "")
        try:
            fen = fen_from_wan(plain) if self.unit == "万元" else fen_from_yuan(plain)
        except Refused:
            return unread("too_large", f"{text} {self.unit}超出系统能记的金额", wanted)
        if fen == 0 and not self.zero:
            return unread("not_positive", "金额是 0", f"金额要大于 0。{wanted}")
        folds = (f"按 {plain} {self.unit}读入",) if cell.kind == "text" and cell.text != plain else ()
        return Reading(fen, folds)


@dataclass(frozen=True)
class Percent:
    """A percentage in points: 3.85 means 3.85 %. Bounds are exclusive below, inclusive above.

    Value: Decimal with at most `places` decimals, in its shortest form.
    """

    above: Decimal = Decimal(0)
    upto: Decimal = Decimal(100)
    places: int = 6
    kind: str = "percent"

    def read(self, cell: Cell) -> Reading:
        """Percentage points."""
        wanted = f"请填写大于 {self.above}、不超过 {self.upto} 的数字（单位：%），例如 3.85"
        text = decimal_text(cell, strip="%")
        if text is None:
            return not_a_number(cell, wanted)
        value = Decimal(text)
        if not self.above < value <= self.upto:
            return unread("out_of_range", f"{text}% 超出范围", wanted)
        if len(text.partition(".")[2].rstrip("0")) > self.places:
            return unread("too_many_decimals", f"{text} 的小数超过 {self.places} 位", wanted)
        plain = shortest_decimal(value)
        folds = (f"按 {plain}% 读入",) if cell.kind == "text" and cell.text != plain else ()
        return Reading(Decimal(plain), folds)


def shortest_decimal(value: Decimal) -> str:
    """A decimal without trailing noughts and without exponent.

    >>> shortest_decimal(Decimal("3.850")), shortest_decimal(Decimal("1E+2"))
    ('3.85', '100')
    """
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class Whole:
    """A whole number between two bounds, both allowed."""

    least: int = 0
    most: int = 10**9
    kind: str = "integer"

    def read(self, cell: Cell) -> Reading:
        """An int."""
        wanted = f"请填写 {self.least} 到 {self.most} 的整数"
        text = decimal_text(cell)
        if text is None:
            return not_a_number(cell, wanted)
        if text.partition(".")[2].strip("0") or not self.least <= int(Decimal(text)) <= self.most:
            return unread("out_of_range", f"{text} 超出范围或不是整数", wanted)
        return Reading(int(Decimal(text)))


_EARLIEST, _LATEST = date(1950, 1, 1), date(2100, 12, 31)
_DATES = (
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII),
    re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})", re.ASCII),
    re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})", re.ASCII),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]", re.ASCII),
    re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII),
)
_MIDNIGHT = re.compile(r"[ T]00:00(:00(\.0+)?)?$", re.ASCII)


@dataclass(frozen=True)
class Day:
    """A day: a real date cell, 2026-11-20, 2026/11/20, 2026.11.20, 20261120, 2026年11月20日, or a day number.

    A day number (a date cell whose format was lost) is counted from the workbook's own epoch, 1900 or 1904.
    """

    epoch_1904: bool = False
    kind: str = "date"

    def read(self, cell: Cell) -> Reading:
        """A date between 1950 and 2100."""
        wanted = "请按 YYYY-MM-DD 填写，例如 2026-11-20"
        text = folded(cell.text).replace(" ", "") if cell.kind == "text" else cell.text
        if cell.kind == "date":
            return self._real(text, wanted)
        if cell.kind not in ("text", "number"):
            return unread("not_a_date", f"“{excerpt(cell.text)}”不是日期", wanted)
        if re.fullmatch(r"\d{5}(\.\d+)?", text, re.ASCII):
            epoch = date(1904, 1, 1) if self.epoch_1904 else date(1899, 12, 30)
            return self._within(
                epoch + timedelta(days=int(text.partition(".")[0])), cell.text, wanted, f"日期序号 {text}"
            )
        plain = _MIDNIGHT.sub("", folded(cell.text)).replace(" ", "")
        for form in _DATES:
            if match := form.fullmatch(plain):
                year, month, day = (int(group) for group in match.groups())
                try:
                    found = date(year, month, day)
                except ValueError:
                    return unread("no_such_day", f"{excerpt(cell.text)} 不是有效日期", wanted)
                return self._within(found, cell.text, wanted, f"“{excerpt(cell.text)}”")
        return unread("not_a_date", f"“{excerpt(cell.text)}”不是日期", wanted)

    def _real(self, text: str, wanted: str) -> Reading:
        day, _, moment = text.partition("T")
        note = f"去掉了钟点 {moment}" if moment.strip("0:.") else ""
        return self._within(date.fromisoformat(day), text, wanted, "", note)

    def _within(self, found: date, text: str, wanted: str, shown: str, note: str = "") -> Reading:
        if not _EARLIEST <= found <= _LATEST:
            return unread(
                "day_out_of_range",
                f"{found.isoformat()} 不在 {_EARLIEST.year} 到 {_LATEST.year} 年之间",
                wanted,
            )
        if shown and text != found.isoformat():
            note = f"{shown}按 {found.isoformat()} 读入"
        return Reading(found, (note,) if note else ())


@dataclass(frozen=True)
class Month:
    """A month of a report: 2026-11, 2026/11, 2026年11月, 202611, or any date in it. Value: 'YYYY-MM'."""

    kind: str = "month"

    def read(self, cell: Cell) -> Reading:
        """The month as YYYY-MM."""
        wanted = "请按 YYYY-MM 填写，例如 2026-11"
        if cell.kind == "date":
            return Reading(cell.text[:7], (f"按 {cell.text[:7]} 读入",))
        text = folded(cell.text).replace(" ", "")
        match = re.fullmatch(r"(\d{4})(?:[-/.]|年)?(\d{1,2})月?", text, re.ASCII)
        if cell.kind not in ("text", "number") or match is None:
            day = Day().read(cell)
            if day.value is None:
                return unread("not_a_month", f"“{excerpt(cell.text)}”不是月份", wanted)
            return Reading(day.value.isoformat()[:7], (f"按 {day.value.isoformat()[:7]} 读入",))
        year, month = int(match[1]), int(match[2])
        if not 1 <= month <= 12 or not _EARLIEST.year <= year <= _LATEST.year:
            return unread("not_a_month", f"“{excerpt(cell.text)}”不是有效月份", wanted)
        value = f"{year}-{month:02d}"
        return Reading(value, () if cell.text == value else (f"按 {value} 读入",))
