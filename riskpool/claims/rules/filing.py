"""What must be there to file a claim: loss within its bounds, waiting days, papers. Amounts in fen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from finance.loans.rules import accrued_interest_fen, is_claimable, overdue_days
from kernel.days import add_months
from kernel.errors import Problem
from kernel.money import yuan_text
from riskpool.pools.procedure import Figure, Procedure

COMPONENTS = {"principal": "本金", "interest": "利息", "penalty": "罚息", "costs": "费用"}


@dataclass(frozen=True)
class Default:
    """What is known of the loan when a claim is filed: outstanding balance (fen) and the first overdue day."""

    balance_fen: int
    overdue_since: dt.date | None


def filing_problems(
    loss: Mapping[str, int], default: Default, evidence: Collection[str], procedure: Procedure, on: dt.date
) -> list[Problem]:
    """Everything that keeps a claim from being filed today, all at once."""
    problems = [*loss_problems(loss, default), *_waiting_problems(default, procedure, on)]
    for kind in procedure.evidence:
        if kind.required and kind.kind not in evidence:
            problems.append(Problem("证据材料", f"缺少“{kind.title}”", "请上传该项材料", "evidence"))
    problems += _cost_problems(loss.get("costs", 0), evidence, procedure)
    return problems


def _cost_problems(costs_fen: int, evidence: Collection[str], procedure: Procedure) -> list[Problem]:
    """Only documented costs of third parties are claimed (loss-sharing 7, item 8): a paper of a kind that proves them."""
    proving = [kind for kind in procedure.evidence if kind.proves_costs]
    if costs_fen <= 0 or any(kind.kind in evidence for kind in proving):
        return []
    wanted = "请上传" + "或".join(f"“{kind.title}”" for kind in proving) if proving else "本资金池不补偿费用"
    return [
        Problem(
            "费用", f"申请 {yuan_text(costs_fen, grouped=True)} 元，没有第三方票据", wanted, "costs_unproved"
        )
    ]


def most_penalty_fen(
    balance_fen: int, rate_percent: Decimal, overdue_since: dt.date, on: dt.date, basis: int, times: Fraction
) -> int:
    """The most penalty interest that can have run (fen): the balance at `times` the contract rate since the first
    overdue day; the procedure's file says how many times and by which rule."""
    plain = accrued_interest_fen(balance_fen, rate_percent, overdue_since, on, basis)
    return floor(plain * times)


def penalty_problems(penalty_fen: int, most_fen: int, times: Figure) -> list[Problem]:
    """Penalty interest above what can have run is refused."""
    if penalty_fen <= most_fen:
        return []
    asked, most = yuan_text(penalty_fen, grouped=True), yuan_text(most_fen, grouped=True)
    found = f"申请 {asked} 元，高于自逾期日起至多可计的 {most} 元"
    return [Problem("罚息", found, f"请核对罚息（{times.article}）", "penalty_too_high")]


def overdue_contradictions(
    since: dt.date, earlier: Sequence[tuple[dt.date, dt.date | None]]
) -> list[Problem]:
    """Earlier returns that say otherwise than the day since when the loan is overdue, as warnings.

    `earlier` holds (first day of the month, overdue since or None) as each month was last stated. A month that ended on
    or after that day and reported no delay, or reported another first day, contradicts it.

    >>> months = [(dt.date(2026, 6, 1), None), (dt.date(2026, 7, 1), None), (dt.date(2026, 8, 1), dt.date(2026, 7, 1))]
    >>> [problem.where for problem in overdue_contradictions(dt.date(2026, 7, 1), months)]
    ['2026-07 月报']
    """
    found = []
    for month, stated in earlier:
        last_day = add_months(month, 1) - dt.timedelta(days=1)
        if last_day < since and stated is None:
            continue
        if stated == since:
            continue
        said = f"报告逾期起始日为 {stated}" if stated else "报告没有逾期"
        found.append(
            Problem(
                f"{month:%Y-%m} 月报", f"{said}，与申请的逾期起始日 {since} 不一致",
                "请银行说明或更正月报", "overdue_contradicted", "warning",
            )
        )  # fmt: skip
    return found


def loss_problems(loss: Mapping[str, int], default: Default) -> list[Problem]:
    """What is wrong with the figures of a loss themselves: below zero, nothing at all, above the balance."""
    problems = []
    for component, title in COMPONENTS.items():
        if loss.get(component, 0) < 0:
            problems.append(Problem(title, "为负数", "请填写不小于零的金额", "negative"))
    if sum(loss.values()) <= 0:
        problems.append(Problem("损失金额", "合计为零", "请填写损失本金", "nothing_claimed"))
    if loss.get("principal", 0) > default.balance_fen:
        balance = yuan_text(default.balance_fen, grouped=True)
        claimed = yuan_text(loss["principal"], grouped=True)
        problems.append(
            Problem(
                "本金",
                f"申请 {claimed} 元，高于最近月报余额 {balance} 元",
                "不得高于未还本金；余额有误请先更正月报",
                "above_balance",
            )
        )
    return problems


def _waiting_problems(default: Default, procedure: Procedure, on: dt.date) -> list[Problem]:
    needed = procedure.waiting_days
    if default.overdue_since is None:
        return [Problem("逾期", "最近月报未报告逾期", "请先在月报中报告逾期起始日", "not_overdue")]
    if is_claimable(default.overdue_since, on, needed.whole):
        return []
    days = overdue_days(default.overdue_since, on)
    left = needed.whole - days
    return [
        Problem(
            "等待期",
            f"已逾期 {days} 日，须满 {needed.whole} 日（{needed.article}）",
            f"还差 {left} 日，{on + dt.timedelta(days=left)} 起可申请",
            "waiting",
        )
    ]


def claim_number(day: dt.date, number: int) -> str:
    """The number under which people speak of a claim.

    >>> claim_number(dt.date(2026, 11, 20), 7)
    'BC-20261120-0007'
    """
    return f"BC-{day:%Y%m%d}-{number:04d}"
