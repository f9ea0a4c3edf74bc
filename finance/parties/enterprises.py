"""Enterprises as banks name them: found by credit code, recorded when they are new, their other names kept as facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction

from kernel.errors import Problem, Refused

from .models import EnterpriseFact, Organisation

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from .models import Membership

NAME = "name"


@dataclass(frozen=True)
class NamedEnterprise:
    """What a bank says of a borrower: credit code (capitals, no blanks), name, district."""

    credit_code: str
    name: str
    district: str = ""


def holders_of_codes(credit_codes: Iterable[str]) -> dict[str, Organisation]:
    """The organisations that have these credit codes, by code, of whatever kind they are."""
    found = Organisation.objects.filter(credit_code__in=set(credit_codes))
    return {organisation.credit_code: organisation for organisation in found}


@transaction.atomic
def known_enterprises(
    *, by: Membership | None, named: Iterable[NamedEnterprise], about: dt.date, source: str
) -> dict[str, Organisation]:
    """The enterprises of these credit codes, by code; those not yet known are recorded under it.

    The region of a new one is the registrar's, digits 3 to 8 of the code (GB 32100-2015). Another name than the
    recorded one is kept as a fact "name" about the day; the recorded name stays. Refused: a code that belongs to an
    organisation of another kind. The caller records the act.
    """
    assert connection.in_atomic_block
    first_named = {one.credit_code: one for one in reversed(list(named))}
    known = holders_of_codes(first_named)
    unknown = sorted(first_named.keys() - known.keys())  # one order for all banks: no two filings deadlock
    new = [
        Organisation(
            kind=Organisation.Kind.ENTERPRISE,
            code=code,
            name=first_named[code].name,
            short_name=first_named[code].name[:40],
            credit_code=code,
            region=code[2:8],
            district=first_named[code].district,
        )
        for code in unknown
    ]
    Organisation.objects.bulk_create(new, ignore_conflicts=True)
    holders = {**known, **holders_of_codes(unknown)}
    strangers = [holder for holder in holders.values() if holder.kind != Organisation.Kind.ENTERPRISE]
    if strangers:
        raise Refused(not_an_enterprise(holder) for holder in strangers)
    _keep_other_names(by, holders, first_named, about, source)
    return holders


def not_an_enterprise(holder: Organisation) -> Problem:
    """What is told when a borrower's code is a bank's or a bureau's."""
    found = f"{holder.credit_code} 是{holder.get_kind_display()}“{holder.name}”的代码"
    return Problem("统一社会信用代码", found, "请填写借款企业的代码", code="not_an_enterprise")


def _keep_other_names(
    by: Membership | None,
    holders: dict[str, Organisation],
    named: dict[str, NamedEnterprise],
    about: dt.date,
    source: str,
) -> None:
    other = {code: one for code, one in named.items() if one.name != holders[code].name}
    if not other:
        return
    told = set(
        EnterpriseFact.objects.filter(
            enterprise__in=[holders[code] for code in other], name=NAME
        ).values_list("enterprise_id", "value")
    )
    EnterpriseFact.objects.bulk_create(
        EnterpriseFact(
            enterprise=holders[code],
            name=NAME,
            value=one.name,
            about=about,
            source=source,
            recorded_by=by.account if by else None,
        )
        for code, one in other.items()
        if (holders[code].pk, one.name) not in told
    )
