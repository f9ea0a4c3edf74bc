"""Fields that several forms share: amounts in yuan, days, and one field for each kind of fact.

A fact is typed as people say it (a rate in percent, draws a line each) and cleaned to the value that JSON holds; `shown`
goes the other way, so that what was not touched is not stated anew.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from finance.subsidies.facts import day_of
from finance.subsidies.saying import said
from kernel.errors import Refused
from kernel.money.yuan import fen_from_yuan, yuan_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from finance.subsidies.words import FactWords

YES, NO = "true", "false"
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_YEAR = re.compile(r"20[0-9]{2}", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_SEPARATORS = re.compile(r"[、，,；;\s]+")
LONGEST_LIST = 2000


def day_field(label: Any, **options: Any) -> forms.DateField:
    """A business day, chosen from the browser's own calendar."""
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options
    )


class YuanField(forms.CharField):
    """An amount typed in yuan, cleaned to whole fen; nothing typed is None, which is not nought."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("help_text", gettext_lazy("以元填写，不是万元"))
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=24, **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return fen_typed(text, str(self.label)) if text else None


def fen_typed(text: str, where: str) -> int:
    """Whole fen of what was typed, or the form's own fault."""
    try:
        return fen_from_yuan(text, where)
    except Refused as refused:
        told = [f"{problem.found}。{problem.wanted}" for problem in refused.problems]
        raise forms.ValidationError(told, "amount") from refused


def _fault(told: str) -> forms.ValidationError:
    return forms.ValidationError(told, "fact")


class _FactField(forms.CharField):
    """A fact typed as text: `read` gives the value for JSON."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", LONGEST_LIST)
        super().__init__(required=False, **options)

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value)).strip()
        return self.read(text) if text else None

    def read(self, text: str) -> Any:
        return text

    @staticmethod
    def shown(value: Any) -> Any:
        return value


class _YuanFact(_FactField):
    def read(self, text: str) -> str:
        return yuan_text(fen_typed(text, str(self.label)))


class _PercentFact(_FactField):
    """A rate or a share: 3.85 is stated as 0.0385."""

    def read(self, text: str) -> str:
        if not _NUMBER.fullmatch(text.rstrip("%％ ")):
            raise _fault(_("“%(text)s”不是百分数。请填写数字，例如 3.85 即 3.85%%") % {"text": text[:20]})
        return _plain(Decimal(text.rstrip("%％ ")) / 100)

    @staticmethod
    def shown(value: Any) -> Any:
        try:
            return _plain(Decimal(str(value)) * 100)
        except InvalidOperation:
            return value


class _WholeFact(_FactField):
    def read(self, text: str) -> int:
        if not _WHOLE.fullmatch(text):
            raise _fault(_("“%(text)s”不是整数。请填写不小于 0 的整数") % {"text": text[:20]})
        return int(text)


class _YearFact(_FactField):
    def read(self, text: str) -> int:
        if not _YEAR.fullmatch(text):
            raise _fault(_("“%(text)s”不是年度。请填写四位数字，例如 2026") % {"text": text[:20]})
        return int(text)


class _DayFact(_FactField):
    def read(self, text: str) -> str:
        if day_of(text) is None:
            raise _fault(_("“%(text)s”不是有效日期。请按 YYYY-MM-DD 填写") % {"text": text[:20]})
        return text


class _CodeFact(_FactField):
    def read(self, text: str) -> str:
        if not _CODE.fullmatch(text):
            raise _fault(_("“%(text)s”不是行政区划代码。请填写 6 位数字，例如 500103") % {"text": text[:20]})
        return text


class _WordsFact(_FactField):
    """A list of words separated by commas, where no list to choose from is known."""

    def read(self, text: str) -> list[str]:
        return sorted({word for word in _SEPARATORS.split(text) if word})

    @staticmethod
    def shown(value: Any) -> Any:
        return "、".join(value or ())


class _DatedFact(_FactField):
    """Days with amounts, a line each: 2026-06-10 1000000.00."""

    def read(self, text: str) -> list[list[str]]:
        rows, faults = [], []
        for place, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            day, _space, amount = line.strip().replace("，", " ").partition(" ")
            if day_of(day) is None:
                faults.append(_("第%(n)s行：“%(day)s”不是有效日期") % {"n": place, "day": day[:20]})
            try:
                rows.append([day, yuan_text(fen_typed(amount.strip(), ""))])
            except forms.ValidationError as fault:
                faults += [_("第%(n)s行：%(told)s") % {"n": place, "told": told} for told in fault.messages]
        if faults:
            raise forms.ValidationError(faults, "fact")
        return rows

    @staticmethod
    def shown(value: Any) -> Any:
        return "\n".join(f"{day} {amount}" for day, amount in value or ())


class _YesNoFact(forms.ChoiceField):
    def __init__(self, words: FactWords, **options: Any) -> None:
        named = [(YES, said(words.value_words(value=True))), (NO, said(words.value_words(value=False)))]
        super().__init__(required=False, choices=[("", _("未填")), *named], **options)

    def clean(self, value: Any) -> Any:
        return {YES: True, NO: False}.get(super().clean(value))

    @staticmethod
    def shown(value: Any) -> Any:
        return {True: YES, False: NO}.get(value, "")


class _WordFact(forms.ChoiceField):
    def __init__(self, words: FactWords, known: Sequence[str], **options: Any) -> None:
        named = [(word, said(words.value_words(word))) for word in known]
        super().__init__(required=False, choices=[("", _("未填")), *named], **options)

    def clean(self, value: Any) -> Any:
        return super().clean(value) or None

    @staticmethod
    def shown(value: Any) -> Any:
        return "" if value is None else value


class _SomeWordsFact(forms.MultipleChoiceField):
    def __init__(self, words: FactWords, known: Sequence[str], **options: Any) -> None:
        named = [(word, said(words.value_words(word))) for word in known]
        super().__init__(required=False, choices=named, widget=forms.CheckboxSelectMultiple, **options)

    def clean(self, value: Any) -> Any:
        return sorted(super().clean(value)) or None

    @staticmethod
    def shown(value: Any) -> Any:
        return sorted(value or ())


_BY_UNIT: dict[str, tuple[type[_FactField], Any]] = {
    "yuan": (_YuanFact, gettext_lazy("单位：元")),
    "rate": (_PercentFact, gettext_lazy("单位：%，例如 3.85")),
    "share": (_PercentFact, gettext_lazy("单位：%，例如 60")),
    "months": (_WholeFact, gettext_lazy("单位：个月")),
    "days": (_WholeFact, gettext_lazy("单位：天，没有的填 0")),
    "count": (_WholeFact, ""),
    "day": (_DayFact, ""),
    "year": (_YearFact, gettext_lazy("四位数字，例如 2026")),
    "code": (_CodeFact, gettext_lazy("6 位行政区划代码")),
    "dated_amounts": (_DatedFact, gettext_lazy("每行一笔：日期 空格 金额（元），例如 2026-06-10 1000000.00")),
}
UNIT_WORDS = {
    "yuan": gettext_lazy("元"),
    "months": gettext_lazy("个月"),
    "days": gettext_lazy("天"),
    "count": gettext_lazy("件"),
}


def fact_field(words: FactWords, tested: Sequence[str | bool], **options: Any) -> Any:
    """The field in which a fact is typed, by its unit; where the table of facts does not know it, by what the policy
    compares it with."""
    kind = kind_of(words, tested)
    if kind == "yes_no":
        return _YesNoFact(words, **options)
    known = list(dict.fromkeys((*words.values, *(value for value in tested if isinstance(value, str)))))
    if kind in ("word", "words") and known:
        return (_SomeWordsFact if kind == "words" else _WordFact)(words, known, **options)
    if kind == "words":
        return _WordsFact(help_text=_("多个的用顿号分开"), **options)
    field, hint = _BY_UNIT.get(kind, (_FactField, ""))
    widget = {
        "day": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        "dated_amounts": forms.Textarea(attrs={"rows": 2}),
    }.get(kind, forms.TextInput(attrs={"autocomplete": "off"}))
    return field(help_text=hint, widget=widget, **options)


def kind_of(words: FactWords, tested: Sequence[str | bool]) -> str:
    """The unit of a fact; of one that nobody has described, what the policy compares it with tells yes or no from a word."""
    if words.unit == "word" and any(isinstance(value, bool) for value in tested):
        return "yes_no"
    return words.unit


def _plain(value: Decimal) -> str:
    return format(value.normalize(), "f")
