"""How facts, lines and conditions of a subsidy look on a page."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django import template
from django.utils.translation import gettext as _

from finance.parties.published import region_name
from finance.subsidies.aloud import OVER_WORDS, SCOPE_WORDS, SOURCE_WORDS
from finance.subsidies.forms.fields import UNIT_WORDS
from finance.subsidies.models import ClawBack
from finance.subsidies.reads import PAYEE_WORDS
from finance.subsidies.saying import all_said, said
from finance.subsidies.words import fact_name, fact_words
from finance.subsidies.working import WINDOW_WORDS
from kernel.errors import Refused
from kernel.marks import Mark
from kernel.money.yuan import fen_from_yuan, yuan_text

register = template.Library()
NOTHING = "—"
_SECONDARY = {"SEEN_SECONDARY": "SEEN-COPY"}  # the word of the subsidy files for what was seen as a copy


register.filter("said", said)
register.filter("all_said", all_said)


@register.filter
def fact_title(path: str) -> str:
    """The name of a fact."""
    return said(fact_name(path))


@register.filter
def fact_value(value: Any, path: str) -> str:
    """A fact's value in words, with its unit: 3.85%, 1,000,000.00 元, 小型、微型, 2026-06-10 1,000,000.00 元.

    >>> fact_value("0.0385", "loan.rate"), fact_value(True, "applicant.legal_person"), fact_value(None, "loan.rate")
    ('3.85%', '是', '—')
    """
    words = fact_words(path)
    if value is None or value == []:
        return NOTHING
    if words.unit == "dated_amounts":
        return "；".join(f"{day} {_yuan(amount)}" for day, amount in value)
    if words.unit == "yuan":
        return _yuan(value)
    if words.unit in ("rate", "share"):
        return _percent(value)
    if words.unit == "code":
        return f"{region_name(str(value))} {value}".strip()
    unit = UNIT_WORDS.get(words.unit)
    several = value if isinstance(value, tuple | list) else [value]
    told = all_said(words.value_words(one) for one in several)
    return f"{told} {unit}" if unit else told


def _yuan(value: Any) -> str:
    try:
        return f"{yuan_text(fen_from_yuan(str(value)), grouped=True)} {_('元')}"
    except Refused:
        return str(value)


def _percent(value: Any) -> str:
    try:
        return f"{(Decimal(str(value)) * 100).normalize():f}%"
    except InvalidOperation:
        return str(value)


@register.filter
def payee_word(payee: str) -> str:
    """Who a line pays."""
    return said(PAYEE_WORDS.get(payee, payee))


@register.filter
def limit_words(limit: Any) -> str:
    """A limit in words: whose, over which time."""
    whose = all_said(SCOPE_WORDS.get(part, part) for part in limit["scope"])
    window = said(WINDOW_WORDS.get(limit["window"], limit["window"]))
    return _("每%(whose)s%(window)s上限") % {"whose": whose, "window": window}


@register.filter
def rule_words(rule: str) -> str:
    """How a pool that is too small is shared."""
    return said(OVER_WORDS.get(rule, rule))


@register.filter
def evidence(status: str) -> Mark:
    """The mark of evidence of a policy or of an item of it, with word and tone."""
    return Mark(_SECONDARY.get(status, status))


@register.filter
def assumption_words(one: Any) -> str:
    """What a result rests on that is not in the text: the file's own words, the fact filled in, or the item marked so.

    >>> assumption_words({"where": "loan.rate", "words": "fact"}), assumption_words({"where": "x", "words": "按合同签订日"})
    ('合同年利率', '按合同签订日')
    """
    if one["words"] == "fact":
        return said(fact_name(one["where"]))
    return str(_("条款 %(id)s") % {"id": one["where"]}) if one["words"] == "item" else said(one["words"])


@register.filter
def purse_word(name: str) -> str:
    """Which level of government a part comes from."""
    return said(SOURCE_WORDS.get(name, name))


@register.filter
def ground_word(ground: str) -> str:
    """Why an award is asked back."""
    return str(ClawBack.Ground(ground).label) if ground in ClawBack.Ground.values else ground
