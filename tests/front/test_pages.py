"""The ground of all pages: nothing from the network, nothing inline, and what is vendored is what is listed."""

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory

from tests.front.specimen import styleguide_context

TEMPLATES = Path(settings.BASE_DIR) / "templates"
STATIC = Path(settings.BASE_DIR) / "static"
PAGES = [path.relative_to(TEMPLATES).as_posix() for path in sorted(TEMPLATES.rglob("*.html"))]
LOADING = {"src", "srcset", "data", "poster", "action", "formaction", "background"}
VOID = {"meta", "link", "img", "input", "br", "hr", "source", "path", "rect"}


class Findings(HTMLParser):
    """Faults of a rendered page: inline style or script, addresses elsewhere, repeated ids, unbalanced tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.ids: set[str] = set()
        self.open: list[str] = []
        self.feed(html)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "style" or (tag == "script" and not dict(attrs).get("src")):
            self.faults.append(f"inline <{tag}>")
        for name, text in attrs:
            if name == "style" or name.startswith("on"):
                self.faults.append(f"inline {name} on <{tag}>")
            if (name in LOADING or (name == "href" and tag == "link")) and re.match(
                r"(?i)\w+:|//", text or ""
            ):
                self.faults.append(f"<{tag} {name}> loads {text}")
            if name == "id" and text in self.ids:
                self.faults.append(f"the id {text} stands twice")
            if name == "id":
                self.ids.add(text or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self.open[-1:]}")
        else:
            self.open.pop()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()


def styleguide() -> str:
    request = RequestFactory().get("/styleguide/")
    return render_to_string("portal/styleguide.html", styleguide_context(), request=request)


@pytest.mark.parametrize("name", PAGES)
def test_every_template_can_be_read(name: str) -> None:
    assert get_template(name).template.source.strip()


@pytest.mark.parametrize("name", [name for name in PAGES if not name.startswith("pdf/")])
def test_no_template_holds_an_inline_style_or_script_or_a_foreign_address(name: str) -> None:
    source = (TEMPLATES / name).read_text()
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:|\|safe\b", source)
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", source)


def test_the_style_guide_shows_every_component_without_a_fault() -> None:
    html = styleguide()
    assert Findings(html).faults == []
    for marker in (
        "zr-stat",
        "zr-stepper",
        "zr-drop",
        "zr-problems",
        "zr-timeline",
        "zr-meter",
        "zr-empty",
        "zr-chart",
    ):
        assert marker in html


@pytest.mark.parametrize("name", ["400.html", "403.html", "404.html", "500.html", "403_csrf.html"])
def test_an_error_page_stands_without_any_context_and_leads_home(name: str) -> None:
    html = render_to_string(name)
    assert Findings(html).faults == []
    assert 'href="/"' in html


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/account/login/", "/account/inactive/"])
def test_the_pages_before_log_in_are_ours_and_chinese(client, address: str) -> None:
    answer = client.get(address)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert Findings(html).faults == []
    assert 'lang="zh-hans"' in html
    assert "知融" in html
    assert not re.search(r"Sign In|Password:|Username:", html)


def test_everything_the_pages_load_is_in_this_checkout() -> None:
    wanted = set(re.findall(r'(?:src|href)="/static/([^"]+)"', styleguide() + render_to_string("500.html")))
    assert len(wanted) >= 5
    assert [name for name in wanted if finders.find(name) is None] == []


def test_the_style_sheet_loads_only_what_stands_beside_it() -> None:
    css = STATIC / "css" / "zhirong.css"
    wanted = re.findall(r'url\("?([^")]+)', css.read_text())
    assert wanted
    assert [name for name in wanted if not (css.parent / name).resolve().is_file()] == []


def test_what_is_vendored_is_byte_for_byte_what_is_listed_with_its_licence() -> None:
    listed = {}
    for line in (STATIC / "vendor" / "README.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 6 and re.fullmatch(r"[0-9a-f]{64}", cells[5]):
            listed[cells[0]] = cells[5]
            assert (STATIC / cells[3]).is_file()
    there = [
        path
        for folder in ("vendor", "fonts")
        for path in (STATIC / folder).rglob("*")
        if path.suffix in {".css", ".js", ".ttf", ".otf"}
    ]
    assert listed == {
        path.relative_to(STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in there
    }


def test_fonts_are_never_woff2_because_each_pdf_would_take_ten_seconds_more() -> None:
    assert not list(STATIC.rglob("*.woff*"))
