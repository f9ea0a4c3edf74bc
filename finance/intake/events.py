"""The seam through which rooms above hear, after the commit, that a filing was entered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.work import outbox

if TYPE_CHECKING:
    from finance.intake.models import Filing

ENTERED = {"loans": "loans.entered", "returns": "returns.entered"}
_announced: set[str] = set()


def announce(kind: str) -> None:
    """Ask for a message of this kind with payload {"filing": id} per entered filing; who asks must handle the kind."""
    assert kind in ENTERED.values(), f"no such event: {kind}"
    _announced.add(kind)


def tell_entered(filing: Filing) -> None:
    """Write the message, in the transaction that entered the filing, if anybody asked for it."""
    kind = ENTERED[filing.form]
    if kind in _announced:
        outbox.put(kind=kind, payload={"filing": str(filing.pk)}, effect_key=f"{kind}:{filing.pk}")
