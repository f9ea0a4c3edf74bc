"""What a loan's page says of claims on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from finance.parties.models import Organisation
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from kernel.related import Row, Section
from riskpool.claims import queries

if TYPE_CHECKING:
    from finance.loans.models import Loan

NO_CLAIMS_HERE = (Organisation.Kind.ENTERPRISE, Organisation.Kind.IP_BUREAU)


def of_loan(loan: Loan, *, viewer: Any) -> Section | None:
    """The claims that the viewer may know of; nothing at all for those who have no page of claims."""
    if viewer.organisation.kind in NO_CLAIMS_HERE:
        return None
    rows = [
        Row(
            claim.number,
            url=reverse("claims:claim", args=[claim.pk]),
            word=claim.get_state_display(),
            status=claim.state,
            day=claim.filed_on,
            notes=(_("申请 %(amount)s 元") % {"amount": yuan_text(fen_of(claim.claimed), grouped=True)},),
        )
        for claim in queries.claims(viewer=viewer).filter(enrolment__loan=loan)
    ]
    return Section(_("补偿申请"), rows, _("没有补偿申请。"))
