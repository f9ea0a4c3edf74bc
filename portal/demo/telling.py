"""What the tellers of the demonstration hand each other: the day, the dice, who there is, what has been lent so far."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kernel.days import BUSINESS_ZONE
from kernel.work.approvals import approve
from portal.demo.lending import Lent
from portal.demo.setting import POOLS
from portal.demo.world import Firm, World
from riskpool.pools.models import Pool

if TYPE_CHECKING:
    from finance.loans.models import Loan
    from finance.parties.models import Membership
    from kernel.work.models import Approval

# bank: letters of its loan numbers, log-ins of maker and checker, loans a month at home and away, home
BANKS = {
    "yz_bank": ("YZ70", "yz-maker", "yz-checker", 6, 1, "cq"),
    "yh_bank": ("YH37", "yh-maker", "yh-checker", 5, 1, "jn"),
    "jl_bank": ("JL50", "jl-maker", "jl-checker", 2, 0, "cq"),
}


@dataclass
class Story:
    """What has been told so far."""

    day: dt.date
    say: Callable[[str], None]
    chance: random.Random = field(default_factory=lambda: random.Random(20261120))
    world: World = field(default_factory=World)
    pools: list[Pool] = field(default_factory=list)
    firms: dict[str, list[Firm]] = field(default_factory=dict)
    lent: dict[str, list[Lent]] = field(default_factory=lambda: {place: [] for place in BANKS})
    claimed: Counter[str] = field(default_factory=Counter)

    @property
    def this_month(self) -> dt.date:
        return self.day.replace(day=1)

    def by_now(self, day: dt.date) -> dt.date:
        """That day, or today where it would lie ahead."""
        return min(day, self.day)

    def seats(self, pool: Pool) -> tuple[Membership, Membership]:
        """Who prepares and who signs for a pool's bureau."""
        terms = next(terms for terms in POOLS if terms["code"] == pool.code)
        return self.world.member(terms["officer"]), self.world.member(terms["approver"])

    def bankers(self, loan: Loan) -> tuple[Membership, Membership]:
        """Who prepares and who signs for a loan's bank."""
        place = next(place for place in BANKS if self.world.organisations[place] == loan.bank)
        return self.world.member(BANKS[place][1]), self.world.member(BANKS[place][2])


def sign(approver: Membership, asked: Approval, on: dt.date) -> Any:
    """The second person approves, on a day of the story."""
    return approve(by=approver, approval_id=asked.pk, at=noon(on))


def noon(day: dt.date) -> dt.datetime:
    """The moment at which something was signed on a day of the story."""
    return dt.datetime.combine(day, dt.time(12), tzinfo=BUSINESS_ZONE)
