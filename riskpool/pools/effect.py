"""What a scheme would mean to the live loans of a bureau's pools: a question asked before it is published. Reads only.

Each loan is weighed alone, as when it enters (`rules.exposure_of`), once under the version it has and once under the scheme
asked about; by the bulk path, a group of loans of one agreement and version at a time. None of these loans changes: its
version is frozen. Amounts in fen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from kernel.errors import Problem
from kernel.money.fields import fen_of
from riskpool.pools import exposures, queries, rules
from riskpool.pools.metrics import Asked
from riskpool.pools.models import Agreement, Enrolment, PoolSeat
from riskpool.pools.versions import procedure_of, scheme_of
from riskpool.schemes.words import fact_in_chinese, fact_words

if TYPE_CHECKING:
    import datetime as dt

    from finance.parties.models import Organisation
    from kernel.policystore.models import PolicyVersion
    from riskpool.schemes.terms import Scheme

Facts = Mapping[str, str]


@dataclass(frozen=True)
class Weight:
    """Covered outstanding principal and the pool's part of it if all were lost, or why that cannot be calculated."""

    covered: int = 0
    public: int = 0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoanEffect:
    """One live loan under the version it has and under the scheme asked about."""

    enrolment: Enrolment
    balance: int
    now: Weight
    then: Weight

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.now.reasons, *self.then.reasons)))


@dataclass(frozen=True)
class Sums:
    """Sums over loans that can be calculated under both."""

    bank: Organisation | None
    loans: int
    balance: int
    covered_now: int
    covered_then: int
    public_now: int
    public_then: int

    @property
    def public_change(self) -> int:
        return self.public_then - self.public_now

    @property
    def covered_change(self) -> int:
        return self.covered_then - self.covered_now


@dataclass(frozen=True)
class Effect:
    """Sums by bank and in all, and the loans that are in no sum."""

    banks: tuple[Sums, ...]
    total: Sums
    left_out: tuple[LoanEffect, ...]


def effect_on_live_loans(
    *, viewer: Any, scheme: Scheme, on: dt.date, version: PolicyVersion | None = None
) -> Effect:
    """The live loans of the pools that answer to the viewer's bureau, weighed under what they have and under `scheme`.

    `version` is the stored draft of the scheme, whose family names the loans that figures of a whole scheme count.
    """
    rows = loan_effects(viewer=viewer, scheme=scheme, on=on, version=version)
    counted = sorted((row for row in rows if not row.reasons), key=_bank_code)
    banks = [_sums(list(group), named=True) for _, group in groupby(counted, key=_bank_code)]
    return Effect(tuple(banks), _sums(counted, named=False), tuple(row for row in rows if row.reasons))


def loan_effects(
    *, viewer: Any, scheme: Scheme, on: dt.date, version: PolicyVersion | None
) -> list[LoanEffect]:
    """One row a live loan, in the order of agreements and versions."""
    answering = PoolSeat.objects.filter(organisation=viewer.organisation_id, seat=PoolSeat.Seat.BUREAU)
    live = (
        Enrolment.objects.filter(agreement__pool__in=answering.values("pool"), state=Enrolment.State.LIVE)
        .select_related(
            "loan__terms", "loan__latest_return", "loan__bank", "loan__borrower", "agreement__pool", "scheme"
        )
        .order_by("agreement__number", "scheme", "loan__bank_loan_no")
    )
    found: list[LoanEffect] = []
    for _, group in groupby(live, key=lambda row: (row.agreement_id, row.scheme_id)):
        found += _of_one_group(list(group), scheme, on, version)
    return found


def _of_one_group(
    rows: list[Enrolment], scheme: Scheme, on: dt.date, version: PolicyVersion | None
) -> list[LoanEffect]:
    agreement = rows[0].agreement
    frozen = scheme_of(rows[0].scheme_id)
    districts = procedure_of(agreement.pool.procedure_id).districts
    own = [rules.loan_metrics(queries.facts_of(row.loan, row.enrolled_on), districts) for row in rows]

    whose = [exposures.Whose(row.loan_id, row.loan.borrower_id) for row in rows]

    def facts(under: Scheme, stored: PolicyVersion | None) -> Sequence[Facts]:
        asked = Asked(pool=agreement.pool, on=on, agreement=agreement, version=stored, now=True)
        return exposures.WeighingFacts(under, asked).of_many(own, whose)

    balances = [_balance(row) for row in rows]
    now = weigh_many(frozen, exposures.bearers(agreement, frozen), balances, facts(frozen, rows[0].scheme))
    bearers, problems = bearers_under(agreement, scheme)
    if problems:
        reasons = tuple(f"{problem.where}：{problem.found}" for problem in problems)
        then = [Weight(reasons=reasons)] * len(rows)
    else:
        then = weigh_many(scheme, bearers, balances, facts(scheme, version))
    return [LoanEffect(*each) for each in zip(rows, balances, now, then, strict=True)]


def weigh_many(
    scheme: Scheme, bearers: Mapping[str, rules.Bearer], balances: Sequence[int], facts: Sequence[Facts]
) -> list[Weight]:
    """`rules.exposure_of` for many loans at once, to the fen; a loan that it would refuse has its reasons instead."""
    weights = exposures.weigh_many(scheme, bearers, balances, facts)
    return [
        Weight(reasons=absent_told(weights.many.reasons(row)))
        if weights.many.refused[row] and balances[row]
        else Weight(int(weights.covered[row]), int(weights.public[row]))
        for row in range(len(balances))
    ]


def absent_told(problems: Sequence[Problem]) -> tuple[str, ...]:
    """Why something cannot be calculated, absent facts by their Chinese names."""
    told = []
    for problem in problems:
        name = problem.found.removeprefix("缺少指标 ")
        named = name != problem.found and fact_in_chinese(name) != name
        told.append(f"缺少{fact_words(name)}" if named else problem.found)
    return tuple(dict.fromkeys(told))


def bearers_under(agreement: Agreement, scheme: Scheme) -> tuple[dict[str, rules.Bearer], list[Problem]]:
    """Who would stand behind the parties of a scheme that an agreement does not follow yet: as it last said, if what it
    said fits; otherwise what is wanting.
    """
    sources = list(agreement.pool.sources.values_list("code", flat=True))
    adopted = agreement.adopted_schemes.filter(superseded_at=None, bearers__isnull=False)
    written = [*adopted.order_by("-validity").values_list("bearers", flat=True), agreement.bearers]
    faults = [rules.bearer_problems(scheme, each, sources) for each in written]
    for each, problems in zip(written, faults, strict=True):
        if not problems:
            return rules.bearers_of(scheme, each, sources), []
    return {}, faults[0]


def _balance(row: Enrolment) -> int:
    assert row.loan.terms is not None, "an enrolled loan has terms"
    return fen_of(row.loan.latest_return.balance if row.loan.latest_return else row.loan.terms.principal)


def _bank_code(row: LoanEffect) -> str:
    return row.enrolment.loan.bank.code


def _sums(rows: Sequence[LoanEffect], *, named: bool) -> Sums:
    return Sums(
        bank=rows[0].enrolment.loan.bank if named else None,
        loans=len(rows),
        balance=sum(row.balance for row in rows),
        covered_now=sum(row.now.covered for row in rows),
        covered_then=sum(row.then.covered for row in rows),
        public_now=sum(row.now.public for row in rows),
        public_then=sum(row.then.public for row in rows),
    )
