"""What is done with a pool's bank accounts, a story a module: ordering, returning, stating, clearing, moving.

Lock order: approval, organisation (no payee changes meanwhile), pool, claims of what failed, accounts by id. All rows of
this room are written under the pool's lock.
"""

from riskpool.treasury.actions.clearing import propose_explanation, propose_match
from riskpool.treasury.actions.moving import (
    propose_call,
    propose_interest,
    propose_withdrawal,
    withdrawal_effect,
    withdrawal_problems,
)
from riskpool.treasury.actions.ordering import order, propose_batch
from riskpool.treasury.actions.returning import propose_failure, propose_return, read_return
from riskpool.treasury.actions.stating import Stated, enter_statement, match_again

__all__ = [
    "Stated",
    "enter_statement",
    "match_again",
    "order",
    "propose_batch",
    "propose_call",
    "propose_explanation",
    "propose_failure",
    "propose_interest",
    "propose_match",
    "propose_return",
    "propose_withdrawal",
    "read_return",
    "withdrawal_effect",
    "withdrawal_problems",
]
