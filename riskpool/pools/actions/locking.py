"""Taking a pool and its limits under lock, in the house's order; who may act on a pool."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kernel.errors import Problem
from riskpool.pools import queries
from riskpool.pools.models import Agreement, Pool, PoolSeat

Seat = PoolSeat.Seat
OF_MONEY = (Seat.BUREAU, Seat.MANAGER)
LARGEST_POSTING_FEN = 10**15  # technical: an account's running totals have eighteen digits
PREPARES, SIGNS = "finance_bureau.officer", "finance_bureau.approver"
PREPARE_MONEY, SIGN_MONEY = (PREPARES, "fund_manager.officer"), (SIGNS, "fund_manager.approver")


def not_in_the_future(where: str, day: dt.date, on: dt.date) -> list[Problem]:
    """A thing that has not happened yet is not recorded."""
    return [Problem(where, f"{day} 晚于今天（{on}）", "请填写已经发生的日期", "future")] if day > on else []


def lock_pool(pool_id: Any) -> Pool:
    """The pool's row, locked: the first lock of everything that moves its money or limits."""
    return Pool.objects.select_for_update(no_key=True).get(pk=pool_id)


def lock_agreement(agreement_id: Any) -> Agreement:
    """An agreement's row, locked after its pool's: what it follows changes one at a time."""
    return Agreement.objects.select_for_update(no_key=True).get(pk=agreement_id)


def require_seat(by: Any, pool: Pool, seats: tuple[str, ...]) -> None:
    """Another organisation's pool does not exist for the caller."""
    if not queries.has_seat(viewer=by, pool=pool, seats=seats):
        raise Pool.DoesNotExist
