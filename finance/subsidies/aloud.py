"""A subsidy policy read aloud: who may apply, what is paid, out of what, up to which limit, when. In Chinese. Pure.

Every line keeps its place in the file, the article it rests on, and whether it was assumed; `key` stays the same between two
versions of a policy, so that they can be laid beside each other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from finance.subsidies.reads import PAYEE_WORDS, line_name
from finance.subsidies.terms import (
    DATES,
    FIRST_COME,
    IP_SHARE,
    PRO_RATA,
    AllOf,
    AnyOf,
    ApprovedAmount,
    Band,
    BankVolume,
    Bound,
    ByCase,
    Cap,
    Condition,
    Constant,
    CostBound,
    FactTest,
    FeePaid,
    Fixed,
    InterestPaid,
    Line,
    LoanAmount,
    MaxPeriod,
    Not,
    NotionalInterest,
    Policy,
    RateTest,
    Recovery,
    Remarks,
    TierAmount,
)
from finance.subsidies.words import fact_name, fact_words
from finance.subsidies.working import FEE_WORDS, WINDOW_WORDS, percent, period_words, rate_words, yuan

SCOPE_WORDS = {
    "enterprise": "企业",
    "bank": "银行",
    "guarantor": "担保机构",
    "loan": "贷款",
    "project": "项目",
}
OVER_WORDS = {
    PRO_RATA: "按比例核减",
    FIRST_COME: "按申报先后",
    "oversubscription_rule_unknown": "文件没有写明怎么办，停下来由人决定",
}
SOURCE_WORDS = {"central": "中央", "province": "省", "city": "市", "county": "县", "district": "区县"}
DISCRETION_WORDS = {
    "ceiling": "“最高”“不超过”：金额由经办人在此限内核定",
    "band": "比例由主管部门在区间内确定",
}
_COMPARED = {"eq": "为", "lt": "低于", "lte": "不高于", "gt": "高于", "gte": "不低于"}
_DAYS_COMPARED = {"eq": "为", "lt": "早于", "lte": "不晚于", "gt": "晚于", "gte": "不早于"}
ROUNDING_WORDS = {"floor_cent": "舍到分", "largest_remainder": "最大余数法", "half_up": "四舍五入"}
ASSUMED_WORDS = {"day_count": "计息天数", "share": "份额", "assumed": "起始日", "": ""}
_DAY_WORDS = {"calendar_year": "申请年度", "event_date": "事项发生日"}


@dataclass(frozen=True)
class Told:
    """One sentence of a policy: its key, its words, its place in the file, the article, what was assumed, a note."""

    key: str
    text: str
    place: str = ""
    ref: str = ""
    assumed: tuple[str, ...] = ()
    note: str = ""

    @property
    def guesses(self) -> str:
        """What of it stands in no text, in words; empty where the whole sentence was assumed."""
        return "；".join(words for one in self.assumed if (words := ASSUMED_WORDS.get(one, one)))


@dataclass(frozen=True)
class Section:
    """Sentences under a heading."""

    title: str
    lines: tuple[Told, ...]


def read_aloud(policy: Policy) -> list[Section]:
    """The whole of a policy in sentences, in the order in which it is worked out."""
    sections = (
        ("适用", _standing(policy)),
        (
            "申请条件",
            (_condition(one, f"eligibility[{place}]", "") for place, one in enumerate(policy.eligibility)),
        ),
        *((line_name(policy, line.id), _line(line, place)) for place, line in enumerate(policy.lines)),
        ("择一与限额", _shared(policy)),
        ("资金", _money(policy)),
        ("申报时间与材料", _filing(policy)),
    )
    return [Section(title, lines) for title, told in sections if (lines := tuple(told))]


def _told(key: str, text: str, place: str, remarks: Remarks) -> Told:
    assumed = (("",) if remarks.is_assumed else ()) + remarks.assumed
    return Told(key, text, place, remarks.ref, assumed, remarks.note)


def _standing(policy: Policy) -> Iterator[Told]:
    effective = policy.effective
    last = f"至 {effective.last}" if effective.last else "起，没有写明截止日"
    guessed = json.loads(policy.document)["effective"].get("from_is")
    yield Told("effective", f"{effective.first} {last}", "effective", "", (str(guessed),) if guessed else ())
    picked = _DAY_WORDS.get(effective.picked_by) or fact_name(DATES[effective.picked_by])
    yield Told("picked_by", f"按{picked}确定适用哪个版本", "effective.version_picked_by")
    if policy.region:
        outside = json.loads(policy.document)["region"].get("except") or []
        beyond = f"，不含 {'、'.join(map(str, outside))}" if outside else ""
        yield Told("region", f"{policy.region_name or policy.region}（{policy.region}）{beyond}", "region")
    if policy.issuer:
        yield Told("issuer", f"发文单位：{'、'.join(policy.issuer)}", "issuer")
    if policy.legal_status:
        yield Told(
            "legal_status", f"法律状态：{policy.legal_status}；算出的金额须人工放行才能支付", "legal_status"
        )
    if policy.superseded_by:
        yield Told("superseded_by", f"已被 {policy.superseded_by} 取代", "superseded_by")


def _condition(condition: Condition, place: str, owner: str) -> Told:
    key = f"{owner}condition.{condition.id}"
    batch = "（仅本批）" if condition.per_batch else ""
    return _told(key, f"{condition.reason}{batch}：{test_words(condition)}", place, condition.remarks)


def test_words(condition: Condition) -> str:
    """What a condition compares.

    >>> test_words(Condition(FactTest("loan.overdue_days", "lte", "0")))
    '逾期天数不高于 0'
    """
    match condition.test:
        case FactTest() as test:
            return _fact_words(test)
        case RateTest(left=left, op=op, right=right):
            return f"{rate_words(left, {}, None)} {_COMPARED[op]} {rate_words(right, {}, None)}"
        case Not(part=part):
            return f"不属于“{test_words(part)}”"
        case AllOf(parts=parts):
            return "，且".join(map(test_words, parts))
        case AnyOf(parts=parts):
            return "，或".join(map(test_words, parts))


def _fact_words(test: FactTest) -> str:
    words, value = fact_words(test.fact), test.value
    match test.op:
        case "exists":
            return f"已说明{words.name}"
        case "within":
            beyond = f"，不含 {'、'.join(test.except_within)}" if test.except_within else ""
            return f"{words.name}在 {value} 之内{beyond}"
        case "in":
            return f"{words.name}为 {words.value_words(value)} 之一"
        case "subset":
            return f"{words.name}只能是 {words.value_words(value)}"
        case "between":
            assert isinstance(value, tuple)
            ends = " 至 ".join("……" if end is None else words.value_words(end) for end in value)
            return f"{words.name}在 {ends} 之间"
    compared = _DAYS_COMPARED if words.unit == "day" else _COMPARED
    if test.op.endswith("_fact"):
        return f"{words.name}{compared[test.op.removesuffix('_fact')]}{fact_name(str(value))}"
    return f"{words.name}{compared[test.op]} {words.value_words(value)}"


# --- lines ---------------------------------------------------------------------------------------------------------


def _line(line: Line, index: int) -> Iterator[Told]:
    place, owner = f"benefits[{index}]", f"{line.id}."
    yield _told(f"{owner}payee", f"付给{PAYEE_WORDS[line.payee]}", f"{place}.payee", line.remarks)
    if not line.computable or isinstance(line.base, TierAmount):
        yield Told(f"{owner}computable", "金额表不全，不能计算", place)
    for number, condition in enumerate(line.requires):
        yield _condition(condition, f"{place}.requires[{number}]", owner)
    yield Told(f"{owner}base", base_words(line), f"{place}.base")
    if isinstance(line.base, LoanAmount) and line.base.most_when is not None:
        yield Told(
            f"{owner}most_when", f"计入本金的上限适用于：{test_words(line.base.most_when)}", f"{place}.base"
        )
    yield from _factor(line, place, owner)
    if line.prorate_full is not None:
        months = (
            f"按贷款期限折算：不满 {line.prorate_full} 个月的按月数除以 {line.prorate_full}，不足一个月的舍去"
        )
        yield Told(f"{owner}prorate", months, f"{place}.prorate")
    for number, bound in enumerate(line.bounds):
        yield _told(f"{owner}bound.{number}", _bound(bound), f"{place}.bounds[{number}]", bound.remarks)
    if line.cap is not None:
        yield Told(f"{owner}cap", _cap(line.cap), f"{place}.cap")
    if line.count is not None:
        scope = _scope(line.count.scope, line.count.window)
        yield Told(f"{owner}count", f"{scope}最多 {line.count.most} 笔，取金额最高的", f"{place}.count")
    if line.discretion:
        yield Told(f"{owner}discretion", DISCRETION_WORDS[line.discretion], f"{place}.discretion")
    if line.once_per:
        yield Told(f"{owner}once_per", f"每个 {line.once_per} 只补一次", f"{place}.once_per")


def base_words(line: Line) -> str:
    """From what the amount of a line is worked out."""
    match line.base:
        case NotionalInterest() as base:
            return f"按 {rate_words(base.rate, {}, None)} 计算的利息{_interest(base.share, base.day_count, base.max_period)}"
        case InterestPaid() as base:
            clamp = f"，利率最多按 {rate_words(base.clamp, {}, None)}" if base.clamp is not None else ""
            return f"实付利息{clamp}{_interest(base.share, base.day_count, base.max_period)}"
        case LoanAmount() as base:
            most = f"，计入的本金最多 {_yuan(base.most_fen)}" if base.most_fen is not None else ""
            return f"贷款金额{_share(base.share)}{most}"
        case FeePaid(fee=fee):
            return f"实付{FEE_WORDS.get(fee, fee)}"
        case Fixed(unit_fen=unit, count=path):
            return f"每件 {_yuan(unit)}，件数为{fact_name(path)}"
        case BankVolume(fact=path):
            return fact_name(path)
        case ApprovedAmount():
            return "另行核定的金额"
        case TierAmount(by=path):
            return f"按{fact_name(path)}分档，各档金额不知道"


def _interest(share: str, day_count: str, longest: MaxPeriod | None) -> str:
    most = f"，最长 {period_words(longest.text)}" if longest is not None else ""
    days = "，按一整年计" if day_count == "FLAT_YEAR" else f"，算头不算尾，÷{day_count.removeprefix('ACT/')}"
    return f"{_share(share)}{days}{most}"


def _share(share: str) -> str:
    return "，乘知识产权份额" if share == IP_SHARE else ""


def _factor(line: Line, place: str, owner: str) -> Iterator[Told]:
    match line.factor:
        case Constant(value=value):
            yield Told(f"{owner}factor", f"乘 {percent(value)}", f"{place}.factor")
        case Band(low=low, high=high):
            yield Told(
                f"{owner}factor", f"乘 {percent(low)} 至 {percent(high)} 之间的比例", f"{place}.factor"
            )
        case ByCase(entries=entries):
            for number, entry in enumerate(entries):
                when = "其余情形" if entry.when is None else test_words(entry.when)
                text = f"{when}：乘 {percent(entry.value)}"
                yield _told(f"{owner}factor.{number}", text, f"{place}.factor.case[{number}]", entry.remarks)


def _bound(bound: Bound) -> str:
    if isinstance(bound, CostBound):
        return f"不超过实际成本：{'、'.join(FEE_WORDS.get(fee, fee) for fee in bound.of)}"
    base = bound.interest
    words = rate_words(base.rate, {}, None)
    return f"不超过按 {words} 计算的利息{_interest(base.share, base.day_count, base.max_period)}"


def _cap(cap: Cap) -> str:
    if not cap.at:
        return f"单笔上限 {_yuan(cap.amounts[0][1])}"
    dated = "；".join(f"{start} 起 {_yuan(fen)}" for start, fen in cap.amounts)
    return f"单笔上限按{fact_name(DATES[cap.at])}：{dated}"


# --- what applications share, money, filing ---


def _shared(policy: Policy) -> Iterator[Told]:
    for number, exclusive in enumerate(policy.exclusive):
        names = "、".join(line_name(policy, name) for name in exclusive.one_of)
        text = f"{names}只能得一项，取金额最高的。{exclusive.reason}"
        yield _told(
            f"exclusive.{'+'.join(exclusive.one_of)}", text, f"exclusive[{number}]", exclusive.remarks
        )
    for number, limit in enumerate(policy.limits):
        most = f"最多 {_yuan(limit.most_fen)}" if limit.most_fen is not None else "没有写明上限，只累计"
        names = "、".join(line_name(policy, name) for name in limit.over)
        text = f"{_scope(limit.scope, limit.window)}{most}：{names}"
        yield _told(f"limit.{limit.id}", text, f"limits[{number}]", limit.remarks)


def _scope(scope: tuple[str, ...], window: str) -> str:
    return f"每个{'加'.join(SCOPE_WORDS[name] for name in scope)}{WINDOW_WORDS[window]}"


def _money(policy: Policy) -> Iterator[Told]:
    budget = policy.budget
    if budget is not None:
        pool = _yuan(budget.pool_fen) if budget.pool_fen is not None else "没有写明"
        rounding = f"，{ROUNDING_WORDS[budget.rounding]}" if budget.over == PRO_RATA else ""
        yield _told(
            "budget", f"资金 {pool}；不够时{OVER_WORDS[budget.over]}{rounding}", "budget", budget.remarks
        )
    if policy.funding:
        shares = "，".join(
            f"{SOURCE_WORDS.get(source, source)} {percent(share)}" for source, share in policy.funding
        )
        yield Told("funding", f"分担：{shares}", "funding")
    recovery = recovery_words(policy.recovery)
    if recovery:
        yield _told("recovery", f"追回：{recovery}", "recovery", policy.recovery.remarks)


def recovery_words(recovery: Recovery) -> str:
    """What a measure says of money that is asked back; empty where it says nothing.

    >>> recovery_words(Recovery(interest=True, rate=Fraction("0.0345"), rate_text="0.0345", exclusion_years=3))
    '按年利率 3.45% 计收利息，3 年内不得申报'
    """
    parts = []
    if recovery.share is not None:
        parts.append(f"收回已付金额的 {percent(recovery.share)}")
    if recovery.rate is not None:
        parts.append(f"按年利率 {percent(recovery.rate)} 计收利息")
    elif recovery.interest is not None:
        parts.append("计收利息，利率没有写明" if recovery.interest else "不计利息")
    if recovery.exclusion_years is not None:
        parts.append(f"{recovery.exclusion_years} 年内不得申报")
    return "，".join(parts)


def _filing(policy: Policy) -> Iterator[Told]:
    for number, window in enumerate(policy.windows):
        first, last = window.settled
        settled = f"结清日 {first or '……'} 至 {last or '……'}" if first or last else "不限结清日"
        days = [
            f"{words} {day}"
            for words, day in (("网上申报截止", window.apply_by), ("纸质材料截止", window.paper_by))
            if day
        ]
        text = "，".join((settled, *days))
        yield Told(f"window.{window.id}", text, f"windows[{number}]", "", (), window.note)
    document = json.loads(policy.document)
    for number, paper in enumerate(document.get("materials") or ()):
        yield Told(f"material.{number}", f"材料：{_paper(paper)}", f"materials[{number}]")


def _paper(paper: Any) -> str:
    return str(paper.get("name") or paper.get("what") or paper) if isinstance(paper, dict) else str(paper)


def _yuan(fen: int) -> str:
    return f"{yuan(str(Fraction(fen, 100)))} 元"
