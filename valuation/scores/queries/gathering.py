"""The inputs of one score: what the platform knows and what was stated, within what the enterprise allows the house.

Of another bank's statements nothing is used. What nobody stated stays not queried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from finance.parties.models import Organisation
from valuation.scores.models import InputFact
from valuation.scores.published import sources
from valuation.scores.queries.consents import consents_for
from valuation.scores.queries.platform import known_here
from valuation.scores.rules import Known, given_of, items_of, not_asked

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership
    from valuation.terms import Scorecard

OFFICES = (Organisation.Kind.IP_BUREAU, Organisation.Kind.FINANCE_BUREAU)


@dataclass(frozen=True)
class Gathered:
    """What a score is made of: the plain application, the consents it stands on, what was known but not allowed."""

    given: dict[str, Any]
    consents: tuple[UUID, ...]
    withheld: tuple[str, ...]
    not_asked: Sequence[str]


def gather(house: Organisation, enterprise: Organisation, on: dt.date, card: Scorecard) -> Gathered:
    """Everything that a house may use of an enterprise on a day."""
    standing = consents_for(house, enterprise, on)
    allowed = {source for one in standing for source in one.sources}
    items, known, withheld = items_of(card), [], []
    for one in [*known_here(house, enterprise, on), *_stated(house, enterprise, on)]:
        source = sources().of(one.id)
        own = one.own or house.pk == enterprise.pk
        if source.consent and not own and source.id not in allowed:
            withheld.append(items[one.id].label if one.id in items else one.id)
        else:
            known.append(one)
    given = given_of(card, known, on)
    missing = not_asked(card, given)
    return Gathered(given, tuple(one.pk for one in standing), tuple(dict.fromkeys(withheld)), missing)


def _stated(house: Organisation, enterprise: Organisation, on: dt.date) -> list[Known]:
    """What the house, the enterprise and the authorities stated and nobody corrected."""
    whose = Q(house=house) | Q(house=enterprise) | Q(house__kind__in=OFFICES)
    rows = InputFact.objects.filter(whose, enterprise=enterprise, known_on__lte=on, corrected_by__isnull=True)
    return [_known(row, house) for row in rows.select_related("house").order_by("pk")]


def _known(row: InputFact, house: Organisation) -> Known:
    name = row.name if row.scope == InputFact.Scope.INDICATOR else f"{row.scope}.{row.name}"
    source = row.source if row.house_id == house.pk else f"{row.source}（{row.house.short_name}录入）"
    return Known(name, row.subject, row.state, row.value, source[:200], row.known_on, str(row.pk))


def inputs_stated(*, viewer: Membership) -> QuerySet[InputFact]:
    """What the viewer's own house stated, the latest first."""
    rows = InputFact.objects.filter(house=viewer.organisation_id)
    return rows.select_related("enterprise", "recorded_by__person", "corrected_by").order_by(
        "-recorded_at", "-pk"
    )
