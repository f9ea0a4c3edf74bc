"""The custodian bank of the demonstration: payments go out in batches, it answers, and states each account line by line."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import TYPE_CHECKING

from kernel.money import yuan_text
from kernel.money.fields import fen_of
from kernel.work.approvals import approve
from riskpool.pools import queries as pools
from riskpool.treasury import actions, queries
from riskpool.treasury.models import PaymentInstruction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from finance.parties.models import Membership
    from riskpool.pools.models import Pool, PoolSource
    from riskpool.treasury.rules import Movement

SENT_AFTER_DAYS = 10


def tell(pool: Pool, officer: Membership, approver: Membership, day: dt.date) -> None:
    """Payments older than some days were sent and answered; the account is stated until yesterday and agrees."""
    for source in pools.sources_of(pool):
        _send(source, officer, approver, day)
    _answer(pool, officer, approver, day)
    for source in pools.sources_of(pool):
        _state(source, officer, day)
    assert not queries.frozen(pool), "the demonstration begins with accounts that agree"


def _send(source: PoolSource, officer: Membership, approver: Membership, day: dt.date) -> None:
    old = PaymentInstruction.objects.filter(
        source=source, state="waiting", day__lte=day - dt.timedelta(days=SENT_AFTER_DAYS)
    )
    ids = list(old.values_list("pk", flat=True))
    if ids:
        asked = actions.propose_batch(
            by=officer, pool_id=source.pool_id, source_id=source.pk, instruction_ids=ids, on=day
        )
        approve(by=approver, approval_id=asked.pk)


def _answer(pool: Pool, officer: Membership, approver: Membership, day: dt.date) -> None:
    """The bank paid everything; its numbers run by the instructions' own."""
    sent = PaymentInstruction.objects.filter(source__pool=pool, state="sent").order_by("reference")
    rows = [
        (row.reference, yuan_text(fen_of(row.amount)), "成功", f"B{row.reference[-6:]}", row.day.isoformat())
        for row in sent
    ]
    if rows:
        content = _file(["付款编号", "付款金额（元）", "处理结果", "银行流水号", "处理日期"], rows)
        asked = actions.propose_return(
            by=officer, pool_id=pool.pk, name=f"回盘_{day:%Y%m%d}.csv", content=content, on=day
        )
        assert asked is not None, "the first answer says something new"
        approve(by=approver, approval_id=asked.pk)


def _state(source: PoolSource, officer: Membership, day: dt.date) -> None:
    """All that moved until yesterday, less what has not been sent yet: that is in transit."""
    yesterday = day - dt.timedelta(days=1)
    unsent = {
        str(pk)
        for pk in PaymentInstruction.objects.filter(source=source, state="waiting").values_list(
            "journal", flat=True
        )
    }
    moved = [m for m in queries.movements_of(source) if m.day <= yesterday and m.journal not in unsent]
    if not moved:
        return
    heads = ["交易日期", "收入金额（元）", "支出金额（元）", "对方户名", "摘要", "银行流水号"]
    content = _file(heads, [_line(movement) for movement in moved])
    closing = sum(movement.signed for movement in moved)
    stated = actions.Stated(min(moved[0].day, source.pool.opened_on), yesterday, 0, closing)
    name = f"{source.name}对账单_{yesterday:%Y%m%d}.csv"
    actions.enter_statement(by=officer, source=source, stated=stated, name=name, content=content, on=day)


def _line(movement: Movement) -> tuple[str, ...]:
    amount = yuan_text(abs(movement.signed))
    came, went = (amount, "") if movement.signed > 0 else ("", amount)
    reference = max(movement.references, default="")
    return (movement.day.isoformat(), came, went, movement.counterparty, "", reference)


def _file(heads: list[str], rows: Sequence[tuple[str, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([heads, *rows])
    return text.getvalue().encode("utf-8-sig")
