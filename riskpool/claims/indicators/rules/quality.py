"""How good the covered loans are: NPL rate of each bank and in total, the gap to the bank's own whole book.

A compensated loan stays in the numerator, and therefore in the denominator, until its bank reports it repaid
(loss-sharing section 7 item 2). A write-off is no fact of the house yet.
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

if TYPE_CHECKING:
    from riskpool.claims.indicators.facts import Facts, LoanFact
    from riskpool.claims.indicators.terms import Definition

ALL_LOANS_RATE = "bank.npl_rate_all"  # stated by the bank: the NPL rate of its whole book, as a share of one
NOTHING_OUTSTANDING = "没有保障贷款余额"


def npl_of(definition: Definition, loans: Iterable[LoanFact]) -> Value:
    """Covered NPL principal over covered principal of these loans, in per cent; grades are the definition's words."""
    grades = definition.words["grades"].value
    standing = [loan for loan in loans if loan.balance]
    bad = part("不良保障本金", ((loan, loan.covered) for loan in standing if loan.grade in grades))
    return _rate(definition, bad, standing, "五级分类未知，未计入不良")


def overdue_of(definition: Definition, loans: Iterable[LoanFact]) -> Value:
    """Covered principal of overdue loans over covered principal of these loans, in per cent."""
    standing = [loan for loan in loans if loan.balance]
    late = part("逾期保障本金", ((loan, loan.covered) for loan in standing if loan.overdue_since))
    return _rate(definition, late, standing, "是否逾期未知，未计入逾期")


def _rate(definition: Definition, above: Part, standing: list[LoanFact], unknown: str) -> Value:
    whole = part("保障本金余额", ((loan, loan.covered) for loan in standing))
    unreported = sum(not loan.reported for loan in standing)
    notes = (f"{unreported} 笔尚无月报，{unknown}",) if unreported else ()
    in_percent = replace(definition, unit="percent")
    return ratio(in_percent, plus(above), plus(whole), NOTHING_OUTSTANDING, notes=notes)


def npl_rate(facts: Facts, definition: Definition) -> list[Value]:
    """In total and of each bank."""
    by_bank = [
        replace(
            npl_of(definition, [loan for loan in facts.loans if loan.bank == code]), subject=name, bank=code
        )
        for code, name in facts.banks.items()
    ]
    return by_bank if facts.bank and by_bank else [npl_of(definition, facts.loans), *by_bank]


def npl_gap(facts: Facts, definition: Definition) -> list[Value]:
    """Of each bank: points by which its covered loans are worse than its whole book; a tolerance may be met, not passed."""
    values = []
    for code, name in facts.banks.items():
        own = npl_of(definition, [loan for loan in facts.loans if loan.bank == code])
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
