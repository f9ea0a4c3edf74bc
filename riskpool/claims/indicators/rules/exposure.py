"""What is covered, what the pool could have to bear, and how much of what was agreed is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from riskpool.claims.indicators.rules import books
from riskpool.claims.indicators.rules.values import (
    Part,
    Signed,
    Value,
    against_its_line,
    minus,
    missing,
    part,
    plus,
    ratio,
    summed,
)
from riskpool.claims.indicators.terms import Definition

if TYPE_CHECKING:
    from riskpool.claims.indicators.facts import CeilingFact, Facts, LoanFact

POOL_EXPOSURE, BANK_EXPOSURE = "pool_exposure", "bank_exposure"
POOL_YEAR, BANK_YEAR = "pool_year_payout", "bank_year_payout"


def covered_outstanding(facts: Facts, definition: Definition) -> list[Value]:
    """The covered part of what is outstanding, in total and of each bank."""
    return _in_total_and_by_bank(
        facts, lambda loans, **whose: summed(definition, plus(covered(loans)), **whose)
    )


def committed_exposure(facts: Facts, definition: Definition) -> list[Value]:
    """What the pool would bear if every live loan failed alone, in total and of each bank."""
    return _in_total_and_by_bank(
        facts, lambda loans, **whose: summed(definition, plus(committed(loans)), **whose)
    )


def _in_total_and_by_bank(facts: Facts, value: Callable[..., Value]) -> list[Value]:
    by_bank = [
        value([loan for loan in facts.loans if loan.bank == code], subject=name, bank=code)
        for code, name in facts.banks.items()
    ]
    return by_bank if facts.bank and by_bank else [value(facts.loans), *by_bank]


def covered(loans: Iterable[LoanFact], label: str = "保障贷款余额") -> Part:
    return part(label, ((loan, loan.exposure) for loan in loans))


def committed(loans: Iterable[LoanFact], label: str = "池承担额") -> Part:
    return part(label, ((loan, loan.committed) for loan in loans))


def leverage_outstanding(facts: Facts, definition: Definition) -> list[Value]:
    """Type (a): covered outstanding over the size of the pool; the tenfold limits are of this type."""
    base, absent = _base(facts, definition)
    if base is None:
        return [missing(definition, absent)]
    value = ratio(definition, plus(covered(facts.loans)), plus(base), "池规模为零")
    return [against_its_line(definition, value, facts.warn_at)]


def leverage_cumulative(facts: Facts, definition: Definition) -> list[Value]:
    """Type (b): all that was ever lent over the size of the pool; never held against the limits of type (a)."""
    base, absent = _base(facts, definition)
    if base is None:
        return [missing(definition, absent)]
    lent = part("累计放款本金", ((loan, loan.principal) for loan in facts.loans))
    return [ratio(definition, plus(lent), plus(base), "池规模为零")]


def _base(facts: Facts, definition: Definition) -> tuple[Part | None, str]:
    """The size of the pool as the definition words it, or the name of what is missing."""
    chosen = definition.words["base"].value
    if chosen == "balance":
        return books.balance(facts, "池规模（期末余额）"), ""
    paid_in = books.lines(facts, books.CONTRIBUTIONS)
    if chosen == "contributed":
        return books.money_in("池规模（到位出资）", paid_in), ""
    if chosen == "initial":
        first = min((row.day for row in paid_in), default=None)
        return books.money_in("池规模（首日出资）", [row for row in paid_in if row.day == first]), ""
    return None, f"基数“{chosen}”"


@dataclass(frozen=True)
class _Ceiling:
    """How much may be covered, of whom, and where that is agreed."""

    terms: tuple[Signed, ...]
    loans: list[LoanFact]
    subject: str
    bank: str
    note: str


def _ceilings(facts: Facts, definition: Definition) -> list[_Ceiling]:
    """The pool's agreed ceiling, else multiple × base of the definition; then the ceiling of each agreement."""
    found = []
    if not facts.bank:
        agreed = [one for one in facts.ceilings if one.scope == POOL_EXPOSURE]
        found = [_ceiling(one, list(facts.loans), "") for one in agreed] or _by_multiple(facts, definition)
    for one in facts.ceilings:
        if one.scope == BANK_EXPOSURE:
            loans = [loan for loan in facts.loans if loan.agreement == one.agreement]
            found.append(_ceiling(one, loans, one.bank_name))
    return found


def _ceiling(one: CeilingFact, loans: list[LoanFact], subject: str) -> _Ceiling:
    terms = plus(part("约定上限", [(one, one.ceiling)]))
    return _Ceiling(terms, loans, subject, one.bank, f"基数与依据：{one.basis}")


def _by_multiple(facts: Facts, definition: Definition) -> list[_Ceiling]:
    base, _ = _base(facts, definition)
    if base is None:
        return []
    multiple = definition.figure("multiple")
    told = f"{multiple} × {base.text}"
    scaled = Part(f"倍数 × {base.label}", base.amount * multiple, base.kind, base.rows, told)
    marked = definition.figures["multiple"]
    return [_Ceiling(plus(scaled), list(facts.loans), "", "", f"{marked.article}")]


def headroom(facts: Facts, definition: Definition) -> list[Value]:
    """What may still be covered, of the pool and of each agreement; the base is said in a note."""
    found = _ceilings(facts, definition)
    if not found:
        return [missing(definition, "限额约定")]
    return [
        summed(
            definition, (*one.terms, *minus(covered(one.loans))),
            subject=one.subject, bank=one.bank, notes=(one.note,),
        )
        for one in found
    ]  # fmt: skip


def utilisation_exposure(facts: Facts, definition: Definition) -> list[Value]:
    """How much of the agreed ceiling is used, of the pool and of each agreement."""
    found = _ceilings(facts, definition)
    if not found:
        return [missing(definition, "限额约定")]
    return [
        against_its_line(
            definition,
            ratio(
                definition, plus(covered(one.loans)), one.terms, "上限为零",
                subject=one.subject, bank=one.bank, notes=(one.note,),
            ),
            facts.warn_at,
        )
        for one in found
    ]  # fmt: skip


def utilisation_budget(facts: Facts, definition: Definition) -> list[Value]:
    """What was paid this calendar year of the year's budget, of the pool and of each agreement."""
    scopes = (BANK_YEAR,) if facts.bank else (POOL_YEAR, BANK_YEAR)
    agreed = [one for one in facts.ceilings if one.scope in scopes and one.year == facts.on.year]
    if not agreed:
        return [missing(definition, f"{facts.on.year}年年度补偿上限")]
    agreed.sort(key=lambda one: (scopes.index(one.scope), one.bank))
    paid_this_year = books.paid_lines(facts, since=facts.on.replace(month=1, day=1))
    agreement_of = agreements_of_claims(facts)
    values = []
    for one in agreed:
        rows = [row for row in paid_this_year if one.agreement in ("", agreement_of.get(row.claim))]
        paid = books.money_out("本年补偿支付", rows)
        budget = plus(part("年度补偿上限", [(one, one.ceiling)]))
        value = ratio(
            definition,
            plus(paid),
            budget,
            "预算为零",
            subject=one.bank_name,
            bank=one.bank,
            notes=(f"依据：{one.basis}",),
        )
        values.append(against_its_line(definition, value, facts.warn_at))
    return values


def agreements_of_claims(facts: Facts) -> dict[str, str]:
    """Claim -> the agreement under which its loan stands."""
    of_loans = {loan.key: loan.agreement for loan in facts.loans}
    return {claim.key: of_loans.get(claim.enrolment, "") for claim in facts.claims}


ALL = (
    covered_outstanding,
    committed_exposure,
    leverage_outstanding,
    leverage_cumulative,
    headroom,
    utilisation_exposure,
    utilisation_budget,
)
