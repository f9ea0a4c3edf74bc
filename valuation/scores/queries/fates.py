"""What became of scored firms afterwards, by the house's own returns; for overrides and for the record of the grades.

Only loans that were decided on a score tell of it, as in the validation: a firm that never borrowed has not proved sound.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from finance.loans.models import Loan
from kernel.days import add_months
from valuation.learning.calibration import jeffreys_p
from valuation.learning.outcomes import in_default, together
from valuation.scores.models import Score
from valuation.scores.published import method_now
from valuation.scores.queries.booked import Book, booked, light

if TYPE_CHECKING:
    import datetime as dt
    from uuid import UUID

    from finance.parties.models import Membership
    from valuation.scores.models import Override

MILLION = 1_000_000
USABLE = ("scored", "provisional")


@dataclass(frozen=True)
class Watched:
    """The scores of a house of the firms it lent to, the oldest first, with the loans decided on them."""

    scores: tuple[Score, ...]
    book: Book


def watched(*, viewer: Membership, on: dt.date, enterprise: UUID | None = None) -> Watched:
    """All that the viewer's house lent on its scores, as it stood on a day; asked once for a whole page."""
    house = viewer.organisation_id
    rows = Score.objects.filter(house=house, on__lte=on)
    rows = rows.filter(enterprise__in=Loan.objects.filter(bank=house).values("borrower"))
    if enterprise is not None:
        rows = rows.filter(enterprise=enterprise)
    scores = tuple(light(rows).order_by("on", "made_at", "pk"))
    of_firm: dict[Any, list[Score]] = defaultdict(list)
    for row in scores:
        of_firm[row.enterprise_id].append(row)
    return Watched(scores, booked(house, of_firm, known_at=timezone.now(), on=on, method=method_now()))


@dataclass(frozen=True)
class Fate:
    """`state`: defaulted (on the month's end), sound (watched the window through), or unknown (no loan, or not yet)."""

    state: str
    on: dt.date | None = None


def fate_of(override: Override, seen: Watched) -> Fate:
    """What became of the loans on the score whose grade was changed, after the change; a default is told at once."""
    outcomes = [one.outcome for one in seen.book.by_score.get(override.score_id, ())]
    fell = [one.fell_on for one in outcomes if one.fell_on is not None]
    if fell:
        first = min(fell)
        return Fate("defaulted", first) if first > override.decided_on else Fate("unknown")
    return Fate("sound" if together(outcomes) is False else "unknown")


@dataclass(frozen=True)
class GradeRecord:
    """One grade of one year: of how many firms the loans are known to their end, how many defaulted, what was said."""

    year: int
    grade: str
    firms: int
    defaults: int
    mean_pd: Fraction

    @property
    def rate(self) -> Fraction:
        return Fraction(self.defaults, self.firms)

    @property
    def too_many(self) -> bool:
        """Whether there were so many defaults that the stated PD does not explain them."""
        return self.jeffreys < method_now().jeffreys_red

    @property
    def jeffreys(self) -> float:
        """Small means: more defaults than the stated PD explains."""
        return float(jeffreys_p(self.defaults, self.firms, float(self.mean_pd)))


@dataclass(frozen=True)
class Waiting:
    """Loans decided on a score whose window runs still: how many, and on which day the first of them is over."""

    loans: int
    first_over: dt.date | None


def waiting(seen: Watched, on: dt.date) -> Waiting:
    """What will be known later, so that an empty record says until when."""
    months = method_now().default.window_months
    ends = [add_months(one.lent_on, months) for loans in seen.book.by_score.values() for one in loans]
    running = [day for day in ends if day > on]
    return Waiting(len(running), min(running, default=None))


def record(seen: Watched) -> list[GradeRecord]:
    """The record of the house's own grades by year: of each firm the first usable score of a year of whose loans it is
    known what became. Who was in default already when scored is left out: the score did not foretell that.
    """
    definition = method_now().default
    first: dict[tuple[int, object], tuple[Score, bool]] = {}
    for row in seen.scores:
        bad = together([one.outcome for one in seen.book.by_score.get(row.pk, ())])
        if bad is None or not row.grade or row.status not in USABLE:
            continue
        if not any(in_default(loan, row.on, definition) for loan in seen.book.months[row.enterprise_id]):
            first.setdefault((row.on.year, row.enterprise_id), (row, bad))
    return sorted(_by_grade(first), key=lambda one: (-one.year, one.grade))


def _by_grade(first: dict[tuple[int, object], tuple[Score, bool]]) -> Iterator[GradeRecord]:
    groups: dict[tuple[int, str], list[tuple[Score, bool]]] = {}
    for (year, _), one in first.items():
        groups.setdefault((year, one[0].grade), []).append(one)
    for (year, grade), rows in groups.items():
        mean = Fraction(sum(row.pd or 0 for row, _ in rows), len(rows) * MILLION)
        yield GradeRecord(year, grade, len(rows), sum(bad for _, bad in rows), mean)
