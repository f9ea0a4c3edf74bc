"""The questions as a form shows them, with what was answered so far and what was wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from finance.parties.published import regions, size_standard
from finance.subsidies.guest.answers import BORROWED, FACT, NOT_YET, REPAID, region_path
from finance.subsidies.guest.questions import Band, Questions, RightKind
from kernel.chinese import page_is_english
from kernel.errors import Problem
from kernel.expressions import exact_text

WAN_IN_YI = 10_000
OPEN_AT = 50_000  # the last band of staff, revenue, assets has no upper end for a reader


@dataclass(frozen=True)
class Choice:
    """One answer of a question."""

    value: str
    words: Any
    note: Any = ""
    chosen: bool = False


@dataclass(frozen=True)
class Group:
    """A question whose answers are chosen from."""

    name: str
    words: Any
    choices: tuple[Choice, ...]
    wrong: bool
    hint: Any = ""


@dataclass(frozen=True)
class Input:
    """A figure or a day that is typed."""

    name: str
    words: Any
    value: str
    wrong: bool
    hint: Any = ""
    kind: str = "decimal"


@dataclass(frozen=True)
class Right:
    """A kind of right: how many, and the year in which the first of them ends."""

    kind: RightKind
    count: str
    until: str
    wrong: bool


@dataclass(frozen=True)
class Form:
    """Everything the page of the questions needs; `wrong` are the fields with a fault."""

    given: Mapping[str, str]
    questions: Questions
    problems: tuple[Problem, ...] = ()

    @property
    def wrong(self) -> frozenset[str]:
        return frozenset(problem.code for problem in self.problems)

    @property
    def region(self) -> str:
        """What stands in the field of the region: the full name of a code."""
        typed = self.given.get("region", "")
        return region_path(typed, regions()) if typed in regions() else typed

    @property
    def regions(self) -> list[str]:
        return [region_path(code, regions()) for code in sorted(regions())]

    @property
    def industry(self) -> Group:
        return self._group(
            "industry", _("行业"), [Choice(one.code, one.name) for one in size_standard().industries.values()]
        )

    @property
    def legal_person(self) -> Group:
        yes = Choice("yes", _("是"), _("公司、合作社等"))
        no = Choice("no", _("不是"), _("个体户、合伙、分公司"))
        return self._group("legal_person", _("是不是独立法人"), [yes, no])

    @property
    def staff(self) -> Group:
        bands = [Choice(band.id, _people(band)) for band in self._bands("staff")]
        return self._group("staff", _("从业人员"), bands)

    @property
    def revenue(self) -> Group:
        bands = [Choice(band.id, _below(band)) for band in self._bands("revenue_wan")]
        return self._group("revenue_wan", _("上年营业收入"), bands, _("行业不看这一项时可以不选"))

    @property
    def assets(self) -> Group:
        bands = [Choice(band.id, _below(band)) for band in self._bands("assets_wan")]
        hint = _("只有建筑业、房地产开发经营、租赁和商务服务业按资产划型")
        return self._group("assets_wan", _("资产总额"), bands, hint)

    @property
    def rights(self) -> list[Right]:
        given, wrong = self.given, self.wrong
        return [
            Right(
                kind,
                given.get(f"right_{id_}", ""),
                given.get(f"until_{id_}", ""),
                bool({f"right_{id_}", f"until_{id_}"} & wrong),
            )
            for id_, kind in self.questions.rights.items()
        ]

    @property
    def amount(self) -> Group:
        bands = [
            Choice(band.id, _("%(low)s–%(high)s 万元") % {"low": _wan(band.low), "high": _wan(band.high)})
            for band in self._bands("amount_wan")
        ]
        return self._group("amount_wan", _("贷款金额"), bands)

    @property
    def rate(self) -> Group:
        bands = [
            Choice(band.id, f"{_two(band.low)}–{_two(band.high)}%") for band in self._bands("rate_percent")
        ]
        return self._group("rate_percent", _("年利率"), [*bands, Choice("unknown", _("还不知道"))])

    @property
    def term(self) -> Group:
        bands = [
            Choice(band.id, _("%(low)s–%(high)s 个月") % _ends(band)) for band in self._bands("term_months")
        ]
        return self._group("term_months", _("贷款期限"), bands)

    @property
    def stage(self) -> Group:
        stages = (NOT_YET, _("还没有借")), (BORROWED, _("借了，还在还")), (REPAID, _("已经还清"))
        return self._group("stage", _("借了没有"), [Choice(*one) for one in stages])

    @property
    def cover(self) -> Group:
        covers = (
            *(("none", _("都没有")), ("insurance", _("贷款保证保险"))),
            *(("policy_guarantee", _("政府性融资担保")), ("other_guarantee", _("其他担保公司"))),
            ("unknown", _("还不知道")),
        )
        return self._group("cover", _("有没有保险或担保"), [Choice(*one) for one in covers])

    @property
    def exact(self) -> list[Input]:
        yuan, percent = _("以元填写，不是万元"), _("按百分数填，3.45% 填 3.45")
        inputs = (
            ("exact_amount", _("贷款金额（元）"), yuan, "decimal"),
            ("exact_rate_percent", _("年利率（%）"), percent, "decimal"),
            ("drawn_on", _("放款日"), "", "date"),
            ("settled_on", _("还清日"), _("已还清的填实际日期，没还清的填约定日期"), "date"),
            ("interest_paid", _("实付利息（元）"), _("还清以后才填"), "decimal"),
            ("guarantee_rate_percent", _("年担保费率（%）"), percent, "decimal"),
            ("fee_appraisal", _("评估费（元）"), yuan, "decimal"),
            ("fee_guarantee", _("担保费（元）"), yuan, "decimal"),
            ("fee_insurance", _("保险费（元）"), yuan, "decimal"),
            ("exact_staff", _("从业人员（人）"), "", "numeric"),
            ("exact_revenue_wan", _("上年营业收入（万元）"), "", "decimal"),
            ("exact_assets_wan", _("资产总额（万元）"), "", "decimal"),
        )
        return [
            Input(name, words, self.given.get(name, ""), name in self.wrong, hint, kind)
            for name, words, hint, kind in inputs
        ]

    @property
    def precise(self) -> bool:
        """Whether something stands in the part for exact figures, so that it opens."""
        return any(self.given.get(name) for name in PRECISE) or bool(self.wrong & set(PRECISE))

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Facts answered on a page of answers, kept while the rest is changed."""
        return [(name, text) for name, text in self.given.items() if name.startswith(FACT)]

    def _bands(self, kind: str) -> tuple[Band, ...]:
        return self.questions.bands[kind]

    def _group(self, name: str, words: Any, choices: Iterable[Choice], hint: Any = "") -> Group:
        chosen = self.given.get(name)
        marked = tuple(replace(one, chosen=one.value == chosen) for one in choices)
        return Group(name, words, marked, name in self.wrong, hint)


PRECISE = (
    *(
        "exact_amount",
        "exact_rate_percent",
        "drawn_on",
        "settled_on",
        "interest_paid",
        "guarantee_rate_percent",
    ),
    *(
        "fee_appraisal",
        "fee_guarantee",
        "fee_insurance",
        "exact_staff",
        "exact_revenue_wan",
        "exact_assets_wan",
    ),
    "assets_wan",
)


def hidden(written: Mapping[str, str], but: Iterable[str] = ()) -> list[tuple[str, str]]:
    """The answers as hidden fields of another form."""
    left_out = set(but)
    return [(name, text) for name, text in written.items() if name not in left_out]


def _ends(band: Band) -> dict[str, str]:
    return {"low": _grouped(band.low), "high": _grouped(band.high)}


def _people(band: Band) -> str:
    if band.high >= OPEN_AT:
        return _("%(low)s 人以上") % _ends(band)
    if band.low == 0:
        return _("不到 %(next)s 人") % {"next": _grouped(band.high + 1)}
    return _("%(low)s–%(high)s 人") % _ends(band)


def _below(band: Band) -> str:
    """A band in 万元 whose upper end is the last cent before the next band."""
    following = -(-band.high // 1)
    if band.high >= OPEN_AT * 100:
        return _("%(low)s以上") % {"low": _sum(band.low)}
    if band.low == 0:
        return _("不到 %(next)s") % {"next": _sum(Fraction(following))}
    if following < WAN_IN_YI or page_is_english():
        return _("%(low)s–%(next)s 万元") % {"low": _wan(band.low), "next": _wan(Fraction(following))}
    return _("%(low)s–%(next)s") % {"low": _sum(band.low), "next": _sum(Fraction(following))}


def _sum(wan: Fraction) -> str:
    if wan >= WAN_IN_YI and wan % WAN_IN_YI == 0 and not page_is_english():
        return _("%(n)s 亿元") % {"n": _grouped(wan / WAN_IN_YI)}
    return _("%(n)s 万元") % {"n": _wan(wan)}


def _wan(wan: Fraction) -> str:
    """Figures in 万元; on an English page in yuan, which is what its words say."""
    return _grouped(wan * 10_000 if page_is_english() else wan)


def _grouped(value: Fraction) -> str:
    whole, dot, rest = exact_text(value).partition(".")
    return f"{int(whole):,}{dot}{rest}"


def _two(value: Fraction) -> str:
    whole, _dot, rest = exact_text(value).partition(".")
    return f"{whole}.{rest.ljust(2, '0')}"
