"""What became of a scored firm afterwards, by the house's own returns; for overrides and for the record of the grades."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finance.loans.models import LoanReturn
from finance.loans.rules import last_of_month
from kernel.days import add_months
from valuation.learning.calibration import jeffreys_p
from valuation.scores.models import Score
from valuation.scores.published import method_now

if TYPE_CHECKING:
    import datetime as dt
    from uuid import UUID

    from finance.parties.models import Membership
    from valuation.scores.models import Override

MILLION = 1_000_000


def defaulted_on(house: UUID, enterprise: UUID, after: dt.date, on: dt.date) -> dt.date | None:
    """The month's end at which a house's own returns first say default within the window after a day; None if never."""
    meant = method_now().default
    end = min(add_months(after, meant.window_months), on)
    returns = LoanReturn.objects.filter(
        loan__bank=house, loan__borrower=enterprise, period__gte=after.replace(day=1), period__lte=end
    )  # fmt: skip
    for one in returns.order_by("period", "seq"):
        day = last_of_month(one.period)
        late = (day - one.overdue_since).days if one.overdue_since else 0
        if after < day <= end and (late >= meant.overdue_days or one.grade in meant.classes):
            return day
    return None


def fate_of(override: Override, on: dt.date) -> dt.date | None:
    """When a firm whose grade was changed defaulted, if it did."""
    row = override.score
    return defaulted_on(row.house_id, row.enterprise_id, override.decided_on, on)


@dataclass(frozen=True)
class GradeRecord:
    """One grade of one year: how many were scored and watched a whole window, how many defaulted, what was said."""

    year: int
    grade: str
    firms: int
    defaults: int
    mean_pd: float

    @property
    def rate(self) -> float:
        return self.defaults / self.firms

    @property
    def jeffreys(self) -> float:
        """Small means: more defaults than the stated PD explains."""
        return float(jeffreys_p(self.defaults, self.firms, self.mean_pd))


def record(*, viewer: Membership, on: dt.date) -> list[GradeRecord]:
    """The record of the house's own grades by year: of each firm the first usable score of a year whose window is over."""
    months = method_now().default.window_months
    rows = Score.objects.filter(house=viewer.organisation_id, grade__gt="", on__lte=add_months(on, -months))
    rows = rows.filter(status__in=("scored", "provisional")).order_by("on", "made_at", "pk")
    first: dict[tuple[int, object], Score] = {}
    for row in rows.only("house", "enterprise", "on", "grade", "pd"):
        first.setdefault((row.on.year, row.enterprise_id), row)
    return sorted(_by_grade(first, on), key=lambda one: (-one.year, one.grade))


def _by_grade(first: dict[tuple[int, object], Score], on: dt.date) -> Iterator[GradeRecord]:
    groups: dict[tuple[int, str], list[Score]] = {}
    for (year, _), row in first.items():
        groups.setdefault((year, row.grade), []).append(row)
    for (year, grade), rows in groups.items():
        bad = sum(defaulted_on(row.house_id, row.enterprise_id, row.on, on) is not None for row in rows)
        mean = sum(row.pd or 0 for row in rows) / len(rows) / MILLION
        yield GradeRecord(year, grade, len(rows), bad, mean)
