"""The English of what rules of subsidies have in Chinese: nothing forgotten, nothing left over."""

from __future__ import annotations

from finance.subsidies.aloud import OVER_WORDS, SCOPE_WORDS, SOURCE_WORDS
from finance.subsidies.loading import Library
from finance.subsidies.reads import PAYEE_WORDS, SECTIONS, line_name
from finance.subsidies.words import english_known, facts_known, in_english
from finance.subsidies.working import FEE_WORDS, INTEREST, WINDOW_WORDS


def test_every_fact_value_payee_and_window_has_its_english_and_no_entry_is_left_over() -> None:
    facts = facts_known().values()
    wanted = {one.name for one in facts} | {word for one in facts for word in one.values.values()}
    for words in (SECTIONS, PAYEE_WORDS, SCOPE_WORDS, WINDOW_WORDS, SOURCE_WORDS, OVER_WORDS):
        wanted |= set(words.values())
    wanted |= {f"{word}补助" for fee, word in FEE_WORDS.items() if fee != INTEREST} | {"是", "否"}
    wanted |= {"贷款贴息", "按贷款金额的补助", "按核定金额的补助"}
    assert set(english_known()) == wanted


def test_every_line_of_the_shipped_measures_reads_in_english(library: Library) -> None:
    for policy in library:
        for line in policy.lines:
            told = in_english(line_name(policy, line.id))
            assert told.isascii(), (policy.id, told)
