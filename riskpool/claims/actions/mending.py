"""The bureau lists what must be mended, the bank answers item by item, the bureau strikes each item off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.documents.actions import keep_file
from kernel.errors import Problem, refuse_if_any
from riskpool.claims import mending
from riskpool.claims.actions.clocks import Desk, Kind, tick
from riskpool.claims.actions.locking import PREPARES, lock_claim, require_state
from riskpool.claims.models import (
    Claim,
    DeficiencyAnswer,
    DeficiencyClosing,
    DeficiencyItem,
    DeficiencyNotice,
)

if TYPE_CHECKING:
    from uuid import UUID

Answer, Outcome = DeficiencyAnswer.Kind, DeficiencyClosing.Outcome


@dataclass(frozen=True)
class Asked:
    """One item that the bureau asks for: what paper or fact, why, by which article."""

    what: str
    why: str
    article: str


@dataclass(frozen=True)
class Answered:
    """What the bank answers to one item: a kind, words, and for a paper its name, media type and bytes."""

    item_id: int
    kind: str
    text: str = ""
    name: str = ""
    media_type: str = ""
    content: bytes = b""


@in_chinese
@transaction.atomic
def issue_notice(*, by: Any, claim_id: UUID, items: Sequence[Asked], on: dt.date) -> DeficiencyNotice:
    """Ask the bank to mend a claim: its clock runs from now on and the bureau's stands still."""
    claim, _ = lock_claim(by, claim_id, roles=(PREPARES,), year=None)
    require_state(claim, Claim.State.FILED)
    refuse_if_any(_asked_problems(items))
    notice = DeficiencyNotice.objects.create(
        claim=claim, round=claim.notices.count() + 1, issued_on=on, recorded_by=by.account
    )
    DeficiencyItem.objects.bulk_create(
        DeficiencyItem(
            notice=notice,
            place=place,
            what=item.what.strip(),
            why=item.why.strip(),
            article=item.article.strip(),
        )
        for place, item in enumerate(items, start=1)
    )
    claim.state = Claim.State.DEFICIENT
    claim.save(update_fields=["state"])
    why = f"第{notice.round}次补正通知，{len(items)} 项"
    tick(claim, Desk.DECISION, Kind.STOP, on=on, by=by, reason=why)
    tick(claim, Desk.ANSWER, Kind.START, on=on, by=by, reason=why)
    record(
        by=by, verb="claim.deficient", subject=claim, summary=f"{claim.number} {why}",
        facts={"items": [item.what for item in items]},
    )  # fmt: skip
    return notice


def _asked_problems(items: Sequence[Asked]) -> list[Problem]:
    if not items:
        return [Problem("补正事项", "一项也没有", "请至少列一项", "required")]
    problems = []
    for place, item in enumerate(items, start=1):
        for name, text, most in (
            ("需补正的材料或事实", item.what, 200), ("原因", item.why, 300), ("依据条款", item.article, 200),
        ):  # fmt: skip
            if not text.strip():
                problems.append(Problem(f"第{place}项 {name}", "未填写", "请写明", "required"))
            elif len(text.strip()) > most:
                problems.append(Problem(f"第{place}项 {name}", f"超过 {most} 字", "请精简", "too_long"))
    return problems


@in_chinese
@transaction.atomic
def answer_items(
    *, by: Any, claim_id: UUID, answers: Sequence[Answered], on: dt.date, at: dt.datetime
) -> Claim:
    """Answer items of an open notice, some or all; with the last one answered the claim is back with the bureau."""
    claim, _ = lock_claim(by, claim_id, roles=("bank.maker",), year=None, as_bank=True)
    require_state(claim, Claim.State.DEFICIENT)
    items = {state.item.pk: state.item for state in mending.open_items(claim)}
    refuse_if_any(_answer_problems(answers, items))
    for answer in answers:
        file = None
        if answer.kind == Answer.PAPER:
            file = keep_file(
                by=by, at=at, name=answer.name, media_type=answer.media_type, content=answer.content
            )
        DeficiencyAnswer.objects.create(
            item=items[answer.item_id], kind=answer.kind, text=answer.text.strip(), file=file, answered_on=on,
            recorded_by=by.account,
        )  # fmt: skip
    left = [state for state in mending.open_items(claim) if not state.answered]
    if not left:
        claim.state = Claim.State.FILED
        claim.save(update_fields=["state"])
        tick(claim, Desk.ANSWER, Kind.END, on=on, by=by, reason="银行已逐项答复")
        tick(claim, Desk.DECISION, Kind.RESUME, on=on, by=by, reason="银行已逐项答复")
    told = f"答复 {len(answers)} 项" + (f"，尚有 {len(left)} 项" if left else "，全部答复完毕")
    record(by=by, verb="claim.answer", subject=claim, summary=f"{claim.number} 补正{told}")
    return claim


def _answer_problems(answers: Sequence[Answered], items: dict[int, DeficiencyItem]) -> list[Problem]:
    if not answers:
        return [Problem("补正答复", "一项也没有答复", "请至少答复一项", "required")]
    problems = []
    for answer in answers:
        item = items.get(answer.item_id)
        if item is None:
            problems.append(Problem("补正事项", "已经销项或不属于本申请", "请刷新页面", "not_open"))
            continue
        where = f"补正事项 {item.place}“{item.what}”"
        if answer.kind not in Answer.values:
            problems.append(Problem(where, f"没有“{answer.kind}”这种答复", "请从三种中选择", "kind"))
        elif answer.kind == Answer.PAPER and not answer.content:
            problems.append(Problem(where, "没有文件", "请上传材料，或改为文字说明", "empty"))
        elif answer.kind != Answer.PAPER and not answer.text.strip():
            wanted = "请写明无法提供的原因" if answer.kind == Answer.UNABLE else "请写明"
            problems.append(Problem(where, "没有文字", wanted, "required"))
        if len(answer.text.strip()) > 500:
            problems.append(Problem(where, "超过 500 字", "请精简", "too_long"))
    return problems


@in_chinese
@transaction.atomic
def strike_off(
    *, by: Any, claim_id: UUID, item_id: int, outcome: str, on: dt.date, note: str = ""
) -> DeficiencyClosing:
    """The bureau strikes an answered item off: met, waived, or to be asked again in the next round."""
    claim, _ = lock_claim(by, claim_id, roles=(PREPARES,), year=None)
    require_state(claim, Claim.State.FILED)
    state = {state.item.pk: state for state in mending.open_items(claim)}.get(item_id)
    problems = []
    if state is None:
        problems.append(Problem("补正事项", "已经销项或不属于本申请", "请刷新页面", "not_open"))
    if outcome not in Outcome.values:
        problems.append(Problem("销项", f"没有“{outcome}”这种结论", "请从三种中选择", "outcome"))
    elif outcome != Outcome.MET and not note.strip():
        problems.append(Problem("销项", "没有理由", "免于补正或未满足的，请写明理由", "required"))
    refuse_if_any(problems)
    assert state is not None, "refused above"
    closing = DeficiencyClosing.objects.create(
        item=state.item, outcome=outcome, note=note.strip()[:300], closed_on=on, recorded_by=by.account
    )
    record(
        by=by, verb="claim.strike_off", subject=claim,
        summary=f"{claim.number} 补正事项“{state.item.what}”{closing.get_outcome_display()}",
    )  # fmt: skip
    return closing
