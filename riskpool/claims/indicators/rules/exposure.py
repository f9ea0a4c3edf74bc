"""What is covered, what the pool could have to bear, how far that is from what was agreed, and on how few it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from kernel.conditions import COMPARISONS
from kernel.expressions import exact_decimal
from riskpool.claims.indicators.rules import books
from riskpool.claims.indicators.rules.quality import npl_of, overdue_of
from riskpool.claims.indicators.rules.values import (
    HUNDREDTHS,
    PERCENT,
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
from riskpool.schemes.words import ACTION_IN_CHINESE

if TYPE_CHECKING:
    from riskpool.claims.indicators.facts import CeilingFact, Facts, LoanFact, StopFact

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
    paid_this_year = books.lines(facts, books.PAYMENTS, since=facts.on.replace(month=1, day=1))
    agreement_of = _agreements(facts)
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


def _agreements(facts: Facts) -> dict[str, str]:
    """Claim -> the agreement under which its loan stands."""
    of_loans = {loan.key: loan.agreement for loan in facts.loans}
    return {claim.key: of_loans.get(claim.enrolment, "") for claim in facts.claims}


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
    agreement_of = _agreements(facts)
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
        if row.role == "free"
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


ALL = (
    covered_outstanding,
    committed_exposure,
    leverage_outstanding,
    leverage_cumulative,
    headroom,
    utilisation_exposure,
    utilisation_budget,
    line_distances,
    concentration_bank,
    concentration_borrowers,
    concentration_sector,
)
