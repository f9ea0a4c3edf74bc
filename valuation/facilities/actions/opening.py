"""A facility is opened, raised and closed: asked by one person of the bank, carried out with another's decision."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.seats import permit
from finance.pledges.queries.of_files import file as file_of
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.days import day_of
from kernel.errors import Problem, refuse_if_any
from kernel.identifiers import new_id
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.work.approvals import ask, executes
from valuation.facilities.actions.locking import CHECKS, MAKES, lock_facility
from valuation.facilities.models import Facility, FacilityAct
from valuation.facilities.queries import facility as facility_of
from valuation.facilities.queries import marks_in, room_of
from valuation.facilities.rules import opening_problems, raising_problems, text_problems

if TYPE_CHECKING:
    from uuid import UUID

    from kernel.work.models import Approval
    from valuation.facilities.queries import Mark

OPEN, RAISE, CLOSE = "facilities.open", "facilities.raise", "facilities.close"
Kind = FacilityAct.Kind


@in_chinese
@transaction.atomic
def propose_facility(
    *, by: Any, file_id: UUID, right_number: str, total_fen: int, first: dt.date, last: dt.date, purpose: str,
    on: dt.date,
) -> Approval:  # fmt: skip
    """Ask a second person to open group credit for the users of a regional mark in one of the bank's files.

    Refused, all at once: another seat, a mark without users today, an amount of nothing, days out of order, no purpose.
    """
    permit(by, MAKES)
    file = file_of(viewer=by, file_id=file_id)
    mark = next((one for one in marks_in(file, on) if one.number == right_number), None)
    refuse_if_any(
        [
            *_mark_problems(mark, right_number),
            *opening_problems(total_fen=total_fen, first=first, last=last, purpose=purpose, on=on),
        ]
    )
    assert mark is not None
    command = {
        "facility": str(new_id()), "file": str(file.pk), "right_number": right_number, "total_fen": total_fen,
        "first": first.isoformat(), "last": last.isoformat(), "purpose": purpose.strip(),
    }  # fmt: skip
    basis = {
        "mark": mark.words,
        "file": file.number,
        "users": [one["name"] for one in mark.users],
        "total": yuan_text(total_fen),
    }
    summary = f"开立集体授信：{mark.words} {right_number}，{yuan_text(total_fen)} 元"
    return ask(by=by, kind=OPEN, command=command, subject=file, summary=summary, basis=basis)


@executes(OPEN)
def _open(approval: Approval, by: Any) -> Facility:
    """Open what was asked, if the mark still has users on the day."""
    permit(by, CHECKS)
    command, on = approval.command, _decided_on(approval)
    file = file_of(viewer=by, file_id=command["file"])
    mark = next((one for one in marks_in(file, on) if one.number == command["right_number"]), None)
    first, last = (dt.date.fromisoformat(command[end]) for end in ("first", "last"))
    refuse_if_any(
        [
            *_mark_problems(mark, command["right_number"]),
            *opening_problems(
                total_fen=command["total_fen"], first=first, last=last, purpose=command["purpose"], on=on
            ),
        ]
    )
    assert mark is not None
    facility = Facility.objects.create(
        id=command["facility"], bank_id=by.organisation_id, file=file, right_number=command["right_number"],
        mark=mark.words[:120], purpose=command["purpose"], first_day=first, last_day=last, opened_on=on,
    )  # fmt: skip
    return _act(facility, Kind.OPENED, command["total_fen"], command["purpose"], approval, by)


@in_chinese
@transaction.atomic
def propose_raise(*, by: Any, facility_id: UUID, total_fen: int, reason: str) -> Approval:
    """Ask a second person for a higher total."""
    permit(by, MAKES)
    facility = facility_of(viewer=by, facility_id=facility_id)
    refuse_if_any(raising_problems(room_of(facility), total_fen, reason))
    command = {
        "facility": str(facility.pk), "total_fen": total_fen, "before_fen": fen_of(facility.total), "reason": reason.strip(),
    }  # fmt: skip
    basis = {
        "mark": facility.mark,
        "before": yuan_text(fen_of(facility.total)),
        "total": yuan_text(total_fen),
    }
    summary = f"调增集体授信：{facility.mark}，至 {yuan_text(total_fen)} 元"
    return ask(by=by, kind=RAISE, command=command, subject=facility, summary=summary, basis=basis)


@executes(RAISE)
def _raise(approval: Approval, by: Any) -> Facility:
    permit(by, CHECKS)
    command = approval.command
    facility = lock_facility(by, command["facility"])
    problems = [
        *raising_problems(room_of(facility), command["total_fen"], command["reason"]),
        *_moved_problems(facility, command.get("before_fen")),
    ]
    refuse_if_any(problems)
    return _act(facility, Kind.RAISED, command["total_fen"], command["reason"], approval, by)


@in_chinese
@transaction.atomic
def propose_closing(*, by: Any, facility_id: UUID, reason: str) -> Approval:
    """Ask a second person to close a facility: nothing more is drawn, what is out comes back as before."""
    permit(by, MAKES)
    facility = facility_of(viewer=by, facility_id=facility_id)
    refuse_if_any([*text_problems("理由", reason), *_closed_problems(facility)])
    command = {
        "facility": str(facility.pk),
        "total_fen": fen_of(facility.total),
        "reason": reason.strip(),
    }
    total, drawn = (yuan_text(fen_of(amount)) for amount in (facility.total, facility.drawn))
    basis = {"mark": facility.mark, "total": total, "drawn": drawn}
    summary = f"关闭集体授信：{facility.mark}，未还 {drawn} 元"
    return ask(by=by, kind=CLOSE, command=command, subject=facility, summary=summary, basis=basis)


@executes(CLOSE)
def _close(approval: Approval, by: Any) -> Facility:
    permit(by, CHECKS)
    command = approval.command
    facility = lock_facility(by, command["facility"])
    refuse_if_any([*_closed_problems(facility), *_moved_problems(facility, command["total_fen"])])
    return _act(facility, Kind.CLOSED, command["total_fen"], command["reason"], approval, by)


def _act(facility: Facility, kind: str, total_fen: int, reason: str, approval: Approval, by: Any) -> Facility:
    """Write the act; the database moves the facility with it."""
    act = FacilityAct.objects.create(
        facility=facility, kind=kind, total=money_of(total_fen), reason=reason, on=_decided_on(approval),
        approval=approval,
    )  # fmt: skip
    facility.refresh_from_db()
    record(by=by, verb=approval.kind, subject=facility, summary=approval.summary, facts={"act": act.pk})
    return facility


def _decided_on(approval: Approval) -> dt.date:
    assert approval.decided_at is not None
    return day_of(approval.decided_at)


def _mark_problems(mark: Mark | None, right_number: str) -> list[Problem]:
    if mark is None:
        found = f"案件里没有编号为 {right_number[:40]} 的集体商标、证明商标或地理标志"
        return [Problem("商标", found, "请选登记案件里的区域商标", "no_mark")]
    if not mark.users:
        found = f"{mark.words} 今天没有使用人"
        return [Problem("使用人名册", found, "请先在登记案件里填写使用人名册", "no_users")]
    return []


def _moved_problems(facility: Facility, shown_fen: int | None) -> list[Problem]:
    """The total is no more the one that the second person was shown."""
    if fen_of(facility.total) == shown_fen:
        return []
    return [Problem("授信总额", "提请之后已有变化", "请退回，由经办人重新提请", "moved")]


def _closed_problems(facility: Facility) -> list[Problem]:
    return [Problem("集体授信", "已关闭", "不必再办", "closed")] if facility.closed_on else []
