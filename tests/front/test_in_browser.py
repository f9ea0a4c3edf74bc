"""The style guide in a real Chromium under the product's own content security policy, at a desk's and at a phone's width.

Pages come from the templates and files from static/, handed over by a small server of these tests: no database.
"""

import contextlib
import http.server
import mimetypes
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import Browser, Page, Route

from config.middleware import POLICY
from tests.front.specimen import styleguide_context

ORIGIN: list[str] = []  # of the server below, once it stands
FORM = (
    '<form method="post" action="/sent"><input type="hidden" name="a" value="b">'
    '<button id="send" type="submit">提交</button></form></main>'
)
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def guide(origin: str) -> str:
    request = RequestFactory().get("/")
    return render_to_string("portal/styleguide.html", styleguide_context(), request=request).replace(
        "</main>", FORM
    )


class Handing(http.server.BaseHTTPRequestHandler):
    """Hands over the guide and the product's static files; what is sent to /sent is counted and never answered."""

    guide, sent, ended = "", 0, threading.Event()

    def do_GET(self) -> None:
        file = Path(settings.BASE_DIR) / urlsplit(self.path).path.lstrip("/")
        if self.path.startswith("/static/") and file.is_file():
            self._answer(
                file.read_bytes(), {"Content-Type": mimetypes.guess_type(file.name)[0] or "font/ttf"}
            )
        else:
            headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html; charset=utf-8"}
            self._answer(type(self).guide.encode(), headers)

    def do_POST(self) -> None:
        type(self).sent += 1
        self.ended.wait()  # the page stays, as behind a slow network

    def _answer(self, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # a page that was closed meanwhile
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """A server of our own: ten megabytes of font go faster through a socket than through the browser's router."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handing) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ORIGIN[:] = [f"http://127.0.0.1:{server.server_port}"]
        yield ORIGIN[0]
        Handing.ended.set()
        server.shutdown()


class Visit:
    """One page opened at a width, with what the browser complained of and where it wanted to go."""

    def __init__(self, browser: Browser, html: str, width: int) -> None:
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        Handing.guide, Handing.sent = html, 0
        self.page: Page = browser.new_page(viewport={"width": width, "height": 800})
        self.page.route(lambda address: not address.startswith(ORIGIN[0]), self.refuse)
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(ORIGIN[0] + "/")

    @property
    def sent(self) -> int:
        return Handing.sent

    def refuse(self, route: Route) -> None:
        self.elsewhere.append(route.request.url)
        route.abort()


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


def test_every_chinese_character_is_drawn_where_the_visitor_has_no_chinese_font(
    browser: Browser, guide: str
) -> None:
    """Behind a Latin font Chromium keeps the boxes it drew before our font came; what draws them is asked of the browser."""
    visit = Visit(browser, guide, 1280)
    page = visit.page
    page.evaluate("document.fonts.ready.then(() => true)")
    page.wait_for_timeout(500)  # the page is drawn anew with them
    page.evaluate("""() => {
        const han = /[\\u4e00-\\u9fff]/g;
        for (const one of document.body.querySelectorAll("*")) {
            const own = [...one.childNodes].filter(node => node.nodeType === 3).map(node => node.data).join("");
            const many = (own.match(han) || []).length;
            if (many && one.checkVisibility() && one.tagName !== "OPTION") one.dataset.han = many;
        }
    }""")
    browser_side = page.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        browser_side.send(f"{domain}.enable")
    root = browser_side.send("DOM.getDocument")["root"]["nodeId"]
    told = browser_side.send("DOM.querySelectorAll", {"nodeId": root, "selector": "[data-han]"})["nodeIds"]
    assert len(told) > 50
    boxes = {}
    for node in told:
        fonts = browser_side.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        attributes = browser_side.send("DOM.getAttributes", {"nodeId": node})["attributes"]
        wanted = int(attributes[attributes.index("data-han") + 1])
        drawn = sum(font["glyphCount"] for font in fonts if font["isCustomFont"])
        if drawn < wanted:
            boxes[browser_side.send("DOM.getOuterHTML", {"nodeId": node})["outerHTML"][:200]] = drawn
    assert boxes == {}
    page.close()
