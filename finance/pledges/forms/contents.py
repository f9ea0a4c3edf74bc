"""What the parties state: the contract, themselves, each right, the owner's other marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from finance.parties.models import Organisation
from finance.pledges.models import IPRight
from finance.pledges.rules.bounds import MOST_FEE_YEARS
from finance.pledges.words import worded
from kernel.choosing import offer
from kernel.money import yuan_text

from .fields import (
    Yuan,
    day_field,
    fen_typed,
    lines_field,
    read_from,
    split_lines,
    text_field,
    three_valued,
    word_of,
)
from .written import are_classes, mark_line, mark_of, of_parts, owner_line, owner_of, user_line, user_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from finance.pledges.rules.book import RuleBook

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
RIGHT_FLAGS = {
    "agreement_lets_each": _("共有人约定可各自出质"),
    "suspended": _("因权属纠纷中止程序"),
    "preserved": _("被法院保全"),
    "under_invalidation": _("无效宣告程序进行中"),
    "same_day_invention": _("同日申请了发明专利"),
    "renewal_filed": _("已申请续展"),
    "disputed": _("权属有争议"),
    "published": _("已经发表"),
    "well_known": _("已认定为驰名商标"),
    "pledged_elsewhere": _("另有登记在册的质押"),
}
FLAGS_OF_KIND = {
    "patent": ("agreement_lets_each", "suspended", "preserved", "under_invalidation", "same_day_invention"),
    "trademark": ("agreement_lets_each", "preserved", "renewal_filed", "well_known"),
    "copyright": ("agreement_lets_each", "published", "preserved", "disputed"),
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


class OpenFileForm(forms.Form):
    """Which right, of which enterprise, at which window."""

    kind = forms.ChoiceField(
        label=_("权利种类"), choices=[c for c in IPRight.Kind.choices if c[0] in DAYS_OF_KIND]
    )
    credit_code = forms.CharField(label=_("出质人统一社会信用代码"), max_length=40)
    window: Any = forms.ModelChoiceField(Organisation.objects.none(), label=_("受理窗口"))
    loan_no = forms.CharField(label=_("本行贷款编号"), max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        windows = Organisation.objects.filter(kind=Organisation.Kind.IP_BUREAU).order_by("code")
        offer(self, "window", windows)


CONTRACT_DAYS = ("signed_on", "begins_on", "debt_ends_on", "determined_on")
CONTRACT_TEXTS = (
    "principal_contract", "pledge_contract", "debt_kind", "scope", "debtor", "agent", "appraiser",
)  # fmt: skip
AMOUNTS = {"amount": "amount_fen", "secured": "secured_fen", "ceiling": "ceiling_fen", "value": "value_fen"}


class ContractForm(forms.Form):
    """What the contract says, and what is true of the application as a whole."""

    terms = forms.MultipleChoiceField(
        label=_("合同已载明的条款"), required=False, widget=forms.CheckboxSelectMultiple
    )
    principal_contract = text_field(_("主合同编号"), 60)
    pledge_contract = text_field(_("质押合同编号"), 60)
    signed_on = day_field(_("质押合同签订日"), required=False)
    debt_kind = text_field(_("被担保债权的种类"), 60, _("例如流动资金借款"))
    begins_on = day_field(_("债务履行期限起日"), required=False)
    debt_ends_on = day_field(_("债务履行期限届满日"), required=False)
    amount = Yuan(label=_("被担保债权数额（元）"), required=False, help_text=_("例如 5000000.00"))
    secured = Yuan(label=_("登记担保的数额（元）"), required=False, help_text=_("只登记债权的一部分时填写"))
    ceiling = Yuan(
        label=_("最高债权额（元）"), required=False, help_text=_("最高额质押填写；不是最高额质押的不填")
    )
    determined_on = day_field(
        _("债权确定日"),
        required=False,
        help_text=_("最高额质押约定的确定日（决算期）；其后发生的债权不受担保"),
    )
    scope = text_field(_("担保范围"), 200, _("例如本金、利息、罚息、违约金和实现债权的费用"))
    debtor = forms.CharField(
        label=_("债务人"),
        max_length=120,
        required=False,
        help_text=_("一般是出质人本人；为他人担保的，改写为他人"),
    )

    def __init__(self, *args: Any, book: RuleBook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms = [(one.id, worded(f"{one.title}（{one.basis.article}）")) for one in book.contract_terms]
        offer(self, "terms", terms)
        for name, label in {**CLAUSES, **FILING_FACTS}.items():
            self.fields[name] = three_valued(label)
        self.fields["agent"] = text_field(_("代理机构或代理人"), 120)
        self.fields["value"] = Yuan(label=_("评估价值（元）"), required=False)
        self.fields["appraiser"] = text_field(_("评估机构"), 120)

    @property
    def contents(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The contract, and the facts of the filing."""
        typed = read_from(self)
        contract: dict[str, Any] = {"terms": sorted(typed["terms"])}
        contract |= {name: typed[name].isoformat() for name in CONTRACT_DAYS if typed[name]}
        contract |= {kept: typed[name] for name, kept in AMOUNTS.items() if typed[name] not in (None, "")}
        contract |= {name: typed[name].strip() for name in CONTRACT_TEXTS if typed[name].strip()}
        contract |= {name: typed[name] for name in CLAUSES if isinstance(typed[name], bool)}
        return contract, {name: typed[name] for name in FILING_FACTS if isinstance(typed[name], bool)}

    @staticmethod
    def initial_of(contents: dict[str, Any]) -> dict[str, Any]:
        contract = contents["contract"]
        flags = {**contents["filing"], **{name: contract.get(name) for name in CLAUSES}}
        return {
            **{name: word_of(value) for name, value in flags.items()},
            "terms": contract.get("terms", []),
            **{name: contract.get(name) for name in (*CONTRACT_DAYS, *CONTRACT_TEXTS)},
            **{name: contract.get(kept) for name, kept in AMOUNTS.items()},
        }


class PartyForm(forms.Form):
    """What papers say of a party beyond its name; nothing of it has to be known."""

    address = text_field(_("地址"), 120)
    representative = text_field(_("法定代表人"), 60)
    contact = text_field(_("联系人"), 60)
    phone = text_field(_("联系电话"), 40)

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
    owners = lines_field(
        _("登记簿上的权利人"),
        _(
            "每行一人；共有人写“名称 | 同意 2026-01-31 | 份额”或“名称 | 不同意”，没有答复的只写名称；同意日、份额可不写"
        ),
        required=False,
    )

    def __init__(self, *args: Any, book: RuleBook, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = book.kind
        kinds = [(name, worded(text)) for name, text in book.subtypes.items()]
        offer(self, "subtype", [("", _("不清楚")), *kinds])
        for name, label in DESCRIBED_BY_KIND[book.kind].items():
            self.fields[name] = text_field(label, 200)
        self.order_fields(["number", *DESCRIBED_BY_KIND[book.kind]])
        for name in DAYS_OF_KIND[book.kind]:
            self.fields[name] = day_field(RIGHT_DAYS[name], required=False)
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
            self.fields[name] = three_valued(RIGHT_FLAGS[name])
        if book.kind == "trademark":
            self.fields["words"] = forms.CharField(label=_("商标文字"), max_length=120, required=False)
            self.fields["classes"] = text_field(_("类别"), 120, _("例如 9、42"))
            self.fields["similar_groups"] = text_field(_("类似群组"), 200, _("例如 0901、0907；不清楚的不填"))
            self.fields["family"] = text_field(_("近似系列"), 60, _("认定为近似的商标写同一名称"))
            self.fields["users"] = lines_field(
                _("使用人名册"),
                _(
                    "集体商标、证明商标填写；每行“名称 | 统一社会信用代码 | 起日 | 止日”，止日可不写，日期如 2026-01-31"
                ),
                required=False,
            )

    def clean_value(self) -> int | None:
        return fen_typed(self.cleaned_data["value"], self.fields["value"])

    def clean_classes(self) -> str:
        typed: str = self.cleaned_data["classes"]
        if not are_classes(typed):
            raise forms.ValidationError(_("类别是 1 至 45，多个用顿号隔开"))
        return typed

    def clean_users(self) -> list[dict[str, Any]]:
        return self._each_line("users", user_of)

    def clean_owners(self) -> list[dict[str, Any]]:
        return self._each_line("owners", owner_of)

    def _each_line(
        self, name: str, read: Callable[[list[str]], dict[str, Any] | None]
    ) -> list[dict[str, Any]]:
        """What the lines of a field say; refused with every line that says nothing."""
        lines = split_lines(self.cleaned_data[name])
        found = [read(parts) for parts in lines]
        wrong = [" | ".join(parts)[:80] for parts, one in zip(lines, found, strict=True) if one is None]
        if wrong:
            raise forms.ValidationError([_("“%(line)s”写法不符") % {"line": line} for line in wrong])
        return [one for one in found if one is not None]

    @property
    def contents(self) -> dict[str, Any]:
        typed = read_from(self)
        plain = (
            "subtype", "status", "fees_paid_through", *DESCRIBED_BY_KIND[self.kind], *FLAGS_OF_KIND[self.kind],
            "pledged_elsewhere",
        )  # fmt: skip
        right: dict[str, Any] = {name: typed[name] for name in plain if typed.get(name) not in (None, "")}
        right |= {name: typed[name].isoformat() for name in DAYS_OF_KIND[self.kind] if typed[name]}
        right["number"] = typed["number"].strip()
        if typed["value"] not in (None, ""):
            right["value_fen"] = typed["value"]
        if typed["owners"]:
            right["owners"] = typed["owners"]
        if typed.get("users"):
            right["users"] = typed["users"]
        if typed.get("words"):
            parts = [
                right["number"],
                *(typed[name] for name in ("words", "classes", "similar_groups", "family")),
            ]
            right["mark"] = mark_of(parts)
        return right

    @staticmethod
    def initial_of(right: dict[str, Any]) -> dict[str, Any]:
        mark = right.get("mark", {})
        return {
            **{name: word_of(value) for name, value in right.items() if name != "mark"},
            "value": yuan_text(right["value_fen"]) if "value_fen" in right else "",
            "owners": "\n".join(owner_line(owner) for owner in right.get("owners", ())),
            "users": "\n".join(user_line(user) for user in right.get("users", ())),
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
    owner_marks = lines_field(
        _("出质人的其他注册商标"),
        _("每行“注册号 | 文字 | 类别 | 类似群组 | 近似系列”，后两项可不写"),
        required=False,
    )
    left_out = lines_field(_("不一并出质的相同近似商标"), _("每行“注册号 | 理由”"), required=False)

    @property
    def contents(self) -> dict[str, Any]:
        typed = read_from(self)
        marks = [mark_of(parts) for parts in split_lines(typed["owner_marks"])]
        left_out = {parts[0]: parts[1] for parts in split_lines(typed["left_out"])}
        return {"owner_marks": marks or ([] if typed["none"] else None), "left_out": left_out}

    def clean_owner_marks(self) -> str:
        typed: str = self.cleaned_data["owner_marks"]
        lines = split_lines(typed)
        if not all(
            3 <= len(parts) <= 5 and parts[0] and parts[1] and are_classes(parts[2]) for parts in lines
        ):
            raise forms.ValidationError(_("每行写成“注册号 | 文字 | 类别”，类别是 1 至 45"))
        return typed

    def clean_left_out(self) -> str:
        return of_parts(self.cleaned_data["left_out"], 2, _("每行写成“注册号 | 理由”"))

    @staticmethod
    def initial_of(contents: dict[str, Any]) -> dict[str, Any]:
        marks = contents["owner_marks"]
        told = [mark_line(one) for one in marks or ()]
        left = [f"{number} | {why}" for number, why in contents["left_out"].items()]
        return {"none": marks == [], "owner_marks": "\n".join(told), "left_out": "\n".join(left)}
