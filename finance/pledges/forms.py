"""Forms of a registration file. What is not known stays open ("不清楚"), which is another answer than no."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy, override
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Organisation
from finance.pledges.models import GroundMode, IPRight
from finance.pledges.queries.of_files import is_of_the_clock
from finance.pledges.rules.asked import QUESTIONS, Asked, choices_of
from finance.pledges.rules.bounds import FIRST_DAY, LAST_DAY, MOST_FEE_YEARS
from kernel.documents.papers import ACCEPT, MOST_BYTES
from kernel.errors import Problem, Refused
from kernel.money import yuan_text
from kernel.money.yuan import fen_from_yuan
from kernel.pages import no_larger_than
from kernel.sheets.limited import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from finance.pledges.rules.book import RuleBook, Transition

_BOUNDED = _("不像实际日期，请填写 1949-01-01 至 2100-12-31 之间的日期")
_YES_NO = [("", _("不清楚")), ("yes", _("是")), ("no", _("否"))]
FILING_FACTS = {
    "agent_used": _("委托代理机构"),
    "foreign_party": _("有外国当事人"),
    "foreign_papers": _("有外文材料"),
    "valued": _("已作价值评估"),
    "licensed_before": _("此前已许可他人使用"),
}
CLAUSES = {
    "forfeiture_clause": _("约定不还款则权利归质权人"),
    "independence_clause": _("约定担保独立于主合同"),
    "breaks_law": _("合同违反法律的强制规定"),
}
USER_DAYS = ("from", "to")
RIGHT_FLAGS = {
    "agreement_lets_each": _("共有人约定可各自出质"),
    "suspended": _("因权属纠纷中止程序"),
    "preserved": _("被法院保全"),
    "under_invalidation": _("无效宣告程序进行中"),
    "same_day_invention": _("同日申请了发明专利"),
    "renewal_filed": _("已申请续展"),
    "disputed": _("权属有争议"),
    "well_known": _("已认定为驰名商标"),
    "pledged_elsewhere": _("另有登记在册的质押"),
}
FLAGS_OF_KIND = {
    "patent": ("agreement_lets_each", "suspended", "preserved", "under_invalidation", "same_day_invention"),
    "trademark": ("agreement_lets_each", "preserved", "renewal_filed", "well_known"),
    "copyright": ("agreement_lets_each", "preserved", "disputed"),
    "layout": ("agreement_lets_each", "preserved"),
}
RIGHT_DAYS = {
    "filed_on": _("申请日"),
    "granted_on": _("授权公告日"),
    "registered_on": _("注册日"),
    "completed_on": _("创作完成日"),
    "first_published_on": _("首次发表日"),
    "first_used_on": _("首次商业利用日"),
    "priority_on": _("优先权日（不影响届满日）"),
    "author_died_on": _("作者死亡日（著作权人是自然人的）"),
    "expires_on": _("登记簿所载届满日"),
}
DESCRIBED_BY_KIND = {
    "patent": {"title": _("专利名称")},
    "trademark": {},
    "copyright": {"title": _("作品名称"), "extent": _("出质的权利")},
    "layout": {"title": _("布图设计名称")},
}
DAYS_OF_KIND = {
    "patent": ("filed_on", "granted_on", "priority_on", "expires_on"),
    "trademark": ("registered_on", "expires_on"),
    "copyright": ("completed_on", "first_published_on", "author_died_on"),
    "layout": ("filed_on", "registered_on", "completed_on", "first_used_on"),
}


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        validators=[MinValueValidator(FIRST_DAY, _BOUNDED), MaxValueValidator(LAST_DAY, _BOUNDED)], **options,
    )  # fmt: skip


def _three(label: Any) -> forms.TypedChoiceField:
    """Yes, no, or not known (None)."""
    return forms.TypedChoiceField(
        label=label, choices=_YES_NO, coerce=lambda typed: typed == "yes", empty_value=None, required=False
    )


def _paper(label: Any, **options: Any) -> forms.FileField:
    return forms.FileField(
        label=label,
        allow_empty_file=True,
        validators=[no_larger_than(MOST_BYTES)],
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
        help_text=_("pdf、jpg、png、xlsx、docx，不超过 10 MB"),
        **options,
    )


def _lines(label: Any, help_text: Any = "", **options: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, help_text=help_text, widget=widget, max_length=4000, **options)


def _split(text: str) -> list[list[str]]:
    """Lines of parts between bars; full-width bars too, empty lines left out.

    >>> _split("甲公司 | 同意\\n\\n乙公司｜不同意")
    [['甲公司', '同意'], ['乙公司', '不同意']]
    """
    return [
        [part.strip() for part in line.replace("｜", "|").split("|")]
        for line in text.splitlines()
        if line.strip()
    ]


class Yuan(forms.CharField):
    """An amount in yuan with at most two decimals, as whole fen; None when nothing was typed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=24, **options)

    def clean(self, value: Any) -> Any:
        typed = super().clean(value).strip()
        if not typed:
            return None
        try:
            return fen_from_yuan(typed, str(self.label))
        except Refused as refused:
            raise forms.ValidationError(
                [f"{one.found}。{one.wanted}" for one in refused.problems]
            ) from refused

    def prepare_value(self, value: Any) -> Any:
        return yuan_text(value) if isinstance(value, int) else value


class OpenFileForm(forms.Form):
    """Which right, of which enterprise, at which window."""

    kind = forms.ChoiceField(
        label=_("权利种类"), choices=[c for c in IPRight.Kind.choices if c[0] in DAYS_OF_KIND]
    )
    credit_code = forms.CharField(label=_("出质人统一社会信用代码"), max_length=18)
    window: Any = forms.ModelChoiceField(Organisation.objects.none(), label=_("受理窗口"))
    loan_no = forms.CharField(label=_("本行贷款编号"), max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        windows = Organisation.objects.filter(kind=Organisation.Kind.IP_BUREAU).order_by("code")
        self.fields["window"].queryset = windows  # type: ignore[attr-defined]


CONTRACT_DAYS = ("signed_on", "begins_on", "debt_ends_on")
CONTRACT_TEXTS = (
    "principal_contract", "pledge_contract", "debt_kind", "scope", "debtor", "agent", "appraiser",
)  # fmt: skip
AMOUNTS = {"amount": "amount_fen", "secured": "secured_fen", "ceiling": "ceiling_fen", "value": "value_fen"}


def _text(label: Any, most: int, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=False, help_text=help_text)


class ContractForm(forms.Form):
    """What the contract says, and what is true of the application as a whole."""

    terms = forms.MultipleChoiceField(
        label=_("合同已载明的条款"), required=False, widget=forms.CheckboxSelectMultiple
    )
    principal_contract = _text(_("主合同编号"), 60)
    pledge_contract = _text(_("质押合同编号"), 60)
    signed_on = _day(_("质押合同签订日"), required=False)
    debt_kind = _text(_("被担保债权的种类"), 60, _("例如流动资金借款"))
    begins_on = _day(_("债务履行期限起日"), required=False)
    debt_ends_on = _day(_("债务履行期限届满日"), required=False)
    amount = Yuan(label=_("被担保债权数额（元）"), required=False, help_text=_("例如 5000000.00"))
    secured = Yuan(label=_("登记担保的数额（元）"), required=False, help_text=_("只登记债权的一部分时填写"))
    ceiling = Yuan(
        label=_("最高债权额（元）"), required=False, help_text=_("最高额质押填写；不是最高额质押的不填")
    )
    scope = _text(_("担保范围"), 200, _("例如本金、利息、罚息、违约金和实现债权的费用"))
    debtor = forms.CharField(
        label=_("债务人"),
        max_length=120,
        required=False,
        help_text=_("一般是出质人本人；为他人担保的，改写为他人"),
    )

    def __init__(self, *args: Any, book: RuleBook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms = [(one.id, f"{one.title}（{one.basis.article}）") for one in book.contract_terms]
        self.fields["terms"].choices = terms  # type: ignore[attr-defined]
        for name, label in {**CLAUSES, **FILING_FACTS}.items():
            self.fields[name] = _three(label)
        self.fields["agent"] = _text(_("代理机构或代理人"), 120)
        self.fields["value"] = Yuan(label=_("评估价值（元）"), required=False)
        self.fields["appraiser"] = _text(_("评估机构"), 120)

    @property
    def contents(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The contract, and the facts of the filing."""
        typed = self.cleaned_data
        contract: dict[str, Any] = {"terms": sorted(typed["terms"])}
        contract |= {name: typed[name].isoformat() for name in CONTRACT_DAYS if typed[name]}
        contract |= {kept: typed[name] for name, kept in AMOUNTS.items() if typed[name] is not None}
        contract |= {name: typed[name].strip() for name in CONTRACT_TEXTS if typed[name].strip()}
        contract |= {name: typed[name] for name in CLAUSES if typed[name] is not None}
        return contract, {name: typed[name] for name in FILING_FACTS if typed[name] is not None}

    @staticmethod
    def initial_of(contents: dict[str, Any]) -> dict[str, Any]:
        contract = contents["contract"]
        flags = {**contents["filing"], **{name: contract.get(name) for name in CLAUSES}}
        return {
            **{name: _word(value) for name, value in flags.items()},
            "terms": contract.get("terms", []),
            **{name: contract.get(name) for name in (*CONTRACT_DAYS, *CONTRACT_TEXTS)},
            **{name: contract.get(kept) for name, kept in AMOUNTS.items()},
        }


class PartyForm(forms.Form):
    """What papers say of a party beyond its name; nothing of it has to be known."""

    address = _text(_("地址"), 120)
    representative = _text(_("法定代表人"), 60)
    contact = _text(_("联系人"), 60)
    phone = _text(_("联系电话"), 40)

    @property
    def contents(self) -> dict[str, Any]:
        return {name: typed.strip() for name, typed in self.cleaned_data.items() if typed.strip()}


class RightForm(forms.Form):
    """One right as its register and the parties tell of it."""

    number = forms.CharField(label=_("号码"), max_length=40)
    subtype = forms.ChoiceField(label=_("类型"), required=False)
    status = forms.ChoiceField(
        label=_("法律状态"),
        required=False,
        choices=[
            ("", _("不清楚")), ("pending", _("审查中")), ("in_force", _("有效")), ("ended", _("已终止")),
            ("invalidated", _("已被宣告无效")),
        ],
    )  # fmt: skip
    owners = _lines(
        _("登记簿上的权利人"),
        _("每行一人；共有人写“名称 | 同意 | 份额”或“名称 | 不同意”，没有答复的只写名称"),
        required=False,
    )

    def __init__(self, *args: Any, book: RuleBook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = book.kind
        self.fields["subtype"].choices = [("", _("不清楚")), *book.subtypes.items()]  # type: ignore[attr-defined]
        for name, label in DESCRIBED_BY_KIND[book.kind].items():
            self.fields[name] = _text(label, 200)
        self.order_fields(["number", *DESCRIBED_BY_KIND[book.kind]])
        for name in DAYS_OF_KIND[book.kind]:
            self.fields[name] = _day(RIGHT_DAYS[name], required=False)
        self.fields["value"] = forms.CharField(
            label=_("评估或约定的价值（元）"),
            max_length=24,
            required=False,
            help_text=_("没有逐件定价的不填"),
        )
        if book.annual_fee:
            self.fields["fees_paid_through"] = forms.IntegerField(
                label=_("年费已缴至第几年度"), min_value=0, max_value=MOST_FEE_YEARS, required=False
            )
        for name in (*FLAGS_OF_KIND[book.kind], "pledged_elsewhere"):
            self.fields[name] = _three(RIGHT_FLAGS[name])
        if book.kind == "trademark":
            self.fields["words"] = forms.CharField(label=_("商标文字"), max_length=120, required=False)
            self.fields["classes"] = _text(_("类别"), 120, _("例如 9、42"))
            self.fields["similar_groups"] = _text(_("类似群组"), 200, _("例如 0901、0907；不清楚的不填"))
            self.fields["family"] = _text(_("近似系列"), 60, _("认定为近似的商标写同一名称"))

            self.fields["users"] = _lines(
                _("使用人名册"),
                _(
                    "集体商标、证明商标填写；每行“名称 | 统一社会信用代码 | 起日 | 止日”，止日可不写，日期如 2026-01-31"
                ),
                required=False,
            )

    def clean_value(self) -> int | None:
        return _fen(self.cleaned_data["value"], self.fields["value"])

    def clean_classes(self) -> str:
        typed: str = self.cleaned_data["classes"]
        if not _are_classes(typed):
            raise forms.ValidationError(_("类别是 1 至 45，多个用顿号隔开"))
        return typed

    def clean_users(self) -> list[dict[str, str]]:
        lines = _split(self.cleaned_data["users"])
        users = [_user(parts) for parts in lines]
        wrong = [" | ".join(parts)[:80] for parts, user in zip(lines, users, strict=True) if user is None]
        if wrong:
            raise forms.ValidationError([_("“%(line)s”写法不符") % {"line": line} for line in wrong])
        return [user for user in users if user is not None]

    @property
    def contents(self) -> dict[str, Any]:
        typed = self.cleaned_data
        plain = (
            "subtype", "status", "fees_paid_through", *DESCRIBED_BY_KIND[self.kind], *FLAGS_OF_KIND[self.kind],
            "pledged_elsewhere",
        )  # fmt: skip
        right: dict[str, Any] = {name: typed[name] for name in plain if typed.get(name) not in (None, "")}
        right |= {name: typed[name].isoformat() for name in DAYS_OF_KIND[self.kind] if typed[name]}
        right["number"] = typed["number"].strip()
        if typed["value"] is not None:
            right["value_fen"] = typed["value"]
        if typed["owners"]:
            right["owners"] = [_owner(parts) for parts in _split(typed["owners"])]
        if typed.get("users"):
            right["users"] = typed["users"]
        if typed.get("words"):
            parts = [
                right["number"],
                *(typed[name] for name in ("words", "classes", "similar_groups", "family")),
            ]
            right["mark"] = _mark(parts)
        return right

    @staticmethod
    def initial_of(right: dict[str, Any]) -> dict[str, Any]:
        mark = right.get("mark", {})
        return {
            **{name: _word(value) for name, value in right.items() if name != "mark"},
            "value": yuan_text(right["value_fen"]) if "value_fen" in right else "",
            "owners": "\n".join(_owner_line(owner) for owner in right.get("owners", ())),
            "users": "\n".join(_user_line(user) for user in right.get("users", ())),
            "words": mark.get("words", ""),
            "classes": "、".join(str(one) for one in mark.get("classes", ())),
            "similar_groups": "、".join(mark.get("similar_groups", ())),
            "family": mark.get("family", ""),
        }


class RightsOfAFile(forms.BaseFormSet):
    """The rights of a file; one that stood already can be taken out."""

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("撤下这件权利")


class MarksForm(forms.Form):
    """The owner's other marks, for the bundle rule; left empty they are not known."""

    none = forms.BooleanField(label=_("出质人没有其他注册商标"), required=False)
    owner_marks = _lines(
        _("出质人的其他注册商标"),
        _("每行“注册号 | 文字 | 类别 | 类似群组 | 近似系列”，后两项可不写"),
        required=False,
    )
    left_out = _lines(_("不一并出质的相同近似商标"), _("每行“注册号 | 理由”"), required=False)

    @property
    def contents(self) -> dict[str, Any]:
        typed = self.cleaned_data
        marks = [_mark(parts) for parts in _split(typed["owner_marks"])]
        left_out = {parts[0]: parts[1] for parts in _split(typed["left_out"])}
        return {"owner_marks": marks or ([] if typed["none"] else None), "left_out": left_out}

    def clean_owner_marks(self) -> str:
        typed: str = self.cleaned_data["owner_marks"]
        lines = _split(typed)
        if not all(
            3 <= len(parts) <= 5 and parts[0] and parts[1] and _are_classes(parts[2]) for parts in lines
        ):
            raise forms.ValidationError(_("每行写成“注册号 | 文字 | 类别”，类别是 1 至 45"))
        return typed

    def clean_left_out(self) -> str:
        return _of_parts(self.cleaned_data["left_out"], 2, _("每行写成“注册号 | 理由”"))

    @staticmethod
    def initial_of(contents: dict[str, Any]) -> dict[str, Any]:
        marks = contents["owner_marks"]
        told = [_mark_line(one) for one in marks or ()]
        left = [f"{number} | {why}" for number, why in contents["left_out"].items()]
        return {"none": marks == [], "owner_marks": "\n".join(told), "left_out": "\n".join(left)}


class PaperForm(forms.Form):
    """A paper of the rule book's list."""

    material = forms.ChoiceField(label=_("材料"))
    file = _paper(_("文件"))

    def __init__(self, *args: Any, book: RuleBook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["material"].choices = [(one.id, f"{one.id} {one.title}") for one in book.materials]  # type: ignore[attr-defined]


class RightsSheetForm(forms.Form):
    """A workbook of rights; what it is and what is in it, the reader of workbooks tells."""

    sheet = forms.FileField(
        label=_("填好的工作簿"), allow_empty_file=True, validators=[no_larger_than(LIMITS.bytes)],
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )  # fmt: skip
    only_these = forms.BooleanField(label=_("以本表为准：没有列入本表的权利撤下"), required=False)


class StepForm(forms.Form):
    """What a step asks for, by its move: the registry's paper, a notice's items, the answers to them, stated facts."""

    on = _day(_("办理日"))
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
            self.fields[name] = _wanted(_answer(QUESTIONS[name], book, numbers), QUESTIONS[name].required)
        self.answers = [f"answer_{n}" for n in range(len(items))] if move.action == "cure" else []
        self.stated = list(stated)
        if move.action == "submit":
            choices = [("", _("请选择")), ("online", _("电子提交")), ("paper", _("纸件提交"))]
            self.fields["channel"] = _wanted(
                forms.ChoiceField(label=_("提交方式"), choices=choices, required=False)
            )
        if move.action == "notify_deficiency":
            self.fields["items"] = _wanted(_lines(_("补正事项"), _("每行一项"), required=False))
        if move.action == "register":
            self.fields["number"] = _wanted(forms.CharField(label=_("登记号"), max_length=40, required=False))
        if move.action in ("register", "record_extension"):
            self.fields["until"] = _day(_("登记期限至"), required=False, help_text=_("登记证载有期限的填写"))
        for name, item in zip(self.answers, items, strict=False):
            self.fields[name] = _wanted(forms.CharField(label=item, max_length=500, required=False))
        for name, label in stated.items():
            self.fields[name] = forms.BooleanField(label=label, required=False)
        if move.paper:
            self.fields["paper"] = _wanted(_paper(move.paper, required=False))

    @property
    def typed(self) -> dict[str, Any]:
        """As `Step` takes it, but for the paper's bytes."""
        typed = self.cleaned_data
        return {
            "on": typed.get("on"),
            "asked": {name: _plain(typed[name]) for name in self.asks if typed[name] not in (None, "", [])},
            "note": typed["note"],
            "channel": typed.get("channel", ""),
            "number": typed.get("number", "").strip(),
            "until": typed.get("until"),
            "items": tuple(line.strip() for line in typed.get("items", "").splitlines() if line.strip()),
            "answers": tuple(typed[name] for name in self.answers),
            "stated": frozenset(name for name in self.stated if typed[name]),
        }


def _wanted(field: forms.Field, wanted: bool = True) -> forms.Field:
    """Not optional to the reader; that it is missing is told by the action, together with every other fault."""
    field.wanted = wanted  # type: ignore[attr-defined]
    return field


def _answer(asked: Asked, book: RuleBook, numbers: list[str]) -> forms.Field:
    """The field of a question. Whether it has to be answered is told with all other faults, not by the field."""
    told: Any = {"label": asked.label, "required": False, "help_text": asked.help}
    if asked.kind == "day":
        return _day(**told)
    if asked.kind == "amount":
        return Yuan(**told)
    if asked.kind == "choice":
        return forms.ChoiceField(choices=[("", _("请选择")), *choices_of(asked, book).items()], **told)
    if asked.kind == "rights":
        return forms.MultipleChoiceField(choices=[(one, one) for one in numbers], **told)
    return forms.CharField(max_length=200, **told)


def _plain(answer: Any) -> Any:
    return answer.isoformat() if isinstance(answer, dt.date) else answer


class AcceptForm(forms.Form):
    """The window has received the papers."""

    receipt_no = forms.CharField(label=_("受理号"), max_length=40)
    on = _day(_("收到日"))


class RightEventForm(forms.Form):
    """What befell a right, or what should stand in place of an earlier record of this file."""

    TAKEN_BACK = "taken_back"

    corrects = forms.TypedChoiceField(label=_("更正"), coerce=int, empty_value=None, required=False)
    number = forms.ChoiceField(label=_("权利"))
    event = forms.ChoiceField(label=_("事项"))
    on = _day(_("发生日"))
    effective_on = _day(
        _("生效日"), required=False, help_text=_("早于发生日的填写；年费、期满和恢复事项不填则自动推算")
    )
    until = _day(_("至"), required=False, help_text=_("裁定写明期限的填写"))
    source = forms.CharField(label=_("依据的文书或登记簿"), max_length=120)
    fees_paid_through = forms.IntegerField(
        label=_("年费已缴至第几年度"), min_value=1, max_value=MOST_FEE_YEARS, required=False
    )
    expires_on = _day(_("新的届满日"), required=False)
    last_used_on = _day(_("最近使用日"), required=False)
    owners = forms.CharField(
        label=_("新的权利人"), max_length=240, required=False, help_text=_("多人用顿号隔开")
    )

    def __init__(
        self, *args: Any, book: RuleBook, numbers: list[str], earlier: list[tuple[int, str]], **kwargs: Any
    ) -> None:
        """`earlier`: the file's own records that still stand, by id, each in words."""
        super().__init__(*args, **kwargs)
        self.fields["number"].choices = [(one, one) for one in numbers]  # type: ignore[attr-defined]
        self.fields["event"].choices = [(one.id, one.title) for one in book.legal_events]  # type: ignore[attr-defined]
        self.brought = {one.id: one.brings for one in book.legal_events}
        if earlier:
            self.fields["corrects"].choices = [("", _("不是更正，是新的事项")), *earlier]  # type: ignore[attr-defined]
            self.fields["event"].choices += [(self.TAKEN_BACK, _("撤回：没有这回事"))]  # type: ignore[attr-defined]
        else:
            del self.fields["corrects"]

    def clean(self) -> dict[str, Any] | None:
        typed = super().clean()
        if self.cleaned_data.get("event") == self.TAKEN_BACK and not self.cleaned_data.get("corrects"):
            self.add_error("corrects", _("撤回的，请选择原来的哪一条"))
        return typed

    @property
    def typed(self) -> dict[str, Any]:
        typed = self.cleaned_data
        brings: dict[str, Any] = {}
        for name in self.brought.get(typed["event"], ()):
            value = typed[name]
            if value and name == "owners":
                brings[name] = [one.strip() for one in value.split("、") if one.strip()]
            elif value:
                brings[name] = value if isinstance(value, int) else value.isoformat()
        told = {name: typed[name] for name in ("number", "event", "on", "effective_on", "until", "source")}
        if typed["event"] == self.TAKEN_BACK:
            told |= {"event": "", "effective_on": None, "until": None}
        return told | {"brings": brings, "corrects": typed.get("corrects")}


class ClearingForm(forms.Form):
    """What a party did about an alert."""

    on = _day(_("办理日"))
    told = forms.CharField(
        label=_("办理情况"),
        max_length=300,
        help_text=_("做了什么，凭什么，例如缴费凭证号"),
        widget=forms.Textarea({"rows": 3}),
    )
    paper = _paper(_("凭证"), required=False)


class TurnForm(forms.Form):
    """A ground made binding or advisory; `ground` names the rule book too."""

    ground = forms.ChoiceField(label=_("事由"))
    mode = forms.ChoiceField(label=_("改为"), choices=GroundMode.Mode.choices)
    first_day = _day(_("自"))
    reason = forms.CharField(label=_("理由"), max_length=300, help_text=_("例如律师意见的编号"))

    def __init__(self, *args: Any, books: Iterable[RuleBook], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].choices = [  # type: ignore[attr-defined]
            (
                f"{book.title} {book.id}",
                [(f"{book.id} {one.id}", f"{one.id} {one.title}") for one in book.grounds],
            )
            for book in books
        ]


def told(form: forms.Form, where: str = "") -> list[Problem]:
    """Faults of a form as problems, for pages that show several forms as one."""
    return [
        Problem(
            f"{where} {form.fields[name].label}".strip() if name in form.fields else where,
            str(fault),
            "请更正后再提交",
        )
        for name, faults in form.errors.items()
        for fault in faults
    ]


def _fen(typed: str, field: forms.Field) -> int | None:
    """A typed amount of yuan in fen; nothing typed is not known."""
    if not typed:
        return None
    try:
        return fen_from_yuan(typed, str(field.label))
    except Refused as refused:
        raise forms.ValidationError([f"{one.found}。{one.wanted}" for one in refused.problems]) from refused


def _word(value: Any) -> Any:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def _said(answer: bool) -> tuple[str, str]:
    """How a co-owner's answer is written: in the page's language, in Chinese."""
    text = gettext_lazy("同意") if answer else gettext_lazy("不同意")
    with override(settings.LANGUAGE_CODE):
        chinese = str(text)
    return str(text), chinese


def _owner(parts: list[str]) -> dict[str, Any]:
    name, said, share = [*parts, "", ""][:3]
    answers = [answer for answer in (True, False) if said in _said(answer)]
    owner: dict[str, Any] = {"name": name} | ({"consents": answers[0]} if answers else {})
    return owner | ({"share": share[:40]} if share else {})


def _owner_line(owner: dict[str, Any]) -> str:
    answer, share = owner.get("consents"), owner.get("share", "")
    said = "" if answer is None else _said(answer)[0]
    return " | ".join([owner["name"], said, share]).rstrip(" |")


def _user(parts: list[str]) -> dict[str, str] | None:
    """A user of a mark: name, credit code, first day, perhaps a last day; None where a line does not say so."""
    days = [_iso_day(part) for part in parts[2:]]
    if not 3 <= len(parts) <= 4 or not all(parts[:2]) or None in days:
        return None
    return {"name": parts[0], "credit_code": parts[1].upper()} | dict(
        zip(USER_DAYS, map(str, days), strict=False)
    )


def _user_line(user: dict[str, str]) -> str:
    return " | ".join(user[name] for name in ("name", "credit_code", *USER_DAYS) if name in user)


def _iso_day(text: str) -> str | None:
    try:
        day = parse_date(text)
    except ValueError:  # well written, but there is no such day
        return None
    return day.isoformat() if day else None


def _mark(parts: list[str]) -> dict[str, Any]:
    """A mark of its number, words, classes, and perhaps similar groups and the family of similar marks it is put in."""
    number, words, classes, groups, family = [*parts, "", ""][:5]
    mark: dict[str, Any] = {
        "number": number,
        "words": words,
        "classes": sorted(map(int, set(_listed(classes)))),
    }
    mark |= {"similar_groups": sorted(set(_listed(groups)))} if groups else {}
    return mark | ({"family": family} if family else {})


def _mark_line(mark: dict[str, Any]) -> str:
    classes, groups = "、".join(map(str, mark["classes"])), "、".join(mark.get("similar_groups", ()))
    return " | ".join([mark["number"], mark["words"], classes, groups, mark.get("family", "")]).rstrip(" |")


def _are_classes(text: str) -> bool:
    """Whether a text lists Nice classes.

    >>> _are_classes("9、42"), _are_classes(""), _are_classes("46"), _are_classes("九")
    (True, True, False, False)
    """
    return all(re.fullmatch(r"\d{1,2}", one, re.ASCII) and 1 <= int(one) <= 45 for one in _listed(text))


def _listed(text: str) -> list[str]:
    return re.split(r"[、,，\s]+", text.strip("、,， ")) if text.strip("、,， ") else []


def _of_parts(text: str, parts: int, wanted: Any) -> str:
    if any(len(line) != parts for line in _split(text)):
        raise forms.ValidationError(wanted)
    return text
