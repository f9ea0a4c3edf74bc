"""Forms of group credit: what a facility is opened with, a member's limit, a draw and what came back. Amounts in yuan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from finance.parties.forms import YuanText
from kernel.choosing import offer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from valuation.facilities.queries import Mark


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))


def _reason(label: Any, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=300, required=required, help_text=help_text)


class Amount(YuanText):
    """An amount that has to be typed."""

    wanted = True

    def clean(self, value: Any) -> int:
        fen = super().clean(value)
        if fen is None:
            raise forms.ValidationError(_("请填写金额"), "required")
        return fen


class OpeningForm(forms.Form):
    """A facility: for which mark of which file, how much, from when until when, for what."""

    mark = forms.ChoiceField(label=_("区域商标"))
    total_fen = Amount(label=_("授信总额"))
    first = _day(_("起日"))
    last = _day(_("止日"))
    purpose = _reason(_("用途"))

    def __init__(self, *args: Any, marks: Sequence[Mark], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [
            (
                f"{one.file.pk} {one.number}",
                f"{one.words} {one.number}（{one.file.number}，{len(one.users)}）",
            )
            for one in marks
        ]
        offer(self, "mark", named)

    @property
    def terms(self) -> dict[str, Any]:
        """As the action takes them."""
        typed = dict(self.cleaned_data)
        file_id, _space, number = typed.pop("mark").partition(" ")
        return {**typed, "file_id": file_id, "right_number": number}


class RaiseForm(forms.Form):
    """A higher total."""

    total_fen = Amount(label=_("新的授信总额"))
    reason = _reason(_("理由"))


class ReasonForm(forms.Form):
    """Why a facility is closed, or a member suspended."""

    reason = _reason(_("理由"))


class LimitForm(forms.Form):
    """A limit for one of the users of the mark."""

    credit_code = forms.ChoiceField(label=_("成员（使用人名册）"))
    limit_fen = Amount(label=_("成员限额"))
    reason = _reason(_("理由"), required=False, help_text=_("高于评分额度，或没有评分额度时，必须写明"))

    def __init__(self, *args: Any, users: Sequence[Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one["credit_code"], one["name"]) for one in users]
        offer(self, "credit_code", choices)


class DrawForm(forms.Form):
    """Money lent to a member."""

    loan_no = forms.CharField(label=_("借据号"), max_length=60)
    amount_fen = Amount(label=_("金额"))
    day = _day(_("放款日"))


class ReleaseForm(forms.Form):
    """What of a draw came back."""

    amount_fen = Amount(label=_("归还金额"))
    day = _day(_("归还日"))
    note = _reason(_("说明"), required=False)
