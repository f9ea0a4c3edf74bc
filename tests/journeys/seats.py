"""A person at the browser: logs in as a seat of the cast, finds what the page offers by its words, complains of nothing.

    def test_a_bank_looks_at_its_limits(seats):
        maker = seats.log_in("a-maker")
        maker.page.goto(maker.address("pools:limits"))

What queues behind the pages is done by `seats.work()`, in this process and at once, so no test ever sleeps. When a test
fails, every page that is open is photographed into the folder ZHIRONG_SCREENSHOTS (default: the test's own folder).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from kernel.work import outbox
from tests.cast import PASSWORD, Cast

PATIENCE_MS = 30_000  # against a loaded machine; what is there already is not waited for


@dataclass
class Seat:
    """One person with a browser of his own (cookies and all) at a width."""

    context: BrowserContext
    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)

    def address(self, name: str, *arguments: Any) -> str:
        return self.origin + reverse(name, args=arguments)

    def goto(self, name: str, *arguments: Any) -> Page:
        self.page.goto(self.address(name, *arguments))
        return self.page

    def press(self, words: str) -> None:
        """Press the one button of these words; the page it leads to is loaded when this returns."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=words).click()

    def status_of(self, path: str) -> int:
        """What this person would get at a path, with his cookies, without leaving the page he is on."""
        answer = self.context.request.get(self.origin + path, max_redirects=0)
        return answer.status

    def takes(self, path: str) -> bytes:
        """The file behind a path of the page, as this person's browser would get it."""
        answer = self.context.request.get(self.origin + path)
        assert answer.status == 200, (path, answer.status)
        return answer.body()

    def shows(self, *words: str) -> None:
        for word in words:
            expect(self.page.locator("main")).to_contain_text(word)

    def fits(self) -> None:
        """Nothing sticks out sideways: the page is no wider than the screen."""
        width = self.page.viewport_size["width"]
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width, self.page.url

    def looked_at(self, name: str) -> None:
        """The page fits the screen; it is photographed if a folder is given to put the picture in."""
        self.fits()
        folder = os.environ.get("ZHIRONG_SCREENSHOTS")
        if folder:
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


class Seats:
    """Everybody who sits at a browser in one journey."""

    def __init__(self, browser: Browser, origin: str, cast: Cast) -> None:
        expect.set_options(timeout=PATIENCE_MS)
        self.browser, self.origin, self.cast = browser, origin, cast
        self.seated: list[Seat] = []
        self.at_work: dict[tuple[str, int], Seat] = {}
        self.asked_outside: list[str] = []

    def sit_down(self, width: int = 1280) -> Seat:
        """A browser that nobody has logged in with. It is listened to and not routed: routing would switch its cache off."""
        context = self.browser.new_context(
            locale="zh-CN", viewport={"width": width, "height": 900}, accept_downloads=True
        )
        context.set_default_timeout(PATIENCE_MS)
        seat = Seat(context, context.new_page(), self.origin)
        context.on("request", lambda request: self._of_this_host(request.url))
        seat.page.on("pageerror", lambda error: seat.complaints.append(str(error)))
        seat.page.on("response", lambda response: self._no_fault(seat, response))
        seat.page.on(
            "console",
            lambda line: seat.complaints.append(line.text) if "Content Security" in line.text else None,
        )
        seat.page.on("dialog", lambda dialog: dialog.accept())
        self.seated.append(seat)
        return seat

    def log_in(self, username: str, width: int = 1280) -> Seat:
        """By the log-in page, with the password of the cast; who sits there already stays seated."""
        if (username, width) in self.at_work:
            return self.at_work[username, width]
        seat = self.at_work[username, width] = self.sit_down(width)
        seat.goto("account_login")
        seat.page.fill("input[name=login]", username)
        seat.page.fill("input[name=password]", PASSWORD)
        seat.press("登录")
        assert "/account/login/" not in seat.page.url, seat.page.locator("main").inner_text()
        return seat

    def approve_as(self, username: str, subject: str) -> Seat:
        """The second person finds the matter in the inbox and passes it."""
        second = self.log_in(username)
        second.goto("inbox")
        row = second.page.locator("main tr", has_text=re.compile(subject)).first
        row.get_by_role("link").first.click()
        second.page.wait_for_url("**/approvals/**")
        second.press("通过并执行")
        if "/reauthenticate/" in second.page.url:  # money moves: the password once more, then a second look
            second.page.fill("input[name=password]", PASSWORD)
            second.press("确认")
            second.press("通过并执行")
        return second

    @staticmethod
    def work() -> int:
        """What the worker would do now, done at once."""
        return outbox.drain()

    def _of_this_host(self, url: str) -> None:
        if urlsplit(url).scheme in ("http", "https", "ws", "wss") and not url.startswith(self.origin):
            self.asked_outside.append(url)

    @staticmethod
    def _no_fault(seat: Seat, response: Response) -> None:
        if response.status >= 500:
            seat.complaints.append(f"{response.status} {response.url}")

    def photograph(self, folder: Path, name: str) -> None:
        for number, seat in enumerate(self.seated, start=1):
            if not seat.page.is_closed():
                folder.mkdir(parents=True, exist_ok=True)
                seat.page.screenshot(path=folder / f"{name}-{number}.png", full_page=True)
