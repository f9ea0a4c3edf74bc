"""Reading: the card that holds for an institution on a day, and the parameters that stand behind its walls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernel.errors import Problem, Refused
from kernel.policystore.models import PolicyVersion
from kernel.policystore.queries import version_on
from valuation.cards.models import Parameters
from valuation.cards.rules import owned_in
from valuation.cards.shelf import card_with, document_of, ownership

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from finance.parties.models import Organisation
    from valuation.terms import Scorecard

SCORECARD = PolicyVersion.Kind.SCORECARD


def card_for(
    institution: Organisation | None, on: dt.date, family: str = ""
) -> tuple[PolicyVersion, Parameters | None, Scorecard]:
    """The published version in force on a day, the institution's own parameters then, and the card of both.

    Without an institution: the card as it is written. Refused: no version is in force on the day; the institution's own
    parameters do not go with the version that is, so that two persons have to confirm others first.
    """
    family = family or ownership().family
    version = version_on(SCORECARD, family, on)
    if version is None:
        raise Refused(
            Problem("评分卡", f"{on} 没有施行的评分卡“{family}”", "请先发布评分卡，或换一个日期", "no_card")
        )
    parameters = standing_parameters(institution, on, family) if institution is not None else None
    return version, parameters, card_of(version, parameters)


def card_of(version: PolicyVersion, parameters: Parameters | None) -> Scorecard:
    """The card of a stored version under stored parameters, as often as asked the same: what a score is replayed under."""
    return card_with(version, values_of(parameters))


def values_of(parameters: Parameters | None) -> Mapping[str, str]:
    """An institution's own figures; none without a row."""
    return {} if parameters is None else parameters.values


def changes_told(
    version: PolicyVersion, before: Mapping[str, str], after: Mapping[str, str]
) -> list[tuple[str, str, str, str, str]]:
    """What changes between two sets of own figures: name, unit, the card's figure, before and after; empty is the card's."""
    return [
        (one.name, one.unit, one.written, before.get(one.id, ""), after.get(one.id, ""))
        for one in owned_in(document_of(version), ownership())
        if before.get(one.id) != after.get(one.id)
    ]


def standing_parameters(institution: Organisation, on: dt.date, family: str) -> Parameters | None:
    """The parameters of an institution that hold on a day: those that began last, of one day those recorded last."""
    rows = Parameters.objects.filter(institution=institution, family=family, since__lte=on)
    return rows.order_by("-since", "-recorded_at", "-id").first()


def parameters(*, viewer: Any) -> QuerySet[Parameters]:
    """Every row of the viewer's own institution, the latest first; nobody else's exists."""
    return (
        Parameters.objects.filter(institution_id=viewer.organisation_id)
        .select_related("card", "approval__maker__person", "approval__checker__person")
        .order_by("-since", "-recorded_at", "-id")
    )
