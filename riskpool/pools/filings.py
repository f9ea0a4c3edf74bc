"""What an entered filing does to the pools, and telling its bank what it did: which loan entered which pool, which did not
and why, and how far each of the bank's limits really moved.

Limits are read under their locks before and after, so that the figures are this filing's and nobody else's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from finance.intake.effects import Followed, Reason
from finance.intake.models import TO_ENTER
from finance.intake.outcomes import tell_outcome
from finance.loans.models import Loan, LoanReturn
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from riskpool.pools.enrolling import enrol_loans, follow_returns, lock_exposure
from riskpool.pools.models import Agreement, Enrolment, EnrolmentRefusal, Limit
from riskpool.pools.weighing import limit_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from uuid import UUID

    from finance.intake.models import Filing

ROOM = "pools"


@transaction.atomic
def follow_loans(filing: Filing) -> None:
    """Enrol the loans of an entered filing, in the order of the file; changed terms move their exposure."""
    rows = dict(
        filing.rows.filter(outcome__in=TO_ENTER).order_by("file_row").values_list("file_row", "natural_key")
    )
    loans = {
        loan.bank_loan_no: loan
        for loan in Loan.objects.filter(
            bank=filing.bank, bank_loan_no__in=rows.values(), terms__isnull=False
        ).select_related("terms", "latest_return")
    }
    before = lock_exposure(_agreements(filing), list(loans.values()))
    inside = _exposures(loan.pk for loan in loans.values())
    told_before = (
        EnrolmentRefusal.objects.filter(loan__bank=filing.bank).aggregate(last=Max("pk"))["last"] or 0
    )
    ordered = [loans[key] for key in rows.values()]
    enrol_loans(by=None, loans=ordered, on=filing.made_on)
    follow_returns(by=None, loans=[loan.pk for loan in ordered], on=filing.made_on)
    refusals = _refusals([loan.pk for loan in ordered], after=told_before)
    now = _enrolments(loan.pk for loan in ordered)
    told = {}
    for row, key in rows.items():
        pk = loans[key].pk
        told[row] = _followed(now.get(pk), inside.get(pk), refusals.get(pk, ()))
    tell_outcome(filing=filing, room=ROOM, lines=_moved(before), rows=told)


@transaction.atomic
def follow_reports(filing: Filing) -> None:
    """Let exposure follow the returns that a filing brought."""
    reported = dict(LoanReturn.objects.filter(filing=filing.pk).values_list("loan__bank_loan_no", "loan"))
    before = lock_exposure(_agreements(filing), list(Loan.objects.filter(pk__in=reported.values())))
    inside = _exposures(reported.values())
    follow_returns(by=None, loans=list(reported.values()), on=filing.made_on)
    now = _enrolments(reported.values())
    told = {}
    rows = filing.rows.filter(outcome__in=TO_ENTER).order_by("file_row")
    for row, number in rows.values_list("file_row", "values__bank_loan_no"):
        if reported[number] in now:
            told[row] = _followed(now[reported[number]], inside[reported[number]], ())
    tell_outcome(filing=filing, room=ROOM, lines=_moved(before), rows=told)


def _agreements(filing: Filing) -> list[Agreement]:
    return list(
        Agreement.objects.filter(bank=filing.bank).select_related("pool").order_by("pool__code", "number")
    )


def _enrolments(loans: Iterable[UUID]) -> dict[UUID, Enrolment]:
    rows = Enrolment.objects.filter(loan__in=list(loans)).select_related("agreement__pool", "scheme")
    return {row.loan_id: row for row in rows}


def _exposures(loans: Iterable[UUID]) -> dict[UUID, int]:
    """Exposure (fen) of those of the loans that are in a pool already."""
    rows = Enrolment.objects.filter(loan__in=list(loans)).values_list("loan", "exposure")
    return {loan: int(exposure * 100) for loan, exposure in rows}  # exact yuan, two decimals


def _refusals(loans: list[UUID], after: int) -> dict[UUID, list[EnrolmentRefusal]]:
    """The refusals written since the one numbered `after`, by loan."""
    found: dict[UUID, list[EnrolmentRefusal]] = {}
    rows = EnrolmentRefusal.objects.filter(loan__in=loans, pk__gt=after).select_related("agreement__pool")
    for row in rows.order_by("pk"):
        found.setdefault(row.loan_id, []).append(row)
    return found


def _followed(
    enrolment: Enrolment | None, before: int | None, refusals: Collection[EnrolmentRefusal]
) -> Followed:
    """What became of one row's loan; `before` is its exposure when it was in a pool already (fen)."""
    reasons = tuple(
        Reason(
            where=refusal.agreement.pool.name if refusal.agreement else "",
            reason=reason["reason"],
            article=reason["article"],
            status=reason["status"],
        )
        for refusal in refusals
        for reason in refusal.reasons
    )
    if enrolment is None:
        return Followed("out", reasons=reasons)
    after = fen_of(enrolment.exposure)
    what = "in" if before is None else "moved" if before != after else "same"
    return Followed(
        what,
        where=enrolment.agreement.pool.name,
        rule=enrolment.scheme.version,
        before=yuan_text(before or 0),
        after=yuan_text(after),
        reasons=reasons,
    )


def _moved(before: Iterable[Limit]) -> list[dict[str, str]]:
    """Each limit of the bank's own agreements, as it stood under its lock before and as it stands now.

    How far a whole pool's limit stands is not one bank's to know.
    """
    held: Mapping[UUID, int] = {limit.pk: fen_of(limit.used) for limit in before if limit.agreement_id}
    now = Limit.objects.filter(pk__in=held).select_related("pool", "agreement__bank", "group")
    return [
        limit_line(limit, held[limit.pk], fen_of(limit.used))
        for limit in now.order_by("pool__code", "scope", "agreement__number")
    ]
