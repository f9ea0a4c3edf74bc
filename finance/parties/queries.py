"""Reading organisations, people's roles and payee accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.errors import Problem, Refused

from .models import Membership, Organisation, PayeeAccount

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

    from .models import Account


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
    accounts = PayeeAccount.objects.filter(organisation=organisation)
    if at is not None:
        accounts = accounts.filter(recorded_at__lte=at)
    return accounts.order_by("-recorded_at", "-id").first()


def fact_of(enterprise: Organisation, name: str, on: dt.date) -> str | None:
    """What was last said of an enterprise about a day not later than `on`; None when nothing is known."""
    fact = enterprise.facts.filter(name=name, about__lte=on).order_by("-about", "-id").first()
    return fact.value if fact else None
