"""What is done with claims, a story a module: filing, mending, deciding, deferring, paying, finishing, owing, recovering,
and the year of a bank.

One transaction an action. Money moves only here, through the ledger, in the transaction that decides. Lock order: approval,
organisation, pool, agreement, limits by id, loan, enrolment, claim, ledger accounts by id.
"""

from riskpool.claims.actions.deciding import accept, propose_refusal, propose_taking_back, refuse, withdraw
from riskpool.claims.actions.deferring import defer
from riskpool.claims.actions.filing import EvidenceFile, file_claim
from riskpool.claims.actions.finishing import propose_settlement, state_final_loss
from riskpool.claims.actions.mending import Answered, Asked, answer_items, issue_notice, strike_off
from riskpool.claims.actions.owing import propose_arrival, propose_clawback
from riskpool.claims.actions.paying import propose_payment
from riskpool.claims.actions.paying_again import propose_payment_again
from riskpool.claims.actions.recovering import propose_recovery, recovery_problems
from riskpool.claims.actions.yearly import propose_year

__all__ = [
    "Answered",
    "Asked",
    "EvidenceFile",
    "accept",
    "answer_items",
    "defer",
    "file_claim",
    "issue_notice",
    "propose_arrival",
    "propose_clawback",
    "propose_payment",
    "propose_payment_again",
    "propose_recovery",
    "propose_refusal",
    "propose_settlement",
    "propose_taking_back",
    "propose_year",
    "recovery_problems",
    "refuse",
    "state_final_loss",
    "strike_off",
    "withdraw",
]
