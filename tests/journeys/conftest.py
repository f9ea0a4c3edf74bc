"""Fixtures of the journeys; what a seat can do stands in seats.py, which needs Django to be ready."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser

if TYPE_CHECKING:
    from tests.cast import Cast
    from tests.journeys.seats import Seats


@pytest.fixture
def on_the_day(monkeypatch: pytest.MonkeyPatch) -> dt.date:
    """The business day is the day on which the tests' books stand, for pages and workers of this process."""
    from kernel.days import BUSINESS_ZONE, clock
    from kernel.work import approvals
    from tests.books import TODAY

    class StandingClock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> StandingClock:
            return cls.combine(TODAY, dt.time(10), tzinfo=tz)

    moment = SimpleNamespace(now=lambda: StandingClock.now(BUSINESS_ZONE))
    monkeypatch.setattr(clock, "datetime", StandingClock)
    monkeypatch.setattr(approvals, "timezone", moment)  # what is signed is dated by the day of the decision
    return TODAY


@pytest.fixture
def seats(
    request: pytest.FixtureRequest,
    browser: Browser,
    live_server: Any,
    cast: Cast,
    on_the_day: dt.date,
    tmp_path: Path,
) -> Iterator[Seats]:
    """Browsers at the live server; afterwards nobody may have asked for anything outside or met a fault."""
    from tests.journeys.seats import Seats

    everybody = Seats(browser, live_server.url, cast)
    yield everybody
    if getattr(request.node, "failed", False):
        folder = Path(os.environ.get("ZHIRONG_SCREENSHOTS") or tmp_path)
        everybody.photograph(folder, request.node.name)
    complaints = [
        f"{seat.page.url}: {complaint}" for seat in everybody.seated for complaint in seat.complaints
    ]
    for seat in everybody.seated:
        seat.context.close()
    assert everybody.asked_outside == []
    assert complaints == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Let the fixture above know that the test has failed."""
    report = yield
    if call.when == "call" and report.failed:
        item.failed = True
    return report
