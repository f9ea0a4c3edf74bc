"""A second working of a loan's interest, day by day, against the plan: every period, principal, due day and day's interest.

It shares no step with the engine: it walks the calendar one day at a time, asks of each day whether a period ends, whether
the rate is taken anew and what that day bears, and finds the level instalment by discounting. What the trade leaves open is
taken as `policies/standards/interest.yaml` says under `instalments`.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from finance.loans.interest import Draw, Early, Floating, Published, Reprices, Terms, rate_steps, schedule
from tests.loans.test_interest import CONVENTIONS, announced

Day = dt.date
ONE = dt.timedelta(days=1)
CALENDAR = announced(2025)
INSTALMENTS = ("equal_instalment", "equal_principal")


@dataclass
class Closed:
    """A period that is over: its interest and principal in fen, what is still owed, and the day on which it falls due."""

    end: Day
    interest: int
    principal: int
    owed: int
    due: Day


@dataclass
class Walk:
    """One loan, walked from its first day to its last."""

    repayment: str
    begin: Day
    due: Day
    basis: int
    points: int
    reprices: str
    series: dict[Day, Fraction] = field(repr=False)
    draws: dict[Day, int]
    early: dict[Day, int] = field(default_factory=dict)
    closed: list[Closed] = field(default_factory=list, repr=False)
    daily: dict[Day, Fraction] = field(default_factory=dict, repr=False)
    balance: int = 0
    month: tuple[Day, Day] = field(default=(Day.min, Day.min), repr=False)  # the one asked for last
    rates: dict[Day, Fraction] = field(default_factory=dict, repr=False)

    def run(self, until: Day | None = None) -> Walk:
        """Walk; `until` stops on that day before anything that falls due on it."""
        self.closed, self.daily, self.balance = [], {}, 0
        level, level_rate, opening, bore = None, None, 0, []
        day = self.begin
        while day <= self.due:
            if until == day:
                break
            was = self.balance
            self.balance -= self.early.get(day, 0)
            if day in self.early:
                level = None if level is None else (*level, "changed")
            cleared = was > 0 and self.balance == 0 and not any(on >= day for on in self.draws)
            if day > self.begin and (self._ends(day) or cleared):
                interest = _cents(sum(bore, Fraction(0)))
                if bore:
                    principal = self._falls_due(day, level, interest)
                    self.balance -= principal
                    due = day if cleared else self._paid_on(day)
                    self.closed.append(Closed(day, interest, principal, self.balance, due))
                bore = []
                if level is not None and len(level) > 1:
                    level = None
                if self.balance == 0 and not any(on >= day for on in self.draws):
                    break
            if day in self.draws:
                self.balance += self.draws[day]
                level = None if level is None or self._starts(day) else (*level, "changed")
            if day < self.due:
                if self._starts(day):
                    opening, rate = self.balance, self.rate(day)
                    if level is None or level_rate != rate:
                        level, level_rate = (self._level(day, opening, rate),), rate
                if self.balance:
                    interest = self.balance * self.rate(day) * self._of_year(day)
                    self.daily[day] = interest
                    bore.append(interest)
            day += ONE
        return self

    # --- what a day is ---

    def _ends(self, day: Day) -> bool:
        """Whether `day` is the first that no longer belongs to the period before it."""
        if day == self.due:
            return True
        if self.repayment == "bullet":
            return day in self.early
        if self.repayment in INSTALMENTS:
            return self._is_anniversary(day, 1)
        yesterday = day - ONE
        return yesterday.day == 20 and (self.repayment == "monthly_interest" or yesterday.month % 3 == 0)

    def _starts(self, day: Day) -> bool:
        return day == self.begin or self._ends(day)

    def _is_anniversary(self, day: Day, months: int) -> bool:
        apart = (day.year - self.begin.year) * 12 + day.month - self.begin.month
        same = min(self.begin.day, monthrange(day.year, day.month)[1])
        return apart > 0 and apart % months == 0 and day.day == same

    def _of_year(self, day: Day) -> Fraction:
        """The part of a year for which a day bears interest: a day of a whole instalment month shares a twelfth."""
        if self.repayment not in INSTALMENTS:
            return Fraction(1, self.basis)
        first, after = self.month
        if not first <= day < after:
            first, after = day, day + ONE
            while not self._starts(first):
                first -= ONE
            while not self._ends(after):
                after += ONE
            self.month = first, after
        if not self._is_anniversary(after, 1):
            return Fraction(1, self.basis)
        return Fraction(1, 12 * (after - first).days)

    # --- what falls due ---

    def _level(self, day: Day, opening: int, rate: Fraction) -> int:
        """What each of the periods left brings: the instalment, or its principal; nothing where all falls due at the end."""
        left, ahead = 0, day
        while ahead < self.due:
            ahead += ONE
            left += self._ends(ahead)
        if self.repayment == "equal_principal":
            return opening // left
        if self.repayment != "equal_instalment":
            return 0
        discount, value = Fraction(1), Fraction(0)
        for _ in range(left):
            discount /= 1 + rate / 12
            value += discount
        return _cents(opening / value)

    def _falls_due(self, day: Day, level: tuple | None, interest: int) -> int:
        if day == self.due:
            return self.balance
        if self.repayment not in INSTALMENTS:
            return 0
        assert level is not None
        part = level[0] - (interest if self.repayment == "equal_instalment" else 0)
        return max(0, min(part, self.balance))

    def _paid_on(self, day: Day) -> Day:
        if self.repayment in ("bullet", *INSTALMENTS):
            return day
        while not CALENDAR.is_working(day):
            day += ONE
        return min(day, self.due)

    # --- the rate ---

    def rate(self, day: Day) -> Fraction:
        """The value known on the working day before the day on which the rate was last taken, plus the points."""
        if day not in self.rates:
            anew = day <= self.begin or self._takes_anew(day)
            self.rates[day] = self._published_before(day) if anew else self.rate(day - ONE)
        return self.rates[day]

    def _published_before(self, day: Day) -> Fraction:
        day -= ONE
        while not CALENDAR.is_working(day):
            day -= ONE
        while day not in self.series:
            day -= ONE
        return self.series[day] + Fraction(self.points, 10_000)

    def _takes_anew(self, day: Day) -> bool:
        rule, _, number = self.reprices.partition(" ")
        if rule == "january":
            return (day.month, day.day) == (1, 1)
        return rule == "months" and self._is_anniversary(day, int(number))


def _cents(exact: Fraction) -> int:
    """Half up by decimals; 200 digits hold every quotient apart from a half that these loans can come to."""
    with localcontext() as context:
        context.prec = 200
        quotient = Decimal(exact.numerator) / Decimal(exact.denominator)
        return int(quotient.quantize(Decimal(1), ROUND_HALF_UP))


RULES = {
    "never": Reprices(), "january": Reprices(month=1, day=1), "months 12": Reprices(every_months=12),
    "months 3": Reprices(every_months=3), "months 1": Reprices(every_months=1),
}  # fmt: skip


@st.composite
def walks(draw: st.DrawFn) -> Walk:
    """A loan of up to two years, floating or not, lent in up to three parts and repaid early up to three times."""
    begin = draw(st.dates(Day(2024, 1, 1), Day(2026, 2, 28)))
    due = begin + dt.timedelta(days=draw(st.one_of(st.integers(2, 740), st.sampled_from([28, 31, 365, 366]))))
    rates = st.sampled_from([Fraction(n, 10_000) for n in (300, 310, 335, 345, 365, 0)])
    months = [Day(2023 + n // 12, n % 12 + 1, 20) for n in range(84)]
    series = {
        day: draw(rates) if place % 5 == 0 else Fraction(310, 10_000) for place, day in enumerate(months)
    }
    inside = st.dates(begin + ONE, due - ONE)
    anniversaries = [day for n in range(1, 25) if (day := _months_on(begin, n)) < due]
    days = st.one_of(inside, st.sampled_from(anniversaries)) if anniversaries else inside
    walk = Walk(
        draw(st.sampled_from(["bullet", "monthly_interest", "quarterly_interest", *INSTALMENTS])),
        begin, due, draw(st.sampled_from([360, 365])), draw(st.integers(0, 200)),
        draw(st.sampled_from(list(RULES))), series, {begin: draw(st.integers(100_000, 9_999_999_99))},
    )  # fmt: skip
    for on in draw(st.lists(days, max_size=2, unique=True)):
        walk.draws[on] = draw(st.integers(100_000, 9_999_999_99))
    for on in sorted(draw(st.lists(days, max_size=3, unique=True))):
        if on in walk.draws:
            continue
        owed = walk.run(until=on).balance
        if owed > 1:
            walk.early[on] = draw(st.one_of(st.just(owed), st.integers(1, owed)))
    return walk.run()


def _months_on(begin: Day, months: int) -> Day:
    year, month = divmod(begin.year * 12 + begin.month - 1 + months, 12)
    return Day(year, month + 1, min(begin.day, monthrange(year, month + 1)[1]))


def planned(walk: Walk):
    series = [Published(on, rate) for on, rate in walk.series.items()]
    floating = Floating(walk.points, RULES[walk.reprices])
    steps = rate_steps(floating, series, drawn_on=walk.begin, until=walk.due, calendar=CALENDAR)
    terms = Terms(sum(walk.draws.values()), walk.begin, walk.due, steps, walk.repayment, walk.basis)
    events: Sequence = [
        *(Draw(on, fen) for on, fen in walk.draws.items()), *(Early(on, fen) for on, fen in walk.early.items()),
    ]  # fmt: skip
    return schedule(terms, events, CONVENTIONS, CALENDAR)


@given(walks())
def test_every_period_of_a_plan_is_what_walking_its_days_comes_to(walk: Walk) -> None:
    plan = planned(walk)
    rows = [
        Closed(row.end, row.interest_fen, row.principal_fen, row.closing_fen, row.due_on) for row in plan.rows
    ]
    assert rows == walk.closed
    assert rows[-1].owed == 0


@given(walks(), st.dates(Day(2023, 12, 1), Day(2028, 4, 1)), st.integers(0, 500))
def test_accrued_and_paid_of_any_days_are_the_sum_of_those_days(walk: Walk, first: Day, days: int) -> None:
    plan, last = planned(walk), first + dt.timedelta(days=days)
    accrued = sum((fen for day, fen in walk.daily.items() if first <= day <= last), Fraction(0))
    paid = sum(one.interest for one in walk.closed if first <= one.due <= last)
    principal = sum(one.principal for one in walk.closed if first <= one.due <= last)
    early = sum(fen for on, fen in walk.early.items() if first <= on <= last)
    assert plan.accrued_between(first, last) == accrued
    assert plan.paid_between(first, last) == paid
    assert plan.principal_between(first, last) == principal + early


def test_the_walk_itself_comes_to_the_figures_of_the_reference() -> None:
    """subsidies.md section 5: what the second working must give before it may judge the first."""
    steady = {Day(2023, 1, 20): Fraction("0.036")}
    for repayment, total in (("equal_instalment", 19_607_10), ("equal_principal", 19_500_00)):
        walk = Walk(
            repayment, Day(2024, 1, 15), Day(2025, 1, 15), 360, 0, "never", steady,
            {Day(2024, 1, 15): 100_000_000},
        ).run()  # fmt: skip
        assert sum(one.interest for one in walk.closed) == total
    lpr = {Day(2024, 6, 20): Fraction("0.0345"), Day(2024, 12, 20): Fraction("0.031")}
    walk = Walk(
        "bullet", Day(2024, 7, 1), Day(2025, 6, 30), 360, 30, "january", lpr, {Day(2024, 7, 1): 100_000_000}
    ).run()
    assert [one.interest for one in walk.closed] == [36_166_67]
