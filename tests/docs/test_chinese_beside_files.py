"""Every text of a policy file that is only shown and is in English has its Chinese, which states the same figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from finance.subsidies import words as of_subsidies
from kernel.errors import Refused
from kernel.word_lists import entries_of
from riskpool.schemes import words as of_schemes
from riskpool.schemes.loading import scheme_files
from tests.told_figures import IN_CHINESE, IN_ENGLISH, figures

POLICIES = Path(settings.POLICIES_DIR)
AT_THE_TOP_OF_A_SCHEME = (
    "name", "issuer", "doc_no", "doc_date", "confidence", "rules", "not_seen", "assumed",
)  # fmt: skip
ANYWHERE_IN_A_SCHEME = ("what", "role", "title", "settle", "basis_in_text")
IN_A_SUBSIDY = ("name", "seen", "note", "known", "missing", "matters_for", "legal_status", "ref")
"""Keys whose text is shown as it stands; `assumed` too where it says what was assumed."""
HELD = ("payment", "pool_window")
"""Texts that no page shows so far; they stand in the list so that a page that shows them finds them."""


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)


def texts_in(value: Any) -> Iterator[str]:
    """All texts at or below a place."""
    if isinstance(value, str):
        yield value
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts_in(below)


def named(value: Any, names: tuple[str, ...]) -> Iterator[str]:
    """All texts at or below keys of these names, at any depth."""
    for below in value if isinstance(value, list) else ():
        yield from named(below, names)
    for key, below in value.items() if isinstance(value, dict) else ():
        yield from texts_in(below) if key in names else named(below, names)


def said_by(value: Any, key: str = "") -> Iterator[str]:
    """The texts that are themselves the value of a key of a subsidy file, at any depth."""
    if isinstance(value, str) and key in (*IN_A_SUBSIDY, *HELD, "assumed"):
        yield value
    for name, below in value.items() if isinstance(value, dict) else ():
        yield from said_by(below, name)
    for below in value if isinstance(value, list) else ():
        yield from said_by(below, key)


def shown_of_schemes() -> set[str]:
    """What a reader would meet in English: it has a Latin word in it."""
    found: set[str] = set()
    for document in map(read, scheme_files(POLICIES / "schemes")):
        for key in AT_THE_TOP_OF_A_SCHEME:
            found.update(texts_in(document.get(key, [])))
        found.update(named(document, ANYWHERE_IN_A_SCHEME))
    return {text for text in found if re.search("[A-Za-z]{2}", text)}


def shown_of_subsidies() -> set[str]:
    """What a reader would meet in English: mostly English words."""
    files = [path for path in (POLICIES / "subsidies").glob("*.yaml") if not path.name.startswith("_")]
    assert len(files) == 20
    every = [POLICIES / "subsidies" / "_known_incomplete.yaml", *files]
    found = {text for path in every for text in said_by(read(path))}
    return {text for text in found if re.search("[A-Za-z]{3,}", text) and is_english(text)}


def is_english(text: str) -> bool:
    """Mostly English words; a word such as LPR inside Chinese makes none, nor does a code.

    >>> is_english("risk compensation under 陕财办金〔2024〕44号"), is_english("同期LPR"), is_english("calendar_year")
    (True, False, False)
    """
    is_word = text not in ("true", "false") and "_" not in text.split()[0]
    return bool(re.search(r"\b[a-z]{3,}\b", text)) and is_word


@dataclass(frozen=True)
class Beside:
    """A list of Chinese texts beside policy files, what those files show, and how a page asks for it."""

    file: Path
    shown: Callable[[], set[str]]
    at_least: int
    in_chinese: Callable[[str], str]


SCHEMES = Beside(of_schemes.ENTRIES, shown_of_schemes, 200, of_schemes.in_chinese)
SUBSIDIES = Beside(of_subsidies.CHINESE, shown_of_subsidies, 140, of_subsidies.in_chinese)
EACH_LIST = pytest.mark.parametrize("beside", [SCHEMES, SUBSIDIES], ids=["schemes", "subsidies"])


@EACH_LIST
def test_every_text_that_is_shown_has_an_entry_and_no_entry_is_unused(beside):
    shown, entries = beside.shown(), set(entries_of(beside.file))
    assert len(shown) > beside.at_least, "the reader of the files finds texts"
    assert shown - entries == set(), f"add the Chinese to {beside.file}"
    assert entries - shown == set(), "no file says this (any more)"


@EACH_LIST
def test_the_chinese_states_the_same_figures(beside):
    other = {text: said for text, said in entries_of(beside.file).items() if not same_figures(text, said)}
    assert other == {}


def same_figures(text: str, chinese: str) -> bool:
    """Millions as the files write them; "from 5 to 10 million" and "3 of 8 million" are two of them."""
    text = re.sub(r"(\d+) (to|of) (\d+) million\b", r"\1m \2 \3m", text)
    text = re.sub(r"(\d[\d.,]*) million\b", r"\1m", re.sub(r"(\d[\d.,]*) billion\b", r"\1bn", text))
    return figures(chinese, IN_CHINESE) == figures(text, IN_ENGLISH)


@EACH_LIST
def test_the_chinese_is_chinese_and_keeps_document_numbers_and_days(beside):
    every = entries_of(beside.file).items()
    assert [chinese for _, chinese in every if not re.search("[一-鿿]", chinese)] == []
    assert {chinese: left for text, chinese in every if (left := latin(chinese) - latin(text))} == {}
    numbers = re.compile(r"[一-鿿]+〔\d{4}〕\d+号|\d{4}-\d\d-\d\d")
    assert [one for text, chinese in every for one in numbers.findall(text) if one not in chinese] == []


def latin(text: str) -> set[str]:
    return set(re.findall("[A-Za-z]{2,}", text))


@EACH_LIST
def test_a_text_without_an_entry_is_shown_as_it_stands(beside):
    assert beside.in_chinese("a measure of tomorrow: 55%") == "a measure of tomorrow: 55%"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('"a": "甲"\n"a": "乙"\n', "又写了一次"),
        ('- "a"\n', "内容不是映射"),
        ('"a": "甲"\n"b": 12\n"c": " "\n', "第2行：“b”没有译文"),
        ('"a: 甲\n', "不是有效的 YAML"),
    ],
)  # fmt: skip
def test_a_fault_of_the_file_is_told(tmp_path, written, told):
    path = tmp_path / "_zh.yaml"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(Refused, match=told):
        entries_of(path)


@pytest.mark.parametrize(
    ("text", "same"),
    [("at most 10m", "不超过1000万元"), ("1.5% of 2bn", "20亿元的1.5%"), ("1,585 loans", "1585笔"),
     ("July 2025", "2025年7月"), ("USD 150,000", "15万美元"), ("from 5 to 10 million", "500万元至1000万元")],
)  # fmt: skip
def test_figures_are_compared_by_value(text, same):
    assert same_figures(text, same)


@pytest.mark.parametrize(
    "other", ["不超过100万元", "不超过10000万元", "不超过1000万元的50%", "不超过一千万元"]
)
def test_another_figure_is_noticed(other):
    assert not same_figures("at most 10m", other)
