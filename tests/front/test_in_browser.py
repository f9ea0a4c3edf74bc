"""The style guide in a real Chromium under the product's own content security policy, at a desk's and at a phone's width.

Pages come from the templates and files from static/, handed over by the browser's router: no server, no database.
"""

import mimetypes
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import Browser, Page, Route

from config.middleware import POLICY
from tests.front.specimen import styleguide_context

ORIGIN = "http://zhirong.test"
FORM = (
    '<form method="post" action="/sent"><input type="hidden" name="a" value="b">'
    '<button id="send" type="submit">提交</button></form></main>'
)
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def guide() -> str:
    request = RequestFactory().get("/")
    return render_to_string("portal/styleguide.html", styleguide_context(), request=request).replace(
        "</main>", FORM
    )


class Visit:
    """One page opened at a width, with what the browser complained of and where it wanted to go."""

    def __init__(self, browser: Browser, html: str, width: int) -> None:
        self.html = html
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.sent = 0
        self.page: Page = browser.new_page(viewport={"width": width, "height": 800})
        self.page.route("**/*", self.answer)
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(ORIGIN + "/")

    def answer(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        file = Path(settings.BASE_DIR) / address.path.lstrip("/")
        if f"{address.scheme}://{address.netloc}" != ORIGIN:
            self.elsewhere.append(route.request.url)
            route.abort()
        elif address.path == "/sent":
            self.sent += 1  # never answered: the page stays, as behind a slow network
        elif address.path.startswith("/static/") and file.is_file():
            route.fulfill(
                body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0] or "font/ttf"
            )
        else:
            headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html; charset=utf-8"}
            route.fulfill(body=self.html, headers=headers)


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_is_blocked_nothing_is_fetched_elsewhere_and_nothing_sticks_out(
    browser: Browser, guide: str, width: int
) -> None:
    visit = Visit(browser, guide, width)
    assert visit.complaints == []
    assert visit.elsewhere == []
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.page.locator("main h1").inner_text() == "池况"
    visit.page.close()


def test_an_injected_script_or_style_would_be_stopped_by_the_policy(browser: Browser, guide: str) -> None:
    """The control: the test above can fail."""
    visit = Visit(
        browser,
        guide.replace("</main>", "<p style='color:red' onclick='1'>x</p><script>1</script></main>"),
        1280,
    )
    assert any("Content Security Policy" in complaint for complaint in visit.complaints)
    visit.page.close()


def test_on_a_phone_the_menu_opens_by_its_button_and_on_a_desk_it_stands(
    browser: Browser, guide: str
) -> None:
    phone, desk = Visit(browser, guide, 390), Visit(browser, guide, 1280)
    entry = phone.page.get_by_role("link", name="追偿回款")
    assert not entry.is_visible()
    phone.page.get_by_role("button", name="打开菜单").click()
    entry.wait_for(state="visible")
    assert desk.page.get_by_role("link", name="追偿回款").is_visible()
    assert phone.complaints == desk.complaints == []
    phone.page.close()
    desk.page.close()


def test_a_chosen_file_is_named_with_its_size(browser: Browser, guide: str) -> None:
    visit = Visit(browser, guide, 1280)
    visit.page.set_input_files(
        "input[name=workbook]",
        {"name": "贷款备案.xlsx", "mimeType": "application/zip", "buffer": b"x" * 2048},
    )
    assert visit.page.locator("[data-drop-name]").inner_text() == "贷款备案.xlsx（2 KB）"
    visit.page.close()


def test_a_double_click_sends_a_form_once(browser: Browser, guide: str) -> None:
    visit = Visit(browser, guide, 1280)
    visit.page.locator("#send").dblclick(no_wait_after=True)
    visit.page.wait_for_timeout(300)
    assert visit.sent == 1
    visit.page.close()
