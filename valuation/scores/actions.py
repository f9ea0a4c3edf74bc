"""Scoring an enterprise: gather, work out, keep; one row that makes itself again.

Lock order: none. A score is an insert; what it rests on is read as it stands when it is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

from kernel.acts.actions import record
from kernel.chinese import in_chinese
from valuation.indicative_value import indicative_value
from valuation.inputs import Application
from valuation.scores.models import Score
from valuation.scores.rules import digest_of, plain_json
from valuation.scoring import score

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from finance.parties.models import Membership, Organisation
    from kernel.policystore.models import PolicyVersion
    from kernel.work.models import JobRun
    from valuation.terms import Scorecard


@in_chinese
@transaction.atomic
def keep_score(
    *,
    by: Membership,
    enterprise: Organisation,
    version: PolicyVersion,
    card: Scorecard,
    given: Mapping[str, Any],
    consents: tuple[UUID, ...] = (),
    job: JobRun | None = None,
) -> Score:
    """Work out what the effective card says of these inputs and keep it in the walls of `by`; Refused with every fault."""
    application = Application.from_plain(given, card)
    found = score(card, application)
    answer, kept = plain_json(found.answer()), plain_json(given)
    value = None
    if found.letter and application.rights:
        value = plain_json(indicative_value(card, found, application).plain())
    row = Score.objects.create(
        house_id=by.organisation_id,
        enterprise=enterprise,
        on=found.on,
        card=version,
        scored_under=card.digest,
        given=kept,
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
