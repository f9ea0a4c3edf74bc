"""The queue of deferred claims: first come by the day on which the complete file was accepted (loss-sharing 7, item 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel.errors import Problem, Refused
from riskpool.claims import queries
from riskpool.claims.models import Claim, Deferral

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

    from riskpool.pools.models import Pool


def queued(pool: Pool) -> QuerySet[Claim]:
    """The deferred claims of a pool in the order in which they are taken up again."""
    rows = Claim.objects.filter(state=Claim.State.DEFERRED, enrolment__agreement__pool=pool)
    return rows.order_by("complete_on", "filed_on", "number")


def queue(*, viewer: Any, pool: Pool) -> list[Claim]:
    """The same as far as the viewer may know of them."""
    seen = set(queries.claims(viewer=viewer).filter(state=Claim.State.DEFERRED).values_list("pk", flat=True))
    return [claim for claim in queued(pool).prefetch_related("deferrals") if claim.pk in seen]


def place_in_queue(claim: Claim) -> int | None:
    """Which place a deferred claim has in its pool's queue, from 1; None when it does not wait."""
    ids = list(queued(claim.enrolment.agreement.pool).values_list("pk", flat=True))
    return ids.index(claim.pk) + 1 if claim.pk in ids else None


def queue_problems(claim: Claim, on: dt.date) -> list[Problem]:
    """A claim is not accepted while an earlier one of its pool waits for money or limits, or may be taken up again."""
    ahead = []
    for other in queued(claim.enrolment.agreement.pool).prefetch_related("deferrals"):
        if other.pk == claim.pk:
            break
        if _comes_first(other, on):
            ahead.append(other.number)
    if not ahead:
        return []
    return [
        Problem(
            "排队",
            f"前面还有 {len(ahead)} 件暂缓的申请（{'、'.join(ahead[:3])}）",
            "请按完整申请受理日的先后办理",
            "queue",
        )
    ]


def _comes_first(other: Claim, on: dt.date) -> bool:
    """Whether a deferred claim still waits for what a later one would take: one whose suspension lasts does not."""
    if list(other.deferrals.all())[-1].cause == Deferral.Cause.SHORT:
        return True
    try:
        return not queries.preview(other, on).suspended
    except Refused:  # a fact is wanting: it cannot be taken up today
        return False
