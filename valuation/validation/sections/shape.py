"""The parts of a report as its readers meet them, and how figures are written. Everything is text by now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from kernel.money import yuan_text
from valuation.learning.validation import in_order

Report = Mapping[str, Any]
DASH = "—"


@dataclass(frozen=True)
class Table:
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1
    """So many of the first columns are words; the others are figures."""
    caption: str = ""
    total: bool = False
    all_words: bool = False
    kind: str = ""
    """The class by which the columns are given their widths."""


@dataclass(frozen=True)
class Plot:
    """A picture as SVG, every word in it escaped, and what it is called."""

    title: str
    svg: str
    before: int = 0
    """It stands before the table of this number, the one whose figures it draws."""


@dataclass(frozen=True)
class Section:
    id: str
    title: str
    formula: str = ""
    counted: str = ""
    pick: str = ""
    """Which rows of the sample stand behind it: all, known, bad, booked."""
    tables: Sequence[Table] = ()
    details: Sequence[Table] = ()
    """Small tables, set two beside each other."""
    plots: Sequence[Plot] = ()
    notes: Sequence[str] = ()

    def plain(self) -> dict[str, Any]:
        """All that it states, without the pictures."""
        return {name: value for name, value in asdict(self).items() if name != "plots"}


def percent(value: float | None, digits: int = 1) -> str:
    return DASH if value is None else f"{value:.{digits}%}"


def figure(value: float | None, digits: int = 3) -> str:
    return DASH if value is None else f"{value:.{digits}f}"


def p_text(value: float | None) -> str:
    return DASH if value is None else _("小于 0.0001") if value < 0.0001 else f"{value:.4f}"


def between(low: float | None, high: float | None, digits: int = 3) -> str:
    return DASH if low is None or high is None else f"{low:.{digits}f}—{high:.{digits}f}"


def yuan(fen: int) -> str:
    return yuan_text(fen, grouped=True)


def by_card(report: Report, named: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What is told by indicator, in the order of the card: a kept report's keys come back in the database's order."""
    places = {each["title"]: place for place, each in enumerate(report["univariate"])}
    return sorted(named.items(), key=lambda one: (places.get(one[0], len(places)), one[0]))


def in_card_order(report: Report, name: str, levels: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Levels of a segment as the card has them: a kept report's keys come back in the database's order."""
    return [
        (level, levels[level]) for level in in_order(levels, report.get("level_orders", {}).get(name, ()))
    ]


def by_segment(named: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Segments in the order of scoring.md 7.6: stage, sector, size, and the others by name."""
    first = ("阶段", "行业", "规模")
    return sorted(
        named.items(), key=lambda one: (first.index(one[0]) if one[0] in first else len(first), one[0])
    )
