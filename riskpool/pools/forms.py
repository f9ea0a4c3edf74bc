"""Forms of a pool: money that arrived, the custodian's statement, agreements and limits. Amounts are typed as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from finance.loans.models import Loan
from finance.parties.models import Organisation
from kernel.choosing import offer
from kernel.errors import Refused
from kernel.money import fen_from_yuan
from kernel.policystore.models import PolicyVersion
from kernel.policystore.queries import published
from riskpool.pools import queries
from riskpool.pools.actions import AdoptionTerms, AgreementTerms
from riskpool.pools.models import Agreement, Limit, Pool, PoolSource, StatedFact
from riskpool.pools.versions import scheme_of
from riskpool.schemes.aloud import party_words
from riskpool.schemes.words import in_chinese

if TYPE_CHECKING:
    from django.db.models import QuerySet


class FenField(forms.CharField):
    """An amount typed in yuan, cleaned to whole fen by the strict grammar; an empty one that is not required is 0."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 24)
        options.setdefault("help_text", _("以元填写，最多两位小数，不加逗号，例如 1830000.00"))
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text in self.empty_values:
            return 0
        try:
            return fen_from_yuan(text, str(self.label))
        except Refused as refused:
            told = [f"{problem.found}。{problem.wanted}" for problem in refused.problems]
            raise forms.ValidationError(told, "amount") from refused


def day_field(label: Any, **options: Any) -> forms.DateField:
    """A business day, chosen from the browser's own calendar."""
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options
    )


class ContributionForm(forms.Form):
    """Money that has come in from a source."""

    source = forms.ModelChoiceField(PoolSource.objects.none(), label=_("资金来源"))
    fen = FenField(label=_("到账金额（元）"))
    day = day_field(_("到账日"))
    reference = forms.CharField(label=_("银行回单号"), max_length=60)

    def __init__(self, *args: Any, pool: Pool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "source", pool.sources.all())


class StatementForm(forms.Form):
    """A source's balance as its bank states it."""

    source = forms.ModelChoiceField(PoolSource.objects.none(), label=_("资金来源"))
    day = day_field(_("对账单日期"), help_text=_("余额为当日日终余额"))
    fen = FenField(label=_("对账单余额（元）"))
    reference = forms.CharField(label=_("对账单名称或编号"), max_length=120)

    def __init__(self, *args: Any, pool: Pool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "source", pool.sources.all())


def followable() -> QuerySet[PolicyVersion]:
    """The versions that an agreement may follow: published schemes."""
    return published(PolicyVersion.Kind.SCHEME).order_by("version")


class VersionField(forms.ModelChoiceField):
    """A published version by its number and title."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.version}　{in_chinese(obj.title)}"


class VersionForm(forms.Form):
    """The first step: which scheme. Its parties decide what the second step asks."""

    scheme = VersionField(
        PolicyVersion.objects.none(),
        label=_("损失分担方案"),
        help_text=_("选定后，下一步逐个分担方选择由谁承担"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "scheme", followable())


class BearersForm(forms.Form):
    """Who stands behind each party of a chosen scheme: one select a party, every fault at once; no script needed."""

    first_after: tuple[str, ...] = ()  # fields that stand below the parties

    def __init__(self, *args: Any, pool: Pool, version: PolicyVersion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scheme, self.version = scheme_of(version.pk), version
        choices = bearer_choices(pool)
        self.parties = [code for code in self.scheme.codes if code != self.scheme.lender]
        self.fields["scheme"] = forms.CharField(widget=forms.HiddenInput, initial=str(version.pk))
        for place, code in enumerate(self.parties):
            label = _("“%(party)s”由谁承担") % {"party": party_words(self.scheme, code)}
            self.fields[f"bearer_{place}"] = forms.ChoiceField(label=label, choices=choices)
        self.order_fields(
            [name for name in self.fields if name not in self.first_after] + [*self.first_after]
        )

    @property
    def bearers(self) -> dict[str, Any]:
        """What was chosen, as an agreement stores it."""
        chosen = [self.cleaned_data[f"bearer_{place}"] for place in range(len(self.parties))]
        return {code: _written(choice) for code, choice in zip(self.parties, chosen, strict=True)}


BEHIND_A_PARTY = ("guarantor", "insurer", "appraiser", "fund_manager", "finance_bureau", "bank")


def bearer_choices(pool: Pool) -> list[Any]:
    """Everybody who can stand behind a party: the pool's sources, all of them together, an organisation, the guarantor of
    each loan, or nobody because the party only passes its share on.
    """
    sources = [(f"source:{row.code}", row.name) for row in pool.sources.order_by("place")]
    houses = Organisation.objects.filter(kind__in=BEHIND_A_PARTY).order_by("kind", "code")
    named = [(f"organisation:{row.code}", f"{row.name}（{row.get_kind_display()}）") for row in houses]
    return [
        ("", _("请选择")),
        (_("资金池"), [*sources, ("pool", _("全池按出资比例"))]),
        (_("按贷款或流转"), [("guarantor", _("贷款的担保机构")), ("passes", _("只过手，不留份额"))]),
        (_("机构"), named),
    ]


def _written(choice: str) -> dict[str, Any]:
    kind, colon, name = choice.partition(":")
    return {kind: name if colon else True}


class AgreementForm(BearersForm):
    """A bank joins a pool under a scheme, with who bears what and up to which exposure."""

    first_after = ("exposure_limit_fen", "basis")
    number = forms.CharField(label=_("协议编号"), max_length=60)
    bank = forms.ModelChoiceField(Organisation.objects.none(), label=_("合作银行"))
    signed_on = day_field(_("签订日"))
    valid_from = day_field(_("有效期起"))
    valid_to = day_field(_("有效期止"), required=False, help_text=_("含当日；长期有效的不填"))
    exposure_limit_fen = FenField(label=_("在池余额上限（元）"))
    basis = forms.CharField(label=_("上限依据（协议条款）"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "bank", Organisation.objects.filter(kind="bank").order_by("code"))

    @property
    def terms(self) -> AgreementTerms:
        """What was typed, as the action takes it."""
        typed = {key: value for key, value in self.cleaned_data.items() if not key.startswith("bearer_")}
        return AgreementTerms(**typed | {"scheme": self.version, "bearers": self.bearers})


class AdoptionForm(BearersForm):
    """From which day an agreement follows the chosen version."""

    first = day_field(_("自哪一天放款的贷款起采用"), help_text=_("含当日；此前放款的贷款按原方案"))

    @property
    def terms(self) -> AdoptionTerms:
        """What was typed, as the action takes it."""
        return AdoptionTerms(self.version, self.cleaned_data["first"], self.bearers)


class LimitForm(forms.Form):
    """A ceiling of a pool or of one bank in it."""

    scope = forms.ChoiceField(label=_("限额种类"), choices=Limit.Scope.choices)
    agreement = forms.ModelChoiceField(
        Agreement.objects.none(),
        label=_("合作协议"),
        required=False,
        help_text=_("银行限额须选；单户、单笔限额选了只管该协议；资金池和合并限额不选"),
    )
    year = forms.IntegerField(
        label=_("年度"),
        required=False,
        min_value=2000,
        max_value=2100,
        help_text=_("年度补偿上限：填了只管该年度；不填则每年相同"),
    )
    group = forms.CharField(
        label=_("合并名称"), required=False, max_length=60, help_text=_("合并限额须填；新的合并再选成员")
    )
    agreements = forms.ModelMultipleChoiceField(
        Agreement.objects.none(), label=_("合并的协议"), required=False, widget=forms.CheckboxSelectMultiple
    )
    sources = forms.ModelMultipleChoiceField(
        PoolSource.objects.none(),
        label=_("合并的资金来源"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("只用于合并年度补偿上限：只计这些来源支付的部分"),
    )
    in_force_from = day_field(
        _("生效日"),
        required=False,
        help_text=_("不填：新限额自所限年度、协议或资金池开始之日，改动自提请之日"),
    )
    ceiling_fen = FenField(label=_("上限（元）"))
    basis = forms.CharField(label=_("依据（条款）"), max_length=200)

    def __init__(self, *args: Any, pool: Pool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agreements = Agreement.objects.filter(pool=pool).select_related("bank").order_by("number")
        offer(self, "agreement", agreements)
        offer(self, "agreements", agreements)
        offer(self, "sources", pool.sources.all())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        scope = cleaned.get("scope", "")
        of_bank, of_year = scope.startswith("bank_"), scope.endswith("_year_payout")
        if of_bank and not cleaned.get("agreement"):
            self.add_error("agreement", _("银行限额须选择合作协议"))
        if scope.startswith(("pool_", "joint_")) and cleaned.get("agreement"):
            self.add_error("agreement", _("资金池限额不选合作协议"))
        if cleaned.get("year") and not of_year:
            self.add_error("year", _("此种限额不分年度"))
        cleaned["agreements"] = tuple(cleaned.get("agreements") or ())
        cleaned["sources"] = tuple(cleaned.get("sources") or ())
        return cleaned


class FactForm(forms.Form):
    """A fact that only a person can state, as the viewer's house may; what it is about depends on the fact."""

    name = forms.ChoiceField(label=_("事实"))
    loan_no = forms.CharField(
        label=_("银行贷款编号"), required=False, max_length=60, help_text=_("关于一笔贷款的事实须填")
    )
    borrower = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("借款企业"),
        required=False,
        help_text=_("关于借款企业的事实须选"),
    )
    agreement = forms.ModelChoiceField(
        Agreement.objects.none(),
        label=_("合作协议（银行）"),
        required=False,
        help_text=_("关于一家银行的事实须选"),
    )
    value = forms.CharField(
        label=_("数值"),
        max_length=60,
        help_text=_(
            "金额以元填写；比率以 1 为 100%，例如 1.25% 填 0.0125；是否类填“是”或“否”；类别照方案写法"
        ),
    )
    about = day_field(_("所属日期"), help_text=_("例如上年营业收入填上年12月31日"))
    source_text = forms.CharField(
        label=_("出处"), max_length=200, help_text=_("文件、报表、页码，审计据此核对")
    )
    mark = forms.ChoiceField(label=_("证据标记"), choices=StatedFact.Mark.choices)

    def __init__(self, *args: Any, viewer: Any, pool: Pool, entries: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._seen = queries.enrolments(viewer=viewer).filter(agreement__pool=pool)
        named = [
            (entry.name, f"{entry.title}（{StatedFact.Subject(entry.subject).label}）") for entry in entries
        ]
        offer(self, "name", named)
        own = queries.agreements(viewer=viewer).filter(pool=pool)
        offer(self, "agreement", own)
        borrowers = Organisation.objects.filter(pk__in=self._seen.values("loan__borrower"))
        offer(self, "borrower", borrowers.order_by("name"))

    def clean_loan_no(self) -> Loan | None:
        """The loan of that number among those the viewer sees in the pool."""
        number = self.cleaned_data["loan_no"].strip()
        if not number:
            return None
        found = list(Loan.objects.filter(enrolment__in=self._seen, bank_loan_no=number)[:2])
        if not found:
            raise forms.ValidationError(_("资金池中没有这个编号的贷款，请核对"), "no_loan")
        if len(found) > 1:
            raise forms.ValidationError(_("几家银行有同一编号，请由放款银行陈述"), "several")
        return found[0]

    def terms(self) -> dict[str, Any]:
        """What was typed, as the action takes it."""
        typed = dict(self.cleaned_data)
        typed["loan"] = typed.pop("loan_no")
        return typed
