"""An officer turns a ground, or a paper that is asked for, from advice to binding or back.

Two persons of a finance bureau, for its region, from a day.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from finance.parties.seats import permit
from finance.pledges.models import GroundMode
from finance.pledges.rules.book import CONFIDENCE
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, refuse_if_any
from kernel.work.approvals import ask, executes

if TYPE_CHECKING:
    from finance.parties.models import Membership
    from finance.pledges.rules.book import RuleBook
    from kernel.work.models import Approval

PREPARES, SIGNS = "finance_bureau.officer", "finance_bureau.approver"
_SPACE = UUID("b1a7c0de-0d6e-5f5f-9f7a-2f1f7c7c0025")


@in_chinese
def propose_mode(
    *,
    by: Membership,
    book: RuleBook,
    ground: str,
    mode: str,
    reason: str,
    first_day: dt.date | None,
    on: dt.date,
) -> Approval:
    """Ask a second person to make a ground binding or advisory from a day on, not before today. Refused with every fault, a
    day that a form could not read (None) among them."""
    permit(by, PREPARES)
    known = {one.id: one for one in book.turnable}
    problems = []
    if ground not in known:
        problems.append(Problem("事由", f"没有 {ground[:20]}", "请从列表中选择", "no_ground"))
    if mode not in GroundMode.Mode.values:
        problems.append(Problem("改为", f"没有“{mode[:20]}”", "请选强制或提示", "no_mode"))
    if first_day is None:
        problems.append(Problem("自", "未填写", "请填今天或以后的日期", "required"))
    elif first_day < on:
        problems.append(Problem("自", f"{first_day} 早于今天（{on}）", "请填今天或以后的日期", "past"))
    if not reason.strip():
        problems.append(Problem("理由", "未填写", "请写明依据，例如律师意见的编号", "required"))
    if not by.organisation.region:
        problems.append(Problem("地区", "本机构没有地区代码", "请先登记机构所在地区", "no_region"))
    refuse_if_any(problems)
    assert first_day is not None, "a missing day is a fault"
    rule, region = known[ground], by.organisation.region
    asked = f"{by.organisation_id} {book.family} {ground} {mode} {first_day} {reason.strip()}"
    turned = GroundMode.objects.filter(family=book.family, ground=ground, region=region).count()
    mode_id = uuid5(_SPACE, f"{asked} {turned}")  # the same while one waits, another once it was signed
    command = {
        "id": str(mode_id),
        "family": book.family,
        "ground": ground,
        "mode": mode,
        "region": region,
        "first_day": first_day.isoformat(),
        "reason": reason.strip()[:300],
    }
    basis = {
        "规则": f"{book.title} {ground} {rule.title}",
        "条文": rule.basis.article,
        "依据": CONFIDENCE[rule.basis.confidence][0],
        "改为": str(GroundMode.Mode(mode).label),
    }
    summary = f"{ground} 自 {first_day} 起改为{GroundMode.Mode(mode).label}：{rule.title}"
    return ask(
        by=by,
        kind="pledges.mode",
        command=command,
        subject=GroundMode(pk=mode_id),
        summary=summary,
        basis=basis,
    )


@executes("pledges.mode")
def _turn(approval: Approval, by: Any) -> GroundMode:
    """Write the turn down; Refused when its first day has passed while it waited."""
    permit(by, SIGNS)
    command = approval.command
    first_day = dt.date.fromisoformat(command["first_day"])
    if first_day < approval.decided_on:
        found = f"{first_day} 早于签批日 {approval.decided_on}"
        refuse_if_any([Problem("自", found, "请退回，由经办人改期后重新提请", "past")])
    turned = GroundMode.objects.create(
        pk=UUID(command["id"]),
        **{name: command[name] for name in ("family", "ground", "mode", "region", "reason")},
        first_day=first_day,
        approval=approval,
    )
    record(by=by, verb="pledge_rule.turn", subject=turned, summary=approval.summary)
    return turned
