"""The credit line (7.4): the least of its terms, the binding one told as the reason. Money in fen, exact. Pure.

What is above the ceiling for internal values is refused and an appraisal asked for; what would lose more than the budget
goes to a person. The compensated share of the principal is an input: nobody here knows a pool.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any

from kernel.errors import Problem, Refused, refuse_if_any
from kernel.expressions import exact_text
from kernel.money import fen_from_wan, wan_text, yuan_text
from valuation.indicative_value import Portfolio
from valuation.inputs import Application, State, number_text, shown
from valuation.results import Score, Status
from valuation.terms import Scorecard

YUAN = 100
EXISTING = "existing_exposure_wan"
CAPITAL = "working_capital"
_ASK_KEYS = {"request_wan", "compensation_share", EXISTING, CAPITAL}
CAPITAL_KEYS = (
    "sales_wan",
    "margin_percent",
    "growth_percent",
    "turnover",
    "own_funds_wan",
    "other_loans_wan",
)
_CAPITAL_BOUNDS = (
    ("margin_percent", Fraction(-1000), Fraction(100)),
    ("growth_percent", Fraction(-100), Fraction(1000)),
    ("turnover", Fraction(1, 100), Fraction(1000)),
)
"""Figures beyond these are slips of the pen: a profit above the sales, a capital that turns round more than thrice a day."""
BOUND = {
    "request": "额度由申请金额决定",
    "ceiling": "额度由内部估值的单笔上限决定",
    "grade": "额度由等级上限决定",
    "revenue": "额度由销售收入决定",
    "working_capital": "额度由流动资金需求决定",
    "security": "额度由质押价值决定",
    "existing": "已有余额已占满额度",
    "expected_loss": "预期损失超出预算，转人工审查",
}


TO_A_PERSON = "转人工审查"
NO_REVENUE = {
    State.NOT_QUERIED: "近12个月销售收入未查询，不能测算额度",
    State.QUERIED_NONE: "近12个月销售收入查询后没有，不能测算额度",
    State.NOT_APPLICABLE: "近12个月销售收入不适用，不能测算额度",
}


class Outcome(Enum):
    """An amount, a person, or an appraiser; never a final no."""

    OFFERED = "offered"
    REFERRED = "referred"
    APPRAISAL = "appraisal"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Ask:
    """What is asked for: an amount if one is named, the compensated share, loans already out, need of working capital."""

    share: Fraction = Fraction(0)
    request_fen: int | None = None
    existing_fen: int = 0
    need_fen: int | None = None
    need_working: str = ""

    @classmethod
    def from_plain(cls, plain: object, card: Scorecard) -> "Ask":
        """From plain values, amounts in 万元; Refused with every fault at once."""
        if not isinstance(plain, Mapping):
            raise Refused(
                Problem("额度", shown(plain), "写成 request_wan、compensation_share 等键的映射", "not_a_map")
            )
        problems = [
            Problem(str(key)[:40], "不认识的键", f"可用的键：{'、'.join(sorted(_ASK_KEYS))}", "unknown_key")
            for key in plain
            if key not in _ASK_KEYS
        ]
        figures = _Figures(problems)
        full = card.line.full_share
        share = figures.number("compensation_share", plain.get("compensation_share", "0"), Fraction(0), full)
        existing = figures.wan(EXISTING, plain.get(EXISTING, "0"))
        request = (
            figures.wan("request_wan", plain["request_wan"]) if plain.get("request_wan") is not None else None
        )
        need, working = None, ""
        if plain.get(CAPITAL) is not None:
            need, working = figures.working_capital(plain[CAPITAL])
        refuse_if_any(problems)
        return cls(share, request, existing, need, working)


class _Figures:
    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def number(self, where: str, value: object, low: Fraction, high: Fraction) -> Fraction:
        text = number_text(value)
        if text is not None and low <= Fraction(text) <= high:
            return Fraction(text)
        least, most = exact_text(low), exact_text(high)
        wanted = f"写 {least} 至 {most} 之间的数"
        if isinstance(value, float):  # only a file or a program writes one
            wanted = f"写 {least} 至 {most} 之间的数，小数加引号"
        self.problems.append(Problem(where, f"{shown(value)} 不是可用的数", wanted, "number"))
        return low

    def wan(self, where: str, value: object) -> int:
        text = number_text(value)
        try:
            fen = fen_from_wan(text if text is not None else "", where)
        except Refused:
            fen = -1
        if fen >= 0:
            return fen
        self.problems.append(
            Problem(where, f"{shown(value)} 不是可用的金额", "以万元填写，不为负，至多4位小数", "amount")
        )
        return 0

    def working_capital(self, plain: object) -> tuple[int, str]:
        """sales * (1 - margin) * (1 + growth) / turnover - own funds - other working-capital loans, never below nothing.

        In fen, and the same as people write it, in 万元.
        """
        if not isinstance(plain, Mapping) or set(plain) != set(CAPITAL_KEYS):
            wanted = f"写明 {'、'.join(CAPITAL_KEYS)}"
            self.problems.append(Problem(CAPITAL, shown(plain), wanted, CAPITAL))
            return 0, ""
        sales, own, other = (
            self.wan(f"{CAPITAL}.{name}", plain[name])
            for name in ("sales_wan", "own_funds_wan", "other_loans_wan")
        )
        margin, growth, turnover = (
            self.number(f"{CAPITAL}.{name}", plain[name], low, high) for name, low, high in _CAPITAL_BOUNDS
        )
        need = sales * (1 - margin / 100) * (1 + growth / 100) / turnover - own - other
        stated = {name: number_text(plain[name]) for name in CAPITAL_KEYS}
        working = (
            f"{stated['sales_wan']}×(1{_signed(-margin)}%)×(1{_signed(growth)}%)÷{stated['turnover']}"
            f"−{stated['own_funds_wan']}−{stated['other_loans_wan']}"
        )
        return max(int(need // 1), 0), working


def _signed(percent: Fraction) -> str:
    return f"{'−' if percent < 0 else '+'}{exact_text(abs(percent))}"


@dataclass(frozen=True)
class Term:
    """One term of the minimum: fen, or None when it does not bind for want of a figure (said in `note`)."""

    id: str
    name: str
    fen: int | None
    note: str = ""


@dataclass(frozen=True)
class CreditLine:
    """The answer with every term."""

    outcome: Outcome
    amount_fen: int
    bound_by: str
    reasons: tuple[str, ...]
    terms: tuple[Term, ...] = ()
    lgd: Fraction | None = None
    expected_loss: Fraction | None = None

    def plain(self) -> dict[str, Any]:
        return {
            "outcome": str(self.outcome),
            "amount_wan": wan_text(self.amount_fen),
            "bound_by": self.bound_by,
            "reasons": list(self.reasons),
            "terms": [
                {
                    "id": term.id,
                    "name": term.name,
                    "amount_wan": None if term.fen is None else wan_text(term.fen),
                    "amount": None if term.fen is None else yuan_text(term.fen),
                    "note": term.note,
                }
                for term in self.terms
            ],
            "lgd": None if self.lgd is None else exact_text(self.lgd),
            "expected_loss": None if self.expected_loss is None else exact_text(self.expected_loss),
        }


def credit_line(
    card: Scorecard, score: Score, application: Application, ask: Ask, value: Portfolio | None = None
) -> CreditLine:
    """How much may be lent on this score; `value` is the rights' value for internal reference, if there is any."""
    terms = card.line
    if not score.usable:
        return CreditLine(Outcome.REFERRED, 0, "score", _why_no_score(score))
    if ask.request_fen is not None and ask.request_fen > terms.ceiling_fen:
        asked, most = wan_text(ask.request_fen), wan_text(terms.ceiling_fen)
        text = f"申请 {asked} 万元，超过 {most} 万元：请提供评估报告（{terms.ceiling_ref}）"
        return CreditLine(Outcome.APPRAISAL, 0, "ceiling", (text,))
    found = _terms(card, score, application, ask, value)
    revenue = next(term for term in found if term.id == "revenue")
    if revenue.fen is None:
        return CreditLine(Outcome.REFERRED, 0, "revenue", (revenue.note,), found)
    binding = min((term for term in found if term.fen is not None), key=lambda term: term.fen or 0)
    free = max((binding.fen or 0) - ask.existing_fen, 0)
    amount = free // terms.step_fen * terms.step_fen
    lgd = _lgd(card, amount, value)
    loss = _pd_mid(card, score) * lgd * (1 - ask.share)
    used_up = (
        not amount and (binding.fen or 0) >= terms.step_fen
    )  # it is what is owed already that leaves nothing
    bound_by = "existing" if used_up else binding.id
    if loss > terms.loss_budget:
        return CreditLine(Outcome.REFERRED, 0, "expected_loss", (BOUND["expected_loss"],), found, lgd, loss)
    if not amount:  # nothing is no offer
        return CreditLine(Outcome.REFERRED, 0, bound_by, (BOUND[bound_by], TO_A_PERSON), found, lgd, loss)
    return CreditLine(Outcome.OFFERED, amount, bound_by, (BOUND[bound_by],), found, lgd, loss)


def _terms(
    card: Scorecard, score: Score, application: Application, ask: Ask, value: Portfolio | None
) -> tuple[Term, ...]:
    terms, letter = card.line, score.letter
    part = ask.share / terms.full_share
    cap = (1 - part) * terms.cap_without[letter] + part * terms.cap_with[letter]
    table = terms.unsecured_full if ask.share >= terms.full_share else terms.unsecured
    pledge = value.pledge_fen if value else 0
    security = cap * table[letter] + pledge
    note = "内部参考价值超过上限，质押部分未计，请提供评估报告" if value and value.needs_appraisal else ""
    return (
        Term("request", "申请金额", ask.request_fen, "" if ask.request_fen is not None else "未填申请金额"),
        Term("ceiling", "内部估值的单笔上限", terms.ceiling_fen),
        Term("grade", "等级上限（按补偿比例）", int(cap // 1)),
        _revenue(card, letter, application),
        Term(CAPITAL, "流动资金需求", ask.need_fen, ask.need_working or "未测算，不限制"),
        Term("security", "信用部分加质押价值", int(security // 1), note),
    )  # fmt: skip


def _revenue(card: Scorecard, letter: str, application: Application) -> Term:
    stated = application.firm_fact("firm.revenue_12m")
    if stated.state is not State.VALUE or not isinstance(stated.value, Decimal):
        why = NO_REVENUE.get(stated.state, NO_REVENUE[State.NOT_QUERIED])
        return Term("revenue", "销售收入的倍数", None, why)
    multiple = card.line.revenue_multiple[letter]
    return Term("revenue", "销售收入的倍数", int(Fraction(stated.value) * YUAN * multiple // 1))


def _lgd(card: Scorecard, amount: int, value: Portfolio | None) -> Fraction:
    """Loss given default of the amount: less what a sale of the rights would bring, not below the card's least."""
    if not amount or not value:
        return card.line.lgd
    return max(card.line.lgd_least, card.line.lgd - Fraction(value.disposal_fen, amount))


def _pd_mid(card: Scorecard, score: Score) -> Fraction:
    return Fraction(next(grade.pd_mid for grade in card.grades if grade.id == score.grade))


def _why_no_score(score: Score) -> tuple[str, ...]:
    stopped = tuple(found.gate.reason for found in score.findings if found.effects.reject)
    return (*(stopped if score.status is Status.STOPPED else score.thin), TO_A_PERSON)
