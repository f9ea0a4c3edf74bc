"""Forms of the officer: judging a fact, hearing offices, granting, objections, payment results, claw-backs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from finance.subsidies.forms.fields import YuanField, day_field, fact_field
from finance.subsidies.models import ApplicationFact, ClawBack, OfficeWord
from finance.subsidies.reads import line_name, values_tested
from finance.subsidies.saying import said
from finance.subsidies.words import fact_words
from kernel.choosing import offer
from kernel.money.yuan import yuan_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from finance.subsidies.models import AwardPayment, Plan
    from finance.subsidies.results import LineResult
    from finance.subsidies.terms import Policy, Recovery

Standing = ApplicationFact.Standing
ITEMS = 5


def _text(label: Any, most: int = 500, rows: int = 2, **options: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=most, widget=forms.Textarea(attrs={"rows": rows}), **options
    )


class JudgeForm(forms.Form):
    """What the officer says of one fact: confirmed as stated, confirmed with another value, or not accepted."""

    standing = forms.ChoiceField(
        label=_("认定"),
        choices=[(Standing.CONFIRMED.value, _("确认")), (Standing.REJECTED.value, _("不予认定"))],
    )
    reason = forms.CharField(
        label=_("核对了哪一份材料"), max_length=200, help_text=_("例如：信用中国查询单 2026-11-20")
    )

    def __init__(self, *args: Any, policy: Policy, path: str, shown: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        value = fact_field(fact_words(path), values_tested(policy, path), label=_("材料显示的值"))
        value.initial = value.shown(shown) if shown is not None else None
        self.fields["value"] = value
        self.order_fields(["value", "standing", "reason"])

    @property
    def judged(self) -> dict[str, Any]:
        """As the action takes it; a value that was not touched is the one that was stated."""
        value = self.cleaned_data["value"] if "value" in self.changed_data else None
        return {
            "standing": self.cleaned_data["standing"],
            "reason": self.cleaned_data["reason"],
            "value": value,
        }


class OfficeForm(forms.Form):
    """What another office says."""

    office = forms.ChoiceField(label=_("部门"))
    outcome = forms.ChoiceField(label=_("意见"), choices=OfficeWord.Outcome.choices)
    reference = forms.CharField(label=_("文号或函号"), max_length=120, required=False)
    text = forms.CharField(
        label=_("意见内容"), max_length=300, required=False, help_text=_("有异议的必须写明")
    )

    def __init__(self, *args: Any, offices: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "office", [(name, name) for name in offices])


class NoticeForm(forms.Form):
    """What must be mended, an item a line."""

    items = _text(_("补正事项"), 4000, 4, help_text=_("每行一项：缺什么、要什么"))

    def clean_items(self) -> list[str]:
        return str(self.cleaned_data["items"]).splitlines()


class ReviewForm(forms.Form):
    """Passing an application: for each line of which the policy states only the most, what is granted."""

    text = _text(_("审核意见"), required=False)

    def __init__(self, *args: Any, policy: Policy, ceilings: Sequence[LineResult], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = {f"line-{line.id}": line.id for line in ceilings}
        fields: dict[str, forms.Field] = {
            f"line-{line.id}": YuanField(
                label=_("核定%(line)s（元）") % {"line": said(line_name(policy, line.id))}, required=False,
                help_text=_("办法只规定上限，最高 %(most)s 元") % {"most": yuan_text(line.capped_fen, grouped=True)},
            )
            for line in ceilings
        }  # fmt: skip
        self.fields = fields | self.fields

    @property
    def granted(self) -> dict[str, int]:
        typed = {line: self.cleaned_data[name] for name, line in self.lines.items()}
        return {line: fen for line, fen in typed.items() if fen is not None}


class ReasonForm(forms.Form):
    """Why something is refused, sent back or taken back."""

    reason = _text(_("理由"))


class ObjectionForm(forms.Form):
    """What somebody said against a public list."""

    said_by = forms.CharField(label=_("异议人"), max_length=60, help_text=_("匿名的填“匿名”"))
    received_on = day_field(_("收到日"))
    application_id = forms.ChoiceField(label=_("针对哪一件"), required=False)
    text = _text(_("异议内容"))

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        on_it = {
            str(line.application_id): f"{line.application.number} {line.application.enterprise.name}"
            for line in plan.lines.select_related("application__enterprise").order_by("seq")
        }
        offer(self, "application_id", [("", _("整份名单")), *on_it.items()])

    @property
    def said(self) -> dict[str, Any]:
        return {**self.cleaned_data, "application_id": self.cleaned_data["application_id"] or None}


class OutcomeForm(forms.Form):
    """What became of an objection."""

    upheld = forms.ChoiceField(
        label=_("结论"), choices=[("", ""), ("no", _("不成立")), ("yes", _("成立，名单须重新拟定"))]
    )
    text = _text(_("核实经过和结论"))


class ResultForm(forms.Form):
    """What the bank answered of one payment; a line left without an outcome is not answered yet."""

    outcome = forms.ChoiceField(
        label=_("结果"), required=False, choices=[("", "—"), ("ok", _("成功")), ("failed", _("失败"))]
    )
    day = day_field(_("日期"), required=False)
    reference = forms.CharField(label=_("回单号"), max_length=80, required=False)
    reason = forms.CharField(label=_("失败原因"), max_length=200, required=False)

    def __init__(self, sent: Any = None, *, payment: AwardPayment) -> None:
        super().__init__(sent, prefix=f"p{payment.seq}")
        self.payment = payment
        for field in self.fields.values():
            field.wanted = True  # type: ignore[attr-defined]  # by the action, once there is an outcome

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if typed.get("outcome") and not typed.get("day") and "day" not in self.errors:
            self.add_error("day", _("请填写银行处理当日"))
        if not typed.get("outcome") and (typed.get("reference") or typed.get("reason")):
            self.add_error("outcome", _("填了回单号或原因而没有结果"))
        return typed


class ResultFileForm(forms.Form):
    """The payment file as the bank filled it in."""

    file = forms.FileField(label=_("回盘文件"), help_text=_("CSV（UTF-8 或 GB18030）或 Excel，2 MB 以内"))


class ClawBackForm(forms.Form):
    """What is asked back of an award, and why."""

    ground = forms.ChoiceField(label=_("事由"), choices=[("", ""), *ClawBack.Ground.choices])
    fen = YuanField(label=_("追回金额（元）"))
    text = _text(_("事实和依据"), help_text=_("写明事实、条款和证据"))
    excluded_until = day_field(
        _("停止申报至"), required=False, help_text=_("办法规定几年内不得申报的填写；不停止的留空")
    )
    interest_fen = YuanField(
        label=_("利息（元）"), required=False, help_text=_("办法规定计收利息而没有写明利率，在依据中写明算法")
    )

    def __init__(self, *args: Any, recovery: Recovery, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if recovery.rate is not None or not recovery.interest:
            del self.fields["interest_fen"]


class ReturnForm(forms.Form):
    """A payment that had arrived and came back."""

    day = day_field(_("退回日"))
    reason = forms.CharField(label=_("银行给出的原因"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_return_%s", **kwargs})


class ReceiptForm(forms.Form):
    """Money that came back."""

    fen = YuanField(label=_("到账金额（元）"))
    day = day_field(_("到账日"))
    reference = forms.CharField(label=_("凭证号"), max_length=80, help_text=_("国库或银行回单号"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_receipt_%s", **kwargs})
