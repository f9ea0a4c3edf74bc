"""No page loads anything from elsewhere, and no script or style stands in a page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from portal.doors import DOORS
from tests.cast import Cast, freshly_signed_in
from tests.walls.test_every_door import OPEN, made

ADDRESS_ATTRIBUTES = {"src", "href", "action", "formaction", "poster", "data", "srcset", "hx-get", "hx-post"}
OUTSIDE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//|^\s*(?:javascript|data|file|ftp):", re.IGNORECASE)
READABLE = [name for name in OPEN if DOORS[name].read is not None]


class Faults(HTMLParser):
    """What a page may not have: outside addresses, inline scripts, styles and handlers."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        for name, value in attrs:
            drawn_here = tag == "img" and (value or "").startswith("data:image/")
            if name in ADDRESS_ATTRIBUTES and OUTSIDE.match(value or "") and not drawn_here:
                self.found.append(f"<{tag} {name}={value}>")
            if name == "style" or name.startswith("on"):
                self.found.append(f"<{tag} {name}=…>")
        if tag == "style":
            self.found.append("<style>")

    def handle_data(self, text: str) -> None:
        if self._in_script and text.strip():
            self.found.append(f"<script>{text.strip()[:40]}")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False


def faults(page: str) -> list[str]:
    parser = Faults()
    parser.feed(page)
    return parser.found + re.findall(r"url\(\s*['\"]?(?:https?:)?//[^)]*\)", page)


@pytest.mark.django_db
@pytest.mark.parametrize("name", READABLE)
def test_no_page_reaches_outside(name: str, cast: Cast) -> None:
    address = reverse(name, kwargs=made(cast, name).parameters)
    for place, member in cast.everybody.items():
        response = freshly_signed_in(member).get(address)
        if response.get("Content-Type", "").startswith("text/html"):
            assert faults(response.content.decode()) == [], f"{place} {address}"
            assert "default-src 'self'" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    "page",
    [
        '<img src="https://elsewhere.example/a.png">',
        '<link href="//elsewhere.example/a.css">',
        "<script>alert(1)</script>",
        '<p style="color:red">',
        '<a onclick="x()">',
        "<style>p{background:url(http://elsewhere.example/a)}</style>",
        '<form action="http://elsewhere.example/">',
        '<a href="javascript:alert(1)">',
    ],
)
def test_the_check_sees_what_it_is_for(page: str) -> None:
    assert faults(page) != []


def test_the_check_lets_pass_what_is_our_own() -> None:
    assert faults('<a href="/claims/">x</a><script src="/static/js/zhirong.js" defer></script>') == []
