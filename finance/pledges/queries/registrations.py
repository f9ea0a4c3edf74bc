"""Reading registrations: the pledgee's own, the pledgor's own, or a registry clerk's region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q

from finance.parties.models import Organisation
from finance.parties.regions import region_stem
from finance.pledges.models import PledgeRegistration, RegistrationFile
from finance.pledges.rules import right_key

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership

NOBODY = Q(pk__in=())


def seen_by(viewer: Membership) -> Q:
    """Which registrations a viewer may see; nobody by default."""
    organisation = viewer.organisation
    if organisation.kind == Organisation.Kind.BANK:
        return Q(pledgee=organisation)
    if organisation.kind == Organisation.Kind.ENTERPRISE:
        return Q(pledgor=organisation)
    if organisation.kind == Organisation.Kind.IP_BUREAU and organisation.region:
        return Q(pledgor__region__startswith=region_stem(organisation.region))
    return NOBODY


def registrations(*, viewer: Membership) -> QuerySet[PledgeRegistration]:
    """The last statement of every registration that the viewer may see, the latest registered first."""
    later = PledgeRegistration.objects.filter(
        pledgee=OuterRef("pledgee"), number=OuterRef("number"), seq__gt=OuterRef("seq")
    )
    return (
        PledgeRegistration.objects.filter(seen_by(viewer), ~Exists(later))
        .select_related("pledgee", "pledgor")
        .prefetch_related("rights", "events")
        .order_by("-registered_on", "-id")
    )


def found(registrations: QuerySet[PledgeRegistration], q: str) -> QuerySet[PledgeRegistration]:
    """Those of them whose number, pledgor or one of whose rights has the text in it; all when there is no text."""
    if not q:
        return registrations
    right = PledgeRegistration.objects.filter(rights__number__icontains=right_key(q)).values("pk")
    named = Q(stated_pledgor__icontains=q) | Q(stated_pledgor="", pledgor__name__icontains=q)
    return registrations.filter(Q(number__icontains=q) | named | Q(pk__in=right))


def registration(*, viewer: Membership, registration_id: UUID) -> PledgeRegistration:
    """One of them, also an earlier statement; PledgeRegistration.DoesNotExist for everybody else."""
    return (
        PledgeRegistration.objects.select_related("pledgee", "pledgor")
        .prefetch_related("rights", "events")
        .get(seen_by(viewer), pk=registration_id)
    )


def may_see(registration_id: UUID | None, *, viewer: Membership) -> bool:
    """Whether the viewer may open the page of a registration: what another page asks before it links there."""
    if registration_id is None:
        return False
    return PledgeRegistration.objects.filter(seen_by(viewer), pk=registration_id).exists()


def pledgors_of_files(bank: Organisation, numbers: Iterable[str]) -> dict[str, Organisation]:
    """Whose right stands in the bank's own registration file, by the registration's number; a number without a file is
    left out."""
    rows = RegistrationFile.objects.filter(pledgee=bank, registration__number__in=set(numbers))
    found = rows.select_related("registration", "pledgor")
    return {row.registration.number: row.pledgor for row in found if row.registration}


def statements_of(registration: PledgeRegistration, *, viewer: Membership) -> QuerySet[PledgeRegistration]:
    """Every statement under the registration's number that the viewer may see, the first one first."""
    return PledgeRegistration.objects.filter(
        seen_by(viewer), pledgee=registration.pledgee_id, number=registration.number
    ).order_by("seq")
