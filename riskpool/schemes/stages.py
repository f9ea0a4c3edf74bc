"""Calculations over several stages or claims: escrow and final settlement, and one calculation per bank and year.

Both only combine what `apportion` gives; no rule about a single loss stands here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from kernel.errors import Problem, Refused
from kernel.money import split
from riskpool.schemes.base import Base, Course, covered_base
from riskpool.schemes.engine import Apportionment, shared, stored, stored_scheme
from riskpool.schemes.terms import Scheme
from riskpool.schemes.working import yuan_of


@dataclass(frozen=True)
class Settlement:
    """Escrow against final entitlement, in fen by payer (the lender pays nobody and is left out).

    `settles` is final less escrow: what the payer still pays, or, below zero, what flows back to it.
    """

    escrow: Mapping[str, int]
    final: Mapping[str, int]
    settles: Mapping[str, int]


def settle_stages(scheme: Scheme, estimated: Apportionment, final: Apportionment) -> Settlement:
    """Settle a claim first calculated on the estimated loss, then on the final one. Refused for other schemes."""
    if not scheme.escrow:
        raise Refused(Problem("payment.mode", "方案没有先存后结", "一次支付的方案不需要清算", "no_escrow"))
    assert scheme.id == estimated.scheme_id == final.scheme_id
    payers = [code for code in scheme.codes if code != scheme.lender]
    return Settlement(
        {code: estimated.borne[code] for code in payers},
        {code: final.borne[code] for code in payers},
        {code: final.borne[code] - estimated.borne[code] for code in payers},
    )


@dataclass(frozen=True)
class YearClaim:
    """One claim of a bank's year: its reference, its loss (fen by component) and the facts of its base."""

    reference: str
    loss: Mapping[str, int]
    metrics: Mapping[str, str]


@dataclass(frozen=True)
class BankYear:
    """The year as one calculation, and what each claim's parties bear of it.

    `by_claim[reference]` sums to that claim's covered loss; the sum over claims is `year.borne`.
    """

    year: Apportionment
    covered_by_claim: Mapping[str, int]
    outside_by_claim: Mapping[str, int]
    by_claim: Mapping[str, Mapping[str, int]]


def bank_year(scheme: Scheme, claims: Sequence[YearClaim], year_metrics: Mapping[str, str]) -> BankYear:
    """One calculation for one bank and year; `claims` in the order in which they were accepted (5.7).

    The base of every claim is worked out by itself with its own facts (and the year's); the sum then goes through the
    steps with the facts of the year's end. Refused for a scheme of another level, and with all faults of all claims.
    """
    if scheme.level != "bank_year":
        raise Refused(
            Problem("level", f"方案按 {scheme.level} 计算", "只有 bank_year 的方案按年度计算", "level")
        )
    assert len({claim.reference for claim in claims}) == len(claims), "a claim stands twice in the year"
    bases: dict[str, Base] = {}
    problems: list[Problem] = []
    course = Course(dict(year_metrics))
    for claim in claims:
        own = Course({**year_metrics, **claim.metrics})
        try:
            bases[claim.reference] = covered_base(scheme, claim.loss, own)
            own.refuse_if_blocked()
        except Refused as refusal:
            problems += [
                Problem(
                    f"{claim.reference} {problem.where}",
                    problem.found,
                    problem.wanted,
                    problem.code,
                    problem.level,
                )
                for problem in refusal.problems
            ]
        course.notes += [f"{claim.reference}: {note}" for note in own.notes]
        course.lacks(*own.missing)
    if problems:
        raise Refused(problems)
    covered = {reference: base.covered_fen for reference, base in bases.items()}
    outside = {reference: base.outside_fen for reference, base in bases.items()}
    total = Base(
        sum(base.included_fen for base in bases.values()),
        sum(covered.values()),
        sum(outside.values()),
        any(base.holds_principal for base in bases.values()),
    )
    loss: dict[str, int] = {}
    for claim in claims:
        for name, fen in claim.loss.items():
            loss[name] = loss.get(name, 0) + fen
    course.add(
        "year",
        "年度方案内损失合计",
        figures=tuple((reference, f"{yuan_of(fen)} 元") for reference, fen in covered.items()),
    )
    year = shared(scheme, total, loss, course)
    return BankYear(year, covered, outside, attributed(scheme, year.borne, covered))


def attributed(
    scheme: Scheme, borne: Mapping[str, int], covered_by_claim: Mapping[str, int]
) -> dict[str, dict[str, int]]:
    """Spread what each party bears of the year over the claims; the rest of each claim is the lender's.

    Payers in listed order, each over what is not yet attributed of every claim, pro rata, by largest remainder, ties to
    the claim accepted first.
    """
    left = dict(covered_by_claim)
    by_claim = {reference: dict.fromkeys(scheme.codes, 0) for reference in covered_by_claim}
    for code in scheme.codes:
        if code == scheme.lender or not borne[code]:
            continue
        weights = {reference: Fraction(fen) for reference, fen in left.items()}
        for reference, fen in split(borne[code], weights).items():
            by_claim[reference][code] = fen
            left[reference] -= fen
    for reference, fen in left.items():
        by_claim[reference][scheme.lender] = fen
    return by_claim


def stored_year(
    scheme: Scheme, claims: Sequence[YearClaim], year_metrics: Mapping[str, str], result: BankYear
) -> dict[str, Any]:
    """A year's decision as plain JSON values, with every claim that went into it; `replay_year` calculates it again."""
    return stored(scheme, result.year) | {
        "year_metrics": dict(year_metrics),
        "claims": [
            {"reference": claim.reference, "loss": dict(claim.loss), "metrics": dict(claim.metrics)}
            for claim in claims
        ],
        "by_claim": {reference: dict(parts) for reference, parts in result.by_claim.items()},
    }


def replay_year(decision: Mapping[str, Any]) -> BankYear:
    """Calculate a stored year again; Refused, with each difference, if it does not come to the same fen."""
    claims = [YearClaim(claim["reference"], claim["loss"], claim["metrics"]) for claim in decision["claims"]]
    scheme = stored_scheme(decision)
    again = bank_year(scheme, claims, decision["year_metrics"])
    found = stored_year(scheme, claims, decision["year_metrics"], again)
    compared = ("scheme_sha256", "digest", "covered_fen", "outside_fen", "borne", "notes", "by_claim")
    problems = [
        Problem(key, f"重算得 {found[key]}", f"原为 {decision[key]}", "replay")
        for key in compared
        if found[key] != decision[key]
    ]
    if problems:
        raise Refused(problems)
    return again
