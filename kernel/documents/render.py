"""A template and its context in, the bytes of a PDF out. The same input gives the same bytes.

Nothing is ever fetched: the only addresses a template may use are the `asset:` ones of ASSETS. A sign that no bundled
font can draw is refused before rendering, since the engine would print an empty box and say nothing. Long lists belong in
a workbook, and rendering belongs in a worker: a page takes about a third of a second.
"""

from __future__ import annotations

import ctypes
import hashlib
import re
import threading
import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import weasyprint
from django.template.loader import get_template
from django.utils import translation
from fontTools.ttLib import TTFont
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from kernel.documents.rules import require_glyphs, require_printable_length
from kernel.documents.seals import FIELD_NAMES_BEGIN, seal_places, with_empty_fields

HERE = Path(__file__).resolve().parent
FONTS = HERE.parent.parent / "static" / "fonts"
FONT_FILES = (
    "NotoSansSC-Regular.ttf",
    "NotoSansSC-Bold.ttf",
    "ZhirongRareSC-Regular.otf",
    "ZhirongRareSC-Bold.otf",
)
ASSETS: Mapping[str, tuple[Path, str]] = {
    "asset:/document.css": (HERE / "assets" / "document.css", "text/css"),
    **{f"asset:/fonts/{name}": (FONTS / name, f"font/{name[-3:]}") for name in FONT_FILES},
}
LANGUAGE = "zh-hans"
AS_AN_ARCHIVE_KEEPS_IT = {"pdf_variant": "pdf/a-3b", "pdf_tags": True}
UNDATED = datetime(2000, 1, 1, tzinfo=UTC)
_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class Attached:
    """A file inside the PDF: its name, bytes and what it is."""

    name: str
    content: bytes
    description: str


class NothingFromOutside(FatalURLFetchingError):
    """A template asked for an address that is not one of the bundled assets: a programmer's error, it stops everything."""


class BundledAssetsOnly(URLFetcher):
    """Answers the addresses of ASSETS from this checkout and refuses every other, whatever its scheme.

    What it refused is remembered, because the engine swallows even a fatal error raised inside an SVG.
    """

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        if url not in ASSETS:
            self.refused.append(url)
            raise NothingFromOutside(f"a document may not load {url!r}")
        path, media_type = ASSETS[url]
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": media_type})


def render_pdf(
    template: str,
    context: Mapping[str, Any],
    *,
    attachments: Sequence[Attached | tuple[str, bytes, str]] = (),
    at: datetime = UNDATED,
) -> bytes:
    """The PDF (PDF/A-3b, tagged) of a template under templates/pdf/, with files attached inside it.

    Boxes for seals whose id begins with `seal_` become empty signature fields of that name (kernel.documents.seals).

    `at` is the moment written into the file's own dates; it is input, so that the bytes follow from the input alone.
    Refused: a sign that the bundled fonts cannot draw; tables of more than rules.MOST_ROWS rows.
    """
    with translation.override(LANGUAGE):  # a document does not depend on who pressed the button
        html = get_template(template).render({**context, "rendered_at": at})
    require_glyphs(drawn_text(html), drawable_characters())
    require_printable_length(html.count("<tr"))
    moment = at.astimezone(UTC).replace(tzinfo=None)
    files = [file if isinstance(file, Attached) else Attached(*file) for file in attachments]
    assert all(file.name.isascii() for file in files), (
        "names of attached files are ASCII: old readers show no other"
    )
    fetcher = BundledAssetsOnly()
    page = weasyprint.HTML(string=html, base_url="asset:/", url_fetcher=fetcher)
    # Pango and the shared font configuration are not made for two threads. The engine (70.0) leaves its colour profile
    # open until collected, which Python warns of.
    with _one_at_a_time, warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=ResourceWarning, message="unclosed file .*sRGB2014")
        laid_out = page.render(font_config=_fonts(), **AS_AN_ARCHIVE_KEEPS_IT)
        pdf = laid_out.write_pdf(
            pdf_identifier=hashlib.sha256(html.encode()).digest()[:16],
            attachments=[_inside(file, moment, fetcher) for file in files],
            **AS_AN_ARCHIVE_KEEPS_IT,
        )
    if fetcher.refused:
        raise NothingFromOutside(f"a document may not load {fetcher.refused}")
    places = seal_places(laid_out)
    assert len(places) == html.count(f'id="{FIELD_NAMES_BEGIN}'), (
        f"a seal's name was lost or used twice: {places}"
    )
    return with_empty_fields(bytes(pdf), places)


def _inside(file: Attached, moment: datetime, fetcher: BundledAssetsOnly) -> weasyprint.Attachment:
    return weasyprint.Attachment(
        string=file.content,
        base_url="asset:/",
        url_fetcher=fetcher,
        name=file.name,
        description=file.description,
        created=moment,
        modified=moment,
        relationship="Data",
    )


def template_version(template: str) -> str:
    """What made the document: the template's name, a digest over it and all it may build on, and the engine's version.

    The digest runs over every file beside the base page too, so it changes whenever the document's looks could have.
    """
    folder = Path(_origin("pdf/base.html")).parent
    files = sorted({Path(_origin(template)), *folder.glob("*.html"), HERE / "assets" / "document.css"})
    digest = hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files))
    return f"{template}@{digest.hexdigest()[:12]} weasyprint {weasyprint.__version__}"


def _origin(template: str) -> str:
    return str(get_template(template).origin.name)  # type: ignore[attr-defined]


@cache
def drawable_characters() -> frozenset[int]:
    """Code points that the bundled fonts can draw in both weights, the Noto pair or else the rare pair."""
    regular, bold, rare, rare_bold = map(_characters_of, FONT_FILES)
    return (regular & bold) | (rare & rare_bold)


def _characters_of(font_file: str) -> frozenset[int]:
    with TTFont(FONTS / font_file, lazy=True) as font:
        return frozenset(font.getBestCmap())


def drawn_text(html: str) -> str:
    """All text of an HTML page that is drawn: neither style nor script nor comment."""
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    return "".join(reader.pieces)


class _TextReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"style", "script"}

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


def faults_of_this_machine() -> list[str]:
    """What would make documents wrong or slow here, in Chinese sentences with the remedy; empty when all is well.

    One line with a rare sign is really rendered, and the fonts inside the PDF are looked at: a missing font shows as
    empty boxes with no error anywhere.
    """
    faults = []
    try:
        ctypes.CDLL("libharfbuzz-subset.so.0")
    except OSError:
        faults.append("缺少 libharfbuzz-subset：每份文书要十几秒。请安装 libharfbuzz-subset0")
    absent = [name for name in FONT_FILES if not (FONTS / name).is_file()]
    if absent:
        return [*faults, f"缺少随附字体 {'、'.join(absent)}：请检出完整的 static/fonts 目录"]
    pdf = render_pdf("pdf/specimen.html", {"line": "知融 Zhirong 人民币壹元整 𠮷"})
    fonts = embedded_fonts(pdf)
    for family in ("Noto-Sans-SC", "Zhirong-Rare-SC"):
        if not any(family in font for font in fonts):
            faults.append(f"试印的 PDF 未使用随附字体 {family}，实际为 {'、'.join(sorted(fonts)) or '无'}")
    return faults


def embedded_fonts(pdf: bytes) -> frozenset[str]:
    """Base names of the fonts inside a PDF of ours, without the subset's tag."""
    named = re.compile(rb"/BaseFont\s*/([^\s/<>\[\]()]+)")
    return frozenset(
        name.decode("ascii", "replace").split("+")[-1]
        for piece in (pdf, *_inflated_streams(pdf))
        for name in named.findall(piece)
    )


def _inflated_streams(pdf: bytes) -> Iterator[bytes]:
    """The streams of a PDF unpacked; dictionaries, too, stand packed in one of them. Others than deflated are left out."""
    for found in re.finditer(rb"stream\r?\n", pdf):
        try:
            yield zlib.decompressobj().decompress(pdf[found.end() :])
        except zlib.error:
            continue
