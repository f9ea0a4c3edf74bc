"""The ground: the card in force, and a loan of bank A to enterprise A, scored before, that went bad."""

from __future__ import annotations

import datetime as dt

from tests.ground import laid
from tests.scores.conftest import allowed, card, figures

__all__ = ["allowed", "card", "decided", "figures"]


@laid
def decided(cast, allowed):
    """Bank A scored enterprise A on 1 June and lent to it on the 10th; by August it is 95 days overdue."""
    from finance.loans.models import LoanReturn
    from kernel.money.fields import money_of
    from tests.books import lend
    from tests.scores.ground import ON
    from valuation.scores.actions import score_enterprise

    bank, firm = cast.bank_a, cast.enterprise_a.organisation
    score = score_enterprise(by=bank.maker, enterprise=firm, on=ON)
    loan = lend(
        bank.organisation, firm, 300_000_00, disbursed_on=dt.date(2026, 6, 10), signed_on=dt.date(2026, 6, 10)
    )
    for month, since in ((7, None), (10, dt.date(2026, 7, 28))):
        LoanReturn.objects.create(
            loan=loan, period=dt.date(2026, month, 1), seq=1, balance=money_of(250_000_00), overdue_since=since,
            interest_paid=money_of(0), grade="normal" if since is None else "special_mention",
            reported_on=dt.date(2026, month, 28), digest=f"{month:064d}",
        )  # fmt: skip
    return {"score": score, "loan": loan}
