"""What persons said to scores: what an enterprise sees of its own, what a house has to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuation.scores.models import Dispute, Override, ReviewRequest

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership

_SEEN = ("score__enterprise", "score__house", "made_by__person", "answer__answered_by__person")


def disputes(*, viewer: Membership) -> QuerySet[Dispute]:
    """Disputes of scores in the viewer's walls, the oldest first."""
    seen = Dispute.objects.filter(score__house=viewer.organisation_id)
    return (
        seen.select_related(*_SEEN, "paper", "answer__fact").defer("paper__content").order_by("made_at", "pk")
    )


def reviews(*, viewer: Membership) -> QuerySet[ReviewRequest]:
    """Requests for a person's look at scores in the viewer's walls, the oldest first."""
    seen = ReviewRequest.objects.filter(score__house=viewer.organisation_id)
    return seen.select_related(*_SEEN).order_by("made_at", "pk")


def own_disputes(*, viewer: Membership) -> QuerySet[Dispute]:
    """What the viewer's own enterprise disputed, the latest first."""
    seen = Dispute.objects.filter(score__enterprise=viewer.organisation_id)
    return (
        seen.select_related(*_SEEN, "paper", "answer__fact")
        .defer("paper__content")
        .order_by("-made_at", "-pk")
    )


def own_reviews(*, viewer: Membership) -> QuerySet[ReviewRequest]:
    """What the viewer's own enterprise asked a person to look at, the latest first."""
    seen = ReviewRequest.objects.filter(score__enterprise=viewer.organisation_id)
    return seen.select_related(*_SEEN).order_by("-made_at", "-pk")


def dispute_to_answer(*, viewer: Membership, dispute_id: UUID) -> Dispute:
    """One of the house's own; Dispute.DoesNotExist for everybody else."""
    return disputes(viewer=viewer).get(pk=dispute_id)


def review_to_answer(*, viewer: Membership, review_id: UUID) -> ReviewRequest:
    """One of the house's own; ReviewRequest.DoesNotExist for everybody else."""
    return reviews(viewer=viewer).get(pk=review_id)


def overrides(*, viewer: Membership) -> QuerySet[Override]:
    """The overrides of the viewer's house, the latest first."""
    seen = Override.objects.filter(score__house=viewer.organisation_id)
    return seen.select_related(
        "score__enterprise", "approval__maker__person", "approval__checker__person"
    ).order_by("-recorded_at", "-pk")
