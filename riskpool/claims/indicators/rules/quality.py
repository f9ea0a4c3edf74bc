"""How good the covered loans are: NPL rate of each bank and in total, the gap to the bank's own whole book.

What counts is the catalogue's affair (`pools.rates`, the same that stop-loss lines are judged by): a compensated loan stays
in both sides until it is reported repaid or stated as written off (loss-sharing section 7 item 2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from riskpool.claims.indicators.rules.values import (
    PERCENT,
    Part,
    Value,
    against_its_line,
    minus,
    missing,
    part,
    plus,
    ratio,
    summed,
)
from riskpool.pools import rates

if TYPE_CHECKING:
    from riskpool.claims.indicators.facts import Facts, LoanFact
    from riskpool.claims.indicators.terms import Definition

ALL_LOANS_RATE = "bank.npl_rate_all"  # stated by the bank: the NPL rate of its whole book, as a share of one
NOTHING_OUTSTANDING = "没有保障贷款余额"


def npl_of(facts: Facts, definition: Definition, loans: Iterable[LoanFact]) -> Value:
    """Covered NPL principal over covered principal of these loans, in per cent, counted as the catalogue of metrics says."""
    standing = [loan for loan in loans if loan.balance and not loan.written_off]
    bad, of = rates.sides(standing, facts.counting, facts.on)
    above = part("不良保障本金", ((loan, rates.amount(loan, facts.counting)) for loan in bad))
    whole = part("保障本金余额", ((loan, rates.amount(loan, facts.counting)) for loan in of))
    unreported = sum(not loan.reported for loan in of)
    notes = (f"{unreported} 笔尚无月报，五级分类未知，未计入不良",) if unreported else ()
    in_percent = replace(definition, unit="percent")
    return ratio(in_percent, plus(above), plus(whole), NOTHING_OUTSTANDING, notes=notes)


def npl_rate(facts: Facts, definition: Definition) -> list[Value]:
    """In total and of each bank."""
    by_bank = [
        replace(
            npl_of(facts, definition, [loan for loan in facts.loans if loan.bank == code]),
            subject=name,
            bank=code,
        )
        for code, name in facts.banks.items()
    ]
    return by_bank if facts.bank and by_bank else [npl_of(facts, definition, facts.loans), *by_bank]


def npl_gap(facts: Facts, definition: Definition) -> list[Value]:
    """Of each bank: points by which its covered loans are worse than its whole book; a tolerance may be met, not passed."""
    values = []
    for code, name in facts.banks.items():
        own = npl_of(facts, definition, [loan for loan in facts.loans if loan.bank == code])
        whole = facts.stated.get((ALL_LOANS_RATE, code))
        if whole is None:
            values.append(missing(definition, "该行全部贷款不良率", subject=name, bank=code))
        elif own.amount is None:
            values.append(replace(own, unit=definition.unit, subject=name, bank=code))
        else:
            ours = Part("保障贷款不良率", own.amount, PERCENT, own.parts[0].rows, own.text)
            theirs = part("全部贷款不良率", [(f"{name} 申报的全部贷款不良率", whole * 100)], PERCENT)
            notes = (*own.notes, own.unfolded)
            value = summed(definition, (*plus(ours), *minus(theirs)), subject=name, bank=code, notes=notes)
            values.append(against_its_line(definition, value, facts.warn_at))
    return values or [Value(definition.id, definition.unit, not_applicable="没有入池贷款")]


ALL = (npl_rate, npl_gap)
