"""Awards whose facts have changed since: a bank corrects a return, a loan proves to have been paid off earlier or late.

What the platform knows now is laid over the case as it was decided, and the same policy works the amount out again with
what was used of its limits then. Where a list had been cut to its pool the new amount is cut in the same proportion.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef

from finance.loans.models import LoanReturn, LoanTerms
from finance.subsidies.building import policy_of_document
from finance.subsidies.engine import evaluate, used_of
from finance.subsidies.facts import Case
from finance.subsidies.models import Award
from finance.subsidies.queries.of_applications import awards, left_of
from finance.subsidies.queries.of_knowledge import Knowledge, Moved, knowledge_of, knowledge_of_each
from finance.subsidies.results import Status
from finance.subsidies.shelf import rates
from kernel.errors import Refused
from kernel.money.fields import fen_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from finance.parties.models import Membership

WATCHED = (
    *("loan.settled_on", "loan.draws", "interest_paid", "loan.overdue_days"),
    "loan.other_fiscal_interest_subsidy",
)


@dataclass(frozen=True)
class Changed:
    """An award whose facts have moved: the amount worked out again (None: it cannot be), and why it is no longer due."""

    award: Award
    moved: tuple[Moved, ...]
    again_fen: int | None
    reasons: tuple[str, ...] = ()

    @property
    def over_fen(self) -> int:
        """What was granted above the new amount and was not asked back yet."""
        return 0 if self.again_fen is None else max(0, left_of(self.award) - self.again_fen)

    @property
    def matters(self) -> bool:
        """Whether the award is not what it should be: more, less, or it cannot be said."""
        return left_of(self.award) != self.again_fen


def changed_awards(*, viewer: Membership, on: dt.date) -> list[Changed]:
    """The awards a viewer may see that come out otherwise by what is known of their loan now."""
    later = {
        "loan": OuterRef("application__loan"),
        "recorded_at__gte": OuterRef("application__recorded_at"),
    }
    rows = awards(viewer=viewer).filter(
        Exists(LoanReturn.objects.filter(**later)) | Exists(LoanTerms.objects.filter(**later))
    )
    found = list(rows.select_related(*_READ).prefetch_related("claw_backs"))
    known = knowledge_of_each(list({award.application_id: award.application for award in found}.values()), on)
    told = (_changed(award, known[award.application_id]) for award in found)
    return [one for one in told if one is not None and one.matters]


_READ = (
    "application__loan__bank",
    "application__loan__borrower",
    "application__enterprise",
    "application__call__policy",
    "application__loan__terms",
    "plan_line__calculation",
)


def changed(award: Award, *, on: dt.date) -> Changed | None:
    """The award with what has changed; None where nothing has. The caller was let in to it."""
    return _changed(award, knowledge_of(award.application, on))


def _changed(award: Award, knowledge: Knowledge) -> Changed | None:
    moved = tuple(one for one in knowledge.moved if one.path in WATCHED)
    if not moved or award.application.loan is None:
        return None
    again, reasons = _worked_out_again(award, {one.path: one.now for one in moved})
    return Changed(award, moved, again, reasons)


def _worked_out_again(award: Award, facts: Mapping[str, Any]) -> tuple[int | None, tuple[str, ...]]:
    given = award.plan_line.calculation.result["given"]
    plain = dict(given["case"])
    for path, value in facts.items():
        section, _, name = path.rpartition(".")
        plain |= {section: {**(plain.get(section) or {}), name: value}} if section else {name: value}
    used = used_of(given["used"])
    try:
        result = evaluate(policy_of_document(given["policy"]), Case.from_plain(plain), rates(), used)
    except Refused as refused:
        return None, tuple(str(problem) for problem in refused.problems)
    if result.status in (Status.UNKNOWN, Status.PENDING):
        return None, (*(one.name for one in result.missing), *(str(one) for one in result.waits_for))
    line = result.line(award.line)
    again = line.paid_fen if line is not None and line.in_benefits else 0
    asked, granted = fen_of(award.plan_line.asked), fen_of(award.amount)
    told = tuple(one.text for one in (*result.reasons, *result.lost))
    return int(Fraction(again * granted, asked)) if asked else again, told
