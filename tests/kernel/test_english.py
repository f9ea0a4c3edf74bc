"""What people type cannot keep an English page waiting: texts made to be taken apart in as many ways as there are."""

from __future__ import annotations

import pytest
from django.utils import translation

from finance.parties import words as of_parties
from finance.pledges import words as of_pledges
from finance.subsidies import english as of_subsidies
from kernel.chinese import english_of
from riskpool.claims import wording as of_claims
from valuation import words as of_cards

HOSTILE = {
    "balanced": "（" * 145 + "中" + "）" * 145,
    "unbalanced": "（" * 300 + "甲" + "）" * 150,
    "two owners": "登记簿上的权利人是 " + "（" * 150 + "甲、乙" + "）" * 150,
    "in a row": "甲（乙）" * 75,
    "letters and spaces": "甲 " * 250,
    "colons": "甲：" * 250,
    "joints": "甲、乙；丙，丁。戊 × 己 + 庚 − 辛 " * 15,
    "forms": "甲（乙：丙）→ 丁；理由：" * 40,
    "bounds": "高于 1 至 2 以下：" * 50,
    "very long": "某公司（甲）、" * 10_000,
}
MOST_LOOKS = 300
WORDS = {
    "registration": lambda: english_of(
        of_pledges.WORKBOOKS, of_pledges.REFUSALS, of_pledges.SENTENCES, of_pledges.BOOKS
    ),
    "cards": lambda: english_of(of_cards.ENTRIES),
    "parties": lambda: english_of(of_parties.ENTRIES),
    "indicators": lambda: english_of(of_claims.LABELS, of_claims.ENTRIES, beside=of_claims.name_of_fact),
    "subsidies": of_subsidies._english,
}


@pytest.mark.parametrize("english", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_looked_at_few_times(english, text):
    """Looks, not seconds: each is one pass over the forms; the page of a sound text takes some tens."""
    words = english()
    words._looked_at.cache_clear()
    with translation.override("en"):
        assert isinstance(words.told(text), str)
    assert words._looked_at.cache_info().misses <= MOST_LOOKS
    assert words._looks.depth == 0


def test_two_brackets_end_a_text_each_with_its_own_words():
    with translation.override("en"):
        assert of_pledges.worded("准予登记（办法第5条）") == "Register (办法第5条)"
        assert of_cards.card_words("登记簿（演示）（企业提供，已核实）") == (
            "Register (demonstration) (provided by the enterprise, verified)"
        )
