"""Fits and reports within the viewer's walls: the institution its own; an auditor those of all institutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finance.parties.models import Organisation
from kernel.days import add_months
from valuation.cards.models import Parameters
from valuation.scores.published import method_now
from valuation.validation.models import ModelRecord, Promotion, ValidationReport

if TYPE_CHECKING:
    import datetime as dt
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership
    from kernel.policystore.models import PolicyVersion


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


def standing_promotion(institution: Organisation, family: str, on: dt.date) -> Promotion | None:
    """The promotion whose parameters hold on a day, or held last; one that begins later is not looked at."""
    done = Parameters.objects.filter(institution=institution, family=family, since__lte=on)
    found = Promotion.objects.filter(record__institution=institution, approval__in=done.values("approval"))
    return found.select_related("record").order_by("-since", "-asked_at", "-id").first()


def fit_before(
    institution: Organisation, card: PolicyVersion, day: dt.date, known_at: dt.datetime
) -> ModelRecord | None:
    """The last fit on a period that was over by a day, as known at a moment; a recalibration fits no challenger."""
    fits = ModelRecord.objects.filter(institution=institution, card=card, purpose=ModelRecord.Purpose.FIT)
    return fits.filter(ends__lte=day, made_at__lte=known_at).first()


def earlier_gain(
    institution: Organisation, card: PolicyVersion, begins: dt.date, known_at: dt.datetime, fit: str
) -> float | None:
    """By how much the challenger of a fit (its digest) was better in the last report on a period over before a day."""
    rows = ValidationReport.objects.filter(
        institution=institution, card=card, ends__lt=begins, made_at__lte=known_at, report__head__fit=fit
    )
    last = rows.order_by("-ends", "-made_at", "-id").first()
    told = last.report["benchmark"]["challenger"] if last else None
    return float(told["difference"]) if told else None


def last_recalibration(institution: Organisation, version: PolicyVersion) -> ModelRecord | None:
    """The last time that the institution's intercept was recalibrated under a version."""
    done = ModelRecord.objects.filter(
        institution=institution, card=version, purpose=ModelRecord.Purpose.RECALIBRATION
    )
    return done.first()


def recalibration_due(institution: Organisation, version: PolicyVersion) -> dt.date | None:
    """From which day the intercept may be recalibrated again; None when it never was."""
    last = last_recalibration(institution, version)
    return add_months(last.made_on, method_now().recalibrate_months) if last else None


def _audits(viewer: Membership) -> bool:
    return viewer.organisation.kind == Organisation.Kind.AUDITOR
