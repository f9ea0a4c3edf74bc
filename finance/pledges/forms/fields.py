"""Fields that the forms of a registration file share. What is not known stays open ("不清楚"): another answer than no."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from finance.pledges.rules.bounds import FIRST_DAY, LAST_DAY
from finance.pledges.words import worded
from kernel.documents.papers import ACCEPT, MOST_BYTES
from kernel.errors import Problem, Refused
from kernel.money import yuan_text
from kernel.money.yuan import fen_from_yuan
from kernel.pages import no_larger_than

BOUNDED = _("不像实际日期，请填写 1949-01-01 至 2100-12-31 之间的日期")
YES_NO = [("", _("不清楚")), ("yes", _("是")), ("no", _("否"))]


def day_field(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        validators=[MinValueValidator(FIRST_DAY, BOUNDED), MaxValueValidator(LAST_DAY, BOUNDED)], **options,
    )  # fmt: skip


def three_valued(label: Any) -> forms.TypedChoiceField:
    """Yes, no, or not known (None)."""
    return forms.TypedChoiceField(
        label=label, choices=YES_NO, coerce=lambda typed: typed == "yes", empty_value=None, required=False
    )


def paper_field(label: Any, **options: Any) -> forms.FileField:
    return forms.FileField(
        label=label,
        allow_empty_file=True,
        validators=[no_larger_than(MOST_BYTES)],
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
        help_text=_("pdf、jpg、png、xlsx、docx，不超过 10 MB"),
        **options,
    )


def lines_field(label: Any, help_text: Any = "", **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, help_text=help_text, widget=widget, max_length=4000, **options)


def split_lines(text: str) -> list[list[str]]:
    """Lines of parts between bars; full-width bars too, empty lines left out.

    >>> split_lines("甲公司 | 同意\\n\\n乙公司｜不同意")
    [['甲公司', '同意'], ['乙公司', '不同意']]
    """
    return [
        [part.strip() for part in line.replace("｜", "|").split("|")]
        for line in text.splitlines()
        if line.strip()
    ]


class Yuan(forms.CharField):
    """An amount in yuan with at most two decimals, as whole fen; None when nothing was typed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=24, **options)

    def clean(self, value: Any) -> Any:
        typed = super().clean(value).strip()
        if not typed:
            return None
        try:
            return fen_from_yuan(typed, str(self.label))
        except Refused as refused:
            raise forms.ValidationError(_sentences(refused)) from refused

    def prepare_value(self, value: Any) -> Any:
        return yuan_text(value) if isinstance(value, int) else value


def _sentences(refused: Refused) -> list[str]:
    """What is wrong with a field, in the page's language; its label says where."""
    return [worded(f"{one.found}。{one.wanted}") for one in refused.problems]


def text_field(label: Any, most: int, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=False, help_text=help_text)


def wanted_by_the_step(field: forms.Field, wanted: bool = True) -> forms.Field:
    """Not optional to the reader; that it is missing is told by the action, together with every other fault."""
    field.wanted = wanted  # type: ignore[attr-defined]
    return field


def told(form: forms.Form, where: str = "") -> list[Problem]:
    """Faults of a form as problems, for pages that show several forms as one."""
    return [
        Problem(
            f"{where} {form.fields[name].label}".strip() if name in form.fields else where,
            str(fault),
            worded("请更正后再提交"),
        )
        for name, faults in form.errors.items()
        for fault in faults
    ]


def read_from(form: forms.Form) -> dict[str, Any]:
    """What could be read of a validated form; a field with a fault counts as if nothing had been typed."""
    return {**dict.fromkeys(form.fields, ""), **form.cleaned_data}


def fen_typed(typed: str, field: forms.Field) -> int | None:
    """A typed amount of yuan in fen; nothing typed is not known."""
    if not typed:
        return None
    try:
        return fen_from_yuan(typed, str(field.label))
    except Refused as refused:
        raise forms.ValidationError(_sentences(refused)) from refused


def word_of(value: Any) -> Any:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
