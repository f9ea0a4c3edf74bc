"""What no page may have: addresses of other places, and scripts or styles that stand in the page itself."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from django.http import HttpResponse

ADDRESS_ATTRIBUTES = {"src", "href", "action", "formaction", "poster", "data", "srcset", "hx-get", "hx-post"}
OUTSIDE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//|^\s*(?:javascript|data|file|ftp):", re.IGNORECASE)


# what a page has to have before a parser, which is a hundred times slower, could find a fault in it
SUSPICIOUS = re.compile(
    r"//|(?:javascript|data|file|ftp):|<style|[\s\"'/](?:style|on[a-z]*)[\s=>/]|<script[^>]*>(?!\s*</script)"
    r"|&(?:#(?!x27;|39;)|sol;|colon;|tab;|newline;)",
    re.IGNORECASE,
)


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
    if not SUSPICIOUS.search(page):
        return []
    parser = Faults()
    parser.feed(page)
    return parser.found + re.findall(r"url\(\s*['\"]?(?:https?:)?//[^)]*\)", page)


def faults_of(response: HttpResponse) -> list[str]:
    """The same for an answer; one that is no page has no faults, a page without our security policy has."""
    if not response.get("Content-Type", "").startswith("text/html"):
        return []
    policy = [] if "default-src 'self'" in response.get("Content-Security-Policy", "") else ["no policy"]
    return policy + faults(response.content.decode())
