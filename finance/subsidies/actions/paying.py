"""Awards by two persons once the public list stood its time; payment files by two persons; what the bank answered."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from finance.parties.models import Organisation
from finance.parties.queries import payees_in_force
from finance.parties.seats import permit
from finance.subsidies.actions.calls import lapse
from finance.subsidies.actions.locking import (
    PREPARES,
    SIGNS,
    Kind,
    lock_applications,
    lock_call,
    lock_meters,
    move,
)
from finance.subsidies.actions.stepping import move_on
from finance.subsidies.models import (
    Application,
    Award,
    AwardPayment,
    PaymentFile,
    PaymentResult,
    Plan,
    Step,
    SubsidyCall,
)
from finance.subsidies.queries import of_applications as asked
from finance.subsidies.queries.gathering import OTHER_SUBSIDY
from finance.subsidies.queries.of_applications import left_of
from finance.subsidies.queries.of_knowledge import excluded
from finance.subsidies.queries.of_meters import meters_held, reserved_by
from finance.subsidies.reads import facts_read
from finance.subsidies.shelf import policy_of
from kernel.acts.actions import record
from kernel.calendars.queries import working_calendar
from kernel.chinese import in_chinese
from kernel.documents.actions import keep_file, next_number
from kernel.documents.rules import canonical_json
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from kernel.work.models import Approval

AWARD, PAY, RETURNED = "subsidies.award", "subsidies.pay", "subsidies.returned"
State = Application.State
HEADINGS = ("序号", "收款户名", "收款账号", "开户行", "金额（元）", "用途")


# --- awards ---


def award_problems(plan: Plan, on: dt.date) -> Iterator[Problem]:
    """What keeps a list from being granted."""
    if plan.state != Plan.State.PUBLIC:
        yield Problem("名单", f"现为“{plan.get_state_display()}”", "公示中的名单才能核定", "wrong_state")
        return
    yield from _public_days(plan, on)
    yield from _changed_since(plan, on)
    for objection in plan.objections.select_related("outcome"):
        outcome = getattr(objection, "outcome", None)
        if outcome is None:
            yield Problem(
                "异议",
                f"{objection.received_on} {objection.said_by}的异议尚未处理",
                "请先核实并登记结果",
                "open",
            )
        elif outcome.upheld:
            yield Problem("异议", f"{objection.said_by}的异议成立", "请作废名单，处理后重新拟定", "upheld")
    legal = policy_of(plan.call.policy).legal_status
    if legal and not plan.call.basis.get("released"):
        yield Problem("政策效力", legal, "请在申报通知中登记放行依据后再核定", "legal_status")


def _public_days(plan: Plan, on: dt.date) -> Iterator[Problem]:
    """The days of the public list, counted anew with the calendar of now: it may have been announced only since."""
    assert plan.objections_until is not None, "it is public"
    assert plan.published_on is not None, "it is public"
    calendar = working_calendar()
    until = max(plan.objections_until, calendar.add(plan.published_on, plan.call.public_days))
    if on <= until:
        yield Problem("公示期", f"至 {until}", "公示期满后再核定", "still_public")
    elif calendar.provisional(until, since=plan.published_on):
        found = f"{plan.published_on} 至 {until} 跨入尚未公布放假安排的年份，公示期不能确定"
        yield Problem("公示期", found, "请先载入该年的工作日历", "provisional")


def _changed_since(plan: Plan, on: dt.date) -> Iterator[Problem]:
    """What became known after the list was drawn and alone forbids a payment: an exclusion, another subsidy on the loan."""
    lines = list(plan.lines.select_related("application__enterprise"))
    out = excluded({line.application.enterprise_id for line in lines}, on)
    numbers = {line.application_id: line.application for line in lines}
    for application in numbers.values():
        if application.enterprise_id in out:
            until = out[application.enterprise_id].excluded_until
            found = f"该企业 {until} 前不得申报"
            yield Problem(application.number, found, "请作废名单，不予补贴后重新拟定", "excluded")
    if OTHER_SUBSIDY not in facts_read(policy_of(plan.call.policy)):
        return
    paid = Award.objects.filter(
        application__loan__in=[one.loan_id for one in numbers.values() if one.loan_id],
        recorded_at__gte=plan.recorded_at,
    ).exclude(application__call__policy__family=plan.call.policy.family)
    for award in paid.select_related("application__call"):
        found = f"其贷款已由“{award.application.call.title}”补贴（{award.application.number}）"
        yield Problem("名单", found, "请作废名单，重新审核后拟定", "moved")


@in_chinese
def propose_award(*, by: Any, plan_id: UUID, on: dt.date) -> Approval:
    """Ask a second person to grant what the public list says."""
    permit(by, PREPARES)
    plan = asked.plan(viewer=by, plan_id=plan_id)
    refuse_if_any(award_problems(plan, on))
    command = {"plan": str(plan.pk), "sha256": plan.sha256}
    summary = f"核定补贴：{plan.call.title} {yuan_text(fen_of(plan.total), grouped=True)} 元"
    basis = {"published_on": str(plan.published_on), "objections_until": str(plan.objections_until)}
    return ask(by=by, kind=AWARD, command=command, subject=plan, summary=summary[:200], basis=basis)


@executes(AWARD)
def _award(approval: Approval, by: Any) -> Plan:
    """What was held of limits and pool becomes granted, line by line of the list."""
    permit(by, SIGNS)
    plan = asked.plan(viewer=by, plan_id=approval.command["plan"])
    call = lock_call(plan.call_id)
    locked = lock_applications(call, State.PLANNED, State.LISTED)
    applications = [one for one in locked if one.state == State.PLANNED]
    listed = [one for one in locked if one.state == State.LISTED]
    plan = Plan.objects.select_related("call__policy").get(pk=plan.pk)
    day = approval.decided_on
    refuse_if_any(award_problems(plan, day))
    if plan.sha256 != approval.command["sha256"]:
        raise Refused(Problem("名单", "与提请时不同", "请退回重新提请", "ground_moved"))
    held = reserved_by(applications)
    lock_meters([], also=meters_held(held))
    Award.objects.bulk_create(
        Award(
            plan_line=line, application_id=line.application_id, line=line.line, payee_id=line.payee_id,
            amount=line.amount, awarded_on=day, approval=approval,
        )
        for line in plan.lines.order_by("seq")
        if fen_of(line.amount)
    )  # fmt: skip
    moves: dict[Application, dict[tuple[UUID, str], int]] = {
        one: {(meter, Kind.GRANT): amount for meter, amount in held[one.pk].items()} for one in applications
    }
    move(key=f"award:{plan.pk}", moves=moves, by=by)
    move_on(applications, State.AWARDED, Step.Kind.AWARDED, by=by, on=day)
    plan.state = Plan.State.PAID
    plan.save(update_fields=["state"])
    lapse(listed, by=by, on=day)
    call.state = SubsidyCall.State.DECIDED
    call.save(update_fields=["state"])
    record(by=by, verb="subsidies.award", subject=plan, summary=approval.summary)
    return plan


# --- payments ---


@dataclass(frozen=True)
class Payable:
    """One award that waits for its money, with the account it would go to (None: none is registered)."""

    award: Award
    account: Any

    @property
    def fen(self) -> int:
        """What is still due: the award less what was asked back of it."""
        return left_of(self.award)


def payable(call: SubsidyCall) -> list[Payable]:
    """The awards of a call that no payment is under way for, in the order of their list."""
    waiting = (
        Award.objects.filter(application__call=call)
        .exclude(payments__state__in=["sent", "succeeded"])
        .select_related("payee", "application", "plan_line")
        .prefetch_related("claw_backs")
        .order_by("plan_line__seq")
    )
    accounts = payees_in_force(award.payee_id for award in waiting)
    found = (Payable(award, accounts.get(award.payee_id)) for award in waiting)
    return [one for one in found if one.fen > 0]


def _payment_problems(found: Sequence[Payable]) -> Iterator[Problem]:
    if not found:
        yield Problem("付款", "没有待付的补贴", "已全部送付", "nothing")
    for one in found:
        if one.account is None:
            yield Problem(one.award.payee.name, "没有登记收款账户", "请该单位两人登记收款账户", "no_payee")


def _rows(found: Sequence[Payable]) -> list[list[str]]:
    return [
        [
            str(number), one.account.holder, one.account.number, one.account.bank_name, yuan_text(one.fen),
            f"{one.award.application.number} {one.award.line}",
        ]
        for number, one in enumerate(found, 1)
    ]  # fmt: skip


def _digest(call: SubsidyCall, found: Sequence[Payable]) -> str:
    told = [[str(one.award.pk), str(one.account.pk), one.fen] for one in found]
    return hashlib.sha256(canonical_json({"call": str(call.pk), "payments": told})).hexdigest()


@in_chinese
def propose_payment(*, by: Any, call_id: UUID) -> Approval:
    """Ask a second person to release a payment file over every award of the call that waits; failed ones are in it again."""
    permit(by, PREPARES)
    call = asked.call(viewer=by, call_id=call_id)
    found = payable(call)
    refuse_if_any(_payment_problems(found))
    fen = sum(one.fen for one in found)
    command = {"call": str(call.pk), "sha256": _digest(call, found), "fen": fen}
    summary = f"支付补贴：{call.title} {len(found)} 笔 {yuan_text(fen, grouped=True)} 元"
    basis = {"rows": [[*row[:2], f"尾号{row[2][-4:]}", *row[3:]] for row in _rows(found)]}
    return ask(by=by, kind=PAY, command=command, subject=call, summary=summary[:200], basis=basis)


@executes(PAY)
def _pay(approval: Approval, by: Any) -> PaymentFile:
    """Freeze the payments under the payees' and the call's locks; refused when an award or an account has moved."""
    permit(by, SIGNS)
    call = asked.call(viewer=by, call_id=approval.command["call"])
    payees = {one.award.payee_id for one in payable(call)}
    list(
        Organisation.objects.select_for_update(no_key=True)
        .filter(pk__in=payees)
        .order_by("id")
        .values_list("pk")
    )
    call = lock_call(call.pk)
    found = payable(call)
    refuse_if_any(_payment_problems(found))
    sha256, day = _digest(call, found), approval.decided_on
    if (sha256, sum(one.fen for one in found)) != (approval.command["sha256"], approval.command["fen"]):
        raise Refused(Problem("付款", "待付的补贴或收款账户与提请时不同", "请退回重新提请", "ground_moved"))
    file = _write_file(by, call, approval, found, sha256, day)
    AwardPayment.objects.bulk_create(
        AwardPayment(award=one.award, file=file, seq=number, account=one.account, amount=money_of(one.fen))
        for number, one in enumerate(found, 1)
    )
    record(by=by, verb="subsidies.pay", subject=file, summary=approval.summary)
    return file


def _write_file(
    by: Any, call: SubsidyCall, approval: Approval, found: Sequence[Payable], sha256: str, day: dt.date
) -> PaymentFile:
    """The payment file as CSV in UTF-8 with a mark that spreadsheets know, account numbers as text."""
    number = f"BTF{day:%Y%m%d}-{next_number(day):04d}"
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for row in _rows(found):
        writer.writerow([harmless(cell) for cell in row])
    content = ("\ufeff" + written.getvalue()).encode()
    kept = keep_file(by=by, at=timezone.now(), name=f"{number}.csv", media_type="text/csv", content=content)
    return PaymentFile.objects.create(
        number=number, call=call, released_on=day, count=len(found), amount=money_of(sum(one.fen for one in found)),
        sha256=sha256, file=kept, approval=approval,
    )  # fmt: skip


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" else cell


@dataclass(frozen=True)
class Answered:
    """What the bank says of one line of a payment file."""

    seq: int
    succeeded: bool
    day: dt.date
    reference: str = ""
    reason: str = ""


@in_chinese
@transaction.atomic
def enter_results(*, by: Any, file_id: UUID, answers: Sequence[Answered], on: dt.date) -> list[PaymentResult]:
    """Enter what the bank answered, line by line. Refused with every fault: an unknown line, one said twice, a failure
    without its reason, a success without the bank's number or with one that stands on another payment, a line that is
    answered already, a day before the release or to come."""
    permit(by, PREPARES)
    file = PaymentFile.objects.filter(pk=file_id, call__in=asked.calls(viewer=by)).first()
    if file is None:
        raise PaymentFile.DoesNotExist
    lock_call(file.call_id)
    payments = {one.seq: one for one in file.payments.select_related("award__payee")}
    refuse_if_any(_answer_problems(file, payments, answers, on))
    results = []
    for one in answers:
        payment = payments[one.seq]
        payment.state = AwardPayment.State.SUCCEEDED if one.succeeded else AwardPayment.State.FAILED
        payment.save(update_fields=["state"])
        results.append(
            PaymentResult(
                payment=payment, bureau=by.organisation, succeeded=one.succeeded, day=one.day,
                reference=one.reference.strip()[:80],
                reason="" if one.succeeded else one.reason.strip()[:200], recorded_by=by.account,
            )
        )  # fmt: skip
    PaymentResult.objects.bulk_create(results)
    failed = sum(not one.succeeded for one in answers)
    told = f"{file.number} 回盘 {len(answers)} 笔，失败 {failed} 笔"
    record(by=by, verb="subsidies.results", subject=file, summary=told)
    return results


def _answer_problems(
    file: PaymentFile, payments: dict[int, AwardPayment], answers: Sequence[Answered], on: dt.date
) -> Iterator[Problem]:
    if not answers:
        yield Problem("回盘", "没有一行", "请填写各笔的结果", "nothing")
    seen: set[int] = set()
    references: set[str] = set()
    for one in answers:
        where, payment = f"第{one.seq}笔", payments.get(one.seq)
        if payment is None:
            yield Problem(where, f"{file.number} 没有这一笔", "请核对序号", "no_such_line")
            continue
        if one.seq in seen:
            yield Problem(where, "写了两次", "每笔只写一次", "twice")
        seen.add(one.seq)
        if payment.state != AwardPayment.State.SENT:
            found = f"已是“{payment.get_state_display()}”"
            yield Problem(where, found, "请核对回盘；到账后又退回的，请两人办理退票", "answered")
        yield from _reference_problems(where, file, one, references)
        if not one.succeeded and not one.reason.strip():
            yield Problem(where, "失败而没有原因", "请填写银行给出的原因", "required")
        if not file.released_on <= one.day <= on:
            yield Problem(where, f"日期 {one.day}", f"应在 {file.released_on} 至 {on}", "day")


def _reference_problems(
    where: str, file: PaymentFile, one: Answered, references: set[str]
) -> Iterator[Problem]:
    """The bank's number of a payment that arrived names that payment and no other of the bureau."""
    reference = one.reference.strip()
    if not one.succeeded:
        return
    if not reference:
        yield Problem(where, "到账而没有回单号", "请填写银行回单号", "no_reference")
        return
    taken = PaymentResult.objects.filter(succeeded=True, reference=reference, bureau=file.call.bureau_id)
    if reference in references or taken.exists():
        yield Problem(where, f"回单号“{reference}”已用于另一笔", "请核对回单号", "reference")
    references.add(reference)


# --- what arrived and came back ---


@in_chinese
def propose_return(*, by: Any, payment_id: UUID, day: dt.date, reason: str, on: dt.date) -> Approval:
    """Ask a second person to enter that a payment which had arrived came back (退票): its award may be paid again."""
    permit(by, PREPARES)
    payment = _own_payment(by, payment_id)
    arrived = payment.results.filter(succeeded=True).order_by("-id").first()
    problems = []
    if payment.state != AwardPayment.State.SUCCEEDED or arrived is None:
        problems.append(
            Problem("付款", f"现为“{payment.get_state_display()}”", "只有已到账的才会退回", "wrong_state")
        )
    elif not arrived.day <= day <= on:
        problems.append(Problem("退回日", f"{day}", f"应在 {arrived.day} 至 {on}", "day"))
    if not reason.strip():
        problems.append(Problem("原因", "未填写", "请填写银行给出的原因", "required"))
    refuse_if_any(problems)
    command = {"payment": str(payment.pk), "day": day.isoformat(), "reason": reason.strip()[:200]}
    amount = yuan_text(fen_of(payment.amount), grouped=True)
    summary = f"补贴退票：{payment.award.payee.short_name} {amount} 元，{reason.strip()}"
    return ask(by=by, kind=RETURNED, command=command, subject=payment, summary=summary[:200])


def _own_payment(by: Any, payment_id: UUID) -> AwardPayment:
    rows = AwardPayment.objects.filter(file__call__in=asked.calls(viewer=by))
    return rows.select_related("award__payee", "file").get(pk=payment_id)


@executes(RETURNED)
def _returned(approval: Approval, by: Any) -> PaymentResult:
    """The payment counts as failed; refused when it was entered meanwhile."""
    permit(by, SIGNS)
    command = approval.command
    lock_call(_own_payment(by, command["payment"]).file.call_id)
    payment = _own_payment(by, command["payment"])
    if payment.state != AwardPayment.State.SUCCEEDED:
        raise Refused(Problem("付款", f"现为“{payment.get_state_display()}”", "请刷新页面", "wrong_state"))
    payment.state = AwardPayment.State.FAILED
    payment.save(update_fields=["state"])
    result = PaymentResult.objects.create(
        payment=payment, bureau=by.organisation, succeeded=False, day=dt.date.fromisoformat(command["day"]),
        reason=command["reason"], recorded_by=by.account,
    )  # fmt: skip
    record(by=by, verb="subsidies.returned", subject=payment.file, summary=approval.summary)
    return result
