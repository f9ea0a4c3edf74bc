"""The PDF itself: right fonts, right glyphs, nothing fetched, the same bytes twice. Read back with pypdf."""

import http.server
import io
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.template import engines
from django.utils import translation
from django.utils.dates import MONTHS
from pypdf import PdfReader

from kernel.documents import render
from kernel.documents.qr import qr_svg
from kernel.documents.rules import MOST_ROWS
from kernel.errors import Refused

RARE = "知融𠮷龘堃喆㙓鿏"
SPECIMEN = "pdf/specimen.html"


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_this_machine_renders_with_the_bundled_fonts() -> None:
    assert render.faults_of_this_machine() == []


def test_rare_characters_are_drawn_and_can_be_copied_out_of_the_pdf(caplog: pytest.LogCaptureFixture) -> None:
    pdf = render.render_pdf(SPECIMEN, {"line": f"{RARE} 𠮷 {RARE}"})
    assert RARE in text_of(pdf)
    assert ".notdef" not in caplog.text
    assert render.embedded_fonts(pdf) == {
        "Noto-Sans-SC",
        "Noto-Sans-SC-Bold",
        "Zhirong-Rare-SC",
        "Zhirong-Rare-SC-Bold",
    }


def test_a_character_that_no_bundled_font_draws_is_refused_by_name() -> None:
    with pytest.raises(Refused, match=r"U\+1F600"):
        render.render_pdf(SPECIMEN, {"line": "盈利😀"})


def test_a_document_is_chinese_whoever_pressed_the_button() -> None:
    with translation.override("en"):
        assert "一月" in text_of(render.render_pdf(SPECIMEN, {"line": MONTHS[1]}))


def test_a_list_too_long_for_paper_is_refused_before_the_machine_is_busy_with_it() -> None:
    table = {"columns": [("编号", False)], "rows": [["DK"]] * MOST_ROWS}
    with pytest.raises(Refused, match=rf"{MOST_ROWS + 1} 行.*工作簿"):
        render.render_pdf("pdf/sections.html", {"title": "附表", "sections": [{"table": table}]})


def test_the_bundled_fonts_draw_all_of_gb2312_and_the_basic_han_block() -> None:
    gb2312 = "".join(
        bytes([high, low]).decode("gb2312", "ignore")
        for high in range(0xA1, 0xF8)
        for low in range(0xA1, 0xFF)
    )
    # ▇-like box pieces and Greek stand in GB 2312 too; what officials write is its Han part and punctuation.
    han = [sign for sign in gb2312 if "\u4e00" <= sign <= "\u9fff"]
    assert len(han) == 6763
    assert {*map(ord, han), *range(0x4E00, 0x9FA6)} <= render.drawable_characters()


@pytest.mark.long
@pytest.mark.long
def test_the_same_input_gives_the_same_bytes_also_in_another_process() -> None:
    at = datetime(2026, 11, 20, 7, 40, tzinfo=UTC)
    here = render.render_pdf(SPECIMEN, {"line": RARE}, attachments=[("a.json", b"{}", "数据")], at=at)
    again = render.render_pdf(SPECIMEN, {"line": RARE}, attachments=[("a.json", b"{}", "数据")], at=at)
    program = (
        "import sys, django; django.setup()\n"
        "from datetime import UTC, datetime\n"
        "from kernel.documents import render\n"
        f"pdf = render.render_pdf({SPECIMEN!r}, {{'line': {RARE!r}}}, attachments=[('a.json', b'{{}}', '数据')],"
        " at=datetime(2026, 11, 20, 7, 40, tzinfo=UTC))\n"
        "sys.stdout.buffer.write(pdf)"
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, cwd=settings.BASE_DIR
    )
    assert here == again == elsewhere.stdout


def test_the_attached_file_comes_out_as_it_went_in_and_the_pdf_says_pdf_a_3() -> None:
    content = '{"分担":[{"承担方":"市级资金","金额":"370370.37"}]}'.encode()
    pdf = PdfReader(
        io.BytesIO(
            render.render_pdf(SPECIMEN, {"line": "附数据"}, attachments=[("proof.json", content, "数据")])
        )
    )
    assert pdf.attachments == {"proof.json": [content]}
    assert pdf.xmp_metadata is not None
    assert pdf.xmp_metadata.pdfaid_part == "3"
    assert pdf.xmp_metadata.pdfaid_conformance == "B"


def test_every_page_carries_its_number_of_pages_the_serial_and_the_code() -> None:
    section = {"heading": "说明", "paragraphs": ["所附数据可供逐步复核。" * 40] * 12}
    facts = {
        "title": "核算书",
        "serial": "ZR-20261120-000001",
        "printed_code": "ABCD-EFGH-JKMN-2345",
        "sections": [section],
    }
    pages = [
        page.extract_text()
        for page in PdfReader(io.BytesIO(render.render_pdf("pdf/sections.html", facts))).pages
    ]
    assert len(pages) > 2
    for number, text in enumerate(pages, start=1):
        assert f"第 {number} 页 共 {len(pages)} 页" in text
        assert "ZR-20261120-000001" in text
        assert "ABCD-EFGH-JKMN-2345" in text


def test_a_qr_code_is_drawn_without_style_rules_so_that_a_page_may_show_it_too() -> None:
    code = qr_svg("https://example.invalid/verify/ABCDEFGHJKMN2345")
    assert code.startswith("<svg")
    assert "style=" not in code


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """An HTTP server of our own on this machine that writes down who asks."""
    asked: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.mark.parametrize(
    "html",
    [
        '<img src="{canary}/picture.png">',
        '<link rel="stylesheet" href="{canary}/style.css">',
        '<link rel="attachment" href="file://{secret}">',
        '<img src="file://{secret}">',
        '<p style="background: url({canary}/background.png)">字</p>',
        '<style>@import url("{canary}/import.css");</style>',
        '<style>@font-face {{ font-family: x; src: url("{canary}/font.ttf") }}</style><p style="font-family: x">字</p>',
        '<svg width="9" height="9"><image href="{canary}/in.svg" width="9" height="9"/></svg>',
        '<object data="{canary}/object.svg" type="image/svg+xml"></object>',
        '<img src="data:image/svg+xml,%3Csvg/%3E">',
        '<img src="asset:/../../config/settings.py">',
        '<img src="asset:/fonts/../document.css">',
        '<embed src="{canary}/embed">',
        '<base href="{canary}/"><img src="relative.png">',
    ],
)
def test_a_template_that_asks_for_anything_else_is_stopped_and_nothing_is_fetched(
    html: str, canary: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, asked = canary
    secret = tmp_path / "secret.txt"
    secret.write_text("本机文件")
    page = engines["django"].from_string(html.format(canary=address, secret=secret))
    monkeypatch.setattr(render, "get_template", lambda _name: page)
    with pytest.raises(render.NothingFromOutside):
        render.render_pdf("hostile.html", {})
    assert asked == []


def test_hostile_values_are_printed_as_text_and_fetch_nothing(canary: tuple[str, list[str]]) -> None:
    address, asked = canary
    hostile = (
        f'</p><img src="{address}/x.png"><link rel=attachment href="file:///etc/hostname"><script>1</script>'
    )
    pdf = render.render_pdf(SPECIMEN, {"line": hostile, "title": hostile, "serial": hostile})
    assert asked == []
    assert not PdfReader(io.BytesIO(pdf)).attachments
    assert "<script>" in text_of(pdf).replace("\n", "")


def test_the_version_of_a_document_changes_with_its_looks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = render.template_version(SPECIMEN)
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "document.css").write_text("h1 { color: red }")
    monkeypatch.setattr(render, "HERE", tmp_path)
    assert render.template_version(SPECIMEN) != before
