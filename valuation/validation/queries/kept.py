"""Fits and reports within the viewer's walls: the institution its own; an auditor those of all institutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finance.parties.models import Organisation
from valuation.cards.models import Parameters
from valuation.validation.models import ModelRecord, Promotion, ValidationReport

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership


def records(*, viewer: Membership) -> QuerySet[ModelRecord]:
    """Fits, the latest first."""
    seen = ModelRecord.objects.select_related("card", "institution", "shadow", "made_by__person")
    return seen if _audits(viewer) else seen.filter(institution=viewer.organisation_id)


def record(*, viewer: Membership, record_id: UUID) -> ModelRecord:
    """One of them; DoesNotExist for everybody else."""
    return records(viewer=viewer).get(pk=record_id)


def reports(*, viewer: Membership) -> QuerySet[ValidationReport]:
    """Validation reports, the latest first."""
    seen = ValidationReport.objects.select_related(
        "card", "institution", "made_by__person", "opinion__signed_by__person"
    )
    return seen if _audits(viewer) else seen.filter(institution=viewer.organisation_id)


def report(*, viewer: Membership, report_id: UUID) -> ValidationReport:
    """One of them; DoesNotExist for everybody else."""
    return reports(viewer=viewer).get(pk=report_id)


def standing_promotion(institution: Organisation, family: str) -> Promotion | None:
    """The promotion whose parameters were confirmed last."""
    done = Parameters.objects.filter(institution=institution, family=family)
    found = Promotion.objects.filter(record__institution=institution, approval__in=done.values("approval"))
    return found.select_related("record").order_by("-since", "-asked_at", "-id").first()


def _audits(viewer: Membership) -> bool:
    return viewer.organisation.kind == Organisation.Kind.AUDITOR
