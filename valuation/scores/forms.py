"""Forms of the scores' pages. What may be typed is judged by the actions; here only its shape."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.choosing import offer
from kernel.errors import Problem
from kernel.pages import no_larger_than
from kernel.sheets.limited import LIMITS
from valuation.credit_line import CAPITAL, CAPITAL_KEYS
from valuation.scores.published import sources
from valuation.scores.rules import STATES, Stated
from valuation.words import card_words

LONGEST = 500
NO_ANSWER, STANDS, STANDS_NOT = "", "yes", "no"


def _words(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}), **options
    )


def _day(label: Any, **options: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, widget=widget, **options)


def state_choices() -> list[tuple[str, str]]:
    """The states of an input in the language of the page."""
    return [(str(state), card_words(word)) for word, state in STATES.items()]


class ConsentForm(forms.Form):
    """Whom the enterprise allows what, and until when. Nothing is ticked beforehand: a consent is given by hand."""

    receiver: Any = forms.ModelChoiceField(label=_("授权给"), queryset=None)
    kinds = forms.MultipleChoiceField(label=_("可查询和使用的数据来源"), widget=forms.CheckboxSelectMultiple)
    last_day = _day(_("有效至（含当日）"))

    def __init__(self, *args: Any, receivers: Any, on: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = sources().asked_for
        offer(self, "receiver", receivers)
        offer(self, "kinds", [(one.id, card_words(one.name)) for one in asked])
        self.initial.setdefault("last_day", on + dt.timedelta(days=sources().default_days))


class InputForm(forms.Form):
    """One input of one enterprise."""

    firm: Any = forms.ModelChoiceField(label=_("企业"), queryset=None)
    item = forms.ChoiceField(label=_("项目"))
    subject = forms.CharField(
        label=_("对象"), max_length=200, required=False, help_text=_("权利号或产品名称；企业的数据不写")
    )
    state = forms.ChoiceField(label=_("状态"), choices=state_choices)
    value = forms.CharField(
        label=_("数值"), max_length=200, required=False, help_text=_("查无或不适用的留空；没有查的不要录入")
    )
    source = forms.CharField(label=_("来源"), max_length=200, help_text=_("例如：2025年度审计报告"))
    known_on = _day(_("查询日"), help_text=_("查得此数的日期，不晚于今天"))

    def __init__(self, *args: Any, firms: Any, items: Any, own: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "firm", firms)
        if own:
            self.fields["firm"].widget = forms.HiddenInput()
        names = [
            (item.id, card_words(f"{item.label}（{item.unit}）" if item.unit else item.label))
            for item in items
        ]
        offer(self, "item", names)

    @property
    def stated(self) -> Stated:
        typed = self.cleaned_data
        names = ("item", "subject", "state", "value", "source")
        return Stated(**{name: typed[name] for name in names}, known_on=typed["known_on"].isoformat())


class UploadForm(forms.Form):
    """A workbook of inputs."""

    file = forms.FileField(label=_("文件"), allow_empty_file=True, validators=[no_larger_than(LIMITS.bytes)])


def _capital(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=20, required=False)


class QuoteForm(forms.Form):
    """What is asked for, in 万元 as the card counts; the action reads the figures strictly."""

    request_wan = forms.CharField(label=_("申请金额（万元）"), max_length=20, required=False)
    compensation_share = forms.CharField(
        label=_("补偿比例"),
        max_length=10,
        required=False,
        initial="0",
        help_text=_("本金由资金池补偿的比例，例如 0.8；不入池的填 0 或留空"),
    )
    existing_exposure_wan = forms.CharField(
        label=_("已有余额（万元）"),
        max_length=20,
        required=False,
        help_text=_(
            "已带入本机构在册未结清贷款的余额，不得少填；只计贷款余额：平台以外的贷款，以及已承诺而未提用的授信，"
            "请一并计入。集体授信的成员限额从本额度中授予，不另扣"
        ),
    )

    sales_wan = _capital(_("上年度销售收入（万元）"))
    margin_percent = _capital(_("上年度销售利润率（%）"))
    growth_percent = _capital(_("预计销售收入年增长率（%）"))
    turnover = _capital(_("营运资金周转次数（每年）"))
    own_funds_wan = _capital(_("自有资金（万元）"))
    other_loans_wan = _capital(_("现有流动资金贷款和其他渠道提供的营运资金（万元）"))

    @property
    def asked(self) -> dict[str, Any]:
        """What was filled in; the six of the working capital together, if one of them is."""
        filled = {name: value.strip() for name, value in self.cleaned_data.items() if value.strip()}
        if not any(name in filled for name in CAPITAL_KEYS):
            return filled
        capital = {name: filled.pop(name, None) for name in CAPITAL_KEYS}
        return {**filled, CAPITAL: capital}

    def by_label(self, problems: Sequence[Problem]) -> list[Problem]:
        """The faults of an ask under the labels of this form."""
        return [
            replace(one, where=str(self.fields[name].label))
            if (name := one.where.rpartition(".")[2]) in self.fields
            else one
            for one in problems
        ]

    @property
    def shown_fields(self) -> list[Any]:
        return [self[name] for name in self.fields if name not in CAPITAL_KEYS]

    @property
    def capital_fields(self) -> list[Any]:
        return [self[name] for name in CAPITAL_KEYS]

    @property
    def capital_is_open(self) -> bool:
        return any(self[name].value() for name in CAPITAL_KEYS)


class OverrideForm(forms.Form):
    """Another grade, and why."""

    grade = forms.ChoiceField(label=_("改用等级"))
    reason = _words(_("理由"), help_text=_("写明依据的事实；由本机构另一人复核"))

    def __init__(self, *args: Any, grades: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "grade", [(one, one) for one in grades])


class DisputeForm(forms.Form):
    """Which input is wrong, what is right, and a paper that proves it."""

    item = forms.ChoiceField(label=_("哪一项有误"))
    says = _words(_("正确的情况"))
    paper = forms.FileField(label=_("证明材料"), required=False, allow_empty_file=True)

    def __init__(self, *args: Any, items: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "item", [(one, card_words(name)) for one, name in items])


class ReviewForm(forms.Form):
    """What a person shall look at."""

    says = _words(_("请人工复核的理由"))


class AnswerForm(forms.Form):
    """The answer to a dispute, with the corrected input where it is upheld."""

    upheld = forms.ChoiceField(label=_("异议"), choices=[(STANDS, _("成立")), (STANDS_NOT, _("不成立"))])
    words = _words(_("答复"))
    state = forms.ChoiceField(
        label=_("更正后的状态"),
        required=False,
        choices=lambda: [("", _("不更正")), *state_choices()],
        help_text=_("指标的异议成立时填写：作为新数据留存，并立即重新评分"),
    )
    value = forms.CharField(label=_("更正后的数值"), max_length=200, required=False)
    source = forms.CharField(label=_("更正的来源"), max_length=200, required=False)
    known_on = _day(_("查询日"), required=False)

    @property
    def correction(self) -> Stated | None:
        """The corrected input, of which the dispute says which it is; None if none was typed."""
        typed = self.cleaned_data
        if not typed["state"]:
            return None
        day = typed["known_on"].isoformat() if typed["known_on"] else ""
        return Stated("", "", typed["state"], typed["value"], typed["source"], day)


class ReviewAnswerForm(forms.Form):
    """The answer to a request for a person's look."""

    words = _words(_("复核结论"))


class WithdrawalForm(forms.Form):
    """Why a consent is taken back, if one says so."""

    reason = forms.CharField(label=_("原因"), max_length=200, required=False)
