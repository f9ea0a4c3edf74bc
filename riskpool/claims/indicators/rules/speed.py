"""How long claims take, in working days between four moments, and recoveries handed back too late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from riskpool.claims.indicators.rules.values import COUNT, DAYS, Value, counted, part, plus, ratio

if TYPE_CHECKING:
    from riskpool.claims.indicators.facts import ClaimFact, Facts
    from riskpool.claims.indicators.terms import Definition

Way = tuple["ClaimFact", int]
NINETY = Fraction(9, 10)


def days_npl_to_claim(facts: Facts, definition: Definition) -> list[Value]:
    """From the end of the month first reported as NPL to the filing; filed before that counts as no days."""
    npl_on = {loan.key: loan.npl_on for loan in facts.loans}
    ways = _ways(facts, ((claim, npl_on.get(claim.enrolment), claim.filed_on) for claim in facts.claims))
    limit = definition.figures["limit"]
    return _told(definition, ways, definition.figure("limit"), f"{limit.article}")


def days_claim_to_acceptance(facts: Facts, definition: Definition) -> list[Value]:
    """From filing to acceptance, held against the days that the pool's procedure gives."""
    ways = _ways(facts, ((claim, claim.filed_on, claim.accepted_on) for claim in facts.claims))
    return _told(definition, ways, Fraction(facts.decision_days), "本池办事规则的审结时限")


def days_acceptance_to_decision(facts: Facts, definition: Definition) -> list[Value]:
    """From acceptance to the day on which the payment was asked for; no limit is agreed."""
    ways = _ways(facts, ((claim, claim.accepted_on, claim.decided_on) for claim in facts.claims))
    return _told(definition, ways, None, "")


def days_decision_to_money(facts: Facts, definition: Definition) -> list[Value]:
    """From the request of the payment to the day on which it was booked and stood; no limit is agreed."""
    ways = _ways(facts, ((claim, claim.pay_decided_on, claim.paid_on) for claim in facts.claims))
    return _told(definition, ways, None, "")


def _ways(facts: Facts, steps: Iterable[tuple[ClaimFact, dt.date | None, dt.date | None]]) -> list[Way]:
    """Working days of each step that ended within the period, the shortest first."""
    found = [
        (claim, max(facts.calendar.between(start, end), 0))
        for claim, start, end in steps
        if start is not None and end is not None and facts.begin <= end <= facts.on
    ]
    return sorted(found, key=lambda way: (way[1], way[0].number))


def _told(definition: Definition, ways: list[Way], limit: Fraction | None, article: str) -> list[Value]:
    if not ways:
        return [Value(definition.id, definition.unit, not_applicable="期内没有这一步办结的申请")]
    return [
        _quantile(definition, "中位数", ways, _middle(ways)),
        _quantile(definition, "90 分位数", ways, [ways[rank_of(NINETY, len(ways)) - 1]]),
        _in_time(definition, ways, limit, article),
    ]


def rank_of(share: Fraction, count: int) -> int:
    """The place of a quantile among `count` ordered values, by nearest rank: ⌈share × count⌉.

    >>> [rank_of(Fraction(9, 10), count) for count in (1, 9, 10, 11)]
    [1, 9, 9, 10]
    """
    return -(-share.numerator * count // share.denominator)


def _middle(ways: list[Way]) -> list[Way]:
    return ways[(len(ways) - 1) // 2 : len(ways) // 2 + 1]


def _quantile(definition: Definition, subject: str, ways: list[Way], chosen: list[Way]) -> Value:
    amount = Fraction(sum(days for _, days in chosen), len(chosen))
    behind = part(f"{len(ways)} 件的工作日数", ways, DAYS)
    notes = (f"{len(ways)} 件，合计 {behind.text} 个工作日",)
    shown = replace(behind, told=_plain_days(amount), amount=amount)
    return Value(definition.id, definition.unit, subject, amount=amount, above=plus(shown), notes=notes)


def _plain_days(amount: Fraction) -> str:
    return str(amount.numerator) if amount.denominator == 1 else f"{amount.numerator // amount.denominator}.5"


def _in_time(definition: Definition, ways: list[Way], limit: Fraction | None, article: str) -> Value:
    subject = "时限内占比"
    if limit is None:
        return Value(definition.id, "percent", subject, missing=("约定时限",))
    kept = counted("时限内件数", (claim for claim, days in ways if days <= limit))
    whole = counted("全部件数", (claim for claim, _ in ways))
    notes = (f"时限 {limit} 个工作日：{article}",)
    return ratio(
        replace(definition, unit="percent"), plus(kept), plus(whole), "", subject=subject, notes=notes
    )


def recoveries_overdue(facts: Facts, definition: Definition) -> list[Value]:
    """How many recoveries of the period were handed back later than the limit, and how much of the pool's money that was."""
    limit, marked = definition.figure("limit"), definition.figures["limit"]
    notes = (f"时限 {limit} 个工作日：{marked.article}",)
    late = [
        one
        for one in facts.recoveries
        if facts.begin <= one.returned_on <= facts.on
        and facts.calendar.between(one.received_on, one.returned_on) > limit
    ]
    number = counted("逾期返还笔数", late, COUNT)
    amount = part("逾期返还金额", ((one, one.fen) for one in late))
    tone = "bad" if late else "good"
    return [
        Value(
            definition.id, "count", "笔数", amount=number.amount, above=plus(number), notes=notes, tone=tone
        ),
        Value(
            definition.id, "yuan", "金额", amount=amount.amount, above=plus(amount), notes=notes, tone=tone
        ),
    ]


ALL = (
    days_npl_to_claim,
    days_claim_to_acceptance,
    days_acceptance_to_decision,
    days_decision_to_money,
    recoveries_overdue,
)
