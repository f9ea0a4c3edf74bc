"""Every page that any seat can open fits a phone of 390 px, in Chinese and in English, in a real Chromium.

The pages are those that the seats' own links lead to, from the home page on, with objects in every state behind
them. They are answered by the product inside the test's transaction and handed to the browser by its router: no server.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import resolve, reverse
from playwright.sync_api import Browser, Page, Route

from config.middleware import POLICY
from finance.intake import actions as intake
from finance.parties.models import Membership
from kernel.work import approvals, outbox
from riskpool.pools import actions as pools
from riskpool.pools.models import PoolSeat
from tests.cast import Cast, freshly_signed_in
from tests.intake.workbooks import few
from tests.subsidies import ground as subsidies
from tests.walls.objects_of_the_bank import ON, a_loan_of_bank_a
from tests.walls.test_inbox import busy_house

ORIGIN = "http://zhirong.test"
WIDTH = 390
OBJECTS_OF_A_KIND = 1  # of one address as many are looked at for each kind of house, in both languages
LINK = re.compile(r'<a [^>]*?href="(/[^"#]*)"')
# answers that are files, and the log-in's own pages, which are looked at once (they are everybody's)
NO_PAGES = {
    *("document", "intake:original", "intake:marked", "intake:loan_template", "intake:return_template"),
    *("claims:proof", "claims:paper", "claims:working"),
    *("subsidies:paper", "subsidies:working", "subsidies:payment_csv", "subsidies:results_csv"),
}
STYLE = re.compile(r'<link rel="stylesheet" href="([^"]+)"')
PUT_IN = """async shown => {
    const page = new DOMParser().parseFromString(shown, "text/html");
    document.documentElement.lang = page.documentElement.lang;
    for (const one of [...document.body.attributes]) document.body.removeAttribute(one.name);
    for (const one of page.body.attributes) document.body.setAttribute(one.name, one.value);
    document.body.innerHTML = page.body.innerHTML;
    await document.fonts.ready;
}"""
WIDEST = """() => {
    if (document.documentElement.scrollWidth <= innerWidth) return null;
    const wide = [...document.querySelectorAll("main *, header *, footer *")]
        .filter(one => one.getBoundingClientRect().right > innerWidth + 0.5);
    const one = wide[wide.length - 1] || document.body;
    return `${document.documentElement.scrollWidth} px: <${one.tagName.toLowerCase()} class="${one.className}"> `
        + one.textContent.trim().slice(0, 40);
}"""
pytestmark = [pytest.mark.browser, pytest.mark.django_db]


def full_house(cast: Cast) -> None:
    """Filings in every state, loans in and out of the pool, claims filed, accepted, asked for and paid, approvals of each
    kind that the pages can ask for."""
    books = busy_house(cast)
    for house in (cast.fund_manager, cast.auditor):
        seat = PoolSeat.Seat.AUDITOR if house is cast.auditor else PoolSeat.Seat.MANAGER
        pools.give_seat(
            by=cast.district_bureau.officer, pool=books.pool, organisation=house.organisation, seat=seat
        )
    books.set_limit("pool_year_payout", 2_000_000_00, year=2026)
    a_loan_of_bank_a(cast)
    filing = intake.receive(
        by=cast.bank_a.maker, form="loans", name="备案.xlsx", content=few(without={8}), on=ON
    )
    outbox.drain()
    asked = intake.choose_and_submit(by=cast.bank_a.maker, filing_id=filing.pk, choice="good_rows")
    approvals.approve(by=cast.bank_a.checker, approval_id=asked.pk)
    outbox.drain()
    changed = few({(3, "贷款用途"): "研发投入"})
    waiting = intake.receive(by=cast.bank_a.maker, form="loans", name="变更.xlsx", content=changed, on=ON)
    outbox.drain()
    intake.choose_and_submit(by=cast.bank_a.maker, filing_id=waiting.pk, choice="good_rows")
    intake.receive(by=cast.bank_a.maker, form="loans", name="坏.csv", content="甲,乙\n1,2\n".encode(), on=ON)
    outbox.drain()
    subsidies.in_every_state(cast)


def pages_of(client: Client, starts: list[str], counted: dict[str, int]) -> Iterator[tuple[str, str, str]]:
    """(URL name, address, page) of what links lead to, from these on: of each name only some objects. No link is dead.

    `counted` are the pages that others of the same kind of house have opened.
    """
    seen: set[str] = set()
    ahead = deque(starts)
    while ahead:
        address = ahead.popleft()
        name = resolve(urlsplit(address).path).view_name
        enough = address not in starts and counted.get(name, 0) >= OBJECTS_OF_A_KIND
        if address in seen or name in NO_PAGES or enough:
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code in (200, 302), f"a link leads to {address}: {answer.status_code}"
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            continue
        counted[name] = counted.get(name, 0) + 1
        shown = answer.content.decode()
        yield name, address, shown
        ahead.extend(link.replace("&amp;", "&") for link in LINK.findall(shown))


class Phone:
    """A browser of 390 px that is handed what a client was answered.

    The product answers outside of the router: inside it runs Playwright's loop, where Django would open connections that do
    not see the test's transaction.
    """

    def __init__(self, browser: Browser) -> None:
        self.html, self.style = "", ["nothing is loaded yet"]
        self.page: Page = browser.new_page(viewport={"width": WIDTH, "height": 844})
        self.page.set_default_timeout(0)  # a busy machine is no fault
        self.page.route("**/*", self.answer)

    def answer(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        found = finders.find(address.path.removeprefix("/static/")) if "/static/" in address.path else None
        if found and not found.endswith(".js"):  # how wide a page is hangs on its style alone
            route.fulfill(path=found)
        elif route.request.is_navigation_request():
            headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": POLICY}
            route.fulfill(body=self.html, headers=headers)
        else:
            route.abort()  # what the page would ask for again while it waits

    def sticks_out(self, shown: str) -> str | None:
        """What is wider than the phone on a page: the widest element's name and class, for whoever has to mend it.

        A page with the style of the one before takes its body's place: style and fonts (twenty megabytes) are read once.
        What is put in is parsed under the page's own policy, as if it had been loaded.
        """
        style = STYLE.findall(shown)
        if style == self.style:
            self.page.evaluate(PUT_IN, shown)
        else:
            self.html, self.style = shown, style
            self.page.goto(ORIGIN, wait_until="load")
        return self.page.evaluate(WIDEST)


def seats(cast: Cast) -> dict[str, Membership]:
    """One member of each seat and house whose pages differ."""
    return {place: who for place, who in cast.everybody.items() if not place.startswith(("bank_b", "city"))}


@pytest.mark.long
@pytest.mark.by_hand
def test_no_page_of_any_seat_is_wider_than_a_phone(browser: Browser, cast: Cast) -> None:
    full_house(cast)
    phone, wrong, looked = Phone(browser), [], set()
    counted: dict[str, dict[str, int]] = {}
    starts = [reverse("home"), reverse("inbox"), reverse("memberships")]
    for place, member in seats(cast).items():
        kind, client = member.organisation.kind, freshly_signed_in(member)
        for name, address, shown in list(pages_of(client, starts, counted.setdefault(kind, {}))):
            pages = {"zh-hans": shown}
            if (kind, name) not in looked:
                client.cookies["django_language"] = "en"
                pages["en"] = client.get(address).content.decode()
                client.cookies["django_language"] = "zh-hans"
            looked.add((kind, name))
            for language, page in pages.items():
                if fault := phone.sticks_out(page):
                    wrong.append(f"{place} {language} {address}: {fault}")
    phone.page.close()
    assert wrong == []
    assert len({name for _, name in looked}) >= 25, sorted(looked)  # the links lead everywhere


def test_the_pages_before_the_log_in_fit_a_phone(browser: Browser, cast: Cast) -> None:
    phone = Phone(browser)
    wrong = []
    for language in ("zh-hans", "en"):
        client = Client()
        client.cookies["django_language"] = language
        for name in ("home", "verify_document", "account_login"):
            if fault := phone.sticks_out(client.get(reverse(name)).content.decode()):
                wrong.append(f"{language} {name}: {fault}")
    phone.page.close()
    assert wrong == []


def test_a_page_that_is_too_wide_is_found(browser: Browser, cast: Cast) -> None:
    """The control: the tests above can fail."""
    phone = Phone(browser)
    assert (
        phone.sticks_out("<main><p style='width:600px'>x</p></main>") or ""
    ) == ""  # our policy allows no style
    wide = f"<main><pre>{'x' * 200}</pre></main>"
    assert (phone.sticks_out(wide) or "").startswith("1")  # some 1,500 px
    assert phone.sticks_out("<main><p>x</p></main>") is None, "a wide page leaves nothing behind"
    phone.page.close()
