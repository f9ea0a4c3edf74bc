"""Objects of a bank for the walls: a filing of bank A with faults, its loans, their registrations."""

from __future__ import annotations

import datetime as dt

from finance.intake import actions
from finance.intake.models import Filing
from finance.loans.actions import enter_loan
from kernel.work import outbox
from tests.cast import Cast
from tests.intake.workbooks import few
from tests.loans.stated import stated_loan
from tests.walls.objects import Behind, behind

ON = dt.date(2026, 11, 20)


def checked_filing(cast: Cast) -> Filing:
    filing = actions.receive(by=cast.bank_a.maker, form="loans", name="备案.xlsx", content=few(), on=ON)
    outbox.drain()
    return filing


@behind(
    "intake:filing", "intake:rows", "intake:original", "intake:marked", "intake:submit", "intake:withdraw"
)
def a_filing_of_bank_a(cast: Cast) -> Behind:
    return Behind({"filing_id": checked_filing(cast).pk}, seen_by=(cast.bank_a.maker, cast.bank_a.checker))


@behind("loans:loan")
def a_loan_of_bank_a(cast: Cast) -> Behind:
    stated = stated_loan(
        credit_code=cast.enterprise_a.organisation.credit_code,
        security="pledge_guarantee",
        guarantor_name=cast.guarantor.organisation.name,
    )
    loan = enter_loan(by=cast.bank_a.checker, bank=cast.bank_a.organisation, stated=stated, on=ON)
    seen_by = (cast.bank_a.maker, cast.bank_a.checker, cast.enterprise_a.owner, cast.guarantor.officer)
    return Behind({"loan_id": loan.pk}, seen_by=seen_by)


@behind("pledges:registration")
def a_registration_of_bank_a(cast: Cast) -> Behind:
    stated = stated_loan(credit_code=cast.enterprise_a.organisation.credit_code)
    loan = enter_loan(by=cast.bank_a.checker, bank=cast.bank_a.organisation, stated=stated, on=ON)
    assert loan.terms is not None
    seen_by = (cast.bank_a.maker, cast.bank_a.checker, cast.enterprise_a.owner, cast.ip_bureau.clerk)
    return Behind({"registration_id": loan.terms.pledge_id}, seen_by=seen_by)
