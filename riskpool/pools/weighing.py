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

from finance.intake.effects import Reason
from finance.loans.models import Loan
from finance.loans.rules import StatedLoan, StatedReturn
from kernel.errors import Refused
from kernel.money import percent_text
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

    Loans are taken in the order of the file, each into the first agreement that would have it and whose limits have room, as
    enrolment will do; `outside` tells by file row why a loan would enter none. A return frees what has been repaid.
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
    thought = _Thought(agreements, limits, on)
    if form == "loans":
        thought.enter(rows)
    else:
        _repay_in_thought(limits, thought.added, rows)
    lines = [
        limit_line(
            limit, used := fen_of(limit.used), used + thought.added[limit.pk], short=limit.pk in thought.short
        )
        for limit in limits
    ]
    if thought.counted and lines:
        told = "；".join(f"{reason} {count} 笔" for reason, count in thought.counted.items())
        lines.append({"label": "不能入池的贷款", "before": "", "after": "", "ceiling": "", "note": told})
    return {"lines": lines, "outside": thought.outside}


def limit_line(limit: Limit, before: int, after: int, *, short: bool = False) -> dict[str, str]:
    """One limit as its bank may read it (fen in, texts in yuan out): how far it moves, or has moved, of which ceiling."""
    ceiling = fen_of(limit.ceiling)
    label = f"{limit.pool.name} {limit.get_scope_display()}"
    if limit.agreement is None:  # a pool's total would tell one bank of another's loans: only whether it fits
        fits = "不足，超出部分不能入池" if short or after > ceiling else "足够"
        return {"label": label, "before": "", "after": "", "ceiling": "", "note": f"余量{fits}"}
    over = after - ceiling
    percent = percent_text(rules.used_ratio(after, ceiling))
    return {
        "label": f"{label}（{limit.agreement.bank.short_name}）",
        "before": yuan_text(before),
        "after": yuan_text(after),
        "ceiling": yuan_text(ceiling),
        "note": f"超出 {yuan_text(over, grouped=True)} 元" if over > 0 else f"使用率 {percent}",
    }


class _Thought:
    """Loans entered in thought: what each limit would take (fen), which rows stay out and why, which limits ran short."""

    def __init__(self, agreements: Sequence[Agreement], limits: Sequence[Limit], on: dt.date) -> None:
        self.agreements, self.limits, self.on = agreements, limits, on
        self.grounds = {agreement.pk: Ground(agreement) for agreement in agreements}
        self.added: dict[Any, int] = dict.fromkeys((limit.pk for limit in limits), 0)
        self.short: set[Any] = set()
        self.outside: dict[int, list[Reason]] = {}
        self.counted: dict[str, int] = {}

    def enter(self, rows: Sequence[AtStake]) -> None:
        """Every row in its order; a changed row whose loan is in a pool already stays there."""
        known = [row.loan_id for row in rows if row.loan_id]
        inside = set(Enrolment.objects.filter(loan__in=known).values_list("loan", flat=True))
        reported = Loan.objects.filter(pk__in=known, latest_return__isnull=False)
        left = reported.values_list("pk", "latest_return__balance")
        balances = {pk: int(balance * 100) for pk, balance in left}  # exact yuan, two decimals
        for row in rows:
            if row.loan_id in inside:
                continue
            assert isinstance(row.stated, StatedLoan)
            facts = facts_stated(row.stated, self.on)
            balance = balances.get(row.loan_id, facts.principal_fen) if row.loan_id else facts.principal_fen
            reasons = self._entered(facts, balance)
            if reasons:
                self.outside[row.file_row] = reasons
                for told in dict.fromkeys(reason.reason for reason in reasons):
                    self.counted[told] = self.counted.get(told, 0) + 1

    def _entered(self, facts: rules.LoanFacts, balance_fen: int) -> list[Reason]:
        """Take the room of the first agreement that would have the loan; else why none would."""
        standing = [agreement for agreement in self.agreements if in_force(agreement, facts.disbursed_on)]
        if not standing:
            return [_told(rules.no_agreement(facts.disbursed_on), "")]
        reasons: list[Reason] = []
        for agreement in standing:
            try:
                weighed = self.grounds[agreement.pk].weigh(facts, balance_fen)
            except Refused as refused:  # a dry run stops no file: enrolment will tell the operator
                told = f"方案无法计算：{refused}"
                reasons.append(Reason(agreement.pool.name, told, agreement.number, "SEEN"))
                continue
            refusals = list(weighed.refusals)
            binding = rules.binding(self.limits, agreement)
            narrow = [limit for limit in binding if weighed.covered > self._left(limit)]
            if narrow:
                refusals.append(rules.no_room(weighed.covered, self._room_told(binding), agreement.number))
            if not refusals:
                for limit in binding:
                    self.added[limit.pk] += weighed.covered
                return []
            if narrow and not weighed.refusals:
                self.short |= {limit.pk for limit in narrow}
            reasons += [_told(refusal, agreement.pool.name) for refusal in refusals]
        return reasons

    def _left(self, limit: Limit) -> int:
        return fen_of(limit.ceiling) - fen_of(limit.used) - self.added[limit.pk]

    def _room_told(self, limits: Sequence[Limit]) -> int | None:
        """As `queries.room_told`, with what the rows before have taken in thought."""
        room, of_the_pool = min((self._left(limit), limit.agreement_id is None) for limit in limits)
        return None if of_the_pool else room


def _told(refusal: rules.Refusal, where: str) -> Reason:
    return Reason(where, refusal.reason, refusal.article, refusal.status)


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
