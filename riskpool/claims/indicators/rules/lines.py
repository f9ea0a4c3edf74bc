"""How far each agreed limit and each stop-loss line of the adopted schemes is: (line − value) / line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from kernel.conditions import COMPARISONS
from kernel.expressions import exact_decimal
from riskpool.claims.indicators.facts import FREE
from riskpool.claims.indicators.rules import books
from riskpool.claims.indicators.rules.exposure import agreements_of_claims, covered
from riskpool.claims.indicators.rules.quality import npl_of, overdue_of
from riskpool.claims.indicators.rules.values import (
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
from riskpool.schemes.words import ACTION_IN_CHINESE

if TYPE_CHECKING:
    from riskpool.claims.indicators.facts import CeilingFact, Facts, LoanFact, StopFact


def line_distances(facts: Facts, definition: Definition) -> list[Value]:
    """(line − value) / line of every agreed limit and of every stop-loss line of the adopted schemes."""
    return [*_limit_distances(facts, definition), *_stop_distances(facts, definition)]


def _limit_distances(facts: Facts, definition: Definition) -> list[Value]:
    values = []
    for one in facts.ceilings:
        if one.year not in (None, facts.on.year):
            continue
        used = _used(facts, one)
        values.append(
            _distance(
                facts, definition, used, part("限额", [(one, one.ceiling)]), one.title, one.bank, one.basis
            )
        )
    return values


def _used(facts: Facts, one: CeilingFact) -> Part:
    """Use of a limit: what is covered, or what this year's accepted claims hold and have been paid."""
    if one.year is None:
        return covered([loan for loan in facts.loans if one.agreement in ("", loan.agreement)], "已用")
    agreement_of = agreements_of_claims(facts)
    of_year = {
        claim.key
        for claim in facts.claims
        if claim.accepted_on is not None
        and claim.accepted_on.year == one.year
        and one.agreement in ("", agreement_of[claim.key])
    }
    held = [
        (row, -row.fen)
        for row in facts.cash
        if row.role == FREE
        and row.claim in of_year
        and books.PLACES[row.kind] in (books.RESERVATIONS, books.RELEASES)
    ]
    return part("已用", held)


def _distance(
    facts: Facts, definition: Definition, used: Part, line: Part, subject: str, bank: str, note: str
) -> Value:
    value = ratio(
        definition,
        (*plus(line), *minus(used)),
        plus(line),
        "线为零",
        subject=subject,
        bank=bank,
        notes=(note,),
    )
    if value.amount is None:
        return value
    tone = (
        "bad"
        if used.amount >= line.amount
        else "near"
        if used.amount >= facts.warn_at * line.amount
        else "good"
    )
    return replace(value, tone=tone)


# metric of a stop-loss line -> how its value is worked out here; the value of any other is told as missing
_METRICS: dict[str, Callable[[Definition, Iterable[LoanFact]], Value]] = {
    "scheme.npl_rate": npl_of,
    "bank.overdue_rate": overdue_of,
}


def _stop_distances(facts: Facts, definition: Definition) -> list[Value]:
    values = []
    for stop in facts.stops:
        subject = f"{stop.scheme_name} {stop.line}（{stop.metric}，{ACTION_IN_CHINESE[stop.action]}）"
        threshold = exact_decimal(stop.value)
        if stop.metric not in _METRICS or not threshold:
            values.append(missing(definition, f"{stop.metric} 的现值", subject=subject))
            continue
        loans = [loan for loan in facts.loans if loan.scheme == stop.scheme]
        if stop.metric.startswith("bank."):
            banks = {loan.bank: loan.bank_name for loan in loans}
            whose = {code: [one for one in loans if one.bank == code] for code in sorted(banks)}
        else:
            banks, whose = {"": ""}, {"": loans}
        for code, theirs in whose.items():
            measured = _METRICS[stop.metric](definition, theirs)
            values.append(
                _stop_distance(facts, stop, threshold, measured, f"{subject} {banks[code]}".strip(), code)
            )
    return values


def _stop_distance(
    facts: Facts, stop: StopFact, threshold: Fraction, measured: Value, subject: str, code: str
) -> Value:
    line = threshold * HUNDREDTHS
    if measured.amount is None:
        return replace(measured, subject=subject, bank=code)
    met = COMPARISONS[stop.op](measured.amount, line)
    tone = "bad" if met else "near" if measured.amount >= facts.warn_at * line else "good"
    told = part("线", [(f"{stop.scheme_name} {stop.line}", line)], PERCENT)
    now = Part("现值", measured.amount, PERCENT, measured.above[0][1].rows, measured.text)
    return replace(
        measured, subject=subject, bank=code, amount=(line - measured.amount) / line * HUNDREDTHS, tone=tone,
        above=(*plus(told), *minus(now)), below=plus(told), notes=(*measured.notes, measured.unfolded),
    )  # fmt: skip


ALL = (line_distances,)
