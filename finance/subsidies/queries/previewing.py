"""An application as the engine sees it now, nothing written: for the owner before filing and the officer before passing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from finance.subsidies.engine import evaluate
from finance.subsidies.nearly import Nearly, nearly
from finance.subsidies.queries.of_applications import case_of, metered_of
from finance.subsidies.queries.of_meters import used_before
from finance.subsidies.results import Status
from finance.subsidies.shelf import policy_of, rates
from kernel.errors import Problem, Refused

if TYPE_CHECKING:
    import datetime as dt

    from finance.subsidies.models import Application
    from finance.subsidies.results import Result


@dataclass(frozen=True)
class Previewed:
    """The result, what would have to be otherwise, or why the facts cannot be read at all."""

    result: Result | None = None
    nearly: Nearly | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def missing(self) -> frozenset[str]:
        return frozenset(one.path for one in self.result.missing) if self.result else frozenset()


def preview(application: Application, on: dt.date) -> Previewed:
    """What the engine would say if the application were handed in on a day; the caller was let in to it."""
    policy = policy_of(application.call.policy)
    try:
        case = case_of(application, on=on)
        used = used_before(application, metered_of(application, case, policy))
        result = evaluate(policy, case, rates(), used)
        short = result.status in (Status.INELIGIBLE, Status.ELIGIBLE)
        return Previewed(result, nearly(policy, case, rates(), used, result) if short else None)
    except Refused as refused:
        return Previewed(problems=refused.problems)
