"""Gates: looked at before any point, never bought back by points. Pure.

A condition on something that was asked and is not there does not hold; on something nobody asked it is *unknown*, and
unknown is not a pass: the card says what it costs. Of rights of which none was stated nothing was asked.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from kernel.conditions import Condition
from valuation.inputs import NOT_QUERIED, Application, Input, State
from valuation.terms import Effects, Gate, Scorecard, points_text

Answer = bool | None
_FIGURES: dict[str, Callable[..., bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
NO_EFFECT = Effects()


@dataclass(frozen=True)
class Finding:
    """One gate: whether it is hit (None: not known), by which rights, and what it therefore does."""

    gate: Gate
    hit: Answer
    rights: tuple[str, ...] = ()
    unknown_rights: tuple[str, ...] = ()
    effects: Effects = NO_EFFECT
    cap_unasked: bool = False
    """Hit by some rights, but what caps the grade is that others were not asked about."""

    @property
    def id(self) -> str:
        return self.gate.id

    @property
    def by_hit(self) -> bool:
        """Whether what it does to the grade follows from what was found."""
        return bool(self.hit) and not self.cap_unasked

    @property
    def why(self) -> str:
        """What people are told: what was found, or that nobody asked, which is not the same."""
        return self.gate.reason if self.by_hit else f"{self.gate.rule}：尚未查询"


def findings_of(card: Scorecard, application: Application) -> tuple[Finding, ...]:
    """Every gate that looks at the firm or at its rights, in the order of the card."""
    return tuple(
        _of_firm(gate, application, card.unknown)
        if gate.of == "firm"
        else _of_rights(gate, application, card.unknown)
        for gate in card.gates
        if gate.of != "result"
    )


def result_findings(card: Scorecard, missing: Mapping[str, int]) -> tuple[Finding, ...]:
    """The gates that look at what is missing, in points."""
    facts = {
        f"result.missing_{block.lower()}": Input(
            State.VALUE, Decimal(points_text(points)), known_on=None
        )
        for block, points in missing.items()
    }  # fmt: skip
    found = []
    for gate in card.gates:
        if gate.of == "result":
            hit = any_of(gate.conditions, facts)
            found.append(Finding(gate, hit, effects=gate.effects if hit else NO_EFFECT))
    return tuple(found)


def any_of(conditions: Iterable[Condition], facts: Mapping[str, Input]) -> Answer:
    """Whether one holds: a *yes* decides, without one *unknown* goes before *no*."""
    answers = [answer(condition, facts.get(condition.metric, NOT_QUERIED)) for condition in conditions]
    return True if True in answers else None if None in answers else False


def answer(condition: Condition, stated: Input) -> Answer:
    """One condition; the card was checked, so words are only compared as equal, figures with figures."""
    if stated.state is State.NOT_QUERIED:
        return None
    if stated.state is not State.VALUE:
        return False
    if isinstance(stated.value, str):
        return (stated.value == condition.value) is (condition.op == "==")
    return _FIGURES[condition.op](stated.value, _bound(condition.value))


@lru_cache(maxsize=256)
def _bound(text: str) -> Decimal:
    return Decimal(text)


def excluded_counts(findings: Iterable[Finding], application: Application) -> dict[str, int]:
    """By indicator how many of the rights it counted may not be counted."""
    out = {right for found in findings if found.hit and found.effects.exclude for right in found.rights}
    counts: dict[str, int] = {}
    for right in application.rights:
        if right.id in out:
            for name in right.counted_in:
                counts[name] = counts.get(name, 0) + 1
    return counts


def value_factors(findings: Iterable[Finding], application: Application) -> dict[str, Fraction]:
    """By right what is left of its value; a right whose gates are not known keeps its value and is told as unknown."""
    factors = {right.id: Fraction(1) for right in application.rights}
    for found in findings:
        if found.effects.value is not None:
            for right in found.rights:
                factors[right] = min(factors[right], found.effects.value)
    return factors


def caps(findings: Iterable[Finding]) -> Iterator[tuple[str, Finding]]:
    """Every letter beyond which the grade may not go, and why."""
    for found in findings:
        if found.effects.cap:
            yield found.effects.cap, found


def _of_firm(gate: Gate, application: Application, unknown: Effects) -> Finding:
    hit = any_of(gate.conditions, application.firm)
    return Finding(gate, hit, effects=gate.effects if hit else unknown if hit is None else NO_EFFECT)


def _of_rights(gate: Gate, application: Application, unknown: Effects) -> Finding:
    answers = {right.id: any_of(gate.conditions, right.facts) for right in application.rights}
    hit = tuple(name for name, one in answers.items() if one)
    unsure = tuple(name for name, one in answers.items() if one is None)
    effects = found = _reached(gate.effects, len(hit), len(answers)) if hit else NO_EFFECT
    if unsure or not answers:
        effects = replace(
            effects,
            reject=effects.reject or unknown.reject,
            cap=_lower(effects.cap, unknown.cap),
            provisional=effects.provisional or unknown.provisional,
        )
    answered = True if hit else None if unsure or not answers else False
    unasked = not found.reject and effects.cap != found.cap
    return Finding(gate, answered, hit, unsure, effects, unasked)


def _reached(effects: Effects, hit: int, rights: int) -> Effects:
    """The effects without a cap that only a larger share of the rights would bring."""
    if effects.cap_over is None or Fraction(hit, rights) > effects.cap_over:
        return effects
    return replace(effects, cap="")


def _lower(one: str, other: str) -> str:
    return max(one, other)
