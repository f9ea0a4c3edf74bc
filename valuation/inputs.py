"""One application as it was stated: values with source and day, three kinds of absence, the rights and products. Pure.

An input is a map: {value, source, known_on}, or {absent: queried_none, source, known_on}, {absent: not_queried},
{absent: not_applicable}; with `why` if one likes. What is not mentioned was not queried. A value older than its indicator
allows counts as not queried and says so. Every fault is refused at once; nothing hostile reaches a calculation.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any

from kernel.errors import Problem, refuse_if_any
from valuation.shape import FIGURE
from valuation.terms import ABSENCES, MOST_DECIMALS, Allowed, Indicator, Scorecard

MOST_RIGHTS, MOST_PRODUCTS = 500, 200
LONGEST = 200
SCOPES = ("firm", "right", "product")
_FIGURE = re.compile(FIGURE, re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_KEYS = {"on", "indicators", "firm", "rights", "products"}
_INPUT_KEYS = {"value", "absent", "source", "known_on", "why"}
_RIGHT_KEYS = {"id", "kind", "product", "technology", "counted_in", "facts"}


class State(Enum):
    """What stands behind an input. The three absences are never merged and never read as zero."""

    VALUE = "value"
    QUERIED_NONE = "queried_none"
    NOT_QUERIED = "not_queried"
    NOT_APPLICABLE = "not_applicable"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Input:
    """One statement: its value or its absence, where it comes from, the day it was known; `stale` when too old to use."""

    state: State = State.NOT_QUERIED
    value: Decimal | str | None = None
    source: str = ""
    known_on: date | None = None
    why: str = ""
    stale: bool = False

    @property
    def text(self) -> str:
        return "" if self.value is None else str(self.value)


NOT_QUERIED = Input()


@dataclass(frozen=True)
class Right:
    """One right offered: its kind, the product it protects, and the indicators that counted it.

    One of no known kind (empty) is seen by the gates like any other, but has no value.
    """

    id: str
    kind: str
    product: str = ""
    technology: str = "default"
    counted_in: tuple[str, ...] = ()
    facts: Mapping[str, Input] = field(default_factory=dict)


@dataclass(frozen=True)
class Application:
    """Everything that was stated, as of one day. `given` is the same as plain values: what replays it."""

    on: date
    indicators: Mapping[str, Input]
    firm: Mapping[str, Input]
    rights: tuple[Right, ...]
    products: Mapping[str, Mapping[str, Input]]
    given: Mapping[str, Any] = field(repr=False)

    @classmethod
    def from_plain(cls, plain: object, card: Scorecard) -> "Application":
        """An application from plain values (JSON, or YAML read strictly); Refused with every fault at once."""
        reading = _Reading(card)
        application = reading.application(plain)
        refuse_if_any(reading.problems)
        assert application is not None
        return application

    def of(self, name: str) -> Input:
        """The statement about an indicator's input."""
        return self.indicators.get(name, NOT_QUERIED)

    def firm_fact(self, name: str) -> Input:
        return self.firm.get(name, NOT_QUERIED)


def number_text(value: object) -> str | None:
    """A number as its text: an integer, or a decimal in quotes; None for all else, floats before all.

    >>> number_text(12), number_text("0.50"), number_text(0.5), number_text(True), number_text("1e5"), number_text("NaN")
    ('12', '0.50', None, None, None, None)
    """
    if isinstance(value, int) and not isinstance(value, bool) and -(10**12) < value < 10**12:
        return str(value)
    return value if isinstance(value, str) and len(value) < 40 and _FIGURE.fullmatch(value) else None


def shown(value: object) -> str:
    """What was found, short enough for a sentence.

    >>> shown("x" * 1_000_000), shown(float("nan")), shown(None)
    ('“xxxxxxxxxxxxxxxxxxxx…”（共1000000字）', 'nan', '为空')
    """
    if isinstance(value, str):
        return f"“{value}”" if len(value) <= 40 else f"“{value[:20]}…”（共{len(value)}字）"
    if value is None:
        return "为空"
    if isinstance(value, Mapping | list | tuple):
        return f"是{len(value)}项的{'映射' if isinstance(value, Mapping) else '列表'}"
    if isinstance(value, int) and abs(value) >= 10**20:
        return "位数过多的整数"
    return str(value)[:40]


def absences_of(indicator: Indicator) -> tuple[str, ...]:
    """“Asked, nothing there” has its bin on every scale; what does not apply to anybody is said by the card."""
    return ABSENCES if indicator.not_applicable else ABSENCES[:1]


@lru_cache(maxsize=4096)
def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


class _Reading:
    """One pass over the plain values that collects every fault."""

    def __init__(self, card: Scorecard) -> None:
        self.card = card
        self.problems: list[Problem] = []
        self.on = date.max

    def fault(self, where: str, found: str, wanted: str, code: str) -> None:
        self.problems.append(Problem(where, found, wanted, code))

    def application(self, plain: object) -> Application | None:
        if not isinstance(plain, Mapping):
            self.fault("", shown(plain), "写成 on、indicators、firm、rights、products 的映射", "not_a_map")
            return None
        self.strange("", plain, _KEYS)
        on = self.day("on", plain.get("on"))
        self.on = on or date.max
        indicators = dict(self.indicators(self.map_of("indicators", plain.get("indicators"))))
        firm = dict(self.facts("firm", "firm", plain.get("firm")))
        rights = tuple(self.rights(plain.get("rights")))
        products = dict(self.products(plain.get("products")))
        for right in rights:
            if right.product and right.product not in products:
                self.fault(
                    f"rights[{right.id}].product",
                    f"没有产品“{right.product}”",
                    "写 products 里的编号",
                    "unknown",
                )
        return Application(on, indicators, firm, rights, products, plain) if on else None

    def strange(self, where: str, plain: Mapping[Any, Any], known: set[str]) -> None:
        if known.issuperset(plain):
            return
        strange = [key for key in plain if key not in known]
        for key in strange[:20]:
            place = f"{where}.{str(key)[:40]}".lstrip(".")
            self.fault(place, "不认识的键", f"可用的键：{'、'.join(sorted(known))}", "unknown_key")
        if len(strange) > 20:
            self.fault(where or "文件", f"另有{len(strange) - 20}个不认识的键", "删去", "unknown_key")

    def map_of(self, where: str, value: object) -> Mapping[Any, Any]:
        if value is None or isinstance(value, Mapping):
            return value or {}
        self.fault(where, shown(value), "写成映射", "not_a_map")
        return {}

    def day(self, where: str, value: object) -> date | None:
        text = value.isoformat() if isinstance(value, date) else value
        found = _day(text) if isinstance(text, str) and len(text) == 10 else None
        if found is None:
            self.fault(where, shown(value), "写真实的日期 YYYY-MM-DD", "date")
        return found

    def indicators(self, plain: Mapping[Any, Any]) -> Iterator[tuple[str, Input]]:
        self.strange("indicators", plain, set(self.card.inputs))
        for name, (indicator, scale) in self.card.inputs.items():
            if name in plain:
                where = f"indicators.{name}（{scale.name}）"
                words = tuple(scale.words)
                yield name, self.input(
                    where, plain[name], scale.allowed, words, indicator.max_age_days, absences_of(indicator)
                )  # fmt: skip

    def facts(self, scope: str, where: str, plain: object) -> Iterator[tuple[str, Input]]:
        stated = self.map_of(where, plain)
        known = self.card.facts_of(scope)
        self.strange(where, stated, set(known))
        for name, fact in known.items():
            if name in stated:
                place = f"{where}.{name}（{fact.name}）"
                yield (
                    fact.id,
                    self.input(
                        place, stated[name], fact.allowed, fact.words, fact.max_age_days, fact.absences
                    ),
                )

    def input(
        self, where: str, plain: object, allowed: Allowed | None, words: tuple[str, ...], max_age: int,
        absences: tuple[str, ...],
    ) -> Input:  # fmt: skip
        if not isinstance(plain, Mapping):
            self.fault(where, shown(plain), "写成 {value, source, known_on} 或 {absent}", "not_an_input")
            return NOT_QUERIED
        self.strange(where, plain, _INPUT_KEYS)
        if ("value" in plain) == ("absent" in plain):
            self.fault(
                where, "value 与 absent 须写其一", "有数写 value；没有数写 absent 并说明是哪一种", "form"
            )
            return NOT_QUERIED
        why = self.words(f"{where} why", plain["why"], needed=True) if "why" in plain else ""
        state = State.VALUE if "value" in plain else self.absence(where, plain["absent"], absences)
        if state in (State.NOT_QUERIED, State.NOT_APPLICABLE):
            return Input(state, why=why)
        value = self.value(where, plain["value"], allowed, words) if state is State.VALUE else None
        source = self.words(f"{where} source", plain.get("source"), needed=True)
        known_on = self.day(f"{where} known_on", plain.get("known_on"))
        if known_on is not None and known_on > self.on:
            wanted = f"只用评分日 {self.on} 当日或以前已知的数据"
            self.fault(f"{where} known_on", f"{known_on} 晚于评分日", wanted, "future")
        if known_on is not None and (self.on - known_on).days > max_age:
            return Input(State.NOT_QUERIED, value, source, known_on, why, stale=True)
        return Input(state, value, source, known_on, why)

    def absence(self, where: str, word: object, allowed: tuple[str, ...]) -> State:
        absences = [str(state) for state in State if state is not State.VALUE]
        if not isinstance(word, str) or word not in absences:
            self.fault(f"{where} absent", shown(word), f"只能是：{'、'.join(absences)}", "absent")
            return State.NOT_QUERIED
        state = State(word)
        if state is State.NOT_APPLICABLE and word not in allowed:
            asked = "查无写 queried_none，" if str(State.QUERIED_NONE) in allowed else ""
            wanted = f"{asked}未查写 not_queried"
            self.fault(f"{where} absent", "此项对任何企业、任何权利都适用", wanted, "applies")
            return State.NOT_QUERIED
        if state is State.QUERIED_NONE and word not in allowed:
            wanted = "写查得的结果，未查写 not_queried"
            self.fault(f"{where} absent", "此项查过必有结果，不能是查无", wanted, "always_there")
            return State.NOT_QUERIED
        return state

    def value(
        self, where: str, value: object, allowed: Allowed | None, words: tuple[str, ...]
    ) -> Decimal | str | None:
        if allowed is None:
            if isinstance(value, str) and value in words:
                return value
            self.fault(where, shown(value), f"只能是：{'、'.join(words)}", "word")
            return None
        text = number_text(value)
        if text is None:
            wanted = f"写整数或加引号的小数，至多{MOST_DECIMALS}位小数，例如 '12.5'"
            self.fault(where, f"{shown(value)} 不是规范的数字", wanted, "number")
            return None
        figure = Decimal(text)
        if not allowed.low <= figure <= allowed.high:
            self.fault(where, f"{text} 超出可能的范围", f"在 {allowed.low} 至 {allowed.high} 之间", "range")
            return None
        if allowed.whole and figure != figure.to_integral_value():
            self.fault(where, f"{text} 不是整数", "写整数", "whole")
            return None
        return figure

    def words(self, where: str, value: object, needed: bool) -> str:
        if isinstance(value, str) and value.strip() and len(value) <= LONGEST and value.isprintable():
            return value
        if value is not None or needed:
            self.fault(where, shown(value), f"写明文字，不超过{LONGEST}字", "words")
        return ""

    def rights(self, plain: object) -> Iterator[Right]:
        if not isinstance(plain, list | tuple | None) or len(plain or ()) > MOST_RIGHTS:
            self.fault("rights", shown(plain), f"写成列表，不超过{MOST_RIGHTS}件", "rights")
            return
        seen = set[str]()
        for place, written in enumerate(plain or ()):
            where = f"rights[{place}]"
            if not isinstance(written, Mapping):
                self.fault(where, shown(written), "写成 id、kind、facts 等键的映射", "not_a_map")
                continue
            self.strange(where, written, _RIGHT_KEYS)
            right_id = self.words(f"{where}.id", written.get("id"), needed=True)
            if right_id and right_id in seen:
                self.fault(f"{where}.id", f"“{right_id}”重复", "每件只写一次", "duplicate")
            seen.add(right_id)
            yield Right(
                right_id,
                self.one_of(f"{where}.kind", written["kind"], self.card.value.kinds)
                if "kind" in written
                else "",
                self.words(f"{where}.product", written.get("product"), needed=False),
                self.one_of(
                    f"{where}.technology", written.get("technology", "default"), self.card.value.tech_life
                ),
                self.counted_in(f"{where}.counted_in", written.get("counted_in")),
                dict(self.facts("right", f"{where}.facts", written.get("facts"))),
            )

    def one_of(self, where: str, value: object, known: Mapping[str, Any]) -> str:
        if isinstance(value, str) and value in known:
            return value
        self.fault(where, shown(value), f"只能是：{'、'.join(known)}", "unknown")
        return next(iter(known))

    def counted_in(self, where: str, value: object) -> tuple[str, ...]:
        counts = {
            name: scale
            for name, (_, scale) in self.card.inputs.items()
            if scale.allowed and scale.allowed.whole
        }
        if not isinstance(value, list | tuple | None):
            self.fault(where, shown(value), "写成指标编号的列表", "not_a_list")
            return ()
        return tuple(
            self.one_of(f"{where}[{place}]", one, counts) for place, one in enumerate((value or ())[:50])
        )

    def products(self, plain: object) -> Iterator[tuple[str, Mapping[str, Input]]]:
        stated = self.map_of("products", plain)
        if len(stated) > MOST_PRODUCTS:
            self.fault("products", f"有{len(stated)}个产品", f"不超过{MOST_PRODUCTS}个", "products")
            return
        for name, facts in stated.items():
            product = self.words("products 的编号", name, needed=True)
            yield product, dict(self.facts("product", f"products.{product}", facts))
