"""Consents: what an enterprise gave, what a house received, and which of them count on a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from finance.parties.models import Organisation
from finance.parties.queries import BUREAUS
from finance.parties.regions import parent_codes
from valuation.scores.models import Consent

if TYPE_CHECKING:
    import datetime as dt
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership


def consents(*, viewer: Membership) -> QuerySet[Consent]:
    """What the viewer's house gave or received, the latest first."""
    house = viewer.organisation_id
    seen = Consent.objects.filter(Q(enterprise=house) | Q(receiver=house))
    return seen.select_related("enterprise", "receiver", "withdrawn", "given_by__person").order_by(
        "-given_at", "-pk"
    )


def consent(*, viewer: Membership, consent_id: UUID) -> Consent:
    """One that the viewer's own enterprise gave; Consent.DoesNotExist for everybody else."""
    return consents(viewer=viewer).filter(enterprise=viewer.organisation_id).get(pk=consent_id)


def in_force(on: dt.date) -> Q:
    """Consents that count on a day."""
    standing = Q(withdrawn__isnull=True) | Q(withdrawn__withdrawn_on__gt=on)
    return Q(first_day__lte=on, last_day__gte=on) & standing


def consents_for(
    receiver: Organisation, enterprise: Organisation, on: dt.date, used_on: dt.date | None = None
) -> list[Consent]:
    """What an enterprise allows a house on a day. Whoever uses it on a later day needs what is still allowed then."""
    given = Consent.objects.filter(
        in_force(on), in_force(used_on or on), enterprise=enterprise, receiver=receiver
    )
    return list(given.order_by("given_at", "pk"))


def sources_allowed(receiver: Organisation, enterprise: Organisation, on: dt.date) -> set[str]:
    """The kinds of source that need consent and are allowed on a day."""
    return {source for one in consents_for(receiver, enterprise, on) for source in one.sources}


def enterprises_allowing(*, viewer: Membership, on: dt.date) -> QuerySet[Organisation]:
    """The enterprises that allow the viewer's house to score them on a day, by name."""
    given = Consent.objects.filter(in_force(on), receiver=viewer.organisation_id)
    return Organisation.objects.filter(pk__in=given.values("enterprise")).order_by("name", "pk")


def may_receive(enterprise: Organisation) -> QuerySet[Organisation]:
    """Whom an enterprise may let use its figures: itself on the platform, the banks, and the bureaus around it that make
    white lists."""
    around = (enterprise.region, *parent_codes(enterprise.region))
    kinds = Q(kind=Organisation.Kind.BANK) | Q(pk=enterprise.pk) | Q(kind__in=BUREAUS, region__in=around)
    return Organisation.objects.filter(kinds).order_by("kind", "name")
