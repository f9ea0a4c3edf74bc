"""Applications under one policy decided together: whose limits and counts they are, each says by its keys. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from finance.subsidies.application import Application
from finance.subsidies.lines import COUNTED_OUT, PAID
from finance.subsidies.terms import count_key
from kernel.errors import refuse_if_any

if TYPE_CHECKING:
    from finance.subsidies.facts import Case
    from finance.subsidies.rates import Series
    from finance.subsidies.results import Result
    from finance.subsidies.terms import Line, Policy


@dataclass(frozen=True)
class Entered:
    """One application in its place of the order; `keys` names the meter of each limit and count that it meets."""

    case: Case
    keys: Mapping[str, Hashable]


def settle(
    policy: Policy, entered: Sequence[Entered], series: Series, used: Mapping[Hashable, int]
) -> list[Result]:
    """The results in the order given, which is the order of application: counts over all of one key first (the highest
    amounts, at a tie the earlier), then limits one application after the other.

    `used` holds fen, or times for a count, by key; what is not named is not used. A limit or count for which an application
    names no key (its scope is nobody there) is shared with no other. Refused like `evaluate`, each fault with the
    application's place where there are several.
    """
    all_keys = [_keys(policy, one, place) for place, one in enumerate(entered)]
    applications = [Application(policy, one.case, series) for one in entered]
    refuse_if_any(
        replace(problem, where=f"第{place}笔 {problem.where}") if len(applications) > 1 else problem
        for place, application in enumerate(applications, 1)
        for problem in application.reader.problems
    )
    for line in policy.lines:
        if line.count is not None:
            together: dict[Hashable, list[Application]] = {}
            for application, keys in zip(applications, all_keys, strict=True):
                together.setdefault(keys[count_key(line)], []).append(application)
            for key, some in together.items():
                _settle_count(line, some, used.get(key, 0))
    after = dict(used)
    results = []
    for application, keys in zip(applications, all_keys, strict=True):
        application.take_limits({limit.id: after.get(keys[limit.id], 0) for limit in policy.limits})
        for limit in policy.limits:
            key = keys[limit.id]
            after[key] = after.get(key, 0) + application.paid_under(limit)
        counts = {
            count_key(line): used.get(keys[count_key(line)], 0)
            for line in policy.lines
            if line.count is not None
        }
        results.append(application.result(counts))
    return results


def _keys(policy: Policy, one: Entered, place: int) -> dict[str, Hashable]:
    """The meter of each limit and count; one of its own where the application names none."""
    names = [limit.id for limit in policy.limits]
    names += [count_key(line) for line in policy.lines if line.count is not None]
    return {name: one.keys.get(name, (name, place)) for name in names}


def _settle_count(line: Line, applications: Sequence[Application], paid_earlier: int) -> None:
    """The line goes to the highest amounts above zero, at a tie to the earlier application (7.9)."""
    assert line.count is not None
    most = max(0, line.count.most - paid_earlier)
    drafts = [
        (draft, application)
        for application in applications
        if (draft := application.draft(line)) is not None and draft.state == PAID and draft.amount > 0
    ]
    ranked = sorted(drafts, key=lambda entry: -entry[0].amount)
    for draft, application in ranked[most:]:
        application.count_out(draft)
    assert all(draft.state in (PAID, COUNTED_OUT) for draft, _ in drafts)
