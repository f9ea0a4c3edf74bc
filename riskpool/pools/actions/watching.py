"""Looking at a pool's stop-loss lines and keeping what was seen; a change is told in the record of acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.seats import permit
from kernel.acts.actions import record
from riskpool.pools import breakers
from riskpool.pools.actions.locking import PREPARES, Seat, lock_pool, require_seat
from riskpool.pools.models import Pool
from riskpool.pools.monitoring import BreakerState

if TYPE_CHECKING:
    import datetime as dt
    from uuid import UUID


@transaction.atomic
def watch_pool(*, by: Any, pool_id: UUID, on: dt.date) -> list[BreakerState]:
    """Judge every line of a pool on a day and keep each look; by the system every day, or by the bureau when it wants.

    Looks at one pool queue behind its lock, so that dates never depend on who was faster.
    """
    if by is not None:
        require_seat(by, Pool.objects.get(pk=pool_id), (Seat.BUREAU,))
        permit(by, PREPARES)
    pool = lock_pool(pool_id)
    rows = []
    for found in breakers.looks(pool, on):
        before = breakers.kept(found.line, on)
        rows.append(_keep(found, by))
        was = before[-1].met if before else None
        if found.met is not None and bool(was) != found.met:
            _tell(found, by)
    return rows


def _keep(found: breakers.Look, by: Any) -> BreakerState:
    value = found.value
    known = isinstance(value, breakers.metrics.Value)
    working = value.as_json() if isinstance(value, breakers.metrics.Value) else {"why": value.why}
    return BreakerState.objects.create(
        pool=found.line.pool,
        agreement=found.line.agreement,
        scheme=found.line.version,
        line=found.line.terms.id,
        day=found.on,
        value=value.text if isinstance(value, breakers.metrics.Value) else "",
        met=found.met if known else None,
        working=working | {"line": str(found.line.terms.condition), "action": found.line.terms.action},
        recorded_by=by.account if by else None,
    )


def _tell(found: breakers.Look, by: Any) -> None:
    line = found.line
    state = f"已触发：{line.effect}" if found.met else "已解除"
    record(
        by=by,
        verb="breaker.met" if found.met else "breaker.lifted",
        subject=line.agreement or line.pool,
        summary=f"{line.whose} {line.told}，现为 {found.value_shown}，{state}",
        facts={"line": line.terms.id, "scheme": line.version.version, "day": found.on.isoformat()},
    )
