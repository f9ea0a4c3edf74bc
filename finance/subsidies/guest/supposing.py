"""What an open answer would come to if what is open turned out well: a yes where a yes or no is missing, a rate that stays
as it was last published, a next batch under the same measure. Pure.

These figures are told as what they are: each supposition stands beside them in words. They come from `evaluate` too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

from finance.subsidies.engine import evaluate
from finance.subsidies.facts import Case
from finance.subsidies.rates import NAMES, Row, Series, Waiting
from finance.subsidies.results import Result, Status
from finance.subsidies.terms import Policy
from finance.subsidies.words import fact_words

_MOST_ROUNDS, _MOST_FACTS = 5, 3


@dataclass(frozen=True)
class Supposed:
    """What is supposed, in words, and the results at all ends; `carried` are days on which a rate was only supposed."""

    words: tuple[str, ...]
    results: tuple[Result, ...]
    carried: tuple[dt.date, ...] = ()

    def told(self, sentences: Iterable[str]) -> tuple[str, ...]:
        """Sentences of a working, in which a supposed rate is not said to have been published."""
        found = tuple(sentences)
        for day in self.carried:
            found = tuple(sentence.replace(f"{day} 公布", "假定不变") for sentence in found)
        return found


def suppose(
    policy: Policy, cases: Iterable[Case], results: list[Result], series: Series, on: dt.date
) -> Supposed | None:
    """The suppositions under which every end is eligible, from the `results` as they are; None if there are none."""
    asked, words, carried = list(cases), list[str](), list[dt.date]()
    for _ in range(_MOST_ROUNDS):
        statuses = {result.status for result in results}
        if statuses == {Status.ELIGIBLE}:
            return Supposed(tuple(words), tuple(results), tuple(carried)) if words else None
        if Status.UNKNOWN in statuses:
            facts = _answered(policy, asked, series, results)
            if not facts:
                return None
            words += [_fact_words(path, truth) for path, truth in facts.items()]
            asked = [_with(case, facts) for case in asked]
        elif Status.PENDING in statuses:
            waits = list(dict.fromkeys(wait for result in results for wait in result.waits_for))
            rows = [row for wait in waits if (row := _carried(series, wait, on))]
            if not rows:
                return None
            words += list(dict.fromkeys(_rate_words(series, row, on) for row in rows))
            carried += [row.day for row in rows]
            known = [row for each in series.rows.values() for row in each if row.day <= on]
            series = Series.of([*known, *rows])
            asked = [Case.from_plain({**case.plain(), "evaluated_on": None}, believe=True) for case in asked]
        elif any(condition.per_batch for condition in policy.eligibility):
            policy = replace(
                policy, eligibility=tuple(each for each in policy.eligibility if not each.per_batch)
            )
            words.append("下一批仍按这个办法受理")
        else:
            return None
        results = [evaluate(policy, case, series) for case in asked]
    return None


def _answered(policy: Policy, cases: list[Case], series: Series, results: list[Result]) -> dict[str, bool]:
    """A yes or no for every missing fact of that kind, under which the policy no longer says no and lacks nothing."""
    paths = list(dict.fromkeys(each.path for result in results for each in result.missing))
    if not paths or len(paths) > _MOST_FACTS or any(fact_words(path).unit != "yes_no" for path in paths):
        return {}
    for truths in product((True, False), repeat=len(paths)):
        facts = dict(zip(paths, truths, strict=True))
        then = evaluate(policy, _with(cases[0], facts), series)
        if then.status not in (Status.INELIGIBLE, Status.UNKNOWN):
            return facts
    return {}


def _with(case: Case, facts: dict[str, bool]) -> Case:
    for path, truth in facts.items():
        case = case.with_fact(path, truth)
    return case


def _fact_words(path: str, truth: bool) -> str:
    return f"“{fact_words(path).name}”为{fact_words(path).value_words(truth)}"


def _carried(series: Series, wait: Waiting, on: dt.date) -> Row | None:
    """The last published value, set on the day that is asked for."""
    last = _last(series, wait.name, on)
    return replace(last, day=wait.day, source="假定不变") if last else None


def _last(series: Series, name: str, on: dt.date) -> Row | None:
    return next((row for row in reversed(series.rows.get(name, ())) if row.day <= on), None)


def _rate_words(series: Series, row: Row, on: dt.date) -> str:
    last = _last(series, row.name, on)
    assert last is not None, row
    return f"{NAMES[row.name].words}仍为 {last.percent}%（{last.day} 公布的最近一期）"
