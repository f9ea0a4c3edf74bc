"""Money that has arrived from a source, and what the custodian bank states."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from kernel.work.models import Approval
from riskpool.ledger import actions as ledger
from riskpool.ledger.models import Journal, StatedBalance
from riskpool.ledger.rules import Line
from riskpool.pools import queries
from riskpool.pools.actions.locking import (
    LARGEST_POSTING_FEN,
    OF_MONEY,
    PREPARE_MONEY,
    SIGN_MONEY,
    lock_pool,
    not_in_the_future,
    require_seat,
)
from riskpool.pools.models import (
    PoolSource,
)


def propose_contribution(
    *, by: Any, source: PoolSource, fen: int, day: dt.date, reference: str, on: dt.date
) -> Approval:
    """Ask a second person to record money that has arrived from a source."""
    require_seat(by, source.pool, OF_MONEY)
    permit(by, *PREPARE_MONEY)
    problems = []
    if fen <= 0:
        problems.append(Problem("到账金额", "不大于零", "请填写到账金额", "not_positive"))
    if fen > LARGEST_POSTING_FEN:
        problems.append(Problem("到账金额", "超出可记账的范围", "请核对单位是元还是万元", "too_large"))
    problems += not_in_the_future("到账日", day, on)
    if not reference.strip():
        problems.append(Problem("凭证号", "未填写", "请填写银行回单号", "required"))
    refuse_if_any(problems)
    command = {"source": str(source.pk), "fen": fen, "day": day.isoformat(), "reference": reference.strip()}
    summary = f"{source.pool.name} {source.name} 出资到账 {yuan_text(fen, grouped=True)} 元"
    return ask(by=by, kind="pools.contribute", command=command, subject=source, summary=summary)


@executes("pools.contribute")
def _contribute(approval: Approval, by: Any) -> Journal:
    command = approval.command
    permit(by, *SIGN_MONEY)
    source = PoolSource.objects.select_related("pool").get(pk=command["source"])
    require_seat(by, source.pool, OF_MONEY)
    lock_pool(source.pool_id)
    key = f"contribution:{source.pk}:{command['reference']}"
    if Journal.objects.filter(key=key).exists():
        found = f"“{command['reference']}”已登记过到账"
        raise Refused(Problem("凭证号", found, "请核对银行回单号", "duplicate"))
    return ledger.post(
        key=key,
        kind=Journal.Kind.CONTRIBUTION,
        day=dt.date.fromisoformat(command["day"]),
        memo=approval.summary,
        lines=[Line(source.cash_id, source.free_id, command["fen"])],
        by=by,
        approval=approval,
    )


@transaction.atomic
def state_balance(
    *, by: Any, source: PoolSource, day: dt.date, fen: int, reference: str, on: dt.date
) -> StatedBalance:
    """Record the custodian bank's statement of a source's account.

    While an earlier statement differs from the ledger, payouts are frozen; whatever might lift that takes two persons
    (code `needs_second_person`: use `propose_statement`).
    """
    require_seat(by, source.pool, OF_MONEY)
    permit(by, *PREPARE_MONEY)
    refuse_if_any(not_in_the_future("对账日", day, on))
    lock_pool(source.pool_id)
    if unexplained(source):
        raise Refused(
            Problem("对账单", "上一份对账单的差异尚未解除", "更正或新对账单须两人办理", "needs_second_person")
        )
    return _state(by, source, day, fen, reference)


def unexplained(source: PoolSource) -> int:
    """The difference (fen) of the newest statement of a source; anything but zero freezes payouts."""
    stated = source.cash.stated_balances.order_by("-day", "-id").first()
    return queries.unexplained(source, stated) if stated else 0


def propose_statement(
    *, by: Any, source: PoolSource, day: dt.date, fen: int, reference: str, on: dt.date
) -> Approval:
    """Ask a second person to record a statement while an earlier difference is unexplained."""
    require_seat(by, source.pool, OF_MONEY)
    permit(by, *PREPARE_MONEY)
    problems = not_in_the_future("对账日", day, on)
    if not reference.strip():
        problems.append(Problem("对账单来源", "未填写", "请填写对账单名称或编号", "required"))
    if fen < 0:
        problems.append(Problem("对账单余额", "为负数", "请填写不小于零的金额", "negative"))
    refuse_if_any(problems)
    command = {"source": str(source.pk), "fen": fen, "day": day.isoformat(), "reference": reference.strip()}
    gap = yuan_text(unexplained(source), grouped=True)
    summary = f"{source.name} {day} 对账单余额 {yuan_text(fen, grouped=True)} 元（原差异 {gap} 元）"
    return ask(by=by, kind="pools.state_balance", command=command, subject=source, summary=summary)


@executes("pools.state_balance")
def _state_approved(approval: Approval, by: Any) -> StatedBalance:
    permit(by, *SIGN_MONEY)
    command = approval.command
    source = PoolSource.objects.select_related("pool", "cash").get(pk=command["source"])
    require_seat(by, source.pool, OF_MONEY)
    lock_pool(source.pool_id)
    day = dt.date.fromisoformat(command["day"])
    return _state(by, source, day, command["fen"], command["reference"])


def _state(by: Any, source: PoolSource, day: dt.date, fen: int, reference: str) -> StatedBalance:
    stated = ledger.state_balance(account=source.cash, day=day, fen=fen, source=reference, by=by)
    record(
        by=by, verb="pool.statement", subject=source.pool,
        summary=f"{source.name} {day} 对账单余额 {yuan_text(fen, grouped=True)} 元", facts={"reference": reference},
    )  # fmt: skip
    return stated
