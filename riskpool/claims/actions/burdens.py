"""The burden book's accounts of a claim: what each party bears under a pool and a bank."""

from __future__ import annotations

from collections.abc import Sequence

from riskpool.claims.models import (
    BorneShare,
    Claim,
)
from riskpool.ledger import actions as ledger
from riskpool.ledger.models import LedgerAccount


def burdens(claim: Claim, shares: Sequence[BorneShare]) -> list[tuple[BorneShare, int]]:
    """The burden account of each share: a party's own, under the pool and the bank."""
    agreement = claim.enrolment.agreement
    stem = f"burden/{agreement.pool.code}/{agreement.bank.code}"
    found = []
    for share in shares:
        holder = share.bearer
        code = f"{stem}/{share.party}/{holder.code}"
        is_lender = share.organisation_id == agreement.bank_id
        bound = LedgerAccount.Bound.NONE if is_lender else LedgerAccount.Bound.DEBIT
        account = ledger.open_account(
            code=code, title=f"{holder} 承担", book=LedgerAccount.Book.BURDEN, bound=bound
        )
        found.append((share, account.pk))
    return found


def losses(claim: Claim) -> LedgerAccount:
    agreement = claim.enrolment.agreement
    return ledger.open_account(
        code=f"burden/{agreement.pool.code}/{agreement.bank.code}/losses",
        title=f"{agreement.pool.name} {agreement.bank.short_name} 损失",
        book=LedgerAccount.Book.BURDEN,
        bound=LedgerAccount.Bound.NONE,  # what comes back beyond the loss goes to the lender over this account
    )
