"""Facts stated one by one, by path, put together as the engine reads them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finance.subsidies.facts import Case
from finance.subsidies.shape import CASE_KEYS
from kernel.errors import Problem, Refused

ENTERED_APART = ("evaluated_on", "application_date", "day_count_override")
"""Keys of an application that its acts fill in, never a statement."""


def plain_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Sections and keys of an application from facts by path; what is None is left out.

    >>> plain_of({"loan.rate": "0.04", "interest_paid": "5.00", "loan.settled_on": None})
    {'loan': {'rate': '0.04'}, 'interest_paid': '5.00'}
    """
    plain: dict[str, Any] = {}
    for path, value in facts.items():
        section, _, name = path.rpartition(".")
        if value is None:
            continue
        if section:
            plain.setdefault(section, {})[name] = value
        else:
            plain[name] = value
    return plain


def fact_problems(facts: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with statements as they would be written, all at once."""
    problems = []
    for path in facts:
        if path in ENTERED_APART or (path.count(".") != 1 and path not in CASE_KEYS):
            problems.append(
                Problem(path[:80], "不是可以填报的事实", "请在页面列出的项目里填写", "no_such_fact")
            )
    known = {path: value for path, value in facts.items() if path.count(".") == 1 or path in CASE_KEYS}
    try:
        Case.from_plain(plain_of(known), believe=True)
    except Refused as refusal:
        problems += refusal.problems
    return problems
