"""The institution's outcomes are fitted and kept; nothing acts by that. Lock order: none, everything is an insert."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from finance.parties.seats import permit
from kernel.acts.actions import record as record_act
from kernel.chinese import in_chinese
from kernel.days import add_months, day_of
from kernel.errors import Problem, Refused, refuse_if_any
from valuation.cards.queries import card_of, standing_parameters
from valuation.learning.records import fitted
from valuation.validation.models import ModelRecord
from valuation.validation.queries import method_now, period_from, recalibration_due, sample_of
from valuation.validation.rules import digest_of_fit, digest_of_method, no_scores, turned

if TYPE_CHECKING:
    from finance.parties.models import Membership, Organisation
    from kernel.policystore.models import PolicyVersion
    from valuation.learning.period import Period
    from valuation.terms import Scorecard

MAKES = "bank.maker"


def effective_card(institution: Organisation, version: PolicyVersion, on: dt.date) -> Scorecard:
    """A version of the card with the institution's own parameters of a day."""
    return card_of(version, standing_parameters(institution, on, version.family))


def _period(
    institution: Organisation, version: PolicyVersion, begins: dt.date, ends: dt.date, known_at: dt.datetime
) -> tuple[Period, str]:
    """A period's arrays and the digest of its sample; Refused when there is nothing."""
    taken = sample_of(institution, version, begins, ends, known_at)
    if not any(case.usable for case in taken.cases):
        raise Refused(no_scores(begins, ends))
    card = effective_card(institution, version, ends)
    made_on = day_of(known_at)
    return period_from(taken, institution, card, begins=begins, ends=ends, made_on=made_on), taken.digest


@in_chinese
@transaction.atomic
def fit(
    *, by: Membership, version: PolicyVersion, begins: dt.date, ends: dt.date, at: dt.datetime | None = None
) -> ModelRecord:
    """Fit what the defaults of the period allow and keep it; nothing acts by that. Refused: no scores, a turned period."""
    permit(by, MAKES)
    return _kept(by, version, begins, ends, at or timezone.now(), ModelRecord.Purpose.FIT)


@in_chinese
@transaction.atomic
def recalibrate(
    *, by: Membership, version: PolicyVersion, on: dt.date, at: dt.datetime | None = None
) -> ModelRecord:
    """The quarter's intercept, from the half year of scores whose loans have all been watched to the end of their window."""
    permit(by, MAKES)
    due = recalibration_due(by.organisation, version)
    if due is not None and on < due:
        found = f"本季度已重校，下次不早于 {due}"
        raise Refused(Problem("季度重校", found, "请到期再办", "not_due"))
    method = method_now()
    ends = add_months(on, -method.default.window_months) - dt.timedelta(days=method.default.booking_days)
    begins = add_months(ends, -method.recalibrated_over_months)
    return _kept(by, version, begins, ends, at or timezone.now(), ModelRecord.Purpose.RECALIBRATION)


def _kept(
    by: Membership, version: PolicyVersion, begins: dt.date, ends: dt.date, at: dt.datetime, purpose: str
) -> ModelRecord:
    refuse_if_any(turned(begins, ends, day_of(at)))
    period, sample = _period(by.organisation, version, begins, ends, at)
    found = fitted(period, method_now(), intercept_only=purpose == ModelRecord.Purpose.RECALIBRATION)
    method = digest_of_method(method_now())
    digest = digest_of_fit(found.figures, found.values, version.sha256, sample, method)
    row = ModelRecord.objects.create(
        institution=by.organisation, card=version, purpose=purpose, rung=found.rung, begins=begins, ends=ends,
        known_at=at, rows=found.rows, defaults=found.defaults, figures=found.figures, values=dict(found.values),
        sample_sha256=sample, method_sha256=method, digest=digest, made_by=by.account, made_on=day_of(at),
    )  # fmt: skip
    summary = f"{row.get_purpose_display()}：{row.get_rung_display()}，违约 {row.defaults}/{row.rows}"
    record_act(by=by, verb="validation.fit", subject=row, summary=summary, facts={"digest": row.digest})
    return row
