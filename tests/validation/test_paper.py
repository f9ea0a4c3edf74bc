"""The report on paper, laid out by the engine: its pages are full, its pictures are named and stand by their tables."""

from __future__ import annotations

import pytest
import weasyprint
from django.template.loader import get_template
from django.utils import translation

from kernel.documents.render import BundledAssetsOnly, _fonts
from valuation.validation.page import pieces
from valuation.validation.sections import sections

FULL = 0.55
"""So far down its frame a page is filled at least; a picture or a whole table that does not fit leaves the rest empty."""


@pytest.fixture(scope="module")
def told(report, method):
    with translation.override("zh-hans"):
        return [(part.plain(), pieces(part, part.plain()["tables"])) for part in sections(report, method)]


@pytest.fixture(scope="module")
def pages(told):
    content = {
        "institution": "甲银行", "version": "ip-pledge@2026", "begins": "2024-01-01", "ends": "2025-12-31",
        "sections": [plain for plain, _ in told], "report_sha256": "ab" * 32, "sample_sha256": "cd" * 32,
    }  # fmt: skip
    context = {"content": content, "title": "评分模型验证报告", "numbered": told}
    with translation.override("zh-hans"):
        html = get_template("pdf/validation_report.html").render(context)
    page = weasyprint.HTML(string=html, base_url="asset:/", url_fetcher=BundledAssetsOnly())
    return [one._page_box for one in page.render(font_config=_fonts()).pages]


def lowest(page):
    """How far down its frame the last text or picture of a page ends, 0 to 1."""
    top, height = page.content_box_y(), page.height
    inside = [box for box in page.children if type(box).__name__ == "BlockBox"]
    ends = [
        box.position_y + box.height
        for child in inside
        for box in child.descendants()
        if type(box).__name__ in ("TextBox", "InlineReplacedBox", "BlockReplacedBox")
    ]
    return (max(ends) - top) / height


def test_no_page_but_the_last_is_half_empty(pages):
    filled = [round(lowest(page), 2) for page in pages]
    assert len(pages) > 8
    assert min(filled[:-1]) > FULL, filled


def test_every_picture_stands_before_the_table_it_draws_under_its_name(told):
    stands = {
        plot["title"]: one["table"]["headings"][0]
        for _, drawn in told
        for one in drawn
        for plot in one["plots"]
    }
    assert stands == {
        "CAP 曲线": "对象", "各等级的预测与实际违约率": "等级", "各季度 PSI": "季度", "等级迁徙": "一年前有评级",
        "最常告知的原因（占全部户次）": "告知的原因",
    }  # fmt: skip
