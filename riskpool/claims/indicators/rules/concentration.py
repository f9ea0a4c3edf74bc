"""On how few the committed exposure stands: the largest bank, the largest borrowers, the largest sector."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from riskpool.claims.indicators.rules.exposure import committed
from riskpool.claims.indicators.rules.values import Value, missing, plus, ratio

if TYPE_CHECKING:
    from riskpool.claims.indicators.facts import Facts, LoanFact
    from riskpool.claims.indicators.terms import Definition


def concentration_bank(facts: Facts, definition: Definition) -> list[Value]:
    """The part of the bank that the pool would bear most for."""
    return [_concentration(facts, definition, lambda loan: (loan.bank, loan.bank_name), 1, "最大一家银行")]


def concentration_borrowers(facts: Facts, definition: Definition) -> list[Value]:
    """The part of the borrowers that the pool would bear most for, of all banks together."""
    how_many = definition.figure("how_many")
    assert how_many.denominator == 1, "a number of borrowers is whole"
    label, by_borrower = f"最大 {how_many} 家借款企业", lambda loan: (loan.borrower, loan.borrower_name)
    return [_concentration(facts, definition, by_borrower, how_many.numerator, label)]


def concentration_sector(facts: Facts, definition: Definition) -> list[Value]:
    """The part of the sector that the pool would bear most for; borrowers of no stated sector are told."""
    told = [loan for loan in facts.loans if loan.sector]
    untold = sum(bool(loan.committed) for loan in facts.loans if not loan.sector)
    if untold and not told:
        return [missing(definition, "借款企业所属行业")]
    value = _concentration(
        facts, definition, lambda loan: (loan.sector, loan.sector), 1, "最大一个行业", told
    )
    notes = (f"{untold} 笔借款企业行业未填报，未归入任何行业",) if untold else ()
    return [replace(value, notes=(*value.notes, *notes))]


def _concentration(
    facts: Facts,
    definition: Definition,
    whose: Callable[[LoanFact], tuple[str, str]],
    how_many: int,
    label: str,
    among: Iterable[LoanFact] | None = None,
) -> Value:
    sums: dict[tuple[str, str], int] = {}
    among = facts.loans if among is None else list(among)
    for loan in among:
        sums[whose(loan)] = sums.get(whose(loan), 0) + loan.committed
    largest = dict(sorted(sums.items(), key=lambda item: (-item[1], item[0]))[:how_many])
    names = "、".join(name for (_, name), fen in largest.items() if fen)
    chosen = committed([loan for loan in among if whose(loan) in largest], label)
    notes = (names,) if names else ()
    return ratio(definition, plus(chosen), plus(committed(facts.loans)), "没有在池承担额", notes=notes)


ALL = (concentration_bank, concentration_borrowers, concentration_sector)
