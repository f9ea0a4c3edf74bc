"""Scoring an enterprise: gather, work out, keep; and a line quoted on a score. One row that makes itself again.

Lock order: none. A score is an insert; what it rests on is read as it stands when it is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from finance.parties.models import Organisation
from finance.parties.seats import permit
from kernel.acts.actions import record
from kernel.chinese import in_chinese
from kernel.errors import Problem, Refused, refuse_if_any
from kernel.money import wan_text
from kernel.money.fields import money_of
from valuation.cards.queries import card_for
from valuation.credit_line import EXISTING, Ask, credit_line
from valuation.indicative_value import value_if_any
from valuation.inputs import Application
from valuation.scores.models import LineQuote, Score
from valuation.scores.queries.about import about_firm
from valuation.scores.queries.booked import owed_fen
from valuation.scores.queries.consents import consents_for
from valuation.scores.queries.gathering import gather
from valuation.scores.queries.kept import latest_scores, score_of
from valuation.scores.queries.replaying import worked_again
from valuation.scores.rules import digest_of, kept_answer, plain_json
from valuation.scoring import score

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from uuid import UUID

    from finance.parties.models import Membership
    from kernel.policystore.models import PolicyVersion
    from kernel.work.models import JobRun
    from valuation.cards.models import Parameters
    from valuation.terms import Scorecard

SCORERS = ("bank.maker", "bank.checker", "enterprise.owner")
QUOTERS = ("bank.maker", "bank.checker")


@in_chinese
@transaction.atomic
def score_enterprise(
    *, by: Membership, enterprise: Organisation, on: dt.date, job: JobRun | None = None,
    used_on: dt.date | None = None,
) -> Score:  # fmt: skip
    """Score an enterprise on a day with all that the house may use, under the card in force for the house.

    `used_on` is the day on which the score is made, where that is later. Refused: another seat; an enterprise that has not
    allowed it on both days; a fault of an input.
    """
    permit(by, *SCORERS)
    house = by.organisation
    own = house.pk == enterprise.pk
    if house.kind == Organisation.Kind.ENTERPRISE and not own:
        raise Refused(Problem("企业", "不是本企业", "只能为本企业评分", "not_own"))
    version, parameters, card = card_for(None if own else house, on)
    gathered = gather(house, enterprise, on, card, used_on)
    if not own and not gathered.consents:
        found = f"{enterprise.short_name}在 {used_on or on} 没有有效授权"
        raise Refused(Problem("授权", found, "请企业在其“评分”页授权本机构后再评分", "no_consent"))
    return keep_score(
        by=by, enterprise=enterprise, version=version, parameters=parameters, card=card,
        given=gathered.given, consents=gathered.consents, job=job,
    )  # fmt: skip


@in_chinese
@transaction.atomic
def keep_score(
    *,
    by: Membership,
    enterprise: Organisation,
    version: PolicyVersion,
    parameters: Parameters | None,
    card: Scorecard,
    given: Mapping[str, Any],
    consents: tuple[UUID, ...] = (),
    job: JobRun | None = None,
) -> Score:
    """Work out what the effective card says of these inputs and keep it in the walls of `by`; Refused with every fault."""
    application = Application.from_plain(given, card)
    found = score(card, application)
    answer, kept = kept_answer(found.answer()), plain_json(given)
    worth = value_if_any(card, found, application)
    value = plain_json(worth.plain()) if worth else None
    row = Score.objects.create(
        house_id=by.organisation_id,
        enterprise=enterprise,
        on=found.on,
        card=version,
        parameters=parameters,
        scored_under=card.digest,
        given=kept,
        about=about_firm(enterprise, found.on),
        answer=answer,
        value=value,
        digest=digest_of(card.digest, kept, answer, value),
        status=str(found.status),
        score=found.score,
        grade=found.grade,
        letter=found.letter,
        pd=found.pd,
        consents=list(consents),
        made_by=by.account,
        job=job,
    )
    summary = f"评分 {enterprise.short_name} {found.on} {found.grade or row.get_status_display()}"
    record(by=by, verb="score.make", subject=row, summary=summary, facts={"digest": row.digest})
    return row


@in_chinese
@transaction.atomic
def quote_line(*, by: Membership, score_id: UUID, asked: Mapping[str, Any], on: dt.date) -> LineQuote:
    """Work out the line on a score of the house. `asked`: request_wan, compensation_share and the rest of `Ask`, as text.

    What the firm owes the house already is taken from the house's own loans where nothing is said, and is never less.
    Score.DoesNotExist for another house's; Refused on a score that is not the house's latest of the firm, without the firm's
    consent on the day, and with every fault of what is asked.
    """
    permit(by, *QUOTERS)
    row = score_of(viewer=by, score_id=score_id)
    refuse_if_any(_stale_problems(by, row, on))
    card, application, found = worked_again(row)
    owed = owed_fen(row.house, row.enterprise, on)
    asked = {EXISTING: wan_text(owed, places=4), **asked}
    ask = Ask.from_plain(asked, card)
    refuse_if_any(_owed_problems(ask, owed))
    value = value_if_any(card, found, application)
    line = credit_line(card, found, application, ask, value)
    quote = LineQuote.objects.create(
        score=row,
        ask=plain_json(asked),
        answer=kept_answer(line.plain()),
        outcome=str(line.outcome),
        amount=money_of(line.amount_fen),
        bound_by=line.bound_by,
        quoted_by=by.account,
    )
    summary = f"额度测算 {row.enterprise.short_name} {wan_text(line.amount_fen)}万元 {line.reasons[0]}"
    record(by=by, verb="score.quote", subject=quote, summary=summary, facts={"score": str(row.pk)})
    return quote


def _owed_problems(ask: Ask, owed: int) -> list[Problem]:
    """A smaller balance than the house's own loans show would make the line too large by the difference."""
    if ask.existing_fen >= owed:
        return []
    found = f"{wan_text(ask.existing_fen, places=4)}万元，本机构在册未结清贷款余额为 {wan_text(owed, places=4)}万元"
    return [Problem("已有余额", found, "填不小于在册余额的数；平台以外的贷款请一并计入", "below_own_loans")]


def _stale_problems(by: Membership, row: Score, on: dt.date) -> list[Problem]:
    """Why no line is worked out on a score any more: a later one stands, or the firm allows it no longer."""
    problems = []
    latest = latest_scores(viewer=by).filter(enterprise=row.enterprise_id).get()
    if latest.pk != row.pk:
        found = f"{row.on} 的评分之后，{latest.on} 又有评分"
        problems.append(Problem("评分", found, "请在最新的评分上测算额度", "not_latest"))
    if row.enterprise_id != row.house_id and not consents_for(row.house, row.enterprise, on):
        found = f"{row.enterprise.short_name}在 {on} 没有有效授权"
        problems.append(Problem("授权", found, "请企业在其“评分”页授权本机构后再测算", "no_consent"))
    return problems
