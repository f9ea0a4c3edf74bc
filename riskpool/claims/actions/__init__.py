"""What is done with claims, a story a module: filing, deciding, paying, recovering. One transaction an action.

Money moves only here, through the ledger, in the transaction that decides. Lock order: approval, pool, agreement,
limits by id, loan, enrolment, claim, ledger accounts by id.
"""

from riskpool.claims.actions.deciding import accept, refuse, withdraw
from riskpool.claims.actions.filing import EvidenceFile, file_claim
from riskpool.claims.actions.paying import propose_payment
from riskpool.claims.actions.paying_again import propose_payment_again
from riskpool.claims.actions.recovering import propose_recovery

__all__ = [
    "EvidenceFile",
    "accept",
    "file_claim",
    "propose_payment",
    "propose_payment_again",
    "propose_recovery",
    "refuse",
    "withdraw",
]
