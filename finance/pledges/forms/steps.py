"""What is done with a file: papers, steps, receipts, what befalls a right, alerts, turned grounds."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from finance.pledges.actions import Paper
from finance.pledges.books import interruption_kinds
from finance.pledges.models import GroundMode
from finance.pledges.queries.of_files import is_of_the_clock
from finance.pledges.rules.asked import QUESTIONS, Asked, choices_of
from finance.pledges.rules.bounds import MOST_FEE_YEARS
from finance.pledges.rules.clocks import asks_channel
from finance.pledges.words import worded
from kernel.choosing import offer
from kernel.pages import no_larger_than
from kernel.sheets.limited import LIMITS

from .fields import Yuan, day_field, lines_field, paper_field, read_from, wanted_by_the_step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from finance.pledges.rules.book import RuleBook, Transition


class Entered(forms.Form):
    """A form whose rules stand in an action: what could not be read is told by the form, all else by the action, at once."""

    @property
    def typed(self) -> dict[str, Any]:
        """As the action takes it, but for the bytes of a paper; a day that could not be read, or was not typed, is None."""
        typed = read_from(self)
        for name, field in self.fields.items():
            if isinstance(field, forms.DateField):
                typed[name] = typed[name] or None
        typed.pop("paper", None)
        return typed

    @property
    def sent_paper(self) -> Paper | None:
        """The paper that was sent along and is not too large to be read."""
        sent = self.cleaned_data.get("paper")
        return Paper(sent.name, sent.read()) if sent else None


class PaperForm(Entered):
    """A paper of the rule book's list."""

    material = forms.ChoiceField(label=_("材料"))
    file = paper_field(_("文件"))

    def __init__(self, *args: Any, book: RuleBook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        materials = [(one.id, worded(f"{one.id} {one.title}")) for one in book.materials]
        offer(self, "material", materials)


class RightsSheetForm(forms.Form):
    """A workbook of rights; what it is and what is in it, the reader of workbooks tells."""

    sheet = forms.FileField(
        label=_("填好的工作簿"), allow_empty_file=True, validators=[no_larger_than(LIMITS.bytes)],
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )  # fmt: skip
    only_these = forms.BooleanField(label=_("以本表为准：没有列入本表的权利撤下"), required=False)


class FeedForm(forms.Form):
    """A registry's results as a workbook; what is in it, the reader of workbooks tells."""

    sheet = forms.FileField(
        label=_("登记机构的结果文件"), allow_empty_file=True, validators=[no_larger_than(LIMITS.bytes)],
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )  # fmt: skip


class StepForm(forms.Form):
    """What a step asks for, by its move: the registry's paper, a notice's items, the answers to them, stated facts."""

    on = day_field(_("办理日"))
    note = forms.CharField(label=_("说明"), max_length=500, required=False)

    def __init__(
        self, *args: Any, move: Transition, book: RuleBook, items: list[str], stated: dict[str, str],
        numbers: list[str], **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        if is_of_the_clock(move):
            del self.fields["on"]
        self.asks = move.asks
        for name in move.asks:
            self.fields[name] = wanted_by_the_step(
                _answer(QUESTIONS[name], book, numbers), QUESTIONS[name].required
            )
        self.answers = [f"answer_{n}" for n in range(len(items))] if move.action == "cure" else []
        self.stated = list(stated)
        if asks_channel(book, move):
            choices = [("", _("请选择")), ("online", _("电子提交")), ("paper", _("纸件提交"))]
            self.fields["channel"] = wanted_by_the_step(
                forms.ChoiceField(label=_("提交方式"), choices=choices, required=False)
            )
        if move.action == "notify_deficiency":
            self.fields["items"] = wanted_by_the_step(
                lines_field(_("补正事项"), _("每行一项"), required=False)
            )
        if move.action == "register":
            self.fields["number"] = wanted_by_the_step(
                forms.CharField(label=_("登记号"), max_length=40, required=False)
            )
        if move.action in ("register", "record_extension"):
            self.fields["until"] = day_field(
                _("登记期限至"), required=False, help_text=_("登记证载有期限的填写")
            )
        for name, item in zip(self.answers, items, strict=False):
            self.fields[name] = wanted_by_the_step(
                forms.CharField(label=item, max_length=500, required=False)
            )
        for name, label in stated.items():
            self.fields[name] = forms.BooleanField(label=worded(label), required=False)
        if move.paper:
            self.fields["paper"] = wanted_by_the_step(paper_field(worded(move.paper), required=False))

    @property
    def typed(self) -> dict[str, Any]:
        """As `Step` takes it, but for the paper's bytes."""
        typed = read_from(self)
        return {
            "on": typed.get("on") or None,
            "asked": {name: _plain(typed[name]) for name in self.asks if typed[name] not in (None, "", [])},
            "note": typed["note"],
            "channel": typed.get("channel", ""),
            "number": typed.get("number", "").strip(),
            "until": typed.get("until") or None,
            "items": tuple(line.strip() for line in typed.get("items", "").splitlines() if line.strip()),
            "answers": tuple(typed[name] for name in self.answers),
            "stated": frozenset(name for name in self.stated if typed[name]),
        }


def _answer(asked: Asked, book: RuleBook, numbers: list[str]) -> forms.Field:
    """The field of a question. Whether it has to be answered is told with all other faults, not by the field."""
    told: Any = {"label": worded(asked.label), "required": False, "help_text": worded(asked.help)}
    if asked.kind == "day":
        return day_field(**told)
    if asked.kind == "amount":
        return Yuan(**told)
    if asked.kind == "choice":
        choices = [(name, worded(text)) for name, text in choices_of(asked, book).items()]
        return forms.ChoiceField(choices=[("", _("请选择")), *choices], **told)
    if asked.kind == "rights":
        return forms.MultipleChoiceField(choices=[(one, one) for one in numbers], **told)
    return forms.CharField(max_length=200, **told)


def _plain(answer: Any) -> Any:
    return answer.isoformat() if isinstance(answer, dt.date) else answer


class AcceptForm(Entered):
    """The window has received the papers."""

    receipt_no = forms.CharField(label=_("受理号"), max_length=40)
    on = day_field(_("收到日"))


class RightEventForm(Entered):
    """What befell a right, or what should stand in place of an earlier record of this file."""

    TAKEN_BACK = "taken_back"

    corrects = forms.TypedChoiceField(label=_("更正"), coerce=int, empty_value=None, required=False)
    number = forms.ChoiceField(label=_("权利"))
    event = forms.ChoiceField(label=_("事项"))
    on = day_field(_("发生日"))
    effective_on = day_field(
        _("生效日"), required=False, help_text=_("早于发生日的填写；年费、期满和恢复事项不填则自动推算")
    )
    until = day_field(_("至"), required=False, help_text=_("裁定写明期限的填写"))
    source = forms.CharField(label=_("依据的文书或登记簿"), max_length=120)
    fees_paid_through = forms.IntegerField(
        label=_("年费已缴至第几年度"), min_value=1, max_value=MOST_FEE_YEARS, required=False
    )
    expires_on = day_field(_("新的届满日"), required=False)
    last_used_on = day_field(_("最近使用日"), required=False)
    owners = forms.CharField(
        label=_("新的权利人"), max_length=240, required=False, help_text=_("多人用顿号隔开")
    )

    def __init__(
        self, *args: Any, book: RuleBook, numbers: list[str], earlier: list[tuple[int, str]], **kwargs: Any
    ) -> None:
        """`earlier`: the file's own records that still stand, by id, each in words."""
        super().__init__(*args, **kwargs)
        offer(self, "number", [(one, one) for one in numbers])
        events: list[tuple[str, Any]] = [(one.id, worded(one.title)) for one in book.legal_events]
        self.brought = {one.id: one.brings for one in book.legal_events}
        if earlier:
            offer(self, "corrects", [("", _("不是更正，是新的事项")), *earlier])
            events.append((self.TAKEN_BACK, _("撤回：没有这回事")))
        else:
            del self.fields["corrects"]
        offer(self, "event", events)

    def clean(self) -> dict[str, Any] | None:
        typed = super().clean()
        if self.cleaned_data.get("event") == self.TAKEN_BACK and not self.cleaned_data.get("corrects"):
            self.add_error("corrects", _("撤回的，请选择原来的哪一条"))
        return typed

    @property
    def typed(self) -> dict[str, Any]:
        typed = super().typed
        brings: dict[str, Any] = {}
        for name in self.brought.get(typed["event"], ()):
            value = typed[name]
            if value and name == "owners":
                brings[name] = [one.strip() for one in re.split("[、；;]", value) if one.strip()]
            elif value:
                brings[name] = value if isinstance(value, int) else value.isoformat()
        told = {name: typed[name] for name in ("number", "event", "on", "effective_on", "until", "source")}
        if typed["event"] == self.TAKEN_BACK:
            told |= {"event": "", "effective_on": None, "until": None}
        # an earlier record that could not be read is one that does not stand, and not a new event
        corrects = -1 if "corrects" in self.errors else typed.get("corrects") or None
        return told | {"brings": brings, "corrects": corrects}


class ClearingForm(Entered):
    """What a party did about an alert."""

    on = day_field(_("办理日"))
    told = forms.CharField(
        label=_("办理情况"),
        max_length=300,
        help_text=_("做了什么，凭什么，例如缴费凭证号"),
        widget=forms.Textarea({"rows": 3}),
    )
    paper = paper_field(_("凭证"), required=False)


class InterruptionForm(Entered):
    """What interrupted the limitation of the claim, or what stands in place of an earlier record."""

    corrects = forms.TypedChoiceField(label=_("更正"), coerce=int, empty_value=None, required=False)
    kind = forms.ChoiceField(label=_("中断事由"), required=False)
    on = day_field(_("发生日"))
    told = forms.CharField(label=_("怎样中断"), max_length=300, help_text=_("例如催收函编号、案号"))
    paper = paper_field(_("凭证"), required=False)

    def __init__(self, *args: Any, earlier: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [
            (one.id, worded(f"{one.title}（{one.basis.article}）"))
            for one in interruption_kinds().values()
        ]  # fmt: skip
        offer(self, "kind", [("", _("请选择；撤回的不选")), *kinds])
        if earlier:
            offer(self, "corrects", [("", _("不是更正，是新的事项")), *earlier])
        else:
            del self.fields["corrects"]


class TurnForm(Entered):
    """A ground made binding or advisory; `ground` names the rule book too."""

    ground = forms.ChoiceField(label=_("事由"))
    mode = forms.ChoiceField(label=_("改为"), choices=GroundMode.Mode.choices)
    first_day = day_field(_("自"))
    reason = forms.CharField(label=_("理由"), max_length=300, help_text=_("例如律师意见的编号"))

    def __init__(self, *args: Any, books: Iterable[RuleBook], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grounds = [
            (
                f"{worded(book.title)} {book.id}",
                [(f"{book.id} {one.id}", worded(f"{one.id} {one.title}")) for one in book.turnable],
            )
            for book in books
        ]
        offer(self, "ground", grounds)
