"""What the reader of workbooks tells has its English where registration shows it: collected from the code."""

from __future__ import annotations

import html
import re

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from finance.pledges.sheets import NUMBERS, Owners, form_of
from finance.pledges.words import REFUSALS, WORKBOOKS, worded
from kernel.word_lists import entries_of
from tests.cast import freshly_signed_in
from tests.pledges.by_the_book import library
from tests.pledges.filed import Worked
from tests.pledges.test_every_fault_at_once import scan
from tests.pledges.test_making import workbook
from tests.pledges.test_refusals import HAN, TELLS, refusing
from tests.pledges.test_sentences import composed

READING = (
    "precheck",
    "opening",
    "delimited",
    "reading",
    "headings",
    "checking",
    "grammars",
    "figures",
    "columns",
)
NOT_TOLD = {
    r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]", r"(\d{4})(?:[-/.]|年)?(\d{1,2})月?", "_模板", "【已停用的公式】", "填报", "说明",
    "代码", "校验结果", "示例", "合计", "总计", "小计", "合 计", "总 计", "亿元", "万元", "千元", "百元", "元", "人民币",
}  # fmt: skip
"""How days are written, names of sheets, words that mark rows, units: what the reader looks for or repeats from the file."""

FORMS = [form_of(book) for book in library().books.values()]
OF_THE_TEMPLATE = {
    text for form in FORMS for one in form.columns for text in (one.header, one.help, *one.aliases)
}
OF_THE_TEMPLATE |= {note for form in FORMS for note in form.notes} | {
    "质押登记权利清单（{}）",
    "质押登记",
    "质权登记",
}
"""What stands in the workbook itself, which is Chinese."""


def told() -> set[str]:
    said = {text for name in READING for text in composed(f"kernel/sheets/{name}.py")} - NOT_TOLD
    rights = (
        refusing(settings.BASE_DIR / "finance/pledges/sheets.py", frozenset({*TELLS, "unread"}))
        - OF_THE_TEMPLATE
    )
    example = NUMBERS["patent"][1]
    wanted = next(one for one in entries_of(WORKBOOKS) if one.startswith("请照证书填写"))
    assert wanted.format(example) == f"请照证书填写，例如 {example}"
    return said | rights | {Owners().wanted, wanted, "第{}行"}


def test_every_sentence_of_the_reader_has_its_english_and_no_entry_is_unused():
    said = told()
    assert len(said) > 120, "the collecting itself works"
    known = {one.replace("{!}", "{}") for one in entries_of(WORKBOOKS)}
    assert sorted(said - known - set(entries_of(REFUSALS))) == []
    assert sorted(known - said) == []


def test_the_english_keeps_every_gap():
    gaps = re.compile(r"\{!?\d?\}")
    assert [
        chinese
        for chinese, said in entries_of(WORKBOOKS).items()
        if len(gaps.findall(chinese)) != len(gaps.findall(said))
    ] == []


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("第3行 权利人（E列）", "Row 3, 权利人 (column E)"),
        ("工作表“填报”第7行", "Sheet “填报”, row 7"),
        (
            "金额要大于 0。请按元填写数字，最多 2 位小数",
            "The amount has to be more than nought. Please give a figure in 元, at most 2 decimals",
        ),
        (
            "请把该列设为“文本”格式后重新填写原代码。请填写编号",
            "Please format the column as text and write the code anew. Please give a number",
        ),
        ("同一权利在第4行、第6行也出现", "The same right stands in: Row 4, Row 6"),
    ],
)  # fmt: skip
def test_sentences_of_parts_come_out_whole(chinese, english):
    with translation.override("en"):
        assert worded(chinese) == english


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("权利.xlsx", b"%PDF-1.7", "This is a PDF file"),
        ("权利.xlsx", b"", "The file is empty (0 bytes)"),
        ("rights.csv", "甲,乙\n1,2\n".encode(), "No headings are found in the first"),
    ],
)
def test_a_workbook_that_is_none_is_told_in_english(cast, name, content, sentence):
    worked = Worked(cast)
    page = sent(worked, scan(name, content))
    assert sentence in page
    assert not HAN.search(re.sub("“[^”]*”", "", page)), page


@pytest.mark.django_db
def test_faults_of_cells_are_told_in_english_under_the_headings_of_the_workbook(cast):
    worked = Worked(cast)
    wrong = workbook([{"number": "ZL201710601862.4", "filed_on": "昨天"}, {"number": "ZL201710601862.4"}])
    page = sent(worked, scan("rights.xlsx", wrong.content))
    for sentence in (
        "专利号 (column A)",
        "the check digit does not fit",
        "is no day",
        "The same right stands in: Row",
    ):
        assert sentence in page, (sentence, page)


def sent(worked, sheet):
    client = freshly_signed_in(worked.bank.maker)
    client.cookies["django_language"] = "en"
    answer = client.post(reverse("pledges:rights_sheet", args=[worked.file.pk]), {"sheet": sheet})
    assert answer.status_code == 422
    (listed,) = re.findall(
        r'<section class="zr-problems".*?</section>', html.unescape(answer.content.decode()), re.DOTALL
    )
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", listed))
