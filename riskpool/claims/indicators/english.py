"""The English of what indicators say: formulas, parts, notes, values (policies/words/indicators_en.yaml).

Rules and definitions speak Chinese; an English page or paper says the same by the entries of that file. Names of houses,
numbers of documents and what people have typed stay as they are. Pure but for reading the file, once a process.
"""

from __future__ import annotations

import re
from functools import cache

from kernel.word_lists import entries_of
from riskpool.schemes.words import LABELS, METRICS

ENTRIES = LABELS.with_name("indicators_en.yaml")
_HAN = re.compile("[\u4e00-\u9fff：；，、（）]")


def in_english(text: str) -> str:
    """The English of a text of the indicators; what has none stays as it is.

    >>> in_english("9,000,000.00 ÷ 24,000,000.00 = 37.50 倍"), in_english("2026年放款")
    ('9,000,000.00 ÷ 24,000,000.00 = 37.50 times', 'lent in 2026')
    >>> in_english("方案不良率达到8%（预警，渝州银行）"), in_english("渝州银行")
    ('scheme.npl_rate reaches 8% (warning; 渝州银行)', '渝州银行')
    """
    if not _HAN.search(text):
        return text
    whole = _whole()
    if text in whole:
        return whole[text]
    for form, english in _forms():
        found = form.fullmatch(text)
        if found:
            return english.format(*(in_english(one) for one in found.groups()))
    return text


@cache
def _whole() -> dict[str, str]:
    """Texts without a gap; names of facts are told by the names that files give them."""
    facts = {re.sub("（元）$", "", chinese): name for name, chinese in entries_of(METRICS).items()}
    return {**facts, **entries_of(LABELS), **entries_of(ENTRIES)}


@cache
def _forms() -> list[tuple[re.Pattern[str], str]]:
    """Texts with gaps, those that say most outside their gaps first."""
    gapped = [(chinese, english) for chinese, english in entries_of(ENTRIES).items() if "{}" in chinese]
    gapped.sort(key=lambda pair: -len(pair[0].replace("{}", "")))
    return [
        (re.compile("(.+?)".join(map(re.escape, chinese.split("{}"))), re.DOTALL), english)
        for chinese, english in gapped
    ]
