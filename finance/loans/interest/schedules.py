"""What a loan's conditions come to: periods, their interest and principal, and the day on which they fall due.

Interest only (bullet, monthly, quarterly): balance × rate × days ÷ basis. By instalments: a whole month bears rate ÷ 12,
odd days at the end bear days ÷ basis (整月按月、零头按日). A change of balance or rate within a period parts it; the parts
are added exactly and the period's interest is rounded once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from finance.loans.interest.terms import (
    BULLET,
    BY_INSTALMENTS,
    EQUAL_INSTALMENT,
    QUARTERLY_INTEREST,
    Conventions,
    Draw,
    Early,
    Event,
    NotPublishedYet,
    Terms,
    half_up,
    in_order,
    refuse_if_contradictory,
)
from kernel.days import WorkingCalendar, add_months, year_fraction
from kernel.errors import Problem, Refused
from kernel.money.yuan import yuan_text

_DAY = dt.timedelta(days=1)
MONTHS_IN_YEAR = 12


@dataclass(frozen=True)
class Part:
    """Days of one period with one balance and one rate; `end` is the first day that no longer counts. `years`: the part of
    a year that interest is due for."""

    begin: dt.date
    end: dt.date
    balance_fen: int
    rate: Fraction
    years: Fraction

    @property
    def days(self) -> int:
        return (self.end - self.begin).days

    @property
    def interest(self) -> Fraction:
        """Exact, in fen."""
        return self.balance_fen * self.rate * self.years


@dataclass(frozen=True)
class Row:
    """One period: `end` is the first day that no longer counts. `principal_fen` falls due with the interest on `due_on`;
    `early` was paid back within the period, on its own days."""

    begin: dt.date
    end: dt.date
    parts: tuple[Part, ...]
    interest_fen: int
    principal_fen: int
    early: tuple[Early, ...]
    closing_fen: int
    due_on: dt.date
    provisional: bool

    @property
    def last_day(self) -> dt.date:
        """The last day that counts."""
        return self.end - _DAY

    @property
    def days(self) -> int:
        return (self.end - self.begin).days

    @property
    def opening_fen(self) -> int:
        return self.parts[0].balance_fen

    @property
    def due_fen(self) -> int:
        """What is to be paid on the due day."""
        return self.interest_fen + self.principal_fen


@dataclass(frozen=True)
class Plan:
    """The rows of a loan in order. From `waits_from` on the rate is not published yet: the period that reaches beyond has no
    row, `running` are its days before, and nothing is summed up to that day or past it."""

    rows: tuple[Row, ...]
    running: tuple[Part, ...] = ()
    waits_from: dt.date | None = None

    def paid_between(self, first: dt.date, last: dt.date) -> int:
        """Interest in fen that falls due from `first` to `last`, both in; NotPublishedYet where it is not known."""
        self._refuse_if_unknown(last)
        return sum(row.interest_fen for row in self.rows if first <= row.due_on <= last)

    def principal_between(self, first: dt.date, last: dt.date) -> int:
        """Principal in fen that falls due, or was paid back early, from `first` to `last`, both in."""
        self._refuse_if_unknown(last)
        due = sum(row.principal_fen for row in self.rows if first <= row.due_on <= last)
        return due + sum(one.fen for row in self.rows for one in row.early if first <= one.on <= last)

    def accrued_between(self, first: dt.date, last: dt.date) -> Fraction:
        """Interest in exact fen that runs up on the days from `first` to `last`, both in, due or not.

        Days add up: what runs up to a day and what runs up after it make the whole, to the last fraction.
        """
        self._refuse_if_unknown(last)
        total = Fraction(0)
        for part in (*(part for row in self.rows for part in row.parts), *self.running):
            days = (min(part.end, last + _DAY) - max(part.begin, first)).days
            if days > 0:
                total += part.interest * days / part.days
        return total

    @property
    def interest_fen(self) -> int:
        """All interest of the plan."""
        return sum(row.interest_fen for row in self.rows)

    def _refuse_if_unknown(self, last: dt.date) -> None:
        if self.waits_from is not None and last >= self.waits_from:
            found = f"{self.waits_from} 起的利率尚未公布"
            raise NotPublishedYet(Problem("浮动利率", found, "请待公布后再算", "rate_pending"))


def schedule(
    terms: Terms, events: Sequence[Event], conventions: Conventions, calendar: WorkingCalendar
) -> Plan:
    """The plan of a loan. Without a draw among the events the whole principal is lent on `disbursed_on`.

    Settled interest is due days after the settlement day, or on the next working day, and never after the loan itself;
    instalments and the loan's own due day are not moved. Where the calendar of the year is not announced yet the due day is
    provisional. Refused: events that contradict the terms.
    """
    refuse_if_contradictory(terms, events)
    return _Drawing(terms, in_order(terms, events), conventions, calendar).plan()


def accrued_between(
    terms: Terms, events: Sequence[Event], conventions: Conventions, first: dt.date, last: dt.date
) -> Fraction:
    """Interest in exact fen that runs up from `first` to `last`, both in; no calendar is needed for it."""
    return schedule(terms, events, conventions, WorkingCalendar({}, ())).accrued_between(first, last)


class _Drawing:
    """Draws a plan period by period; `balance` is what is owed when the next one begins."""

    def __init__(
        self, terms: Terms, events: list[Event], conventions: Conventions, calendar: WorkingCalendar
    ) -> None:
        self.terms, self.events, self.conventions, self.calendar = terms, events, conventions, calendar
        self.waits_from = next((step.since for step in terms.rates if step.rate is None), None)
        self.balance = 0
        self.share: tuple[Fraction, int] | None = (
            None  # of an instalment: the rate it was worked out at, and fen
        )

    def plan(self) -> Plan:
        rows: list[Row] = []
        ends, begin = self._ends(), self.terms.disbursed_on
        for place, end in enumerate(ends):
            if not self._goes_on(begin):
                break
            if self.waits_from is not None and end > self.waits_from:
                running, _ = self._parts(begin, end, until=max(begin, self.waits_from))
                return Plan(tuple(rows), running, self.waits_from)
            rows += self._row(begin, end, left=len(ends) - place)
            begin = end
        return Plan(tuple(rows))

    def _goes_on(self, day: dt.date) -> bool:
        """Whether anything is owed on a day, or still to be lent."""
        return self.balance > 0 or any(isinstance(one, Draw) and one.on >= day for one in self.events)

    def _ends(self) -> list[dt.date]:
        """The first day after each period; the last is the loan's due day, which bears no interest."""
        begin, due = self.terms.disbursed_on, self.terms.due_on
        months = (due.year - begin.year) * MONTHS_IN_YEAR + due.month - begin.month + 1
        if self.terms.repayment == BULLET:  # interest goes with the principal, a part of it too
            ends = sorted({one.on for one in self.events if isinstance(one, Early)})
        elif self.terms.repayment in BY_INSTALMENTS:
            ends = [add_months(begin, month) for month in range(1, months + 1)]
        else:
            first = begin.replace(day=self.conventions.settlement_day)
            settled = [add_months(first, month) for month in range(months + 1)]
            quarterly = self.terms.repayment == QUARTERLY_INTEREST
            ends = [
                day + _DAY for day in settled if not quarterly or day.month in self.conventions.quarter_months
            ]
        return [end for end in ends if begin < end < due] + [due]

    def _row(self, begin: dt.date, end: dt.date, *, left: int) -> list[Row]:
        """The period from `begin` to `end`, of which `left` are to come, this one counted; none when nothing was owed."""
        lent = sum(one.fen for one in self.events if isinstance(one, Draw) and one.on == begin)
        opening = self.balance + lent
        if lent:  # on an instalment day: what falls due from here on is worked out with it
            self.share = None
        moved = [
            one for one in self.events if begin < one.on <= end and (isinstance(one, Early) or one.on < end)
        ]
        early = tuple(one for one in moved if isinstance(one, Early))
        parts, owed = self._parts(begin, end)
        if not parts:
            return []
        cleared = owed == 0 and not self._draws_after(early[-1].on)
        last = early[-1].on if cleared else end
        interest = half_up(sum((part.interest for part in parts), Fraction(0)))
        principal = self._principal(begin, opening, owed, interest, left)
        self.balance = owed - principal
        if moved:
            self.share = None  # worked out anew for what is left, over the periods that are left
        due_on = last if cleared else self._due_on(end)
        row = Row(
            parts[0].begin, last, parts, interest, principal, early, self.balance, due_on,
            provisional=self._is_settled(end) and not cleared and self.calendar.provisional(due_on),
        )  # fmt: skip
        return [row]

    def _parts(
        self, begin: dt.date, end: dt.date, until: dt.date | None = None
    ) -> tuple[tuple[Part, ...], int]:
        """The parts of a period up to its end (or to `until`), and what is owed at its end before anything falls due."""
        parts: list[Part] = []
        balance, since = self.balance, begin
        for one in self.events:
            if not (begin <= one.on < end if isinstance(one, Draw) else begin < one.on <= end):
                continue
            parts += self._of_one_balance(since, one.on, balance, (begin, end))
            since = one.on
            balance += one.fen if isinstance(one, Draw) else -one.fen
            if balance < 0:
                found = f"还款 {yuan_text(one.fen)} 元，超过当日余额 {yuan_text(balance + one.fen)} 元"
                raise Refused(Problem(f"{one.on} 提前还款", found, "请核对还款金额", "interest_event"))
        parts += self._of_one_balance(since, end, balance, (begin, end))
        if until is not None:
            parts = [_cut(part, until) for part in parts if part.begin < until]
        return tuple(parts), balance

    def _of_one_balance(
        self, since: dt.date, until: dt.date, balance: int, period: tuple[dt.date, dt.date]
    ) -> list[Part]:
        changes = [step.since for step in self.terms.rates if since < step.since < until]
        edges = [since, *changes, until] if balance and since < until else []
        parts = []
        for first, end in pairwise(edges):
            rate = self.terms.rate_on(first)
            if rate is not None:
                parts.append(Part(first, end, balance, rate, self._years(first, end, period)))
        return parts

    def _years(self, first: dt.date, end: dt.date, period: tuple[dt.date, dt.date]) -> Fraction:
        if self.terms.repayment in BY_INSTALMENTS and self._is_whole_month(period[1]):
            return Fraction((end - first).days, MONTHS_IN_YEAR * (period[1] - period[0]).days)
        return year_fraction(first, end, self.terms.basis)

    def _is_whole_month(self, end: dt.date) -> bool:
        begin = self.terms.disbursed_on
        return end == add_months(begin, (end.year - begin.year) * MONTHS_IN_YEAR + end.month - begin.month)

    def _principal(self, begin: dt.date, opening: int, owed: int, interest: int, left: int) -> int:
        """What falls due with this period: all of it with the last; the last instalment keeps what division leaves over."""
        if left == 1:
            return owed
        if self.terms.repayment not in BY_INSTALMENTS:
            return 0
        rate = self.terms.rate_on(begin)
        assert rate is not None, "a period whose rate is not known has no row"
        if self.share is None or self.share[0] != rate:
            level = self.terms.repayment == EQUAL_INSTALMENT
            self.share = rate, equal_instalment_fen(opening, rate, left) if level else opening // left
        falling_due = self.share[1] - (interest if self.terms.repayment == EQUAL_INSTALMENT else 0)
        return min(max(falling_due, 0), owed)

    def _draws_after(self, day: dt.date) -> bool:
        return any(isinstance(one, Draw) and one.on >= day for one in self.events)

    def _is_settled(self, end: dt.date) -> bool:
        """Whether a period ends with a settlement day, whose payment moves to a working day."""
        return self.terms.repayment not in (BULLET, *BY_INSTALMENTS) and end < self.terms.due_on

    def _due_on(self, end: dt.date) -> dt.date:
        if not self._is_settled(end):
            return end
        paid = end - _DAY + self.conventions.pays_after_days * _DAY
        return min(self.calendar.on_or_after(paid), self.terms.due_on)


def equal_instalment_fen(balance_fen: int, rate: Fraction, months: int) -> int:
    """The level instalment: P·i·(1+i)^n ÷ ((1+i)^n − 1) with i = rate ÷ 12, rounded half up to the fen.

    >>> equal_instalment_fen(100_000_000, Fraction("0.036"), 12)
    8496726
    """
    monthly = rate / MONTHS_IN_YEAR
    if monthly == 0:
        return half_up(Fraction(balance_fen, months))
    growth = (1 + monthly) ** months
    return half_up(balance_fen * monthly * growth / (growth - 1))


def _cut(part: Part, until: dt.date) -> Part:
    end = min(part.end, until)
    return replace(part, end=end, years=part.years * (end - part.begin).days / part.days)
