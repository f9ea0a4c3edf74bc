"""Pure rules of a claim: what must be there to file it, and how returned money reaches the sources of one party.

Values in, values out; amounts in fen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from finance.loans.rules import is_claimable, overdue_days
from kernel.errors import Problem
from kernel.money import split, yuan_text
from riskpool.pools.procedure import Procedure

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
    problems = [*_loss_problems(loss, default), *_waiting_problems(default, procedure, on)]
    for kind in procedure.evidence:
        if kind.required and kind.kind not in evidence:
            problems.append(Problem("证据材料", f"缺少“{kind.title}”", "请上传该项材料", "evidence"))
    return problems


def _loss_problems(loss: Mapping[str, int], default: Default) -> list[Problem]:
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


def cumulative_split(total_fen: int, weights: Mapping[str, int], had: Mapping[str, int]) -> dict[str, int]:
    """What each of several payers of one party gets now, when `total_fen` is the running total returned to the party.

    The running total is split by what each bore and the difference paid, so that many pieces give what one would. A
    difference below zero is set to 0 and its fen taken from the largest difference, from the end of the listed order
    (loss-sharing.md 5.8).

    >>> cumulative_split(100, {"city": 1, "district": 1}, {"city": 20, "district": 20})
    {'city': 30, 'district': 30}
    """
    if not any(weights.values()):
        assert total_fen == 0, "money returned to a party that bore nothing"
        return dict.fromkeys(weights, 0)
    entitled = split(total_fen, weights)
    differences = {name: entitled[name] - had.get(name, 0) for name in weights}
    short = -sum(fen for fen in differences.values() if fen < 0)
    paid = {name: max(fen, 0) for name, fen in differences.items()}
    while short:
        largest = max(reversed(list(paid)), key=lambda name: paid[name])
        taken = min(short, paid[largest])
        assert taken, "the running total fell below what has been returned"
        paid[largest] -= taken
        short -= taken
    return paid


def claim_number(day: dt.date, number: int) -> str:
    """The number under which people speak of a claim.

    >>> claim_number(dt.date(2026, 11, 20), 7)
    'BC-20261120-0007'
    """
    return f"BC-{day:%Y%m%d}-{number:04d}"
