"""Whatever the indicators say in Chinese has its English, on pages, in the workbook and in the issued sheet."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation
from openpyxl import load_workbook

from kernel.word_lists import entries_of
from portal.indicator_papers import sheet_of, workbook_of
from portal.indicators import Asked, indicator_page
from riskpool.claims.indicators.gathering import catalogue
from riskpool.claims.wording import ENTRIES, indicator_words
from riskpool.pools.breakers import EFFECTS, IN_WORDS
from riskpool.schemes.words import YES_NO
from tests.books import TODAY, Books
from tests.cast import Cast
from tests.ground import laid
from tests.indicators.second_bank import sign_with_bank_b
from tests.indicators.test_gathering import small_book

ROOT = Path(__file__).resolve().parents[2]
HAN = re.compile("[\u4e00-\u9fff]")
SAID_IN = [  # modules whose Chinese reaches an indicator
    *sorted((ROOT / "riskpool/claims/indicators/rules").glob("*.py")),
    ROOT / "portal/indicator_rows.py",
]
NUMBERS_OF_DOCUMENTS = re.compile("银保监发〔2019〕34号")


def said(source: str) -> Iterator[str]:
    """The Chinese texts of a module, with {} where a value is put in; what a fault of a programmer says is left out."""
    tree = ast.parse(source)
    quiet = {
        id(part)
        for node in ast.walk(tree)
        for part in (
            [node.value]
            if isinstance(node, ast.Expr)
            else node.values
            if isinstance(node, ast.JoinedStr)
            else [*ast.walk(node)]
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Problem", "Pledge")
            else []
        )
    }
    for node in ast.walk(tree):
        if id(node) in quiet:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if HAN.search(text) and len(HAN.findall(text)) + text.count("{}") > 0:
            yield text


def of_definitions() -> set[str]:
    found = set()
    for one in catalogue().definitions:
        found |= {one.name, one.group, one.formula, one.source, one.note}
        marked = [*one.figures.values(), *one.words.values(), *([one.line] if one.line else [])]
        found |= {each.article for each in marked}
    return found - {""}


def of_rules() -> set[str]:
    return {text for path in SAID_IN for text in said(path.read_text(encoding="utf-8"))}


def why_unknown() -> set[str]:
    """The reasons for which a metric has no value: the second word of an Unknown, or a fact that nobody has stated."""
    found = {"尚无陈述"}
    for name in ("riskpool/pools/measures.py", "riskpool/claims/measures.py"):
        for node in ast.walk(ast.parse((ROOT / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Unknown":
                found |= set(said(ast.unparse(ast.Tuple([node.args[1]]))))
    return found


def test_every_reason_why_a_metric_has_no_value_has_its_english() -> None:
    assert {"没有指明银行", "{} 年尚未结束"} <= why_unknown()
    filled = {text.replace("{}", "8") for text in why_unknown()}
    assert {text for text in filled if chinese_left(in_english(text))} == set()


def in_english(text: str) -> str:
    with translation.override("en"):
        return indicator_words(text)


def chinese_left(text: str) -> str:
    return "".join(HAN.findall(NUMBERS_OF_DOCUMENTS.sub("", text)))


def test_every_text_of_the_definitions_has_its_english() -> None:
    assert {text for text in of_definitions() if chinese_left(in_english(text))} == set()


def test_every_text_of_the_rules_has_its_english() -> None:
    texts = of_rules()
    assert {"缺数据：", "期末余额", "{}年放款", "{} 件，合计 {} 个工作日"} <= texts, "they are read"
    filled = {text.replace("{}", "8") for text in texts} - {"缺数据："}
    assert {text for text in filled if chinese_left(in_english(text))} == set()


def test_no_entry_is_unused() -> None:
    shapes = {"缺数据：{}", "{}、{}", "{}（{}）", "{}（{}，{}）", "{}：{}", "{} 止损线 {}"}
    shapes |= {f"{{}}{word}{{}}" for word in IN_WORDS.values()} | why_unknown()
    told = of_rules() | of_definitions() | set(EFFECTS.values()) | set(YES_NO.values()) | shapes
    told |= {re.sub(r"^\{\} · \{\}", "{}", text) for text in told}  # a detail begins with a name that stays
    assert {text for text in entries_of(ENTRIES) if text not in told} == set()


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("320,000.00 ÷ 2,050,000.00 = 15.61 %", "320,000.00 ÷ 2,050,000.00 = 15.61 %"),
        ("3 行之和 = 2,050,000.00 元", "sum of 3 rows = 2,050,000.00 yuan"),
        ("缺数据：担保费率、担保费收入", "No data: guarantee fee, guarantee fee income"),
        ("2026 年12月的月报缺 3 笔", "3 returns of December 2026 are missing"),
        ("时限 20 个工作日：本池办事规则的审结时限",
         "limit 20 working days: the time for a decision in the pool's rules of procedure"),
        ("渝州银行 · 某公司 · 未还 5.00 元", "渝州银行 · 某公司 · outstanding 5.00 yuan"),
        ("银行全部贷款的不良率", "bank.npl_rate_all"),
        ("合作协议第三条", "合作协议第三条"),
    ],
)  # fmt: skip
def test_a_text_is_put_together_from_its_parts(chinese: str, english: str) -> None:
    assert in_english(chinese) == english


@laid
def books(cast: Cast) -> Books:
    books = small_book(cast)
    sign_with_bank_b(books)
    return books


def names(books: Books) -> list[str]:
    """What is somebody's name, or what a person typed: it stands as it is in every language."""
    cast = books.cast
    houses = [cast.bank_a, cast.bank_b, cast.enterprise_a, cast.enterprise_b]
    found = [text for house in houses for text in (house.organisation.name, house.organisation.short_name)]
    found += [
        books.pool.name,
        *books.pool.sources.values_list("name", flat=True),
        "合作协议第三条",
        "测试约定",
    ]
    return sorted(found, key=len, reverse=True)


def test_an_english_reader_gets_an_english_sheet_and_workbook(books: Books) -> None:
    officer = books.cast.district_bureau.officer
    with translation.override("en"):
        page = indicator_page(officer, books.pool.pk, Asked(TODAY))
        content, workbook = sheet_of(page), workbook_of(page)
    assert content["identity"][-1]["label"] == "closing balance"
    book = load_workbook(io.BytesIO(workbook))
    assert book.sheetnames == ["Indicator", "By bank", "Detail"]
    memo = book["Detail"].max_column - 2  # what a journal says was written when it was posted
    texts = [str(cell.value or "") for sheet in book for row in sheet.iter_rows() for cell in row
             if not (sheet.title == "Detail" and cell.column == memo)]  # fmt: skip
    texts += _strings(content)
    kept = names(books)
    left = set()
    for text in texts:
        for name in kept:
            text = text.replace(name, "")
        if chinese_left(text):
            left.add(text)
    assert left == set()
    assert "9,760,000.00 yuan" in texts
    page = indicator_page(officer, books.pool.pk, Asked(TODAY))
    assert sheet_of(page)["identity"][-1]["label"] == "期末余额", "Chinese is what it was"


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, str):
        yield value
