"""What a loan's interest hangs on: its conditions, what happened to its balance, and the conventions of the trade."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.yuan import yuan_text
from kernel.reading import Reading
from kernel.strict_yaml import Written

BULLET = "bullet"
MONTHLY_INTEREST = "monthly_interest"
QUARTERLY_INTEREST = "quarterly_interest"
EQUAL_INSTALMENT = "equal_instalment"
EQUAL_PRINCIPAL = "equal_principal"
REPAYMENTS = (BULLET, MONTHLY_INTEREST, QUARTERLY_INTEREST, EQUAL_INSTALMENT, EQUAL_PRINCIPAL)
BY_INSTALMENTS = (EQUAL_INSTALMENT, EQUAL_PRINCIPAL)


@dataclass(frozen=True)
class RateStep:
    """From this day on the yearly rate, a share of one; None: the value it follows is not published yet."""

    since: dt.date
    rate: Fraction | None


@dataclass(frozen=True)
class Draw:
    """Money lent on a day; the day itself bears interest."""

    on: dt.date
    fen: int


@dataclass(frozen=True)
class Early:
    """Principal paid back before its time; the day itself no longer bears interest."""

    on: dt.date
    fen: int


Event = Draw | Early


@dataclass(frozen=True)
class Terms:
    """A loan's conditions. `rates`: the first step holds from the first draw on. `basis`: ACT/360, ACT/365 or the number."""

    principal_fen: int
    disbursed_on: dt.date
    due_on: dt.date
    rates: tuple[RateStep, ...]
    repayment: str
    basis: str | int

    @classmethod
    def fixed(
        cls,
        principal_fen: int,
        rate: Fraction,
        disbursed_on: dt.date,
        due_on: dt.date,
        repayment: str,
        basis: str | int,
    ) -> Terms:
        """A loan whose rate does not change."""
        return cls(principal_fen, disbursed_on, due_on, (RateStep(disbursed_on, rate),), repayment, basis)

    def rate_on(self, day: dt.date) -> Fraction | None:
        """The rate of a day."""
        return [step for step in self.rates if step.since <= max(day, self.rates[0].since)][-1].rate


@dataclass(frozen=True)
class Conventions:
    """When interest is settled: the day of the month, itself in the period; the months that end a quarter; how many days
    later it is paid; and the span of uplifts for overdue loans and for misuse, each with where it is written."""

    settlement_day: int
    quarter_months: tuple[int, ...]
    pays_after_days: int
    overdue_uplift: tuple[Fraction, Fraction]
    misuse_uplift: tuple[Fraction, Fraction]
    sources: Mapping[str, tuple[str, str, str]]  # part of the file -> what, source, mark
    in_english: Mapping[str, str]  # part of the file -> what, for English pages


def read_conventions(written: Written) -> Conventions:
    """The conventions of `interest.yaml`; refused with every fault and its place."""
    reading = Reading(written, "interest_file")
    top = reading.top
    top.text("title")
    parts = {name: top.needed(name) for name in ("settlement", "instalments", "penalty", "day_count")}
    settlement, penalty = parts["settlement"], parts["penalty"]
    read = Conventions(
        settlement_day=settlement.whole("day", least=1),
        quarter_months=settlement.wholes("quarter_months"),
        pays_after_days=settlement.whole("pays_after_days", least=0),
        overdue_uplift=penalty.span("overdue_uplift"),
        misuse_uplift=penalty.span("misuse_uplift"),
        sources={
            name: (part.text("about"), part.text("source"), part.mark()) for name, part in parts.items()
        },
        in_english={name: part.text("about_en", "") for name, part in parts.items()},
    )
    if not 1 <= read.settlement_day <= 28:
        settlement.fault("day", f"{read.settlement_day}", "结息日须每月都有，请填 1 至 28")
    if not read.quarter_months or not all(1 <= month <= 12 for month in read.quarter_months):
        settlement.fault("quarter_months", "缺少或不是月份", "请写成 ['3', '6', '9', '12']")
    for part in parts.values():
        part.only()
    top.only()
    reading.refuse_if_any()
    return read


def refuse_if_contradictory(terms: Terms, events: Sequence[Event]) -> None:
    """Refused with everything that cannot be: no principal, an end before the beginning, more paid back than was lent."""
    refuse_if_any([*_faults_of_terms(terms), *_faults_of_events(terms, events)])


def _faults_of_terms(terms: Terms) -> Iterator[Problem]:
    if terms.principal_fen <= 0:
        yield Problem("本金", yuan_text(terms.principal_fen), "须大于零", "interest_terms")
    if terms.due_on <= terms.disbursed_on:
        yield Problem(
            "到期日", f"{terms.due_on} 不晚于放款日 {terms.disbursed_on}", "请核对两个日期", "interest_terms"
        )
    if terms.repayment not in REPAYMENTS:
        yield Problem("还款方式", terms.repayment, f"可用：{'、'.join(REPAYMENTS)}", "interest_terms")
    if not terms.rates or any(step.rate is not None and step.rate < 0 for step in terms.rates):
        yield Problem("利率", "缺少或小于零", "请填写年利率", "interest_terms")
    if [step.since for step in terms.rates] != sorted({step.since for step in terms.rates}):
        yield Problem("利率", "各段起始日不是依次递增", "请按日期先后填写，每日一段", "interest_terms")


def _faults_of_events(terms: Terms, events: Sequence[Event]) -> Iterator[Problem]:
    balance = lent = 0
    for event in in_order(terms, events):
        where = f"{event.on} {'放款' if isinstance(event, Draw) else '提前还款'}"
        if event.fen <= 0:
            yield Problem(where, yuan_text(event.fen), "金额须大于零", "interest_event")
        if not terms.disbursed_on <= event.on < terms.due_on and isinstance(event, Draw):
            yield Problem(
                where, "不在放款日与到期日之间", f"{terms.disbursed_on} 至到期日前", "interest_event"
            )
        if isinstance(event, Early) and not terms.disbursed_on < event.on <= terms.due_on:
            yield Problem(where, "不在放款日之后、到期日之前", f"至 {terms.due_on}", "interest_event")
        balance += event.fen if isinstance(event, Draw) else -event.fen
        lent += event.fen if isinstance(event, Draw) else 0
        if balance < 0:
            yield Problem(
                where, f"还款超过当日余额 {yuan_text(-balance)} 元", "请核对还款金额", "interest_event"
            )
            balance = 0
    if lent > terms.principal_fen:
        found = f"放款合计 {yuan_text(lent)} 元，超过本金 {yuan_text(terms.principal_fen)} 元"
        yield Problem("放款", found, "请核对本金或各笔放款", "interest_event")


def in_order(terms: Terms, events: Sequence[Event]) -> list[Event]:
    """By day, what was lent on a day before what was paid back on it; without a draw all is lent on `disbursed_on`."""
    if not any(isinstance(event, Draw) for event in events):
        events = [Draw(terms.disbursed_on, terms.principal_fen), *events]
    return sorted(events, key=lambda event: (event.on, isinstance(event, Early)))


def half_up(exact: Fraction) -> int:
    """Whole fen, a half goes up (四舍五入); interest is never negative.

    >>> half_up(Fraction(5, 2)), half_up(Fraction(249, 100))
    (3, 2)
    """
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


class NotPublishedYet(Refused):
    """A sum over days whose rate is not known yet: pending, which is neither zero nor refused for good."""
