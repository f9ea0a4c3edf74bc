"""Whose turn it is with subsidies: the enterprise's to confirm, mend or correct its account, the officer's to go on."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from finance.parties.queries import payees_in_force
from finance.subsidies.actions.locking import OWNS, PREPARES
from finance.subsidies.actions.paying import AWARD
from finance.subsidies.models import (
    Application,
    AwardPayment,
    Objection,
    ObjectionOutcome,
    Plan,
    Step,
    SubsidyCall,
)
from finance.subsidies.pages.policies import review_days
from finance.subsidies.queries import of_applications as asked
from finance.subsidies.queries import of_calls
from finance.subsidies.shelf import policy_of
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from kernel.work.models import Approval
from kernel.work.turns import Turn, tells_turns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from django.db.models import QuerySet

    from kernel.days import WorkingCalendar

State = Application.State
PAID_HOUSES = (OWNS, "bank.maker", "guarantor.officer")  # who mends the account on which the house is paid


@tells_turns("subsidies")
def turns(*, viewer: Any, on: dt.date, calendar: WorkingCalendar) -> Iterator[Turn]:
    """What waits in this room for the viewer's seat."""
    if viewer.seat == OWNS:
        yield from _of_an_owner(viewer)
    if viewer.seat in PAID_HOUSES:
        yield from _accounts_to_mend(viewer)
    if viewer.seat == PREPARES:
        yield from _to_review(viewer, on, calendar)
        yield from _calls_past_their_day(viewer, on)
        yield from _lists(viewer, on)
        yield from _to_pay_again(viewer)


def _of_an_owner(viewer: Any) -> Iterator[Turn]:
    rows = asked.applications(viewer=viewer).filter(state__in=[State.LISTED, State.DEFICIENT])
    notices = _notices_of(rows)
    for one in rows:
        if one.state == State.LISTED:
            yield Turn(
                what=_("确认收款账户，无需申请"),
                subject=one.number,
                url=reverse("subsidies:application", args=[one.pk]),
                since=timezone.localtime(one.recorded_at).date(),
                due=one.call.closes_on,
                note=one.call.title,
            )
            continue
        notice = notices[one.pk]
        yield Turn(
            what=_("答复补贴补正通知"),
            subject=one.number,
            url=reverse("subsidies:application", args=[one.pk]),
            since=notice.day,
            due=notice.due_on,
            note=_("%(n)s 项") % {"n": len(notice.items)},
        )


def _accounts_to_mend(viewer: Any) -> Iterator[Turn]:
    """A payment came back and the account is still the same: until another one is registered or it is paid again."""
    for one, other_account in _failed_payments(viewer):
        if one.award.payee_id == viewer.organisation_id and not other_account:
            yield Turn(
                what=_("更正收款账户，补贴付款失败"),
                subject=one.award.application.number,
                url=reverse("payee_account"),
                since=_failed_on(one),
                note=_told(one),
            )


def _to_review(viewer: Any, on: dt.date, calendar: WorkingCalendar) -> Iterator[Turn]:
    """Applications filed, and those whose notice is past its day without an answer."""
    rows = asked.applications(viewer=viewer).filter(state__in=[State.FILED, State.DEFICIENT])
    notices = _notices_of(rows)
    for one in rows:
        url = reverse("subsidies:application", args=[one.pk])
        if one.state == State.FILED:
            assert one.filed_on is not None, "the database holds it"
            days = review_days(policy_of(one.call.policy))
            yield Turn(
                what=_("审核补贴申报"),
                subject=f"{one.number} {one.enterprise.name}",
                url=url,
                since=one.filed_on,
                due=calendar.add(one.filed_on, days) if days else None,
                note=_asked_for(one),
            )
            continue
        notice = notices[one.pk]
        if notice.due_on is not None and notice.due_on < on:
            yield Turn(
                what=_("补正期满未答复，请处理"),
                subject=f"{one.number} {one.enterprise.name}",
                url=url,
                since=notice.due_on,
            )


def _calls_past_their_day(viewer: Any, on: dt.date) -> Iterator[Turn]:
    for call in asked.calls(viewer=viewer).filter(state=SubsidyCall.State.OPEN, closes_on__lt=on):
        yield Turn(
            what=_("截止受理补贴申报"),
            subject=call.title,
            url=reverse("subsidies:call", args=[call.pk]),
            since=call.closes_on,
        )


def _lists(viewer: Any, on: dt.date) -> Iterator[Turn]:
    """Public lists: objections that nobody has answered, then those whose days are over and that nobody asked to grant."""
    answered = ObjectionOutcome.objects.filter(objection__plan=OuterRef("pk"), upheld=True)
    open_ones = Objection.objects.filter(outcome=None).order_by("received_on", "id")
    public = (
        asked.plans(viewer=viewer)
        .filter(state=Plan.State.PUBLIC)
        .annotate(upheld=Exists(answered))
        .prefetch_related(Prefetch("objections", open_ones, to_attr="unanswered"))
    )
    waiting = _asked(AWARD, viewer)
    for plan in public:
        url = reverse("subsidies:plan", args=[plan.pk])
        for objection in plan.unanswered:
            yield Turn(
                what=_("核实补贴公示的异议"),
                subject=f"{plan.call.title} {objection.said_by}",
                url=url,
                since=objection.received_on,
            )
        if plan.objections_until is None or plan.objections_until >= on or str(plan.pk) in waiting:
            continue
        yield Turn(
            what=_("异议成立，重新拟定名单") if plan.upheld else _("公示期满，提请核定"),
            subject=plan.call.title,
            url=url,
            since=plan.objections_until,
            note=_("%(sum)s 元") % {"sum": yuan_text(fen_of(plan.total), grouped=True)},
        )


def _to_pay_again(viewer: Any) -> Iterator[Turn]:
    """Failed payments whose payee has another account by now: they go into the next payment file."""
    for one, other_account in _failed_payments(viewer):
        if other_account:
            yield Turn(
                what=_("重付失败的补贴"),
                subject=f"{one.award.application.number} {one.award.payee.name}",
                url=reverse("subsidies:call", args=[one.award.application.call_id]),
                since=_failed_on(one),
                note=_told(one),
            )


def _notices_of(applications: QuerySet[Application]) -> dict[UUID, Step]:
    """The last notice of each of these applications that has one, asked for together."""
    waiting = [one.pk for one in applications if one.state == State.DEFICIENT]
    notices = (
        Step.objects.filter(application__in=waiting, kind=Step.Kind.NOTICE)
        if waiting
        else Step.objects.none()
    )
    latest = notices.order_by("application", "-id").distinct("application")
    return {notice.application_id: notice for notice in latest}


def _failed_payments(viewer: Any) -> list[tuple[AwardPayment, bool]]:
    """Payments that failed, and whether their payee has another account by now."""
    failed = list(of_calls.failed_payments(viewer=viewer))
    now = payees_in_force(one.award.payee_id for one in failed) if failed else {}
    return [
        (one, one.award.payee_id in now and now[one.award.payee_id].pk != one.account_id) for one in failed
    ]


def _failed_on(payment: AwardPayment) -> dt.date:
    return max(result.day for result in payment.results.all() if not result.succeeded)


def _told(payment: AwardPayment) -> str:
    reasons = [result.reason for result in payment.results.all() if not result.succeeded]
    told = {"sum": yuan_text(fen_of(payment.amount), grouped=True), "reason": reasons[-1]}
    return _("%(sum)s 元，%(reason)s") % told


def _asked_for(application: Application) -> str:
    total = application.calculation.total if application.calculation else None
    return "" if total is None else _("测算 %(sum)s 元") % {"sum": yuan_text(fen_of(total), grouped=True)}


def _asked(kind: str, viewer: Any) -> set[UUID | str]:
    """What of this kind a colleague is to sign already."""
    waiting = Approval.objects.filter(kind=kind, state=Approval.State.ASKED, wall=viewer.organisation_id)
    return set(waiting.values_list("subject_id", flat=True))
