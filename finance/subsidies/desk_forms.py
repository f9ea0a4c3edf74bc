"""The form of a trial: one field for each fact that the policy reads; what is left empty is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from finance.subsidies.reads import SECTIONS, facts_read, needed_by, section_of, values_tested
from finance.subsidies.saying import said
from finance.subsidies.stating import plain_of
from finance.subsidies.words import fact_words
from finance.subsidies.working import FEE_WORDS
from kernel.chinese import page_is_english

if TYPE_CHECKING:
    from finance.subsidies.terms import Policy

_TRUTH = {"true": True, "false": False}
_DATED, _LISTS = ("loan.draws", "loan.repaid"), ("pledge.kinds",)
_UNIT_WORDS = {
    "yuan": _("元"),
    "rate": _("小数，例如 0.0345"),
    "share": _("0 至 1 的小数"),
    "day": _("YYYY-MM-DD"),
}


class TrialForm(forms.Form):
    """Facts as text; lists are separated by spaces, draws and repayments are “day amount” line by line."""

    application_date = forms.CharField(
        label=_("申请日"), required=False, max_length=10, help_text=_("YYYY-MM-DD")
    )

    def __init__(self, *args: Any, policy: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.paths = facts_read(policy)
        for place, path in enumerate(self.paths):
            self.fields[f"fact_{place}"] = _field(path, policy)

    def headed(self) -> list[tuple[str, list[Any]]]:
        """The bound fields under the headings of their sections."""
        found: dict[str, list[Any]] = {}
        for place, path in enumerate(self.paths):
            section = section_of(path)
            found.setdefault(said(SECTIONS.get(section, section)), []).append(self[f"fact_{place}"])
        return [*found.items(), (str(_("申请")), [self["application_date"]])]

    @property
    def plain(self) -> dict[str, Any]:
        """The application in plain values, as `Case.from_plain` takes it."""
        typed = {path: self.cleaned_data[f"fact_{place}"] for place, path in enumerate(self.paths)}
        plain = plain_of({path: _value(path, text) for path, text in typed.items() if text})
        if self.cleaned_data["application_date"]:
            plain["application_date"] = self.cleaned_data["application_date"]
        return plain


def _field(path: str, policy: Policy) -> forms.Field:
    words = fact_words(path)
    label = FEE_WORDS.get(path.partition(".")[2], words.name) if path.startswith("fees.") else words.name
    label = said(label)
    options: dict[str, Any] = {"label": label, "required": False, "help_text": said(needed_by(policy, path))}
    tested = values_tested(policy, path)
    if words.unit == "yes_no" or any(isinstance(value, bool) for value in tested):
        return forms.ChoiceField(
            choices=[("", _("不知道")), ("true", _("是")), ("false", _("否"))], **options
        )
    if path in _DATED:
        options["help_text"] = _("每行一笔：日期 金额（元），例如 2024-03-01 1000000")
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, **options)
    if words.values:
        chosen = dict.fromkeys([*words.values, *map(str, tested)])
        listed = [(value, said(words.value_words(value))) for value in chosen]
        if path in _LISTS:
            return forms.MultipleChoiceField(choices=listed, widget=forms.CheckboxSelectMultiple, **options)
        return forms.ChoiceField(choices=[("", _("不知道")), *listed], **options)
    unit = _UNIT_WORDS.get("yuan" if path.startswith("fees.") else words.unit)
    if unit:
        options["label"] = f"{label} ({unit})" if page_is_english() else f"{label}（{unit}）"
    return forms.CharField(max_length=60, **options)


def _value(path: str, text: Any) -> Any:
    if path in _DATED:
        return [line.split() for line in text.splitlines() if line.strip()]
    return text if isinstance(text, list) else _TRUTH.get(text, text.strip())
