"""What a visitor answered, read with every fault at once, and the applications that lie at the ends of his bands. Pure.

A figure is a band or, typed exactly, a point. Nothing is guessed: what he did not answer is missing, and what is taken so
all the same stands under `assumed` of each application, which names it in every result that read it.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

from finance.parties.regions import Region
from finance.parties.sizes import CLASSES, UNKNOWN, Standard, size_class
from finance.subsidies.facts import Case
from finance.subsidies.guest.questions import Band, Questions
from finance.subsidies.words import facts_known
from kernel.days import add_months
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.expressions import exact_text
from kernel.money import fen_from_yuan, yuan_text

NOT_YET, BORROWED, REPAID = "not_yet", "borrowed", "repaid"
STAGES = (NOT_YET, BORROWED, REPAID)
COVERS = ("none", "insurance", "policy_guarantee", "other_guarantee", "unknown")
WITHOUT_GUARANTEE = ("none", "insurance")
FEES = ("appraisal", "guarantee", "insurance")
FACT = "fact."  # what the form calls a fact that a policy asked for: fact.pledge.has_first_time_right
FEN_IN_WAN = 1_000_000
LATEST_YEAR = 9999
_MOST_COUNT, _MOST_STAFF, _LONGEST = 9999, 10_000_000, 60
_DECIMAL = re.compile(r"\d{1,10}(\.\d{1,4})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True)
class Span:
    """A figure between two ends, both possible."""

    low: Fraction
    high: Fraction

    @property
    def ends(self) -> tuple[Fraction, ...]:
        return (self.low,) if self.low == self.high else (self.low, self.high)


@dataclass(frozen=True)
class Held:
    """Rights of one kind that can be pledged: how many, and the year in which the first of them ends, if he said so."""

    right: str
    count: int
    until: int | None = None


@dataclass(frozen=True)
class Answers:
    """Everything that was answered. `written` is what reads back to the same answers: for an address, and to be kept."""

    region: str
    legal_person: bool
    industry: str
    staff: Span | None
    revenue_wan: Span | None
    assets_wan: Span | None
    rights: tuple[Held, ...]
    amount_fen: Span
    rate: Span | None
    term_months: Span
    stage: str
    cover: str
    drawn_on: dt.date | None = None
    settled_on: dt.date | None = None
    fees: Mapping[str, int] = field(default_factory=dict)
    interest_paid_fen: int | None = None
    guarantee_rate: Fraction | None = None
    facts: Mapping[str, bool] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Corner:
    """One application at one end of every band."""

    case: Case
    plain: Mapping[str, Any]
    size: str


def read_answers(
    given: Mapping[str, str],
    questions: Questions,
    standard: Standard,
    regions: Mapping[str, Region],
    on: dt.date,
) -> Answers:
    """The answers of a form; Refused with every fault, each under the name of its question (`code` is the field)."""
    return _Reading(given, questions, standard, regions, on).answers()


def region_path(code: str, regions: Mapping[str, Region]) -> str:
    """The names from the province down: 四川省成都市双流区."""
    region = regions[code]
    return (region_path(region.parent, regions) if region.parent else "") + region.name


def regions_named(text: str, regions: Mapping[str, Region]) -> list[str]:
    """The codes that a typed name may mean: of the narrowest way to read it, so that 山东 is the province alone and
    重庆渝中 is found in 重庆市渝中区; several where it is not clear."""
    wanted = re.sub(r"[\s\-—,，·]", "", unicodedata.normalize("NFKC", text))
    if wanted in regions or not wanted:
        return [wanted] if wanted else []
    paths = {code: region_path(code, regions) for code in sorted(regions)}
    readings = (
        [code for code, path in paths.items() if wanted == path],
        [code for code in paths if wanted == regions[code].name],
        [code for code in paths if wanted in regions[code].name],
        [code for code, path in paths.items() if _in_order(wanted, path)],
    )
    return next((found for found in readings if found), [])


def nearest_named(text: str, regions: Mapping[str, Region]) -> str:
    """The narrowest region whose name, less its last sign, stands in a text that names none: 济南市 for 济南历城区."""
    found = [code for code, region in regions.items() if region.name[:-1] in text and len(region.name) > 2]
    return max(found, key=lambda code: (len(code.rstrip("0")), code), default="")


def _in_order(wanted: str, path: str) -> bool:
    signs = iter(path)
    return all(sign in signs for sign in wanted)


class _Reading:
    """One pass over what was typed; every fault is kept under its field."""

    def __init__(
        self, given: Mapping[str, str], questions: Questions, standard: Standard, regions: Mapping[str, Region],
        on: dt.date,
    ) -> None:  # fmt: skip
        self.given = {key: str(text).replace("\x00", "").strip()[:_LONGEST] for key, text in given.items()}
        self.questions, self.standard, self.regions, self.on = questions, standard, regions, on
        self.problems: list[Problem] = []
        self.written: dict[str, str] = {}

    def answers(self) -> Answers:
        region = self.region()
        legal = self.choice("legal_person", "是不是独立法人", ("yes", "no"))
        industry = self.choice("industry", "行业", tuple(self.standard.industries))
        looked_at = self.standard.industries[industry].bounds if industry else {}
        staff = self.figure("staff", "从业人员", "exact_staff", _MOST_STAFF, needed="staff" in looked_at)
        revenue = self.figure(
            "revenue_wan", "上年营业收入", "exact_revenue_wan", needed="revenue" in looked_at
        )
        assets = self.figure("assets_wan", "资产总额", "exact_assets_wan")
        rights = self.rights()
        amount = self.amount()
        rate = self.rate()
        term = self.figure("term_months", "贷款期限", None, needed=True)
        stage = self.choice("stage", "借了没有", STAGES)
        cover = self.choice("cover", "保险或担保", COVERS)
        drawn_on = self.day("drawn_on", "放款日", latest=None if stage == NOT_YET else self.on)
        settled_on = self.day("settled_on", "还清日", latest=self.on if stage == REPAID else None)
        self.days_agree(stage, drawn_on, settled_on)
        fees = {name: fen for name in FEES if (fen := self.yuan(f"fee_{name}", _FEE_NAMES[name])) is not None}
        interest = self.yuan("interest_paid", "实付利息")
        if interest is not None and stage != REPAID:
            self.fault("interest_paid", "实付利息", "贷款还没有还清", "还清以后再填；现在留空，按利率估算")
        guarantee = self.percent("guarantee_rate_percent", "年担保费率")
        facts = {key.removeprefix(FACT): self.truth(key) for key in sorted(self.given) if self._is_fact(key)}
        refuse_if_any(self.problems)
        assert amount is not None
        assert term is not None
        return Answers(
            region, legal == "yes", industry, staff, revenue, assets, rights, amount, rate, term, stage, cover,
            drawn_on, settled_on, fees, interest, guarantee, facts, self.written,
        )  # fmt: skip

    def days_agree(self, stage: str, drawn_on: dt.date | None, settled_on: dt.date | None) -> None:
        """A loan is settled after it was drawn; one that is not yet repaid, after today."""
        if stage == REPAID and drawn_on and drawn_on >= self.on:
            self.fault("drawn_on", "放款日", f"{drawn_on} 不早于今天", "已经还清的贷款，放款日早于今天")
        elif drawn_on and settled_on and settled_on <= drawn_on:
            self.fault("settled_on", "还清日", f"{settled_on} 不晚于放款日 {drawn_on}", "请核对两个日期")
        elif stage != REPAID and settled_on and settled_on <= self.on:
            self.fault(
                "settled_on", "还清日", f"{settled_on} 不晚于今天", "还没还清的，填约定的还清日，晚于今天"
            )

    def fault(self, field_name: str, where: str, found: str, wanted: str) -> None:
        self.problems.append(Problem(where, found, wanted, field_name))

    def text(self, name: str) -> str:
        """What stands there; noted as part of what reads back to these answers."""
        found = self.given.get(name, "")
        if found:
            self.written[name] = found
        return found

    def choice(self, name: str, where: str, among: Iterable[str]) -> str:
        found = self.text(name)
        if found in among:
            return found
        self.fault(name, where, "没有选" if not found else f"没有“{found}”这一项", "请选一项")
        return ""

    def region(self) -> str:
        typed = self.text("region")
        if not typed:
            self.fault("region", "企业注册地", "没有填", "填区县、市或省的名称，例如 渝中区")
            return ""
        found = regions_named(typed, self.regions)
        if len(found) == 1:
            self.written["region"] = found[0]
            return found[0]
        names = "、".join(region_path(code, self.regions) for code in found[:6])
        if found:
            more = f"等 {len(found)} 处" if len(found) > 6 else ""
            self.fault("region", "企业注册地", f"“{typed}”不止一处", f"请写全一些：{names}{more}")
        else:
            near = nearest_named(typed, self.regions)
            hint = f"是不是 {region_path(near, self.regions)}？" if near else ""
            wanted = f"{hint}名单里没有的区县，请填所在的市；市也没有的，填省"
            self.fault("region", "企业注册地", f"没有找到“{typed}”", wanted)
        return ""

    def figure(
        self, name: str, where: str, exact: str | None, most: int = 10**9, needed: bool = False
    ) -> Span | None:
        """A band of the questions, or the exact figure beside it, which goes before the band."""
        typed = self.text(exact) if exact else ""
        if typed:
            found = Fraction(typed) if _DECIMAL.fullmatch(typed) else None
            if found is None or found > most:
                self.fault(str(exact), where, f"“{typed}”不是这样的数", "请填数字，例如 120")
                return None
            self.text(name)
            return Span(found, found)
        band = self.band(name)
        if band is None and (needed or self.text(name)):
            self.fault(name, where, "没有选", "请选一档，拿不准的选最接近的")
        return band

    def band(self, name: str) -> Span | None:
        found = next((one for one in self.questions.bands[name] if one.id == self.text(name)), None)
        return Span(found.low, found.high) if isinstance(found, Band) else None

    def amount(self) -> Span | None:
        exact = self.yuan("exact_amount", "贷款金额")
        if exact is not None:
            self.text("amount_wan")
            if exact == 0:
                self.fault("exact_amount", "贷款金额", "是 0", "请填大于 0 的金额，以元计")
            return Span(Fraction(exact), Fraction(exact))
        band = self.figure("amount_wan", "贷款金额", None, needed=not self.given.get("exact_amount"))
        return Span(band.low * FEN_IN_WAN, band.high * FEN_IN_WAN) if band else None

    def rate(self) -> Span | None:
        exact = self.percent("exact_rate_percent", "年利率")
        if exact is not None:
            self.text("rate_percent")
            return Span(exact, exact)
        if self.text("rate_percent") == "unknown" or self.given.get("exact_rate_percent"):
            return None
        band = self.figure("rate_percent", "年利率", None, needed=True)
        return Span(band.low / 100, band.high / 100) if band else None

    def percent(self, name: str, where: str) -> Fraction | None:
        typed = self.text(name).removesuffix("%").strip()
        if not typed:
            return None
        if not _DECIMAL.fullmatch(typed) or Fraction(typed) > 100:
            self.fault(name, where, f"“{typed}”不是百分数", "按百分数填，3.45% 填 3.45")
            return None
        return Fraction(typed) / 100

    def yuan(self, name: str, where: str) -> int | None:
        typed = self.text(name)
        if not typed:
            return None
        try:
            fen = fen_from_yuan(typed, where)
        except Refused as refusal:
            self.problems += [Problem(where, one.found, one.wanted, name) for one in refusal.problems]
            return None
        if fen < 0:
            self.fault(name, where, f"{typed} 小于零", "以元填写，不为负")
            return None
        return fen

    def day(self, name: str, where: str, latest: dt.date | None) -> dt.date | None:
        typed = self.text(name)
        if not typed:
            return None
        try:
            found = dt.date.fromisoformat(typed if _DAY.fullmatch(typed) else "")
        except ValueError:
            self.fault(name, where, f"“{typed}”不是日期", "写成 YYYY-MM-DD，或留空")
            return None
        if not self.on.year - 30 <= found.year <= self.on.year + 30:
            self.fault(name, where, f"{found} 离今天太远", "请核对年份")
        elif latest and found > latest:
            self.fault(name, where, f"{found} 晚于今天", "已经发生的日子不晚于今天")
        return found

    def rights(self) -> tuple[Held, ...]:
        held = [one for id_ in self.questions.rights if (one := self._held(id_)) is not None]
        if not held and not any(one.code.startswith("right_") for one in self.problems):
            wanted = "至少填一种的件数；正在申请、还没授权的不能质押"
            self.fault("right_invention", "准备质押的知识产权", "一件也没有填", wanted)
        return tuple(held)

    def _held(self, id_: str) -> Held | None:
        name, field_name = self.questions.rights[id_].name, f"right_{id_}"
        typed, until = self.text(field_name), self.text(f"until_{id_}")
        if not typed or typed == "0":
            if until:
                self.fault(field_name, name, "填了到期年份，没有填件数", "请填件数")
            return None
        if not _WHOLE.fullmatch(typed) or int(typed) > _MOST_COUNT:
            self.fault(field_name, name, f"“{typed}”不是件数", "请填整数")
            return None
        if until and not (_WHOLE.fullmatch(until) and self.on.year <= int(until) <= self.on.year + 200):
            self.fault(
                f"until_{id_}", name, f"到期年份“{until}”不对", f"填 {self.on.year} 或以后的年份，或留空"
            )
            return None
        return Held(id_, int(typed), int(until) if until else None)

    def _is_fact(self, key: str) -> bool:
        known = facts_known().get(key.removeprefix(FACT)) if key.startswith(FACT) else None
        return known is not None and known.unit == "yes_no" and self.given[key] in ("yes", "no")

    def truth(self, key: str) -> bool:
        return self.text(key) == "yes"


_FEE_NAMES = {"appraisal": "评估费", "guarantee": "担保费", "insurance": "保险费"}


# --- the applications at the ends of the bands -------------------------------------------------------------------------


def sizes_of(answers: Answers, standard: Standard, on: dt.date) -> tuple[str, ...]:
    """Every size class that the answers leave possible, the lowest first; empty where an indicator is missing."""
    spans = {"staff": answers.staff, "revenue": answers.revenue_wan, "assets": answers.assets_wan}
    stated = {name: span for name, span in spans.items() if span}
    lowest, highest = ({name: getattr(span, end) for name, span in stated.items()} for end in ("low", "high"))
    ends = [size_class(standard, answers.industry, figures, on).size for figures in (lowest, highest)]
    if UNKNOWN in ends:
        return ()
    low, high = (CLASSES.index(one) for one in ends)
    return CLASSES[high : low + 1][::-1]


def kinds_of(answers: Answers, questions: Questions) -> tuple[str, ...]:
    """The kinds of right that can be pledged, in the policies' words."""
    return tuple(dict.fromkeys(questions.rights[held.right].kind for held in answers.rights))


def corners(
    answers: Answers,
    questions: Questions,
    standard: Standard,
    on: dt.date,
    kinds: tuple[str, ...] = (),
    by_revenue: bool = True,
) -> tuple[Corner, ...]:
    """An application for every combination of ends, or only with rights of some `kinds` pledged.

    Without `by_revenue` firms that differ in their revenue alone are one: for policies that do not read it.
    """
    firms = _firms(answers, standard, on)
    firms = (
        firms if by_revenue else list({size: (size, revenue) for size, revenue in reversed(firms)}.values())
    )
    ends = product(
        answers.amount_fen.ends,
        answers.rate.ends if answers.rate else (None,),
        answers.term_months.ends,
        _loan_days(answers, questions, on),
        firms,
    )
    found = []
    for amount, rate, term, first, (size, revenue) in ends:
        drawn, settled = _days_of_loan(answers, first, int(term), on)
        pledged = [held for held in answers.rights if not kinds or questions.rights[held.right].kind in kinds]
        plain = _plain(answers, questions, on, amount, rate, term, drawn, settled, size, revenue, pledged)
        found.append(Corner(Case.from_plain(plain), plain, size))
    return tuple(found)


def _firms(answers: Answers, standard: Standard, on: dt.date) -> list[tuple[str, Fraction | None]]:
    """The firm's possible classes, each with a revenue that goes with it: the lowest class with the low end."""
    sizes = sizes_of(answers, standard, on) or ("",)
    revenue = answers.revenue_wan.ends if answers.revenue_wan else (None,)
    if len(sizes) == 1:
        return [(sizes[0], end) for end in revenue]
    return [(size, revenue[0] if place == 0 else revenue[-1]) for place, size in enumerate(sizes)]


def _loan_days(answers: Answers, questions: Questions, on: dt.date) -> tuple[dt.date, ...]:
    """The day from which a loan is counted: of drawing, or of settling where one knows that; two where it is open."""
    if answers.stage == REPAID and answers.settled_on:
        return (answers.settled_on,)
    if answers.stage != REPAID and answers.drawn_on:
        return (answers.drawn_on,)
    if answers.stage == NOT_YET:
        return (on,)
    first = add_months(on, -questions.within_months)
    if answers.stage == REPAID and answers.drawn_on:
        first = max(first, answers.drawn_on + dt.timedelta(days=1))
    return (first, on) if first < on else (on,)


def _days_of_loan(answers: Answers, day: dt.date, term: int, on: dt.date) -> tuple[dt.date, dt.date]:
    """First draw and settlement; a loan that is still being repaid is settled today at the earliest."""
    if answers.stage == REPAID:
        return answers.drawn_on or add_months(day, -term), day
    return day, answers.settled_on or max(add_months(day, term), on + dt.timedelta(days=1))


def _plain(
    answers: Answers, questions: Questions, on: dt.date, amount: Fraction, rate: Fraction | None, term: Fraction,
    drawn: dt.date, settled: dt.date, size: str, revenue: Fraction | None, pledged: Iterable[Held],
) -> dict[str, Any]:  # fmt: skip
    yuan = yuan_text(int(amount))
    applicant: dict[str, Any] = {
        "region": answers.region,
        "legal_person": answers.legal_person,
        "industry": answers.industry,
        "size": size or None,
        "revenue": None if revenue is None else exact_text(revenue * 10_000),
    }
    loan: dict[str, Any] = {
        "draws": [[drawn.isoformat(), yuan]],
        "amount": yuan,
        "rate": None if rate is None else exact_text(rate),
        "term_months": exact_text(term),
        "credit_support": None if answers.cover == "unknown" else answers.cover,
    }
    guarantee = answers.guarantee_rate
    if guarantee is None and answers.cover in WITHOUT_GUARANTEE:
        guarantee = Fraction(0)
    if guarantee is not None:
        loan["guarantee_fee_rate"] = exact_text(guarantee)
    rights = tuple(pledged)
    pledge: dict[str, Any] = {
        "kinds": list(dict.fromkeys(questions.rights[held.right].kind for held in rights)),
        "items": str(sum(held.count for held in rights)),
    }
    filled = {
        "loan.contract_date": drawn.isoformat(),
        "loan.settled_on": settled.isoformat(),
        "loan.enterprise_outstanding": yuan,
        "pledge.registered_on": drawn.isoformat(),
    }
    if answers.stage == REPAID:
        loan["settled_on"] = filled.pop("loan.settled_on")
    assumed = {path: one.value for path, one in questions.assumed.items()} | filled
    sections = {"applicant": applicant, "loan": loan, "pledge": pledge}
    for path, truth in answers.facts.items():
        section, _, name = path.partition(".")
        if section in sections:
            sections[section][name] = truth
    return {
        **sections,
        "fees": {name: yuan_text(fen) for name, fen in answers.fees.items()} or None,
        "interest_paid": None if answers.interest_paid_fen is None else yuan_text(answers.interest_paid_fen),
        "application_date": on.isoformat(),
        "evaluated_on": on.isoformat(),
        "assumed": assumed,
    }
