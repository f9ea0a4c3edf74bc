"""Tables of the claims room: the claim, its course, its calculations and settlements, recoveries, receivables."""

from riskpool.claims.models.claim import MOVES, Claim, ClaimEvidence, LossStatement
from riskpool.claims.models.course import (
    ClockEvent,
    Deferral,
    DeficiencyAnswer,
    DeficiencyClosing,
    DeficiencyItem,
    DeficiencyNotice,
)
from riskpool.claims.models.receivables import Receivable, ReceivableArrival, ReceivableShare
from riskpool.claims.models.recovering import Recovery, ReturnedShare
from riskpool.claims.models.settling import (
    Apportionment,
    BorneShare,
    Payment,
    SettledShare,
    Settlement,
    TakenBack,
)
from riskpool.claims.models.years import BankYear, YearRun

__all__ = [
    "MOVES",
    "Apportionment",
    "BankYear",
    "BorneShare",
    "Claim",
    "ClaimEvidence",
    "ClockEvent",
    "Deferral",
    "DeficiencyAnswer",
    "DeficiencyClosing",
    "DeficiencyItem",
    "DeficiencyNotice",
    "LossStatement",
    "Payment",
    "Receivable",
    "ReceivableArrival",
    "ReceivableShare",
    "Recovery",
    "ReturnedShare",
    "SettledShare",
    "Settlement",
    "TakenBack",
    "YearRun",
]
