"""An enterprise disputes an input or asks for a person; the house that made the score answers. Lock order: none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone

from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.documents.actions import keep_file
from kernel.documents.papers import MEDIA_TYPES, ending_of, paper_problem
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.typed import words_problems
from valuation.scores.actions.scoring import score_enterprise
from valuation.scores.actions.stating import STATES, may_state_of, record_inputs
from valuation.scores.models import Dispute, DisputeAnswer, ReviewAnswer, ReviewRequest
from valuation.scores.queries.kept import scores_told
from valuation.scores.queries.voices import dispute_to_answer, review_to_answer

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from uuid import UUID

    from finance.parties.models import Membership
    from valuation.scores.models import InputFact, Score
    from valuation.scores.rules import Stated

SPEAKS = "enterprise.owner"
ANSWERS = ("bank.maker", "bank.checker")
LONGEST = 500
Answer = TypeVar("Answer")
_ANSWERED = Problem("答复", "已经答复", "不必再次答复", "answered")


def _words(where: str, text: str) -> list[Problem]:
    return list(words_problems(where, text, LONGEST))


@in_chinese
@transaction.atomic
def dispute_input(
    *,
    by: Membership,
    score_id: UUID,
    item: str,
    says: str,
    on: dt.date,
    paper: tuple[str, bytes] | None = None,
) -> Dispute:
    """Say that one input of a score of one's own enterprise is wrong; a paper (name, bytes) may prove it.

    Score.DoesNotExist for another enterprise's. Refused: no such input in the score, no words, a file that is no paper.
    """
    permit(by, SPEAKS)
    row = scores_told(viewer=by).get(pk=score_id)
    named = {line["id"]: line for line in row.answer["lines"]} | {
        gate["id"]: gate for gate in row.answer["gates"]
    }
    problems = _words("异议内容", says)
    if item not in named:
        problems.append(Problem("数据", f"评分里没有“{item[:40]}”", "从列表中选择", "no_such_input"))
    if paper is not None and (fault := paper_problem(*paper)):
        problems.append(fault)
    refuse_if_any(problems)
    stored = None
    if paper is not None:
        name, content = paper
        stored = keep_file(
            by=by, at=timezone.now(), name=name, media_type=MEDIA_TYPES[ending_of(name)], content=content
        )  # fmt: skip
    kept = Dispute.objects.create(
        score=row, input=item, says=says.strip(), paper=stored, made_by=by.account, made_on=on
    )
    record(by=by, verb="score.dispute", subject=kept, summary=f"数据异议 {item}：{says.strip()}"[:300])
    return kept


@in_chinese
@transaction.atomic
def answer_dispute(
    *,
    by: Membership,
    dispute_id: UUID,
    upheld: bool,
    words: str,
    on: dt.date,
    correction: Stated | None = None,
) -> DisputeAnswer:
    """Answer a dispute of a score of the house, once. An upheld one of an indicator brings the corrected input, a row of the
    house's own, and a new score with it; the disputed score stays as it was made.

    `correction` says state, value, source and day; which input it is of says the dispute. Refused: no words; an upheld
    indicator without its correction, as far as the firm still allows the house to state it; a fault of the correction.
    """
    permit(by, *ANSWERS)
    dispute = dispute_to_answer(viewer=by, dispute_id=dispute_id)
    refuse_if_any([*_words("答复", words), *_open_problems(dispute)])
    fact = rescored = None
    if upheld and (item := _input_of(dispute)):
        fact, rescored = _corrected(by, dispute.score, item, correction, on)
    kept = _once(
        lambda: DisputeAnswer.objects.create(
            dispute=dispute, upheld=upheld, words=words.strip(), fact=fact, rescored=rescored,
            answered_by=by.account, answered_on=on,
        )
    )  # fmt: skip
    told = "成立" if upheld else "不成立"
    facts = {"rescored": str(rescored.pk)} if rescored else {}
    summary = f"异议{told}：{words.strip()}"[:300]
    record(by=by, verb="score.dispute_answer", subject=dispute, summary=summary, facts=facts)
    return kept


def _open_problems(dispute: Dispute) -> list[Problem]:
    return [_ANSWERED] if hasattr(dispute, "answer") else []


def _input_of(dispute: Dispute) -> str:
    """The input that a disputed indicator stood on; empty for a gate, which no single input makes."""
    lines = {line["id"]: line["input"] for line in dispute.score.answer["lines"]}
    return lines.get(dispute.input, "")


def _corrected(
    by: Membership, row: Score, item: str, correction: Stated | None, on: dt.date
) -> tuple[InputFact | None, Score | None]:
    """The corrected input and the score made with it; neither, where the firm allows the house neither any more."""
    if not may_state_of(viewer=by, on=on).filter(pk=row.enterprise_id).exists():
        return None, None
    if by.seat not in STATES:
        raise Refused(
            Problem("更正后的数据", "复核岗不录入数据", "成立的异议请由经办岗录入更正并答复", "seat")
        )
    if correction is None:
        raise Refused(
            Problem("更正后的数据", "未填写", "异议成立的，填写更正后的状态、数值和来源", "required")
        )
    stated = replace(correction, item=item)
    [fact] = record_inputs(by=by, rows=[("", row.enterprise.credit_code, stated)], on=on)
    return fact, score_enterprise(by=by, enterprise=row.enterprise, on=on)


@in_chinese
@transaction.atomic
def ask_review(*, by: Membership, score_id: UUID, says: str, on: dt.date) -> ReviewRequest:
    """Ask that a person of the house look at a score; one at a time."""
    permit(by, SPEAKS)
    row = scores_told(viewer=by).exclude(house=by.organisation_id).get(pk=score_id)
    problems = _words("申请内容", says)
    if row.reviews.filter(answer__isnull=True).exists():
        problems.append(Problem("人工复核", "已有一件未答复", "请等待答复", "waiting"))
    refuse_if_any(problems)
    kept = ReviewRequest.objects.create(score=row, says=says.strip(), made_by=by.account, made_on=on)
    record(by=by, verb="score.review", subject=kept, summary=f"申请人工复核：{says.strip()}"[:300])
    return kept


@in_chinese
@transaction.atomic
def answer_review(*, by: Membership, review_id: UUID, words: str, on: dt.date) -> ReviewAnswer:
    """Say what the person who looked found, once."""
    permit(by, *ANSWERS)
    review = review_to_answer(viewer=by, review_id=review_id)
    refuse_if_any(_words("答复", words))
    kept = _once(
        lambda: ReviewAnswer.objects.create(
            request=review, words=words.strip(), answered_by=by.account, answered_on=on
        )
    )
    record(by=by, verb="score.review_answer", subject=review, summary=f"人工复核答复：{words.strip()}"[:300])
    return kept


def _once(write: Callable[[], Answer]) -> Answer:
    """A question has one answer: a second one is told."""
    try:
        with transaction.atomic():
            return write()
    except IntegrityError as fault:
        if "_key" not in str(fault) and "unique" not in str(fault):
            raise
        raise Refused(_ANSWERED) from fault
