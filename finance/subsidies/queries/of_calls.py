"""Reading around calls: which an enterprise may apply under, what waits in them, public lists, payment files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q

from finance.loans import queries as loans
from finance.parties.models import Organisation
from finance.parties.regions import region_stem
from finance.subsidies.models import OVER, Application, AwardPayment, PaymentFile, Plan, SubsidyCall
from finance.subsidies.queries import of_applications as asked
from finance.subsidies.shelf import policy_of
from kernel.policystore.models import PolicyVersion
from kernel.policystore.queries import published

if TYPE_CHECKING:
    import datetime as dt
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.loans.models import Loan
    from finance.parties.models import Membership

State = Application.State


def policies_to_open(*, viewer: Membership) -> list[PolicyVersion]:
    """The published policies of a bureau's own region, above and inside it, under which it may open a call, by title."""
    ours = region_stem(viewer.organisation.region)
    return [
        version
        for version in published(PolicyVersion.Kind.SUBSIDY).order_by("title", "version")
        if (policy := policy_of(version)).offered
        and (ours.startswith(stem := region_stem(policy.region)) or stem.startswith(ours))
    ]


def calls_with_counts(
    *, viewer: Membership, only: SubsidyCall | None = None
) -> list[tuple[SubsidyCall, dict[str, int]]]:
    """The viewer's calls (or only one of them), each with how many applications he sees in each state."""
    calls = asked.calls(viewer=viewer).filter(pk=only.pk) if only else asked.calls(viewer=viewer)
    seen = asked.applications(viewer=viewer).filter(call__in=calls.order_by()).order_by()
    counts: dict[Any, dict[str, int]] = {}
    for row in seen.values("call", "state").annotate(n=Count("pk")):
        counts.setdefault(row["call"], {})[row["state"]] = row["n"]
    return [(call, counts.get(call.pk, {})) for call in calls]


def open_to(*, viewer: Membership, on: dt.date) -> list[SubsidyCall]:
    """The calls that take applications on a day and whose policy is of the enterprise's own region; first what closes first.

    An enterprise whose region nobody registered is shown all of them.
    """
    taking = asked.calls(viewer=viewer).filter(
        state=SubsidyCall.State.OPEN, opens_on__lte=on, closes_on__gte=on
    )
    region = viewer.organisation.region
    return [
        call
        for call in taking.order_by("closes_on", "id")
        if not region or region.startswith(region_stem(policy_of(call.policy).region))
    ]


def listed(*, viewer: Membership) -> QuerySet[Application]:
    """What the bureau has put on a list and the enterprise has yet to confirm."""
    return asked.applications(viewer=viewer).filter(state=State.LISTED)


@dataclass(frozen=True)
class Choice:
    """A loan that an enterprise may apply with, or why it rather should not."""

    loan: Loan
    taken: Application | None
    outside: bool

    @property
    def settled_on(self) -> dt.date | None:
        return self.loan.latest_return.settled_on if self.loan.latest_return else None


def loans_to_choose(call: SubsidyCall, *, viewer: Membership) -> list[Choice]:
    """The enterprise's loans, with the application there is already, and whether they were settled outside the call."""
    taken = {
        one.loan_id: one
        for one in asked.applications(viewer=viewer).filter(call=call).exclude(state__in=OVER)
    }
    return [Choice(loan, taken.get(loan.pk), _outside(call, loan)) for loan in loans.loans(viewer=viewer)]


def _outside(call: SubsidyCall, loan: Loan) -> bool:
    settled = loan.latest_return.settled_on if loan.latest_return else None
    if settled is None:
        return bool(call.settled_from or call.settled_to)
    return bool(
        (call.settled_from and settled < call.settled_from) or (call.settled_to and settled > call.settled_to)
    )


# --- public lists: for anybody ---


def public_lists() -> QuerySet[Plan]:
    """The lists that were put before the public, the latest first; they have no viewer, since they are for everybody."""
    return (
        Plan.objects.filter(state__in=[Plan.State.PUBLIC, Plan.State.PAID])
        .select_related("call__bureau", "call__policy")
        .order_by("-published_on", "-id")
    )


# --- payment files ---


def payment_files(*, viewer: Membership) -> QuerySet[PaymentFile]:
    """The payment files of the viewer's calls: for the bureau and whoever audits it."""
    if viewer.organisation.kind == Organisation.Kind.ENTERPRISE:
        return PaymentFile.objects.none()
    return (
        PaymentFile.objects.filter(call__in=asked.calls(viewer=viewer))
        .select_related("call__bureau", "call__policy")
        .order_by("-released_on", "-id")
    )


def payment_file(*, viewer: Membership, file_id: UUID) -> PaymentFile:
    """One of them; PaymentFile.DoesNotExist for everybody else."""
    return payment_files(viewer=viewer).get(pk=file_id)


def failed_payments(*, viewer: Membership) -> QuerySet[AwardPayment]:
    """Payments that failed and that no later one replaces: of a bureau's calls, or to the viewer's own house."""
    tried_again = AwardPayment.objects.filter(state__in=["sent", "succeeded"]).values("award")
    return (
        AwardPayment.objects.filter(Q(award__in=asked.awards(viewer=viewer)), state=AwardPayment.State.FAILED)
        .exclude(award__in=tried_again)
        .select_related("award__payee", "award__application__call", "file", "account")
        .prefetch_related("results")
        .order_by("award_id", "-file__released_on", "-id")
        .distinct("award_id")
    )
