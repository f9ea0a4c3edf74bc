"""What a loan's page says of the files in which its bank filed it and reported on it; told to that bank only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from finance.intake import queries
from kernel.related import Row, Section

if TYPE_CHECKING:
    from finance.loans.models import Loan


def of_loan(loan: Loan, *, viewer: Any) -> Section | None:
    """The filings behind the loan's terms and returns, the latest first."""
    if viewer.organisation_id != loan.bank_id:
        return None
    terms = loan.terms_history.exclude(filing=None).values_list("filing", flat=True)
    returns = loan.returns.exclude(filing=None).values_list("filing", flat=True)
    rows = [
        Row(
            f"{filing.number} {filing.get_form_display()}",
            url=reverse("intake:filing", args=[filing.pk]),
            day=filing.made_on,
        )
        for filing in queries.filings(viewer=viewer).filter(pk__in={*terms, *returns}).defer("effect")
    ]
    return Section(_("报送文件"), rows, _("不是由报送文件登记的。"))
