"""Reading organisations, people's roles, payee accounts, and how an enterprise stands: figures and credit facts.

An enterprise's own standing is read by itself and by the finance and IP bureaus of its region; for all others the
enterprise is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db.models import Q

from kernel.errors import Problem, Refused
from kernel.money.fields import fen_of

from .models import CreditFact, EnterpriseFigures, Membership, Organisation, PayeeAccount
from .published import credit_kinds, size_standard
from .regions import region_stem
from .sizes import Size, size_class

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from uuid import UUID

    from django.db.models import QuerySet

    from .credit import CreditKind
    from .models import Account

FEN_IN_WAN = 1_000_000
BUREAUS = (Organisation.Kind.FINANCE_BUREAU, Organisation.Kind.IP_BUREAU)


def memberships_of(account: Account) -> QuerySet[Membership]:
    """The living roles of an account, the oldest first; what a request may choose its viewer from."""
    return (
        Membership.objects.filter(account=account, until__isnull=True, account__is_active=True)
        .select_related("account__person", "organisation")
        .order_by("since", "id")
    )


def in_post(membership_id: str) -> Membership | None:
    """Whoever asked a worker for something, if he still holds that role."""
    held = Membership.objects.select_related("account__person", "organisation")
    return held.filter(pk=membership_id, until=None).first()


def members(*, viewer: Membership) -> QuerySet[Membership]:
    """Who holds which role in the viewer's own organisation today."""
    return (
        Membership.objects.filter(organisation=viewer.organisation_id, until__isnull=True)
        .select_related("account__person", "organisation")
        .order_by("role", "since")
    )


def organisation_by_code(code: str, kind: str | None = None) -> Organisation:
    """The organisation of a code, for commands; Refused with the codes there are when it does not exist."""
    known = Organisation.objects.filter(kind=kind) if kind else Organisation.objects.all()
    found = known.filter(code=code).first()
    if found is None:
        some = "、".join(known.order_by("code").values_list("code", flat=True)[:12])
        raise Refused(
            Problem(
                "机构代码", f"没有 {code}", f"现有：{some}" if some else "请先登记机构", code="no_such_code"
            )
        )
    return found


def payee_in_force(organisation: Organisation, at: dt.datetime | None = None) -> PayeeAccount | None:
    """The account an organisation is paid on, now or as it was recorded by a moment; None when there is none."""
    return payees_in_force([organisation.pk], at).get(organisation.pk)


def payees_in_force(organisations: Iterable[UUID], at: dt.datetime | None = None) -> dict[UUID, PayeeAccount]:
    """The account on which each of these organisations is paid; one that has none is not there."""
    accounts = PayeeAccount.objects.filter(organisation__in=set(organisations))
    if at is not None:
        accounts = accounts.filter(recorded_at__lte=at)
    latest = accounts.order_by("organisation", "-recorded_at", "-id").distinct("organisation")
    return {account.organisation_id: account for account in latest}


def fact_of(enterprise: Organisation, name: str, on: dt.date) -> str | None:
    """What was last said of an enterprise about a day not later than `on`; None when nothing is known."""
    fact = enterprise.facts.filter(name=name, about__lte=on).order_by("-about", "-id").first()
    return fact.value if fact else None


def enterprises(*, viewer: Membership, q: str = "") -> QuerySet[Organisation]:
    """The enterprises whose standing a viewer may see, by name; with the text `q` in name or credit code."""
    house, kept = viewer.organisation, Organisation.objects.filter(kind=Organisation.Kind.ENTERPRISE)
    stem = region_stem(house.region) if house.kind in BUREAUS else ""
    if house.kind == Organisation.Kind.ENTERPRISE:
        kept = kept.filter(pk=house.pk)
    else:
        kept = kept.filter(region__startswith=stem) if stem else kept.none()
    if q:
        kept = kept.filter(Q(name__icontains=q) | Q(credit_code__icontains=q))
    return kept.order_by("name", "pk")


def enterprise(*, viewer: Membership, enterprise_id: UUID) -> Organisation:
    """One of them; Organisation.DoesNotExist for everybody else."""
    return enterprises(viewer=viewer).get(pk=enterprise_id)


def figures(*, viewer: Membership, enterprise: Organisation, on: dt.date) -> list[EnterpriseFigures]:
    """What was last stated of each year by a day, the latest year first; nothing of an enterprise one may not see."""
    seen = EnterpriseFigures.objects.filter(enterprise__in=enterprises(viewer=viewer).order_by())
    known = seen.filter(enterprise=enterprise, known_on__lte=on)
    return list(known.order_by("-year", "-id").distinct("year"))


@dataclass(frozen=True)
class Standing:
    """A credit fact on a day: whether it counts, and the row that took it back, if one is known."""

    fact: CreditFact
    kind: CreditKind
    counts: bool
    withdrawal: CreditFact | None


def credit_facts(*, viewer: Membership, enterprise: Organisation, on: dt.date) -> list[Standing]:
    """The credit facts of an enterprise known by a day, the latest first, each with its standing on that day."""
    seen = CreditFact.objects.filter(enterprise__in=enterprises(viewer=viewer).order_by())
    rows = seen.filter(enterprise=enterprise, known_on__lte=on).select_related("house")
    withdrawals = {row.withdraws_id: row for row in rows if row.withdraws_id}
    facts = sorted(
        (row for row in rows if row.withdraws_id is None),
        key=lambda row: (row.decided_on, row.pk),
        reverse=True,
    )
    return [_standing(fact, withdrawals.get(fact.pk), on) for fact in facts]


def _standing(fact: CreditFact, withdrawal: CreditFact | None, on: dt.date) -> Standing:
    ended = fact.expires_on is not None and fact.expires_on < on
    taken_back = withdrawal is not None and withdrawal.decided_on <= on
    return Standing(fact, credit_kinds()[fact.kind], not ended and not taken_back, withdrawal)


def size_of(row: EnterpriseFigures) -> Size:
    """The size class by a year's figures, as known on the day when they were stated."""
    figures = {
        "staff": row.staff,
        "revenue": None if row.revenue is None else Fraction(fen_of(row.revenue), FEN_IN_WAN),
        "assets": None if row.assets is None else Fraction(fen_of(row.assets), FEN_IN_WAN),
    }
    return size_class(size_standard(), row.industry, figures, row.known_on)


def figures_known(enterprise: Organisation, on: dt.date) -> EnterpriseFigures | None:
    """The last figures of the latest year that were known of an enterprise by a day; the caller was let in to it."""
    return figures_of_each([enterprise.pk], on).get(enterprise.pk)


def figures_of_each(enterprises: Iterable[UUID], on: dt.date) -> dict[UUID, EnterpriseFigures]:
    """The same of many at once; an enterprise that stated none is not there."""
    known = EnterpriseFigures.objects.filter(enterprise__in=set(enterprises), known_on__lte=on)
    latest = known.order_by("enterprise", "-year", "-id").distinct("enterprise")
    return {row.enterprise_id: row for row in latest}


def counting_against(enterprise: Organisation, on: dt.date) -> dict[str, CreditFact]:
    """The credit facts that count on a day by the path of each condition that reads them; the caller was let in."""
    return counting_against_each([enterprise.pk], on).get(enterprise.pk, {})


def counting_against_each(enterprises: Iterable[UUID], on: dt.date) -> dict[UUID, dict[str, CreditFact]]:
    """The same of many at once; an enterprise without any is not there."""
    known = CreditFact.objects.filter(enterprise__in=set(enterprises), known_on__lte=on)
    rows = list(known.select_related("house"))
    withdrawals = {row.withdraws_id: row for row in rows if row.withdraws_id}
    found: dict[UUID, dict[str, CreditFact]] = {}
    for fact in rows:
        if fact.withdraws_id is None and _standing(fact, withdrawals.get(fact.pk), on).counts:
            mine = found.setdefault(fact.enterprise_id, {})
            mine |= dict.fromkeys(credit_kinds()[fact.kind].facts, fact)
    return found
