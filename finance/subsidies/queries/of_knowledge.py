"""What the platform knows now against what an application states: what has moved is looked at before a decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finance.subsidies.models import ApplicationFact, ClawBack
from finance.subsidies.queries.gathering import Known, known_of_each
from finance.subsidies.queries.of_applications import Stated, facts_of_each
from finance.subsidies.reads import facts_read
from finance.subsidies.shelf import policy_of
from finance.subsidies.words import fact_words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from finance.subsidies.models import Application

Standing = ApplicationFact.Standing


@dataclass(frozen=True)
class Moved:
    """A fact that the policy reads, as the application has it (None: not at all) and as the platform knows it now."""

    known: Known
    stated: ApplicationFact | None

    @property
    def path(self) -> str:
        return self.known.path

    @property
    def name(self) -> str:
        return fact_words(self.path).name

    @property
    def was(self) -> Any:
        return self.stated.value if self.stated is not None else None

    @property
    def now(self) -> Any:
        return self.known.value

    @property
    def source(self) -> str:
        return self.known.source

    @property
    def counts(self) -> bool:
        """Whether somebody has to look at it. What the enterprise stated instead waits for the officer's judgement anyway;
        what an officer judged stands until something newer is recorded."""
        if self.stated is None or self.stated.standing == Standing.TAKEN:
            return True
        if self.stated.standing == Standing.STATED:
            return False
        return self.known.recorded_at is not None and self.known.recorded_at > self.stated.recorded_at


@dataclass(frozen=True)
class Knowledge:
    """What an application states, and what the platform knows now of the facts that its policy reads."""

    stated: Mapping[str, Stated]
    known: Sequence[Known]

    @property
    def other(self) -> list[Moved]:
        """What the platform knows otherwise than the application states it, or states it not at all."""
        rows = ((one, self.stated[one.path].row if one.path in self.stated else None) for one in self.known)
        return [Moved(one, row) for one, row in rows if row is None or row.value != one.value]

    @property
    def moved(self) -> list[Moved]:
        """What of it somebody has to look at."""
        return [one for one in self.other if one.counts]


def knowledge_of(application: Application, on: dt.date) -> Knowledge:
    """What is stated and what is known of an application on a day."""
    return knowledge_of_each([application], on)[application.pk]


def knowledge_of_each(applications: Sequence[Application], on: dt.date) -> dict[UUID, Knowledge]:
    """The same of many at once, by a number of questions that does not grow with them."""
    subjects = [(one.enterprise, one.loan, one.call.policy.family) for one in applications]
    stated = facts_of_each(applications)
    found = {}
    for one, known in zip(applications, known_of_each(subjects, on=on), strict=True):
        reads = set(facts_read(policy_of(one.call.policy)))
        found[one.pk] = Knowledge(stated[one.pk], [fact for fact in known if fact.path in reads])
    return found


def excluded(enterprises: Iterable[UUID], on: dt.date) -> dict[UUID, ClawBack]:
    """The enterprises that may not apply or be paid on a day, by the claw-back from them that keeps them out longest."""
    rows = ClawBack.objects.filter(award__payee__in=list(enterprises), excluded_until__gte=on)
    return {row.award.payee_id: row for row in rows.select_related("award").order_by("excluded_until")}
