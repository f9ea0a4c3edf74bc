"""What waits at the pools: a bank's monthly return, and a statement that does not agree with the books."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from finance.loans import queries as loans
from finance.loans.rules import last_of_month
from kernel.money.yuan import yuan_text
from kernel.work.turns import Turn, tells_turns
from riskpool.ledger import queries as ledger
from riskpool.pools import queries
from riskpool.pools.models import PoolSeat, PoolSource
from riskpool.pools.versions import procedure_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from finance.loans.queries import ReturnsDue
    from kernel.days import WorkingCalendar

MONEY_SEATS = (PoolSeat.Seat.BUREAU, PoolSeat.Seat.MANAGER)


@tells_turns("pools")
def turns(*, viewer: Any, on: dt.date, calendar: WorkingCalendar) -> Iterator[Turn]:
    """What waits in this room for the viewer's seat."""
    if viewer.seat == "bank.maker":
        yield from _return_to_file(viewer, on, calendar)
    if viewer.seat in ("finance_bureau.officer", "fund_manager.officer"):
        yield from _statements_to_explain(viewer, on)


def returns_owed(*, viewer: Any, on: dt.date, calendar: WorkingCalendar) -> ReturnsDue | None:
    """The viewer bank's return of the last ended month, by the earliest deadline of its pools; None without an agreement."""
    procedures = set(queries.agreements(viewer=viewer).order_by().values_list("pool__procedure", flat=True))
    days = [procedure_of(procedure).returns_due_working_day.whole for procedure in procedures]
    if not days:
        return None
    return loans.returns_due(viewer=viewer, on=on, due_working_day=min(days), calendar=calendar)


def _return_to_file(viewer: Any, on: dt.date, calendar: WorkingCalendar) -> Iterator[Turn]:
    due = returns_owed(viewer=viewer, on=on, calendar=calendar)
    if due is None or not (missing := due.missing_count):
        return
    yield Turn(
        what=_("报送%(month)s月报") % {"month": date_format(due.period, _("Y年n月"))},
        subject=_("%(open)s 笔中有 %(missing)s 笔未报") % {"open": due.open, "missing": missing},
        url=f"{reverse('intake:upload')}?form=returns",
        since=last_of_month(due.period) + dt.timedelta(days=1),
        due=due.due_on,
    )


def _statements_to_explain(viewer: Any, on: dt.date) -> Iterator[Turn]:
    """Sources whose last stated balance differs from the books by what nothing accounts for: nothing is paid until then.

    What is only in transit freezes nothing; statements with lines are told by the room that reads them.
    """
    seats = PoolSeat.objects.filter(organisation=viewer.organisation_id, seat__in=MONEY_SEATS)
    sources = PoolSource.objects.filter(pool__in=seats.values("pool")).select_related("pool", "cash")
    for source in sources.order_by("pool__code", "place"):
        stated = ledger.stated_balance(source.cash, on)
        gap = ledger.difference(stated) if stated else 0
        if stated and gap and not queries.read_by_lines(source, stated):
            yield Turn(
                what=_("查明对账单差额"),
                subject=f"{source.pool.name} {source.name}",
                url=reverse("pool_position", args=[source.pool_id]),
                since=stated.day,
                note=_("相差 %(gap)s 元，支付已冻结") % {"gap": yuan_text(gap, grouped=True)},
            )
