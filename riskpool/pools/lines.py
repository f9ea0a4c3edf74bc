"""The rows behind a pool's figures: each transfer on its accounts, with what was left after it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.money.fields import fen_of
from riskpool.ledger.models import Journal, LedgerAccount, Transfer

from .queries import escrow_of, sources_of

if TYPE_CHECKING:
    from riskpool.pools.models import Pool, PoolSource

ROLES = {"cash": _("账面余额"), "reserved": _("已预留"), "free": _("可用")}


@dataclass(frozen=True)
class PoolLine:
    """One movement (fen, below zero when it goes out) and the figure of all sources shown after it."""

    day: dt.date
    journal: Journal
    source: PoolSource
    moved: int
    left: int


def pool_lines(
    pool: Pool, role: str, on: dt.date, source_code: str = "", known_at: dt.datetime | None = None
) -> list[PoolLine]:
    """Movements of one role's accounts (cash, reserved, free) up to a day, oldest first; the last `left` is the figure.

    The caller was let in to the pool.
    """
    assert role in ROLES, role
    chosen = [source for source in sources_of(pool) if not source_code or source.code == source_code]
    accounts = {getattr(source, f"{role}_id"): (source, getattr(source, role)) for source in chosen}
    if role == "reserved":  # what is set aside for claims counts with what is reserved for them
        escrows = [(source, escrow_of(source)) for source in chosen]
        accounts |= {escrow.pk: (source, escrow) for source, escrow in escrows if escrow}
    within = Q(debit__in=accounts) | Q(credit__in=accounts)
    rows = Transfer.objects.filter(within, journal__day__lte=on).select_related("journal")
    if known_at is not None:
        rows = rows.filter(journal__posted_at__lte=known_at)
    lines, left = [], 0
    for row in rows.order_by("journal__day", "journal__posted_at", "journal_id", "seq"):
        for account_id, sign in ((row.debit_id, 1), (row.credit_id, -1)):
            if account_id not in accounts:
                continue
            source, account = accounts[account_id]
            moved = fen_of(row.amount) * sign * (1 if account.bound == LedgerAccount.Bound.DEBIT else -1)
            left += moved
            lines.append(PoolLine(row.journal.day, row.journal, source, moved, left))
    return lines
