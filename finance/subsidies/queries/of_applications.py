"""Reading calls, applications, plans and awards. Every question takes the viewer; what one may not see does not exist.

A call is open to every enterprise (it is announced); an application to its enterprise and to the bureau of its call, to an
auditor of the bureau's region, and to the bank or guarantor that is paid by it, which sees its award and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from finance.parties.models import Organisation
from finance.parties.regions import region_stem
from finance.subsidies.facts import Case
from finance.subsidies.metering import metered
from finance.subsidies.models import (
    Application,
    ApplicationFact,
    Award,
    AwardPayment,
    Plan,
    Step,
    SubsidyCall,
)
from finance.subsidies.shelf import policy_of
from finance.subsidies.stating import plain_of
from kernel.money.fields import fen_of
from kernel.money.yuan import yuan_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.loans.models import Loan
    from finance.parties.models import Membership
    from finance.subsidies.metering import Metered
    from finance.subsidies.terms import Policy

Kind = Organisation.Kind
Standing = ApplicationFact.Standing
NOBODY = Q(pk__in=())


def calls(*, viewer: Membership) -> QuerySet[SubsidyCall]:
    """A bureau's own calls; every call for an enterprise; an auditor those of its region and inside it; the latest first."""
    kind = viewer.organisation.kind
    if kind == Kind.ENTERPRISE:
        seen = Q()
    elif kind == Kind.FINANCE_BUREAU:
        seen = Q(bureau=viewer.organisation_id)
    elif kind == Kind.AUDITOR:
        seen = in_region_of(viewer, "bureau")
    else:
        seen = NOBODY
    return SubsidyCall.objects.filter(seen).select_related("bureau", "policy").order_by("-opens_on", "-id")


def in_region_of(viewer: Membership, bureau: str) -> Q:
    """A bureau of the viewer's region or of a region inside it; nobody's for a viewer without a region."""
    stem = region_stem(viewer.organisation.region)
    return Q(**{f"{bureau}__region__startswith": stem}) if stem else NOBODY


def call(*, viewer: Membership, call_id: UUID) -> SubsidyCall:
    """One of them; SubsidyCall.DoesNotExist for everybody else."""
    return calls(viewer=viewer).get(pk=call_id)


def _seen_by(viewer: Membership) -> Q:
    kind = viewer.organisation.kind
    if kind == Kind.ENTERPRISE:
        return Q(enterprise=viewer.organisation_id)
    unfiled = Q(state=Application.State.DRAFT) | Q(state=Application.State.WITHDRAWN, filed_on=None)
    if kind == Kind.FINANCE_BUREAU:
        return Q(call__bureau=viewer.organisation_id) & ~unfiled
    if kind == Kind.AUDITOR:
        return in_region_of(viewer, "call__bureau") & ~unfiled
    return NOBODY


def applications(*, viewer: Membership) -> QuerySet[Application]:
    """The applications a viewer may see, the first filed first."""
    return (
        Application.objects.filter(_seen_by(viewer))
        .select_related(
            "call__policy",
            "call__bureau",
            "enterprise",
            "loan__bank",
            "loan__terms",
            "calculation",
            "account",
        )
        .order_by("filed_at", "id")
    )


def application(*, viewer: Membership, application_id: UUID) -> Application:
    """One of them; Application.DoesNotExist for everybody else."""
    return applications(viewer=viewer).get(pk=application_id)


def plans(*, viewer: Membership) -> QuerySet[Plan]:
    """The plans of the calls a bureau or an auditor sees; an enterprise sees public lists by `public_lists`."""
    if viewer.organisation.kind == Kind.ENTERPRISE:
        return Plan.objects.none()
    return Plan.objects.filter(call__in=calls(viewer=viewer)).select_related("call__policy", "call__bureau")


def plan(*, viewer: Membership, plan_id: UUID) -> Plan:
    """One of them; Plan.DoesNotExist for everybody else."""
    return plans(viewer=viewer).get(pk=plan_id)


@dataclass(frozen=True)
class Support:
    """What a bureau awarded and what arrived in a period, in fen; both less what was taken or came back by its end."""

    awards: int
    awarded_fen: int
    payments: int
    paid_fen: int


def support_in(*, viewer: Membership, first: dt.date, last: dt.date) -> Support:
    """The support by the viewer's own calls, by the day of the award and by the day of the bank's answer (both days in).

    A payment counts from its first success; one that came back (退票) by `last` does not. Money given back is taken off up
    to `last`, whenever it had been paid within the period: a later day asks for no other figure of an earlier one.
    """
    found = awards(viewer=viewer).prefetch_related("claw_backs", "payments__results", "claw_backs__receipts")
    awarded, paid = [], []
    for one in found:
        back = [row for row in one.claw_backs.all() if row.decided_on <= last]
        if first <= one.awarded_on <= last:
            awarded.append(fen_of(one.amount) - sum(fen_of(row.amount) for row in back))
        arrived = [row for row in one.payments.all() if _arrived_in(row, first, last)]
        if arrived:
            given_back = sum(
                min(
                    fen_of(claw_back.amount),
                    sum(fen_of(row.amount) for row in claw_back.receipts.all() if row.day <= last),
                )
                for claw_back in back
            )
            paid.append(sum(fen_of(row.amount) for row in arrived) - given_back)
    return Support(len(awarded), sum(awarded), len(paid), sum(paid))


def _arrived_in(payment: AwardPayment, first: dt.date, last: dt.date) -> bool:
    known = sorted((row for row in payment.results.all() if row.day <= last), key=lambda row: row.pk)
    if not known or not known[-1].succeeded:
        return False
    since = known[-1].day
    for row in reversed(known):  # told twice, it arrived when it was told first
        if not row.succeeded:
            break
        since = row.day
    return since >= first


def awards(*, viewer: Membership) -> QuerySet[Award]:
    """What the viewer's organisation was awarded, or awarded as the bureau; the latest first."""
    of_calls = viewer.organisation.kind in (Kind.FINANCE_BUREAU, Kind.AUDITOR)
    mine = Q(application__call__in=calls(viewer=viewer)) if of_calls else Q(payee=viewer.organisation_id)
    return (
        Award.objects.filter(mine)
        .select_related("application__call__bureau", "payee")
        .order_by("-awarded_on", "id")
    )


def left_of(award: Award) -> int:
    """What of an award was not asked back yet (fen)."""
    return fen_of(award.amount) - sum(fen_of(one.amount) for one in award.claw_backs.all())


# --- what is known of an application ---


@dataclass(frozen=True)
class Stated:
    """The statement of a fact that counts: the last one; a rejected one counts as missing."""

    row: ApplicationFact

    @property
    def value(self) -> Any:
        return None if self.row.standing == Standing.REJECTED else self.row.value


def facts_of(application: Application) -> dict[str, Stated]:
    """The last statement of each fact by its path."""
    return facts_of_each([application])[application.pk]


def facts_of_each(applications: Iterable[Application]) -> dict[UUID, dict[str, Stated]]:
    """The same of many at once, each application there."""
    found: dict[UUID, dict[str, Stated]] = {one.pk: {} for one in applications}
    rows = ApplicationFact.objects.filter(application__in=list(found)).select_related("recorded_by__person")
    for row in rows.order_by("application", "path", "-id").distinct("application", "path"):
        found[row.application_id][row.path] = Stated(row)
    return found


def granted_of_each(applications: Iterable[Application]) -> dict[UUID, dict[str, int]]:
    """What the officer entered for lines of which the policy only states the most (fen), at the last review of each."""
    found: dict[UUID, dict[str, int]] = {one.pk: {} for one in applications}
    reviews = Step.objects.filter(application__in=list(found), kind=Step.Kind.REVIEWED)
    for review in reviews.order_by("application", "-id").distinct("application"):
        found[review.application_id] = {item["line"]: item["fen"] for item in review.items if "line" in item}
    return found


def case_of(application: Application, *, on: dt.date, granted: dict[str, int] | None = None) -> Case:
    """The application as the engine reads it on a day: the facts that count, the day it was filed, what was granted.

    Refused when what was stated cannot be read (a form had let it through: a programmer's or a law's change).
    """
    entered = granted_of_each([application])[application.pk] if granted is None else granted
    return read_case(application, facts_of(application), entered, on)


def read_case(
    application: Application, facts: Mapping[str, Stated], granted: Mapping[str, int], on: dt.date
) -> Case:
    """The same, of facts and figures that are at hand."""
    plain = plain_of({path: stated.value for path, stated in facts.items()})
    plain["evaluated_on"] = on.isoformat()
    plain["application_date"] = (application.filed_on or on).isoformat()
    plain["granted"] = {line: yuan_text(fen) for line, fen in granted.items()}
    return Case.from_plain(plain)


def parties_of(enterprise: UUID, loan: Loan | None) -> dict[str, str]:
    """Who is who for the scopes of limits, by id; a party that is not there is left out."""
    found = {"enterprise": str(enterprise)}
    if loan is not None:
        found |= {"bank": str(loan.bank_id), "loan": str(loan.pk)}
        if loan.terms is not None and loan.terms.guarantor_id is not None:
            found["guarantor"] = str(loan.terms.guarantor_id)
    return found


def metered_of(application: Application, case: Case, policy: Policy | None = None) -> list[Metered]:
    """The limits an application meets."""
    version = application.call.policy
    return metered(
        policy or policy_of(version),
        version.family,
        case,
        parties_of(application.enterprise_id, application.loan),
    )


def payee_of(application: Application, payee: str) -> Organisation | None:
    """The organisation that a line pays; None if the application has none of that kind."""
    loan = application.loan
    if payee in ("enterprise", "mark_owner"):
        return application.enterprise
    if payee == "bank":
        return loan.bank if loan else None
    return loan.terms.guarantor if loan and loan.terms else None
