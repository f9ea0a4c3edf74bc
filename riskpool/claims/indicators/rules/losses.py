"""What was paid and came back, over what was covered: three compensation rates never mixed, recoveries, vintages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riskpool.claims.indicators.rules import books
from riskpool.claims.indicators.rules.exposure import covered
from riskpool.claims.indicators.rules.values import Part, Value, minus, part, plus, ratio

if TYPE_CHECKING:
    from riskpool.claims.indicators.facts import CashFact, Facts
    from riskpool.claims.indicators.terms import Definition


def compensation_released(facts: Facts, definition: Definition) -> list[Value]:
    """Type (a): payments of the period over the cover that ended in it."""
    return [ratio(definition, plus(_paid_in_period(facts)), plus(released(facts)), "期内没有解除的保障额")]


def released(facts: Facts) -> Part:
    """Cover that ended in the period: what each loan had on its eve, or on entering in it, above what it has now."""
    rows = []
    for loan in facts.loans:
        had = loan.covered_lent if loan.enrolled_on >= facts.begin else loan.opening
        rows.append((loan, max(had - loan.exposure, 0)))
    return part("期内解除的保障额", rows)


def compensation_cumulative(facts: Facts, definition: Definition) -> list[Value]:
    """Type (b): all payments over all that was ever lent under cover."""
    return [ratio(definition, plus(books.paid(facts)), plus(_lent(facts)), "没有保障放款")]


def compensation_outstanding(facts: Facts, definition: Definition) -> list[Value]:
    """Type (c): payments of the period over what is covered now."""
    return [ratio(definition, plus(_paid_in_period(facts)), plus(covered(facts.loans)), "没有保障贷款余额")]


def recovery_rate(facts: Facts, definition: Definition) -> list[Value]:
    """What recoveries brought back in the period over what was still out at its beginning and was paid in it.

    Still out is what was paid less what recoveries had brought back and banks had paid back as paid too much (without the
    interest on that).
    """
    came = books.returned(facts, since=facts.begin, label="期内追偿返还")
    before = [
        row
        for row in books.lines(facts, books.PAYMENTS, books.FAILED, books.RECOVERIES)
        if row.day < facts.begin
    ]
    paid_back = [(one, -one.principal) for one in facts.arrivals if one.day < facts.begin]
    still_out = part("期初未收回的补偿", [*((row, -row.fen) for row in before), *paid_back])
    return [ratio(definition, plus(came), plus(still_out, _paid_in_period(facts)), "没有未收回的补偿")]


def recovery_by_vintage(facts: Facts, definition: Definition) -> list[Value]:
    """All that came back over all that was paid, by the year in which the loan was lent."""
    years = _vintages(facts)
    values = []
    for year in sorted({loan.disbursed_on.year for loan in facts.loans}):
        paid, came = _of_vintage(facts, years, year)
        values.append(
            ratio(definition, plus(came), plus(paid), "该年放款没有补偿支付", subject=f"{year}年放款")
        )
    return values or [_no_loans(definition)]


def net_loss_by_vintage(facts: Facts, definition: Definition) -> list[Value]:
    """(Paid − returned) over what was lent under cover, by the year in which the loan was lent."""
    years = _vintages(facts)
    values = []
    for year in sorted({loan.disbursed_on.year for loan in facts.loans}):
        paid, came = _of_vintage(facts, years, year)
        lent = part(
            "该年保障放款",
            ((loan, loan.covered_lent) for loan in facts.loans if loan.disbursed_on.year == year),
        )
        values.append(
            ratio(
                definition,
                (*plus(paid), *minus(came)),
                plus(lent),
                "该年没有保障放款",
                subject=f"{year}年放款",
            )
        )
    return values or [_no_loans(definition)]


def _vintages(facts: Facts) -> dict[str, int]:
    """Claim -> the year in which its loan was lent."""
    lent_in = {loan.key: loan.disbursed_on.year for loan in facts.loans}
    return {claim.key: lent_in[claim.enrolment] for claim in facts.claims if claim.enrolment in lent_in}


def _of_vintage(facts: Facts, years: dict[str, int], year: int) -> tuple[Part, Part]:
    def of_year(*places: str) -> list[CashFact]:
        return [row for row in books.lines(facts, *places) if years.get(row.claim) == year]

    paid = books.money_out("该年放款的补偿支付", of_year(books.PAYMENTS, books.FAILED))
    return paid, books.money_in("该年放款的追偿返还", of_year(books.RECOVERIES))


def _paid_in_period(facts: Facts) -> Part:
    return books.paid(facts, since=facts.begin, label="期内补偿支付")


def _lent(facts: Facts) -> Part:
    return part("累计保障放款", ((loan, loan.covered_lent) for loan in facts.loans))


def _no_loans(definition: Definition) -> Value:
    return Value(definition.id, definition.unit, not_applicable="没有入池贷款")


ALL = (
    compensation_released,
    compensation_cumulative,
    compensation_outstanding,
    recovery_rate,
    recovery_by_vintage,
    net_loss_by_vintage,
)
