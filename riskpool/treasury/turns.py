"""What waits at the custody accounts: a statement that nobody has accounted for, and payments that nobody has sent."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from kernel.work.turns import Turn, tells_turns
from riskpool.pools.models import Pool, PoolSeat
from riskpool.treasury import queries
from riskpool.treasury.models import PaymentInstruction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.days import WorkingCalendar

MONEY_SEATS = (PoolSeat.Seat.BUREAU, PoolSeat.Seat.MANAGER)


@tells_turns("treasury")
def turns(*, viewer: Any, on: dt.date, calendar: WorkingCalendar) -> Iterator[Turn]:
    """What waits in this room for who prepares the money of a pool."""
    if viewer.seat not in ("finance_bureau.officer", "fund_manager.officer"):
        return
    seats = PoolSeat.objects.filter(organisation=viewer.organisation_id, seat__in=MONEY_SEATS)
    for pool in Pool.objects.filter(pk__in=seats.values("pool")).order_by("code"):
        yield from _lines_to_explain(pool)
        yield from _openings_to_explain(pool)
        yield from _payments_to_send(pool)


def _lines_to_explain(pool: Pool) -> Iterator[Turn]:
    lines = list(queries.open_lines(pool))
    if not lines:
        return
    amount = yuan_text(sum(fen_of(line.amount) for line in lines), grouped=True)
    yield Turn(
        what=_("查明对账单流水"),
        subject=_("%(pool)s %(n)s 行") % {"pool": pool.name, "n": len(lines)},
        url=reverse("treasury:statements", args=[pool.pk]),
        since=lines[0].day,
        note=_("共 %(amount)s 元未查明，支付已冻结") % {"amount": amount},
    )


def _openings_to_explain(pool: Pool) -> Iterator[Turn]:
    """An account whose first statement begins with a balance that the book does not know."""
    for source in queries.pools.sources_of(pool):
        found = queries.opening_gap(source)
        if found is None or not found[0]:
            continue
        gap, first = found
        yield Turn(
            what=_("查明对账单期初"),
            subject=f"{pool.name} {source.name}",
            url=reverse("treasury:reconciliation", args=[pool.pk, source.pk]),
            since=first.span.lower,
            note=_("相差 %(gap)s 元，支付已冻结") % {"gap": yuan_text(gap, grouped=True)},
        )


def _payments_to_send(pool: Pool) -> Iterator[Turn]:
    waiting = PaymentInstruction.objects.filter(source__pool=pool, state=PaymentInstruction.State.WAITING)
    rows = list(waiting.order_by("day"))
    if rows:
        amount = yuan_text(sum(fen_of(row.amount) for row in rows), grouped=True)
        yield Turn(
            what=_("编制付款批次"),
            subject=_("%(pool)s %(n)s 笔") % {"pool": pool.name, "n": len(rows)},
            url=reverse("treasury:overview", args=[pool.pk]),
            since=rows[0].day,
            note=_("待发送 %(amount)s 元") % {"amount": amount},
        )
