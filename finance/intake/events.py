"""What rooms above hear, after the commit, of an entered filing: a message that one of them handles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.work import outbox

if TYPE_CHECKING:
    from finance.intake.models import Filing

ENTERED = {"loans": "loans.entered", "returns": "returns.entered"}


def tell_entered(filing: Filing) -> None:
    """Write the message, payload {"filing": id}, in the transaction that entered the filing, if any room handles it."""
    kind = ENTERED[filing.form]
    if outbox.is_handled(kind):
        outbox.put(kind=kind, payload={"filing": str(filing.pk)}, effect_key=f"{kind}:{filing.pk}")
