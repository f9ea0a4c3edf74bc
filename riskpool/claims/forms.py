"""Forms of a claim: the loss with its papers, a refusal, a recovery. Every fault of a form is told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.choosing import offer
from kernel.documents.papers import ACCEPT, MEDIA_TYPES, MOST_BYTES, MOST_FILES, ending_of, paper_problem
from kernel.errors import Problem
from riskpool.claims.actions import EvidenceFile
from riskpool.claims.models import DeficiencyAnswer, DeficiencyClosing
from riskpool.claims.rules import COMPONENTS
from riskpool.claims.wording import component_title
from riskpool.pools.forms import FenField, day_field

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.datastructures import MultiValueDict

    from riskpool.claims.account import Ceiling
    from riskpool.claims.models import DeficiencyItem
    from riskpool.pools.procedure import EvidenceKind


class ClaimForm(forms.Form):
    """The loss by component, typed in yuan; the papers are read by `papers_sent`, since each kind takes many."""

    principal = FenField(label=_("损失本金（元）"))
    interest = FenField(label=_("利息（元）"), required=False, help_text="")
    penalty = FenField(label=_("罚息（元）"), required=False, help_text="")
    costs = FenField(label=_("费用（元）"), required=False, help_text="")
    statement = forms.CharField(
        label=_("情况说明"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    @property
    def loss(self) -> dict[str, int]:
        """The components that could be read, in fen; zeros left out."""
        return {name: self.cleaned_data[name] for name in COMPONENTS if self.cleaned_data.get(name)}


def paper_field(kind: EvidenceKind) -> str:
    """The name of the file field of one kind of evidence.

    >>> from types import SimpleNamespace
    >>> paper_field(SimpleNamespace(kind="contract"))
    'paper_contract'
    """
    return f"paper_{kind.kind}"


def papers_sent(
    files: MultiValueDict[str, Any], kinds: tuple[EvidenceKind, ...]
) -> tuple[list[EvidenceFile], list[Problem]]:
    """The papers that were sent, by kind, and every fault of every file. A file with a fault is not among the papers."""
    papers, problems = [], []
    for kind in kinds:
        for sent in files.getlist(paper_field(kind)):
            content = sent.read(MOST_BYTES + 1)
            problem = paper_problem(sent.name, content)
            if problem is not None:
                problems.append(problem)
            else:
                papers.append(EvidenceFile(kind.kind, sent.name, MEDIA_TYPES[ending_of(sent.name)], content))
    if len(papers) > MOST_FILES:
        problems.append(
            Problem(
                "证据材料", f"共 {len(papers)} 个文件", f"一次最多 {MOST_FILES} 个，请合并后上传", "too_many"
            )
        )
    return papers, problems


class ReasonForm(forms.Form):
    """Why a claim is refused or taken back."""

    reason = forms.CharField(label=_("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class RecoveryForm(forms.Form):
    """Money collected on a paid claim: gross, costs, day, where from."""

    gross = FenField(label=_("到账金额（元）"))
    costs = FenField(
        label=_("其中实现费用（元）"), required=False, help_text=_("先从到账金额中扣除；没有的不填")
    )
    received_on = day_field(_("到账日"))
    note = forms.CharField(label=_("回收来源"), max_length=200, help_text=_("如处置质物、借款人还款"))


class RecognitionForm(forms.Form):
    """The loss that the bureau recognises, by component on the running total, with a reason for each cut; and where the
    scheme's text says "at most", the share that is granted."""

    granted = forms.CharField(
        label=_("核定比例的理由"),
        max_length=300,
        required=False,
        help_text=_("批准比例低于条文上限的，请写明"),
    )
    rest_later = forms.BooleanField(
        label=_("先认定这一部分，其余以后再定"), required=False, help_text=_("不勾选即为最终认定")
    )

    def __init__(
        self, *args: Any, ceilings: Sequence[Ceiling] = (), further: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.ceilings = ceilings
        fields: dict[str, forms.Field] = {}
        stated = kwargs.get("initial", {})
        for name in COMPONENTS:
            title = component_title(name)
            if not stated.get(name):  # nothing was stated, so nothing can be recognised
                continue
            fields[name] = FenField(
                label=_("认定的%(title)s（元）") % {"title": title}, required=False, help_text=""
            )
            fields[f"reason_{name}"] = forms.CharField(
                label=_("核减%(title)s的理由和依据") % {"title": title}, max_length=300, required=False
            )
        for ceiling in ceilings:
            fields[ceiling.field] = forms.CharField(
                label=_("%(name)s 批准的比例") % {"name": ceiling.name}, max_length=12, required=False,
                help_text=_("条文写“最高、不超过”的，填批准的比例（如 0.45）；上限 %(most)s，不填即按上限")
                % {"most": ceiling.most_text},
            )  # fmt: skip
        if further:
            del self.fields["rest_later"]
        if further or not ceilings:
            del self.fields["granted"]
        self.fields = fields | self.fields

    @property
    def recognised(self) -> dict[str, int]:
        return {name: self.cleaned_data.get(name) or 0 for name in COMPONENTS}

    @property
    def reasons(self) -> dict[str, str]:
        told = {name: self.cleaned_data.get(f"reason_{name}", "") for name in COMPONENTS}
        return {name: text for name, text in told.items() if text} | (
            {"granted": self.cleaned_data["granted"]} if self.cleaned_data.get("granted") else {}
        )

    @property
    def grants(self) -> list[tuple[int, str, str]]:
        return [
            (ceiling.step, ceiling.party, self.cleaned_data[ceiling.field].strip())
            for ceiling in self.ceilings
            if self.cleaned_data.get(ceiling.field, "").strip()
        ]


class SettlementForm(RecognitionForm):
    """A further calculation: its stage, and why if the bank will owe something."""

    stage = forms.ChoiceField(label=_("认定的阶段"))
    reason = forms.CharField(
        label=_("纠正或应退的理由"), max_length=300, required=False, help_text=_("银行应退款时必填")
    )
    article = forms.CharField(label=_("依据条款"), max_length=200, required=False)

    def __init__(self, *args: Any, stages: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, further=True, **kwargs)
        offer(self, "stage", list(stages))
        self.order_fields(["stage"])


class YearForm(forms.Form):
    """Why the bank will owe something by a year that is settled again."""

    reason = forms.CharField(
        label=_("应退的理由"), max_length=300, required=False, help_text=_("银行应退款时必填")
    )
    article = forms.CharField(label=_("依据条款"), max_length=200, required=False)


class FinalLossForm(ClaimForm):
    """The final loss as the bank states it; what happened stands in the statement."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["statement"].required = True


class ClawbackForm(forms.Form):
    """Money that was paid and is asked back."""

    amount = FenField(label=_("追回的补偿款（元）"))
    interest = FenField(
        label=_("存款利息（元）"), required=False, help_text=_("按存款利率另行算出后填写；没有的不填")
    )
    reason = forms.CharField(label=_("追回的理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    article = forms.CharField(label=_("依据条款"), max_length=200)


class ArrivalForm(forms.Form):
    """Money of a receivable that has arrived."""

    amount = FenField(label=_("到账金额（元）"))
    received_on = day_field(_("到账日"))
    reference = forms.CharField(label=_("银行回单号"), max_length=60)


class ItemForm(forms.Form):
    """One item of a deficiency notice."""

    what = forms.CharField(label=_("需补正的材料或事实"), max_length=200, required=False)
    why = forms.CharField(label=_("原因"), max_length=300, required=False)
    article = forms.CharField(label=_("依据条款"), max_length=200, required=False)


class AnswerForm(forms.Form):
    """The bank's answer to one item; left wholly empty it is not answered yet."""

    kind = forms.ChoiceField(label=_("答复方式"), required=False)
    text = forms.CharField(
        label=_("说明或无法提供的原因"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    file = forms.FileField(label=_("材料"), required=False, widget=forms.FileInput(attrs={"accept": ACCEPT}))

    def __init__(self, *args: Any, item: DeficiencyItem, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prefix = f"item{item.pk}"
        self.item = item
        offer(self, "kind", [("", _("尚未答复")), *DeficiencyAnswer.Kind.choices])


class StrikeForm(forms.Form):
    """How an item is struck off."""

    item = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(label=_("结论"), choices=DeficiencyClosing.Outcome.choices)
    note = forms.CharField(label=_("理由"), max_length=300, required=False, help_text=_("已补正的可不填"))
