"""One application as the engine reads it: facts by path, costs, dates, and what the officer entered. Pure.

A fact stays as it was stated: text (a number, a day, a word), yes or no, or a list of them; `number_of` and `day_of` read
it where it is compared. Missing means no key, null, or an empty list (7.2). Nothing is filled in here: what a caller
assumes stands apart in `assumed` and is named in every result that read it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from finance.subsidies.shape import CASE_KEYS, FACT, NUMBER
from finance.subsidies.terms import DAY_COUNTS, INTEREST
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money import fen_from_yuan, yuan_text

Fact = str | bool | tuple["Fact", ...]
Dated = tuple[date, int]
SECTIONS = ("applicant", "loan", "pledge", "bank", "event")
_NUMBER, _DAY, _FACT = (
    re.compile(pattern, re.ASCII) for pattern in (NUMBER, r"[0-9]{4}-[0-9]{2}-[0-9]{2}", FACT)
)
_DATED_AMOUNTS = ("loan.draws", "loan.repaid")
DAYS = ("loan.settled_on", "loan.contract_date", "pledge.registered_on", "event.date")
NOT_NEGATIVE = ("loan.rate", "loan.term_months")
SHARES = ("pledge.ip_share",)
_MEASURED = frozenset((*NOT_NEGATIVE, *SHARES))
_WANT_AMOUNT = "以元填写，最多2位小数，不为负，例如 1830000.00"


@lru_cache(maxsize=4096)
def number_of(text: str) -> Fraction | None:
    """The exact number a text writes; None for a word, a day, or a code with a leading zero.

    >>> number_of("0.0345"), number_of("007"), number_of("2024-01-01"), number_of("1e5")
    (Fraction(69, 2000), None, None, None)
    """
    return Fraction(text) if _NUMBER.fullmatch(text) and text[-1] != "\n" else None


@lru_cache(maxsize=4096)
def day_of(text: str) -> date | None:
    """The day a text writes as YYYY-MM-DD; None if it is not a real one."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Case:
    """One application. `facts` by path; `sections` are those that were stated, though they may hold nothing."""

    facts: Mapping[str, Fact] = field(default_factory=dict)
    sections: frozenset[str] = frozenset()
    draws: tuple[Dated, ...] = ()
    repaid: tuple[Dated, ...] = ()
    fees: Mapping[str, int] = field(default_factory=dict)
    interest_paid_fen: int | None = None
    approved_fen: int | None = None
    band_choice: Fraction | None = None
    evaluated_on: date | None = None
    application_date: date | None = None
    day_count: str | None = None
    granted: Mapping[str, int] = field(default_factory=dict)
    assumed: Mapping[str, Fact] = field(default_factory=dict)
    stated: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any], *, believe: bool = False) -> "Case":
        """An application from plain values (JSON, or YAML read strictly); Refused with every fault at once.

        Sections (`applicant`, `loan`, `pledge`, `bank`, `event` and others of that form) are maps of facts or null. Beside
        them: `fees` {name: amount}, `interest_paid`, `approved_amount`, `band_choice`, `evaluated_on`, `application_date`,
        `day_count_override`, `granted` {line: amount}, `assumed` {path: fact}. Amounts are yuan as text or integers.
        With `believe`, what is well written but cannot be (more repaid than drawn, settled before the draw) is taken as
        it stands, as the worked examples of a file are.
        """
        reading = _Reading()
        case = reading.case(plain)
        if not reading.problems and not believe:
            reading.problems += impossible(case)
        refuse_if_any(reading.problems)
        return case

    def plain(self) -> dict[str, Any]:
        """The application as plain values for JSON; `from_plain` gives the same case back."""
        return {key: value for key, value in self.stated.items() if value is not None or key in SECTIONS}

    def with_fact(self, path: str, fact: Any) -> "Case":
        """The same application with one fact (or one key beside the sections) stated otherwise; None takes it away."""
        section, _, name = path.rpartition(".")
        stated = dict(self.stated)
        if section == "":
            stated[name] = as_plain(fact)
        else:
            stated[section] = {**(stated.get(section) or {}), name: as_plain(fact)}
        return Case.from_plain(stated, believe=True)

    @property
    def first_draw(self) -> date | None:
        return min((day for day, _ in self.draws), default=None)

    @property
    def drawn_fen(self) -> int:
        return sum(fen for _, fen in self.draws)


@lru_cache(maxsize=4096)
def _is_path(path: str) -> bool:
    return _FACT.fullmatch(path) is not None


def missing(value: object) -> bool:
    return value is None or value == () or value == []


def impossible(case: Case) -> Iterator[Problem]:
    """What is well written but cannot be true of a loan."""
    settled = case.facts.get("loan.settled_on")
    end = day_of(settled) if isinstance(settled, str) else None
    first = case.first_draw
    if end and first and end < first:
        yield Problem(
            "loan.settled_on", f"{end} 早于首次提款日 {first}", "结清日不早于首次提款日", "settled_first"
        )
    for place, (day, _) in enumerate(case.draws):
        if end and day > end and not (first and end < first):
            found = f"{day} 在结清日 {end} 之后提款"
            yield Problem(f"loan.draws[{place}]", found, "提款不晚于结清日", "drawn_after")
    for place, (day, _) in enumerate(case.repaid):
        if end and day > end:
            found = f"{day} 在结清日 {end} 之后还款"
            yield Problem(f"loan.repaid[{place}]", found, "还款不晚于结清日", "repaid_after")
        drawn = sum(fen for on, fen in case.draws if on <= day)
        back = sum(fen for on, fen in case.repaid if on <= day)
        if back > drawn:
            found = f"到 {day} 累计还款 {yuan_text(back)} 元，多于累计提款 {yuan_text(drawn)} 元"
            yield Problem(f"loan.repaid[{place}]", found, "还款累计不超过提款累计", "repaid_more")
    registered = case.facts.get("pledge.ip_share")
    share = number_of(registered) if isinstance(registered, str) else None
    if share is not None and share > 1:
        yield Problem("pledge.ip_share", f"{registered} 大于1", "写成0到1的小数，例如 '0.60'", "share")


class _Reading:
    """One pass over a plain application that collects its faults."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def case(self, plain: Mapping[str, Any]) -> Case:
        if not isinstance(plain, Mapping):
            self.fault("输入", "不是映射", "写成 applicant、loan 等各节事实的映射")
            return Case()
        facts: dict[str, Fact] = {}
        sections: list[str] = []
        stated: dict[str, Any] = {}
        for key, value in plain.items():
            if key in (*CASE_KEYS, "granted", "assumed"):
                continue
            if not isinstance(key, str) or not _FACT.fullmatch(f"{key}.x"):
                self.fault(str(key)[:80], "不认识的键", "节名是小写词，例如 applicant")
            elif value is None:
                stated[key] = None
            elif not isinstance(value, Mapping):
                known = "、".join((*CASE_KEYS, "granted", "assumed"))
                self.fault(key, f"{_shown(value)}，不是一节事实", f"写成映射或 null；此外只有：{known}")
            else:
                sections.append(key)
                section = {f"{key}.{name}": self.fact(f"{key}.{name}", fact) for name, fact in value.items()}
                facts.update({path: fact for path, fact in section.items() if fact is not None})
                stated[key] = {name: as_plain(section[f"{key}.{name}"]) for name in value}
        fees = self.amounts("fees", plain.get("fees"))
        if INTEREST in fees:
            self.fault(f"fees.{INTEREST}", "利息不是费用", "写在 interest_paid")
        granted = self.amounts("granted", plain.get("granted"))
        assumed = self.assumed(plain.get("assumed"))
        day_count = plain.get("day_count_override")
        if day_count is not None and day_count not in DAY_COUNTS:
            self.fault("day_count_override", _shown(day_count), f"只能是：{'、'.join(DAY_COUNTS)}")
        choice = self.number("band_choice", plain.get("band_choice"))
        days = {key: self.day(key, plain.get(key)) for key in ("evaluated_on", "application_date")}
        paid, approved = (self.amount(key, plain.get(key)) for key in ("interest_paid", "approved_amount"))
        beside: dict[str, Any] = {
            "fees": {name: yuan_text(fen) for name, fen in fees.items()} or None,
            "interest_paid": None if paid is None else yuan_text(paid),
            "approved_amount": None if approved is None else yuan_text(approved),
            "band_choice": None if choice is None else str(plain["band_choice"]),
            **{key: day and day.isoformat() for key, day in days.items()},
            "day_count_override": day_count,
            "granted": {name: yuan_text(fen) for name, fen in granted.items()} or None,
            "assumed": {path: as_plain(fact) for path, fact in assumed.items()} or None,
        }
        stated.update({key: value for key, value in beside.items() if value is not None})
        return Case(
            facts=facts,
            sections=frozenset(sections),
            draws=self.dated("loan.draws", facts),
            repaid=self.dated("loan.repaid", facts),
            fees=fees,
            interest_paid_fen=paid,
            approved_fen=approved,
            band_choice=choice,
            evaluated_on=days["evaluated_on"],
            application_date=days["application_date"],
            day_count=day_count if isinstance(day_count, str) else None,
            granted=granted,
            assumed=assumed,
            stated=stated,
        )

    def fault(self, where: str, found: str, wanted: str, code: str = "fact") -> None:
        self.problems.append(Problem(where, found, wanted, code))

    def fact(self, path: str, value: object) -> Fact | None:
        """The fact at a path; None if it is missing, or refused."""
        if not _is_path(path):
            self.fault(path[:80], "不是事实名", "写成小写词，例如 loan.rate")
            return None
        if path in _DATED_AMOUNTS and not missing(value) and not isinstance(value, list | tuple):
            self.fault(path, _shown(value), "写成 [日期, 金额] 的列表")
            return None
        fact = self.plain_fact(path, value)
        if fact is None or not isinstance(fact, str | bool):
            return fact
        if path in DAYS and (not isinstance(fact, str) or day_of(fact) is None):
            self.fault(path, _shown(fact), "写成真实的日期 YYYY-MM-DD")
        if path in _MEASURED:
            number = number_of(fact) if isinstance(fact, str) else None
            if number is None or number < 0:
                self.fault(path, _shown(fact), "写成不为负的小数，例如 '0.0345'")
        return fact

    def plain_fact(self, path: str, value: object) -> Fact | None:
        if missing(value):
            return None
        if isinstance(value, bool):
            return value
        if isinstance(value, int):
            return str(value)
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, str):
            if value.strip():
                return value
            self.fault(path, "是空的文字", "写明内容，或写 null 表示不知道")
            return None
        if isinstance(value, list | tuple):
            items = [self.plain_fact(f"{path}[{place}]", item) for place, item in enumerate(value)]
            if any(item is None and given is None for item, given in zip(items, value, strict=True)):
                self.fault(path, "列表里有空的一项", "去掉空的一项")
            return tuple(item for item in items if item is not None)
        self.fault(path, _shown(value), "写成文字、整数、true、false、日期或它们的列表；小数加引号")
        return None

    def dated(self, path: str, facts: Mapping[str, Fact]) -> tuple[Dated, ...]:
        listed = facts.get(path)
        found = []
        for place, item in enumerate(listed if isinstance(listed, tuple) else ()):
            where = f"{path}[{place}]"
            if not isinstance(item, tuple) or len(item) != 2:
                self.fault(where, "不是两项", "写成 [日期, 金额]")
                continue
            day = day_of(item[0]) if isinstance(item[0], str) else None
            if day is None:
                self.fault(f"{where}[0]", _shown(item[0]), "写成真实的日期 YYYY-MM-DD")
            fen = self.amount(f"{where}[1]", item[1])
            if day is not None and fen is not None:
                found.append((day, fen))
        return tuple(found)

    def amounts(self, where: str, value: object) -> dict[str, int]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.fault(where, _shown(value), "写成 名称: 金额 的映射")
            return {}
        read = {str(name): self.amount(f"{where}.{name}", amount) for name, amount in value.items()}
        return {name: fen for name, fen in read.items() if fen is not None}

    def amount(self, where: str, value: object) -> int | None:
        if value is None:
            return None
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(text, str):
            self.fault(where, _shown(value), _WANT_AMOUNT, "amount")
            return None
        try:
            fen = fen_from_yuan(text, where)
        except Refused as refusal:
            self.problems.extend(refusal.problems)
            return None
        if fen < 0:
            self.fault(where, f"{text} 小于零", _WANT_AMOUNT, "negative")
        return fen

    def number(self, where: str, value: object) -> Fraction | None:
        if value is None:
            return None
        exact = (
            number_of(str(value)) if isinstance(value, int | str) and not isinstance(value, bool) else None
        )
        if exact is None:
            self.fault(where, _shown(value), "写成加引号的小数，例如 '0.30'")
        return exact

    def day(self, where: str, value: object) -> date | None:
        if value is None:
            return None
        found = value if isinstance(value, date) else day_of(value) if isinstance(value, str) else None
        if found is None:
            self.fault(where, _shown(value), "写成真实的日期 YYYY-MM-DD")
        return found

    def assumed(self, value: object) -> dict[str, Fact]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.fault("assumed", _shown(value), "写成 事实名: 值 的映射")
            return {}
        read = {str(path): self.fact(str(path), fact) for path, fact in value.items()}
        return {path: fact for path, fact in read.items() if fact is not None}


def as_plain(fact: Fact | None) -> Any:
    return [as_plain(item) for item in fact] if isinstance(fact, tuple) else fact


def _shown(value: object) -> str:
    match value:
        case bool():
            return "是" if value else "否"
        case float():
            return f"没有加引号的小数 {value}"
        case str():
            return f"“{value[:80]}”" if value else "是空的"
        case list() | tuple():
            return f"是{len(value)}项的列表"
        case Mapping():
            return "是映射"
    return str(value)[:80]
