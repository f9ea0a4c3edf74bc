"""Loans enter pools, and their exposure follows the returns. One transaction an action, for many loans at once.

Lock order: pool, limits by id, enrolments by id; what is read once for all loans stands in `weighing.Ground`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.loans.models import Loan
from kernel.acts.actions import record, record_all
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from riskpool.pools import queries, rules, using
from riskpool.pools.actions import keep, lock_limits, lock_pool, room_in, take
from riskpool.pools.models import Agreement, Enrolment, EnrolmentRefusal
from riskpool.pools.using import EXPOSURE
from riskpool.pools.weighing import Ground, in_force

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from uuid import UUID

    from riskpool.pools.models import Limit


@transaction.atomic
def enrol_loans(
    *, by: Any, loans: Sequence[Loan], on: dt.date
) -> tuple[list[Enrolment], list[EnrolmentRefusal]]:
    """Take loans into the pools of their bank's agreements, or list why not; in the order given, under the limits' locks.

    A loan that is in a pool already is left alone. The scheme version is the one the agreement follows on the day the
    loan was lent, and stays with the enrolment for ever.
    """
    agreements = list(
        Agreement.objects.filter(bank__in={loan.bank_id for loan in loans})
        .select_related("pool")
        .order_by("pool__code", "number")
    )
    limits = lock_exposure(agreements, loans)
    binding = _binding(limits)
    inside = set(Enrolment.objects.filter(loan__in=loans).values_list("loan", flat=True))
    grounds = [Ground(agreement, on) for agreement in agreements]
    enrolled: list[Enrolment] = []
    refused: list[EnrolmentRefusal] = []
    for loan in loans:
        if loan.pk in inside:
            continue
        outcome = _outcome(loan, [g for g in grounds if g.agreement.bank_id == loan.bank_id], binding, on)
        if isinstance(outcome, Enrolment):
            enrolled.append(outcome)
        else:
            refused += outcome
    keep(limits)
    Enrolment.objects.bulk_create(enrolled)
    EnrolmentRefusal.objects.bulk_create(refused)
    record_all(
        by=by,
        verb="loan.enrol",
        told=[(row, f"{row.loan.bank_loan_no} 进入 {row.agreement.pool.name}", {}) for row in enrolled],
    )
    record_all(
        by=by,
        verb="loan.refuse_enrolment",
        told=[(row.loan, f"{row.loan.bank_loan_no} 未入池", {"reasons": row.reasons}) for row in refused],
    )
    return enrolled, refused


def lock_exposure(agreements: Sequence[Agreement], loans: Sequence[Loan]) -> list[Limit]:
    """The pools of these agreements, then the exposure limits that bind them: held by everything that moves exposure."""
    for pool_id in sorted({agreement.pool_id for agreement in agreements}):
        lock_pool(pool_id)
    return lock_limits(agreements=agreements, scopes=EXPOSURE, loans=loans)


def _binding(limits: Sequence[Limit]) -> rules.Binding[Limit]:
    return rules.Binding(limits, {pk: members.agreements for pk, members in using.members_of(limits).items()})


def _outcome(
    loan: Loan, grounds: Sequence[Ground], limits: rules.Binding[Limit], on: dt.date
) -> Enrolment | list[EnrolmentRefusal]:
    """The enrolment in the first pool that takes the loan, its room taken; or each pool's reasons. Not yet written."""
    assert loan.terms is not None
    lent = loan.terms.disbursed_on
    standing = [ground for ground in grounds if in_force(ground.agreement, lent)]
    if not standing:
        return [EnrolmentRefusal(loan=loan, on=on, reasons=[rules.no_agreement(lent).as_json()])]
    facts, balance = queries.facts_of(loan, on), _outstanding(loan)
    refusals = []
    for ground in standing:
        weighed = ground.weigh(facts, balance, loan)
        binding = limits.of(ground.agreement, borrower_id=loan.borrower_id, loan_id=loan.pk)
        short = queries.room_refusals(binding, weighed.covered, ground.agreement.number)
        reasons = [*weighed.refusals, *short]
        if not reasons:
            take(binding, weighed.covered)
            return Enrolment(
                loan=loan,
                agreement=ground.agreement,
                scheme=weighed.version,
                enrolled_on=on,
                exposure=money_of(weighed.covered),
                committed=money_of(weighed.public),
            )
        told = [reason.as_json() for reason in reasons]
        refusals.append(EnrolmentRefusal(loan=loan, agreement=ground.agreement, on=on, reasons=told))
    return refusals


def _outstanding(loan: Loan) -> int:
    assert loan.terms is not None
    return fen_of(loan.latest_return.balance if loan.latest_return else loan.terms.principal)


@transaction.atomic
def follow_returns(*, by: Any, loans: Sequence[UUID], on: dt.date) -> int:
    """Let exposure follow the latest returns of enrolled loans; gives back how many enrolments changed.

    A balance of zero closes the enrolment, a corrected one opens it again. A balance that was corrected upwards takes
    only the room that its limits have left; what did not fit is told in the record. Terms that were changed after the
    loan entered are held against admission again: a loan that would not be let in now stays, since the pool once took it,
    but its exposure never grows, and the reasons are kept as a refusal that bank and bureau see.
    """
    followed = (Enrolment.State.LIVE, Enrolment.State.CLOSED)
    touched = Enrolment.objects.filter(loan__in=loans, state__in=followed)
    agreements = list(
        Agreement.objects.filter(pk__in=touched.values("agreement")).select_related("pool").order_by("number")
    )
    limits = lock_exposure(agreements, list(Loan.objects.filter(enrolment__in=touched)))
    binding = _binding(limits)
    grounds = {agreement.pk: Ground(agreement, on) for agreement in agreements}
    rows = touched.select_for_update(of=("self",), no_key=True).select_related(
        "scheme", "loan__terms", "loan__latest_return"
    )
    changed = 0
    for row in rows.order_by("pk"):
        ground = grounds[row.agreement_id]
        bound = binding.of(ground.agreement, borrower_id=row.loan.borrower_id, loan_id=row.loan_id)
        changed += _follow(row, ground, bound, by, on)
    keep(limits)
    return changed


def _held_again(row: Enrolment, ground: Ground, facts: rules.LoanFacts, by: Any, on: dt.date) -> bool:
    """Whether terms changed since the loan entered would keep it out now; the reasons are written once for the terms."""
    terms = row.loan.terms
    assert terms is not None
    if terms.recorded_at <= row.recorded_at:
        return False
    reasons = rules.admission_refusals(ground.procedure.admission, ground.metrics(facts))
    if not in_force(ground.agreement, terms.disbursed_on):
        reasons.append(rules.no_agreement(terms.disbursed_on))
    if not reasons:
        return False
    told = EnrolmentRefusal.objects.filter(
        loan=row.loan, agreement=ground.agreement, recorded_at__gte=terms.recorded_at
    )
    if not told.exists():
        written = [reason.as_json() for reason in (rules.CHANGED_TERMS, *reasons)]
        EnrolmentRefusal.objects.create(loan=row.loan, agreement=ground.agreement, on=on, reasons=written)
        record(
            by=by,
            verb="loan.refuse_enrolment",
            subject=row.loan,
            summary=f"{row.loan.bank_loan_no} 变更后不符合入池条件",
            facts={"reasons": written},
        )
    return True


def _follow(row: Enrolment, ground: Ground, limits: Sequence[Limit], by: Any, on: dt.date) -> bool:
    balance = _outstanding(row.loan)
    facts = queries.facts_of(row.loan, row.enrolled_on)
    covered, public = ground.exposure(row.scheme, facts, balance, row.loan)
    if _held_again(row, ground, facts, by, on):
        covered, public = min(covered, fen_of(row.exposure)), min(public, fen_of(row.committed))
    grown = covered - fen_of(row.exposure)
    excess = max(grown - room_in(limits), 0)
    covered, grown = covered - excess, grown - excess
    state = Enrolment.State.CLOSED if balance == 0 else Enrolment.State.LIVE
    if (grown, public, state) == (0, fen_of(row.committed), row.state):
        return False
    take(limits, grown)
    row.exposure, row.committed, row.state = money_of(covered), money_of(public), state
    row.save(update_fields=["exposure", "exposure_currency", "committed", "committed_currency", "state"])
    if excess:
        over = yuan_text(excess, grouped=True)
        record(
            by=by,
            verb="enrolment.over_limit",
            subject=row,
            summary=f"余额更正后超出限额 {over} 元，超出部分未计入在池余额",
            facts={"excess_fen": excess},
        )
    return True
