"""Whose turn it is with models: an institution that fits has its intercept recalibrated every quarter."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.days import add_months
from kernel.policystore.queries import version_on
from kernel.work.turns import Turn, tells_turns
from valuation.cards.queries import SCORECARD
from valuation.cards.shelf import ownership
from valuation.scores.published import method_now
from valuation.validation.actions import MAKES
from valuation.validation.queries import last_recalibration, records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.days import WorkingCalendar


@tells_turns("validation")
def turns(*, viewer: Any, on: dt.date, calendar: WorkingCalendar) -> Iterator[Turn]:
    """The quarter's recalibration of the card in force that was fitted last, from the day on which it is due."""
    if viewer.seat != MAKES:
        return
    version = version_on(SCORECARD, ownership().family, on)
    fitted = records(viewer=viewer).filter(card=version)
    newest, since = fitted.first(), fitted.last()
    if version is None or newest is None or since is None:
        return
    since = last_recalibration(viewer.organisation, version) or since
    due = add_months(since.made_on, method_now().recalibrate_months)
    if due <= on:
        yield Turn(
            what=_("评分模型季度重校到期"),
            subject=version.version,
            url=reverse("validation:record", args=[newest.pk]),
            since=due,
            note=_("在拟合记录页点“季度重校截距”"),
        )
