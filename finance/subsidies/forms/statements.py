"""Forms of the paying bank's statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from finance.subsidies.forms.fields import YuanField, day_field
from kernel.choosing import offer
from kernel.statements.sheet import Stated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from finance.subsidies.models import BankStatement


class StatementForm(forms.Form):
    """A statement as two figures and a span around its file."""

    first = day_field(_("起始日"))
    last = day_field(_("期末日"), help_text=_("含当日"))
    opening_fen = YuanField(label=_("期初余额（元）"))
    closing_fen = YuanField(label=_("期末余额（元）"))
    supersedes = forms.ChoiceField(label=_("更正哪一份"), required=False, help_text=_("新的一份留空"))
    file = forms.FileField(
        label=_("对账单文件"),
        help_text=_(
            "CSV 或 Excel，列：交易日期、收入金额（元）、支出金额（元）、对方户名、摘要、银行流水号、账户余额（元）"
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, standing: Sequence[BankStatement], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(one.pk), f"{one.number}（{one.span.lower}）") for one in standing]
        offer(self, "supersedes", [("", "—"), *named])

    @property
    def stated(self) -> Stated:
        typed = self.cleaned_data
        return Stated(typed["first"], typed["last"], typed["opening_fen"], typed["closing_fen"])


class RemarkForm(forms.Form):
    """What a line is that is no payment of subsidies."""

    text = forms.CharField(label=_("说明"), max_length=200, help_text=_("例如：国库拨入本年贴息资金"))
