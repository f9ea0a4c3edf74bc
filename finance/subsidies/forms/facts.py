"""The facts of an application as a form: every fact that the policy reads, typed by its kind, what is missing first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from finance.subsidies.forms.fields import fact_field
from finance.subsidies.models import ApplicationFact
from finance.subsidies.reads import facts_read, may_be_left_out, needed_by, values_tested
from finance.subsidies.saying import all_said, said
from finance.subsidies.words import fact_words
from kernel.documents.papers import ACCEPT

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from finance.subsidies.queries.of_applications import Stated
    from finance.subsidies.terms import Policy

Standing = ApplicationFact.Standing
STATED_BY_WORDS = {
    "enterprise": gettext_lazy("企业自己说明"),
    "bank": gettext_lazy("以银行证明为准"),
    "registry": gettext_lazy("以登记机关文书为准"),
    "bureau": gettext_lazy("以主管部门认定为准"),
    "platform": gettext_lazy("平台记录"),
}


@dataclass(frozen=True)
class Group:
    """Fields of a form that stand together."""

    title: Any
    fields: Sequence[Any]
    folded: bool = False


class FactForm(forms.Form):
    """What the owner states of the facts that the policy looks at; `stated` gives only what was touched, so that nothing
    else is stated anew."""

    def __init__(
        self,
        *args: Any,
        policy: Policy,
        facts: Mapping[str, Stated],
        missing: Collection[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.facts, self.missing = facts, missing
        for path in facts_read(policy):
            words = fact_words(path)
            field = fact_field(words, values_tested(policy, path), label=said(words.name))
            row = facts[path].row if path in facts else None
            if row is not None and row.value is not None:
                field.initial = field.shown(row.value)
            told = [
                str(field.help_text),
                said(needed_by(policy, path)),
                str(STATED_BY_WORDS.get(words.stated_by, "")),
            ]
            field.help_text = all_said((text for text in told if text), "；")
            field.wanted = not may_be_left_out(policy, path)  # by the policy, not by the form
            self.fields[path] = field

    @property
    def stated(self) -> dict[str, Any]:
        """Path -> value of what was changed; None takes a statement back. A field that was not sent at all says nothing,
        but boxes of which none is ticked are never sent."""
        return {
            path: self.cleaned_data[path]
            for path in self.changed_data
            if path in self.data or isinstance(self.fields[path].widget, forms.CheckboxSelectMultiple)
        }

    def groups(self) -> Iterator[Group]:
        """Missing first, then what can be stated, what the platform has recorded folded away."""
        taken = {path for path, one in self.facts.items() if one.row.standing == Standing.TAKEN}
        lacking = [path for path in self.fields if path in self.missing or path in self.errors]
        free = [path for path in self.fields if path not in lacking and path not in taken]
        if lacking:
            yield Group(_("还缺"), [self[path] for path in lacking])
        if free:
            yield Group(_("已填报与可以填报"), [self[path] for path in free])
        rest = [path for path in self.fields if path in taken and path not in lacking]
        if rest:
            yield Group(
                _("平台记录：有误时更正，更正后须由财政部门核对"), [self[path] for path in rest], folded=True
            )


class PaperForm(forms.Form):
    """One paper with the name of the material that it is."""

    material = forms.CharField(label=gettext_lazy("材料名称"), max_length=200)
    file = forms.FileField(label=gettext_lazy("文件"), widget=forms.FileInput(attrs={"accept": ACCEPT}))

    def __init__(self, *args: Any, materials: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["material"].widget.attrs |= {"list": "materials", "autocomplete": "off"}
        self.materials = materials


class AnswerForm(forms.Form):
    """What was mended, item by item in words."""

    text = forms.CharField(
        label=gettext_lazy("补正说明"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("逐项说明补正了什么；事实和材料请先在左侧更正、上传"),
    )  # fmt: skip
