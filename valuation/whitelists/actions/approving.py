"""Two persons of a house approve a list: what is frozen is what was put to the second, or nothing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.work import outbox
from kernel.work.approvals import ask, executes, sent_back
from valuation.whitelists import queries
from valuation.whitelists.actions.making import MAKES, locked, reason_problems
from valuation.whitelists.freezing import BY_HAND, sha256_of
from valuation.whitelists.gathering import lapsed
from valuation.whitelists.models import ApprovedList, HandChange, WhiteList

if TYPE_CHECKING:
    from uuid import UUID

    from finance.parties.models import Membership
    from kernel.work.models import Approval

SIGNS = ("finance_bureau.approver", "ip_bureau.clerk")
APPROVE = "whitelists.approve"
State = WhiteList.State


@in_chinese
@transaction.atomic
def ask_for_approval(*, by: Membership, list_id: UUID, on: dt.date) -> Approval:
    """Put a draft to a second person of the house. Refused: no draft, nobody on it, a firm that no longer allows its use."""
    permit(by, *MAKES)
    made = locked(by, list_id)
    if made.state != State.DRAFT:
        raise Refused(Problem("名单", made.get_state_display(), "只有草稿可以提请复核", "not_a_draft"))
    content = queries.content_of(made)
    if not content["firms"]:
        wanted = "没有符合条件的企业；可补充数据后重新编制，或写明理由人工列入"
        raise Refused(Problem("名单", "没有企业", wanted, "nobody"))
    refuse_if_any(_consent_problems(made, content, on, "请移出这些企业或重新编制"))
    made.state = State.ASKED
    made.save(update_fields=["state"])
    return ask(
        by=by,
        kind=APPROVE,
        command={"list": str(made.pk), "digest": sha256_of(content)},
        subject=made,
        summary=f"白名单定稿 {made}：{len(content['firms'])} 户",
        basis=_basis(made, content),
    )


def _basis(made: WhiteList, content: dict[str, Any]) -> dict[str, Any]:
    """What the second person is shown: every firm on the list, and what hands changed, with reasons."""
    changes = queries.last_changes(made).values()
    looked_at = made.candidates.count()
    return {
        "title": content["title"],
        "on": content["on"],
        "looked_at": looked_at,
        "firms": [
            {key: firm[key] for key in ("place", "name", "credit_code", "by", "reason")}
            for firm in content["firms"]
        ],
        "by_hand": sum(firm["by"] == BY_HAND for firm in content["firms"]),
        "removed": [
            {"name": change.candidate.name, "reason": change.reason}
            for change in changes
            if change.kind == HandChange.Kind.REMOVE and change.candidate.answer == "in"
        ],
        "valid_days": queries.filter_of_list(made).valid_days,
    }


@executes(APPROVE)
def _approve(approval: Approval, by: Any) -> ApprovedList:
    """Freeze the list. Refused when it is not what was asked for, or a firm's consent has ended while it waited."""
    permit(by, *SIGNS)
    made = locked(by, approval.command["list"])
    content = queries.content_of(made)
    if made.state != State.ASKED or sha256_of(content) != approval.command["digest"]:
        raise Refused(Problem("名单", "与提请时不同", "请退回，由经办人重新提请", "ground_moved"))
    on = approval.decided_on
    refuse_if_any(_consent_problems(made, content, on, "请退回，由经办人移出这些企业或重新编制"))
    approved = ApprovedList.objects.create(
        white_list=made,
        content=content,
        digest=approval.command["digest"],
        approved_on=on,
        valid_to=on + dt.timedelta(days=queries.filter_of_list(made).valid_days - 1),
        approval=approval,
    )
    made.state = State.APPROVED
    made.save(update_fields=["state"])
    record(by=by, verb="whitelist.approve", subject=made, summary=approval.summary)
    payload = {"approved": str(approved.pk), "membership": str(by.pk)}
    outbox.put(kind="whitelists.paper", payload=payload, effect_key=f"whitelists.paper:{approved.pk}")
    return approved


def _consent_problems(made: WhiteList, content: dict[str, Any], on: dt.date, wanted: str) -> list[Problem]:
    ended = lapsed(made=made, enterprises=[firm["enterprise"] for firm in content["firms"]], on=on)
    if not ended:
        return []
    found = f"已撤回授权或授权已到期：{'、'.join(ended.values())}"
    return [Problem("授权", found, wanted, "no_consent")]


@sent_back(APPROVE)
def _a_draft_again(approval: Approval) -> None:
    made = WhiteList.objects.select_for_update(no_key=True).get(pk=approval.command["list"])
    made.state = State.DRAFT
    made.save(update_fields=["state"])


@in_chinese
@transaction.atomic
def drop(*, by: Membership, list_id: UUID, reason: str) -> WhiteList:
    """Give a draft up; it stays readable."""
    permit(by, *MAKES)
    made = locked(by, list_id)
    problems = reason_problems(reason)
    if made.state != State.DRAFT:
        problems.append(Problem("名单", made.get_state_display(), "只有草稿可以作废", "not_a_draft"))
    if problems:
        raise Refused(problems)
    made.state = State.DROPPED
    made.save(update_fields=["state"])
    record(by=by, verb="whitelist.drop", subject=made, summary=f"作废白名单 {made}：{reason.strip()}")
    return made
