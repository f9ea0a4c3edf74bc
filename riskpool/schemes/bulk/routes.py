"""Rows that answer every condition alike take one route through the scheme: found once, by the code of a single claim.

Conditions look at facts only, never at what the steps before have moved. So the rows are put into groups by their
answers (and by which figures are absent), and one row of each group is asked which steps happen, with which shares. What
is left for all rows is plain arithmetic.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import lcm

import numpy as np
from numpy.typing import NDArray

from kernel.conditions import Condition
from kernel.errors import Refused
from kernel.expressions import Expression, Metric, exact_decimal, metrics_in
from riskpool.schemes.base import Course
from riskpool.schemes.bulk.facts import Facts, Rows, condition_codes, facts_of_row, figure_codes
from riskpool.schemes.steps import Run, chosen_row, shares_of, suspended_parties
from riskpool.schemes.terms import Cap, Scheme, Step, Transfer

_ANSWERS = 4  # more than there are codes for a condition or a figure
_MOST_KEYS = 2**16


@dataclass(frozen=True)
class Move:
    """A step that happens: its place and, for a transfer, the shares in listed order as `numerators` over `over`."""

    where: str
    step: Step
    numerators: tuple[tuple[str, int], ...] = ()
    over: int = 1


@dataclass(frozen=True)
class Route:
    """What all rows of a group have in common: whether nothing can be calculated, the steps that happen, and the
    facts that are absent and the parties that are suspended, both as in `Apportionment`."""

    refused: bool
    moves: tuple[Move, ...] = ()
    missing: tuple[str, ...] = ()
    suspended: tuple[str, ...] = ()


def routes(scheme: Scheme, facts: Facts, count: int) -> Iterator[tuple[Route, Rows]]:
    """Every route that is taken, with its rows in ascending order."""
    for rows in _alike(scheme, facts, count):
        first = 0 if isinstance(rows, slice) else int(rows[0])
        yield route_of(scheme, facts_of_row(facts, first)), rows


def route_of(scheme: Scheme, facts: dict[str, str]) -> Route:
    """The route of a row with these facts."""
    course = Course(facts)
    try:
        _base(scheme, course)
        suspended = suspended_parties(scheme, course)
        moves = tuple(_moves(Run(scheme, 0, {}, suspended, course)))
        course.refuse_if_blocked()
    except Refused:
        return Route(refused=True)
    return Route(
        False, moves, tuple(course.missing), tuple(code for code in scheme.codes if code in suspended)
    )


def _base(scheme: Scheme, course: Course) -> None:
    base = scheme.loss_base
    if base.coverage:
        _ask(Metric(base.coverage.metric), course, blocks=False)
    for cap in base.eligible_caps:
        _ask(cap.limit, course)
        if cap.basis == "loan_amount_prorata":
            _ask(Metric(cap.loan_metric), course)


def _moves(run: Run) -> Iterator[Move]:
    for index, step in enumerate(run.scheme.steps):
        where = f"steps[{index}]"
        holds, _ = run.holds(step.when)
        if not holds:
            continue
        if not isinstance(step, Transfer):
            _ask(step.limit if isinstance(step, Cap) else step.amount, run.course, isinstance(step, Cap))
            yield Move(where, step)
            continue
        row, _ = chosen_row(step, run)
        shares = shares_of(step, row, where, run)[0] if row else {}
        for end in (step.slice.attach, step.slice.detach) if step.slice else ():
            if end is not None:
                _ask(end, run.course)
        over = lcm(*(share.denominator for share in shares.values()))
        numerators = tuple((code, int(share * over)) for code, share in shares.items())
        yield Move(where, step, numerators, over)


def _ask(expression: Expression, course: Course, blocks: bool = True) -> None:
    """Note the facts of an expression that are absent; refused if that blocks, or if one is no decimal."""
    for name in metrics_in(expression):
        text = course.facts.get(name)
        if text is None:
            course.lacks(name)
        if (text is None and blocks) or (text is not None and exact_decimal(text) is None):
            course.amount(Metric(name), name)  # refuses words at once, an absence at the end


def _alike(scheme: Scheme, facts: Facts, count: int) -> Iterator[Rows]:
    """The rows in groups that cannot be told apart by any condition or by what is absent."""
    keys, different = np.zeros(count, dtype=np.int64), 1
    for codes in _codes(scheme, facts):
        if isinstance(codes, int) or (codes == codes[0]).all():
            continue
        keys, different = keys * _ANSWERS + codes, different * _ANSWERS
        if different > _MOST_KEYS:
            found, keys = np.unique(keys, return_inverse=True)
            different = len(found)
    if different == 1:
        yield slice(0, count)
        return
    if different <= _MOST_KEYS:
        keys = keys.astype(np.uint16)  # sorted by digits: ten times faster
    order: NDArray[np.intp] = np.argsort(keys, kind="stable")
    ends = np.flatnonzero(np.diff(keys[order])) + 1
    yield from np.split(order, ends)


def _codes(scheme: Scheme, facts: Facts) -> Iterator[NDArray[np.int8] | int]:
    for condition in dict.fromkeys(conditions_of(scheme)):
        yield condition_codes(facts, condition)
    for name in dict.fromkeys(_figures(scheme)):
        yield figure_codes(facts, name)


def conditions_of(scheme: Scheme) -> Iterable[Condition]:
    """Every condition of a scheme, repetitions included."""
    yield from (line.condition for line in scheme.stop_loss)
    for step in scheme.steps:
        yield from step.when
        if isinstance(step, Transfer):
            for when in (*(row.when for row in step.rows), *(uplift.when for uplift in step.uplifts)):
                yield from when


def _figures(scheme: Scheme) -> Iterable[str]:
    base = scheme.loss_base
    if base.coverage:
        yield base.coverage.metric
    for cap in base.eligible_caps:
        yield from (*metrics_in(cap.limit), *((cap.loan_metric,) if cap.loan_metric else ()))
    for step in scheme.steps:
        if isinstance(step, Transfer):
            ends = (step.slice.attach, step.slice.detach) if step.slice else ()
            yield from (name for end in ends if end is not None for name in metrics_in(end))
        else:
            yield from metrics_in(step.limit if isinstance(step, Cap) else step.amount)
