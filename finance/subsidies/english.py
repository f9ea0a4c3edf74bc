"""The English of sentences about subsidies: workings, near misses, suppositions, rules read aloud.

An English page says them by the entries of `policies/words/subsidies_en.yaml` (words) and `subsidy_sentences_en.yaml`
(sentences with gaps, `kernel.english`). What is a policy's own text (reasons, articles, papers, names) stays as it is
written. Pure but for reading the files, once a process.
"""

from __future__ import annotations

from functools import cache

from finance.subsidies.words import ENGLISH, in_english
from kernel.english import English
from kernel.word_lists import entries_of

SENTENCES = ENGLISH.with_name("subsidy_sentences_en.yaml")


def told_in_english(text: str) -> str:
    """The English of a sentence; of one that holds a policy's own words, all but those; the text itself where nothing fits.

    >>> told_in_english("3,000,000.00 元 × 2% = 60,000.00 元")
    '3,000,000.00 yuan × 2% = 60,000.00 yuan'
    >>> told_in_english("合同年利率须降到 4.95%（现为 5.01%，多了 0.06 个百分点）")
    'Annual contract rate must come down to 4.95% (now 5.01%, 0.06 percentage points too high)'
    >>> told_in_english("单笔上限 50,000.00 元，没有超过（第六条）"), told_in_english("须在双流区")
    ('Cap of one application 50,000.00 yuan, not exceeded (第六条)', '须在双流区')
    """
    return _english().told(text)


def in_english_or_none(text: str) -> str | None:
    """The English of the whole text; None where any part of it has none."""
    return _english().whole(text)


@cache
def _english() -> English:
    return English(entries_of(SENTENCES), beside=in_english)
