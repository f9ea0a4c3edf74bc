"""Pure rules of a claim: filing, settling, clocks. Values in, values out; amounts in fen; no Django, no clock."""

from riskpool.claims.rules.clocks import Clock, Event, clock_of
from riskpool.claims.rules.filing import (
    COMPONENTS,
    Default,
    claim_number,
    filing_problems,
    loss_problems,
    most_penalty_fen,
    overdue_contradictions,
    penalty_problems,
)
from riskpool.claims.rules.settling import (
    Moves,
    Standing,
    cumulative_split,
    moves_to_escrow,
    moves_to_settle,
    recognition_problems,
    steady_split,
)

__all__ = [
    "COMPONENTS",
    "Clock",
    "Default",
    "Event",
    "Moves",
    "Standing",
    "claim_number",
    "clock_of",
    "cumulative_split",
    "filing_problems",
    "loss_problems",
    "most_penalty_fen",
    "moves_to_escrow",
    "moves_to_settle",
    "overdue_contradictions",
    "penalty_problems",
    "recognition_problems",
    "steady_split",
]
