"""An application is calculated and holds what the calculation takes of each limit, until it is decided or given up."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from django.db.models import Max

from finance.subsidies.actions.guarding import use_problems
from finance.subsidies.actions.locking import Kind, lock_meters, move
from finance.subsidies.engine import evaluate
from finance.subsidies.metering import TIMES, used_of_limits
from finance.subsidies.models import Application, Calculation
from finance.subsidies.queries.of_applications import case_of, metered_of
from finance.subsidies.queries.of_meters import reserved_by
from finance.subsidies.shelf import policy_of, rates
from kernel.documents.rules import canonical_json
from kernel.errors import refuse_if_any
from kernel.money.fields import money_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from uuid import UUID

    from finance.subsidies.metering import Metered
    from finance.subsidies.results import Result


def calculate(
    *, application: Application, purpose: str, on: dt.date, by: Any, granted: dict[str, int] | None = None
) -> tuple[Calculation, Result]:
    """Evaluate an application under the locks of its meters, keep the calculation, and reserve what it takes.

    What others hold or were granted counts as used; what this application held before is given back first. Refused: what
    was paid for before.
    """
    policy = policy_of(application.call.policy)
    case = case_of(application, on=on, granted=granted)
    limits = metered_of(application, case, policy)
    held = reserved_by([application])[application.pk]
    meters = lock_meters(limits, also=held)
    others = {limit.key: meters[limit.key].used - held.get(meters[limit.key].pk, 0) for limit in limits}
    result = evaluate(policy, case, rates(), used_of_limits(limits, others))
    refuse_if_any(use_problems(policy, application, result, limits, others))
    (kept,) = keep({application: result}, purpose=purpose, on=on, by=by)
    taken = takes(limits, {line.id: line.paid_fen for line in result.lines})
    wanted = {meters[limit.key].pk: taken[limit.key] for limit in limits}
    hold_all(key=str(kept.pk), wanted={application: wanted}, by=by)
    return kept, result


def keep(results: Mapping[Application, Result], *, purpose: str, on: dt.date, by: Any) -> list[Calculation]:
    """Write calculations, with everything they read, and point their applications at them, in a number of statements that
    does not grow with them."""
    numbered = Calculation.objects.filter(application__in=list(results)).values("application")
    seqs = dict(numbered.annotate(last=Max("seq")).values_list("application", "last"))
    rows = []
    for application, result in results.items():
        told = result.plain()
        row = Calculation(
            application=application,
            seq=seqs.get(application.pk, 0) + 1,
            purpose=purpose,
            on=on,
            result=told,
            status=result.status.value,
            total=money_of(result.total_fen),
            sha256=hashlib.sha256(canonical_json(told)).hexdigest(),
            recorded_by=by.account if by else None,
        )
        rows.append(row)
    Calculation.objects.bulk_create(rows)
    for row in rows:
        row.application.calculation = row
    Application.objects.bulk_update(results, ["calculation"])
    return rows


def takes(limits: list[Metered], paid: Mapping[str, int]) -> dict[Any, int]:
    """How much of each limit these lines take: their sum in fen, or once where a count limits a line that is paid."""
    return {
        limit.key: int(any(paid.get(line) for line in limit.over))
        if limit.unit == TIMES
        else sum(paid.get(line, 0) for line in limit.over)
        for limit in limits
    }


def hold_all(*, key: str, wanted: Mapping[Application, Mapping[UUID, int]], by: Any) -> None:
    """Make what applications hold reserved what is wanted (meter -> amount); what is not named is given back.

    All that is given back goes first: one may take what another leaves. The caller holds the locks of all these meters.
    """
    held = reserved_by(wanted)
    for kind, sign in ((Kind.RELEASE, -1), (Kind.RESERVE, 1)):
        moves: dict[Application, dict[tuple[UUID, str], int]] = {}
        for application, meters in wanted.items():
            had = held[application.pk]
            more = {meter: sign * (meters.get(meter, 0) - had.get(meter, 0)) for meter in {*had, *meters}}
            moves[application] = {(meter, kind): amount for meter, amount in more.items() if amount > 0}
        move(key=key, moves=moves, by=by)


def let_go(*, application: Application, key: str, by: Any) -> None:
    """Give back everything the application holds, under the locks of its meters."""
    lock_meters([], also=reserved_by([application])[application.pk])
    hold_all(key=key, wanted={application: {}}, by=by)
