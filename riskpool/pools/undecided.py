"""What a loan may come to while facts are open that only decide whether a condition of its scheme holds. Pure.

A condition that nobody can answer yet is no "no": counted so, a loan whose every gate is open would cost the pool nothing.
So each way in which the open facts may turn out is weighed, and the dearest counts (docs/decisions/0024).
"""

from __future__ import annotations

from itertools import pairwise, product
from math import prod
from typing import TYPE_CHECKING

from kernel.conditions import Condition, judge
from kernel.errors import Refused
from kernel.expressions import exact_decimal, exact_text
from riskpool.schemes.engine import BLOCKS, needed_metrics
from riskpool.schemes.terms import Scheme, Transfer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    Way = dict[str, str]

MOST_WAYS = 256  # beyond them nobody counts: the whole covered part is taken for the pool's
OTHER = "其他"


def open_gates(scheme: Scheme, known: Collection[str]) -> tuple[str, ...]:
    """The facts that are not known and that nothing but conditions of steps, rows and points asks for."""
    answered = {need.name for need in needed_metrics(scheme) if need.if_absent == BLOCKS} | set(known)
    if scheme.loss_base.coverage:  # the text says what happens without it
        answered.add(scheme.loss_base.coverage.metric)
    return tuple(dict.fromkeys(one.metric for one in _conditions(scheme) if one.metric not in answered))


def ways(scheme: Scheme, gates: Collection[str]) -> list[Way] | None:
    """Every way in which open facts may turn out, as far as the scheme's conditions tell them apart; the first leaves them
    open. None: too many to count."""
    conditions = list(_conditions(scheme))
    chosen = [_values([one for one in conditions if one.metric == name]) for name in gates]
    if prod(map(len, chosen)) > MOST_WAYS:
        return None
    return [{}, *(dict(zip(gates, values, strict=True)) for values in product(*chosen) if gates)]


def _conditions(scheme: Scheme) -> Iterator[Condition]:
    for step in scheme.steps:
        yield from step.when
        if isinstance(step, Transfer):
            for when in (*(row.when for row in step.rows), *(points.when for points in step.uplifts)):
                yield from when


def _values(conditions: list[Condition]) -> list[str]:
    """One value for each pattern of answers that the conditions on one fact can have together."""
    found: dict[tuple[bool, ...], str] = {}
    for value in _tried(conditions):
        try:
            answers = tuple(judge(one, {one.metric: value}).holds for one in conditions)
        except Refused:  # a text where a figure is asked for
            continue
        found.setdefault(answers, value)
    return list(found.values())


def _tried(conditions: list[Condition]) -> Iterator[str]:
    """Every value that is written, something else, and every figure between those that are written."""
    yield from (one.value for one in conditions)
    yield OTHER
    figures = sorted({exact for one in conditions if (exact := exact_decimal(one.value)) is not None})
    between = [(low + high) / 2 for low, high in pairwise(figures)]
    ends = [figures[0] - 1, figures[-1] + 1] if figures else []
    yield from (exact_text(figure) for figure in [*ends, *between])
