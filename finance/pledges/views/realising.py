"""Realising a pledge: what its parties are shown beside their file, and the papers for the court in one archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from finance.pledges.queries import of_files as reading
from finance.pledges.queries import of_realising, of_watch
from kernel.acts.actions import record
from kernel.calendars.queries import working_calendar
from kernel.days import today
from kernel.documents.answers import download
from kernel.pages import absent_is_404

if TYPE_CHECKING:
    from finance.pledges.models import RegistrationFile


def realising(file: RegistrationFile, viewer: Any, security: of_watch.Security | None) -> dict[str, Any]:
    """What the page of a file tells of it; nothing before the pledge was registered, nothing to a window."""
    if security is None:
        return {}
    told = of_realising.realising_of(
        file, viewer=viewer, debt=security.debt, in_force=security.in_force, on=today()
    )
    return {"realising": told, "may_bundle": reading.party_of(viewer, file) == "pledgee"}


def on_cancelling(file: RegistrationFile, viewer: Any) -> of_realising.Waiver | None:
    """What a party is told before it asks to end the registration."""
    return of_realising.waiver_of(file, viewer=viewer, debt=_security_today(file, viewer).debt)


def _security_today(file: RegistrationFile, viewer: Any) -> of_watch.Security:
    on = today()
    return of_watch.security_of(file, viewer=viewer, on=on, known_on=on, calendar=working_calendar())


@require_GET
@absent_is_404
def evidence(request: Any, file_id: UUID) -> HttpResponse:
    """The papers that the file keeps, for whoever realises the pledge; that they were taken is an act."""
    found = reading.file(viewer=request.viewer, file_id=file_id)
    if found.registration is None or reading.party_of(request.viewer, found) != "pledgee":
        raise Http404
    told = realising(found, request.viewer, _security_today(found, request.viewer))["realising"]
    if told is None:
        raise Http404
    name, content = of_realising.bundle(found, told)
    with transaction.atomic():
        record(by=request.viewer, verb="file.take", subject=found, summary=f"下载实现质权材料 {found.number}")
    return download(name, content, "application/zip")
