"""Words of a claim in the reader's language; the rules' own, and all that is stored, are Chinese."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kernel.chinese import page_is_english
from riskpool.claims.indicators.english import in_english

_COMPONENTS = {"principal": _("本金"), "interest": _("利息"), "penalty": _("罚息"), "costs": _("费用")}


def component_title(component: str) -> str:
    """A component of a loss; one that no claim has is shown by its code.

    >>> component_title("principal_net"), component_title("costs"), component_title("other")
    ('本金', '费用', 'other')
    """
    return str(_COMPONENTS.get(component.removesuffix("_net"), component))


def indicator_words(text: str) -> str:
    """What an indicator says, in the reader's language.

    >>> from django.utils import translation
    >>> with translation.override("en"):
    ...     indicator_words("3 个工作日")
    '3 working days'
    """
    return in_english(text) if page_is_english() else text
