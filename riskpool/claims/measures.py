"""How the metrics that count earlier claims are computed: before this claim and without it.

An accepted claim counts before it is paid: of two claims that would pass a cap together the second is cut. As of a day,
the claims decided by then.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db.models import F, QuerySet, Sum

from kernel.money.yuan import yuan_text
from riskpool.claims.models import Apportionment, BorneShare, Claim
from riskpool.claims.queries import DECIDED
from riskpool.pools.catalogue import Entry
from riskpool.pools.metrics import Asked, Unknown, Value, source
from riskpool.pools.using import Payee
from riskpool.pools.versions import scheme_of

if TYPE_CHECKING:
    from uuid import UUID


def promised(asked: Asked, **which: Any) -> QuerySet[Claim]:
    """Claims of the asked pool accepted by the day and not refused since, those in hand left out."""
    rows = Claim.objects.filter(
        state__in=DECIDED,  # what waits for its bank's year holds nothing yet, but its loss was taken as covered
        enrolment__agreement__pool=asked.pool,
        apportionment__seq=F("accepted_seq"),  # the acceptance
        apportionment__on__lte=asked.on,
        **which,
    )
    if asked.known_at is not None:
        rows = rows.filter(apportionment__recorded_at__lte=asked.known_at)
    if asked.without:
        rows = rows.exclude(pk__in=asked.without)
    return rows.exclude(pk=asked.claim.pk) if asked.claim is not None else rows


def standing(rows: QuerySet[Claim], asked: Asked) -> QuerySet[Apportionment]:
    """Of each claim the calculation that stood at the end of the day: the last made by then."""
    made = Apportionment.objects.filter(claim__in=rows, on__lte=asked.on, taken_back=None)
    if asked.known_at is not None:
        made = made.filter(recorded_at__lte=asked.known_at)
    return Apportionment.objects.filter(pk__in=made.order_by("claim", "-seq").distinct("claim").values("pk"))


def _fen(total: Any) -> int:
    return int((total or 0) * 100)


@source("paid_this_year")
def paid_this_year(entry: Entry, asked: Asked) -> Value | Unknown:
    """What the pool has paid, or has accepted and will pay, of claims of the day's year: to a bank, or by a scheme."""
    which: dict[str, Any] = {"apportionment__on__year": asked.on.year}
    if entry.settings["of"] == "bank":
        if asked.agreement is None:
            return Unknown(entry.name, "没有指明银行")
        which["enrolment__agreement__bank"] = asked.agreement.bank_id
    else:
        if asked.version is None:
            return Unknown(entry.name, "没有指明方案")
        which["enrolment__scheme__family"] = asked.version.family
    rows = promised(asked, **which)
    fen = _fen(rows.aggregate(total=Sum("reserved"))["total"])
    return Value(entry.name, yuan_text(fen), asked.on, numerator=fen, rows=rows.count())


@source("eligible_used_this_year")
def eligible_used_this_year(entry: Entry, asked: Asked) -> Value | Unknown:
    """What of a borrower's losses was taken as covered this year by claims accepted before."""
    if asked.loan is None:
        return Unknown(entry.name, "没有指明借款企业")
    rows = promised(
        asked, apportionment__on__year=asked.on.year, enrolment__loan__borrower=asked.loan.borrower_id
    )
    fen = _fen(standing(rows, asked).aggregate(total=Sum("covered"))["total"])
    return Value(entry.name, yuan_text(fen), asked.on, numerator=fen, rows=rows.count())


@source("batch_paid")
def batch_paid(entry: Entry, asked: Asked) -> Value | Unknown:
    """What all but the lender bear of the claims accepted before under the agreement and the scheme version: a batch."""
    if asked.agreement is None or asked.version is None:
        return Unknown(entry.name, "没有指明协议或方案")
    rows = promised(asked, enrolment__agreement=asked.agreement, enrolment__scheme=asked.version)
    shares = BorneShare.objects.filter(apportionment__in=standing(rows, asked)).exclude(
        party=scheme_of(asked.version.pk).lender
    )
    fen = _fen(shares.aggregate(total=Sum("borne"))["total"])
    return Value(entry.name, yuan_text(fen), asked.on, numerator=fen, rows=rows.count())


def payees(pool_id: UUID) -> Iterable[Payee]:
    """Of whom a pool holds or has paid money for claims, and in which year they were accepted."""
    rows = Claim.objects.filter(reserved__gt=0, enrolment__agreement__pool=pool_id).values_list(
        "enrolment__agreement", "enrolment__loan__borrower", "enrolment__loan", "decided_on__year"
    )
    return [Payee(*row) for row in rows]
