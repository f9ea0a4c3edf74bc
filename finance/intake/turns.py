"""What waits at the intake: checked files that their bank's maker has not submitted yet."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from finance.intake import queries
from finance.intake.states import ENTERABLE
from kernel.work.turns import Turn, tells_turns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kernel.days import WorkingCalendar


@tells_turns("intake")
def turns(*, viewer: Any, on: dt.date, calendar: WorkingCalendar) -> Iterator[Turn]:
    """Files with rows to enter: to be submitted to a second person, or given up."""
    if viewer.seat != "bank.maker":
        return
    for filing in queries.filings(viewer=viewer).filter(state__in=ENTERABLE).defer("effect", "digest"):
        good = filing.counts["new"] + filing.counts["changed"]
        yield Turn(
            what=_("提交报送文件"),
            subject=f"{filing.number} {filing.get_form_display()}",
            url=reverse("intake:filing", args=[filing.pk]),
            since=filing.made_on,
            note=_("%(good)s 行可入库，%(failed)s 行有误")
            % {"good": good, "failed": filing.counts["failed"]},
        )
