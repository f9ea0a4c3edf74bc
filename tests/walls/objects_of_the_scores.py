"""A score of enterprise A by bank A, its consent, dispute and review, for the walls."""

from __future__ import annotations

from typing import Any

from kernel.days import today
from tests.cast import Cast
from tests.scores.ground import adopt, consent, ship_card, state_as_of
from tests.walls.objects import Behind, behind
from valuation.scores import actions


def a_score(cast: Cast) -> tuple[Any, Any]:
    """The consent and the score that bank A made under it."""
    ship_card()
    firm, on = cast.enterprise_a, today()
    state_as_of(firm, on)
    allowed = consent(firm, cast.bank_a.organisation, on)
    adopt(cast.bank_a.maker, firm.organisation, on)
    return allowed, actions.score_enterprise(by=cast.bank_a.maker, enterprise=firm.organisation, on=on)


@behind("scores:score")
def seen_by_both_sides(cast: Cast) -> Behind:
    parameters = {"score_id": a_score(cast)[1].pk}
    return Behind(parameters, seen_by=(cast.bank_a.maker, cast.bank_a.checker, cast.enterprise_a.owner))


@behind("scores:quote", "scores:override", "scores:adopt", "api:score", "api:score_line")
def the_banks_own(cast: Cast) -> Behind:
    return Behind(
        {"score_id": a_score(cast)[1].pk}, seen_by=(cast.bank_a.maker, cast.bank_a.checker)
    )  # fmt: skip


@behind("scores:dispute", "scores:review")
def the_enterprises_word(cast: Cast) -> Behind:
    return Behind({"score_id": a_score(cast)[1].pk}, seen_by=(cast.enterprise_a.owner,))


@behind("scores:withdraw_consent")
def a_consent(cast: Cast) -> Behind:
    return Behind({"consent_id": a_score(cast)[0].pk}, seen_by=(cast.enterprise_a.owner,))


def _dispute(cast: Cast) -> Any:
    row = a_score(cast)[1]
    return actions.dispute_input(
        by=cast.enterprise_a.owner, score_id=row.pk, item="fin_leverage", says="有误", on=today(),
        paper=("证明.pdf", b"%PDF-1.7 paper"),
    )  # fmt: skip


@behind("scores:answer_dispute")
def a_dispute_to_answer(cast: Cast) -> Behind:
    return Behind({"dispute_id": _dispute(cast).pk}, seen_by=(cast.bank_a.maker, cast.bank_a.checker))


@behind("scores:dispute_paper")
def a_paper_of_a_dispute(cast: Cast) -> Behind:
    both = (cast.bank_a.maker, cast.bank_a.checker, cast.enterprise_a.owner)
    return Behind({"dispute_id": _dispute(cast).pk}, seen_by=both)


@behind("scores:answer_review")
def a_review_to_answer(cast: Cast) -> Behind:
    row = a_score(cast)[1]
    asked = actions.ask_review(by=cast.enterprise_a.owner, score_id=row.pk, says="请看", on=today())
    return Behind({"review_id": asked.pk}, seen_by=(cast.bank_a.maker, cast.bank_a.checker))
