"""Whatever a subsidy file only shows and has in English has its Chinese, which states the same figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

from finance.subsidies.words import CHINESE, in_chinese
from kernel.word_lists import entries_of
from tests.told_figures import IN_CHINESE, IN_ENGLISH, figures

FOLDER = Path(settings.POLICIES_DIR) / "subsidies"
SHOWN = ("name", "seen", "note", "known", "missing", "matters_for", "legal_status", "ref")
"""Keys whose text is shown as it stands; `assumed` too where it says what was assumed."""
HELD = ("payment", "pool_window")
"""Texts that no page shows so far; they stand in the list so that a page that shows them finds them."""
ENTRY = pytest.mark.parametrize("text", list(entries_of(CHINESE)), ids=lambda text: text[:50])


def texts(value: Any, key: str = "") -> Iterator[str]:
    """The texts of a file under those keys, at any depth."""
    if isinstance(value, str) and key in (*SHOWN, *HELD, "assumed"):
        yield value
    for name, below in value.items() if isinstance(value, dict) else ():
        yield from texts(below, name)
    for below in value if isinstance(value, list) else ():
        yield from texts(below, key)


def shown_texts() -> set[str]:
    """What a reader would meet in English: words of it and no Chinese before its first sign."""
    files = [path for path in FOLDER.glob("*.yaml") if not path.name.startswith("_")]
    assert len(files) == 20
    every = [FOLDER / "_known_incomplete.yaml", *files]
    found = {text for path in every for text in texts(yaml.load(path.read_text("utf-8"), yaml.BaseLoader))}
    return {text for text in found if re.search("[A-Za-z]{3,}", text) and is_english(text)}


def is_english(text: str) -> bool:
    """Mostly English words; a word such as LPR inside Chinese makes none, nor does a code.

    >>> is_english("risk compensation under 陕财办金〔2024〕44号"), is_english("同期LPR"), is_english("calendar_year")
    (True, False, False)
    """
    return (
        bool(re.search(r"\b[a-z]{3,}\b", text))
        and text not in ("true", "false")
        and "_" not in text.split()[0]
    )


def test_every_text_that_is_shown_has_an_entry_and_no_entry_is_unused():
    shown, entries = shown_texts(), set(entries_of(CHINESE))
    assert len(shown) > 140, "the reader of the files finds texts"
    assert shown - entries == set(), "add the Chinese to policies/subsidies/_zh.yaml"
    assert entries - shown == set(), "no subsidy file says this (any more)"


@ENTRY
def test_the_chinese_states_the_same_figures(text):
    assert set(figures(in_chinese(text), IN_CHINESE)) == set(figures(_in_digits(text), IN_ENGLISH))


def _in_digits(text: str) -> str:
    """Millions as the other files write them; "from 5 to 10 million" and "3 of 8 million" are two of them."""
    text = re.sub(r"(\d+) (to|of) (\d+) million\b", r"\1m \2 \3m", text)
    return re.sub(r"(\d[\d.,]*) million\b", r"\1m", re.sub(r"(\d[\d.,]*) billion\b", r"\1bn", text))


@ENTRY
def test_the_chinese_is_chinese_and_keeps_document_numbers_and_days(text):
    chinese = in_chinese(text)
    assert re.search("[一-鿿]", chinese)
    assert set(re.findall("[A-Za-z]{3,}", chinese)) <= set(re.findall("[A-Za-z]{3,}", text)), (
        "left in English"
    )
    numbers = r"[一-鿿]+〔\d{4}〕\d+号|\d{4}-\d\d-\d\d"
    assert [number for number in re.findall(numbers, text) if number not in chinese] == []


@pytest.mark.parametrize(("language", "shown"), [("zh-hans", "比例和上限"), ("en", "rates and caps")])
def test_each_page_speaks_its_language(language, shown):
    page = Template("{% load subsidies %}{{ text|said }}")
    with translation.override(language):
        assert page.render(Context({"text": "rates and caps"})) == shown


def test_a_text_without_an_entry_is_shown_as_it_stands():
    assert in_chinese("a measure of tomorrow: 55%") == "a measure of tomorrow: 55%"
