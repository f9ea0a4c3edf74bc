"""The bureau looks at an application: confirms or rejects facts, hears other offices, asks to mend, passes or refuses."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.seats import permit
from finance.subsidies.actions.calculating import calculate, let_go
from finance.subsidies.actions.filing import bring_up_to_date
from finance.subsidies.actions.guarding import standing_problems
from finance.subsidies.actions.locking import PREPARES, in_state, lock_application
from finance.subsidies.actions.stepping import step
from finance.subsidies.models import Application, ApplicationFact, Calculation, OfficeWord, Step
from finance.subsidies.queries import of_applications as asked
from finance.subsidies.queries.of_knowledge import Knowledge, excluded, knowledge_of
from finance.subsidies.reads import facts_read
from finance.subsidies.results import Status
from finance.subsidies.shelf import policy_of
from finance.subsidies.stating import fact_problems
from finance.subsidies.terms import CEILING
from finance.subsidies.words import fact_name
from kernel.acts.actions import record
from kernel.calendars.queries import working_calendar
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.yuan import yuan_text

if TYPE_CHECKING:
    from uuid import UUID

    from finance.subsidies.results import Result

State = Application.State
Standing = ApplicationFact.Standing
Kind = Step.Kind
MOST_ITEMS = 50


def under_review(by: Any, application_id: UUID, *states: str) -> Application:
    """An application of the officer's own call, locked, in one of these states."""
    permit(by, PREPARES)
    asked.application(viewer=by, application_id=application_id)
    application = lock_application(application_id)
    in_state(application, *states)
    return application


@in_chinese
@transaction.atomic
def judge_fact(
    *, by: Any, application_id: UUID, path: str, standing: str, reason: str, on: dt.date, value: Any = None
) -> ApplicationFact:
    """Confirm a fact (as stated, or with the value that the papers show), or reject it; the reason is kept as its source."""
    application = under_review(by, application_id, State.FILED)
    before = asked.facts_of(application).get(path)
    problems = []
    if standing not in (Standing.CONFIRMED, Standing.REJECTED):
        problems.append(Problem("认定", standing or "未选择", "请选择确认或不予认定", "standing"))
    if before is None and path not in facts_read(policy_of(application.call.policy)):
        problems.append(Problem("事实", path[:80], "本政策不读取这一事实", "no_such_fact"))
    elif before is None and value is None:
        problems.append(Problem("事实", f"{path} 没有填报", "请先补正", "no_such_fact"))
    if not reason.strip():
        problems.append(Problem("依据", "未填写", "请写明核对了哪一份材料", "required"))
    if value is not None:
        problems += fact_problems({path: value})
    refuse_if_any(problems)
    row = ApplicationFact.objects.create(
        application=application, path=path, value=value if value is not None else (before.row.value if before else None),
        source=reason.strip()[:200], about=on, standing=standing, recorded_by=by.account,
    )  # fmt: skip
    told = f"{application.number} {Standing(standing).label}：{path}"
    record(by=by, verb="subsidies.judge", subject=application, summary=told, facts={"value": row.value})
    return row


@in_chinese
@transaction.atomic
def take_again(*, by: Any, application_id: UUID, on: dt.date) -> list[str]:
    """Take what the platform knows by now of an application under review; gives back the names of the facts that moved."""
    application = under_review(by, application_id, State.FILED)
    names = bring_up_to_date(application, by=by, on=on)
    if not names:
        raise Refused(Problem("平台记录", "没有变化", "无需更新", "nothing_moved"))
    told = f"{application.number} 更新平台记录：{'、'.join(names)}"
    record(by=by, verb="subsidies.take_again", subject=application, summary=told[:200])
    return names


@in_chinese
@transaction.atomic
def office_says(
    *,
    by: Any,
    application_id: UUID,
    office: str,
    outcome: str,
    on: dt.date,
    reference: str = "",
    text: str = "",
) -> OfficeWord:
    """Record what another office says; a later word replaces the earlier."""
    application = under_review(by, application_id, State.FILED, State.REVIEWED)
    problems = []
    if office not in application.call.offices:
        problems.append(
            Problem("部门", f"{office or '未选择'}不在联审名单里", "请从名单中选择", "no_such_office")
        )
    if outcome not in OfficeWord.Outcome.values:
        problems.append(Problem("意见", outcome or "未选择", "请选择有无异议", "outcome"))
    if outcome == OfficeWord.Outcome.AGAINST and not text.strip():
        problems.append(Problem("意见内容", "未填写", "有异议的请写明内容", "required"))
    refuse_if_any(problems)
    word = OfficeWord.objects.create(
        application=application, office=office, outcome=outcome, reference=reference.strip()[:120],
        text=text.strip()[:300], day=on, recorded_by=by.account,
    )  # fmt: skip
    record(
        by=by,
        verb="subsidies.office",
        subject=application,
        summary=f"{application.number} {office}{word.get_outcome_display()}",
    )
    return word


@in_chinese
@transaction.atomic
def give_notice(*, by: Any, application_id: UUID, items: list[str], on: dt.date) -> Step:
    """Ask the enterprise to mend, item by item, within the working days of the call. Its place in the order stays."""
    application = under_review(by, application_id, State.FILED)
    told = [item.strip()[:300] for item in items if item.strip()][:MOST_ITEMS]
    if not told:
        raise Refused(Problem("补正内容", "没有一项", "请逐项写明缺什么、要什么", "required"))
    due = working_calendar().add(on, application.call.cure_days)
    application.state = State.DEFICIENT
    application.save(update_fields=["state"])
    notice = step(application, Kind.NOTICE, by=by, on=on, items=told, due_on=due)
    record(
        by=by,
        verb="subsidies.notice",
        subject=application,
        summary=f"补正通知 {application.number} {len(told)} 项",
    )
    return notice


def review_problems(
    application: Application, result: Result, on: dt.date, knowledge: Knowledge
) -> list[Problem]:
    """What keeps an application from being passed."""
    problems = []
    if result.status is Status.INELIGIBLE:
        problems += [
            Problem("申报条件", one.text, "不符合条件的，请不予补贴", "ineligible") for one in result.reasons
        ]
    elif result.status is Status.UNKNOWN:
        problems += [
            Problem(one.name, "没有认定的事实", "请确认事实，或发补正通知", "missing")
            for one in result.missing
        ]
    elif result.status is Status.PENDING:
        problems.append(
            Problem("利率", "、".join(str(one) for one in result.waits_for), "公布后再审核", "pending")
        )
    known = {one.path: one for one in knowledge.known}
    read = facts_read(policy_of(application.call.policy))
    for path, stated in knowledge.stated.items():
        if path in read and stated.row.standing == Standing.STATED:
            told = "企业填报，尚未认定"
            if path in known and known[path].value != stated.row.value:
                told += f"；平台记录为“{known[path].value}”（{known[path].source}）"
            problems.append(Problem(fact_name(path), told, "请核对材料后确认或不予认定", "unjudged"))
    return [*problems, *standing_problems(application, knowledge, excluded([application.enterprise_id], on))]


@in_chinese
@transaction.atomic
def review(*, by: Any, application_id: UUID, granted: dict[str, int], text: str, on: dt.date) -> Application:
    """Pass an application: every stated fact was judged, the engine says eligible, and the officer has entered what is
    granted (fen) for each line of which the policy states only the most. Refused with everything that is open."""
    application = under_review(by, application_id, State.FILED)
    policy = policy_of(application.call.policy)
    ceilings = {line.id for line in policy.lines if line.discretion == CEILING}
    strange = [
        Problem("核定金额", f"没有 {line} 这一项", "请刷新页面", "no_such_line")
        for line in granted
        if line not in ceilings
    ]
    refuse_if_any(strange)
    _, result = calculate(
        application=application, purpose=Calculation.Purpose.REVIEW, on=on, by=by, granted=granted
    )
    problems = review_problems(application, result, on, knowledge_of(application, on))
    problems += [
        Problem(
            "核定金额",
            f"{line.id} 最高 {yuan_text(line.capped_fen, grouped=True)} 元，尚未核定",
            "请填写核定金额",
            "not_granted",
        )
        for line in result.lines
        if line.id in ceilings and line.id not in granted
    ]
    refuse_if_any(problems)
    application.state = State.REVIEWED
    application.save(update_fields=["state"])
    items = [{"line": line, "fen": fen} for line, fen in sorted(granted.items())]
    step(application, Kind.REVIEWED, by=by, on=on, text=text, items=items)
    told = f"审核通过 {application.number} {yuan_text(result.total_fen, grouped=True)} 元"
    record(by=by, verb="subsidies.review", subject=application, summary=told)
    return application


@in_chinese
@transaction.atomic
def reopen(*, by: Any, application_id: UUID, reason: str, on: dt.date) -> Application:
    """Look at a passed application again."""
    application = under_review(by, application_id, State.REVIEWED)
    if not reason.strip():
        raise Refused(Problem("原因", "未填写", "请写明为什么重新审核", "required"))
    application.state = State.FILED
    application.save(update_fields=["state"])
    step(application, Kind.REOPENED, by=by, on=on, text=reason)
    record(
        by=by, verb="subsidies.reopen_review", subject=application, summary=f"重新审核 {application.number}"
    )
    return application


@in_chinese
@transaction.atomic
def refuse(*, by: Any, application_id: UUID, reason: str, on: dt.date) -> Application:
    """Refuse an application with its reason; what it held of limits is free again. Not while it may still be mended."""
    application = under_review(by, application_id, State.LISTED, State.FILED, State.DEFICIENT, State.REVIEWED)
    problems = []
    if not reason.strip():
        problems.append(Problem("原因", "未填写", "请写明条款和事实", "required"))
    notice = application.steps.filter(kind=Kind.NOTICE).order_by("-id").first()
    if (
        application.state == State.DEFICIENT
        and notice is not None
        and notice.due_on is not None
        and on <= notice.due_on
    ):
        problems.append(
            Problem("补正期限", f"至 {notice.due_on}", "期满后才能以逾期未补正为由不予补贴", "still_open")
        )
    refuse_if_any(problems)
    let_go(application=application, key=f"refuse:{application.pk}", by=by)
    application.state = State.REFUSED
    application.save(update_fields=["state"])
    step(application, Kind.REFUSED, by=by, on=on, text=reason)
    record(
        by=by,
        verb="subsidies.refuse",
        subject=application,
        summary=f"不予补贴 {application.number}：{reason}"[:200],
    )
    return application
