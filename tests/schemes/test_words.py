"""Every text of a scheme file that is only shown has its Chinese, and the Chinese states the same figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.template import Context, Template
from django.utils import translation

from kernel.errors import Refused
from kernel.word_lists import entries_of
from riskpool.schemes.loading import scheme_files
from riskpool.schemes.words import ENTRIES, in_chinese, note_in_chinese
from tests.schemes.conftest import POLICIES
from tests.told_figures import IN_CHINESE, IN_ENGLISH, figures

SHOWN_AT_THE_TOP = ("name", "issuer", "doc_no", "doc_date", "confidence", "rules", "not_seen", "assumed")
SHOWN_ANYWHERE = ("what", "role", "title", "settle", "basis_in_text")
ENTRY = pytest.mark.parametrize("text", list(entries_of(ENTRIES)), ids=lambda text: text[:50])


def documents() -> Iterator[dict[str, Any]]:
    for path in scheme_files(POLICIES):
        yield yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)


def texts_in(value: Any) -> Iterator[str]:
    """All texts at or below a place."""
    if isinstance(value, str):
        yield value
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts_in(below)


def named(value: Any, names: tuple[str, ...]) -> Iterator[str]:
    """All texts under keys of these names, at any depth."""
    for below in value if isinstance(value, list) else ():
        yield from named(below, names)
    for key, below in value.items() if isinstance(value, dict) else ():
        yield from texts_in(below) if key in names else named(below, names)


def shown_texts() -> set[str]:
    """What a reader would meet in English: it has a Latin word in it."""
    found = set()
    for document in documents():
        for key in SHOWN_AT_THE_TOP:
            found.update(texts_in(document.get(key, [])))
        found.update(named(document, SHOWN_ANYWHERE))
    return {text for text in found if re.search("[A-Za-z]{2}", text)}


def test_every_text_that_is_shown_has_an_entry_and_no_entry_is_unused():
    shown, entries = shown_texts(), set(entries_of(ENTRIES))
    assert len(shown) > 200, "the reader of the files finds texts"
    assert shown - entries == set(), "add the Chinese to policies/schemes/_zh.yaml"
    assert entries - shown == set(), "no scheme file says this (any more)"


@ENTRY
def test_the_chinese_states_the_same_figures(text):
    assert figures(in_chinese(text), IN_CHINESE) == figures(text, IN_ENGLISH)


@ENTRY
def test_the_chinese_is_chinese_and_keeps_document_numbers(text):
    chinese = in_chinese(text)
    assert re.search("[一-鿿]", chinese)
    assert set(re.findall("[A-Za-z]{2,}", chinese)) <= set(re.findall("[A-Za-z]{2,}", text)), (
        "left in English"
    )
    numbers = r"[一-鿿]+〔\d{4}〕\d+号|\d{4}-\d\d-\d\d"
    assert [number for number in re.findall(numbers, text) if number not in chinese] == []


@pytest.mark.parametrize(
    ("text", "same"),
    [("at most 10m", "不超过1000万元"), ("1.5% of 2bn", "20亿元的1.5%"), ("1,585 loans", "1585笔"),
     ("July 2025", "2025年7月"), ("USD 150,000", "15万美元")],
)  # fmt: skip
def test_figures_are_compared_by_value(text, same):
    assert figures(text, IN_ENGLISH) == figures(same, IN_CHINESE)


@pytest.mark.parametrize(
    "other", ["不超过100万元", "不超过10000万元", "不超过1000万元的50%", "不超过一千万元"]
)
def test_another_figure_is_noticed(other):
    assert figures("at most 10m", IN_ENGLISH) != figures(other, IN_CHINESE)


def test_a_text_without_an_entry_is_shown_as_it_stands():
    assert in_chinese("a measure of tomorrow: 55%") == "a measure of tomorrow: 55%"


def test_every_note_of_the_worked_examples_is_told_in_chinese_with_its_figures():
    notes = {
        note
        for document in documents()
        for example in document.get("examples", [])
        for note in example["expect"].get("notes", [])
    }
    assert len(notes) > 10
    for note in notes:
        told = note_in_chinese(note)
        assert re.search("[一-鿿]", told), note
        assert figures(told, IN_CHINESE) == figures(note, IN_CHINESE)


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
    ("language", "shown"),
    [
        ("zh-hans", "仅限贷款本金 上限 year 起作用，限额 5.00 元"),
        ("en", "principal only cap year binds at 5.00"),
    ],
)
def test_a_page_in_english_shows_the_file_s_own_words(language, shown):
    page = Template("{% load schemes %}{{ text|scheme_text }} {{ note|scheme_note }}")
    with translation.override(language):
        told = page.render(Context({"text": "principal only", "note": "cap year binds at 5.00"}))
    assert told == shown
