"""Reading meters: what applications hold, what is used before one of them, how far the pool of a call is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finance.subsidies.metering import FEN, Metered, MeterKey
from finance.subsidies.models import Meter, MeterEntry
from finance.subsidies.terms import LIFETIME
from kernel.money.fields import fen_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from finance.subsidies.models import Application, SubsidyCall
    from finance.subsidies.terms import Policy

BUDGET, POLICY_BUDGET = "budget", "budget.policy"
Kind = MeterEntry.Kind


def reserved_by(applications: Iterable[Application]) -> dict[UUID, dict[UUID, int]]:
    """What each of these applications holds reserved: application -> meter -> amount, each application there, no zeros."""
    applications = list(applications)
    held: dict[UUID, dict[UUID, int]] = {one.pk: {} for one in applications}
    for entry in MeterEntry.objects.filter(application__in=[one.pk for one in applications]):
        assert entry.application_id is not None
        sign = {Kind.RESERVE: 1, Kind.RELEASE: -1, Kind.GRANT: -1}.get(Kind(entry.kind), 0)
        mine = held[entry.application_id]
        mine[entry.meter_id] = mine.get(entry.meter_id, 0) + sign * entry.amount
    return {one: {meter: amount for meter, amount in mine.items() if amount} for one, mine in held.items()}


def meters_held(held: Mapping[UUID, Mapping[UUID, int]]) -> set[UUID]:
    """The meters of which anything is held."""
    return {meter for mine in held.values() for meter in mine}


def used_before(application: Application, limits: Iterable[Metered]) -> dict[MeterKey, int]:
    """What of each limit is used by others now: for a look, since nothing is locked."""
    held = reserved_by([application])[application.pk]
    limits = list(limits)
    meters = meters_of(limit.key for limit in limits)
    return {
        limit.key: meters[limit.key].used - held.get(meters[limit.key].pk, 0) if limit.key in meters else 0
        for limit in limits
    }


def meters_of(keys: Iterable[MeterKey]) -> dict[MeterKey, Meter]:
    """The meters of these keys, as far as anything was ever counted on them."""
    wanted = set(keys)
    rows = Meter.objects.filter(
        family__in={key.family for key in wanted}, limit__in={key.limit for key in wanted},
        scope_key__in={key.scope_key for key in wanted}, window_key__in={key.window_key for key in wanted},
    )  # fmt: skip
    found = {MeterKey(row.family, row.limit, row.scope_key, row.window_key): row for row in rows}
    return {key: row for key, row in found.items() if key in wanted}


def budget_key(call: SubsidyCall) -> MeterKey:
    """The key under which the pool of a call is metered."""
    return MeterKey(call.policy.family, BUDGET, f"call={call.pk}", "call")


def budgets_of(call: SubsidyCall, policy: Policy) -> list[Metered]:
    """The pools that a call pays from: its own, and that of the policy's window, which all calls under it share.

    The window is that of the year in which the call opens.
    """
    found = []
    if call.pool is not None:
        found.append(Metered(budget_key(call), FEN, fen_of(call.pool), ()))
    budget = policy.budget
    if budget is not None and budget.pool_fen is not None:
        window = LIFETIME if budget.window == LIFETIME else str(call.opens_on.year)
        key = MeterKey(call.policy.family, POLICY_BUDGET, "policy", window)
        found.append(Metered(key, FEN, budget.pool_fen, ()))
    return found


def budgets_now(call: SubsidyCall, policy: Policy) -> list[tuple[Metered, int, int]]:
    """Each pool that a call pays from, with what is reserved and granted of it (fen)."""
    pools = budgets_of(call, policy)
    meters = meters_of(one.key for one in pools)
    found = [(one, meters.get(one.key)) for one in pools]
    return [(one, meter.reserved if meter else 0, meter.granted if meter else 0) for one, meter in found]
