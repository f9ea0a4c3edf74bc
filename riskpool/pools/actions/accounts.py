"""Accounts beside those that every source opens with: escrow, and what a bank owes. Opened with their first use."""

from __future__ import annotations

from finance.parties.models import Organisation
from riskpool.ledger import actions as ledger
from riskpool.ledger.models import LedgerAccount
from riskpool.pools.models import PoolSource


def escrow_account(source: PoolSource) -> LedgerAccount:
    """The account of a source's money that is set aside for claims and not yet paid; opened with its first use."""
    return _side_account(source, "escrow", "保证金", LedgerAccount.Bound.CREDIT)


def receivable_accounts(source: PoolSource, bank: Organisation) -> tuple[LedgerAccount, LedgerAccount]:
    """What a bank owes to a source, and its counterpart: a memorandum, no money until it arrives."""
    debit, credit = LedgerAccount.Bound.DEBIT, LedgerAccount.Bound.CREDIT
    return (
        _side_account(source, f"owed/{bank.code}", f"应收 {bank.short_name}", debit),
        _side_account(source, f"owed-to/{bank.code}", f"应收对应 {bank.short_name}", credit),
    )


def _side_account(source: PoolSource, role: str, title: str, bound: str) -> LedgerAccount:
    return ledger.open_account(
        code=f"custody/{source.pool.code}/{source.code}/{role}", title=f"{source.pool.name} {source.name} {title}",
        book=LedgerAccount.Book.CUSTODY, bound=bound,
    )  # fmt: skip
