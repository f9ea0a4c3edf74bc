"""A member draws, and what it drew comes back: recorded by the bank's maker, held by locks and CHECKs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, refuse_if_any
from kernel.money.fields import fen_of, money_of
from kernel.money.yuan import yuan_text
from kernel.typed import words_problems
from valuation.facilities.actions.locking import MAKES, lock_draw, lock_member
from valuation.facilities.models import Draw, Release
from valuation.facilities.queries import is_user, room_of, seat_of
from valuation.facilities.rules import LONGEST_REASON, draw_problems, release_problems

if TYPE_CHECKING:
    from uuid import UUID


@in_chinese
@transaction.atomic
def draw(*, by: Any, member_id: UUID, amount_fen: int, loan_no: str, day: dt.date, on: dt.date) -> Draw:
    """Record that a member was lent so much under a loan number of the bank.

    Refused, all at once: over the member's limit or the facility's total, outside its days, a closed facility, a suspended
    member, one who is not in the register on the day, a loan number that was drawn before.
    """
    permit(by, MAKES)
    facility, member = lock_member(by, member_id)
    loan_no = loan_no.strip()
    problems = list(
        draw_problems(
            room_of(facility), seat_of(member), amount_fen=amount_fen, day=day, loan_no=loan_no,
            in_register=is_user(facility, member.enterprise, day, on), on=on,
        )
    )  # fmt: skip
    if Draw.objects.filter(bank_id=facility.bank_id, loan_no=loan_no).exists():
        problems.append(Problem("借据号", f"{loan_no} 已记录过用款", "一笔贷款只记一次", "drawn_before"))
    refuse_if_any(problems)
    drawn = Draw.objects.create(
        facility=facility, member=member, bank_id=facility.bank_id, loan_no=loan_no, amount=money_of(amount_fen), on=day,
        recorded_by=by.account,
    )  # fmt: skip
    told = f"用款 {member.name} {loan_no}：{yuan_text(amount_fen)} 元"
    record(by=by, verb="facilities.draw", subject=drawn, summary=told, facts={"on": day.isoformat()})
    return drawn


@in_chinese
@transaction.atomic
def release(*, by: Any, draw_id: UUID, amount_fen: int, day: dt.date, on: dt.date, note: str = "") -> Release:
    """Record that so much of a draw came back."""
    permit(by, MAKES)
    drawn = lock_draw(by, draw_id)
    problems = list(
        release_problems(
            amount_fen=amount_fen, drawn_fen=fen_of(drawn.amount), released_fen=fen_of(drawn.released), day=day,
            drawn_on=drawn.on, on=on,
        )
    )  # fmt: skip
    problems += words_problems("说明", note, LONGEST_REASON, required=False)
    refuse_if_any(problems)
    back = Release.objects.create(
        draw=drawn, amount=money_of(amount_fen), on=day, note=note.strip(), recorded_by=by.account
    )
    told = f"归还 {drawn.member.name} {drawn.loan_no}：{yuan_text(amount_fen)} 元"
    record(by=by, verb="facilities.release", subject=back, summary=told, facts={"on": day.isoformat()})
    return back
