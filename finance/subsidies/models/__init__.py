"""Tables of the room: calls, applications and what is known of them, meters of limits, plans, awards, payments."""

from .applications import (
    APPLICATION_MOVES,
    OVER,
    Application,
    ApplicationFact,
    ApplicationPaper,
    Calculation,
    OfficeWord,
    Step,
)
from .awards import (
    PAYMENT_MOVES,
    PLAN_MOVES,
    Award,
    AwardPayment,
    ClawBack,
    ClawBackReceipt,
    Objection,
    ObjectionOutcome,
    PaymentFile,
    PaymentResult,
    Plan,
    PlanLine,
)
from .calls import CALL_MOVES, SubsidyCall
from .estimates import Estimate
from .meters import Meter, MeterEntry
from .statements import BankLine, BankLineRemark, BankStatement

__all__ = [
    "APPLICATION_MOVES",
    "CALL_MOVES",
    "OVER",
    "PAYMENT_MOVES",
    "PLAN_MOVES",
    "Application",
    "ApplicationFact",
    "ApplicationPaper",
    "Award",
    "AwardPayment",
    "BankLine",
    "BankLineRemark",
    "BankStatement",
    "Calculation",
    "ClawBack",
    "ClawBackReceipt",
    "Estimate",
    "Meter",
    "MeterEntry",
    "Objection",
    "ObjectionOutcome",
    "OfficeWord",
    "PaymentFile",
    "PaymentResult",
    "Plan",
    "PlanLine",
    "Step",
    "SubsidyCall",
]
