"""What cards, measures of white lists and parameters say in Chinese, in the language of the page.

A score keeps the Chinese that the card had; English stands beside it, one entry a text, in
`policies/words/scorecards_en.yaml`; what is told of bad input in `scoring_refusals_en.yaml`. What people typed (sources,
products, reasons) and a document's number stay as they are.

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

from django.utils.translation import gettext

from kernel.chinese import page_words, problem_words

WORDS = Path(__file__).resolve().parents[1] / "policies" / "words"
ENTRIES = WORDS / "scorecards_en.yaml"
CONDITIONS = WORDS / "validation_en.yaml"
"""What a promotion of a model asks for is told where it is not met."""
WORKBOOKS = WORDS / "workbooks_en.yaml"
"""What the reader of workbooks tells of a file, its headings and its cells."""
REFUSALS = WORDS / "scoring_refusals_en.yaml"
"""What scores, parameters, white lists, group credit and validation tell of bad input."""

card_words = page_words(ENTRIES)

problems_worded = problem_words(page_words(CONDITIONS, WORKBOOKS, ENTRIES, REFUSALS, beside=gettext))
"""Faults as the reader of this page reads them; the label of a state or a kind is said by the catalogue.

>>> from django.utils import translation
>>> from kernel.errors import Problem
>>> with translation.override("en"):
...     [told] = problems_worded([Problem("第3行 资产负债率", "“甲行” 不是规范的数字", "写整数")])
>>> told.where, told.found, told.wanted
('Row 3: Debt to assets', '“甲行” is no plain figure', 'Write a whole number')
"""
