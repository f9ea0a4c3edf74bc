"""The engine: a policy, applications, published rates and what is already used give amounts with their reasons (7.4 to
7.10). Pure; no Django, no clock, no region name.

`evaluate` is one application alone; `evaluate_batch` decides several of one firm together. Both are refused with every
fault of the input at once, never with a guess.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from finance.subsidies.building import policy_of_document
from finance.subsidies.facts import Case
from finance.subsidies.rates import Series, series_of_rows
from finance.subsidies.results import Result
from finance.subsidies.settling import Entered, settle
from finance.subsidies.terms import COUNT_ENDING, OF_ONE_APPLICATION, Policy, count_key
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
    keys = [_keys_within_a_firm(policy, place) for place in range(len(cases))]
    by_key: dict[Hashable, int] = {
        key: before[name] for mine in keys for name, key in mine.items() if name in before
    }
    entered = [Entered(case, mine) for case, mine in zip(cases, keys, strict=True)]
    results = settle(policy, entered, series, by_key)
    paid = [{line.id: line.paid_fen for line in result.lines} for result in results]
    after = dict(before)
    for limit in policy.limits:
        taken = sum(fen for lines in paid for line, fen in lines.items() if line in limit.over)
        after[limit.id] = before.get(limit.id, 0) + taken
    for line in policy.lines:
        if line.count is not None:
            times = sum(lines.get(line.id, 0) > 0 for lines in paid)
            after[count_key(line)] = before.get(count_key(line), 0) + times
    return tuple(results), after


def _keys_within_a_firm(policy: Policy, place: int) -> dict[str, tuple[str, int]]:
    """All applications share a limit or a count, but one of a single loan or project: there each has its own."""
    scopes = {limit.id: limit.scope for limit in policy.limits}
    scopes |= {count_key(line): line.count.scope for line in policy.lines if line.count is not None}
    return {
        name: (name, place if any(part in OF_ONE_APPLICATION for part in scope) else -1)
        for name, scope in scopes.items()
    }


def used_of(written: Mapping[str, Any] | None) -> dict[str, int]:
    """What was used by limit id, read from its plain form: amounts in fen; under `<line>.count` a number."""
    return {
        name: int(amount) if name.endswith(COUNT_ENDING) else fen_from_yuan(str(amount))
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
