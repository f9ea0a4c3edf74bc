"""Forms of a claim: the loss with its papers, a refusal, a recovery. Every fault of a form is told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.errors import Problem
from riskpool.claims.actions import EvidenceFile
from riskpool.claims.papers import MEDIA_TYPES, MOST_BYTES, MOST_FILES, ending_of, paper_problem
from riskpool.claims.rules import COMPONENTS
from riskpool.pools.forms import FenField, day_field

if TYPE_CHECKING:
    from django.utils.datastructures import MultiValueDict

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
