"""Industries, size classes and their working, kinds of credit facts, in the language of the page.

The data files and the rules have Chinese alone; English stands beside it in `policies/words/parties_en.yaml`. A legal basis
and a document's number stay as they are written. Pure but for reading that file, once a process.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kernel.chinese import page_is_english
from kernel.english import English
from kernel.word_lists import entries_of

ENTRIES = Path(__file__).resolve().parents[2] / "policies" / "words" / "parties_en.yaml"


def party_words(text: object) -> str:
    """A text in the page's language; the text itself where nobody has its English.

    >>> from django.utils import translation
    >>> with translation.override("en"):
    ...     party_words("从业人员 299 人（下限：大型 1,000、中型 300、小型 20 人，等于即达到），单看此项为小型")
    'Staff 299 persons (bounds: large 1,000, medium 300, small 20 persons, reached when equal), by this alone small'
    """
    return _english().told(str(text)) if page_is_english() else str(text)


@cache
def _english() -> English:
    return English(entries_of(ENTRIES), keeps_unknown=True)
