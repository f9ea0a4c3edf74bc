"""What the page of a registration says of the loans that stand on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from finance.loans import queries
from finance.parties.models import Organisation
from kernel.related import Row, Section

if TYPE_CHECKING:
    from finance.pledges.models import PledgeRegistration


def of_registration(registration: PledgeRegistration, *, viewer: Any) -> Section | None:
    """The viewer's loans that name this registration, by any statement of it; a registry's clerk sees no loans."""
    if viewer.organisation.kind == Organisation.Kind.IP_BUREAU:
        return None
    found = queries.loans(viewer=viewer).filter(
        bank=registration.pledgee_id, terms__pledge__number=registration.number
    )
    rows = [
        Row(
            f"{loan.bank_loan_no} {loan.borrower_name}",
            url=reverse("loans:loan", args=[loan.pk]),
            day=loan.terms.disbursed_on if loan.terms else None,
        )
        for loan in found
    ]
    return Section(_("所担保的贷款"), rows, _("没有以此登记担保的在册贷款。"))
