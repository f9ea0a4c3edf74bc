"""Group credit for tests: a collective mark with two users, a facility of three million, both members at a million."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kernel.days import today
from kernel.work.approvals import approve
from tests.pledges.filed import MARK, Worked, sound
from valuation.facilities import actions

if TYPE_CHECKING:
    from tests.cast import Cast
    from valuation.facilities.models import Draw, Facility, FacilityMember

MILLION = 1_000_000_00
WHY = "按名册核定，未测算评分额度"


def user(house: Any, **days: str) -> dict[str, str]:
    """An entry of the register."""
    organisation = house.organisation
    return {
        "name": organisation.name,
        "credit_code": organisation.credit_code,
        "from": "2026-01-01",
    } | days


@dataclass
class Credit:
    """A bank's facility and what its two seats do with it."""

    cast: Cast
    worked: Worked
    facility: Facility
    members: dict[str, FacilityMember]

    @property
    def bank(self) -> Any:
        return self.cast.bank_a

    def register(self, *users: dict[str, str]) -> None:
        """State the register of users anew."""
        self.worked.state(sound("trademark", subtype="collective", users=list(users)))

    def draw(self, who: str, fen: int, loan_no: str, **changes: Any) -> Draw:
        given = {"day": today(), "on": today()} | changes
        return actions.draw(
            by=self.bank.maker, member_id=self.members[who].pk, amount_fen=fen, loan_no=loan_no, **given
        )

    def again(self) -> Credit:
        """The rows as they stand now."""
        self.facility.refresh_from_db()
        for member in self.members.values():
            member.refresh_from_db()
        return self


def mark_file(cast: Cast) -> Worked:
    """A registration file of bank A with a collective mark that both enterprises may use."""
    users = [user(cast.enterprise_a), user(cast.enterprise_b)]
    return Worked(cast, "trademark").state(sound("trademark", subtype="collective", users=users))


def opened(cast: Cast, worked: Worked, total_fen: int = 3 * MILLION) -> Facility:
    bank, on = cast.bank_a, today()
    asked = actions.propose_facility(
        by=bank.maker, file_id=worked.file.pk, right_number=MARK, total_fen=total_fen, first=on,
        last=on + dt.timedelta(days=365), purpose="鲜叶收购", on=on,
    )  # fmt: skip
    return approve(by=bank.checker, approval_id=asked.pk)


def granted(cast: Cast, facility: Facility, house: Any, limit_fen: int = MILLION) -> FacilityMember:
    bank = cast.bank_a
    asked = actions.propose_limit(
        by=bank.maker, facility_id=facility.pk, credit_code=house.organisation.credit_code,
        limit_fen=limit_fen, reason=WHY, on=today(),
    )  # fmt: skip
    return approve(by=bank.checker, approval_id=asked.pk)


def open_credit(cast: Cast, total_fen: int = 3 * MILLION, limit_fen: int = MILLION) -> Credit:
    worked = mark_file(cast)
    facility = opened(cast, worked, total_fen)
    members = {
        "a": granted(cast, facility, cast.enterprise_a, limit_fen),
        "b": granted(cast, facility, cast.enterprise_b, limit_fen),
    }
    facility.refresh_from_db()
    return Credit(cast, worked, facility, members)
