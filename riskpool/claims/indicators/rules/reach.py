"""What the loans of the period cost and whom they reached."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from kernel.days import add_months
from riskpool.claims.indicators.rules.values import (
    HUNDREDTHS,
    Part,
    Value,
    counted,
    missing,
    part,
    plus,
    ratio,
    summed,
)

if TYPE_CHECKING:
    from riskpool.claims.indicators.facts import Facts, LoanFact
    from riskpool.claims.indicators.terms import Definition

NONE_LENT = "期内没有放款"


def average_rate(facts: Facts, definition: Definition) -> list[Value]:
    """The yearly rate of the loans lent in the period, weighted by principal."""
    lent = facts.lent_in_period
    interest = part(
        "一年利息（年利率 × 本金）",
        ((loan, loan.principal * loan.rate_percent / HUNDREDTHS) for loan in lent),
    )
    return [ratio(definition, plus(interest), plus(_principal(lent)), NONE_LENT)]


def lpr_spread(facts: Facts, definition: Definition) -> list[Value]:
    """The same above the LPR of the day of lending; loans whose LPR is not in the series are left out and told."""
    known, unknown = [], 0
    for loan in facts.lent_in_period:
        months = definition.figure("five_year_from_months")
        over_five = loan.due_on >= add_months(loan.disbursed_on, months.numerator)
        rate = facts.rates.on(loan.disbursed_on, five_year=over_five)
        if rate is None:
            unknown += 1
        else:
            known.append((loan, loan.principal * (loan.rate_percent - rate) / HUNDREDTHS))
    if unknown and not known:
        return [missing(definition, "放款日的 LPR")]
    notes = (f"{unknown} 笔放款日的 LPR 未收录，未计入",) if unknown else ()
    above = part("一年利差（（年利率 − LPR）× 本金）", known)
    return [
        ratio(definition, plus(above), plus(_principal([loan for loan, _ in known])), NONE_LENT, notes=notes)
    ]


def guarantee_fee(facts: Facts, definition: Definition) -> list[Value]:
    """No fact of the house says what guarantors charge, unless somebody states it (a share of one)."""
    fee = facts.stated.get(("guarantor.fee_rate", facts.bank))
    if fee is None:
        return [missing(definition, "担保费率")]
    told = part("申报的平均担保费率", [("担保费率", fee * HUNDREDTHS)], "percent")
    return [summed(definition, plus(told))]


def all_in_cost(facts: Facts, definition: Definition) -> list[Value]:
    """Average rate and average fee together; without a fee there is no sum."""
    (rate,), (fee,) = average_rate(facts, definition), guarantee_fee(facts, definition)
    if rate.amount is None or fee.amount is None:
        return [fee if fee.missing else rate]
    told = part("平均利率", [("平均利率", rate.amount)], "percent")
    return [summed(definition, plus(told, *(one for _, one in fee.above)))]


def borrowers(facts: Facts, definition: Definition) -> list[Value]:
    """How many different enterprises were lent to in the period."""
    first = {loan.borrower: loan for loan in reversed(facts.lent_in_period)}
    return [summed(definition, plus(counted("借款企业", list(first.values())[::-1])))]


def first_loans(facts: Facts, definition: Definition) -> list[Value]:
    """How many of the loans lent in the period are their borrower's first."""
    lent = facts.lent_in_period
    above = counted("首贷笔数", (loan for loan in lent if loan.first_loan))
    return [ratio(definition, plus(above), plus(counted("放款笔数", lent)), NONE_LENT)]


def pure_ip_share(facts: Facts, definition: Definition) -> list[Value]:
    """How much of what was lent in the period stands on pledged IP alone."""
    lent = facts.lent_in_period
    return [
        ratio(
            definition,
            plus(_principal([one for one in lent if one.pure], "纯质押本金")),
            plus(_principal(lent)),
            NONE_LENT,
        )
    ]


def combined_ip_part(facts: Facts, definition: Definition) -> list[Value]:
    """The part of IP in the loans of the period that stand on other security too, weighted by principal."""
    mixed = [loan for loan in facts.lent_in_period if not loan.pure]
    above = part("知识产权部分本金", ((loan, Fraction(loan.principal) * loan.ip_share) for loan in mixed))
    return [ratio(definition, plus(above), plus(_principal(mixed, "组合担保本金")), "期内没有组合担保贷款")]


def _principal(loans: tuple[LoanFact, ...] | list[LoanFact], label: str = "期内放款本金") -> Part:
    return part(label, ((loan, loan.principal) for loan in loans))


ALL = (
    average_rate,
    lpr_spread,
    guarantee_fee,
    all_in_cost,
    borrowers,
    first_loans,
    pure_ip_share,
    combined_ip_part,
)
