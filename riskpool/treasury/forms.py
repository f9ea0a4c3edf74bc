"""Forms of the treasury: the bank's two files, explanations, interest, withdrawal, replenishment."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.choosing import offer
from kernel.pages import no_larger_than
from kernel.sheets.limited import LIMITS
from riskpool.pools.forms import FenField, day_field
from riskpool.pools.models import Pool, PoolSource
from riskpool.treasury.models import StatementImport


def file_field(label: Any) -> forms.FileField:
    """A workbook or CSV file; an empty one is told by the reader's own sentence."""
    return forms.FileField(
        label=label, allow_empty_file=True, validators=[no_larger_than(LIMITS.bytes)],
        help_text=_("xlsx 或 csv（UTF-8、GB18030）"),
    )  # fmt: skip


class ReturnFileForm(forms.Form):
    """The bank's answer to the batches."""

    file = file_field(_("回盘文件"))
    good_rows = forms.BooleanField(
        label=_("有误的行先不入账，其余照常提请"),
        required=False,
        help_text=_("不勾选时，一行有误则整份不入账"),
    )


class OfSources(forms.Form):
    """A form that chooses one of the pool's sources."""

    source = forms.ModelChoiceField(PoolSource.objects.none(), label=_("资金来源"))

    def __init__(self, *args: Any, pool: Pool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "source", pool.sources.all())


class StatementFileForm(OfSources):
    """A statement of one account: its span, both balances, its lines as a file, and which one it corrects, if any."""

    first = day_field(_("期间首日"))
    last = day_field(_("期间末日"))
    opening_fen = FenField(label=_("期初余额（元）"))
    closing_fen = FenField(label=_("期末余额（元）"))
    file = file_field(_("逐笔流水"))
    supersedes: Any = forms.ModelChoiceField(
        StatementImport.objects.none(),
        label=_("更正哪一份"),
        required=False,
        help_text=_("只在更正已入账的对账单时选；须两人办理"),
    )

    def __init__(self, *args: Any, pool: Pool, **kwargs: Any) -> None:
        super().__init__(*args, pool=pool, **kwargs)
        standing = StatementImport.objects.filter(source__pool=pool, live=True).order_by("-span")
        offer(self, "supersedes", standing)


class InterestForm(OfSources):
    """Interest that the bank has paid on an account."""

    fen = FenField(label=_("利息（元）"))
    day = day_field(_("结息日"))
    reference = forms.CharField(label=_("银行回单号"), max_length=60)


class WithdrawalForm(OfSources):
    """Free money that goes back to its contributor."""

    fen = FenField(label=_("收回金额（元）"))
    basis = forms.CharField(label=_("依据（文件、协议条款）"), max_length=200)


class TargetForm(forms.Form):
    """To which size the pool shall come back; only looked at."""

    target_fen = FenField(label=_("试算目标规模（元）"))


class CallForm(forms.Form):
    """A call on the sources: to which size, by when, on what basis."""

    target_fen = FenField(label=_("目标规模（元）"))
    due_on = day_field(_("到位期限"))
    basis = forms.CharField(label=_("依据（办法或协议条款）"), max_length=200)


class ExplanationForm(forms.Form):
    """One of the kinds of the pool's procedure, with the paper that shows it."""

    kind = forms.ChoiceField(label=_("解释为"))
    note = forms.CharField(label=_("说明（银行回单、函件编号）"), max_length=200)

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "kind", kinds)


class TakeBackForm(forms.Form):
    """Why a payment is stopped, or came back, and on which day."""

    day = day_field(_("日期"))
    reason = forms.CharField(label=_("撤回或退票的原因"), max_length=200)
