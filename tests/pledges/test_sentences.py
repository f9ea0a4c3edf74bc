"""Every sentence that the rules and pages of registration compose has its English, and no entry is unused."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation

from finance.parties.published import region_name
from finance.pledges.papers import forms
from finance.pledges.rules.book import CONFIDENCE
from finance.pledges.rules.directory import NATIONAL
from finance.pledges.rules.metrics import DATES
from finance.pledges.rules.stated import ONLY_TOLD
from finance.pledges.step_papers import step_forms
from finance.pledges.words import BOOKS, REFUSALS, SENTENCES, worded
from kernel.word_lists import entries_of
from portal.pledge_windows import directory

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPOSING = (
    "finance/pledges/rules/precheck.py",
    "finance/pledges/rules/metrics.py",
    "finance/pledges/rules/terms.py",
    "finance/pledges/rules/clocks.py",
    "finance/pledges/rules/limitation.py",
    "finance/pledges/rules/watch.py",
    "portal/pledge_statistics.py",
    "portal/pledge_desks.py",
)
ON_PAPER_ONLY = {
    "普惠线与说明", "知识产权质押融资统计：{}", "{} 至 {}，{}", "质押融资统计_{}.xlsx", "出具质押融资统计（{}）",
    "知识产权质押融资统计（{} 至 {}）", "口径", "自", "不超过（元）", "依据", "来源", "出处标记", "（元）",
}  # fmt: skip
"""What only the workbook, the PDF and the list of jobs say, which are Chinese."""
SHARES_SHORT = "各人份额合计 {}%，不足 100%，请核对是否有遗漏"
MADE_OF_WORDS = {"{}：登记口径", "{}：发放口径", "按月", "按地区", "按权利种类"}
"""Names of tables, which stand in the file as they come out."""
TABLES = {f"{split}：登记口径" for split in ("按月", "按地区", "按权利种类")} | {
    f"{split}：发放口径" for split in ("按月", "按地区")
}


def composed(path: str) -> Iterator[str]:
    """The Chinese texts of a module with `{}` for what is put in; docstrings apart."""
    tree = ast.parse((settings.BASE_DIR / path).read_text("utf-8"))
    apart = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    apart |= {id(part) for one in ast.walk(tree) if isinstance(one, ast.JoinedStr) for part in one.values}
    for one in ast.walk(tree):
        if id(one) in apart:
            continue
        text = ""
        if isinstance(one, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in one.values)
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            text = one.value
        if re.search("[\u4e00-\u9fff]", text):
            yield text


def of_the_directory() -> Iterator[str]:
    listed = directory()
    for window in listed.windows:
        yield from (window.name, *window.services)
    yield from (gap.found for gap in listed.gaps)
    regions = {one.region for one in (*listed.windows, *listed.gaps)} - {NATIONAL}
    yield from (region_name(code) for code in regions)


def test_every_composed_sentence_has_its_english_and_no_entry_is_unused():
    said = {text for path in COMPOSING for text in composed(path)} - ON_PAPER_ONLY - MADE_OF_WORDS
    said |= TABLES | set(of_the_directory()) | {words for words, _ in CONFIDENCE.values()}
    said |= set(ONLY_TOLD.values()) | {SHARES_SHORT}
    papers_made = [form for papers in forms().values() for form in papers.values()]
    papers_made += [one.form for papers in step_forms().values() for one in papers]
    said |= {form.title for form in papers_made} | {"清单"}
    sections = [section for form in papers_made for section in (*form.sections, form.rights)]
    said |= {section.heading for section in sections}
    said |= {box.label for section in sections for box in section.fields}
    said -= set(entries_of(BOOKS)) | set(DATES.values())  # names of days stand in the rule files only
    assert sorted(said - set(entries_of(SENTENCES)) - set(entries_of(REFUSALS))) == []
    assert sorted(set(entries_of(SENTENCES)) - said) == []


def test_the_english_has_as_many_gaps_as_the_chinese():
    assert [
        chinese
        for chinese, words in entries_of(SENTENCES).items()
        if chinese.count("{}") != len(re.findall(r"\{\d?\}", words))
    ] == []


def test_composed_sentences_come_out_in_english_with_their_parts():
    with translation.override("en"):
        said = [
            worded("不知道：委托代理机构、共有"),
            worded("请查明后再提交。请补交"),
            worded("没有质押合同（或带质押条款的主合同）；是否需要取决于：共有"),
            worded("申请日 2017-07-21，期限 20 年，末日 2037-07-21（专利法第42条）"),
            worded("2026-03-01 起等待申请人补正，期限停止"),
            worded("登记簿上的权利人：甲公司、乙公司"),
        ]
    assert said == [
        "Not known: An agency is appointed, Co-owned",
        "Find it out before handing in. Please hand it in",
        "Missing: Pledge contract (or principal contract with the clause). Whether it is needed depends on: Co-owned",
        "Filing day 2017-07-21, term 20 years, last day 2037-07-21 (专利法第42条)",
        "From 2026-03-01 waiting for the applicant: the limit stands still",
        "Owners in the register: 甲公司、乙公司",
    ]
