"""Pure rules of the indicators: facts in, values with their working out. One function an id of policies/indicators."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from riskpool.claims.indicators.rules import (
    concentration,
    exposure,
    lines,
    losses,
    money,
    quality,
    reach,
    speed,
)

if TYPE_CHECKING:
    from riskpool.claims.indicators.facts import Facts
    from riskpool.claims.indicators.rules.values import Value
    from riskpool.claims.indicators.terms import Catalogue, Definition

    Formula = Callable[[Facts, Definition], list[Value]]

_ROOMS = (money, exposure, lines, concentration, losses, quality, speed, reach)
FORMULAS: dict[str, Formula] = {formula.__name__: formula for room in _ROOMS for formula in room.ALL}


def worked_out(facts: Facts, catalogue: Catalogue) -> list[tuple[Definition, list[Value]]]:
    """Every indicator that the facts' viewer may see, in the order of the catalogue.

    A bank gets only what is open to banks, and of that only its own lines: its facts hold nothing of others.
    """
    return [
        (definition, FORMULAS[definition.id](facts, definition))
        for definition in catalogue.definitions
        if definition.open_to_bank or not facts.bank
    ]
