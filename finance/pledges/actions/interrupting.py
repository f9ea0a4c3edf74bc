"""The bank tells what interrupted the limitation of its claim, or takes back what it told."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from finance.parties.seats import permit
from finance.pledges.books import interruption_kinds
from finance.pledges.models import LimitationInterrupted
from finance.pledges.rules.bounds import day_beyond
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.documents.papers import paper_problem
from kernel.errors import Problem, refuse_if_any

from .files import Paper, keep, locked
from .watching import look_soon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from finance.parties.models import Membership
    from finance.pledges.models import RegistrationFile

BANK = ("bank.maker", "bank.checker")


@in_chinese
@transaction.atomic
def interrupt(
    *,
    by: Membership,
    file_id: UUID,
    kind: str,
    on: dt.date | None,
    told: str,
    today: dt.date,
    paper: Paper | None = None,
    corrects: int | None = None,
) -> LimitationInterrupted:
    """Record one interruption, or with `corrects` what stands in place of an earlier one (no kind: nothing does). Refused
    with every fault; that a form could not read the day (None) is one of them."""
    permit(by, *BANK)
    file = locked(by, file_id)
    refuse_if_any(_faults(file, kind, on, told, today, paper, corrects))
    assert on is not None, "a missing day is a fault"
    told_row = LimitationInterrupted.objects.create(
        file=file, kind=kind, on=on, told=told.strip()[:300], paper=keep(by, paper) if paper else None,
        corrects_id=corrects, recorded_on=today, recorded_by=by.account,
    )  # fmt: skip
    look_soon([file.pk], on=today, cause=f"interruption:{told_row.pk}")
    word = interruption_kinds()[kind].title if kind else "撤回时效中断记录"
    record(by=by, verb="pledge_file.interrupt", subject=file, summary=f"{file.number} {word} {on}")
    return told_row


def _faults(
    file: RegistrationFile,
    kind: str,
    on: dt.date | None,
    told: str,
    today: dt.date,
    paper: Paper | None,
    corrects: int | None,
) -> Iterator[Problem]:
    if kind and kind not in interruption_kinds():
        yield Problem("中断事由", f"没有“{kind[:20]}”", "请从列表中选择", "no_kind")
    if not kind and corrects is None:
        yield Problem("中断事由", "未选择", "请从列表中选择", "required")
    if file.registration is None:
        yield Problem("案件", "质权还没有登记", "登记以后再记录时效中断", "not_registered")
    yield from day_beyond("发生日", on)
    if on is None:
        yield Problem("发生日", "未填写", "请填写实际发生的日期", "required")
    elif on > today:
        yield Problem("发生日", f"{on} 晚于今天（{today}）", "请填写实际发生的日期", "future")
    if not told.strip():
        yield Problem("怎样中断", "未填写", "请写明做了什么，例如催收函编号、案号", "required")
    if paper is not None and (fault := paper_problem(paper.name, paper.content)):
        yield fault
    if corrects is not None:
        earlier = file.interruptions.filter(pk=corrects).exclude(kind="").first()
        if earlier is None or hasattr(earlier, "corrected_by"):
            yield Problem("更正", "没有这条记录，或已更正过", "请从列表中选择", "no_such_record")
