"""What the page of an institution's own parameters shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel.errors import Refused
from kernel.policystore.queries import version_on
from kernel.work.models import Approval
from valuation.cards import queries
from valuation.cards.actions import PROPOSES, SET
from valuation.cards.rules import owned_in
from valuation.cards.shelf import document_of, ownership

if TYPE_CHECKING:
    import datetime as dt


def parameters_page(viewer: Any, on: dt.date) -> dict[str, Any]:
    """The parameters that hold on a day, every earlier and later row, and whether they go with the card in force."""
    family = ownership().family
    version = version_on(queries.SCORECARD, family, on)
    standing = queries.standing_parameters(viewer.organisation, on, family)
    values = dict(queries.values_of(standing))
    waits = Approval.objects.filter(kind=SET, wall=viewer.organisation_id, state=Approval.State.ASKED)
    return {
        "version": version,
        "standing": standing,
        "values": values,
        "owned": owned_in(document_of(version), ownership()) if version else (),
        "history": [(row, _told(row)) for row in queries.parameters(viewer=viewer)],
        "misfits": _misfits(version, standing),
        "asked": waits.select_related("maker__person").first(),
        "may_propose": viewer.seat == PROPOSES and version is not None,
    }


def _misfits(version: Any, standing: Any) -> list[Any]:
    """Why the standing parameters do not go with the card in force; nothing where they do."""
    if version is None:
        return []
    try:
        queries.card_of(version, standing)
    except Refused as refused:
        return list(refused.problems)
    return []


def _told(row: Any) -> list[tuple[str, str, str]]:
    """An earlier row's own figures: name, unit, figure, by the card before which they were confirmed."""
    owned = {one.id: one for one in owned_in(document_of(row.card), ownership())}
    return [
        (owned[name].name, owned[name].unit, value) for name, value in row.values.items() if name in owned
    ]
