"""Rows of this room in their one order: approval, organisation, call, applications by id, meters by id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, transaction

from finance.subsidies.models import Application, Meter, MeterEntry, SubsidyCall
from finance.subsidies.queries.of_meters import meters_of
from kernel.errors import Problem, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    rows = {meter.pk: key for key, meter in _opened(limits).items()}
    locked = Meter.objects.select_for_update(no_key=True).filter(pk__in={*rows, *also}).order_by("id")
    found = {rows[meter.pk]: meter for meter in locked if meter.pk in rows}
    changed = []
    for key, meter in found.items():
        most = limits[key].most
        if most is not None:
            most = max(most, meter.used)
        if meter.most != most:
            meter.most = most
            changed.append(meter)
    if changed:
        Meter.objects.bulk_update(changed, ["most"])
    return found


def _opened(limits: Mapping[MeterKey, Metered]) -> dict[MeterKey, Meter]:
    """The meters of these limits; those that are not there yet are opened in the order of their keys."""
    found = meters_of(limits)
    missing = sorted(key for key in limits if key not in found)
    if not missing:
        return found
    opened = [
        Meter(
            family=key.family, limit=key.limit, scope_key=key.scope_key, window_key=key.window_key,
            unit=limits[key].unit, most=limits[key].most,
        )
        for key in missing
    ]  # fmt: skip
    try:
        with transaction.atomic():
            Meter.objects.bulk_create(opened)
    except (
        IntegrityError
    ):  # somebody else has opened one of them meanwhile: it is there now, the others are not
        return _opened(limits)
    return found | dict(zip(missing, opened, strict=True))


Moves = Mapping[tuple[UUID, str], int]
"""(meter, kind) -> how much."""


def move(*, key: str, moves: Mapping[Application, Moves], by: Any) -> None:
    """Write the movements of these applications in one statement; nothing for an amount of nothing."""
    MeterEntry.objects.bulk_create(
        MeterEntry(
            meter_id=meter, key=f"{key}:{kind}", kind=kind, amount=amount, application=application,
            recorded_by=by.account if by else None,
        )
        for application, mine in moves.items()
        for (meter, kind), amount in sorted(mine.items())
        if amount
    )  # fmt: skip
