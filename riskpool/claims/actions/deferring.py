"""A complete claim that cannot be accepted now waits in the queue, with its cause; it is taken up again by `accept`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction

from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from riskpool.claims import due, mending, queries, waiting
from riskpool.claims.actions.clocks import Desk, Kind, tick
from riskpool.claims.actions.locking import PREPARES, lock_claim, require_state
from riskpool.claims.models import Claim, Deferral

if TYPE_CHECKING:
    from uuid import UUID


@in_chinese
@transaction.atomic
def defer(*, by: Any, claim_id: UUID, on: dt.date) -> Deferral:
    """Put a complete claim into the queue because its scheme suspends claims, or money, limits or place are short.

    Refused when nothing of the kind stands in its way. The day counts as the one on which the complete file was
    accepted; the bureau's clock stands still, since neither side owes anything.
    """
    claim, _ = lock_claim(by, claim_id, roles=(PREPARES,), year=on.year)
    require_state(claim, Claim.State.FILED)
    refuse_if_any([*mending.open_problems(claim), *due.moved_problems(claim)])
    preview = queries.preview(claim, on)
    causes = {
        Deferral.Cause.SUSPENDED: preview.suspension_problems,
        Deferral.Cause.SHORT: [*preview.shortages, *waiting.queue_problems(claim, on)],
    }
    cause = next((cause for cause, problems in causes.items() if problems), None)
    if cause is None:
        raise Refused(
            Problem("暂缓", "没有需要暂缓的情形", "请受理，或作补正、不予补偿处理", "nothing_to_defer")
        )
    deferral = Deferral.objects.create(
        claim=claim, cause=cause, on=on, recorded_by=by.account,
        reasons=[{"where": problem.where, "found": problem.found} for problem in causes[cause]],
    )  # fmt: skip
    claim.state, claim.complete_on = Claim.State.DEFERRED, on
    claim.save(update_fields=["state", "complete_on"])
    tick(claim, Desk.DECISION, Kind.STOP, on=on, by=by, reason=f"暂缓：{deferral.get_cause_display()}")
    record(
        by=by, verb="claim.defer", subject=claim, facts={"reasons": deferral.reasons},
        summary=f"{claim.number} 暂缓：{deferral.get_cause_display()}",
    )  # fmt: skip
    return deferral
