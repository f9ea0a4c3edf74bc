"""What cards, measures of white lists and parameters say in Chinese, in the language of the page.

A score keeps the Chinese that the card had; English stands beside it, one entry a text, in
`policies/words/scorecards_en.yaml`. What people typed (sources, products, reasons) and a document's number stay as they are.

>>> from django.utils import translation
>>> with translation.override("en"):
...     card_words("10 至 20 以下"), card_words("资产负债率：由“0.82”到“低于 0.7”"), card_words("甲仪器")
('10 to under 20', 'Debt to assets: from “0.82” to “below 0.7”', '甲仪器')
>>> with translation.override("zh-hans"):
...     card_words("资产负债率")
'资产负债率'
"""

from __future__ import annotations

from pathlib import Path

from kernel.chinese import page_words

ENTRIES = Path(__file__).resolve().parents[1] / "policies" / "words" / "scorecards_en.yaml"

card_words = page_words(ENTRIES)
