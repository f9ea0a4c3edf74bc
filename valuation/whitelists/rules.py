"""Whether a firm meets a filter, and which firms make the list. Pure: an application in, an answer with its reasons out.

Three answers, never two: a fact nobody asked for, or one too old to use, makes a criterion *unknown*, and unknown is not
out. One criterion that fails decides out; without one, a single unknown keeps the firm off the list and says what is
missing. Of rights, what the platform knows may not be all there is: too few known ones are unknown, never a *no*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kernel.conditions import Answer, Condition, judge
from valuation.inputs import NOT_QUERIED, Application, Input, State
from valuation.whitelists.terms import INDICATOR, LARGEST, RIGHT, Criterion, Filter

IN, OUT, UNKNOWN, OVER = "in", "out", "unknown", "over"
"""`over`: meets everything, but the list is full."""
_ANSWERS = {Answer.YES: IN, Answer.NO: OUT, Answer.UNKNOWN: UNKNOWN}
Facts = Mapping[str, Input]


@dataclass(frozen=True)
class Finding:
    """One criterion: its answer, what was stated of each fact it looked at, and how far a figure is from meeting it."""

    criterion: Criterion
    answer: Answer
    stated: tuple[tuple[str, Input], ...] = ()
    gap: str = ""
    rights_met: int = 0
    rights_known: int = 0

    @property
    def missing(self) -> tuple[str, ...]:
        """The facts nobody has asked for, or that are too old."""
        return tuple(name for name, one in self.stated if one.state is State.NOT_QUERIED)

    def plain(self) -> dict[str, Any]:
        """As JSON values: what a list keeps for ever."""
        told: dict[str, Any] = {
            "id": self.criterion.id,
            "answer": self.answer.value,
            "stated": [_plain_input(name, one) for name, one in self.stated],
        }
        if self.gap:
            told["gap"] = self.gap
        if self.criterion.of == RIGHT:
            told |= {"rights_met": self.rights_met, "rights_known": self.rights_known}
        return told


@dataclass(frozen=True)
class Judged:
    """A firm under a filter: the answer and every criterion in the order of the file; `keys` order the list."""

    answer: str
    findings: tuple[Finding, ...]
    keys: tuple[Decimal | None, ...] = ()

    @property
    def failed(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.answer is Answer.NO)

    @property
    def unknown(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.answer is Answer.UNKNOWN)

    def plain(self) -> list[dict[str, Any]]:
        return [one.plain() for one in self.findings]


def judged(rules: Filter, application: Application) -> Judged:
    """One firm under a filter."""
    findings = tuple(_finding(criterion, application) for criterion in rules.criteria)
    answers = {one.answer for one in findings}
    answer = next((one for one in (Answer.NO, Answer.UNKNOWN) if one in answers), Answer.YES)
    keys = tuple(_figure(fact(application, key.by)) for key in rules.order)
    return Judged(_ANSWERS[answer], findings, keys)


def fact(application: Application, metric: str) -> Input:
    """What was stated of a fact of the firm."""
    scope, _, name = metric.partition(".")
    return application.of(name) if scope == INDICATOR else application.firm.get(metric, NOT_QUERIED)


def is_near(rules: Filter, found: Judged) -> bool:
    """Whether a firm that is not in is close to it: few criteria failed and none unknown, or few unknown and none failed."""
    failed, unknown = len(found.failed), len(found.unknown)
    if found.answer == OUT:
        return failed <= rules.near.most_failed and not unknown
    return found.answer == UNKNOWN and unknown <= rules.near.most_unknown


def ranked(rules: Filter, firms: Iterable[tuple[str, Judged]]) -> dict[str, str]:
    """By firm what became of it, those in first and in their order: `in` up to the size of the list, then `over`.

    Ties go by the firm's name, so that the same facts always give the same list.
    """
    everyone = sorted(firms, key=lambda pair: (*_places(rules, pair[1]), pair[0]))
    meeting = [name for name, found in everyone if found.answer == IN]
    answers = {name: IN if place < rules.most else OVER for place, name in enumerate(meeting)}
    return answers | {name: found.answer for name, found in everyone if found.answer != IN}


def name_of(firm: str, key: str) -> str:
    """What ties are broken by: the firm's name, and its key where two have the same.

    >>> name_of("甲公司", "1") < name_of("甲公司", "2")
    True
    """
    return f"{firm}\n{key}"


def _places(rules: Filter, found: Judged) -> tuple[tuple[bool, Decimal], ...]:
    return tuple(
        (figure is None, Decimal(0) if figure is None else -figure if key.first == LARGEST else figure)
        for key, figure in zip(rules.order, found.keys, strict=True)
    )


def _figure(stated: Input) -> Decimal | None:
    return stated.value if isinstance(stated.value, Decimal) and stated.state is State.VALUE else None


def _finding(criterion: Criterion, application: Application) -> Finding:
    if criterion.of == RIGHT:
        return _of_rights(criterion, application)
    facts = {metric: fact(application, metric) for metric in criterion.metrics}
    answer = _any_case(criterion, facts)
    gap = _gap(criterion, facts) if answer is Answer.NO else ""
    return Finding(criterion, answer, tuple(facts.items()), gap)


def _of_rights(criterion: Criterion, application: Application) -> Finding:
    """Met by enough rights that are known to meet it; otherwise not known, for there may be others."""
    answers = [_any_case(criterion, right.facts) for right in application.rights]
    met = answers.count(Answer.YES)
    stated = tuple(
        (f"{right.id}：{metric}", right.facts.get(metric, NOT_QUERIED))
        for right, answer in zip(application.rights, answers, strict=True)
        if answer is not Answer.YES
        for metric in criterion.metrics
    )
    answer = Answer.YES if met >= criterion.fewest else Answer.UNKNOWN
    return Finding(criterion, answer, stated, "", met, len(answers))


def _any_case(criterion: Criterion, facts: Facts) -> Answer:
    return _first((_whole_case(criterion, case, facts) for case in criterion.cases), Answer.YES, Answer.NO)


def _whole_case(criterion: Criterion, case: Sequence[Condition], facts: Facts) -> Answer:
    answers = (_answer(criterion, condition, facts.get(condition.metric, NOT_QUERIED)) for condition in case)
    return _first(answers, Answer.NO, Answer.YES)


def _first(answers: Iterable[Answer], deciding: Answer, otherwise: Answer) -> Answer:
    found = set(answers)
    return deciding if deciding in found else Answer.UNKNOWN if Answer.UNKNOWN in found else otherwise


def _answer(criterion: Criterion, condition: Condition, stated: Input) -> Answer:
    if stated.state is State.VALUE:
        return judge(condition, {condition.metric: stated.text}).answer
    absent = {State.QUERIED_NONE: criterion.none, State.NOT_APPLICABLE: criterion.not_applicable}
    return absent.get(stated.state, Answer.UNKNOWN)


def _gap(criterion: Criterion, facts: Facts) -> str:
    """How far the nearest case of a single figure is from being met; empty where no one figure would do it.

    A strict bound is told as such: 75 under “< 75” is not met, and no least step is made up for it.
    """
    gaps = [
        (abs(bound - figure), condition)
        for case in criterion.cases
        if len(case) == 1
        for condition in case
        if condition.op in ("<", "<=", ">", ">=")
        and (figure := _figure(facts.get(condition.metric, NOT_QUERIED))) is not None
        and (bound := Decimal(condition.value)) is not None
    ]
    if not gaps:
        return ""
    far, condition = min(gaps, key=lambda pair: pair[0])
    strictly = "以上" if condition.op in ("<", ">") else ""
    return f"{'少' if condition.op in ('>', '>=') else '多'} {far:f}{strictly}"


def _plain_input(name: str, stated: Input) -> dict[str, Any]:
    told: dict[str, Any] = {"metric": name, "state": str(stated.state)}
    if stated.text:
        told["value"] = stated.text
    if stated.source:
        told["source"] = stated.source
    if stated.known_on:
        told["known_on"] = stated.known_on.isoformat()
    if stated.stale:
        told["stale"] = True
    if stated.why:
        told["why"] = stated.why
    return told
