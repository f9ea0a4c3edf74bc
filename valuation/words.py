"""What cards, measures of white lists and parameters say in Chinese, in the language of the page.

A score keeps the Chinese that the card had; English stands beside it, one entry a text, in
`policies/words/scorecards_en.yaml`. What people typed (sources, products, reasons) and a document's number stay as they are.
Pure but for reading that file, once a process.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kernel.chinese import page_is_english
from kernel.english import English
from kernel.word_lists import entries_of

ENTRIES = Path(__file__).resolve().parents[1] / "policies" / "words" / "scorecards_en.yaml"


def card_words(text: object) -> str:
    """A text of a card or a sentence of a score in the page's language; the text itself where nobody has its English.

    >>> from django.utils import translation
    >>> with translation.override("en"):
    ...     card_words("10 至 20 以下"), card_words("资产负债率：由“0.82”到“低于 0.7”"), card_words("甲仪器")
    ('10 to under 20', 'Debt to assets: from “0.82” to “below 0.7”', '甲仪器')
    >>> with translation.override("zh-hans"):
    ...     card_words("资产负债率")
    '资产负债率'
    """
    return _english().told(str(text)) if page_is_english() else str(text)


@cache
def _english() -> English:
    return English(entries_of(ENTRIES), keeps_unknown=True)
