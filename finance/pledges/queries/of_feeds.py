"""The files of results that came to a window, with what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finance.pledges.models import RegistryFeed
from finance.pledges.rules.results import FORM
from kernel.sheets import template_name, write_template
from kernel.work.models import Approval

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

    from finance.parties.models import Membership


def feeds(*, viewer: Membership) -> QuerySet[RegistryFeed]:
    """Those of the viewer's own window, the latest first."""
    found = RegistryFeed.objects.filter(window=viewer.organisation_id)
    return found.select_related("stored", "entered", "recorded_by__person").order_by("-recorded_at")


def approvals_of(found: list[RegistryFeed]) -> dict[str, Approval]:
    """The last confirmation that was asked for each, by the feed's id."""
    asked = Approval.objects.filter(kind="pledges.feed", subject_id__in=[str(one.pk) for one in found])
    return {one.subject_id: one for one in asked.order_by("made_at")}


def feed_template(viewer: Membership, on: dt.date) -> tuple[str, bytes]:
    """The workbook to fill in."""
    whose, month = viewer.organisation.short_name, f"{on:%Y%m}"
    return template_name(FORM, whose, month), write_template(FORM, bank=whose, month=month)
