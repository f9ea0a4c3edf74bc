"""What an institution does with its outcomes: fit, let it run in the shadow, ask two persons, report, sign."""

from __future__ import annotations

from valuation.validation.actions.fitting import MAKES, effective_card, fit, recalibrate
from valuation.validation.actions.promoting import (
    begin_shadow,
    conditions_of,
    propose_promotion,
    propose_rollback,
)
from valuation.validation.actions.reporting import (
    DRAWN,
    PAPER,
    SIGNS,
    ask_for_paper,
    ask_for_report,
    make_report,
    sign,
    state_outage,
)

__all__ = [
    "DRAWN",
    "MAKES",
    "PAPER",
    "SIGNS",
    "ask_for_paper",
    "ask_for_report",
    "begin_shadow",
    "conditions_of",
    "effective_card",
    "fit",
    "make_report",
    "propose_promotion",
    "propose_rollback",
    "recalibrate",
    "sign",
    "state_outage",
]
