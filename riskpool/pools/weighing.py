"""What a loan would mean to a pool: may it enter, what would it add to exposure. Reads, never writes.

The same question is asked when a loan enters (`enrolling.enrol_loans`) and, before a filing is submitted, for its dry run
(`assess`, registered with the intake).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from finance.loans.rules import StatedLoan, StatedReturn
from kernel.errors import Refused
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from riskpool.pools import queries, rules
from riskpool.pools.models import AdoptedScheme, Agreement, Enrolment, Limit
from riskpool.pools.versions import procedure_of, scheme_of

if TYPE_CHECKING:
    from uuid import UUID

    from finance.intake.effects import AtStake
    from finance.parties.models import Organisation
    from kernel.policystore.models import PolicyVersion
    from riskpool.schemes.terms import Scheme

EXPOSURE = (Limit.Scope.POOL_EXPOSURE, Limit.Scope.BANK_EXPOSURE)


@dataclass(frozen=True)
class Weighed:
    """A loan held against one agreement: reasons against it, and its exposure and the pool's part of it (fen)."""

    version: PolicyVersion | None
    refusals: tuple[rules.Refusal, ...]
    covered: int = 0
    public: int = 0


def in_force(agreement: Agreement, day: dt.date) -> bool:
    """Whether an agreement is valid on a day; its range ends before `upper`."""
    return _holds(agreement.validity, day)


def _holds(validity: Any, day: dt.date) -> bool:
    return validity.lower <= day and (validity.upper is None or day < validity.upper)


class Ground:
    """What one agreement brings to every loan that is held against it, read once: procedure, schemes, pool's state."""

    def __init__(self, agreement: Agreement) -> None:
        self.agreement = agreement
        self.procedure = procedure_of(agreement.pool.procedure_id)
        self.state = queries.pool_metrics(agreement.pool)
        adopted = AdoptedScheme.objects.filter(agreement=agreement, superseded_at=None)
        self.adopted = list(adopted.select_related("version"))
        self.engines: dict[UUID, tuple[Scheme, dict[str, rules.Bearer]]] = {}

    def engine(self, version_id: UUID) -> tuple[Scheme, dict[str, rules.Bearer]]:
        """A scheme and who stands behind its parties under this agreement."""
        if version_id not in self.engines:
            scheme = scheme_of(version_id)
            self.engines[version_id] = scheme, queries.bearers(self.agreement, scheme)
        return self.engines[version_id]

    def metrics(self, facts: rules.LoanFacts) -> dict[str, str]:
        return rules.loan_metrics(facts, self.procedure.districts) | self.state

    def exposure(self, version_id: UUID, facts: rules.LoanFacts, balance_fen: int) -> tuple[int, int]:
        """(covered, the pool's part) in fen of what is outstanding of an enrolled loan, as if only this loan failed."""
        scheme, bearers = self.engine(version_id)
        return rules.exposure_or_whole(scheme, bearers, balance_fen, self.metrics(facts))

    def weigh(self, facts: rules.LoanFacts, balance_fen: int) -> Weighed:
        """Hold a loan against the agreement and its pool's procedure; limits are the caller's question.

        The loan is weighed alone: what the pool would owe if only it failed. Facts of the scheme that nobody has set are
        a reason against it, like a condition that does not hold.
        """
        adopted = next((row for row in self.adopted if _holds(row.validity, facts.disbursed_on)), None)
        if adopted is None:
            number = self.agreement.number
            return Weighed(
                None, (rules.Refusal("no_scheme", "no", "放款日协议未约定损失分担方案", number, "SEEN"),)
            )
        refusals = rules.admission_refusals(self.procedure.admission, self.metrics(facts))
        scheme, bearers = self.engine(adopted.version_id)
        try:
            covered, public = rules.exposure_of(scheme, bearers, balance_fen, self.metrics(facts))
        except Refused as refused:
            refusals.append(rules.facts_absent(refused, self.agreement.number))
            return Weighed(adopted.version, tuple(refusals))
        return Weighed(adopted.version, tuple(refusals), covered, public)


def assess(*, bank: Organisation, form: str, on: dt.date, rows: Sequence[AtStake]) -> dict[str, Any]:
    """What a filing would do to the limits of the bank's agreements, if it were entered today: before, after, ceiling.

    Loans are taken in the order of the file, each into the first agreement that would have it; the note says how many
    would not enter and why. A return frees what has been repaid.
    """
    agreements = list(
        Agreement.objects.filter(bank=bank).select_related("pool", "bank").order_by("pool__code", "number")
    )
    limits = list(
        Limit.objects.filter(pool__in=[a.pool_id for a in agreements], scope__in=EXPOSURE)
        .exclude(agreement__in=Agreement.objects.exclude(bank=bank))
        .select_related("pool", "agreement__bank")
        .order_by("pool__code", "scope")
    )
    added = dict.fromkeys((limit.pk for limit in limits), 0)
    if form == "loans":
        outside = _enter_in_thought(agreements, limits, added, rows, on)
    else:
        outside = {}
        _repay_in_thought(limits, added, rows)
    lines = [_line(limit, added[limit.pk]) for limit in limits]
    if outside and lines:
        told = "；".join(f"{reason} {count} 笔" for reason, count in outside.items())
        lines.append({"label": "不能入池的贷款", "before": "", "after": "", "ceiling": "", "note": told})
    return {"lines": lines}


def _line(limit: Limit, added: int) -> dict[str, str]:
    used, ceiling = fen_of(limit.used), fen_of(limit.ceiling)
    label = f"{limit.pool.name} {limit.get_scope_display()}"
    if limit.agreement is None:  # a pool's total would tell one bank of another's loans: only whether it fits
        fits = "足够" if used + added <= ceiling else "不足，超出部分不能入池"
        return {"label": label, "before": "", "after": "", "ceiling": "", "note": f"余量{fits}"}
    after = used + added
    over = after - ceiling
    percent = after * 100 // ceiling if ceiling else 100
    return {
        "label": f"{label}（{limit.agreement.bank.short_name}）",
        "before": yuan_text(used),
        "after": yuan_text(after),
        "ceiling": yuan_text(ceiling),
        "note": f"超出 {yuan_text(over, grouped=True)} 元" if over > 0 else f"使用率 {percent}%",
    }


def _enter_in_thought(
    agreements: Sequence[Agreement],
    limits: Sequence[Limit],
    added: dict[Any, int],
    rows: Sequence[AtStake],
    on: dt.date,
) -> dict[str, int]:
    """Add what would enter to `added`; gives back the reasons of the others with how many loans each keeps out."""
    grounds = {agreement.pk: Ground(agreement) for agreement in agreements}
    outside: dict[str, int] = {}
    for row in rows:
        if row.outcome != "new":
            continue
        assert isinstance(row.stated, StatedLoan)
        facts = facts_stated(row.stated, on)
        standing = [agreement for agreement in agreements if in_force(agreement, facts.disbursed_on)]
        reasons: list[rules.Refusal] = [] if standing else [rules.no_agreement(facts.disbursed_on)]
        for agreement in standing:
            try:
                weighed = grounds[agreement.pk].weigh(facts, facts.principal_fen)
            except Refused as refused:  # a dry run stops no file: enrolment will tell the operator
                told = f"方案无法计算：{refused}"
                reasons.append(rules.Refusal("not_calculable", "unknown", told, agreement.number, "SEEN"))
                continue
            if not weighed.refusals:
                for limit in rules.binding(limits, agreement):
                    added[limit.pk] += weighed.covered
                break
            reasons += weighed.refusals
        else:
            for reason in dict.fromkeys(reason.reason for reason in reasons):
                outside[reason] = outside.get(reason, 0) + 1
    return outside


def _repay_in_thought(limits: Sequence[Limit], added: dict[Any, int], rows: Sequence[AtStake]) -> None:
    enrolled = {
        enrolment.loan_id: enrolment
        for enrolment in Enrolment.objects.filter(
            loan__in=[row.loan_id for row in rows], state=Enrolment.State.LIVE
        ).select_related("loan__terms", "loan__latest_return", "agreement__pool")
    }
    grounds: dict[UUID, Ground] = {}
    for row in rows:
        enrolment = enrolled.get(row.loan_id) if row.loan_id else None
        if enrolment is None:
            continue
        assert isinstance(row.stated, StatedReturn)
        latest = enrolment.loan.latest_return
        if latest is not None and latest.period > row.stated.period:
            continue
        facts = queries.facts_of(enrolment.loan, enrolment.enrolled_on)
        ground = grounds.get(enrolment.agreement_id) or Ground(enrolment.agreement)
        grounds[enrolment.agreement_id] = ground
        try:
            covered, _ = ground.exposure(enrolment.scheme_id, facts, row.stated.balance_fen)
        except Refused:  # what cannot be calculated moves nothing in a dry run
            continue
        for limit in rules.binding(limits, enrolment.agreement):
            added[limit.pk] += covered - fen_of(enrolment.exposure)


def facts_stated(stated: StatedLoan, on: dt.date) -> rules.LoanFacts:
    """What admission asks, from a row that is not yet a loan."""
    return rules.LoanFacts(
        principal_fen=stated.principal_fen,
        ip_share=Fraction(stated.ip_share_percent) / 100,
        disbursed_on=stated.disbursed_on,
        due_on=stated.due_on,
        district=stated.district,
        pledge_registered=bool(stated.pledge_number),
        evaluation_free=stated.evaluation_free,
        first_loan=stated.first_loan,
        purely_pledged=stated.security == "pledge",
        filed_on=on,
    )
