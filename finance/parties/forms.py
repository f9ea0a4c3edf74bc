"""Forms of an enterprise's page: its figures of a year, and a credit fact."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.choosing import offer
from kernel.errors import Refused
from kernel.money.yuan import fen_from_yuan

from .published import credit_kinds, size_standard
from .sizes import INDICATOR_WORDS, Industry
from .standing import StatedCredit, StatedFigures
from .words import party_words


class YuanText(forms.CharField):
    """An amount typed in yuan, cleaned to whole fen by the strict grammar; nothing typed is None, which is not nought."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(
            max_length=24, required=False, widget=widget, **{"help_text": _("以元填写，不是万元"), **options}
        )

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return fen_from_yuan(text, str(self.label))
        except Refused as refused:
            told = [f"{problem.found}。{problem.wanted}" for problem in refused.problems]
            raise forms.ValidationError(told, "amount") from refused


def _day(label: Any, **options: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, widget=widget, **options)


def _looked_at(industry: Industry) -> str:
    """The indicators by which an industry is classed."""
    return "、".join(INDICATOR_WORDS[one][0] for one in industry.bounds)


class FiguresForm(forms.Form):
    """Staff, revenue and assets of a year; which of them count hangs on the industry."""

    year = forms.IntegerField(label=_("年度"), min_value=1949, max_value=9999)
    industry = forms.ChoiceField(
        label=_("行业（划型标准）"), help_text=_("括号里是划型要看的指标，其余可以不填")
    )
    staff = forms.IntegerField(label=_("从业人员（人）"), min_value=0, max_value=99_999_999, required=False)
    revenue = YuanText(label=_("营业收入（元）"))
    assets = YuanText(label=_("资产总额（元）"))
    source = forms.CharField(label=_("出处"), max_length=120, help_text=_("例如：2025年度审计报告第7页"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        industries = size_standard().industries.values()
        choices = [(one.code, party_words(f"{one.name}（{_looked_at(one)}）")) for one in industries]
        offer(self, "industry", [("", ""), *choices])

    @property
    def stated(self) -> StatedFigures:
        """What was typed, as the action takes it."""
        typed = self.cleaned_data
        return StatedFigures(
            typed["year"],
            typed["industry"],
            typed["staff"],
            typed["revenue"],
            typed["assets"],
            typed["source"],
        )


class CreditForm(forms.Form):
    """A credit fact as the document has it."""

    kind = forms.ChoiceField(label=_("种类"))
    source = forms.CharField(label=_("作出机关"), max_length=120)
    document_no = forms.CharField(label=_("文号"), max_length=80)
    decided_on = _day(_("决定日"))
    expires_on = _day(_("期限至"), required=False, help_text=_("含当日；不填则一直有效，到撤销为止"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = credit_kinds().values()
        offer(self, "kind", [("", ""), *((one.id, party_words(one.name)) for one in kinds)])

    @property
    def stated(self) -> StatedCredit:
        """What was typed, as the action takes it."""
        return StatedCredit(**self.cleaned_data)


class WithdrawalForm(forms.Form):
    """Why and from which day a credit fact no longer counts."""

    decided_on = _day(_("自哪一天起撤销"))
    reason = forms.CharField(label=_("撤销原因"), max_length=200, help_text=_("例如：信用修复决定的文号"))
