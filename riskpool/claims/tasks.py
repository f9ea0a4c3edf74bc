"""After a claim is paid: its proof sheet is issued, in a transaction of its own."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from kernel.documents.actions import issue
from kernel.work.outbox import handles
from riskpool.claims.models import Claim
from riskpool.claims.openness import all_of
from riskpool.claims.proof import proof_of


@handles("claims.paid")
def issue_proof(payload: dict[str, Any]) -> None:
    """Issue the proof sheet of a paid claim on the bureau's side of the wall and point the claim to it."""
    claim = Claim.objects.select_for_update(of=("self",), no_key=True).get(pk=payload["claim"])
    wall = claim.enrolment.agreement.pool.seats.get(seat="bureau").organisation_id
    document = issue(
        by=None,
        at=timezone.now(),
        kind="proof_sheet",
        title=_("损失分担核定书 %(number)s") % {"number": claim.number},
        template="pdf/proof_sheet.html",
        content=proof_of(claim, all_of(claim)),
        subject=claim,
        wall=wall,
    )
    claim.proof = document
    claim.save(update_fields=["proof"])
