"""Whatever the shipped cards, their sources, parameters and white-list measures say has its English, and is read in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.utils import translation

from kernel.word_lists import entries_of
from tests.cards.conftest import shipped_text
from valuation.cards.aloud import read_aloud
from valuation.loading import load_scorecard
from valuation.scores.rules import STATES
from valuation.words import ENTRIES, card_words

HAN = re.compile("[\u4e00-\u9fff]")
FOLDER = Path(settings.POLICIES_DIR)
FILES = (
    "scorecards/ip-pledge@2026.yaml", "scorecards/_sources.yaml", "scorecards/_parameters.yaml",
    "whitelists/ip-pledge-list@2026.yaml",
)  # fmt: skip
CASES = "scorecards/cases/ip-pledge@2026.yaml"
NOT_SHOWN = ("cases", "list")
"""Names of firms in worked examples are names."""


def texts(value: Any) -> Iterator[str]:
    """Every Chinese text of a file, keys of categories too."""
    if isinstance(value, str):
        yield value
    for key, below in value.items() if isinstance(value, dict) else ():
        if key not in NOT_SHOWN:
            yield key
            yield from texts(below)
    for below in value if isinstance(value, list) else ():
        yield from texts(below)


def of_the_files() -> set[str]:
    found = set()
    for name in FILES:
        found.update(texts(yaml.load((FOLDER / name).read_text("utf-8"), yaml.BaseLoader)))
    return {text for text in found if HAN.search(text)}


def test_every_text_of_the_files_has_an_entry():
    assert len(of_the_files()) > 250, "the reader of the files finds texts"
    assert of_the_files() - set(entries_of(ENTRIES)) == set(), (
        "add the English to policies/words/scorecards_en.yaml"
    )


def test_the_hand_worked_firms_of_the_shipped_card_have_names_in_english():
    names = [one["name"] for one in yaml.safe_load((FOLDER / CASES).read_text("utf-8"))["cases"]]
    assert len(names) > 30
    with translation.override("en"):
        assert [name for name in names if HAN.search(card_words(name))] == []


def test_no_english_entry_is_chinese():
    """But for a document's number, which nobody translates."""
    told = {
        text: re.sub(r"[\u4e00-\u9fff]+〔\d+〕\d+号", "", english)
        for text, english in entries_of(ENTRIES).items()
    }
    assert [text for text, english in told.items() if HAN.search(english)] == []


def test_the_whole_card_is_read_aloud_in_english():
    card = load_scorecard(shipped_text())
    with translation.override("en"):
        sections = [(card_words(section.title), section.lines) for section in read_aloud(card)]
        told = {line.text: card_words(line.text) for _, lines in sections for line in lines}
        assert [title for title, _ in sections if HAN.search(title)] == []
    assert len(told) > 200
    assert {
        text: english
        for text, english in told.items()
        if HAN.search(re.sub(r"金发〔2025〕10号", "", english))
    } == {}


def said_by(*modules: str) -> Iterator[str]:
    """The Chinese that modules say themselves: no docstring, nothing of a fault."""
    for module in modules:
        tree = ast.parse((Path(settings.BASE_DIR) / module).read_text("utf-8"))
        faults = [
            one for one in ast.walk(tree) if isinstance(one, ast.Call) and "Problem" in ast.unparse(one.func)
        ]
        apart = {id(one) for fault in faults for one in ast.walk(fault)}
        apart |= {id(part) for one in ast.walk(tree) if isinstance(one, ast.JoinedStr) for part in one.values}
        apart |= {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
        for one in ast.walk(tree):
            if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in apart:
                yield from [one.value] if HAN.search(one.value) else []


@pytest.mark.parametrize(
    "text", sorted({*said_by("valuation/credit_line.py", "valuation/indicative_value.py"), *STATES})
)
def test_what_a_score_adds_itself_has_its_english(text):
    with translation.override("en"):
        assert not HAN.search(card_words(text))


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("K 块未查询的指标合计 40 分，超过 30 分", "Indicators of block K not queried are worth 40 points, more than 30"),
        ("缺少近12个月销售收入，无法评分", "Sales of the last 12 months is missing, no score can be made"),
        ("速动比率：尚未查询", "Quick ratio: not queried yet"),
        ("A1（A）：中值 0.0035，满分也达不到", "A1 (A): mid value 0.0035, not reached even by a full score"),
        ("已存在在先有效质押登记或查封冻结：尚未查询",
         "An earlier pledge registration, seizure or freezing is in force already: not queried yet"),
        ("专利登记簿（演示）（企业提供，已核实）", "专利登记簿（演示） (provided by the enterprise, verified)"),
        ("甲仪器有限公司", "甲仪器有限公司"),
    ],
)  # fmt: skip
def test_sentences_of_a_score_are_said_and_what_people_typed_stays(text, english):
    with translation.override("en"):
        assert card_words(text) == english
    with translation.override("zh-hans"):
        assert card_words(text) == text
