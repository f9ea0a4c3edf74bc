"""Founding pools, giving seats, adding sources of money."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from finance.parties.models import Organisation
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused
from kernel.policystore.models import PolicyVersion
from riskpool.ledger import actions as ledger
from riskpool.pools.actions.locking import PREPARES, Seat, require_seat
from riskpool.pools.models import (
    Pool,
    PoolSeat,
    PoolSource,
)


@in_chinese
@transaction.atomic
def found_pool(
    *, by: Any, code: str, name: str, region: str, opened_on: dt.date, procedure: PolicyVersion
) -> Pool:
    """A new pool under the viewer's bureau, with the published rules of procedure it follows."""
    permit(by, PREPARES)
    if Pool.objects.filter(code=code).exists():
        raise Refused(Problem("资金池代码", f"“{code}”已被使用", "请换一个代码", "duplicate"))
    assert procedure.kind == PolicyVersion.Kind.PROCEDURE
    pool = Pool.objects.create(code=code, name=name, region=region, opened_on=opened_on, procedure=procedure)
    PoolSeat.objects.create(pool=pool, organisation=by.organisation, seat=Seat.BUREAU)
    record(by=by, verb="pool.found", subject=pool, summary=f"设立资金池 {name}", facts={"code": code})
    return pool


@in_chinese
@transaction.atomic
def give_seat(*, by: Any, pool: Pool, organisation: Organisation, seat: str) -> PoolSeat:
    """Let an organisation in to a pool; only its bureau may."""
    require_seat(by, pool, (Seat.BUREAU,))
    permit(by, PREPARES)
    given, _ = PoolSeat.objects.get_or_create(pool=pool, organisation=organisation, seat=seat)
    record(
        by=by,
        verb="pool.seat",
        subject=pool,
        summary=f"{organisation.short_name}：{given.get_seat_display()}",
    )
    return given


@in_chinese
@transaction.atomic
def add_source(
    *, by: Any, pool: Pool, code: str, name: str, organisation: Organisation, weight: int
) -> PoolSource:
    """A source of money with its three accounts: cash held, free, reserved. Sources keep the order in which they come."""
    require_seat(by, pool, (Seat.BUREAU,))
    permit(by, PREPARES)
    place = pool.sources.count() + 1
    stem = f"custody/{pool.code}/{code}"
    accounts = {
        role: ledger.open_account(
            code=f"{stem}/{role}", title=f"{pool.name} {name} {title}", book="custody", bound=bound
        )
        for role, title, bound in (
            ("cash", "存款", "debit"),
            ("free", "可用", "credit"),
            ("reserved", "预留", "credit"),
        )
    }
    source = PoolSource.objects.create(
        pool=pool, code=code, name=name, organisation=organisation, place=place, weight=weight, **accounts
    )
    PoolSeat.objects.get_or_create(pool=pool, organisation=organisation, seat=Seat.CONTRIBUTOR)
    record(by=by, verb="pool.source", subject=pool, summary=f"资金来源 {name}，出资权重 {weight}")
    return source
