"""The inputs of one score: what the platform knows and what was stated, within what the enterprise allows the house.

Of another bank's statements nothing is used, and of the enterprise's own word only in its own score: another house takes it
over when it has seen the proof (`actions.adopt_inputs`). What nobody stated stays not queried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q

from finance.parties.models import Organisation
from valuation.scores.models import InputFact
from valuation.scores.published import sources
from valuation.scores.queries.consents import consents_for, sources_allowed
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
    """What a score is made of: the plain application, the consents it stands on, what was known but not allowed.

    `unproven` names what the enterprise alone says of itself and the house has not taken over.
    """

    given: dict[str, Any]
    consents: tuple[UUID, ...]
    withheld: tuple[str, ...]
    not_asked: Sequence[str]
    unproven: tuple[str, ...] = ()


def gather(
    house: Organisation,
    enterprise: Organisation,
    on: dt.date,
    card: Scorecard,
    used_on: dt.date | None = None,
) -> Gathered:
    """Everything that a house may use of an enterprise as of a day; `used_on` is the day of use, where that is later."""
    standing = consents_for(house, enterprise, on, used_on)
    allowed = {source for one in standing for source in one.sources}
    items, known, withheld, unproven = items_of(card), [], [], []
    for one in [*known_here(house, enterprise, on), *_stated(house, enterprise, on)]:
        source = sources().of(one.id)
        own = one.own or house.pk == enterprise.pk
        if source.consent and not own and source.id not in allowed:
            withheld.append(items[one.id].label if one.id in items else one.id)
        elif one.self_said and house.pk != enterprise.pk:
            unproven.append(one)
        else:
            known.append(one)
    given = given_of(card, known, on)
    missing, said = not_asked(card, given), {(one.id, one.subject) for one in known}
    alone = [items[one.id].label for one in unproven if one.id in items and (one.id, one.subject) not in said]
    return Gathered(
        given, tuple(one.pk for one in standing), tuple(dict.fromkeys(withheld)), missing, tuple(dict.fromkeys(alone))
    )  # fmt: skip


def _stated(house: Organisation, enterprise: Organisation, on: dt.date) -> list[Known]:
    """What the house, the enterprise and the authorities stated and nobody corrected."""
    whose = Q(house=house) | Q(house=enterprise) | Q(house__kind__in=OFFICES)
    rows = InputFact.objects.filter(whose, enterprise=enterprise, known_on__lte=on, corrected_by__isnull=True)
    return [_known(row, house) for row in rows.select_related("house").order_by("pk")]


def adoptable(*, viewer: Membership, enterprise: Organisation, on: dt.date) -> QuerySet[InputFact]:
    """What an enterprise said of itself by a day, that the viewer's house may use and has not stated since."""
    house = viewer.organisation
    allowed = sources_allowed(house, enterprise, on)
    rows = InputFact.objects.filter(
        house=enterprise, enterprise=enterprise, known_on__lte=on, corrected_by__isnull=True
    )  # fmt: skip
    since = InputFact.objects.filter(
        house=house, enterprise=enterprise, corrected_by__isnull=True, scope=OuterRef("scope"),
        subject=OuterRef("subject"), name=OuterRef("name"), known_on__gte=OuterRef("known_on"),
    )  # fmt: skip
    not_since = rows.exclude(Exists(since))
    sourced = ((row.pk, sources().of(item_name(row))) for row in not_since)
    open_to = [pk for pk, source in sourced if not source.consent or source.id in allowed]
    return rows.filter(pk__in=open_to).order_by("scope", "subject", "name", "-known_on")


def item_name(row: InputFact) -> str:
    """The row's item, named as in the card."""
    return row.name if row.scope == InputFact.Scope.INDICATOR else f"{row.scope}.{row.name}"


def _known(row: InputFact, house: Organisation) -> Known:
    source = row.source if row.house_id == house.pk else f"{row.source}（{row.house.short_name}录入）"
    return Known(
        item_name(row), row.subject, row.state, row.value, source[:200], row.known_on, str(row.pk),
        self_said=row.house_id == row.enterprise_id,
    )  # fmt: skip


def inputs_stated(*, viewer: Membership) -> QuerySet[InputFact]:
    """What the viewer's own house stated, the latest first."""
    rows = InputFact.objects.filter(house=viewer.organisation_id)
    return rows.select_related("enterprise", "recorded_by__person", "corrected_by").order_by(
        "-recorded_at", "-pk"
    )
