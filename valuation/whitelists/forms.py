"""Forms of white lists: making one, changing it by hand, choosing banks, a bank's answer, an enterprise's wish."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Organisation
from kernel.choosing import offer
from kernel.days import today
from valuation.whitelists.actions.making import MOST_REASON
from valuation.whitelists.models import BankAnswer, HandChange
from valuation.whitelists.shelf import filters_of


def _day(label: Any, **options: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, widget=widget, **options)


def _reason(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=MOST_REASON, widget=forms.Textarea(attrs={"rows": 2}), **options
    )


class MakingForm(forms.Form):
    """Which filter, as of which day."""

    filter_id = forms.ChoiceField(label=_("筛选办法"))
    on = _day(_("截至日"), help_text=_("只用当日或以前已知的数据"))

    def __init__(self, *args: Any, region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(one.id, one.title) for one in filters_of(region)]
        offer(self, "filter_id", named)

    def clean_on(self) -> Any:
        on = self.cleaned_data["on"]
        if on > today():
            raise forms.ValidationError(_("截至日不能晚于今天"))
        return on


class ChangeForm(forms.Form):
    """Putting a firm on or taking it off."""

    kind = forms.ChoiceField(label=_("调整"), choices=HandChange.Kind.choices, widget=forms.HiddenInput)
    reason = _reason(_("理由"))


class DropForm(forms.Form):
    """Giving a draft up."""

    reason = _reason(_("作废理由"))


class PushForm(forms.Form):
    """Which banks get the list."""

    banks = forms.ModelMultipleChoiceField(
        Organisation.objects.none(), label=_("推送给"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, banks: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "banks", banks)


class AnswerForm(forms.Form):
    """What became of a firm."""

    kind = forms.ChoiceField(label=_("结果"), choices=BankAnswer.Kind.choices)
    about = _day(_("日期"))
    reason = _reason(_("原因或说明"), required=False, help_text=_("未予授信的必须写明原因"))
    loan_no = forms.CharField(
        label=_("本行贷款编号"), max_length=60, required=False, help_text=_("已放款的必填")
    )


class WishForm(forms.Form):
    """Why an enterprise wishes to be taken off; it need not say."""

    reason = _reason(_("原因（可不填）"), required=False)
