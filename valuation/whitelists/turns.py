"""Whose turn it is with white lists: a bank's to say what became of its firms, a house's to go on with a draft."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kernel.work.turns import Turn, tells_turns
from valuation.whitelists import queries
from valuation.whitelists.actions.making import MAKES
from valuation.whitelists.actions.voices import ANSWERS
from valuation.whitelists.models import WhiteList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.days import WorkingCalendar


@tells_turns("whitelists")
def turns(*, viewer: Any, on: dt.date, calendar: WorkingCalendar) -> Iterator[Turn]:
    """What waits in this room for the viewer's seat."""
    if viewer.seat in ANSWERS:
        yield from _unanswered(viewer, on)
    if viewer.seat in MAKES:
        yield from _drafts(viewer)
        yield from _not_pushed(viewer, on)


def _unanswered(viewer: Any, on: dt.date) -> Iterator[Turn]:
    waiting = queries.received(viewer=viewer).filter(approved__valid_to__gte=on)
    for push in waiting.annotate(open=Count("firms", filter=Q(firms__answers__isnull=True))):
        if push.open:
            yield Turn(
                what=_("白名单企业待反馈"),
                subject=str(push.approved.white_list),
                url=reverse("whitelists:received_list", args=[push.pk]),
                since=push.pushed_on,
                note=_("%(house)s 推送，%(n)s 户未反馈")
                % {"house": push.approved.white_list.house.short_name, "n": push.open},
            )


def _drafts(viewer: Any) -> Iterator[Turn]:
    for made in queries.white_lists(viewer=viewer).filter(state=WhiteList.State.DRAFT):
        yield Turn(
            what=_("白名单草稿待提请复核"),
            subject=str(made),
            url=reverse("whitelists:white_list", args=[made.pk]),
            since=timezone.localtime(made.made_at).date(),
        )


def _not_pushed(viewer: Any, on: dt.date) -> Iterator[Turn]:
    approved = queries.white_lists(viewer=viewer).filter(
        approved__valid_to__gte=on, approved__pushes__isnull=True
    )
    for made in approved:
        yield Turn(
            what=_("白名单已定稿，待推送银行"),
            subject=str(made),
            url=reverse("whitelists:white_list", args=[made.pk]),
            since=made.approved.approved_on,
        )
