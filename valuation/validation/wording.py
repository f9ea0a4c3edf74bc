"""What a validation report and the conditions of a promotion say in Chinese, in the language of the page.

A report is worked out and kept in Chinese, and its digest with it; an English page says the same by the entries of
`policies/words/validation_en.yaml`, and by those of the card for what the card says. What people typed stays as it is.

>>> from django.utils import translation
>>> with translation.override("en"):
...     report_words("违约 10/158，高于等级违约率 2.90%（p = 0.0109）"), report_words("指标 资产负债率")
("10 of 158 defaulted, more than the grade's PD of 2.90% (p = 0.0109)", 'Indicator: Debt to assets')
"""

from __future__ import annotations

from pathlib import Path

from kernel.chinese import page_words
from valuation.words import card_words

ENTRIES = Path(__file__).resolve().parents[2] / "policies" / "words" / "validation_en.yaml"

report_words = page_words(ENTRIES, beside=card_words)
