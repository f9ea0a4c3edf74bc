"""A business day that a test sets, and pages read as text."""

from __future__ import annotations

import datetime as dt
import html
import re
from types import SimpleNamespace
from typing import Any

import pytest

from kernel.days import BUSINESS_ZONE, clock
from kernel.work import approvals


class Today:
    """The business day for pages and signatures of a test; it stands until the test moves it."""

    def __init__(self, patch: pytest.MonkeyPatch, day: dt.date) -> None:
        self.day = day
        today = self

        class StandingClock(dt.datetime):
            @classmethod
            def now(cls, tz: dt.tzinfo | None = None) -> StandingClock:
                return cls.combine(today.day, dt.time(10), tzinfo=tz)

        patch.setattr(clock, "datetime", StandingClock)
        moment = SimpleNamespace(now=lambda: StandingClock.now(BUSINESS_ZONE))
        patch.setattr(approvals, "timezone", moment)


def shown(response: Any) -> str:
    """The page's words: tags gone, one space between them."""
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", html.unescape(text))
