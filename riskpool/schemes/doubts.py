"""What is worth a look in a valid scheme because it can never do anything, whatever the claim: told as warnings. Pure."""

from collections.abc import Iterator
from fractions import Fraction

from kernel.errors import Problem, Refused
from kernel.expressions import Expression, evaluate, metrics_in
from riskpool.schemes.terms import Cap, Scheme, Transfer

Found = Iterator[Problem]


def doubts(scheme: Scheme) -> list[Problem]:
    """Layers that end where they begin, limits below zero, parties said to be suspended that no transfer pays."""
    return [*_empty_layers(scheme), *_limits_below_zero(scheme), *_nothing_to_suspend(scheme)]


def _doubt(where: str, found: str, wanted: str) -> Problem:
    return Problem(where, found, wanted, "never_acts", "warning")


def _empty_layers(scheme: Scheme) -> Found:
    for place, step in enumerate(scheme.steps):
        if isinstance(step, Transfer) and step.slice is not None:
            attach, detach = _stated(step.slice.attach), _stated(step.slice.detach)
            if detach is not None and detach <= (attach or 0):
                where = f"steps[{place}].slice"
                yield _doubt(where, "上端不高于起点，这一层永远为零", "请核对 attach 和 detach")


def _limits_below_zero(scheme: Scheme) -> Found:
    limits = [
        (f"loss_base.eligible_caps[{place}].limit", cap.limit)
        for place, cap in enumerate(scheme.loss_base.eligible_caps)
    ]
    limits += [
        (f"steps[{place}].limit", step.limit)
        for place, step in enumerate(scheme.steps)
        if isinstance(step, Cap)
    ]
    for where, limit in limits:
        value = _stated(limit)
        if value is not None and value < 0:
            yield _doubt(where, "限额为负，按零计", "请核对限额")


def _nothing_to_suspend(scheme: Scheme) -> Found:
    paying = {
        party
        for step in scheme.steps
        if isinstance(step, Transfer)
        for party in (*(one for row in step.rows for one in row.shares), *(up.party for up in step.uplifts))
    }
    for place, line in enumerate(scheme.stop_loss):
        for at, party in enumerate(line.affects):
            if party not in paying:
                where = f"stop_loss[{place}].affects[{at}]"
                yield _doubt(where, f"“{party}”在各步中没有份额，暂停对它不起作用", "写明暂停支付的参与方")


def _stated(expression: Expression | None) -> Fraction | None:
    """The value of an expression that asks for no fact; None where it asks for one or there is none."""
    if expression is None or any(metrics_in(expression)):
        return None
    try:
        return evaluate(expression, {}).exact
    except Refused:  # a division by zero is a fault of its own, told elsewhere
        return None
