"""What the platform knows now against what an application states: what has moved is looked at before a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finance.subsidies.models import ApplicationFact, ClawBack
from finance.subsidies.queries.gathering import Known, known_of
from finance.subsidies.queries.of_applications import facts_of
from finance.subsidies.reads import facts_read
from finance.subsidies.shelf import policy_of
from finance.subsidies.words import fact_words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from uuid import UUID

    from finance.subsidies.models import Application

Standing = ApplicationFact.Standing


@dataclass(frozen=True)
class Moved:
    """A fact that the policy reads, as the application has it (None: not at all) and as the platform knows it now."""

    known: Known
    stated: ApplicationFact | None

    @property
    def name(self) -> str:
        return fact_words(self.known.path).name

    @property
    def was(self) -> Any:
        return self.stated.value if self.stated is not None else None


def known_now(application: Application, on: dt.date) -> list[Known]:
    """What the platform knows of an application on a day, of the facts that its policy reads."""
    reads = set(facts_read(policy_of(application.call.policy)))
    known = known_of(
        enterprise=application.enterprise, loan=application.loan, on=on, family=application.call.policy.family
    )
    return [one for one in known if one.path in reads]


def moved_since(application: Application, on: dt.date) -> list[Moved]:
    """The facts that the platform knows otherwise than they were taken or judged.

    What the enterprise stated instead is not among them: it waits for the officer's judgement anyway. What an officer
    judged stands until something newer is recorded.
    """
    stated = facts_of(application)
    found = []
    for one in known_now(application, on):
        row = stated[one.path].row if one.path in stated else None
        if row is not None and (row.value == one.value or row.standing == Standing.STATED):
            continue
        judged = row is not None and row.standing in (Standing.CONFIRMED, Standing.REJECTED)
        if judged and row is not None and (one.recorded_at is None or one.recorded_at <= row.recorded_at):
            continue
        found.append(Moved(one, row))
    return found


def excluded(enterprises: Iterable[UUID], on: dt.date) -> dict[UUID, ClawBack]:
    """The enterprises that may not apply or be paid on a day, by the claw-back from them that keeps them out longest."""
    rows = ClawBack.objects.filter(award__payee__in=list(enterprises), excluded_until__gte=on)
    return {row.award.payee_id: row for row in rows.select_related("award").order_by("excluded_until")}
