"""The page of a pool's indicators: groups, values with their formula unfolded, one line a bank, and the rows behind each.

Figures come from `riskpool.claims.indicators`, which takes the viewer; here they are put side by side, printed and issued.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.marks import MARKS
from kernel.money import wan_table
from riskpool.claims.indicators.gathering import catalogue, gather, pool_for
from riskpool.claims.indicators.rules import worked_out
from riskpool.claims.indicators.rules.by_bank import BY_BANK, HEADINGS, by_bank
from riskpool.claims.indicators.rules.values import fixed
from riskpool.claims.wording import indicator_words
from riskpool.pools.models import Pool

if TYPE_CHECKING:
    from uuid import UUID

    from finance.parties.models import Membership
    from kernel.money.tables import WanTable
    from riskpool.claims.indicators.facts import Facts
    from riskpool.claims.indicators.rules.values import Value
    from riskpool.claims.indicators.terms import Definition, Marked
    from riskpool.claims.indicators.terms import Line as TermLine

# tone -> its word: a colour never stands alone; two indicators have words of their own
TONES = {"bad": _("已触线"), "near": _("接近"), "good": _("未触线"), "": ""}
OWN_TONES = {
    "custodian_gap": {"bad": _("不符"), "good": _("相符")},
    "recoveries_overdue": {"bad": _("有逾期"), "good": _("无逾期")},
}


@dataclass(frozen=True)
class Asked:
    """What a reader asked for: a day, the moment by which facts were known, and the first day of the period."""

    on: dt.date
    known_at: dt.datetime | None = None
    begin: dt.date | None = None

    @property
    def query(self) -> str:
        """The same as the end of an address."""
        known = f"&known={timezone.localtime(self.known_at).date().isoformat()}" if self.known_at else ""
        begin = f"&from={self.begin.isoformat()}" if self.begin else ""
        return f"on={self.on.isoformat()}{known}{begin}"


@dataclass(frozen=True)
class Line:
    """One value as it is shown; `place` names it in the address of its rows."""

    value: Value
    place: int

    @property
    def word(self) -> str:
        """The tone in a word."""
        return str(OWN_TONES.get(self.value.id, TONES).get(self.value.tone, ""))

    @property
    def distance(self) -> str:
        """(line − value) ÷ line, in per cent, for a value that has its own line."""
        left = self.value.distance
        return f"{fixed(left * 100)} %" if left is not None else ""

    @property
    def line_text(self) -> str:
        return fixed(self.value.line) if self.value.line is not None else ""

    @property
    def has_rows(self) -> bool:
        return any(part.rows for part in self.value.parts)


@dataclass(frozen=True)
class Indicator:
    """A definition with its lines."""

    definition: Definition
    lines: tuple[Line, ...]

    @property
    def figures(self) -> list[str]:
        """The numbers and choices that the calculation takes from the file, each with its article and mark."""
        marked: list[Marked | TermLine] = [self.definition.line] if self.definition.line else []
        marked += [*self.definition.figures.values(), *self.definition.words.values()]
        told = _("%(article)s（%(mark)s）")
        return [
            str(told) % {"article": indicator_words(one.article), "mark": MARKS[one.status]} for one in marked
        ]

    @property
    def mark(self) -> str:
        return str(MARKS[self.definition.status])


@dataclass(frozen=True)
class IndicatorPage:
    """Everything the page shows; `table` is one row a bank in 万元, cells and totals adding up as printed."""

    pool: Pool
    asked: Asked
    facts: Facts
    groups: tuple[tuple[str, tuple[Indicator, ...]], ...]
    banks: tuple[Value, ...]
    table: WanTable

    @property
    def headings(self) -> list[str]:
        return [part.label for _, part in self.banks[0].above] if self.banks else list(HEADINGS)

    @property
    def bank_rows(self) -> list[dict[str, Any]]:
        """One row a bank with its printed cells and the exact fen beside each."""
        return [
            {
                "value": value,
                "place": place,
                "cells": list(zip(self.headings, cells, value.parts, strict=True)),
            }
            for place, (value, cells) in enumerate(zip(self.banks, self.table.cells, strict=True))
        ]

    @property
    def totals(self) -> list[tuple[str, str]]:
        return list(zip(self.headings, self.table.column_totals, strict=True))

    @property
    def warned(self) -> list[tuple[Definition, Line]]:
        """What stands on its line or near it, the worse first."""
        found = [
            (one.definition, line)
            for _group, indicators in self.groups
            for one in indicators
            for line in one.lines
            if line.value.tone in ("bad", "near")
        ]
        return sorted(found, key=lambda pair: pair[1].value.tone != "bad")


def indicator_page(viewer: Membership, pool_id: UUID, asked: Asked) -> IndicatorPage:
    """The page of one pool for a seat at it, or a bank's own lines; Pool.DoesNotExist for everybody else."""
    pool = pool_for(viewer=viewer, pool_id=pool_id)[0]
    facts = gather(viewer=viewer, pool_id=pool_id, on=asked.on, begin=asked.begin, known_at=asked.known_at)
    found = [
        Indicator(definition, tuple(Line(value, place) for place, value in enumerate(values)))
        for definition, values in worked_out(facts, catalogue())
    ]
    names = dict.fromkeys(one.definition.group for one in found)
    banks = tuple(by_bank(facts))
    return IndicatorPage(
        pool=pool,
        asked=asked,
        facts=facts,
        groups=tuple((name, tuple(one for one in found if one.definition.group == name)) for name in names),
        banks=banks,
        table=wan_table([[int(part.amount) for part in value.parts] for value in banks], grouped=True),
    )


def value_at(page: IndicatorPage, name: str, place: int) -> tuple[str, str, Value]:
    """Title, formula and value of one line of the page; Pool.DoesNotExist when there is no such line."""
    if name == BY_BANK and place < len(page.banks):
        return f"{page.banks[place].subject}", "", page.banks[place]
    for _group, indicators in page.groups:
        for one in indicators:
            if one.definition.id == name and place < len(one.lines):
                value = one.lines[place].value
                title = "：".join(filter(None, (one.definition.name, value.subject)))
                return title, one.definition.formula, value
    raise Pool.DoesNotExist
