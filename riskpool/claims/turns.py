"""Whose turn it is with a claim: the bureau's to decide, to pay and to pay again, the bank's to answer and to claim.

A state that waits for somebody has its line in `OF_THE_BUREAU`, or its own function beside `_of_a_bank`.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from kernel.work.models import Approval
from kernel.work.turns import Turn, tells_turns
from riskpool.claims import due, mending, queries
from riskpool.claims.actions.paying_again import SUBJECT
from riskpool.claims.clocks import clocks_of
from riskpool.claims.models import Claim
from riskpool.claims.years import last_day, years
from riskpool.pools.models import PoolSeat
from riskpool.treasury.models import PaymentInstruction
from riskpool.treasury.queries import failed_fen, to_pay_again

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.days import WorkingCalendar

EVENTS = "clock_events__recorded_by__person"  # of all claims of a list at once

# what the pool's own bureau does next with a claim in this state
OF_THE_BUREAU = {
    Claim.State.FILED: gettext_lazy("审核补偿申请"),
    Claim.State.ACCEPTED: gettext_lazy("提请支付补偿款"),
}


@tells_turns("claims")
def turns(*, viewer: Any, on: dt.date, calendar: WorkingCalendar) -> Iterator[Turn]:
    """What waits in this room for the viewer's seat."""
    if viewer.seat == "finance_bureau.officer":
        yield from _of_the_bureau(viewer, on, calendar)
        yield from _to_pay_again(viewer, on)
        yield from _years_to_settle(viewer, on)
    if viewer.seat == "bank.maker":
        yield from _to_answer(viewer, on, calendar)
        yield from _of_a_bank(viewer, on)


def _of_the_bureau(viewer: Any, on: dt.date, calendar: WorkingCalendar) -> Iterator[Turn]:
    """Claims of the pools whose bureau the viewer's house is; one whose payment is asked for waits for the approver."""
    own = PoolSeat.objects.filter(organisation=viewer.organisation_id, seat=PoolSeat.Seat.BUREAU)
    rows = (
        queries.claims(viewer=viewer)
        .filter(state__in=OF_THE_BUREAU, filed_on__lte=on, enrolment__agreement__pool__in=own.values("pool"))
        .prefetch_related(EVENTS)
    )
    asked = set(
        Approval.objects.filter(kind="claims.pay", state=Approval.State.ASKED, wall=viewer.organisation_id)
        .values_list("subject_id", flat=True)
    )  # fmt: skip
    for row in rows:
        if str(row.pk) in asked:
            continue
        filed = row.state == Claim.State.FILED
        clock = next((one for one in clocks_of(row, calendar, on) if one.running), None)
        amount = yuan_text(fen_of(row.claimed if filed else row.reserved), grouped=True)
        told = _("申请 %(amount)s 元") if filed else _("应付 %(amount)s 元")
        yield Turn(
            what=str(OF_THE_BUREAU[Claim.State(row.state)]),
            subject=f"{row.number} {row.enrolment.loan.borrower_name}",
            url=reverse("claims:claim", args=[row.pk]),
            since=row.filed_on if filed else row.decided_on or row.filed_on,
            due=clock.due_on if clock else None,
            note=f"{row.enrolment.loan.bank.short_name}，{told % {'amount': amount}}",
        )


def _years_to_settle(viewer: Any, on: dt.date) -> Iterator[Turn]:
    """Years that are over with claims that were not settled yet and of which nobody has asked to settle them."""
    own = PoolSeat.objects.filter(organisation=viewer.organisation_id, seat=PoolSeat.Seat.BUREAU)
    rows = years(viewer=viewer).filter(
        year__lt=on.year, claims__state=Claim.State.IN_YEAR, agreement__pool__in=own.values("pool")
    )
    asked = Approval.objects.filter(kind="claims.settle_year", state=Approval.State.ASKED)
    for row in rows.exclude(pk__in=[*asked.values_list("subject_id", flat=True)]).distinct():
        waiting = row.claims.filter(state=Claim.State.IN_YEAR).count()
        yield Turn(
            what=_("年度结算"),
            subject=f"{row.agreement.bank.short_name} {row.year}",
            url=reverse("claims:year", args=[row.pk]),
            since=last_day(row) + dt.timedelta(days=1),
            note=_("%(n)s 件申请待结算") % {"n": waiting},
        )


def _to_pay_again(viewer: Any, on: dt.date) -> Iterator[Turn]:
    """Claims whose payment the bank could not make, until it is asked for again."""
    own = PoolSeat.objects.filter(organisation=viewer.organisation_id, seat=PoolSeat.Seat.BUREAU)
    failed = PaymentInstruction.objects.filter(
        state=PaymentInstruction.State.FAILED, paid_again=None, subject_type=SUBJECT,
        source__pool__in=own.values("pool"),
    ).values_list("subject_id", flat=True)  # fmt: skip
    asked = Approval.objects.filter(
        kind="claims.pay_again", state=Approval.State.ASKED, wall=viewer.organisation_id
    ).values_list("subject_id", flat=True)
    for row in queries.claims(viewer=viewer).filter(pk__in=set(failed) - set(asked)):
        amount = yuan_text(failed_fen(SUBJECT, row.pk), grouped=True)
        day = max(outcome.day for one in to_pay_again(SUBJECT, row.pk) for outcome in one.outcomes.all())
        yield Turn(
            what=_("提请重付补偿款"),
            subject=f"{row.number} {row.enrolment.loan.borrower_name}",
            url=reverse("claims:claim", args=[row.pk]),
            since=day,
            note=_("付款失败 %(amount)s 元") % {"amount": amount},
        )


def _to_answer(viewer: Any, on: dt.date, calendar: WorkingCalendar) -> Iterator[Turn]:
    """The bank's claims for which the bureau has asked something that is not answered yet."""
    rows = (
        queries.claims(viewer=viewer)
        .filter(state=Claim.State.DEFICIENT, enrolment__loan__bank=viewer.organisation_id)
        .prefetch_related(EVENTS)
    )
    for row in rows:
        clock = next((one for one in clocks_of(row, calendar, on) if one.running), None)
        left = sum(not state.answered for state in mending.open_items(row))
        yield Turn(
            what=_("答复补正通知"),
            subject=f"{row.number} {row.enrolment.loan.borrower_name}",
            url=reverse("claims:claim", args=[row.pk]),
            since=clock.started_on if clock else row.filed_on,
            due=clock.due_on if clock else None,
            note=_("尚有 %(n)s 项未答复") % {"n": left},
        )


def _of_a_bank(viewer: Any, on: dt.date) -> Iterator[Turn]:
    """Overdue loans whose waiting days are over: nobody must claim, but the bank is the one who may.

    A loan on which a claim was refused or withdrawn may be claimed again, but that is no longer news: it waits for nobody.
    """
    found = [one for one in due.claimable(viewer=viewer, on=on) if one.ready]
    claimed = set(
        Claim.objects.filter(enrolment__in=[one.enrolment for one in found]).values_list(
            "enrolment", flat=True
        )
    )
    for one in found:
        if one.enrolment.pk not in claimed:
            loan = one.enrolment.loan
            yield Turn(
                what=_("可以申请补偿"),
                subject=f"{loan.bank_loan_no} {loan.borrower_name}",
                url=reverse("claims:file", args=[one.enrolment.pk]),
                since=one.ready_on,
                note=_("已逾期 %(days)s 日") % {"days": one.overdue_days},
            )
