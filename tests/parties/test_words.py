"""Whatever the size standard and the credit facts say has its English, and the working of a class is read in it."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from django.utils import translation

from finance.parties.published import credit_kinds, size_standard
from finance.parties.sizes import CLASS_WORDS, INDICATOR_WORDS, size_class
from finance.parties.words import ENTRIES, party_words
from kernel.word_lists import entries_of

HAN = re.compile("[\u4e00-\u9fff]")


def test_every_name_has_its_english_and_no_entry_is_unused():
    shown = {one.name for one in size_standard().industries.values()} | set(CLASS_WORDS.values())
    shown |= {word for words in INDICATOR_WORDS.values() for word in words}
    shown |= {one.name for one in credit_kinds().values()}
    assert {text for text in entries_of(ENTRIES) if "{" not in text} == shown
    assert [english for english in entries_of(ENTRIES).values() if HAN.search(english)] == []


@pytest.mark.parametrize("industry", sorted(size_standard().industries))
@pytest.mark.parametrize("times", [Fraction(0), Fraction(1, 3), Fraction(1), Fraction(2), None])
def test_every_working_is_read_in_english(industry, times):
    """None of a figure, figures at and between the bounds, and one that nobody stated."""
    bounds = size_standard().industries[industry].bounds
    figures = {
        name: None if times is None else Fraction(int(each[1] * times)) for name, each in bounds.items()
    }
    told = size_class(size_standard(), industry, figures).working
    with translation.override("en"):
        assert [line for line in told if HAN.search(party_words(line))] == []
    assert [party_words(line) for line in told] == list(told)
