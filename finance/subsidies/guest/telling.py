"""How answers are told: amounts as ranges, where a rule stands, how well it is evidenced, what to look out for."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from finance.parties.sizes import CLASS_WORDS
from finance.subsidies.facts import Case, day_of
from finance.subsidies.guest.answers import Answers, Corner
from finance.subsidies.guest.outcomes import Estimate, Outcome, Range, own_fen
from finance.subsidies.guest.questions import Questions, RightKind
from finance.subsidies.saying import said
from finance.subsidies.terms import (
    ApprovedAmount,
    BankVolume,
    FeePaid,
    Fixed,
    InterestPaid,
    Line,
    LoanAmount,
    NotionalInterest,
)
from finance.subsidies.working import FEE_WORDS, percent
from kernel.chinese import page_is_english
from kernel.days import add_months
from kernel.money import wan_text, yuan_text

PAYEES: Mapping[str, Promise] = {
    "enterprise": gettext_lazy("企业"),
    "bank": gettext_lazy("银行"),
    "guarantor": gettext_lazy("担保机构"),
    "mark_owner": gettext_lazy("商标注册人"),
}
EVIDENCE: Mapping[str, tuple[Promise, Promise, str]] = {
    "SEEN": (gettext_lazy("已见原文"), gettext_lazy("我们读到了办法的原文或官方页面。"), "good"),
    "SEEN_SECONDARY": (
        gettext_lazy("见于转述"),
        gettext_lazy("只在转载、报道或别的文件里读到，没有见到原文，请向主管部门核对。"),
        "near",
    ),
    "RECALLED": (
        gettext_lazy("凭记忆，未核"),
        gettext_lazy("没有读到文本，凭一般了解写下，请核对。"),
        "near",
    ),
    "assumed": (gettext_lazy("我们的理解"), gettext_lazy("办法没有写明，按我们的理解计算。"), "near"),
}
FEN_IN_WAN = 1_000_000
FEN_IN_HUNDRED_YUAN = 10_000
_ARTICLE = re.compile(r"arts?\. (\d+)(?:\((\d+)\))?", re.ASCII)


def about(amount: Range) -> str:
    """A range that holds both ends: the low one rounded down, the high one up; the exact amount where there is only one.

    >>> about(Range(6_412_345, 8_034_567)), about(Range(321_000, 410_050)), about(Range(6_976_667, 6_976_667))
    ('约 6.4–8.1 万元', '约 3,200–4,200 元', '69,766.67 元')
    """
    if amount.low == amount.high:
        return _("%(yuan)s 元") % {"yuan": yuan_text(amount.low, grouped=True)}
    if amount.high >= FEN_IN_WAN:
        step = FEN_IN_WAN // 10
        low, high = amount.low // step * step, -(-amount.high // step) * step
        return _("约 %(low)s–%(high)s 万元") % {
            "low": f"{low // 100:,}" if page_is_english() else wan_text(low, 1, True),
            "high": f"{high // 100:,}" if page_is_english() else wan_text(high, 1, True),
        }
    low, high = amount.low // FEN_IN_HUNDRED_YUAN * 100, -(-amount.high // FEN_IN_HUNDRED_YUAN) * 100
    return _("约 %(low)s–%(high)s 元") % {"low": f"{low:,}", "high": f"{high:,}"}


def article(ref: str) -> str:
    """Where a rule stands, in Chinese where the file has it in the short English form.

    >>> article("art. 3"), article("art. 5(2)"), article("支持标准")
    ('第3条', '第5条第(2)项', '支持标准')
    """
    found = _ARTICLE.fullmatch(ref)
    if not found or page_is_english():
        return ref
    return f"第{found[1]}条" + (f"第({found[2]})项" if found[2] else "")


def line_name(line: Line) -> str:
    """What a line of a policy pays, in a few words."""
    match line.base:
        case NotionalInterest():
            return _("贷款贴息")
        case InterestPaid():
            return _("按实付利息补助")
        case LoanAmount():
            return _("按贷款金额补助")
        case FeePaid(fee=fee):
            return _("%(fee)s补助") % {"fee": said(FEE_WORDS.get(fee, fee))}
        case Fixed():
            return _("定额奖励")
        case BankVolume():
            return _("按放款量奖励")
        case ApprovedAmount():
            return _("由主管部门核定的资助")
    return _("分档补助")


def case_words(case: Case) -> str:
    """Which end of the bands an application stands for."""
    parts = [_("贷款 %(wan)s 万元") % {"wan": _wan(case.drawn_fen)}]
    facts = case.facts
    if rate := facts.get("loan.rate"):
        parts.append(_("年利率 %(rate)s") % {"rate": percent(str(rate))})
    settled = day_of(str(facts.get("loan.settled_on") or case.assumed.get("loan.settled_on")))
    if case.first_draw and settled:
        parts.append(_("%(first)s 放款，%(last)s 还清") % {"first": case.first_draw, "last": settled})
    if size := facts.get("applicant.size"):
        parts.append(_("%(size)s企业") % {"size": said(CLASS_WORDS[str(size)])})
    return (", " if page_is_english() else "，").join(parts)


def _wan(fen: int) -> str:
    """An amount in 万元; on an English page in yuan, which is what its sentence says: English counts in no 万."""
    if page_is_english():
        return yuan_text(fen, grouped=True).removesuffix(".00")
    text = wan_text(fen, 6, True)
    return text.rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Expiry:
    """A right that may end before the loan does; `certain` is false where its year and the loan's are the same."""

    right: RightKind
    until: int
    loan_ends: dt.date
    certain: bool


def expiries(answers: Answers, questions: Questions, corners: tuple[Corner, ...]) -> Iterator[Expiry]:
    """The rights whose first end lies before the last day of the longest loan of the bands."""
    ends = max((_end_of(corner.case) for corner in corners), default=None)
    for held in answers.rights:
        if held.until is not None and ends is not None and held.until <= ends.year:
            yield Expiry(questions.rights[held.right], held.until, ends, held.until < ends.year)


def undated(answers: Answers, questions: Questions) -> list[RightKind]:
    """Kinds of right with a term of which he did not say when the first ends."""
    kinds = [questions.rights[held.right] for held in answers.rights if held.until is None]
    return [kind for kind in kinds if kind.years and not kind.renewable]


def _end_of(case: Case) -> dt.date:
    stated = case.facts.get("loan.settled_on") or case.assumed.get("loan.settled_on")
    return day_of(str(stated)) or add_months(case.first_draw or dt.date.min, 0)


# --- what was told, to be compared with what is told later -------------------------------------------------------------


def told(found: Estimate) -> dict[str, dict[str, Any]]:
    """In short what each policy came to, to be kept: its group and its amounts, by policy."""
    return {one.policy.id: _told(one) for one in found.outcomes}


def _told(outcome: Outcome) -> dict[str, Any]:
    amount = outcome.own or supposed_range(outcome)
    return {
        "title": outcome.policy.title,
        "group": outcome.group,
        "low": None if amount is None else yuan_text(amount.low),
        "high": None if amount is None else yuan_text(amount.high),
    }


def supposed_range(outcome: Outcome) -> Range | None:
    """What the firm would get under what is supposed."""
    return Range.of(map(own_fen, outcome.supposed.results)) if outcome.supposed else None


GROUP_WORDS: Mapping[str, Promise] = {
    "fits": gettext_lazy("符合"),
    "depends": gettext_lazy("看具体数字"),
    "nearly": gettext_lazy("还差一点"),
    "unknown": gettext_lazy("还缺信息"),
    "pending": gettext_lazy("等数值公布"),
    "uncomputable": gettext_lazy("算不出金额"),
    "batch_over": gettext_lazy("等下一批"),
    "no": gettext_lazy("不符合"),
    "not_in_force": gettext_lazy("不在有效期"),
}


@dataclass(frozen=True)
class Changed:
    """What has become of one policy since an estimate was kept."""

    title: str
    words: str


def changes(before: Mapping[str, Mapping[str, Any]], now: Estimate) -> list[Changed]:
    """What is otherwise today than it was told then; empty when nothing is."""
    after = told(now)
    found = []
    for policy_id in dict.fromkeys((*before, *after)):
        then, today = before.get(policy_id), after.get(policy_id)
        if then is None and today is not None:
            found.append(
                Changed(today["title"], _("新增的政策：%(now)s") % {"now": GROUP_WORDS[today["group"]]})
            )
        elif today is None and then is not None:
            found.append(Changed(str(then["title"]), _("本地不再有这项政策")))
        elif then is not None and today is not None:
            found += [Changed(today["title"], words) for words in _differences(then, today)]
    return found


def _differences(then: Mapping[str, Any], today: Mapping[str, Any]) -> Iterator[str]:
    if then["group"] != today["group"]:
        words = {"before": GROUP_WORDS.get(then["group"], then["group"]), "now": GROUP_WORDS[today["group"]]}
        yield _("原为“%(before)s”，现为“%(now)s”") % words
    if (then["low"], then["high"]) != (today["low"], today["high"]):
        before, now = (_amounts(each) for each in (then, today))
        yield _("金额原为 %(before)s，现为 %(now)s") % {"before": before, "now": now}


def _amounts(each: Mapping[str, Any]) -> str:
    if each["low"] is None:
        return _("没有金额")
    low, high = (int(Fraction(each[end]) * 100) for end in ("low", "high"))
    return about(Range(low, high))
