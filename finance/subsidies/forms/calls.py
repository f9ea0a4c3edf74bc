"""The form with which a bureau opens a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from finance.subsidies.actions.calls import order_problems
from finance.subsidies.forms.fields import YuanField, day_field
from finance.subsidies.queries.of_calls import policies_to_open
from kernel.choosing import offer

if TYPE_CHECKING:
    from finance.parties.models import Membership
    from kernel.errors import Problem
    from kernel.policystore.models import PolicyVersion

MOST_OFFICES = 12


class OpenCallForm(forms.Form):
    """Everything a call lays down; none of it changes afterwards."""

    policy = forms.ChoiceField(label=_("政策"), help_text=_("已发布、可以办理的补贴政策"))
    title = forms.CharField(
        label=_("标题"), max_length=120, help_text=_("例如：2026年知识产权质押贷款贴息申报")
    )
    opens_on = day_field(_("开始受理日"))
    closes_on = day_field(_("截止受理日"), help_text=_("含当日"))
    settled_from = day_field(_("贷款结清期间起"), required=False, help_text=_("不限的留空"))
    settled_to = day_field(_("贷款结清期间止"), required=False, help_text=_("含当日；不限的留空"))
    pool_fen = YuanField(
        label=_("资金额度（元）"),
        required=False,
        help_text=_("以元填写；没有确定额度的留空，名单不按额度核减"),
    )
    unasked = forms.BooleanField(
        label=_("免申即享：由本部门按银行月报生成名单，企业只确认收款账户"), required=False
    )
    public_days = forms.IntegerField(label=_("公示期（工作日）"))
    cure_days = forms.IntegerField(label=_("补正期限（工作日）"))
    basis = forms.CharField(
        label=_("期限的出处"), max_length=300, required=False,
        help_text=_("办法的条款，或“本部门设定”；公示与补正期限写在这里，企业看得到"),
    )  # fmt: skip
    offices = forms.CharField(
        label=_("联合审查部门"), required=False, max_length=800, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("每行一个部门；没有的留空"),
    )  # fmt: skip
    released = forms.CharField(
        label=_("放行依据"), max_length=300, required=False,
        help_text=_("政策效力存疑的（见政策说明）必须填写，否则不能核定"),
    )  # fmt: skip

    def __init__(self, *args: Any, viewer: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions = {str(version.pk): version for version in policies_to_open(viewer=viewer)}
        named = [(key, f"{version.title}（{version.version}）") for key, version in self.versions.items()]
        offer(self, "policy", [("", ""), *named])

    def clean_policy(self) -> PolicyVersion:
        return self.versions[self.cleaned_data["policy"]]

    def clean_offices(self) -> list[str]:
        names = [line.strip() for line in self.cleaned_data["offices"].splitlines() if line.strip()]
        if len(names) > MOST_OFFICES:
            raise forms.ValidationError(_("最多 %(n)s 个部门"), "many", {"n": MOST_OFFICES})
        return list(dict.fromkeys(names))

    @property
    def order_problems(self) -> list[Problem]:
        """Days in the wrong order among those that could be read, told together with what could not."""
        typed = self.cleaned_data
        settled = typed.get("settled_from"), typed.get("settled_to")
        return list(order_problems(typed.get("opens_on"), typed.get("closes_on"), settled))

    @property
    def terms(self) -> dict[str, Any]:
        """What was typed, as the action takes it."""
        typed = dict(self.cleaned_data)
        settled = typed.pop("settled_from"), typed.pop("settled_to")
        return typed | {"settled": settled}


class ShortageForm(forms.Form):
    """How a pool that is too small is shared, where the policy does not say."""

    shortage = forms.ChoiceField(
        label=_("资金不足时"),
        choices=[
            ("pro_rata", _("按同一比例核减")),
            ("first_come", _("按申报先后，先到先得")),
        ],
    )
