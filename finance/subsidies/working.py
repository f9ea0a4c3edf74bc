"""The working of a result as a person would write it: steps as exact figures in text, and sentences made from them alone.

Amounts in a step are yuan, rates and shares fractions of one, both exact (a fraction where the decimals never end). Steps
go into JSON and come back; `sentences` puts them into Chinese, with thousands grouped and rates in percent.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from finance.subsidies.period import Period
from finance.subsidies.rates import NAMES, SELECTOR_WORDS, Row
from finance.subsidies.terms import (
    APPLICATION_YEAR,
    CALENDAR_YEAR,
    FLAT_YEAR,
    INTEREST,
    LIFETIME,
    Const,
    ContractRate,
    Operation,
    Rate,
    Reference,
)
from finance.subsidies.words import fact_name
from kernel.expressions import exact_text

WINDOW_WORDS = {APPLICATION_YEAR: "申请年度", CALENDAR_YEAR: "年度", LIFETIME: "累计"}
FEE_WORDS = {
    "appraisal": "评估费",
    "guarantee": "担保费",
    "insurance": "保险费",
    "patent_insurance": "专利保险费",
    INTEREST: "利息",
}
_SIGNS = {"add": " + ", "sub": " − ", "mul": " × "}
_NAMED = {"min": "较低者", "max": "较高者"}
_AMOUNTS = {"amount", "before", "exact", "most", "used", "best", "unit", "balance", "left"}
_LONGEST_DECIMALS = 6
_PERIOD_UNITS = {"Y": "年", "M": "个月", "D": "天"}


@dataclass(frozen=True)
class Step:
    """One step: its kind, the line it belongs to, exact figures as text, and the article."""

    kind: str
    line: str
    figures: tuple[tuple[str, str], ...]
    ref: str = ""

    def figure(self, name: str) -> str:
        return dict(self.figures).get(name, "")

    def plain(self) -> dict[str, Any]:
        return {"kind": self.kind, "line": self.line, "figures": dict(self.figures), "ref": self.ref}


def steps_from_plain(stored: Iterable[Mapping[str, Any]]) -> tuple[Step, ...]:
    """The steps as they were stored."""
    return tuple(
        Step(each["kind"], each["line"], tuple(each["figures"].items()), each["ref"]) for each in stored
    )


def steps_of(
    trace: Iterable[tuple[str, str, Mapping[str, Any]]], refs: Mapping[str, str] | None = None
) -> tuple[Step, ...]:
    """The raw trace of an evaluation as steps in exact text; `refs` gives the article of a line or limit."""
    found = []
    for kind, line, figures in trace:
        ref = (refs or {}).get(str(figures.get("limit", line)), "")
        if kind == "period":
            found += [Step("segment", line, segment, ref) for segment in _segments(figures["period"])]
        elif kind == "rate":
            found.append(Step("rate", line, tuple(_rate_figures(figures)), ref))
        elif kind == "bound_costs":
            costs = tuple((f"cost.{name}", _yuan_exact(fen)) for name, fen in figures["costs"].items())
            found.append(Step(kind, line, (*costs, ("amount", _yuan_exact(figures["amount"]))), ref))
        else:
            texts = tuple((name, _exact(name, value)) for name, value in figures.items())
            found.append(Step(kind, line, texts, ref))
    return tuple(found)


def _exact(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if name in _AMOUNTS and isinstance(value, int | Fraction):
        return _yuan_exact(value)
    if isinstance(value, Fraction):
        return exact_text(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _yuan_exact(fen: Fraction | int) -> str:
    exact = Fraction(fen) / 100
    text = exact_text(exact)
    if "/" in text:
        return text
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"


def _segments(period: Period) -> Iterable[tuple[tuple[str, str], ...]]:
    if period.day_count == FLAT_YEAR:
        yield (("balance", _yuan_exact(period.drawn_fen)), ("basis", FLAT_YEAR))
        return
    last = len(period.segments) - 1
    for place, segment in enumerate(period.segments):
        yield (
            ("balance", _yuan_exact(segment.balance_fen)),
            ("first", segment.first.isoformat()),
            ("end", segment.end.isoformat()),
            ("days", str(segment.days)),
            ("basis", period.day_count),
            ("cut", period.cut if place == last else ""),
        )
    if not period.segments:
        yield (("balance", "0.00"), ("days", "0"), ("basis", period.day_count))


def _rate_figures(figures: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    rows: Mapping[tuple[str, str], Row] = figures["rows"]
    yield "written", rate_words(figures["written"], rows, figures["contract"])
    yield "rate", exact_text(figures["rate"])
    for (name, at), row in rows.items():
        yield f"{name}@{at}", f"{row.percent}%"
        yield f"{name}@{at}.published", row.day.isoformat()
        yield f"{name}@{at}.source", row.source


def rate_words(
    rate: Rate, rows: Mapping[tuple[str, str], Row], contract: str | None, plain: bool = False
) -> str:
    """An expression as a person would write it, with the values that were read."""
    match rate:
        case Const(text=text, value=value):
            return text if plain else percent(value, 2)
        case ContractRate():
            return f"合同利率 {percent(contract, 2)}" if contract else "合同利率"
        case Reference(name=name, at=at):
            row = rows.get((name, at))
            words = SELECTOR_WORDS[at]
            if row is None:
                return f"{NAMES[name].words}（{words}）"
            return f"{NAMES[name].words} {percent(row.rate, 2)}（{row.day} 公布，{words}）"
        case Operation(name=name, parts=parts):
            texts = [_part(name, part, rows, contract) for part in parts]
            if name in _NAMED:
                return f"{_NAMED[name]}（{'，'.join(texts)}）"
            return _SIGNS[name].join(texts)
    raise AssertionError(rate)


def _part(outer: str, part: Rate, rows: Mapping[tuple[str, str], Row], contract: str | None) -> str:
    text = rate_words(part, rows, contract, plain=outer == "mul")
    brackets = isinstance(part, Operation) and part.name in ("add", "sub") and outer in ("mul", "sub")
    return f"（{text}）" if brackets else text


# --- sentences -----------------------------------------------------------------------------------------------------


def percent(value: Fraction | str, fewest: int = 0) -> str:
    """A rate or share in percent, exact.

    >>> percent(Fraction(497, 10000)), percent("0.6"), percent(Fraction(1, 3)), percent(Fraction(4, 100), 2)
    ('4.97%', '60%', '100/3%', '4.00%')
    """
    text = exact_text(Fraction(value) * 100)
    if fewest and "/" not in text:
        whole, _, decimals = text.partition(".")
        text = f"{whole}.{decimals.ljust(fewest, '0')}"
    return f"{text}%"


def yuan(exact: str) -> str:
    """An amount with thousands grouped; decimals that go on are cut off and marked.

    >>> yuan("503902.78"), yuan("499999.99995"), yuan("4535125/9")
    ('503,902.78', '499,999.99995', '503,902.777777…')
    """
    value = Fraction(exact)
    scaled = abs(value) * 10**_LONGEST_DECIMALS
    whole, decimals = divmod(int(scaled), 10**_LONGEST_DECIMALS)
    more = "…" if scaled.denominator != 1 else ""
    digits = f"{decimals:0{_LONGEST_DECIMALS}d}"
    if not more:
        digits = digits.rstrip("0").ljust(2, "0")
    return f"{'-' if value < 0 else ''}{whole:,}.{digits}{more}"


def sentences(steps: Iterable[Step]) -> list[str]:
    """The steps in Chinese; each line of the policy in its order."""
    listed = _by_line(steps)
    told = []
    for place, step in enumerate(listed):
        text = _product(listed, place) if step.kind == "factor" else _SENTENCES[step.kind](_Figures(step))
        if text:
            told.append(text + (f"（{step.ref}）" if step.ref and step.kind in _WITH_ARTICLE else ""))
    return told


def _by_line(steps: Iterable[Step]) -> list[Step]:
    """Every step with the others of its line: what the limits take comes last in the trace, whatever line it is about."""
    groups: dict[str, list[Step]] = {}
    for step in steps:
        groups.setdefault(step.line, []).append(step)
    return [step for group in groups.values() for step in group]


class _Figures:
    def __init__(self, step: Step) -> None:
        self.all = dict(step.figures)
        self.line = step.line

    def __getitem__(self, name: str) -> str:
        return self.all.get(name, "")

    def yuan(self, name: str) -> str:
        return f"{yuan(self.all[name])} 元"

    def percent(self, name: str, fewest: int = 0) -> str:
        return percent(self.all[name], fewest)


def _product(steps: list[Step], place: int) -> str:
    """Base × share × factor × part of the year = amount, in one sentence."""
    step = steps[place]
    figures = _Figures(step)
    same_line = [each for each in steps if each.line == step.line]
    after = [each.kind for each in same_line[same_line.index(step) + 1 :]]
    share = next(
        (
            each
            for each in same_line
            if each.kind == "ip_share" and each.figure("amount") == figures["before"]
        ),
        None,
    )
    parts = [f"{yuan(share.figure('before') if share else figures['before'])} 元"]
    if share:
        parts.append(f"知识产权份额 {percent(share.figure('share'))}")
    parts.append(percent(figures["factor"]))
    exact = figures["amount"]
    prorate = next((each for each in same_line if each.kind == "prorate"), None)
    if prorate:
        parts.append(prorate.figure("part") or f"{prorate.figure('months')}/{prorate.figure('full')}")
        exact = prorate.figure("amount")
    rounded = next((each for each in same_line if each.kind == "rounded"), None)
    if rounded and "bound" not in after and Fraction(rounded.figure("amount")) != Fraction(exact):
        if Fraction(exact) < 0:
            return f"{' × '.join(parts)} = {yuan(exact)} 元，小于零，按 0.00 元计"
        return f"{' × '.join(parts)} = {yuan(rounded.figure('amount'))} 元（由 {yuan(exact)} 元四舍五入到分）"
    return f"{' × '.join(parts)} = {yuan(exact)} 元"


def _segment(f: _Figures) -> str:
    if f["basis"] == FLAT_YEAR:
        return f"计息本金 {f.yuan('balance')}，按一整年计，不分天数"
    if not f["first"]:
        return "没有计息的日子"
    cut = f"，计息到最长期限 {period_words(f['cut'])} 为止" if f["cut"] else ""
    divisor = f["basis"].removeprefix("ACT/")
    return f"计息本金 {f.yuan('balance')}，{f['first']} 至 {f['end']}，{f['days']} 天（算头不算尾，÷{divisor}）{cut}"


def period_words(text: str) -> str:
    """`P1Y` as 1年.

    >>> period_words("P2Y"), period_words("P6M"), period_words("P90D")
    ('2年', '6个月', '90天')
    """
    return f"{text[1:-1]}{_PERIOD_UNITS[text[-1]]}"


def _rate(f: _Figures) -> str:
    value = f.percent("rate", 2)
    if f["written"] in (value, f.percent("rate")):
        return f"利率 {value}"
    single = not any(sign in f["written"] for sign in (" × ", " + ", " − ", "较低者", "较高者"))
    return f["written"] if single else f"{f['written']} = {value}"


def _clamp(f: _Figures) -> str:
    contract, clamp = f.percent("contract", 2), f.percent("clamp", 2)
    if f["bites"] == "true":
        return f"合同利率 {contract} 高于上限，按 {clamp} 计"
    return f"合同利率 {contract} 不高于上限 {clamp}，按合同利率计"


def _case(f: _Figures) -> str:
    which = "其余情形" if f["otherwise"] == "true" else f"符合第{int(f['place']) + 1}种情形"
    return f"{which}，系数 {f.percent('factor')}"


def _costs(f: _Figures) -> str:
    parts = [(name.removeprefix("cost."), text) for name, text in f.all.items() if name.startswith("cost.")]
    shown = " + ".join(f"{FEE_WORDS.get(name, name)} {yuan(text)} 元" for name, text in parts)
    return f"实际成本 {shown} = {f.yuan('amount')}" if len(parts) > 1 else f"实际成本：{shown}"


def _worked_out(f: _Figures) -> str:
    rounded = (
        "" if Fraction(f["exact"]) == Fraction(f["amount"]) else f"（由 {yuan(f['exact'])} 元四舍五入到分）"
    )
    return f"按 {f.percent('rate', 2)} 计算的利息 {f.yuan('amount')}{rounded}"


def _rounded(f: _Figures) -> str:
    """Told apart only after a bound; otherwise it stands in the sentence of the product."""
    if f["after_bound"] != "true" or Fraction(f["exact"]) == Fraction(f["amount"]):
        return ""
    return f"四舍五入到分，得 {f.yuan('amount')}"


def _bound(f: _Figures) -> str:
    if Fraction(f["amount"]) < Fraction(f["before"]):
        return f"不得超过 {f.yuan('most')}，按 {f.yuan('amount')}计"
    return f"没有超过 {f.yuan('most')}，仍为 {f.yuan('amount')}"


def _cap(f: _Figures) -> str:
    if f["amount"] == f["before"]:
        return f"单笔上限 {f.yuan('most')}，没有超过"
    return f"单笔上限 {f.yuan('most')}，受其限制，得 {f.yuan('amount')}"


def _limit(f: _Figures) -> str:
    left = max(Fraction(0), Fraction(f["most"]) - Fraction(f["used"]))
    words = WINDOW_WORDS[f["window"]]
    bound = "，受其限制" if f["amount"] != f["before"] else "，没有超过"
    earlier = Fraction(f["left"])
    shared = f"，本次前面的项目已占 {yuan(str(left - earlier))} 元" if earlier != left else ""
    return (
        f"{words}上限 {f.yuan('most')}，已用 {f.yuan('used')}，余 {yuan(str(left))} 元{shared}{bound}，"
        f"得 {f.yuan('amount')}"
    )


_SENTENCES: dict[str, Callable[[_Figures], str]] = {
    "segment": _segment,
    "rate": _rate,
    "clamp": _clamp,
    "notional": lambda f: f"利息 {f.yuan('amount')}",
    "bound_interest": lambda f: f"用来比较的利息 {f.yuan('amount')}（按 {f.percent('rate', 2)}）",
    "interest_given": lambda f: f"实付利息 {f.yuan('amount')}",
    "interest_clamped": lambda f: (
        f"实付利息 {f.yuan('before')} × {f.percent('clamp', 2)} ÷ {f.percent('contract', 2)} = "
        f"{f.yuan('amount')}（四舍五入到分）"
    ),
    "interest_worked_out": _worked_out,
    "ip_share": lambda f: "",
    "fee": lambda f: f"{FEE_WORDS.get(f['name'], f['name'])} {f.yuan('amount')}",
    "fixed": lambda f: f"{fact_name(f['fact'])} {f['count']} × 每件 {f.yuan('unit')} = {f.yuan('amount')}",
    "volume": lambda f: f"{fact_name(f['fact'])} {f.yuan('amount')}",
    "approved": lambda f: f"另行核定的金额 {f.yuan('amount')}",
    "loan": lambda f: f"贷款金额 {f.yuan('amount')}",
    "most_principal": lambda f: f"计入的本金最多 {f.yuan('amount')}（{f.yuan('before')} 中）",
    "case": _case,
    "bound_costs": _costs,
    "bound": _bound,
    "prorate": lambda f: "",
    "rounded": _rounded,
    "cap": _cap,
    "granted": lambda f: f"最高可核定 {f.yuan('most')}，经办人核定 {f.yuan('amount')}",
    "exclusive": lambda f: (
        f"{f.yuan('amount')}，与其他项目只能选一，选金额较高的（{f.yuan('best')}），本项不予计算"
    ),
    "count": lambda f: f"{f.yuan('amount')}，同一范围内只补助{f['times']}笔，取金额最高的，本笔不予计算",
    "limit": _limit,
}
_WITH_ARTICLE = ("factor", "limit", "cap")
