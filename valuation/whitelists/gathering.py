"""What is known of a firm for a list: the same gathering as a score's, within what the firm allowed this house to use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from valuation.scores.queries.gathering import gather

if TYPE_CHECKING:
    import datetime as dt
    from uuid import UUID

    from finance.parties.models import Organisation
    from valuation.terms import Scorecard


@dataclass(frozen=True)
class Known:
    """The plain application of a firm, the consents used, and what the platform knows but the house may not use."""

    given: dict[str, Any]
    consents: tuple[UUID, ...] = field(default=())
    withheld: tuple[str, ...] = field(default=())


def known_of(*, house: Organisation, enterprise: Organisation, on: dt.date, card: Scorecard) -> Known:
    """Everything that `house` may use of a firm on a day; what is not there was not queried."""
    gathered = gather(house, enterprise, on, card)
    return Known(gathered.given, gathered.consents, gathered.withheld)
