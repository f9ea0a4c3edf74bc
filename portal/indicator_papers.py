"""The indicators on paper: the workbook with every row behind every value, and the sheet that anybody can verify."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kernel.chinese import in_chinese
from kernel.documents.actions import issue
from kernel.money import yuan_text
from kernel.money.tables import wan_column
from kernel.sheets.tables import Cell, TableSheet, write_tables
from kernel.work import jobs, outbox
from riskpool.claims.indicators.gathering import catalogue
from riskpool.claims.wording import indicator_words
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
        _("按 %(at)s 已知的记录") % {"at": f"{timezone.localtime(facts.known_at):%Y-%m-%d %H:%M}"}
        if facts.known_at
        else _("按现时已知的记录")
    )
    named = {"pool": page.pool.name, "whose": _("本行口径") if facts.bank else _("全池口径")}
    of = {"on": facts.on.isoformat(), "begin": facts.begin.isoformat(), "known": known}
    return [
        _("%(pool)s 监测指标（%(whose)s）") % named,
        _("截至 %(on)s，期间自 %(begin)s 起，%(known)s") % of,
        _("指标口径摘要 %(digest)s") % {"digest": catalogue().sha256[:12]},
    ]


def workbook_of(page: IndicatorPage) -> bytes:
    """The page as a workbook: all values with their parts, one line a bank in yuan, and every row behind every value."""
    lead, told = lead_of(page), indicator_words
    values = [
        [
            told(one.definition.group), told(one.definition.name), told(line.value.subject), told(line.value.text),
            told(line.value.unfolded), line.line_text, line.distance, line.word, told(one.definition.formula),
            told(one.definition.source), one.mark, str(_("；")).join(map(told, line.value.notes)),
        ]
        for one, line in _flat(page)
    ]  # fmt: skip
    banks: list[list[Cell]] = [
        [value.subject, *(Decimal(yuan_text(int(part.amount))) for part in value.parts)]
        for value in page.banks
    ]
    rows: list[list[Cell]] = [
        [
            told(one.definition.name),
            told(line.value.subject),
            told(part.label),
            row.label,
            row.detail,
            row.day,
            row.exact,
        ]
        for one, line in _flat(page)
        for part in line.value.parts
        for row in behind(part)
    ]
    in_yuan = [_("%(heading)s（元）") % {"heading": told(heading)} for heading in page.headings]
    sheets = [
        TableSheet(
            _("指标"), lead,
            [
                _("分组"), _("指标"), _("对象"), _("数值"), _("代入数字"), _("线"), _("距线"), _("状态"), _("公式"),
                _("出处"), _("出处标记"), _("说明"),
            ],
            values,
        ),
        TableSheet(_("按银行"), lead, [_("银行"), *in_yuan], banks),
        TableSheet(
            _("明细"), lead,
            [_("指标"), _("对象"), _("项"), _("明细"), _("说明"), _("日期"), _("数（金额以元计）")], rows,
        ),
    ]  # fmt: skip
    return write_tables(lead[0], sheets)


def sheet_of(page: IndicatorPage) -> dict[str, Any]:
    """The content of the PDF: plain values, money as text; 万元 cells add up as printed."""
    told = indicator_words
    return {
        "pool": page.pool.name,
        "on": page.facts.on.isoformat(),
        "begin": page.facts.begin.isoformat(),
        "known_at": f"{timezone.localtime(page.facts.known_at):%Y-%m-%d %H:%M}" if page.facts.known_at else None,
        "definitions_sha256": catalogue().sha256,
        "identity": _identity(page),
        "groups": [
            {
                "name": told(name),
                "rows": [
                    {
                        "name": told(one.definition.name), "subject": told(line.value.subject),
                        "value": told(line.value.text), "unfolded": told(line.value.unfolded),
                        "line": line.line_text, "distance": line.distance, "word": line.word, "mark": one.mark,
                    }
                    for one in indicators
                    for line in one.lines
                ],
            }
            for name, indicators in page.groups
        ],
        "definitions": [
            {
                "name": told(one.definition.name), "formula": told(one.definition.formula),
                "source": told(one.definition.source), "note": told(one.definition.note),
            }
            for _group, indicators in page.groups
            for one in indicators
        ],
        "bank_headings": [told(heading) for heading in page.headings],
        "banks": [
            {"name": row["value"].subject, "wan": [cell for _, cell, _ in row["cells"]]} for row in page.bank_rows
        ],
        "bank_totals": list(page.table.column_totals),
    }  # fmt: skip


def _identity(page: IndicatorPage) -> list[dict[str, str]]:
    """The pool's balance from its opening to its closing, in 万元 that add up and in yuan."""
    balance = next((line.value for one, line in _flat(page) if one.definition.id == "pool_balance"), None)
    if balance is None:
        return []
    signed = [int(sign * part.amount) for sign, part in balance.above]
    printed = wan_column(signed, grouped=True)
    identity = [
        {
            "label": indicator_words(part.label), "sign": str(_("减")) if sign < 0 else "",
            "wan": cell, "yuan": yuan_text(fen),
        }
        for (sign, part), cell, fen in zip(balance.above, printed.cells, signed, strict=True)
    ]  # fmt: skip
    closing = {
        "label": indicator_words("期末余额"),
        "sign": "",
        "wan": printed.total,
        "yuan": yuan_text(sum(signed)),
    }
    return [*identity, closing]


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


@in_chinese
def issue_indicators(*, by: Membership, pool_id: UUID, asked: Asked) -> IssuedDocument:
    """Issue the indicators of a pool as a numbered PDF that anybody can verify; Chinese as all papers, whoever asks.

    Pool.DoesNotExist without a seat.
    """
    pool = pools.pool(viewer=by, pool_id=pool_id)
    content = sheet_of(indicator_page(by, pool_id, asked))
    title = _("资金池监测指标（%(on)s）") % {"on": asked.on.isoformat()}
    return issue(
        by=by,
        at=timezone.now(),
        kind="pool_indicators",
        title=title,  # the public check shows it: no name in it
        template="pdf/pool_indicators.html",
        content=content,
        subject=pool,
    )
