"""The page of a pool's indicators: groups, values with their formula unfolded, one line a bank, and the rows behind each.

Figures come from `riskpool.claims.indicators`, which takes the viewer; here they are put side by side, printed and issued.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.documents.actions import issue
from kernel.money import wan_table, yuan_text
from kernel.money.tables import wan_column
from kernel.sheets.tables import TableSheet, write_tables
from kernel.work import jobs, outbox
from riskpool.claims.indicators.gathering import catalogue, gather, pool_for
from riskpool.claims.indicators.rules import worked_out
from riskpool.claims.indicators.rules.by_bank import BY_BANK, HEADINGS, by_bank
from riskpool.claims.indicators.rules.values import fixed
from riskpool.claims.page import MARKS
from riskpool.pools import queries as pools
from riskpool.pools.models import Pool

from .indicator_rows import behind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from finance.parties.models import Membership
    from kernel.documents.models import IssuedDocument
    from kernel.money.tables import WanTable
    from kernel.work.models import JobRun
    from riskpool.claims.indicators.facts import Facts
    from riskpool.claims.indicators.rules.values import Value
    from riskpool.claims.indicators.terms import Definition

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
        line = [self.definition.line] if self.definition.line else []
        marked = [*line, *self.definition.figures.values(), *self.definition.words.values()]
        return [f"{one.article}（{MARKS[one.status]}）" for one in marked]

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
                title = f"{one.definition.name}：{value.subject}" if value.subject else one.definition.name
                return title, one.definition.formula, value
    raise Pool.DoesNotExist


def _flat(page: IndicatorPage) -> Iterator[tuple[Indicator, Line]]:
    for _group, indicators in page.groups:
        for one in indicators:
            for line in one.lines:
                yield one, line


def lead_of(page: IndicatorPage) -> list[str]:
    """What figures these are: whose, of which day and period, as known when, by which definitions."""
    facts = page.facts
    known = (
        f"按 {timezone.localtime(facts.known_at):%Y-%m-%d %H:%M} 已知的记录"
        if facts.known_at
        else "按现时已知的记录"
    )
    whose = "本行口径" if facts.bank else "全池口径"
    return [
        f"{page.pool.name} 监测指标（{whose}）",
        f"截至 {facts.on.isoformat()}，期间自 {facts.begin.isoformat()} 起，{known}",
        f"指标口径摘要 {catalogue().sha256[:12]}",
    ]


def workbook_of(page: IndicatorPage) -> bytes:
    """The page as a workbook: all values with their parts, one line a bank in yuan, and every row behind every value."""
    lead = lead_of(page)
    values = [
        [
            one.definition.group, one.definition.name, line.value.subject, line.value.text, line.value.unfolded,
            line.line_text, line.distance, line.word, one.definition.formula, one.definition.source, one.mark,
            "；".join(line.value.notes),
        ]
        for one, line in _flat(page)
    ]  # fmt: skip
    banks = [
        [value.subject, *(Decimal(yuan_text(int(part.amount))) for part in value.parts)]
        for value in page.banks
    ]
    rows = [
        [one.definition.name, line.value.subject, part.label, told.label, told.detail, told.day, told.exact]
        for one, line in _flat(page)
        for part in line.value.parts
        for told in behind(part)
    ]
    sheets = [
        TableSheet(
            "指标", lead,
            ["分组", "指标", "对象", "数值", "代入数字", "线", "距线", "状态", "公式", "出处", "出处标记", "说明"], values,
        ),
        TableSheet("按银行", lead, ["银行", *(f"{heading}（元）" for heading in page.headings)], banks),
        TableSheet("明细", lead, ["指标", "对象", "项", "明细", "说明", "日期", "数（金额以元计）"], rows),
    ]  # fmt: skip
    return write_tables(lead[0], sheets)


def sheet_of(page: IndicatorPage) -> dict[str, Any]:
    """The content of the PDF: plain values, money as text; 万元 cells add up as printed."""
    balance = next((line.value for one, line in _flat(page) if one.definition.id == "pool_balance"), None)
    identity = []
    if balance is not None:
        signed = [int(sign * part.amount) for sign, part in balance.above]
        printed = wan_column(signed, grouped=True)
        identity = [
            {"label": part.label, "sign": "减" if sign < 0 else "", "wan": cell, "yuan": yuan_text(fen)}
            for (sign, part), cell, fen in zip(balance.above, printed.cells, signed, strict=True)
        ]
        identity.append(
            {"label": "期末余额", "sign": "", "wan": printed.total, "yuan": yuan_text(sum(signed))}
        )
    return {
        "pool": page.pool.name,
        "on": page.facts.on.isoformat(),
        "begin": page.facts.begin.isoformat(),
        "known_at": page.facts.known_at.isoformat() if page.facts.known_at else None,
        "definitions_sha256": catalogue().sha256,
        "identity": identity,
        "groups": [
            {
                "name": name,
                "rows": [
                    {
                        "name": one.definition.name, "subject": line.value.subject, "value": line.value.text,
                        "unfolded": line.value.unfolded, "line": line.line_text, "distance": line.distance,
                        "word": line.word, "mark": one.mark,
                    }
                    for one in indicators
                    for line in one.lines
                ],
            }
            for name, indicators in page.groups
        ],
        "bank_headings": page.headings,
        "banks": [
            {"name": row["value"].subject, "wan": [cell for _, cell, _ in row["cells"]]} for row in page.bank_rows
        ],
        "bank_totals": list(page.table.column_totals),
    }  # fmt: skip


@transaction.atomic
def ask_for_indicators(*, by: Membership, pool_id: UUID, asked: Asked) -> JobRun:
    """Let a worker issue the indicators of a day: rendering has no place in a request. Pool.DoesNotExist without a seat."""
    pool = pools.pool(viewer=by, pool_id=pool_id)
    job = jobs.queue(
        kind="portal.indicators", by=by, title=f"出具 {pool.name} 监测指标（{asked.on.isoformat()}）"
    )
    payload = {
        "job": str(job.pk),
        "membership": str(by.pk),
        "pool": str(pool_id),
        "on": asked.on.isoformat(),
        "begin": asked.begin.isoformat() if asked.begin else None,
        "known_at": asked.known_at.isoformat() if asked.known_at else None,
    }
    outbox.put(kind="portal.indicators", payload=payload, effect_key=f"portal.indicators:{job.pk}")
    return job


def issue_indicators(*, by: Membership, pool_id: UUID, asked: Asked) -> IssuedDocument:
    """Issue the indicators of a pool as a numbered PDF that anybody can verify. Pool.DoesNotExist without a seat."""
    pool = pools.pool(viewer=by, pool_id=pool_id)
    page = indicator_page(by, pool_id, asked)
    return issue(
        by=by,
        at=timezone.now(),
        kind="pool_indicators",
        title=f"资金池监测指标（{asked.on.isoformat()}）",  # the public check shows it: no name in it
        template="pdf/pool_indicators.html",
        content=sheet_of(page),
        subject=pool,
    )
