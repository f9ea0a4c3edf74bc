"""Forms of the policy desk: a file to upload, a loss to try."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from riskpool.pools.forms import FenField
from riskpool.schemes.base import IN_CHINESE as COMPONENT_IN_CHINESE
from riskpool.schemes.engine import NeededMetric, needed_metrics
from riskpool.schemes.terms import COMPONENTS, PRINCIPALS, Scheme
from riskpool.schemes.words import AS_FILES_WRITE_IT, fact_in_chinese


class TrialForm(forms.Form):
    """A loss and the facts that a scheme asks for; what is left empty is absent."""

    def __init__(self, *args: Any, scheme: Scheme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.components = components_of(scheme)
        self.facts = needed_metrics(scheme)
        for name in self.components:
            counted = name in scheme.loss_base.include
            self.fields[f"loss_{name}"] = FenField(
                label=_("%(name)s（元）") % {"name": COMPONENT_IN_CHINESE[name]},
                required=False,
                help_text=_("计入") if counted else _("不计入，由放贷方自担"),
            )
        for place, fact in enumerate(self.facts):
            self.fields[f"fact_{place}"] = forms.CharField(
                label=fact_in_chinese(fact.name), required=False, max_length=60, help_text=fact_help(fact)
            )
        self.fields["gross"] = FenField(label=_("支付后追回（元）"), required=False)
        self.fields["costs"] = FenField(label=_("追偿费用（元）"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        amounts = [cleaned.get(f"loss_{name}") for name in self.components]
        if None not in amounts and not any(amounts):
            self.add_error(f"loss_{self.components[0]}", _("损失合计为零，请填写损失金额"))
        return cleaned

    @property
    def loss(self) -> dict[str, int]:
        """The loss in fen, components of zero left out."""
        typed = {name: self.cleaned_data[f"loss_{name}"] for name in self.components}
        return {name: fen for name, fen in typed.items() if fen}

    @property
    def metrics(self) -> dict[str, str]:
        """The facts that were typed, by name."""
        typed = {fact.name: self.cleaned_data[f"fact_{place}"] for place, fact in enumerate(self.facts)}
        return {name: AS_FILES_WRITE_IT.get(text, text) for name, text in typed.items() if text}


def components_of(scheme: Scheme) -> list[str]:
    """The components of a loss that a person is asked for: one measure of principal, and the others."""
    measure = next((name for name in PRINCIPALS if name in scheme.loss_base.include), PRINCIPALS[0])
    return [measure, *(name for name in COMPONENTS if name not in PRINCIPALS)]


def fact_help(fact: NeededMetric) -> str:
    """Name, moment, and what happens without it."""
    told = {"name": fact.name, "moment": fact.moment, "absent": fact.if_absent}
    return _("%(name)s，%(moment)s；不填：%(absent)s。是否类填“是”或“否”，比例填 0 至 1 的小数") % told
