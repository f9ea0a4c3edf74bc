"""What was granted is asked back: by two persons, never more than was awarded; its use of limits is given back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.seats import permit
from finance.subsidies.actions.locking import (
    PREPARES,
    SIGNS,
    Kind,
    lock_application,
    lock_call,
    lock_meters,
    move,
)
from finance.subsidies.metering import ONCE, PARTS
from finance.subsidies.models import Award, AwardPayment, ClawBack, ClawBackReceipt, MeterEntry, PaymentResult
from finance.subsidies.queries import of_applications as asked
from finance.subsidies.queries.of_applications import left_of
from finance.subsidies.recovering import interest_back
from finance.subsidies.shelf import policy_of
from finance.subsidies.terms import COUNT_ENDING
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from finance.subsidies.terms import Recovery
    from kernel.work.models import Approval

CLAW_BACK = "subsidies.claw_back"


def _problems(
    award: Award, fen: int, text: str, ground: str, until: dt.date | None, on: dt.date
) -> Iterator[Problem]:
    left = left_of(award)
    if ground not in ClawBack.Ground.values:
        yield Problem("事由", ground or "未选择", "请从列出的事由中选择", "ground")
    if fen <= 0:
        yield Problem("追回金额", "不大于零", "请填写金额", "not_positive")
    elif fen > left:
        yield Problem(
            "追回金额",
            f"{yuan_text(fen, grouped=True)} 元",
            f"不超过尚未追回的 {yuan_text(left, grouped=True)} 元",
            "too_much",
        )
    if not text.strip():
        yield Problem("事实和依据", "未填写", "请写明事实、条款和证据", "required")
    if until is not None and until <= on:
        yield Problem("停止申报至", f"{until}", "应在今天以后；不停止的留空", "day")


def _interest_problems(recovery: Recovery, interest_fen: int | None) -> Iterator[Problem]:
    """Interest is what the measure says: by its rate, entered where it states none, none where it is silent."""
    if recovery.rate is None and recovery.interest and interest_fen is None:
        wanted = "办法规定计收利息而没有写明利率，请填写金额并在依据中写明"
        yield Problem("利息", "未填写", wanted, "interest")
    elif interest_fen and (recovery.rate is not None or not recovery.interest):
        told = "按办法的利率由系统计算" if recovery.rate is not None else "办法没有规定追回计收利息"
        yield Problem(
            "利息", f"填写了 {yuan_text(interest_fen, grouped=True)} 元", f"{told}，请留空", "interest"
        )


def paid_on(award: Award) -> dt.date | None:
    """The day on which the money of an award arrived; None where it never did or came back."""
    results = PaymentResult.objects.filter(payment__award=award, payment__state=AwardPayment.State.SUCCEEDED)
    last = results.filter(succeeded=True).order_by("-id").first()
    return last.day if last else None


@in_chinese
def propose_claw_back(
    *,
    by: Any,
    award_id: UUID,
    ground: str,
    fen: int,
    text: str,
    on: dt.date,
    excluded_until: dt.date | None = None,
    interest_fen: int | None = None,
) -> Approval:
    """Ask a second person to ask an award back, in whole or in part, with the interest that the measure lays on it;
    `interest_fen` only where it lays interest on it and states no rate."""
    permit(by, PREPARES)
    award = asked.awards(viewer=by).get(pk=award_id)
    recovery = policy_of(award.application.call.policy).recovery
    problems = [*_problems(award, fen, text, ground, excluded_until, on)]
    refuse_if_any([*problems, *_interest_problems(recovery, interest_fen)])
    interest = interest_back(recovery, fen, paid_on(award), on)
    command = {
        "award": str(award.pk), "fen": fen, "ground": ground, "text": text.strip()[:500],
        "excluded_until": excluded_until.isoformat() if excluded_until else None, "left": left_of(award),
        "interest": interest.fen if interest else interest_fen or 0, "interest_words": interest.words if interest else "",
    }  # fmt: skip
    summary = (
        f"追回补贴：{award.application.number} {award.payee.short_name} {yuan_text(fen, grouped=True)} 元"
    )
    return ask(by=by, kind=CLAW_BACK, command=command, subject=award, summary=summary[:200])


@executes(CLAW_BACK)
def _claw_back(approval: Approval, by: Any) -> ClawBack:
    """Refused when something of the award was asked back since."""
    permit(by, SIGNS)
    command = approval.command
    award = asked.awards(viewer=by).get(pk=command["award"])
    lock_call(award.application.call_id)
    application = lock_application(award.application_id)
    if left_of(award) != command["left"]:
        raise Refused(Problem("追回", "其间已有另一笔追回", "请退回重新提请", "ground_moved"))
    until = command["excluded_until"]
    row = ClawBack.objects.create(
        award=award, ground=command["ground"], text=command["text"], amount=money_of(command["fen"]),
        interest=money_of(command.get("interest", 0)), interest_words=command.get("interest_words", ""),
        excluded_until=dt.date.fromisoformat(until) if until else None, decided_on=approval.decided_on, approval=approval,
    )  # fmt: skip
    _give_back(award, application, row, by)
    record(by=by, verb="subsidies.claw_back", subject=row, summary=approval.summary)
    return row


def _give_back(award: Award, application: Any, row: ClawBack, by: Any) -> None:
    """The limits over this line are used less by what was asked back; a count only when nothing of the award is left.

    The pool of the call is not filled again: what comes back goes to the treasury.
    """
    policy = policy_of(application.call.policy)
    over = {limit.id for limit in policy.limits if award.line in limit.over}
    counted = {f"{award.line}{ending}" for ending in (COUNT_ENDING, ONCE, PARTS)}
    counts = counted if left_of(award) == 0 else set()
    granted: dict[UUID, int] = {}
    names: dict[UUID, str] = {}
    for entry in MeterEntry.objects.filter(application=application).select_related("meter"):
        sign = {Kind.GRANT: 1, Kind.TAKE_BACK: -1}.get(Kind(entry.kind), 0)
        granted[entry.meter_id] = granted.get(entry.meter_id, 0) + sign * entry.amount
        names[entry.meter_id] = entry.meter.limit
    moves: dict[tuple[UUID, str], int] = {}
    for meter, amount in granted.items():
        if names[meter] in over and amount:
            moves[(meter, Kind.TAKE_BACK)] = min(amount, fen_of(row.amount))
        elif names[meter] in counts and amount:
            moves[(meter, Kind.TAKE_BACK)] = 1
    lock_meters([], also=[meter for meter, _ in moves])
    move(key=f"claw_back:{row.pk}", moves={application: moves}, by=by)


@in_chinese
@transaction.atomic
def receive_back(
    *, by: Any, claw_back_id: UUID, fen: int, day: dt.date, reference: str, on: dt.date
) -> ClawBackReceipt:
    """Record money that came back to the treasury; never more than was asked."""
    permit(by, PREPARES)
    found = ClawBack.objects.select_related("award__application").filter(
        pk=claw_back_id, award__in=asked.awards(viewer=by)
    ).first()  # fmt: skip
    if found is None:
        raise ClawBack.DoesNotExist
    lock_call(found.award.application.call_id)
    came = sum(fen_of(one.amount) for one in found.receipts.all())
    due = fen_of(found.amount) + fen_of(found.interest) - came
    problems = []
    if not 0 < fen <= due:
        problems.append(
            Problem(
                "到账金额",
                yuan_text(fen, grouped=True),
                f"大于零，不超过未到账的 {yuan_text(due, grouped=True)} 元",
                "amount",
            )
        )
    if not found.decided_on <= day <= on:
        problems.append(Problem("到账日", f"{day}", f"应在 {found.decided_on} 至 {on}", "day"))
    if not reference.strip():
        problems.append(Problem("凭证号", "未填写", "请填写国库或银行回单号", "required"))
    elif found.receipts.filter(reference=reference.strip()[:80]).exists():
        problems.append(Problem("凭证号", f"“{reference.strip()}”已登记过", "请核对回单号", "duplicate"))
    refuse_if_any(problems)
    row = ClawBackReceipt.objects.create(
        claw_back=found,
        amount=money_of(fen),
        day=day,
        reference=reference.strip()[:80],
        recorded_by=by.account,
    )
    record(
        by=by,
        verb="subsidies.received_back",
        subject=found,
        summary=f"追回到账 {yuan_text(fen, grouped=True)} 元",
    )
    return row
