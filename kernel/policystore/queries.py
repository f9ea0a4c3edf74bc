"""Reading policy versions. What is published is open to everybody whom the page lets in; a draft to its own organisation."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from kernel.policystore.models import PolicySpan, PolicyVersion
from kernel.policystore.rules import Span

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

State = PolicyVersion.State


def published(kind: str) -> QuerySet[PolicyVersion]:
    """Every published version of a kind."""
    return PolicyVersion.objects.filter(kind=kind, state=State.PUBLISHED)


def versions(*, viewer: Any, kind: str) -> QuerySet[PolicyVersion]:
    """What is published, and the drafts (also those given up) of the viewer's own organisation."""
    mine = Q(wall=viewer.organisation_id) if viewer is not None else Q()
    return PolicyVersion.objects.filter(Q(state=State.PUBLISHED) | mine, kind=kind)


def version(*, viewer: Any, kind: str, version_id: UUID) -> PolicyVersion:
    """One such version; PolicyVersion.DoesNotExist for everybody else."""
    return versions(viewer=viewer, kind=kind).select_related("approval").get(pk=version_id)


def standing(versions: Iterable[PolicyVersion]) -> dict[UUID, tuple[Span, ...]]:
    """The days on which each of these versions is in force, as recorded now."""
    found: dict[UUID, list[Span]] = {}
    rows = PolicySpan.objects.filter(version__in=list(versions), superseded_at=None)
    for row in rows.order_by("validity"):
        found.setdefault(row.version_id, []).append(span_of(row.validity))
    return {version: tuple(spans) for version, spans in found.items()}


def version_on(
    kind: str, family: str, day: dt.date, known_at: dt.datetime | None = None
) -> PolicyVersion | None:
    """The version of a policy in force on a day, as recorded now or as known at a moment; None if there is none."""
    rows = PolicySpan.objects.filter(kind=kind, family=family, validity__contains=day)
    if known_at is None:
        rows = rows.filter(superseded_at=None)
    else:
        later = Q(superseded_at=None) | Q(superseded_at__gt=known_at)
        rows = rows.filter(later, recorded_at__lte=known_at)
    row = rows.select_related("version").first()
    return row.version if row else None


def span_of(validity: Any) -> Span:
    """A stored range, which ends before `upper`, as days both included."""
    return Span(validity.lower, validity.upper - dt.timedelta(days=1) if validity.upper else None)
