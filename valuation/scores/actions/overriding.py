"""Two persons of a house use another grade than a score's, with their reason. Lock order: approval, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, refuse_if_any
from kernel.typed import words_problems
from kernel.work.approvals import ask, executes
from valuation.cards.queries import card_of
from valuation.scores.models import Override
from valuation.scores.queries.kept import score_of

if TYPE_CHECKING:
    from finance.parties.models import Membership
    from kernel.work.models import Approval
    from valuation.scores.models import Score

PROPOSES, CONFIRMS = "bank.maker", "bank.checker"
OVERRIDE = "scores.override"
LONGEST = 500


@in_chinese
@transaction.atomic
def propose_override(*, by: Membership, score_id: UUID, grade: str, reason: str) -> Approval:
    """Ask a second person to use another grade. Refused: no grade of the card, the one in use, without a reason.

    What a gate stopped or what is too thin has no grade to change: a person decides on the loan without one.
    """
    permit(by, PROPOSES)
    row = score_of(viewer=by, score_id=score_id)
    reason, now = reason.strip(), grade_in_use(row)
    problems = []
    grades = [one.id for one in card_of(row.card, row.parameters).grades]
    if not row.usable:
        problems.append(
            Problem("评分", row.get_status_display(), "没有可用的等级，转人工审查，不作调整", "no_grade")
        )
    if grade not in grades:
        problems.append(Problem("等级", f"没有“{grade[:10]}”", f"只能是：{'、'.join(grades)}", "grade"))
    elif grade == now:
        problems.append(Problem("等级", f"现用即为{grade}", "请选择另一等级", "same"))
    problems += words_problems("理由", reason, LONGEST)
    refuse_if_any(problems)
    command = {"score": str(row.pk), "grade": grade, "before": now, "reason": reason}
    basis = {"enterprise": row.enterprise.name, "on": row.on.isoformat(), "score": row.answer["score"]}
    summary = f"调整等级 {row.enterprise.short_name} {now} → {grade}"
    return ask(by=by, kind=OVERRIDE, command=command, subject=row, summary=summary, basis=basis)


@executes(OVERRIDE)
def _override(approval: Approval, by: Any) -> Override:
    permit(by, CONFIRMS)
    command = approval.command
    row = score_of(viewer=by, score_id=UUID(command["score"]))
    now = grade_in_use(row)
    if now != command["before"]:
        refuse_if_any([Problem("等级", f"现用已是{now}", "请退回，由经办人重新提出", "moved")])
    kept = Override.objects.create(
        score=row, grade_before=now, grade=command["grade"], reason=command["reason"],
        decided_on=approval.decided_on, approval=approval,
    )  # fmt: skip
    record(by=by, verb="score.override", subject=kept, summary=f"{approval.summary}：{kept.reason}"[:300])
    return kept


def grade_in_use(row: Score) -> str:
    """The grade of the last override, or the score's own."""
    last = row.overrides.order_by("recorded_at", "pk").last()
    return last.grade if last else row.grade
