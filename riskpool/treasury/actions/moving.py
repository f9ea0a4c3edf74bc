"""Money of a pool besides claims: interest of an account, a contributor taking money back, a call for replenishment."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from finance.parties.models import Organisation
from finance.parties.queries import payee_in_force
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from riskpool.ledger import actions as ledger
from riskpool.ledger import queries as ledger_queries
from riskpool.ledger.models import Journal
from riskpool.ledger.rules import Line, leaves
from riskpool.pools.actions.locking import (
    LARGEST_POSTING_FEN,
    OF_MONEY,
    PREPARE_MONEY,
    PREPARES,
    SIGN_MONEY,
    SIGNS,
    Seat,
    lock_pool,
    not_in_the_future,
    require_seat,
)
from riskpool.pools.models import Pool, PoolSource
from riskpool.treasury import queries
from riskpool.treasury.actions.ordering import order
from riskpool.treasury.actions.stating import match_open_lines
from riskpool.treasury.marks import cited
from riskpool.treasury.models import CalledShare, PaymentInstruction, ReplenishmentCall

if TYPE_CHECKING:
    from uuid import UUID

    from kernel.work.models import Approval


def _amount_problems(where: str, fen: int) -> list[Problem]:
    if fen <= 0:
        return [Problem(where, "不大于零", "请填写金额", "not_positive")]
    if fen > LARGEST_POSTING_FEN:
        return [Problem(where, "超出可记账的范围", "请核对单位是元还是万元", "too_large")]
    return []


def _with_pool(source: Any) -> PoolSource:
    return PoolSource.objects.select_related("pool", "cash", "free", "organisation").get(pk=source)


# --- interest ---


def interest_problems(pool: Pool) -> list[Problem]:
    """Interest is booked to the pool only where its procedure says that it rolls in."""
    rule = queries.custody_of(pool).interest
    if rule.rolls_in:
        return []
    return [
        Problem("结息", f"办事规则约定利息不滚入资金池（{cited(rule)}）", "请按约定另行上缴", "no_roll_in")
    ]


def interest_key(source: PoolSource, reference: str) -> str:
    """One journal for a number of the bank, whether it was registered or a statement's line was explained by it."""
    return f"interest:{source.pk}:{reference}"


def _booked_problems(source: PoolSource, fen: int, day: dt.date, reference: str) -> list[Problem]:
    """The same interest is not booked again: neither its number, nor what a line of about that day was explained by."""
    if Journal.objects.filter(key=interest_key(source, reference)).exists():
        return [Problem("凭证号", f"“{reference}”已登记过", "请核对银行回单号", "duplicate")]
    line = queries.line_booked_as_interest(source, fen, day, reference)
    if line is None:
        return []
    found = f"对账单 {line.day} 该笔 {yuan_text(fen_of(line.amount), grouped=True)} 元已解释为利息并入账"
    return [Problem("结息", found, "不得重复登记；确为另一笔的，请核对回单号、金额和日期", "booked_already")]


def propose_interest(
    *, by: Any, source: PoolSource, fen: int, day: dt.date, reference: str, on: dt.date
) -> Approval:
    """Ask a second person to book interest that the custodian bank has paid on a source's account."""
    require_seat(by, source.pool, OF_MONEY)
    permit(by, *PREPARE_MONEY)
    problems = [
        *_amount_problems("利息", fen),
        *not_in_the_future("结息日", day, on),
        *interest_problems(source.pool),
    ]
    if not reference.strip():
        problems.append(Problem("凭证号", "未填写", "请填写银行回单号", "required"))
    refuse_if_any(problems)
    refuse_if_any(_booked_problems(source, fen, day, reference.strip()))
    rule = queries.custody_of(source.pool).interest
    command = {"source": str(source.pk), "fen": fen, "day": day.isoformat(), "reference": reference.strip()}
    summary = f"{source.pool.name} {source.name} 专户结息 {yuan_text(fen, grouped=True)} 元"
    basis = {"rule": cited(rule)}
    return ask(by=by, kind="treasury.interest", command=command, subject=source, summary=summary, basis=basis)


@executes("treasury.interest")
def _interest(approval: Approval, by: Any) -> Journal:
    command = approval.command
    permit(by, *SIGN_MONEY)
    source = _with_pool(command["source"])
    require_seat(by, source.pool, OF_MONEY)
    lock_pool(source.pool_id)
    day, reference = dt.date.fromisoformat(command["day"]), command["reference"]
    refuse_if_any(
        [*interest_problems(source.pool), *_booked_problems(source, command["fen"], day, reference)]
    )
    journal = ledger.post(
        key=interest_key(source, reference), kind=Journal.Kind.INTEREST, day=day, memo=approval.summary,
        lines=[Line(source.cash_id, source.free_id, command["fen"])], by=by, approval=approval,
    )  # fmt: skip
    match_open_lines(source)
    record(by=by, verb="treasury.interest", subject=source, summary=approval.summary)
    return journal


# --- a contributor takes money back ---


@dataclass(frozen=True)
class WithdrawalEffect:
    """What a withdrawal would leave (fen), and the leverage (exposure over cash) before and after; None without cash."""

    free_before: int
    free_after: int
    cash_after: int
    exposure: int
    leverage_before: Fraction | None
    leverage_after: Fraction | None


def withdrawal_effect(source: PoolSource, fen: int) -> WithdrawalEffect:
    """The pool after a withdrawal from one source."""
    held = queries.pools.sources_of(source.pool)
    cash = sum(ledger_queries.balance(one.cash) for one in held)
    free = next(ledger_queries.balance(one.free) for one in held if one.pk == source.pk)
    exposure = queries.pools.live_exposure(source.pool)
    return WithdrawalEffect(
        free_before=free, free_after=free - fen, cash_after=cash - fen, exposure=exposure,
        leverage_before=Fraction(exposure, cash) if cash else None,
        leverage_after=Fraction(exposure, cash - fen) if cash > fen else None,
    )  # fmt: skip


def withdrawal_problems(source: PoolSource, fen: int) -> list[Problem]:
    """Why money may not be taken back: it is not free, the pool would hold less than its procedure wants, the leverage
    would pass what it allows, payouts are frozen, or nobody knows where to pay it."""
    effect, custody = withdrawal_effect(source, fen), queries.custody_of(source.pool)
    problems = list(queries.frozen(source.pool))
    if effect.free_after < 0:
        found = (
            f"可用 {yuan_text(effect.free_before, grouped=True)} 元，收回 {yuan_text(fen, grouped=True)} 元"
        )
        problems.append(Problem(f"{source.name}可用余额", found, "只能收回未预留的资金", "overdrawn"))
    if effect.cash_after < custody.least_balance.value * 100:
        found = f"收回后全池余额 {yuan_text(effect.cash_after, grouped=True)} 元"
        least = yuan_text(int(custody.least_balance.value * 100), grouped=True)
        wanted = f"不得低于 {least} 元（{cited(custody.least_balance)}）"
        problems.append(Problem("留存余额", found, wanted, "below_least"))
    most = custody.most_leverage
    if effect.exposure and effect.exposure > most.value * max(effect.cash_after, 0):
        exposure, after = yuan_text(effect.exposure, grouped=True), yuan_text(effect.cash_after, grouped=True)
        found = f"在池敞口 {exposure} 元，收回后余额 {after} 元"
        wanted = f"放大倍数不得超过 {multiple_text(most.value)} 倍（{cited(most)}）"
        problems.append(Problem("放大倍数", found, wanted, "leverage"))
    if payee_in_force(source.organisation) is None:
        found = f"{source.organisation.short_name}没有登记收款账户"
        problems.append(Problem("收款账户", found, "请该机构两人登记收款账户", "no_payee"))
    return problems


def multiple_text(value: Fraction) -> str:
    """A multiple as it is written in the file.

    >>> multiple_text(Fraction(10)), multiple_text(Fraction(25, 2))
    ('10', '12.5')
    """
    if value.denominator == 1:
        return str(value.numerator)
    hundredths = value.numerator * 100 // value.denominator
    return f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0")


def propose_withdrawal(*, by: Any, source: PoolSource, fen: int, basis: str, on: dt.date) -> Approval:
    """Ask a second person to pay free money of a source back to its contributor. The command names no day: the money
    moves on the day of the approval."""
    source = _with_pool(source.pk)
    require_seat(by, source.pool, (Seat.BUREAU,))
    permit(by, PREPARES)
    problems = _amount_problems("收回金额", fen)
    if not basis.strip():
        problems.append(Problem("依据", "未填写", "请写明依据（文件、协议条款）", "required"))
    refuse_if_any(problems or withdrawal_problems(source, fen))
    payee = payee_in_force(source.organisation)
    assert payee is not None, "refused above"
    command = {
        "source": str(source.pk), "fen": fen, "basis": basis.strip()[:200], "payee": str(payee.pk),
        "leaves": leaves(Journal.Kind.WITHDRAWAL, [("", source.cash_id, fen)]),
    }  # fmt: skip
    summary = f"{source.pool.name} {source.name} 出资方收回 {yuan_text(fen, grouped=True)} 元至 {payee}"
    effect = withdrawal_effect(source, fen)
    shown = {"free_after": effect.free_after, "cash_after": effect.cash_after, "exposure": effect.exposure}
    return ask(by=by, kind="treasury.withdraw", command=command, subject=source, summary=summary, basis=shown)


@executes("treasury.withdraw")
def _withdraw(approval: Approval, by: Any) -> list[PaymentInstruction]:
    command = approval.command
    permit(by, SIGNS)
    seen = _with_pool(command["source"])
    require_seat(by, seen.pool, (Seat.BUREAU,))
    Organisation.objects.select_for_update(no_key=True).get(pk=seen.organisation_id)  # no payee changes
    lock_pool(seen.pool_id)
    source = _with_pool(seen.pk)
    refuse_if_any(withdrawal_problems(source, command["fen"]))
    payee = payee_in_force(source.organisation)
    if payee is None or str(payee.pk) != command["payee"]:
        raise Refused(Problem("收款账户", "提请后已变更", "请核对新账户后重新提请", "payee_moved"))
    day = approval.decided_on
    journal = ledger.post(
        key=f"withdrawal:{approval.pk}", kind=Journal.Kind.WITHDRAWAL, day=day, memo=approval.summary,
        lines=[Line(source.free_id, source.cash_id, command["fen"])], by=by, approval=approval,
    )  # fmt: skip
    found = order(subject=source, journal=journal, payee=payee, day=day, purpose=f"{source.name} 出资收回")
    record(by=by, verb="treasury.withdraw", subject=source, summary=approval.summary)
    return found


# --- a call for replenishment ---


def propose_call(
    *, by: Any, pool_id: UUID, target_fen: int, due_on: dt.date, basis: str, on: dt.date
) -> Approval:
    """Ask a second person to call on the sources to bring the pool back to a size, by the agreed ratio.

    The command names no day: the call is made on the day of the approval.
    """
    pool = queries.pools.pool(viewer=by, pool_id=pool_id)
    require_seat(by, pool, (Seat.BUREAU,))
    permit(by, PREPARES)
    problems = [*_amount_problems("目标规模", target_fen), *_due_problems(due_on, on)]
    if not basis.strip():
        problems.append(Problem("依据", "未填写", "请写明依据（办法或协议条款）", "required"))
    asked = queries.standings(pool, target_fen, on) if not problems else []
    if not problems and not any(row.asked for row in asked):
        problems.append(Problem("目标规模", "资金池已达到目标规模", "无需补充", "nothing_needed"))
    refuse_if_any(problems)
    command = {
        "pool": str(pool.pk), "target_fen": target_fen, "due_on": due_on.isoformat(),
        "basis": basis.strip()[:200], "asked": {row.source.code: row.asked for row in asked},
    }  # fmt: skip
    total = yuan_text(sum(row.asked for row in asked), grouped=True)
    summary = f"{pool.name} 补充出资通知 {total} 元，{due_on} 前到位"
    shown = [{"name": row.source.name, "contributed": row.contributed, "asked": row.asked} for row in asked]
    return ask(
        by=by, kind="treasury.call", command=command, subject=pool, summary=summary, basis={"shares": shown}
    )


def _due_problems(due_on: dt.date, on: dt.date) -> list[Problem]:
    if due_on >= on:
        return []
    return [Problem("到位期限", f"{due_on} 早于今天（{on}）", "请以今天或以后的日期提请", "past")]


@executes("treasury.call")
def _call(approval: Approval, by: Any) -> ReplenishmentCall:
    command = approval.command
    permit(by, SIGNS)
    pool = lock_pool(command["pool"])
    require_seat(by, pool, (Seat.BUREAU,))
    day, due_on = approval.decided_on, dt.date.fromisoformat(command["due_on"])
    refuse_if_any(_due_problems(due_on, day))
    now = queries.standings(pool, command["target_fen"], day)
    if {row.source.code: row.asked for row in now} != command["asked"]:
        raise Refused(
            Problem("补充出资", "提请后资金池余额或出资已变", "请按现在的数字重新提请", "basis_moved")
        )
    number = f"{pool.code}-BC-{ReplenishmentCall.objects.filter(pool=pool).count() + 1:04d}"
    call = ReplenishmentCall.objects.create(
        number=number, pool=pool, day=day, due_on=due_on,
        target=money_of(command["target_fen"]), basis=command["basis"], approval=approval,
    )  # fmt: skip
    CalledShare.objects.bulk_create(
        CalledShare(
            call=call, source=row.source, contributed=money_of(row.contributed), asked=money_of(row.asked)
        )
        for row in now
    )
    record(by=by, verb="treasury.call", subject=call, summary=f"{number} {approval.summary}")
    return call
