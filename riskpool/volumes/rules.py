"""What is counted as a bank's volume of a period, and whether an award may stand. Pure.

The amount itself is the formula of the measure (`riskpool.schemes.volume`); here are the facts that go into it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kernel.errors import Problem
from kernel.money import yuan_text
from riskpool.schemes.volume import LENT_VOLUME, VolumeScheme


@dataclass(frozen=True)
class LentLoan:
    """One loan that counts: its identity, the version of its terms, the day it was lent, its principal in fen."""

    loan: str
    terms: int
    number: str
    lent_on: dt.date
    fen: int


def facts_of(loans: Iterable[LentLoan]) -> dict[str, str]:
    """The facts a measure may ask for: the principal lent in the period, all loans together, in yuan as text."""
    return {LENT_VOLUME: yuan_text(sum(loan.fen for loan in loans))}


def ground_of(loans: Iterable[LentLoan]) -> str:
    """SHA-256 of what was counted: a loan more, less, or of other terms is another ground."""
    rows = sorted([loan.loan, loan.terms, loan.lent_on.isoformat(), loan.fen] for loan in loans)
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()


def faults_of_period(measure: VolumeScheme, first: dt.date, last: dt.date, on: dt.date) -> list[Problem]:
    """Why a period cannot be awarded for: out of order, not yet over, outside the measure's days, facts without a source.

    `first` and `last` are both included; `on` is the business day.
    """
    problems = []
    if last < first:
        problems.append(Problem("期间", f"{last} 早于 {first}", "止日不早于起日", "period_order"))
    if last >= on:
        problems.append(Problem("期间", f"{last} 尚未结束", "期间须在今天以前结束", "period_open"))
    for day in (first, last):
        if not measure.valid_on(day):
            span = f"{measure.valid_from or '—'} 至 {measure.valid_to or '—'}"
            problems.append(
                Problem("期间", f"{day} 不在办法有效期内（{span}）", "请改选期间或办法", "outside_measure")
            )
    problems += [
        Problem("办法", f"用到指标 {name}，本系统没有它的来源", "请改用只按放款量计算的办法", "no_source")
        for name in measure.metrics
        if name != LENT_VOLUME
    ]
    return list(dict.fromkeys(problems))


def faults_of_loans(loans: Sequence[LentLoan], counted: Mapping[str, str]) -> list[Problem]:
    """Why these loans cannot be counted: there is none, or one was counted under this measure before (number -> period)."""
    if not loans:
        return [Problem("放款", "期间内没有本机构可见的放款", "请核对银行与期间", "nothing_lent")]
    return [
        Problem(
            "放款", f"{number} 已计入 {period} 的核定", "同一笔贷款只计一次，请改选期间", "counted_before"
        )
        for number, period in counted.items()
    ]
