"""The plan of a call, its public list, and what is said against it.

All passed applications of the call are calculated together, in the order in which they were filed and under the locks of
every meter they touch; the pool is shared out by the policy's rule. What the plan holds of the pool is metered too, so that
the database refuses what would pass it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.models import Organisation
from finance.parties.seats import permit
from finance.subsidies.actions.calculating import hold_all, keep, takes
from finance.subsidies.actions.guarding import (
    call_problems,
    standing_problems,
    use_problems,
)
from finance.subsidies.actions.locking import (
    PREPARES,
    SIGNS,
    lock_applications,
    lock_call,
    lock_meters,
)
from finance.subsidies.actions.stepping import move_on
from finance.subsidies.budget import funding_parts, in_order, scaled
from finance.subsidies.metering import ONCE, Metered, MeterKey, paid_before
from finance.subsidies.models import (
    Application,
    Calculation,
    Meter,
    Objection,
    ObjectionOutcome,
    OfficeWord,
    Plan,
    PlanLine,
    Step,
    SubsidyCall,
)
from finance.subsidies.queries import of_applications as asked
from finance.subsidies.queries.of_knowledge import excluded, knowledge_of_each
from finance.subsidies.queries.of_meters import budgets_of, meters_held, reserved_by
from finance.subsidies.results import Status
from finance.subsidies.settling import Entered, settle
from finance.subsidies.shelf import policy_of, rates
from finance.subsidies.terms import FIRST_COME, FLOOR_CENT, PRO_RATA, UNDECIDED
from kernel.acts.actions import record
from kernel.calendars.queries import working_calendar
from kernel.chinese import in_chinese
from kernel.documents.rules import canonical_json
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from finance.subsidies.facts import Case
    from finance.subsidies.queries.of_knowledge import Knowledge
    from finance.subsidies.results import Result
    from finance.subsidies.terms import Policy
    from kernel.work.models import Approval

State = Application.State
PUBLISH = "subsidies.publish"
DECIDABLE = (PRO_RATA, FIRST_COME)


@dataclass
class _Entry:
    """One application on its way into the plan."""

    application: Application
    case: Case
    limits: list[Metered]
    result: Result | None = None


@in_chinese
@transaction.atomic
def draw_plan(*, by: Any, call_id: UUID, on: dt.date, shortage: str = "") -> Plan:
    """Draw the plan of a closed call over all its passed applications.

    `shortage` decides how a pool that is too small is shared where the policy does not say (`pro_rata`, `first_come`);
    refused when it is needed and not given, or given against the policy. Refused with everything open: applications not
    yet looked at, offices not yet heard or against, an application that is no longer eligible, a payee that is not there.
    """
    permit(by, PREPARES)
    asked.call(viewer=by, call_id=call_id)
    call = lock_call(call_id)
    policy = policy_of(call.policy)
    applications = lock_applications(call, State.REVIEWED)
    refuse_if_any([*_open_things(call, applications), *_office_problems(call, applications)])
    knowledge = knowledge_of_each(applications, on)
    entries = list(_entries(applications, knowledge, on, policy))
    budgets = budgets_of(call, policy)
    held = reserved_by(applications)
    limits = (limit for entry in entries for limit in entry.limits)
    meters = lock_meters([*limits, *budgets], also=meters_held(held))
    _calculate_together(call, policy, entries, meters, held, knowledge, on)
    refuse_if_any(_not_payable(entries))
    lines = list(_lines_of(entries))
    rest = [max(0, one.most - meters[one.key].used) for one in budgets if one.most is not None]
    left = min(rest, default=None)
    amounts, rule = _shared_out(policy, [fen for *_, fen in lines], left, shortage)
    plan = _write(by, call, policy, on, entries, lines, amounts, left, rule)
    _hold_all(plan, entries, lines, amounts, meters, budgets, by)
    move_on(applications, State.PLANNED, Step.Kind.PLANNED, by=by, on=on, text=f"第 {plan.seq} 次名单")
    told = f"拟定补贴名单：{call.title} {len(entries)} 件 {yuan_text(sum(amounts), grouped=True)} 元"
    record(by=by, verb="subsidies.plan", subject=plan, summary=told[:200], facts={"sha256": plan.sha256})
    return plan


def _open_things(call: SubsidyCall, applications: list[Application]) -> Iterator[Problem]:
    if call.state != SubsidyCall.State.CLOSED:
        yield Problem("申报通知", f"现为“{call.get_state_display()}”", "截止受理后才能拟定名单", "not_closed")
    if call.plans.filter(state__in=["drawn", "public"]).exists():
        yield Problem("名单", "已有一份在办的名单", "请先作废那一份", "plan_stands")
    waiting = call.applications.filter(state__in=[State.FILED, State.DEFICIENT])
    for one in waiting.order_by("number")[:20]:
        yield Problem(one.number, f"“{one.get_state_display()}”", "请先审核完毕", "not_reviewed")
    if not applications:
        yield Problem("名单", "没有审核通过的申报", "没有可列入名单的申报", "nothing")


def _office_problems(call: SubsidyCall, applications: list[Application]) -> Iterator[Problem]:
    words = {
        (word.application_id, word.office): word
        for word in OfficeWord.objects.filter(application__in=[one.pk for one in applications]).order_by("id")
    }
    for application in applications:
        for office in call.offices:
            word = words.get((application.pk, office))
            if word is None:
                yield Problem(application.number, f"{office}尚无意见", "请登记联审意见", "office_silent")
            elif word.outcome == OfficeWord.Outcome.AGAINST:
                yield Problem(
                    application.number,
                    f"{office}有异议：{word.text}",
                    "请处理异议，或不予补贴",
                    "office_against",
                )


def _entries(
    applications: Sequence[Application], knowledge: Mapping[UUID, Knowledge], on: dt.date, policy: Policy
) -> Iterator[_Entry]:
    granted = asked.granted_of_each(applications)
    for one in applications:
        case = asked.read_case(one, knowledge[one.pk].stated, granted[one.pk], on)
        yield _Entry(one, case, asked.metered_of(one, case, policy))


def _calculate_together(
    call: SubsidyCall,
    policy: Policy,
    entries: list[_Entry],
    meters: dict[MeterKey, Meter],
    held: Mapping[UUID, Mapping[UUID, int]],
    knowledge: Mapping[UUID, Knowledge],
    on: dt.date,
) -> None:
    """Each entry gets its result; what the planned applications hold themselves does not count as used."""
    others = _used_by_others(meters, held)
    used: dict[Any, int] = dict(others)
    entered = [Entered(entry.case, {limit.limit: limit.key for limit in entry.limits}) for entry in entries]
    out = excluded({entry.application.enterprise_id for entry in entries}, on)
    problems: list[Problem] = []
    for entry, result in zip(entries, settle(policy, entered, rates(), used), strict=True):
        entry.result = result
        guards = (
            *call_problems(call, policy, entry.case),
            *standing_problems(entry.application, knowledge[entry.application.pk], out),
            *use_problems(policy, entry.application, result, entry.limits, others),
        )
        problems += [
            replace(problem, where=f"{entry.application.number} {problem.where}") for problem in guards
        ]
    refuse_if_any([*problems, *_named_twice(entries)])


def _used_by_others(
    meters: Mapping[MeterKey, Meter], held: Mapping[UUID, Mapping[UUID, int]]
) -> dict[MeterKey, int]:
    """What of each meter is used by others than the applications that hold this."""
    own: dict[UUID, int] = {}
    for mine in held.values():
        for meter, amount in mine.items():
            own[meter] = own.get(meter, 0) + amount
    return {key: meter.used - own.get(meter.pk, 0) for key, meter in meters.items()}


def _named_twice(entries: list[_Entry]) -> Iterator[Problem]:
    """Two applications of the list that would be paid for one thing."""
    takers: dict[MeterKey, list[str]] = {}
    paid = {entry.application.number: _paid(entry) for entry in entries}
    for entry in entries:
        for limit in entry.limits:
            if limit.limit.endswith(ONCE) and any(
                paid[entry.application.number].get(line) for line in limit.over
            ):
                takers.setdefault(limit.key, []).append(entry.application.number)
    for entry in entries:
        number = entry.application.number
        for limit in paid_before(
            entry.limits, {key: len(some) for key, some in takers.items()}, paid[number]
        ):
            first = takers[limit.key][0]
            if first != number:
                found = f"与 {first} 是同一对象（{limit.key.scope_key}）"
                yield Problem(number, found, "请不予补贴其中一件", "once")


def _paid(entry: _Entry) -> dict[str, int]:
    assert entry.result is not None
    return {line.id: line.paid_fen for line in entry.result.lines}


def _not_payable(entries: list[_Entry]) -> Iterator[Problem]:
    for entry in entries:
        result, number = entry.result, entry.application.number
        assert result is not None
        if result.status is not Status.ELIGIBLE:
            told = "；".join(one.text for one in result.reasons) or result.status.value
            yield Problem(number, f"现在算不出补贴：{told}", "请退回重新审核", "not_eligible")
            continue
        for line in result.lines:
            if line.paid_fen and asked.payee_of(entry.application, line.payee) is None:
                yield Problem(
                    number, f"{line.id} 应付给担保机构，贷款没有登记担保机构", "请核对贷款", "no_payee"
                )


def _lines_of(entries: list[_Entry]) -> Iterator[tuple[_Entry, str, Organisation, int]]:
    """(entry, line, payee, fen) of every line that pays something, in the order of application."""
    for entry in entries:
        assert entry.result is not None
        for line in entry.result.lines:
            payee = asked.payee_of(entry.application, line.payee)
            if line.paid_fen and payee is not None:
                yield entry, line.id, payee, line.paid_fen


def _shared_out(policy: Policy, fen: list[int], left: int | None, shortage: str) -> tuple[list[int], str]:
    """The amounts within the pool, and the rule by which a shortage was shared (empty: there was none)."""
    if left is None or sum(fen) <= left:
        return fen, ""
    rule = policy.budget.over if policy.budget else UNDECIDED
    if rule == UNDECIDED:
        if shortage not in DECIDABLE:
            short = yuan_text(sum(fen) - left, grouped=True)
            found = f"申请合计超出资金额度 {short} 元，办法没有规定如何处理"
            raise Refused(Problem("资金额度", found, "请选择按比例或按先后，并说明依据", "shortage_rule"))
        rule = shortage
    elif shortage and shortage != rule:
        raise Refused(Problem("资金额度", "办法已规定如何处理不足", f"只能按办法：{rule}", "shortage_rule"))
    if rule == FIRST_COME:
        return in_order(fen, left), rule
    return scaled(fen, left, policy.budget.rounding if policy.budget else FLOOR_CENT), rule


def _write(
    by: Any, call: SubsidyCall, policy: Policy, on: dt.date, entries: list[_Entry], lines: list[Any], amounts: list[int],
    left: int | None, rule: str,
) -> Plan:  # fmt: skip
    seq = call.plans.count() + 1
    results = {entry.application: entry.result for entry in entries if entry.result is not None}
    keep(results, purpose=Calculation.Purpose.PLAN, on=on, by=by)
    rows = []
    for (entry, line, payee, fen), amount in zip(lines, amounts, strict=True):
        rows.append(
            (
                entry.application,
                line,
                payee,
                fen,
                amount,
                [[name, part] for name, part in funding_parts(policy, amount).items()],
            )
        )
    told = [
        {
            "application": one.number,
            "line": line,
            "payee": str(payee.pk),
            "asked": fen,
            "amount": amount,
            "purses": purses,
        }
        for one, line, payee, fen, amount, purses in rows
    ]
    sha256 = hashlib.sha256(canonical_json({"call": str(call.pk), "seq": seq, "lines": told})).hexdigest()
    plan = Plan.objects.create(
        call=call, seq=seq, drawn_on=on, asked=money_of(sum(fen for *_, fen in lines)), total=money_of(sum(amounts)),
        left=None if left is None else money_of(left), rule=rule, sha256=sha256, recorded_by=by.account,
    )  # fmt: skip
    PlanLine.objects.bulk_create(
        PlanLine(
            plan=plan, seq=number, application=one, calculation=one.calculation, line=line, payee=payee,
            asked=money_of(fen), amount=money_of(amount), purses=purses,
        )
        for number, (one, line, payee, fen, amount, purses) in enumerate(rows, 1)
    )  # fmt: skip
    return plan


def _hold_all(
    plan: Plan, entries: list[_Entry], lines: list[Any], amounts: list[int], meters: dict[MeterKey, Meter],
    budgets: list[Metered], by: Any,
) -> None:  # fmt: skip
    """Each application holds of its limits and of the pool what the plan gives it."""
    planned: dict[UUID, dict[str, int]] = {}
    for (entry, line, _, _), amount in zip(lines, amounts, strict=True):
        planned.setdefault(entry.application.pk, {})[line] = amount
    wanted: dict[Application, dict[UUID, int]] = {}
    for entry in entries:
        paid = planned.get(entry.application.pk, {})
        taken = takes(entry.limits, paid)
        wanted[entry.application] = {meters[limit.key].pk: taken[limit.key] for limit in entry.limits} | {
            meters[budget.key].pk: sum(paid.values()) for budget in budgets
        }
    hold_all(key=f"plan:{plan.pk}", wanted=wanted, by=by)


@in_chinese
@transaction.atomic
def void_plan(*, by: Any, plan_id: UUID, reason: str, on: dt.date) -> Plan:
    """Take a plan back, drawn or public: its applications are passed ones again and hold nothing of the pool."""
    permit(by, PREPARES)
    plan = asked.plan(viewer=by, plan_id=plan_id)
    call = lock_call(plan.call_id)
    plan = Plan.objects.get(pk=plan.pk)
    if plan.state not in (Plan.State.DRAWN, Plan.State.PUBLIC):
        raise Refused(Problem("名单", f"现为“{plan.get_state_display()}”", "请刷新页面", "wrong_state"))
    if not reason.strip():
        raise Refused(Problem("原因", "未填写", "请写明为什么作废", "required"))
    applications = lock_applications(call, State.PLANNED)
    _hold_what_was_calculated(plan, call, applications, by, on)
    move_on(applications, State.REVIEWED, Step.Kind.DROPPED, by=by, on=on, text=reason)
    plan.state = Plan.State.VOID
    plan.save(update_fields=["state"])
    record(
        by=by,
        verb="subsidies.void",
        subject=plan,
        summary=f"作废名单 {call.title} 第 {plan.seq} 次：{reason}"[:200],
    )
    return plan


def _hold_what_was_calculated(
    plan: Plan, call: SubsidyCall, applications: Sequence[Application], by: Any, on: dt.date
) -> None:
    """Without the list nothing is held of a pool, and of each limit again what the measure gives, whatever the pool had cut;
    where others have taken the room meanwhile, what is left of it, in the order of application."""
    policy = policy_of(call.policy)
    knowledge, held = knowledge_of_each(applications, on), reserved_by(applications)
    entries = list(_entries(applications, knowledge, on, policy))
    meters = lock_meters([limit for entry in entries for limit in entry.limits], also=meters_held(held))
    room = {
        key: None if meters[key].most is None else (meters[key].most or 0) - used
        for key, used in _used_by_others(meters, held).items()
    }
    calculated: dict[UUID, dict[str, int]] = {}
    for line in plan.lines.all():
        calculated.setdefault(line.application_id, {})[line.line] = fen_of(line.asked)
    wanted: dict[Application, dict[UUID, int]] = {}
    for entry in entries:
        mine = wanted[entry.application] = {}
        for key, amount in takes(entry.limits, calculated.get(entry.application.pk, {})).items():
            left = room[key]
            mine[meters[key].pk] = amount if left is None else min(amount, max(0, left))
            room[key] = None if left is None else left - mine[meters[key].pk]
    hold_all(key=f"void:{plan.pk}", wanted=wanted, by=by)


# --- the public list ---


@in_chinese
def propose_publication(*, by: Any, plan_id: UUID) -> Approval:
    """Ask a second person to publish the list."""
    permit(by, PREPARES)
    plan = asked.plan(viewer=by, plan_id=plan_id)
    _refuse_unless(plan, Plan.State.DRAWN)
    command = {"plan": str(plan.pk), "sha256": plan.sha256}
    summary = f"公示补贴名单：{plan.call.title} {yuan_text(fen_of(plan.total), grouped=True)} 元"
    basis = {
        "asked": yuan_text(fen_of(plan.asked), grouped=True),
        "total": yuan_text(fen_of(plan.total), grouped=True),
        "left": None if plan.left is None else yuan_text(fen_of(plan.left), grouped=True),
        "rule": plan.rule,
        "count": plan.lines.count(),
    }
    return ask(by=by, kind=PUBLISH, command=command, subject=plan, summary=summary[:200], basis=basis)


def _refuse_unless(plan: Plan, state: str) -> None:
    if plan.state != state:
        raise Refused(Problem("名单", f"现为“{plan.get_state_display()}”", "请刷新页面", "wrong_state"))


@executes(PUBLISH)
def _publish(approval: Approval, by: Any) -> Plan:
    """Put the list before the public from the day of the decision for the working days of the call."""
    permit(by, SIGNS)
    plan = asked.plan(viewer=by, plan_id=approval.command["plan"])
    call = lock_call(plan.call_id)
    plan = Plan.objects.get(pk=plan.pk)
    _refuse_unless(plan, Plan.State.DRAWN)
    day = approval.decided_on
    plan.approval, plan.published_on, plan.state = approval, day, Plan.State.PUBLIC
    plan.objections_until = working_calendar().add(day, call.public_days)
    plan.save(update_fields=["approval", "published_on", "state", "objections_until"])
    record(by=by, verb="subsidies.publish", subject=plan, summary=approval.summary)
    return plan


@in_chinese
@transaction.atomic
def object_to(
    *,
    by: Any,
    plan_id: UUID,
    said_by: str,
    text: str,
    received_on: dt.date,
    on: dt.date,
    application_id: UUID | None = None,
) -> Objection:
    """Record what somebody says against the list while it is public."""
    permit(by, PREPARES)
    plan = asked.plan(viewer=by, plan_id=plan_id)
    lock_call(plan.call_id)
    plan = Plan.objects.get(pk=plan.pk)
    _refuse_unless(plan, Plan.State.PUBLIC)
    problems = []
    if not said_by.strip():
        problems.append(Problem("异议人", "未填写", "请填写姓名或单位；匿名的填“匿名”", "required"))
    if not text.strip():
        problems.append(Problem("异议内容", "未填写", "请摘录异议内容", "required"))
    if plan.published_on and not plan.published_on <= received_on <= on:
        problems.append(Problem("收到日", f"{received_on}", f"应在 {plan.published_on} 至 {on}", "day"))
    if application_id is not None and not plan.lines.filter(application=application_id).exists():
        problems.append(Problem("申报", "不在这份名单里", "请从名单中选择", "not_on_the_list"))
    refuse_if_any(problems)
    row = Objection.objects.create(
        plan=plan, application_id=application_id, said_by=said_by.strip()[:60], text=text.strip()[:500],
        received_on=received_on, recorded_by=by.account,
    )  # fmt: skip
    record(by=by, verb="subsidies.objection", subject=plan, summary=f"收到异议：{row.said_by}")
    return row


@in_chinese
@transaction.atomic
def answer_objection(*, by: Any, objection_id: int, upheld: bool, text: str, on: dt.date) -> ObjectionOutcome:
    """Say what became of an objection. One that is upheld keeps the list from being granted: it has to be drawn anew."""
    permit(by, PREPARES)
    found = (
        Objection.objects.select_related("plan")
        .filter(pk=objection_id, plan__in=asked.plans(viewer=by))
        .first()
    )
    if found is None:
        raise Objection.DoesNotExist
    lock_call(found.plan.call_id)
    if ObjectionOutcome.objects.filter(objection=found).exists():
        raise Refused(Problem("异议", "已有处理结果", "请刷新页面", "answered"))
    if not text.strip():
        raise Refused(Problem("处理意见", "未填写", "请写明核实经过和结论", "required"))
    outcome = ObjectionOutcome.objects.create(
        objection=found, upheld=upheld, text=text.strip()[:500], decided_on=on, recorded_by=by.account
    )
    record(
        by=by,
        verb="subsidies.objection_answered",
        subject=found.plan,
        summary=f"异议{'成立' if upheld else '不成立'}：{found.said_by}",
    )
    return outcome
