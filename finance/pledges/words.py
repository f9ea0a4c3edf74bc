"""What the rule books say in Chinese, in the language of the page.

A file, an act and an alert keep the Chinese that the book had; English stands beside it, one entry a text, in
`policies/words/registration_en.yaml`; what the rules say themselves in `registration_sentences_en.yaml`, what is told of bad
input in `registration_refusals_en.yaml` and `workbooks_en.yaml`. Sources (articles) stay as they are written; what parties
typed is nobody's to translate.

>>> from django.utils import translation
>>> with translation.override("en"):
...     worded("准予登记"), worded("PAT-X03 质权人放弃质权（办法第14条）"), worded("甲公司、乙公司")
...     worded("债务至 2030-01-01，权利至 2029-05-01；末日 2027-01-04")
('Register', 'PAT-X03 The pledgee waives the pledge (办法第14条)', '甲公司、乙公司')
'The debt runs to 2030-01-01, the right to 2029-05-01; Last day 2027-01-04'
>>> with translation.override("zh-hans"):
...     worded("准予登记")
'准予登记'
"""

from __future__ import annotations

from django.conf import settings

from kernel.chinese import page_words, problem_words

WORDS = settings.POLICIES_DIR / "words"
BOOKS = WORDS / "registration_en.yaml"
"""The texts of the rule books."""
SENTENCES = WORDS / "registration_sentences_en.yaml"
"""What the rules and the pages around registration say themselves, with `{}` for what stands in a sentence."""
REFUSALS = WORDS / "registration_refusals_en.yaml"
"""What the doors of a registration file tell of bad input."""
WORKBOOKS = WORDS / "workbooks_en.yaml"
"""What the reader of workbooks tells of a file, its headings and its cells."""

worded = page_words(WORKBOOKS, REFUSALS, SENTENCES, BOOKS)
"""A text of a rule book, or a sentence of the rules, in the page's language; with its number before it and its source behind
it too. The text itself where the page is in Chinese, or where nobody has its English."""

problems_worded = problem_words(worded)
"""Faults as the reader of this page reads them; what was typed stands in them as it was typed.

>>> from django.utils import translation
>>> from kernel.errors import Problem
>>> with translation.override("en"):
...     [told] = problems_worded([Problem("第2件 号码", "ZL1 不像专利号", "每件权利只填一次")])
>>> told.where, told.found, told.wanted
('Right 2: Number', 'ZL1 does not look like a patent number', 'Enter each right only once')
"""
