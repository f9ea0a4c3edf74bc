"""The rows a facility's stories lock, in their one order: facility, member, draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from valuation.facilities.models import Draw, Facility, FacilityMember

if TYPE_CHECKING:
    from uuid import UUID

MAKES, CHECKS = "bank.maker", "bank.checker"


def lock_facility(by: Any, facility_id: Any) -> Facility:
    """One of the bank's own, locked; Facility.DoesNotExist for everybody else."""
    rows = Facility.objects.select_for_update(no_key=True, of=("self",)).select_related("file", "bank")
    return rows.get(pk=facility_id, bank_id=by.organisation_id)


def lock_member(by: Any, member_id: Any) -> tuple[Facility, FacilityMember]:
    """A member of the bank's own facility, locked after it."""
    mine = FacilityMember.objects.filter(pk=member_id, facility__bank_id=by.organisation_id)
    facility = lock_facility(by, mine.values_list("facility_id", flat=True).get())
    return facility, locked_member(member_id)


def locked_member(member_id: Any) -> FacilityMember:
    """A member of a facility that is locked."""
    rows = FacilityMember.objects.select_for_update(no_key=True, of=("self",)).select_related("enterprise")
    return rows.get(pk=member_id)


def lock_draw(by: Any, draw_id: UUID) -> Draw:
    """A draw of the bank's own, locked after its facility and its member."""
    mine = Draw.objects.filter(pk=draw_id, bank_id=by.organisation_id)
    lock_member(by, mine.values_list("member_id", flat=True).get())
    return Draw.objects.select_for_update(no_key=True, of=("self",)).select_related("member").get(pk=draw_id)
