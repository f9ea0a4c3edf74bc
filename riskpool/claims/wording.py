"""Words of a claim and of an indicator in the reader's language; the rules' own, and all that is stored, are Chinese.

Formulas, parts, notes and values of indicators have their English in `policies/words/indicators_en.yaml`; names of houses,
numbers of documents and what people have typed stay as they are.

>>> from django.utils import translation
>>> with translation.override("en"):
...     indicator_words("9,000,000.00 ÷ 24,000,000.00 = 37.50 倍"), indicator_words("2026年放款")
...     indicator_words("方案不良率达到8%（预警，渝州银行）"), indicator_words("渝州银行")
('9,000,000.00 ÷ 24,000,000.00 = 37.50 times', 'lent in 2026')
('scheme.npl_rate reaches 8% (warning; 渝州银行)', '渝州银行')
"""

from __future__ import annotations

from functools import cache

from django.utils.translation import gettext_lazy as _

from kernel.chinese import page_words
from kernel.word_lists import entries_of
from riskpool.schemes.words import LABELS, METRICS

ENTRIES = LABELS.with_name("indicators_en.yaml")
_COMPONENTS = {"principal": _("本金"), "interest": _("利息"), "penalty": _("罚息"), "costs": _("费用")}


def component_title(component: str) -> str:
    """A component of a loss; one that no claim has is shown by its code.

    >>> component_title("principal_net"), component_title("costs"), component_title("other")
    ('本金', '费用', 'other')
    """
    return str(_COMPONENTS.get(component.removesuffix("_net"), component))


def name_of_fact(name: str) -> str:
    """A fact that a scheme file names in Chinese is told by the name that files give it."""
    return _facts().get(name, name)


@cache
def _facts() -> dict[str, str]:
    return {chinese.removesuffix("（元）"): name for name, chinese in entries_of(METRICS).items()}


indicator_words = page_words(LABELS, ENTRIES, beside=name_of_fact)
