"""The page of a bridge between two reports of a pool: bars, the same as a table, and the rows behind each bar."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from kernel.money import yuan_text
from riskpool.claims.indicators.book import When
from riskpool.claims.indicators.bridges import Bridges, bridges
from riskpool.claims.wording import indicator_words
from riskpool.pools.models import Pool

if TYPE_CHECKING:
    from uuid import UUID

    from finance.parties.models import Membership
    from riskpool.claims.indicators.rules.bridging import Bar, Bridge

Step = tuple[str, int, str]


@dataclass(frozen=True)
class BridgeView:
    """One bridge as it is drawn and tabled; bars in which nothing moved stand in the table alone."""

    bridge: Bridge

    @property
    def opening(self) -> Step:
        return _("前一期"), self.bridge.opening, in_yuan(self.bridge.opening)

    @property
    def closing(self) -> Step:
        return _("后一期"), self.bridge.closing, in_yuan(self.bridge.closing)

    @property
    def steps(self) -> list[Step]:
        return [
            (indicator_words(bar.part.label), bar.fen, signed(bar.fen)) for bar in self.bridge.bars if bar.fen
        ]

    @property
    def change(self) -> str:
        return signed(self.bridge.closing - self.bridge.opening)

    @property
    def rows(self) -> list[tuple[Bar, str]]:
        """The bars in which something moved; of a bar whose rows cancel each other the rows are worth seeing."""
        return [(bar, signed(bar.fen)) for bar in self.bridge.bars if bar.fen or bar.part.rows]


def signed(fen: int) -> str:
    """Yuan with its sign, so that a step up and a step down are told by a sign and not by a colour alone.

    >>> signed(150), signed(-150), signed(0)
    ('+1.50 元', '-1.50 元', '0.00 元')
    """
    return f"{'+' if fen > 0 else ''}{in_yuan(fen)}"


def in_yuan(fen: int) -> str:
    """Yuan with their unit, in the reader's language."""
    return indicator_words(f"{yuan_text(fen, grouped=True)} 元")


def reports_asked(
    first_on: dt.date | None, first_known: dt.datetime | None, second: When
) -> tuple[When, When]:
    """The two reports: without a day of its own the first is of the end of the month before, known as the second is."""
    on = first_on or second.on.replace(day=1) - dt.timedelta(days=1)
    return When(on, first_known or second.known_at), second


def bridge_views(
    viewer: Membership, pool_id: UUID, first: When, second: When
) -> tuple[Bridges, list[BridgeView]]:
    """The three bridges of a pool. Pool.DoesNotExist without a seat; Refused when the reports are the wrong way round."""
    found = bridges(viewer=viewer, pool_id=pool_id, first=first, second=second)
    return found, [BridgeView(bridge) for bridge in found.each]


def bar_of(found: Bridges, measure: str, name: str) -> tuple[Bridge, Bar]:
    """One bar of one bridge; Pool.DoesNotExist when there is none of that name."""
    for bridge in found.each:
        for bar in bridge.bars:
            if (bridge.id, bar.id) == (measure, name):
                return bridge, bar
    raise Pool.DoesNotExist
