"""Industries, size classes and their working, kinds of credit facts, in the language of the page.

The data files and the rules have Chinese alone; English stands beside it in `policies/words/parties_en.yaml`. A legal basis
and a document's number stay as they are written.

>>> from django.utils import translation
>>> with translation.override("en"):
...     party_words("从业人员 299 人（下限：大型 1,000、中型 300、小型 20 人，等于即达到），单看此项为小型")
'Staff 299 persons (bounds: large 1,000, medium 300, small 20 persons, reached when equal), by this alone small'
"""

from __future__ import annotations

from pathlib import Path

from kernel.chinese import page_words

ENTRIES = Path(__file__).resolve().parents[2] / "policies" / "words" / "parties_en.yaml"

party_words = page_words(ENTRIES)
