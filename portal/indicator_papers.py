"""The indicators on paper: the workbook with every row behind every value, and the sheet that anybody can verify."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from kernel.documents.actions import issue
from kernel.money import yuan_text
from kernel.money.tables import wan_column
from kernel.sheets.tables import Cell, TableSheet, write_tables
from kernel.work import jobs, outbox
from riskpool.claims.indicators.gathering import catalogue
from riskpool.pools import queries as pools

from .indicator_rows import behind
from .indicators import Asked, Indicator, IndicatorPage, Line, indicator_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from finance.parties.models import Membership
    from kernel.documents.models import IssuedDocument
    from kernel.work.models import JobRun


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
    banks: list[list[Cell]] = [
        [value.subject, *(Decimal(yuan_text(int(part.amount))) for part in value.parts)]
        for value in page.banks
    ]
    rows: list[list[Cell]] = [
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
