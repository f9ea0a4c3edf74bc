"""Forms of a claim: amounts in yuan as text, by the house's strict grammar; never a float."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.errors import Refused
from kernel.money import fen_from_yuan

from .actions import EvidenceFile
from .rules import COMPONENTS

if TYPE_CHECKING:
    from riskpool.pools.procedure import Procedure


class YuanField(forms.CharField):
    """Yuan as a person writes them; cleaned to whole fen (int)."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=30, **options)

    def clean(self, value: Any) -> int:
        text = super().clean(value)
        if not text:
            return 0
        try:
            return fen_from_yuan(text)
        except Refused as refused:
            raise forms.ValidationError([f"{p.found}。{p.wanted}" for p in refused.problems]) from refused


class ClaimForm(forms.Form):
    """The loss by component, the papers that the pool's procedure asks for, and a statement."""

    principal = YuanField(label=_("本金（元）"), help_text=_("不高于最近月报的未还本金"))
    interest = YuanField(label=_("利息（元）"), required=False)
    penalty = YuanField(label=_("罚息（元）"), required=False)
    costs = YuanField(label=_("费用（元）"), required=False)
    statement = forms.CharField(
        label=_("情况说明"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, procedure: Procedure, **options: Any) -> None:
        super().__init__(*args, **options)
        self.kinds = procedure.evidence
        for kind in self.kinds:
            self.fields[f"paper_{kind.kind}"] = forms.FileField(
                label=kind.title, required=kind.required, max_length=200
            )

    def loss(self) -> dict[str, int]:
        """Fen by component, those of zero left out."""
        return {name: self.cleaned_data[name] for name in COMPONENTS if self.cleaned_data[name]}

    def papers(self) -> list[EvidenceFile]:
        files = ((kind.kind, self.cleaned_data.get(f"paper_{kind.kind}")) for kind in self.kinds)
        return [
            EvidenceFile(kind, file.name, file.content_type or "application/octet-stream", file.read())
            for kind, file in files
            if file
        ]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("理由和依据条款"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class RecoveryForm(forms.Form):
    """Money collected on a paid claim."""

    gross = YuanField(label=_("到账金额（元）"))
    expenses = YuanField(label=_("回收费用（元）"), required=False)
    received_on = forms.DateField(label=_("到账日"), widget=forms.DateInput(attrs={"type": "date"}))
    note = forms.CharField(label=_("回收来源"), max_length=200, help_text=_("如处置质物、借款人还款"))
