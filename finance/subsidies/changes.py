"""The smallest changes of facts that would make a condition hold, or not hold (near miss). Pure.

An option is one or more changes that together are enough; usually it is one. Strict bounds step to the next whole unit of
the fact: a fen, a day, a basis point, a piece.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import product

from finance.subsidies.conditions import comparable, judge, same
from finance.subsidies.consequences import AMOUNT, OUTSTANDING, TERM, followed
from finance.subsidies.facts import Case, Fact
from finance.subsidies.period import cleared_on
from finance.subsidies.rates import Reader, Series
from finance.subsidies.terms import (
    AllOf,
    AnyOf,
    Condition,
    ContractRate,
    FactTest,
    Not,
    Operation,
    Rate,
    RateTest,
)
from finance.subsidies.words import CHANGEABLE, FactWords, fact_words
from finance.subsidies.working import percent, yuan
from kernel.conditions import Answer
from kernel.errors import Refused
from kernel.expressions import exact_text

STEPS = {
    "yuan": Fraction(1, 100),
    "rate": Fraction(1, 10_000),
    "share": Fraction(1, 10_000),
}
"""One unit of a fact by its unit; whole units otherwise."""
_WHOLE = ("count", "days", "year")
"""Units that come in whole numbers only."""
_UNIT_WORDS = {"months": " 个月", "days": " 天", "count": " 件"}
_OPPOSITE = {"lt": "gte", "lte": "gt", "gt": "lte", "gte": "lt"}
_MOST_OPTIONS = 24
_OF_A_LOAN = (AMOUNT, OUTSTANDING, TERM)


@dataclass(frozen=True)
class Change:
    """One fact stated otherwise; `wanted` None says only that the fact must be stated."""

    path: str
    found: Fact | None
    wanted: Fact | None
    words: str
    short: str = ""
    """How much is missing, in the fact's unit; empty where it is no amount."""

    @property
    def fact(self) -> FactWords:
        return fact_words(self.path)

    @property
    def changeable(self) -> bool:
        return self.fact.change != "no"


Option = tuple[Change, ...]


def options(
    condition: Condition, case: Case, series: Series, holds: bool = True, yuan: Collection[str] = ()
) -> list[Option]:
    """Every option that makes the condition hold (or fail), the cheapest first; each was tried out.

    `yuan` are facts that the policy reads as amounts, though nobody may have given them a name or a unit.
    """
    found = _Options(case, series, yuan).of(condition, holds)
    return sorted(found, key=cost)[:_MOST_OPTIONS]


def cost(option: Option) -> tuple[int, int, int]:
    """What can be changed comes first, then fewer changes, then changes that say the new value."""
    hardest = max((CHANGEABLE.index(change.fact.change) for change in option), default=0)
    return hardest, len(option), sum(change.wanted is None for change in option)


def applied(case: Case, option: Option) -> Case | None:
    """The case with the changes made; None if one only says that a fact must be stated, or what follows cannot be said."""
    changed: Case | None = case
    for change in option:
        if change.wanted is None or changed is None:
            return None
        changed = followed(changed.with_fact(change.path, change.wanted), change.path, changed)
    return changed


class _Options:
    def __init__(self, case: Case, series: Series, yuan: Collection[str] = ()) -> None:
        self.yuan = yuan
        self.case = case
        self.series = series
        self.reader = Reader(case, series)

    def of(self, condition: Condition, holds: bool) -> list[Option]:
        if judge(condition, self.reader).answer is (Answer.YES if holds else Answer.NO):
            return [()]
        match condition.test:
            case Not(part=part):
                return self.of(part, not holds)
            case AllOf(parts=parts) | AnyOf(parts=parts):
                each = [self.of(part, holds) for part in parts]
                if isinstance(condition.test, AllOf) is holds:
                    return [
                        _joined(options) for options in product(*(sorted(few, key=cost)[:3] for few in each))
                    ]
                return [option for few in each for option in few]
            case FactTest() as test:
                changes = list(self._of_fact(test, holds))
            case RateTest() as test:
                changes = list(self._of_rates(test, holds))
        wanted = Answer.YES if holds else Answer.NO
        return [
            (change,)
            for change in dict.fromkeys(changes)
            if change.wanted is None or self._answer(condition, change) is wanted
        ]

    def _answer(self, condition: Condition, change: Change) -> Answer:
        try:
            case = self.case.with_fact(change.path, change.wanted)
        except Refused:  # a rate below zero, say: no way out
            return Answer.UNKNOWN
        return judge(condition, Reader(case, self.series)).answer

    # --- one fact ----------------------------------------------------------------------------------------------

    def _of_fact(self, test: FactTest, holds: bool) -> Iterator[Change]:
        found = self.reader.fact(test.fact)
        name = fact_words(test.fact).name
        if test.op == "exists":
            if holds:
                day = self._settling_day() if test.fact == "loan.settled_on" else None
                words = f"须有{name}" + (f"（按 {day} 测算）" if day else "")
                yield Change(test.fact, None, day.isoformat() if day else None, words)
            return
        if found is None:
            yield Change(test.fact, None, None, f"请说明{name}")
            return
        if test.op.endswith("_fact"):
            yield from self._of_two_facts(test, found, holds)
            return
        if test.op in ("within", "in", "subset", "eq"):
            yield from self._of_words(test, found, holds)
            return
        yield from self._of_bounds(test.fact, test.op, found, test.value, holds)

    def _of_words(self, test: FactTest, found: Fact, holds: bool) -> Iterator[Change]:
        words = fact_words(test.fact)
        shown = words.value_words(found)
        if not holds:
            if isinstance(test.value, bool):
                yield Change(
                    test.fact, found, not test.value, f"{words.name}须为{words.value_words(not test.value)}"
                )
            return
        if test.op == "within":
            code = str(test.value)
            outside = f"，不含 {'、'.join(test.except_within)}" if test.except_within else ""
            yield Change(test.fact, found, code, f"{words.name}须在 {code}{outside}（现为 {shown}）")
            return
        allowed = test.value if isinstance(test.value, tuple) else (test.value,)
        if test.op == "subset":
            yield from self._of_list(test.fact, found, allowed)
            return
        listed = "、".join(words.value_words(value) for value in allowed)
        for value in allowed:
            if value is not None:
                yield Change(test.fact, found, value, f"{words.name}须为{listed}（现为{shown}）")

    def _of_list(self, path: str, found: Fact, allowed: Iterable[Fact | None]) -> Iterator[Change]:
        """Leave out what is not allowed; if nothing would be left, one allowed thing in its place."""
        words = fact_words(path)
        items = found if isinstance(found, tuple) else (found,)
        good = tuple(item for item in items if any(same(item, one) for one in allowed))
        bad = words.value_words(tuple(item for item in items if item not in good))
        if good:
            yield Change(path, found, good, f"{words.name}不能有{bad}")
            return
        listed = "、".join(words.value_words(value) for value in allowed)
        for value in allowed:
            if value is not None:
                yield Change(path, found, (value,), f"{words.name}只能是{listed}（现为{bad}）")

    def _of_bounds(self, path: str, op: str, found: Fact, bound: object, holds: bool) -> Iterator[Change]:
        if op == "between":
            assert isinstance(bound, tuple)
            yield from self._of_range(path, found, *bound) if holds else ()
            return
        if not holds:
            op = _OPPOSITE.get(op, "")
        if op not in _OPPOSITE:
            return
        limit, now = comparable(bound), comparable(found)
        if isinstance(limit, date) and isinstance(now, date):
            wanted = limit + timedelta(days={"lt": -1, "gt": 1}.get(op, 0))
            yield _of_day(path, now, wanted)
        elif isinstance(limit, Fraction) and isinstance(now, Fraction):
            words = self._words(path)
            step = _step(words, str(found), str(bound))
            wanted_number = _within(limit, op, step, words.unit in _WHOLE)
            if path not in _OF_A_LOAN or wanted_number > 0:  # a loan of nothing is none
                yield _of_number(words, str(found), now, wanted_number)

    def _words(self, path: str) -> FactWords:
        words = fact_words(path)
        return replace(words, unit="yuan") if path in self.yuan else words

    def _of_range(self, path: str, found: Fact, low: object, high: object) -> Iterator[Change]:
        """To the end that is missed, in the words of the whole range."""
        below = low is not None and comparable(found) < comparable(low)  # type: ignore[operator]
        for change in self._of_bounds(path, "gte" if below else "lte", found, low if below else high, True):
            words = fact_words(path)
            ends = " 到 ".join("……" if end is None else words.value_words(end) for end in (low, high))
            told = f"{words.name}须在 {ends} 之间（现为 {words.value_words(found)}，{change.short}）"
            yield replace(change, words=told)

    def _of_two_facts(self, test: FactTest, found: Fact, holds: bool) -> Iterator[Change]:
        other_path, op = str(test.value), test.op.removesuffix("_fact")
        other = self.reader.fact(other_path)
        if other is None:
            yield Change(other_path, None, None, f"请说明{fact_words(other_path).name}")
            return
        if op == "eq":
            if holds:
                for path, now, wanted in ((test.fact, found, other), (other_path, other, found)):
                    words = fact_words(path)
                    yield Change(path, now, wanted, f"{words.name}须为{words.value_words(wanted)}")
            return
        turned = {"lt": "gt", "gt": "lt", "lte": "gte", "gte": "lte"}[op]
        yield from self._of_bounds(test.fact, op, found, other, holds)
        yield from self._of_bounds(other_path, turned, other, found, holds)

    def _settling_day(self) -> date | None:
        """The day an estimate takes a loan to be repaid on: when the repayments clear it, else the day of decision."""
        case = self.case
        if cleared := cleared_on(case):
            return cleared
        day = case.evaluated_on or case.application_date
        return day if day and case.first_draw and day > case.first_draw else None

    # --- rates -------------------------------------------------------------------------------------------------

    def _of_rates(self, test: RateTest, holds: bool) -> Iterator[Change]:
        """How far the contract rate is from passing; other rates are published and cannot be changed."""
        for path in dict.fromkeys(judge(Condition(test), self.reader).missing):
            yield Change(path, None, None, f"请说明{fact_words(path).name}")
        now = self.reader.number("loan.rate")
        if now is None:
            return
        op = test.op if holds else _OPPOSITE.get(test.op, "")
        for one, other, turned in ((test.left, test.right, op), (test.right, test.left, _turned(op))):
            if isinstance(one, ContractRate) and not _has_contract(other):
                limit = self.reader.rate(other).exact
                if limit is not None:
                    wanted = _within(limit, turned, STEPS["rate"], whole=False)
                    yield _of_number(self._words("loan.rate"), exact_text(now), now, wanted)
                return
        searched = self._searched(Condition(test), now, holds)
        if searched is not None:
            yield _of_number(self._words("loan.rate"), exact_text(now), now, searched)

    def _searched(self, condition: Condition, now: Fraction, holds: bool) -> Fraction | None:
        """The nearest whole basis point at which the comparison turns, where the contract rate stands inside it."""
        answer = Answer.YES if holds else Answer.NO

        def passes(points: int) -> bool:
            case = self.case.with_fact("loan.rate", exact_text(points * STEPS["rate"]))
            return judge(condition, Reader(case, self.series)).answer is answer

        start = int(now / STEPS["rate"])
        for far in (0, 10_000):
            if not passes(far):
                continue
            near = start if far == 0 else start + 1
            while abs(far - near) > 1:
                middle = (far + near) // 2
                far, near = (middle, near) if passes(middle) else (far, middle)
            return far * STEPS["rate"]
        return None


def _joined(parts: Iterable[Option]) -> Option:
    """Options of several parts as one; the last word on a fact counts."""
    by_path = {change.path: change for option in parts for change in option}
    return tuple(by_path.values())


def _turned(op: str) -> str:
    return {"lt": "gt", "gt": "lt", "lte": "gte", "gte": "lte"}.get(op, op)


def _has_contract(rate: Rate) -> bool:
    return isinstance(rate, ContractRate) or (
        isinstance(rate, Operation) and any(_has_contract(part) for part in rate.parts)
    )


def _within(limit: Fraction, op: str, step: Fraction, whole: bool) -> Fraction:
    """The figure nearest to the bound that keeps it: the bound itself where it may be reached, else the next whole step.

    >>> _within(Fraction(5, 2), "gt", Fraction(1), True), _within(Fraction(5, 2), "lte", Fraction(1), True)
    (Fraction(3, 1), Fraction(2, 1))
    """
    below, above = limit // step * step, -(-limit // step) * step
    match op:
        case "gt":
            return below + step
        case "lt":
            return above - step
        case "gte":
            return above if whole else limit
    return below if whole else limit


def _step(words: FactWords, *written: str) -> Fraction:
    """One unit of the fact; of a fact that the table does not know, one of the last decimal place that is written."""
    if words.path != words.name or words.unit == "yuan":
        return STEPS.get(words.unit, Fraction(1))
    places = max(len(text.partition(".")[2]) for text in written)
    return Fraction(1, 10**places)


def _of_day(path: str, now: date, wanted: date) -> Change:
    days = abs((wanted - now).days)
    short = f"{'晚' if now > wanted else '早'}了 {days} 天"
    words = (
        f"{fact_words(path).name}须为 {wanted} 或更{'早' if now > wanted else '晚'}（现为 {now}，{short}）"
    )
    return Change(path, now.isoformat(), wanted.isoformat(), words, short)


def _of_number(words: FactWords, found: str, now: Fraction, wanted: Fraction) -> Change:
    text = exact_text(wanted)
    less = wanted < now
    short = f"{'多了' if less else '还差'} {_amount(words.unit, abs(now - wanted), True)}"
    to, at = _amount(words.unit, wanted), _amount(words.unit, now)
    told = f"{words.name}须{'降' if less else '升'}到 {to}（现为 {at}，{short}）"
    return Change(words.path, found, text, told, short)


def _amount(unit: str, value: Fraction, difference: bool = False) -> str:
    if unit == "yuan":
        return f"{yuan(str(value))} 元"
    if unit == "rate":
        return f"{percent(value).rstrip('%')} 个百分点" if difference else percent(value, 2)
    if unit == "share":
        return f"{percent(value).rstrip('%')} 个百分点" if difference else percent(value)
    return f"{exact_text(value)}{_UNIT_WORDS.get(unit, '')}"
