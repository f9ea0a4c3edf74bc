"""Two persons: one asks with a stored command, another decides; execution happens in the deciding transaction.

A room registers what a kind of command does: `@executes("claims.pay")`. The function receives the stored command and
the deciding membership, re-checks the basis under its own locks, and raises Refused when it no longer holds.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused

from .models import Approval

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    Executor = Callable[[Approval, Any], Any]

_executors: dict[str, Executor] = {}
_returns: dict[str, Callable[[Approval], None]] = {}


def executes(kind: str) -> Callable[[Executor], Executor]:
    """Register the function that carries out approved commands of this kind."""

    def register(function: Executor) -> Executor:
        assert kind not in _executors, f"two executors for {kind}"
        _executors[kind] = function
        return function

    return register


def sent_back(kind: str) -> Callable[[Callable[[Approval], None]], Callable[[Approval], None]]:
    """Register what a room does, in the same transaction, when a command of this kind is declined or withdrawn."""

    def register(function: Callable[[Approval], None]) -> Callable[[Approval], None]:
        assert kind not in _returns, f"two returns for {kind}"
        _returns[kind] = function
        return function

    return register


def _tell_room(approval: Approval) -> None:
    if approval.kind in _returns:
        _returns[approval.kind](approval)


def digest(command: dict[str, Any]) -> str:
    """SHA-256 (hex) of the canonical JSON of a command.

    >>> digest({"b": 1, "a": "元"}) == digest({"a": "元", "b": 1})
    True
    """
    canonical = json.dumps(command, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@transaction.atomic
def ask(
    *,
    by: Any,
    kind: str,
    command: dict[str, Any],
    subject: Any,
    summary: str,
    basis: dict[str, Any] | None = None,
) -> Approval:
    """Store a command for another person of the maker's organisation to decide.

    Refused when one of the same kind already waits for the same subject.
    """
    assert kind in _executors, f"no executor for {kind}"
    try:
        with transaction.atomic():
            approval = Approval.objects.create(
                kind=kind,
                command=command,
                command_sha256=digest(command),
                basis=basis or {},
                subject_type=subject._meta.label_lower,
                subject_id=str(subject.pk),
                summary=summary[:300],
                wall=by.organisation_id,
                maker=by.account,
                maker_person=by.account.person_id,
            )
    except IntegrityError as fault:
        if "one_open_approval_of_a_kind_for_a_subject" not in str(fault):
            raise
        raise Refused(
            Problem("复核", "同一事项已有一件待复核", "请先由复核人处理或由经办人撤回", code="already_asked")
        ) from fault
    record(by=by, verb="approval.ask", subject=approval, summary=f"提请复核：{summary}", facts={"kind": kind})
    return approval


def _waiting(approval_id: Any, wall: Any) -> Approval:
    approval = Approval.objects.select_for_update(no_key=True).filter(pk=approval_id, wall=wall).first()
    if approval is None:
        raise Approval.DoesNotExist
    if approval.state != Approval.State.ASKED:
        raise Refused(
            Problem(
                "复核", f"该事项{approval.get_state_display()}", "请刷新页面查看结果", code="already_decided"
            )
        )
    return approval


@in_chinese
@transaction.atomic
def approve(*, by: Any, approval_id: Any, at: dt.datetime | None = None) -> Any:
    """Decide for the command and carry it out, all in one transaction; gives back what the executor gives.

    `at` is the moment of the decision (now, when not given): what is executed is dated by it.

    Refused when the decider is the maker (as account or as person), when it was decided before, or by the executor.
    """
    approval = _waiting(approval_id, by.organisation_id)
    if approval.maker_id == by.account_id or approval.maker_person == by.account.person_id:
        raise Refused(
            Problem("复核", "经办与复核是同一人", "请由本机构另一位复核人办理", code="maker_is_checker")
        )
    if digest(approval.command) != approval.command_sha256:
        raise Refused(
            Problem("复核", "存档指令与其摘要不符", "请停止办理并联系审计人员", code="command_changed")
        )
    approval.state = Approval.State.EXECUTED
    approval.checker = by.account
    approval.checker_person = by.account.person_id
    approval.decided_at = at or timezone.now()
    approval.save(update_fields=["state", "checker", "checker_person", "decided_at"])
    outcome = _executors[approval.kind](approval, by)
    record(by=by, verb="approval.approve", subject=approval, summary=f"复核通过：{approval.summary}")
    return outcome


@in_chinese
@transaction.atomic
def decline(*, by: Any, approval_id: Any, reason: str) -> Approval:
    """Send the command back to its maker with a reason; nothing is executed."""
    approval = _waiting(approval_id, by.organisation_id)
    if approval.maker_person == by.account.person_id:
        raise Refused(
            Problem("复核", "经办与复核是同一人", "如要收回，请使用“撤回”", code="maker_is_checker")
        )
    if not reason.strip():
        raise Refused(Problem("退回原因", "未填写", "请写明退回原因", code="required"))
    approval.state = Approval.State.DECLINED
    approval.checker = by.account
    approval.checker_person = by.account.person_id
    approval.decided_at = timezone.now()
    approval.reason = reason.strip()[:300]
    approval.save(update_fields=["state", "checker", "checker_person", "decided_at", "reason"])
    _tell_room(approval)
    record(
        by=by,
        verb="approval.decline",
        subject=approval,
        summary=f"退回：{approval.summary}",
        facts={"reason": reason},
    )
    return approval


@in_chinese
@transaction.atomic
def withdraw(*, by: Any, approval_id: Any) -> Approval:
    """Take back what one has asked; only the maker may."""
    approval = _waiting(approval_id, by.organisation_id)
    if approval.maker_id != by.account_id:
        raise Refused(Problem("撤回", "只有经办人可以撤回", "请由提出人办理", code="not_the_maker"))
    approval.state = Approval.State.WITHDRAWN
    approval.decided_at = timezone.now()
    approval.save(update_fields=["state", "decided_at"])
    _tell_room(approval)
    record(by=by, verb="approval.withdraw", subject=approval, summary=f"撤回：{approval.summary}")
    return approval
