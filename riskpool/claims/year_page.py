"""What the page of a bank's year shows to one viewer: its claims, the runs carried out, and to the pool's seats what it
comes to now, with its working, its effect on free money and limits, and what would move against what was paid before."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from kernel.errors import Refused
from kernel.marks import Mark
from kernel.money.fields import fen_of
from kernel.work.models import Approval
from riskpool.claims import queries
from riskpool.claims.models import BankYear
from riskpool.claims.page import grouped_working
from riskpool.claims.year_preview import YearPreview, year_preview
from riskpool.claims.years import (
    claims_in,
    last_day,
    last_parts,
    loss_now,
    not_over_problems,
    runs_of,
)
from riskpool.pools import queries as pools
from riskpool.pools.metrics import Value
from riskpool.pools.models import PoolSeat
from riskpool.pools.versions import procedure_of, scheme_of

if TYPE_CHECKING:
    from finance.parties.models import Membership

Seat = PoolSeat.Seat


def year_page(year: BankYear, viewer: Membership, on: dt.date) -> dict[str, Any]:
    """The context of the page; the viewer was let in to the year."""
    pool = year.agreement.pool
    scheme = scheme_of(year.scheme_id)
    context: dict[str, Any] = {
        "year": year,
        "on": on,
        "last_day": last_day(year),
        "over": on > last_day(year),
        "scheme": scheme,
        "sources": [{"mark": Mark(source.status), "what": source.what} for source in scheme.sources],
        "rows": claim_rows(year),
        "runs": runs_of(year),
        "asked": Approval.objects.filter(
            kind="claims.settle_year", subject_id=str(year.pk), state=Approval.State.ASKED
        )
        .select_related("maker__person")
        .first(),
        "own_side": pools.has_seat(viewer=viewer, pool=pool, seats=(Seat.BUREAU,)),
    }
    if not pools.has_seat(viewer=viewer, pool=pool, seats=tuple(Seat.values)):
        return context
    return context | _tried(year, on) | {"warn_at": procedure_of(pool.procedure_id).warn_at.value}


def claim_rows(year: BankYear) -> list[dict[str, Any]]:
    """Every claim that counts in the year, in the order of acceptance, as it stands (fen)."""
    scheme = scheme_of(year.scheme_id)
    entitled = {
        row.claim_id: sum(fen_of(share.borne) for share in row.shares.all() if share.source_id)
        for row in last_parts(year)
    }
    return [
        {
            "claim": claim,
            "accepted_on": claim.decided_on,
            "loss": sum(loss_now(scheme, claim).values()),
            "recovered": fen_of(claim.recovered_gross),
            "entitled": entitled.get(claim.pk),
            "paid": fen_of(claim.paid),
            "owed": fen_of(claim.owed),
            "repaid": fen_of(claim.repaid),
        }
        for claim in claims_in(year)
    ]


def _tried(year: BankYear, on: dt.date) -> dict[str, Any]:
    """The year as it comes to now, or why it cannot be calculated."""
    try:
        preview = year_preview(year, on)
    except Refused as refused:
        return {"blocks": [*refused.problems, *not_over_problems(year, on)]}
    names = queries.party_names(preview.parts[0].claim, preview.scheme)
    return {
        "preview": preview,
        "facts": facts_of(preview),
        "steps": grouped_working(preview.calculated.year.working, names),
        "notes": preview.calculated.year.notes,
        "blocks": [*not_over_problems(year, on), *preview.problems],
    }


def facts_of(preview: YearPreview) -> list[dict[str, Any]]:
    """The facts that were used: title, value as the engine takes it, of which day, how obtained, the article."""
    return [
        {
            "title": value.entry.title,
            "text": f"{Decimal(value.text):,.2f}" if value.entry.unit == "yuan" else value.text,
            "yuan": value.entry.unit == "yuan",
            "day": value.day,
            "obtained": _("已陈述") if value.obtained == "stated" else _("系统计算"),
            "article": value.entry.article,
            "mark": Mark(value.entry.status),
        }
        for value in preview.values.values()
        if isinstance(value, Value)
    ]
