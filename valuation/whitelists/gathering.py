"""What is known of a firm for a list: the same gathering as a score's, within what the firm allowed this house to use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from finance.parties.models import Organisation
from valuation.scores.models import Consent
from valuation.scores.queries.consents import in_force, sources_allowed
from valuation.scores.queries.gathering import gather

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from uuid import UUID

    from valuation.terms import Scorecard
    from valuation.whitelists.models import WhiteList


@dataclass(frozen=True)
class Known:
    """The plain application of a firm, the consents used, and what the platform knows but the house may not use."""

    given: dict[str, Any]
    consents: tuple[UUID, ...] = field(default=())
    withheld: tuple[str, ...] = field(default=())


def known_of(
    *, house: Organisation, enterprise: Organisation, on: dt.date, used_on: dt.date, card: Scorecard
) -> Known:
    """What `house` may still use on `used_on` of what it could know of a firm by `on`; the rest was not queried."""
    gathered = gather(house, enterprise, on, card, used_on)
    return Known(gathered.given, gathered.consents, gathered.withheld)


def lapsed(*, made: WhiteList, enterprises: Iterable[str], on: dt.date) -> dict[str, str]:
    """Which of these firms stand on the list by figures that the house may use no more on a day: enterprise -> name.

    A consent that was withdrawn or is over counts as standing where the firm has given its kinds of source anew.
    """
    used = dict(
        made.candidates.filter(enterprise__in=list(enterprises)).values_list("enterprise", "consents")
    )
    given = Consent.objects.filter(pk__in={pk for consents in used.values() for pk in consents})
    over = {one.pk: set(one.sources) for one in given.exclude(in_force(on))}
    told = {}
    for firm in Organisation.objects.filter(pk__in=used).order_by("name", "pk"):
        sources = set().union(*(over[pk] for pk in used[firm.pk] if pk in over))
        if sources and sources - sources_allowed(made.house, firm, on):
            told[str(firm.pk)] = firm.name
    return told
