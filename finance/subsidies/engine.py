"""The engine: a policy, applications, published rates and what is already used give amounts with their reasons (7.4 to
7.10). Pure; no Django, no clock, no region name.

`evaluate` is one application alone; `evaluate_batch` decides several of one firm together. Both are refused with every
fault of the input at once, never with a guess.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from finance.subsidies.application import Application
from finance.subsidies.building import policy_of_document
from finance.subsidies.facts import Case
from finance.subsidies.lines import COUNTED_OUT, PAID
from finance.subsidies.rates import Series, series_of_rows
from finance.subsidies.results import Result
from finance.subsidies.terms import OF_ONE_APPLICATION, Line, Policy
from kernel.errors import refuse_if_any
from kernel.money import fen_from_yuan

Used = Mapping[str, int]
"""Fen already used by limit id; under `<line>.count` the number of applications already paid."""


def evaluate(policy: Policy, case: Case, series: Series, used: Used | None = None) -> Result:
    """One application alone."""
    return evaluate_batch(policy, [case], series, used)[0][0]


def evaluate_batch(
    policy: Policy, cases: Sequence[Case], series: Series, used: Used | None = None
) -> tuple[tuple[Result, ...], dict[str, int]]:
    """Applications of one firm, bank, guarantor and window, each with its own loan, in order of application (7.10).

    Returns their results and what is used afterwards. Refused: facts of a kind that a condition cannot compare, a choice
    outside its band, an officer's figure above its ceiling; each with the application's number where there are several.
    """
    before = dict(used or {})
    applications = [Application(policy, case, series) for case in cases]
    refuse_if_any(
        replace(problem, where=f"第{place}笔 {problem.where}") if len(applications) > 1 else problem
        for place, application in enumerate(applications, 1)
        for problem in application.reader.problems
    )
    for line in policy.lines:
        if line.count is not None:
            settle_count(line, applications, before.get(count_key(line), 0))
    after = {**before, **{limit.id: before.get(limit.id, 0) for limit in policy.limits}}
    for application in applications:
        start = {limit.id: (after if limit.shared else before).get(limit.id, 0) for limit in policy.limits}
        application.take_limits(start)
        for limit in policy.limits:
            after[limit.id] += application.paid_under(limit)
    for line in policy.lines:
        if line.count is not None:
            key = count_key(line)
            after[key] = before.get(key, 0) + sum(application.pays(line) for application in applications)
    return tuple(application.result(before) for application in applications), after


def count_key(line: Line) -> str:
    """The name under which `used` holds how many applications were already paid this line."""
    return f"{line.id}.count"


def settle_count(line: Line, applications: Sequence[Application], paid_earlier: int) -> None:
    """The line goes to the highest amounts above zero, at a tie to the earlier application (7.9)."""
    assert line.count is not None
    most = max(0, line.count.most - paid_earlier)
    drafts = [
        (draft, application)
        for application in applications
        if (draft := application.draft(line)) is not None and draft.state == PAID and draft.amount > 0
    ]
    alone = any(name in OF_ONE_APPLICATION for name in line.count.scope)
    ranked = sorted(drafts, key=lambda entry: -entry[0].amount)
    for place, (draft, application) in enumerate(ranked):
        if (0 if alone else place) >= most:
            application.count_out(draft)
    assert all(draft.state in (PAID, COUNTED_OUT) for draft, _ in drafts)


def used_of(written: Mapping[str, Any] | None) -> dict[str, int]:
    """What was used by limit id, read from its plain form: amounts in fen; under `<line>.count` a number."""
    return {
        name: int(amount) if name.endswith(".count") else fen_from_yuan(str(amount))
        for name, amount in (written or {}).items()
    }


def replay(stored: Mapping[str, Any]) -> Result:
    """The same result again from what `Result.plain()` stored: policy text, case, rates read, and what was used."""
    given = stored["given"]
    used = used_of(given["used"])
    return evaluate(
        policy_of_document(given["policy"]),
        Case.from_plain(given["case"], believe=True),
        series_of_rows(given["rows"]),
        used,
    )
