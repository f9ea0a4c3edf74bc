"""What is done with pools, a story a module: founding, money, agreements, adopting, limits. One transaction an action.

Lock order: approval, pool, agreement, limits by id, loan, enrolment, claim, ledger accounts by id.
"""

from riskpool.pools.actions.accounts import escrow_account, receivable_accounts
from riskpool.pools.actions.adopting import AdoptionTerms, propose_adoption
from riskpool.pools.actions.agreements import AgreementTerms, propose_agreement
from riskpool.pools.actions.founding import add_source, found_pool, give_seat
from riskpool.pools.actions.limits import (
    LimitTerms,
    agree_ceiling,
    keep,
    lock_limits,
    propose_limit,
    room_in,
    room_of,
    take,
    use,
)
from riskpool.pools.actions.locking import LARGEST_POSTING_FEN, lock_pool, not_in_the_future
from riskpool.pools.actions.money import propose_contribution, propose_statement, state_balance, unexplained
from riskpool.pools.actions.stating import MAKERS, FactTerms, concerned, propose_fact, side_of
from riskpool.pools.actions.watching import watch_pool

__all__ = [
    "LARGEST_POSTING_FEN",
    "MAKERS",
    "AdoptionTerms",
    "AgreementTerms",
    "FactTerms",
    "LimitTerms",
    "add_source",
    "agree_ceiling",
    "concerned",
    "escrow_account",
    "found_pool",
    "give_seat",
    "keep",
    "lock_limits",
    "lock_pool",
    "not_in_the_future",
    "propose_adoption",
    "propose_agreement",
    "propose_contribution",
    "propose_fact",
    "propose_limit",
    "propose_statement",
    "receivable_accounts",
    "room_in",
    "room_of",
    "side_of",
    "state_balance",
    "take",
    "unexplained",
    "use",
    "watch_pool",
]
