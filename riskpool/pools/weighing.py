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
from riskpool.pools import breakers, exposures, queries, rules, using
from riskpool.pools.metrics import Asked, texts, value_of
from riskpool.pools.models import AdoptedScheme, Agreement, Ceiling, Enrolment, Limit
from riskpool.pools.using import EXPOSURE
from riskpool.pools.versions import procedure_of, scheme_of

if TYPE_CHECKING:
    from uuid import UUID

    from finance.intake.effects import AtStake
    from finance.parties.models import Organisation
    from kernel.policystore.models import PolicyVersion
    from riskpool.schemes.terms import Scheme


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

    def __init__(self, agreement: Agreement, on: dt.date) -> None:
        self.agreement = agreement
        self.on = on
        self.procedure = procedure_of(agreement.pool.procedure_id)
        self.known: dict[UUID, exposures.WeighingFacts] = {}
        self.of_pool: dict[str, str] | None = None
        adopted = AdoptedScheme.objects.filter(agreement=agreement, superseded_at=None)
        self.adopted = list(adopted.select_related("version"))
        self.engines: dict[UUID, tuple[Scheme, dict[str, rules.Bearer]]] = {}

    def engine(self, version_id: UUID) -> tuple[Scheme, dict[str, rules.Bearer]]:
        """A scheme and who stands behind its parties under this agreement."""
        if version_id not in self.engines:
            scheme = scheme_of(version_id)
            self.engines[version_id] = scheme, exposures.bearers(self.agreement, scheme)
        return self.engines[version_id]

    def metrics(self, facts: rules.LoanFacts) -> dict[str, str]:
        """The facts of a loan's terms, and what else its admission asks of the pool."""
        of_loan = rules.loan_metrics(facts, self.procedure.districts)
        if self.of_pool is None:
            asked = Asked(pool=self.agreement.pool, on=self.on, agreement=self.agreement, now=True)
            names = {item.condition.metric for item in self.procedure.admission} - set(of_loan)
            self.of_pool = texts({name: value_of(name, asked) for name in names})
        return of_loan | self.of_pool

    def to_weigh(self, version: PolicyVersion, facts: rules.LoanFacts, loan: Loan | None) -> dict[str, str]:
        """Those, and what else a scheme needs to weigh the loan: of the pool, the bank, and what was stated of the loan."""
        if version.pk not in self.known:
            asked = Asked(
                pool=self.agreement.pool, on=self.on, agreement=self.agreement, version=version, now=True
            )
            self.known[version.pk] = exposures.WeighingFacts(self.engine(version.pk)[0], asked)
        return self.known[version.pk].of(self.metrics(facts), loan)

    def exposure(
        self, version: PolicyVersion, facts: rules.LoanFacts, balance_fen: int, loan: Loan
    ) -> tuple[int, int]:
        """(covered, the pool's part) in fen of what is outstanding of an enrolled loan, as if only this loan failed."""
        scheme, bearers = self.engine(version.pk)
        return rules.exposure_or_whole(scheme, bearers, balance_fen, self.to_weigh(version, facts, loan))

    def weigh(self, facts: rules.LoanFacts, balance_fen: int, loan: Loan | None = None) -> Weighed:
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
        refusals += breakers.new_loan_refusals(self.agreement, adopted.version, facts.disbursed_on)
        scheme, bearers = self.engine(adopted.version_id)
        known = self.to_weigh(adopted.version, facts, loan)
        try:
            covered, public = rules.exposure_on_entry(scheme, bearers, balance_fen, known)
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
    limits, binding = _shared_limits(bank, agreements)
    thought = _Thought(agreements, limits, binding, on)
    if form == "loans":
        thought.enter(rows)
    else:
        _repay_in_thought(binding, thought.added, rows, on)
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


def _shared_limits(
    bank: Organisation, agreements: Sequence[Agreement]
) -> tuple[list[Limit], rules.Binding[Limit]]:
    """The exposure limits that many loans of the bank share, and how to find those that bind an agreement."""
    limits = list(
        Limit.objects.filter(pool__in=[a.pool_id for a in agreements], scope__in=EXPOSURE)
        .filter(borrower=None, loan=None)
        .exclude(agreement__in=Agreement.objects.exclude(bank=bank))
        .select_related("pool", "agreement__bank", "group")
        .order_by("pool__code", "scope", "agreement__number")
    )
    members = using.members_of(limits)
    own = {agreement.pk for agreement in agreements}
    limits = [
        one
        for one in limits
        if not (group := using.members(one, members)).agreements or own & group.agreements
    ]
    return limits, rules.Binding(limits, {pk: group.agreements for pk, group in members.items()})


def limit_line(limit: Limit, before: int, after: int, *, short: bool = False) -> dict[str, str]:
    """One limit as its bank may read it (fen in, texts in yuan out): how far it moves, or has moved, of which ceiling."""
    ceiling = fen_of(limit.ceiling)
    label = f"{limit.pool.name} {limit.get_scope_display()}"
    if limit.group is not None:
        label = f"{label}（{limit.group.name}）"
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

    def __init__(
        self,
        agreements: Sequence[Agreement],
        limits: Sequence[Limit],
        binding: rules.Binding[Limit],
        on: dt.date,
    ) -> None:
        self.agreements, self.binding, self.on = agreements, binding, on
        self.grounds = {agreement.pk: Ground(agreement, on) for agreement in agreements}
        self.each = EachInThought(agreements)
        self.added: dict[Any, int] = dict.fromkeys((limit.pk for limit in limits), 0)
        self.short: set[Any] = set()
        self.outside: dict[int, list[Reason]] = {}
        self.counted: dict[str, int] = {}

    def enter(self, rows: Sequence[AtStake]) -> None:
        """Every row in its order; a changed row whose loan is in a pool already stays there."""
        known = [row.loan_id for row in rows if row.loan_id]
        inside = set(Enrolment.objects.filter(loan__in=known).values_list("loan", flat=True))
        standing = Loan.objects.filter(pk__in=known).select_related("latest_return").in_bulk()
        for row in rows:
            if row.loan_id in inside:
                continue
            assert isinstance(row.stated, StatedLoan)
            loan = standing.get(row.loan_id) if row.loan_id else None
            reasons = self._entered(row.stated, loan)
            if reasons:
                self.outside[row.file_row] = reasons
                for told in dict.fromkeys(reason.reason for reason in reasons):
                    self.counted[told] = self.counted.get(told, 0) + 1

    def _entered(self, stated: StatedLoan, loan: Loan | None) -> list[Reason]:
        """Take the room of the first agreement that would have the loan; else why none would."""
        facts = facts_stated(stated, self.on)
        reported = loan.latest_return if loan else None
        balance_fen = fen_of(reported.balance) if reported else facts.principal_fen
        standing = [agreement for agreement in self.agreements if in_force(agreement, facts.disbursed_on)]
        if not standing:
            return [_told(rules.no_agreement(facts.disbursed_on), "")]
        reasons: list[Reason] = []
        for agreement in standing:
            try:
                weighed = self.grounds[agreement.pk].weigh(facts, balance_fen, loan)
            except Refused as refused:  # a dry run stops no file: enrolment will tell the operator
                told = f"方案无法计算：{refused}"
                reasons.append(Reason(agreement.pool.name, told, agreement.number, "SEEN"))
                continue
            binding = self.binding.of(agreement)
            narrow = queries.room_refusals(binding, weighed.covered, agreement.number, self.added)
            refusals = [
                *weighed.refusals,
                *narrow,
                *self.each.refusals(agreement, stated, weighed.covered),
            ]
            if not refusals:
                self.each.enter(agreement, stated, weighed.covered)
                for limit in binding:
                    self.added[limit.pk] += weighed.covered
                return []
            if narrow and not weighed.refusals:
                self.short |= {limit.pk for limit in binding if weighed.covered > self._left(limit)}
            reasons += [_told(refusal, agreement.pool.name) for refusal in refusals]
        return reasons

    def _left(self, limit: Limit) -> int:
        return fen_of(limit.ceiling) - fen_of(limit.used) - self.added[limit.pk]


def _told(refusal: rules.Refusal, where: str) -> Reason:
    return Reason(where, refusal.reason, refusal.article, refusal.status)


class EachInThought:
    """The ceilings of each borrower and each loan in a dry run: what is used today, and what the file would add to it."""

    def __init__(self, agreements: Sequence[Agreement]) -> None:
        scopes = (Limit.Scope.BORROWER_EXPOSURE, Limit.Scope.LOAN_EXPOSURE)
        self._ceilings = using.standing_ceilings([one.pool_id for one in agreements], scopes)
        self._used: dict[tuple[int, str], int] = {}

    def refusals(self, agreement: Agreement, stated: StatedLoan, covered: int) -> list[rules.Refusal]:
        """Those that the loan would pass."""
        found = []
        for ceiling in self._of(agreement):
            of_borrower = ceiling.scope == Limit.Scope.BORROWER_EXPOSURE
            used = self._use(ceiling, stated) if of_borrower else 0
            if used + covered > fen_of(ceiling.amount):
                title = (
                    queries.SHARED[Limit.Scope.BORROWER_EXPOSURE] if of_borrower else "超过单笔在池余额上限"
                )
                found.append(rules.no_room(covered, None, title, agreement.number))
        return found

    def enter(self, agreement: Agreement, stated: StatedLoan, covered: int) -> None:
        """Add a loan that would enter to what its borrower has."""
        for ceiling in self._of(agreement):
            if ceiling.scope == Limit.Scope.BORROWER_EXPOSURE:
                self._used[ceiling.pk, stated.credit_code] = self._use(ceiling, stated) + covered

    def _of(self, agreement: Agreement) -> list[Ceiling]:
        return [
            one
            for one in self._ceilings
            if one.pool_id == agreement.pool_id and one.agreement_id in (None, agreement.pk)
        ]

    def _use(self, ceiling: Ceiling, stated: StatedLoan) -> int:
        key = ceiling.pk, stated.credit_code
        if key not in self._used:
            limit = Limit.objects.filter(
                scope=ceiling.scope, pool=ceiling.pool_id, agreement=ceiling.agreement_id,
                borrower__credit_code=stated.credit_code,
            ).first()  # fmt: skip
            self._used[key] = fen_of(limit.used) if limit else 0
        return self._used[key]


def _repay_in_thought(
    binding: rules.Binding[Limit], added: dict[Any, int], rows: Sequence[AtStake], on: dt.date
) -> None:
    enrolled = {
        enrolment.loan_id: enrolment
        for enrolment in Enrolment.objects.filter(
            loan__in=[row.loan_id for row in rows], state=Enrolment.State.LIVE
        ).select_related("loan__terms", "loan__latest_return", "agreement__pool", "scheme")
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
        ground = grounds.get(enrolment.agreement_id) or Ground(enrolment.agreement, on)
        grounds[enrolment.agreement_id] = ground
        try:
            covered, _ = ground.exposure(enrolment.scheme, facts, row.stated.balance_fen, enrolment.loan)
        except Refused:  # what cannot be calculated moves nothing in a dry run
            continue
        for limit in binding.of(enrolment.agreement):
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
