"""Members are granted limits by two persons, and suspended by one, or by the watch when they have left the register."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.models import Organisation
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.days import day_of
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from valuation.facilities.actions.locking import CHECKS, MAKES, lock_facility, lock_member, locked_member
from valuation.facilities.models import Facility, FacilityMember, MemberAct
from valuation.facilities.queries import line_of, room_of, seat_of, users_of
from valuation.facilities.rules import Seat, grant_problems, text_problems, user_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from kernel.work.models import Approval

GRANT = "facilities.grant"
LEFT = "不在使用人名册内"
State = FacilityMember.State


@in_chinese
@transaction.atomic
def propose_limit(
    *, by: Any, facility_id: UUID, credit_code: str, limit_fen: int, reason: str, on: dt.date
) -> Approval:
    """Ask a second person to grant a user of the mark a limit, another limit, or its limit again after a suspension.

    Refused, all at once: who is not in the register today, a limit over the facility or under what is drawn, one over the
    line of the bank's own scoring without a reason.
    """
    permit(by, MAKES)
    facility = lock_facility(by, facility_id)
    user, enterprise = _user(facility, credit_code, on), _enterprise(credit_code)
    problems = []
    if user is None:
        found = f"{credit_code[:40]} 今天{LEFT}"
        problems.append(Problem("成员", found, "只能是名册内的使用人", "not_a_user"))
    if enterprise is None:
        problems.append(
            Problem("成员", f"平台没有信用代码为 {credit_code[:40]} 的企业", "请先登记企业", "no_enterprise")
        )
        raise Refused(problems)
    standing = FacilityMember.objects.filter(facility=facility, enterprise=enterprise).first()
    quote = line_of(facility.bank, enterprise)
    name = user["name"] if user else enterprise.name
    seat = seat_of(standing) if standing else Seat(name, 0, 0, active=False)
    line_fen = fen_of(quote.amount) if quote else None
    problems += grant_problems(room_of(facility), seat, limit_fen=limit_fen, line_fen=line_fen, reason=reason)
    refuse_if_any(problems)
    member = standing or FacilityMember.objects.create(
        facility=facility, enterprise=enterprise, name=name[:120], recorded_by=by.account
    )
    command = {
        "member": str(member.pk), "limit_fen": limit_fen, "reason": reason.strip(), "quote": str(quote.pk) if quote else "",
        "last_act": _last_act(member),
    }  # fmt: skip
    basis = {
        "mark": facility.mark, "member": member.name, "before": yuan_text(seat.limit_fen), "limit": yuan_text(limit_fen),
        "line": "" if line_fen is None else yuan_text(line_fen), "reason": reason.strip(),
    }  # fmt: skip
    summary = f"集体授信成员额度：{member.name}，{yuan_text(limit_fen)} 元"
    return ask(by=by, kind=GRANT, command=command, subject=member, summary=summary, basis=basis)


@executes(GRANT)
def _grant(approval: Approval, by: Any) -> FacilityMember:
    """Grant what was asked, if the member still stands in the register and neither its line nor itself has moved since.

    A suspension after the asking is not undone by an approval that did not know of it.
    """
    permit(by, CHECKS)
    command = approval.command
    assert approval.decided_at is not None
    on = day_of(approval.decided_at)
    facility, member = lock_member(by, command["member"])
    quote = line_of(facility.bank, member.enterprise)
    line_fen = fen_of(quote.amount) if quote else None
    problems = list(
        grant_problems(
            room_of(facility), seat_of(member), limit_fen=command["limit_fen"], line_fen=line_fen,
            reason=command["reason"],
        )
    )  # fmt: skip
    if (str(quote.pk) if quote else "") != command["quote"]:
        problems.append(Problem("评分额度", "提请之后已有变化", "请退回，由经办人重新提请", "moved"))
    if _last_act(member) != command.get("last_act"):
        found = (
            f"提请之后已有变化，现为{member.get_state_display()}、限额 {yuan_text(fen_of(member.limit))} 元"
        )
        problems.append(Problem("成员", found, "请退回，由经办人重新提请", "moved"))
    if _user(facility, member.enterprise.credit_code, on) is None:
        problems.append(Problem("成员", f"{member.name} 在 {on} {LEFT}", "请退回", "not_a_user"))
    refuse_if_any(problems)
    MemberAct.objects.create(
        member=member, kind=MemberAct.Kind.GRANTED, limit=money_of(command["limit_fen"]),
        line=quote.amount if quote else None, quote=quote, reason=command["reason"], on=on, approval=approval,
        recorded_by=by.account,
    )  # fmt: skip
    member.refresh_from_db()
    record(by=by, verb=GRANT, subject=member, summary=approval.summary)
    return member


@in_chinese
@transaction.atomic
def suspend(*, by: Any, member_id: UUID, reason: str, on: dt.date) -> FacilityMember:
    """Let a member draw no more for now; what is out comes back as before. Granting its limit again lifts it, by two."""
    permit(by, MAKES, CHECKS)
    _, member = lock_member(by, member_id)
    problems = list(text_problems("理由", reason))
    if member.state != State.ACTIVE:
        problems.append(Problem("成员", member.get_state_display(), "只有可用款的成员可以暂停", "state"))
    refuse_if_any(problems)
    return _suspend(member, reason.strip(), on, by)


@in_chinese
@transaction.atomic
def suspend_who_left(*, facility_id: UUID, on: dt.date) -> list[FacilityMember]:
    """Suspend every member of a facility that stands in the register of users no more on the day."""
    rows = Facility.objects.select_for_update(no_key=True, of=("self",)).select_related("file")
    facility = rows.get(pk=facility_id)
    users = users_of(facility, on)
    left = [
        row.pk
        for row in facility.members.filter(state=State.ACTIVE).select_related("enterprise").order_by("pk")
        if user_of(users, row.enterprise.credit_code) is None
    ]
    return [_suspend(locked_member(pk), f"{on} {LEFT}", on, None) for pk in left]


def watch_facilities(*, on: dt.date) -> int:
    """Look at every facility that may still be drawn; how many members were suspended. Each in a transaction of its own."""
    running = Facility.objects.filter(closed_on=None, last_day__gte=on).order_by("pk")
    return sum(
        len(suspend_who_left(facility_id=pk, on=on)) for pk in list(running.values_list("pk", flat=True))
    )


def _suspend(member: FacilityMember, reason: str, on: dt.date, by: Any) -> FacilityMember:
    MemberAct.objects.create(
        member=member,
        kind=MemberAct.Kind.SUSPENDED,
        reason=reason,
        on=on,
        recorded_by=by.account if by else None,
    )
    member.refresh_from_db()
    record(by=by, verb="facilities.suspend", subject=member, summary=f"暂停用款 {member.name}：{reason}")
    return member


def _last_act(member: FacilityMember) -> int | None:
    """What was last done with a member: its state and its limit move by acts alone."""
    return member.acts.order_by("-pk").values_list("pk", flat=True).first()


def _user(facility: Facility, credit_code: str, on: dt.date) -> Mapping[str, Any] | None:
    return user_of(users_of(facility, on), credit_code)


def _enterprise(credit_code: str) -> Organisation | None:
    if not credit_code:
        return None
    return Organisation.objects.filter(kind=Organisation.Kind.ENTERPRISE, credit_code=credit_code).first()
