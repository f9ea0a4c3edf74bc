"""An application as the engine sees it now, nothing written: for the owner before filing and the officer before passing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from finance.subsidies.actions.filing import filing_problems
from finance.subsidies.actions.guarding import use_problems
from finance.subsidies.actions.reviewing import review_problems
from finance.subsidies.engine import evaluate
from finance.subsidies.metering import used_of_limits
from finance.subsidies.models import Application
from finance.subsidies.nearly import Nearly, nearly
from finance.subsidies.queries.of_applications import granted_of_each, metered_of, read_case
from finance.subsidies.queries.of_knowledge import Knowledge, knowledge_of
from finance.subsidies.queries.of_meters import used_before
from finance.subsidies.results import Status
from finance.subsidies.shelf import policy_of, rates
from finance.subsidies.terms import CEILING
from kernel.errors import Problem, Refused

if TYPE_CHECKING:
    import datetime as dt

    from finance.subsidies.results import LineResult, Result


@dataclass(frozen=True)
class Previewed:
    """The result, what would have to be otherwise, and what stands against the next step; or why the facts cannot be read
    at all."""

    result: Result | None = None
    nearly: Nearly | None = None
    against: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def missing(self) -> frozenset[str]:
        return frozenset(one.path for one in self.result.missing) if self.result else frozenset()

    @property
    def ceilings(self) -> list[LineResult]:
        """The lines of which the policy states only the most."""
        return [line for line in self.result.lines if line.discretion == CEILING] if self.result else []


def preview(application: Application, on: dt.date, knowledge: Knowledge | None = None) -> Previewed:
    """What the engine would say if the application were handed in on a day; the caller was let in to it, and gives what is
    known of it where he has it at hand."""
    policy = policy_of(application.call.policy)
    knowledge = knowledge or knowledge_of(application, on)
    granted = granted_of_each([application])[application.pk]
    try:
        case = read_case(application, knowledge.stated, granted, on)
        limits = metered_of(application, case, policy)
        others = used_before(application, limits)
        used = used_of_limits(limits, others)
        result = evaluate(policy, case, rates(), used)
    except Refused as refused:
        return Previewed(problems=refused.problems)
    told = result.status in (Status.INELIGIBLE, Status.ELIGIBLE)
    against = (
        *use_problems(policy, application, result, limits, others),
        *_step_problems(application, result, on, knowledge),
    )
    return Previewed(result, nearly(policy, case, rates(), used, result) if told else None, against)


def _step_problems(
    application: Application, result: Result, on: dt.date, knowledge: Knowledge
) -> list[Problem]:
    """What keeps it from being filed or, once it is filed, from being passed."""
    if application.state == Application.State.FILED:
        return review_problems(application, result, on, knowledge)
    return filing_problems(application, result, on, knowledge)
