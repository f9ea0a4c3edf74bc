"""Forms of the validation pages: a version and a period, an opinion, an outage, the day from which a model acts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.policystore.models import PolicyVersion
from kernel.policystore.queries import published
from valuation.validation.models import Opinion


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, widget=widget)


class PeriodForm(forms.Form):
    """Which version of the card, scored from when to when."""

    version = forms.ModelChoiceField(
        queryset=PolicyVersion.objects.none(), label=_("评分卡版本"), empty_label=None
    )
    begins = _day(_("评分日自"))
    ends = _day(_("评分日至"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].queryset = published(PolicyVersion.Kind.SCORECARD).order_by("-version")  # type: ignore[attr-defined]


class OpinionForm(forms.Form):
    """What the independent validator says."""

    verdict = forms.ChoiceField(label=_("结论"), choices=Opinion.Verdict.choices)
    words = forms.CharField(
        label=_("意见"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("写明依据的章节和发现事项的处理要求；签署后不能改写"),
    )  # fmt: skip


class OutageForm(forms.Form):
    """A source that could not be asked."""

    source = forms.CharField(label=_("数据来源"), max_length=60)
    begins = _day(_("自"))
    ends = _day(_("至"))


class SinceForm(forms.Form):
    """From which day figures shall act."""

    since = _day(_("起用日"))
