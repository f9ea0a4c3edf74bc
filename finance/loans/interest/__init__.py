"""Interest of a loan, exact to the fen: what its conditions come to, period by period. Pure: no Django, no clock, no files.

    plan = schedule(terms, events, conventions, calendar)     # rows: period, days, rate, balance, interest, due day
    plan.paid_between(first, last)                            # what fell due within these days
    accrued_between(terms, events, conventions, first, last)  # what ran up within these days, due or not

Interest that falls due and interest that runs up are two figures and are never put for each other. Penalty and compound
interest stand apart in `late`; no row and no sum of a plan holds any, so they never get into the base of a subsidy.

Days: the first counted, the last not (算头不算尾). Amounts are fen; rates are exact shares of one a year. Nothing is
rounded but the interest of a whole period, half up.
"""

from finance.loans.interest.floating import Floating, Published, Reprices, rate_steps
from finance.loans.interest.late import Owed, compound_interest_fen, penalty_interest_fen
from finance.loans.interest.schedules import Part, Plan, Row, accrued_between, schedule
from finance.loans.interest.terms import (
    Conventions,
    Draw,
    Early,
    Event,
    RateStep,
    Terms,
    half_up,
    read_conventions,
)

__all__ = [
    "Conventions",
    "Draw",
    "Early",
    "Event",
    "Floating",
    "Owed",
    "Part",
    "Plan",
    "Published",
    "RateStep",
    "Reprices",
    "Row",
    "Terms",
    "accrued_between",
    "compound_interest_fen",
    "half_up",
    "penalty_interest_fen",
    "rate_steps",
    "read_conventions",
    "schedule",
]
