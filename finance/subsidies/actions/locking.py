"""Rows of this room in their one order: approval, organisation, call, applications by id, meters by id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from finance.subsidies.models import Application, Meter, MeterEntry, SubsidyCall
from kernel.errors import Problem, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from finance.subsidies.metering import Metered, MeterKey

PREPARES = "finance_bureau.officer"
SIGNS = "finance_bureau.approver"
OWNS = "enterprise.owner"
Kind = MeterEntry.Kind


def lock_call(call_id: UUID | str) -> SubsidyCall:
    """The call, locked."""
    rows = SubsidyCall.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("policy", "bureau").get(pk=call_id)


def lock_application(application_id: UUID | str) -> Application:
    """One application, locked; its call is not."""
    rows = Application.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("call__policy", "call__bureau", "enterprise", "loan__terms", "loan__bank").get(
        pk=application_id
    )


def lock_applications(call: SubsidyCall, *states: str) -> list[Application]:
    """The applications of a call in these states, locked by id, given in the order in which they were filed; those that
    never were come first."""
    rows = Application.objects.select_for_update(of=("self",), no_key=True).filter(
        call=call, state__in=states
    )
    found = list(
        rows.select_related(
            "call__policy", "call__bureau", "enterprise", "loan__terms__guarantor", "loan__bank"
        ).order_by("id")
    )
    return sorted(found, key=lambda one: (one.filed_at is not None, one.filed_at or one.recorded_at, one.pk))


def in_state(application: Application, *states: str) -> None:
    """Refuse when somebody else has moved the application meanwhile."""
    if application.state not in states:
        found = f"{application.number} 现为“{application.get_state_display()}”"
        raise Refused(Problem("申报", found, "请刷新页面后按现在的状态办理", "wrong_state"))


def lock_meters(wanted: Iterable[Metered], also: Iterable[UUID] = ()) -> dict[MeterKey, Meter]:
    """The meters of these limits, opened where they were not yet, locked by id together with others that will move.

    A meter that was opened under another text of the policy takes the limit of the text that is used now, but never less
    than is used of it: what was granted under the other text stands.
    """
    limits = {one.key: one for one in wanted}
    rows = {}
    for key, one in sorted(limits.items()):
        meter, _ = Meter.objects.get_or_create(
            family=key.family, limit=key.limit, scope_key=key.scope_key, window_key=key.window_key,
            defaults={"unit": one.unit, "most": one.most},
        )  # fmt: skip
        rows[meter.pk] = key
    locked = Meter.objects.select_for_update(no_key=True).filter(pk__in={*rows, *also}).order_by("id")
    found = {rows[meter.pk]: meter for meter in locked if meter.pk in rows}
    for key, meter in found.items():
        most = limits[key].most
        if most is not None:
            most = max(most, meter.used)
        if meter.most != most:
            meter.most = most
            meter.save(update_fields=["most"])
    return found


def move(*, key: str, application: Application, moves: Mapping[tuple[UUID, str], int], by: Any) -> None:
    """Write the movements (meter, kind) -> amount of one application in one statement; nothing for an amount of nothing."""
    MeterEntry.objects.bulk_create(
        MeterEntry(
            meter_id=meter, key=f"{key}:{kind}", kind=kind, amount=amount, application=application,
            recorded_by=by.account if by else None,
        )
        for (meter, kind), amount in sorted(moves.items())
        if amount
    )  # fmt: skip
