"""A validation report and a fit of bank A for the walls: one score of enterprise A, under the shipped card."""

from __future__ import annotations

import datetime as dt

from tests.cast import Cast
from tests.scores.ground import ON, adopt, consent, plain_case, ship_card, state
from tests.walls.objects import Behind, behind
from valuation.scores.actions import score_enterprise
from valuation.validation import actions

BEGINS, ENDS = dt.date(2026, 1, 1), dt.date(2026, 10, 31)


def _scored(cast: Cast):
    card, firm = ship_card(), cast.enterprise_a
    state(firm.owner, firm.organisation, plain_case("成长期，完整"))
    consent(firm, cast.bank_a.organisation)
    adopt(cast.bank_a.maker, firm.organisation)
    score_enterprise(by=cast.bank_a.maker, enterprise=firm.organisation, on=ON)
    return card


@behind("validation:report", "validation:sign", "validation:issue")
def a_report_of_bank_a(cast: Cast) -> Behind:
    bank = cast.bank_a
    made = actions.make_report(by=bank.maker, version=_scored(cast), begins=BEGINS, ends=ENDS)
    return Behind({"report_id": made.pk}, seen_by=(bank.maker, bank.checker, cast.auditor.member))


@behind("validation:rows")
def the_rows_behind_a_report_of_bank_a(cast: Cast) -> Behind:
    bank = cast.bank_a
    made = actions.make_report(by=bank.maker, version=_scored(cast), begins=BEGINS, ends=ENDS)
    return Behind(
        {"report_id": made.pk, "pick": "all"}, seen_by=(bank.maker, bank.checker, cast.auditor.member)
    )


@behind(
    "validation:record", "validation:shadow", "validation:promote", "validation:roll_back", "validation:recalibrate"
)  # fmt: skip
def a_fit_of_bank_a(cast: Cast) -> Behind:
    bank = cast.bank_a
    made = actions.fit(by=bank.maker, version=_scored(cast), begins=BEGINS, ends=ENDS)
    return Behind({"record_id": made.pk}, seen_by=(bank.maker, bank.checker, cast.auditor.member))
