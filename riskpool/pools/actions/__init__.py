"""What is done with pools, a story a module: founding, money, agreements, limits. One transaction an action.

Lock order: approval, pool, agreement, limits by id, loan, enrolment, claim, ledger accounts by id.
"""

from riskpool.pools.actions.accounts import escrow_account, receivable_accounts
from riskpool.pools.actions.agreements import AgreementTerms, propose_agreement
from riskpool.pools.actions.founding import add_source, found_pool, give_seat
from riskpool.pools.actions.limits import (
    LimitTerms,
    keep,
    lock_limits,
    propose_limit,
    room_in,
    take,
    tells_payouts,
    use,
    use_so_far,
)
from riskpool.pools.actions.locking import LARGEST_POSTING_FEN, lock_pool, not_in_the_future
from riskpool.pools.actions.money import propose_contribution, propose_statement, state_balance, unexplained

__all__ = [
    "LARGEST_POSTING_FEN",
    "AgreementTerms",
    "LimitTerms",
    "add_source",
    "escrow_account",
    "found_pool",
    "give_seat",
    "keep",
    "lock_limits",
    "lock_pool",
    "not_in_the_future",
    "propose_agreement",
    "propose_contribution",
    "propose_limit",
    "propose_statement",
    "receivable_accounts",
    "room_in",
    "state_balance",
    "take",
    "tells_payouts",
    "unexplained",
    "use",
    "use_so_far",
]
