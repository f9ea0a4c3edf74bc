"""What this room tells on the page of a loan: its applications for the enterprise and the bureau, awards for who is paid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from finance.parties.models import Organisation
from finance.subsidies.queries import of_applications as asked
from finance.subsidies.reads import line_name
from finance.subsidies.shelf import policy_of
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text
from kernel.related import Row, Section

if TYPE_CHECKING:
    from finance.loans.models import Loan

_OF_CALLS = (
    Organisation.Kind.ENTERPRISE,
    Organisation.Kind.FINANCE_BUREAU,
    Organisation.Kind.AUDITOR,
)


def of_loan(loan: Loan, *, viewer: Any) -> Section | None:
    """The subsidies of a loan; a bank or guarantor sees only what it is paid itself, and nothing when that is nothing."""
    if viewer.organisation.kind in _OF_CALLS:
        rows = [
            Row(
                one.number,
                url=reverse("subsidies:application", args=[one.pk]),
                word=one.get_state_display(),
                status=one.state,
                day=one.filed_on,
                notes=(one.call.title, *_amount(one.calculation)),
            )
            for one in asked.applications(viewer=viewer).filter(loan=loan)
        ]
        return Section(_("贴息与补贴"), rows, _("没有用这笔贷款申报过补贴。"))
    awards = (
        asked.awards(viewer=viewer).filter(application__loan=loan).select_related("application__call__policy")
    )
    rows = [
        Row(
            line_name(policy_of(one.application.call.policy), one.line),
            url=reverse("subsidies:award", args=[one.pk]),
            day=one.awarded_on,
            notes=(_("%(sum)s 元") % {"sum": yuan_text(fen_of(one.amount), grouped=True)},),
        )
        for one in awards
    ]
    return Section(_("贴息与补贴"), rows) if rows else None


def _amount(calculation: Any) -> tuple[str, ...]:
    if calculation is None:
        return ()
    return (_("%(sum)s 元") % {"sum": yuan_text(fen_of(calculation.total), grouped=True)},)
