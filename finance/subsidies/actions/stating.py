"""The paying bank's statement is entered, corrected by another, and remarked on. Nothing of it moves money or a state."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from finance.parties.models import Organisation
from finance.parties.seats import permit
from finance.subsidies.actions.locking import PREPARES
from finance.subsidies.models import BankLine, BankLineRemark, BankStatement
from finance.subsidies.queries import of_statements as asked
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.documents.actions import keep_file, next_number
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.sheets.precheck import MEDIA_TYPES, file_kind
from kernel.statements.sheet import Stated, statement_form, statement_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

STATEMENT = statement_form(act="subsidy_statement", title="补贴付款账户对账单")


@in_chinese
@transaction.atomic
def enter_statement(
    *, by: Any, stated: Stated, name: str, content: bytes, on: dt.date, supersedes_id: UUID | None = None
) -> BankStatement:
    """Enter the bank's statement of the bureau's paying account over a span of days; `supersedes_id` is the one that it
    corrects. Refused with every fault of the span, the cells, the chain of balances; and where it overlaps another or does
    not begin with the balance that the one before ends with."""
    permit(by, PREPARES)
    problems = [*_span_problems(stated, on)]
    refuse_if_any(problems)
    lines = statement_lines(stated, name=name, content=content, on=on, form=STATEMENT)
    Organisation.objects.select_for_update(no_key=True).get(pk=by.organisation_id)
    standing = list(asked.statements(viewer=by).filter(live=True))
    corrected = next((one for one in standing if one.pk == supersedes_id), None)
    if supersedes_id is not None and corrected is None:
        raise BankStatement.DoesNotExist
    refuse_if_any(_chain_problems(stated, [one for one in standing if one != corrected]))
    if corrected is not None:
        corrected.live = False
        corrected.save(update_fields=["live"])
    kept = keep_file(
        by=by, at=timezone.now(), name=name, media_type=MEDIA_TYPES[file_kind(content)], content=content
    )
    row = BankStatement.objects.create(
        number=f"BTD{on:%Y%m%d}-{next_number(on):04d}", bureau=by.organisation, file=kept,
        span=(stated.first, stated.last + dt.timedelta(days=1)), opening=money_of(stated.opening_fen),
        closing=money_of(stated.closing_fen), supersedes=corrected, recorded_by=by.account,
    )  # fmt: skip
    BankLine.objects.bulk_create(
        BankLine(
            statement=row, seq=seq, file_row=line["row"], day=dt.date.fromisoformat(line["day"]),
            direction=line["direction"], amount=money_of(line["fen"]), counterparty=line["counterparty"],
            memo=line["memo"], bank_reference=line["reference"],
            balance=None if line["balance_fen"] is None else money_of(line["balance_fen"]),
        )
        for seq, line in enumerate(lines, 1)
    )  # fmt: skip
    told = f"登记付款账户对账单 {row.number}：{stated.first} 至 {stated.last} {len(lines)} 行"
    record(by=by, verb="subsidies.statement", subject=row, summary=told)
    return row


def _span_problems(stated: Stated, on: dt.date) -> Iterator[Problem]:
    if stated.first > stated.last:
        yield Problem("期间", "起始日晚于期末日", "请核对期间", "span")
    if stated.last > on:
        yield Problem("期末日", f"{stated.last} 晚于今天（{on}）", "请填写已经过去的日期", "future")


def _chain_problems(stated: Stated, others: list[BankStatement]) -> Iterator[Problem]:
    """A statement overlaps no other and continues the one that ends the day before."""
    for one in others:
        first, last = one.span.lower, one.span.upper - dt.timedelta(days=1)
        if stated.first <= last and first <= stated.last:
            found = f"与 {one.number}（{first} 至 {last}）重叠"
            yield Problem("期间", found, "请核对期间；要更正那一份的，请选择它", "overlaps")
        for where, mine, theirs, meets in (
            ("期初余额", stated.opening_fen, fen_of(one.closing), one.span.upper == stated.first),
            (
                "期末余额",
                stated.closing_fen,
                fen_of(one.opening),
                stated.last + dt.timedelta(days=1) == first,
            ),
        ):
            if meets and mine != theirs:
                found = f"{yuan_text(mine, grouped=True)} 元，{one.number} 为 {yuan_text(theirs, grouped=True)} 元"
                yield Problem(where, found, "相邻两份对账单的余额应当相接，请核对", "chain")


@in_chinese
@transaction.atomic
def remark_on(*, by: Any, line_id: int, text: str) -> BankLineRemark:
    """Say what a line is that is no payment of subsidies."""
    permit(by, PREPARES)
    line = BankLine.objects.select_related("statement").get(
        pk=line_id, statement__in=asked.statements(viewer=by)
    )
    if not text.strip():
        raise Refused(Problem("说明", "未填写", "请写明这笔收支是什么", "required"))
    row = BankLineRemark.objects.create(line=line, text=text.strip()[:200], recorded_by=by.account)
    told = f"{line.statement.number} 第 {line.seq} 行：{row.text}"
    record(by=by, verb="subsidies.remark", subject=line.statement, summary=told[:200])
    return row
