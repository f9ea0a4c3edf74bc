"""An enterprise applies: the platform fills in what it knows, the owner states the rest, files, mends, withdraws."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from finance.loans import queries as loans
from finance.parties.queries import payee_in_force
from finance.parties.seats import permit
from finance.subsidies.actions.calculating import calculate, let_go
from finance.subsidies.actions.guarding import call_problems, standing_problems
from finance.subsidies.actions.locking import OWNS, in_state, lock_application, lock_call
from finance.subsidies.actions.stepping import step
from finance.subsidies.models import (
    OVER,
    Application,
    ApplicationFact,
    ApplicationPaper,
    Calculation,
    Step,
    SubsidyCall,
)
from finance.subsidies.queries import of_applications as asked
from finance.subsidies.queries.gathering import Known, known_of
from finance.subsidies.queries.of_knowledge import Knowledge, excluded, knowledge_of
from finance.subsidies.results import Status
from finance.subsidies.shelf import policy_of
from finance.subsidies.stating import fact_problems
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.documents.actions import keep_file, next_numbers
from kernel.documents.papers import MEDIA_TYPES, MOST_FILES, ending_of, paper_problem
from kernel.documents.rules import sha256
from kernel.errors import Problem, Refused, refuse_if_any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from finance.loans.models import Loan
    from finance.parties.models import Organisation
    from finance.subsidies.results import Result

State = Application.State
Standing = ApplicationFact.Standing
Kind = Step.Kind


def take_facts(known_of_each: Iterable[tuple[Application, list[Known]]], by: Any) -> None:
    """Write what the platform knows as facts of these applications, in one statement."""
    ApplicationFact.objects.bulk_create(
        ApplicationFact(
            application=application, path=one.path, value=one.value, source=one.source[:200], about=one.about,
            standing=Standing.STATED if one.unchecked else Standing.TAKEN, recorded_by=by.account if by else None,
        )
        for application, known in known_of_each
        for one in known
    )  # fmt: skip


def bring_up_to_date(application: Application, *, by: Any, on: dt.date) -> list[str]:
    """Take what the platform knows by now of the facts it knew otherwise; gives back their names."""
    moved = knowledge_of(application, on).moved
    take_facts([(application, [one.known for one in moved])], by)
    return [one.name for one in moved]


def new_application(
    *, call: SubsidyCall, enterprise: Organisation, loan: Loan | None, state: str, by: Any, on: dt.date
) -> Application:
    """A row of the room with its number; refused when this loan is applied for in this call already."""
    taken = (
        Application.objects.filter(call=call, enterprise=enterprise, loan=loan)
        .exclude(state__in=OVER)
        .first()
    )
    if taken is not None:
        raise Refused(Problem("申报", f"已有 {taken.number}", "同一笔贷款在一次通知下只申报一次", "twice"))
    application = Application(
        call=call, enterprise=enterprise, loan=loan, state=state, recorded_by=by.account if by else None
    )
    add_numbered([application], on)
    return application


def add_numbered(applications: list[Application], on: dt.date) -> None:
    """Write new applications in their order, each with the next number of the day, in two statements."""
    for application, number in zip(applications, next_numbers(on, len(applications)), strict=True):
        application.number = f"BT{on:%Y%m%d}-{number:04d}"
    Application.objects.bulk_create(applications)


@in_chinese
@transaction.atomic
def draft_application(*, by: Any, call_id: UUID, loan_id: UUID | None, on: dt.date) -> Application:
    """Begin an application under an open call with everything that the platform knows of the enterprise and the loan."""
    permit(by, OWNS)
    call = asked.call(viewer=by, call_id=call_id)
    lock_call(call.pk)
    _refuse_closed(call, on)
    loan = None
    if loan_id is not None:
        loan = loans.loans(viewer=by).filter(pk=loan_id).first()
        if loan is None:
            raise Refused(Problem("贷款", "不是本企业的贷款", "请从列出的贷款中选择", "no_such_loan"))
    application = new_application(
        call=call, enterprise=by.organisation, loan=loan, state=State.DRAFT, by=by, on=on
    )
    known = known_of(enterprise=by.organisation, loan=loan, on=on, family=call.policy.family)
    take_facts([(application, known)], by)
    record(by=by, verb="subsidies.draft", subject=application, summary=f"起草申报 {application.number}")
    return application


def _refuse_closed(call: SubsidyCall, on: dt.date) -> None:
    if call.state != SubsidyCall.State.OPEN or not call.opens_on <= on <= call.closes_on:
        found = f"{call.title}受理期为 {call.opens_on} 至 {call.closes_on}，现为“{call.get_state_display()}”"
        raise Refused(Problem("申报通知", found, "请在受理期内申报，或等待下一批", "not_open"))


def _own(by: Any, application_id: UUID, *states: str, with_call: bool = False) -> Application:
    """The owner's application, locked, in one of these states; `with_call` under the lock of its call, which is not closed
    or planned meanwhile."""
    permit(by, OWNS)
    seen = asked.application(viewer=by, application_id=application_id)
    if with_call:
        lock_call(seen.call_id)
    application = lock_application(application_id)
    in_state(application, *states)
    return application


@in_chinese
@transaction.atomic
def state_facts(
    *, by: Any, application_id: UUID, stated: dict[str, Any], on: dt.date, source: str = "企业填报"
) -> Application:
    """State facts of an application anew (path -> value as JSON holds it; None takes one back). All faults at once."""
    application = _own(by, application_id, State.DRAFT, State.DEFICIENT)
    refuse_if_any(fact_problems(stated))
    before = {path: one.row for path, one in asked.facts_of(application).items()}
    moved = {
        path: value for path, value in stated.items() if path not in before or before[path].value != value
    }
    ApplicationFact.objects.bulk_create(
        ApplicationFact(
            application=application, path=path, value=value, source=source[:200], about=on, standing=Standing.STATED,
            recorded_by=by.account,
        )
        for path, value in moved.items()
    )  # fmt: skip
    if moved:
        told = "、".join(sorted(moved))
        record(
            by=by,
            verb="subsidies.state",
            subject=application,
            summary=f"{application.number} 填报 {told}"[:200],
        )
    return application


@in_chinese
@transaction.atomic
def add_paper(*, by: Any, application_id: UUID, material: str, name: str, content: bytes) -> ApplicationPaper:
    """Hand in a paper; its kind is told by its bytes."""
    application = _own(by, application_id, State.DRAFT, State.DEFICIENT)
    problems = [problem] if (problem := paper_problem(name, content)) else []
    held = application.papers.select_related("file")
    if held.count() >= MOST_FILES:
        problems.append(Problem("材料", f"已有 {MOST_FILES} 份", "请合并后再上传", "too_many"))
    if held.filter(file__sha256=sha256(content)).exists():
        problems.append(Problem("材料", "这份文件已上传过", "请核对文件", "same_paper"))
    if not material.strip():
        problems.append(Problem("材料名称", "未填写", "请选择或填写材料名称", "required"))
    refuse_if_any(problems)
    file = keep_file(
        by=by, at=timezone.now(), name=name, media_type=MEDIA_TYPES[ending_of(name)], content=content,
        wall=application.enterprise_id,
    )  # fmt: skip
    return ApplicationPaper.objects.create(
        application=application, file=file, material=material.strip()[:200], recorded_by=by.account
    )


def filing_problems(
    application: Application, result: Result, on: dt.date, knowledge: Knowledge
) -> list[Problem]:
    """What keeps an application from being filed: conditions that fail, facts not stated, exclusion after a claw-back,
    no account to be paid on. A rate not yet published keeps nobody from filing."""
    call = application.call
    assert result.given is not None
    problems = list(call_problems(call, policy_of(call.policy), result.given.case))
    if result.status is Status.INELIGIBLE:
        problems += [
            Problem("申报条件", one.text, "请核对事实；确不符合的不能申报", "ineligible")
            for one in result.reasons
        ]
    if result.status is Status.UNKNOWN:
        problems += [Problem(one.name, "没有填写", "请填写后再提交", "missing") for one in result.missing]
    if result.status is Status.ELIGIBLE and not result.lines:
        problems.append(Problem("申报", "没有可申报的补贴项目", "请填写贷款或费用", "nothing"))
    problems += standing_problems(application, knowledge, excluded([application.enterprise_id], on))
    if payee_in_force(application.enterprise) is None:
        problems.append(Problem("收款账户", "没有登记", "请本企业两人在“收款账户”登记", "no_payee"))
    return problems


@in_chinese
@transaction.atomic
def file_application(
    *, by: Any, application_id: UUID, on: dt.date, at: dt.datetime | None = None
) -> Application:
    """Hand an application in: it is calculated, takes its place in the order, and holds what it takes of every limit.

    Refused with everything that is missing or fails; nothing is reserved then.
    """
    application = _own(by, application_id, State.DRAFT, with_call=True)
    _refuse_closed(application.call, on)
    return _hand_in(application, by=by, on=on, at=at, kind=Kind.FILED)


def _hand_in(
    application: Application, *, by: Any, on: dt.date, at: dt.datetime | None, kind: str
) -> Application:
    application.filed_on = application.filed_on or on
    application.filed_at = application.filed_at or at or timezone.now()
    bring_up_to_date(application, by=by, on=on)
    _, result = calculate(application=application, purpose=Calculation.Purpose.FILING, on=on, by=by)
    refuse_if_any(filing_problems(application, result, on, knowledge_of(application, on)))
    application.state = State.FILED
    application.account = payee_in_force(application.enterprise)
    application.save(update_fields=["state", "filed_on", "filed_at", "account"])
    step(application, kind, by=by, on=on)
    record(
        by=by,
        verb=f"subsidies.{kind}",
        subject=application,
        summary=f"{Kind(kind).label} {application.number}",
    )
    return application


@in_chinese
@transaction.atomic
def confirm_account(
    *, by: Any, application_id: UUID, on: dt.date, at: dt.datetime | None = None
) -> Application:
    """The owner of an enterprise on a list says that it wants the subsidy and on which account (免申即享)."""
    application = _own(by, application_id, State.LISTED, with_call=True)
    _refuse_closed(application.call, on)
    return _hand_in(application, by=by, on=on, at=at, kind=Kind.CONFIRMED)


@in_chinese
@transaction.atomic
def answer_notice(*, by: Any, application_id: UUID, text: str, on: dt.date) -> Application:
    """Answer a notice of what is missing: the application is calculated again and goes back in its old place."""
    application = _own(by, application_id, State.DEFICIENT, with_call=True)
    if not text.strip():
        raise Refused(Problem("补正说明", "未填写", "请逐项说明补正了什么", "required"))
    bring_up_to_date(application, by=by, on=on)
    _, result = calculate(application=application, purpose=Calculation.Purpose.FILING, on=on, by=by)
    refuse_if_any(filing_problems(application, result, on, knowledge_of(application, on)))
    application.state = State.FILED
    application.save(update_fields=["state"])
    step(application, Kind.ANSWER, by=by, on=on, text=text)
    record(by=by, verb="subsidies.answer", subject=application, summary=f"补正答复 {application.number}")
    return application


@in_chinese
@transaction.atomic
def withdraw_application(*, by: Any, application_id: UUID, on: dt.date) -> Application:
    """Take an application back, or say no to one that was listed; what it held of limits is free again."""
    states = (State.DRAFT, State.LISTED, State.FILED, State.DEFICIENT, State.REVIEWED)
    application = _own(by, application_id, *states)
    let_go(application=application, key=f"withdraw:{application.pk}", by=by)
    application.state = State.WITHDRAWN
    application.save(update_fields=["state"])
    step(application, Kind.WITHDRAWN, by=by, on=on)
    record(by=by, verb="subsidies.withdraw", subject=application, summary=f"撤回申报 {application.number}")
    return application
