"""Scores that are kept: in whose walls they stand, and which of them an enterprise is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuation.scores.models import Score

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership


def scores(*, viewer: Membership) -> QuerySet[Score]:
    """The scores in the viewer's own walls, the latest first."""
    seen = Score.objects.filter(house=viewer.organisation_id)
    return seen.select_related("enterprise", "house", "card").order_by("-on", "-made_at", "-pk")


def latest_scores(*, viewer: Membership) -> QuerySet[Score]:
    """Of each enterprise the last score in the viewer's walls, by the enterprise's id."""
    seen = Score.objects.filter(house=viewer.organisation_id).select_related("enterprise", "house", "card")
    return seen.order_by("enterprise", "-on", "-made_at", "-pk").distinct("enterprise")


def score_of(*, viewer: Membership, score_id: UUID) -> Score:
    """One score in the viewer's own walls; Score.DoesNotExist for everybody else."""
    return scores(viewer=viewer).get(pk=score_id)


def scores_told(*, viewer: Membership) -> QuerySet[Score]:
    """Every score of the viewer's own enterprise, whoever made it: that it exists, its points, reasons and sources.

    What belongs to the house that made it (its parameters, lines, overrides) is not told; a page shows none of it.
    """
    seen = Score.objects.filter(enterprise=viewer.organisation_id)
    return seen.select_related("enterprise", "house", "card").order_by("-on", "-made_at", "-pk")
