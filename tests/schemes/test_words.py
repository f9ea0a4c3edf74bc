"""Notes of a calculation have their Chinese, which states the same figures; a page speaks its language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.template import Context, Template
from django.utils import translation

from riskpool.schemes.loading import scheme_files
from riskpool.schemes.words import note_in_chinese
from tests.schemes.conftest import POLICIES
from tests.told_figures import IN_CHINESE, figures


def documents() -> Iterator[dict[str, Any]]:
    for path in scheme_files(POLICIES):
        yield yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)


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
