"""What waits in this room: disputes and requests for a person's look, at the house that made the score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.work.turns import Turn, tells_turns
from valuation.scores.queries import voices

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from kernel.days import WorkingCalendar


@tells_turns("scores")
def turns(*, viewer: Any, on: dt.date, calendar: WorkingCalendar) -> Iterator[Turn]:
    """What a bank's seat has to answer, the oldest first."""
    if viewer.organisation.kind != "bank":
        return
    for one in voices.disputes(viewer=viewer).filter(answer__isnull=True):
        yield Turn(
            _("答复数据异议"), one.score.enterprise.name, reverse("scores:score", args=[one.score_id]), one.made_on
        )  # fmt: skip
    for asked in voices.reviews(viewer=viewer).filter(answer__isnull=True):
        yield Turn(
            _("人工复核评分"), asked.score.enterprise.name, reverse("scores:score", args=[asked.score_id]), asked.made_on
        )  # fmt: skip
