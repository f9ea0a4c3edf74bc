"""How far each agreed limit and each stop-loss line of the schemes is: (line − value) / line.

The use of a limit is worked out from the rows that use it; a stop-loss line is told as the breakers look at it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from riskpool.claims.indicators.facts import FREE, StopFact
from riskpool.claims.indicators.rules import books
from riskpool.claims.indicators.rules.exposure import agreements_of_claims
from riskpool.claims.indicators.rules.values import (
    FEN,
    HUNDREDTHS,
    PERCENT,
    Part,
    Value,
    minus,
    missing,
    part,
    plus,
    ratio,
)
from riskpool.claims.indicators.terms import Definition

if TYPE_CHECKING:
    from riskpool.claims.indicators.facts import CeilingFact, Facts


def line_distances(facts: Facts, definition: Definition) -> list[Value]:
    """(line − value) / line of every agreed limit and of every stop-loss line of the schemes."""
    of_stops = [_stop_distance(definition, stop) for stop in facts.stops]
    return [*_limit_distances(facts, definition), *of_stops]


def _limit_distances(facts: Facts, definition: Definition) -> list[Value]:
    """Of a rule for each borrower or loan those nearest to it, as many as the definition says."""
    shown = definition.figure("each_shown")
    assert shown.denominator == 1, "a number of lines is whole"
    values = []
    for one in facts.ceilings:
        if one.year not in (None, facts.on.year):
            continue
        found = [
            _distance(facts, definition, one, used, whose)
            for whose, used in _uses(facts, one, shown.numerator)
        ]
        values += found
    return values


def _uses(facts: Facts, one: CeilingFact, shown: int) -> list[tuple[str, Part]]:
    """(whose, use) of a limit; of a rule for each those who use most of it, the largest first, nobody while nobody does."""
    rows = _exposed(facts, one) if one.of_exposure else _taken(facts, one)
    if not one.each:
        return [("", part("已用", ((row, fen) for _, row, fen in rows)))]
    subject_of = {
        loan.key: (loan.borrower, loan.borrower_name) if one.each == "borrower" else (loan.loan, loan.number)
        for loan in facts.loans
    }
    used: dict[tuple[str, str], list[tuple[Any, int]]] = {}
    for loan, row, fen in rows:
        used.setdefault(subject_of[loan], []).append((row, fen))
    parts = [(name, part("已用", behind)) for (_, name), behind in used.items()]
    using = [pair for pair in parts if pair[1].amount > 0]
    return sorted(using, key=lambda pair: (-pair[1].amount, pair[0]))[:shown]


Used = tuple[str, Any, int]  # the loan's key, the row, what it brings (fen)


def _exposed(facts: Facts, one: CeilingFact) -> list[Used]:
    """What is covered of the loans within the limit."""
    return [
        (loan.key, loan, loan.exposure) for loan in facts.loans if loan.exposure and one.binds(loan.agreement)
    ]


def _taken(facts: Facts, one: CeilingFact) -> list[Used]:
    """What claims accepted in the limit's year (any, if it has none) have taken of the free money and not given back."""
    agreement_of = agreements_of_claims(facts)
    counted = {
        claim.key: claim.enrolment
        for claim in facts.claims
        if claim.accepted_on is not None
        and one.year in (None, claim.accepted_on.year)
        and one.binds(agreement_of[claim.key])
    }
    return [
        (counted[row.claim], row, -row.fen)
        for row in books.lines(facts, *books.HOLDING, role=FREE)
        if row.claim in counted and (not one.sources or row.source in one.sources)
    ]


def _distance(facts: Facts, definition: Definition, one: CeilingFact, used: Part, whose: str) -> Value:
    line = part("限额", [(one, one.ceiling)])
    subject = f"{one.title}：{whose}" if whose else one.title
    value = ratio(
        definition, (*plus(line), *minus(used)), plus(line), "线为零",
        subject=subject, bank=one.bank, notes=(one.basis,),
    )  # fmt: skip
    near = used.amount >= facts.warn_at * line.amount
    tone = "bad" if used.amount >= line.amount else "near" if near else "good"
    return value if value.amount is None else replace(value, tone=tone)


def _stop_distance(definition: Definition, stop: StopFact) -> Value:
    """A line as the breakers judge it: its tone is theirs, not this page's."""
    subject = f"{stop.told}（{stop.effect}，{stop.whose}）"
    tone = "bad" if stop.met else "near" if stop.near else "good"
    told: dict[str, Any] = {"subject": subject, "bank": stop.bank, "notes": _notes(stop)}
    if stop.value is None:
        return missing(definition, f"现值：{stop.why}", **told)
    if stop.distance is None or not stop.threshold:
        why = "从下方触及的线或没有数额的线，不计距离"
        return Value(definition.id, definition.unit, not_applicable=why, tone=tone, **told)
    line, now = _part("线", stop, stop.threshold), _part("现值", stop, stop.value)
    value = ratio(definition, (*plus(line), *minus(now)), plus(line), "线为零", **told)
    return replace(value, tone=tone)


def _part(label: str, stop: StopFact, amount: Any) -> Part:
    """The line or the value in per cent, fen or as a plain number, by the unit of its metric."""
    scale, kind = {"rate": (HUNDREDTHS, PERCENT), "yuan": (HUNDREDTHS, FEN)}.get(stop.unit, (1, PERCENT))
    return part(label, [(stop, amount * scale)], kind)


def _notes(stop: StopFact) -> tuple[str, ...]:
    return tuple(note for note in (stop.article, stop.working) if note)


ALL = (line_distances,)
