"""The form of an award: which bank, under which measure, for which period."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Organisation
from kernel.choosing import offer
from riskpool.volumes.measures import measures_for


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options
    )


class TakingBackForm(forms.Form):
    """Why an award is taken back."""

    reason = forms.CharField(label=_("收回理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    article = forms.CharField(label=_("依据条款"), max_length=200)


class AwardForm(forms.Form):
    """What is weighed first and then put to a second person."""

    measure_id = forms.ChoiceField(label=_("办法"))
    bank = forms.ModelChoiceField(Organisation.objects.none(), label=_("银行"))
    first = _day(_("期间起"))
    last = _day(_("期间止"), help_text=_("含当日；按放款日计入"))

    def __init__(self, *args: Any, payer: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(measure.id, measure.name) for measure in measures_for(payer).values()]
        offer(self, "measure_id", known)
        offer(self, "bank", Organisation.objects.filter(kind="bank").order_by("code"))
