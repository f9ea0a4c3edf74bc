"""Reading approvals and job runs: only those on the viewer's own side of the wall."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .models import Approval, JobRun, OutboxMessage

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet


def approvals(*, viewer: Any) -> QuerySet[Approval]:
    """Every approval of the viewer's organisation, whatever became of it, newest first."""
    return (
        Approval.objects.filter(wall=viewer.organisation_id)
        .select_related("maker__person", "checker__person")
        .order_by("-made_at", "-id")
    )


def to_decide(*, viewer: Any, kinds: Collection[str]) -> QuerySet[Approval]:
    """What waits for a decision of the viewer: of these kinds, and asked by another person; oldest first."""
    return (
        approvals(viewer=viewer)
        .filter(state=Approval.State.ASKED, kind__in=kinds)
        .exclude(maker_person=viewer.account.person_id)
        .order_by("made_at", "id")
    )


def asked_and_waiting(*, viewer: Any) -> QuerySet[Approval]:
    """What the viewer himself has asked and nobody has decided yet; he may take it back."""
    return approvals(viewer=viewer).filter(state=Approval.State.ASKED, maker=viewer.account)


def set_aside() -> QuerySet[OutboxMessage]:
    """Messages given up after too many tries, the oldest first; for whoever runs the machine, not for a page."""
    return OutboxMessage.objects.filter(state=OutboxMessage.State.DEAD).order_by("created_at", "id")


def job_runs(*, viewer: Any) -> QuerySet[JobRun]:
    """The job runs of the viewer's organisation, newest first."""
    return (
        JobRun.objects.filter(wall=viewer.organisation_id)
        .select_related("asked_by__person")
        .order_by("-created_at", "-id")
    )
