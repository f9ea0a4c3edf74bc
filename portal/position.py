"""The bureau's page: a pool's position on a day, from the pools, the ledger and the claims; and the same as a sheet.

All figures come from queries that take the viewer; here they are only put side by side. Cells in 万元 add up as printed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from kernel.acts.models import Act
from kernel.calendars.queries import working_calendar
from kernel.documents.actions import issue
from kernel.errors import Problem
from kernel.money import capitals, wan_table, yuan_text
from kernel.work import jobs, outbox
from riskpool.claims import queries as claims
from riskpool.claims.clocks import clocks_of
from riskpool.claims.models import Claim, ClockEvent, Settlement
from riskpool.pools import queries as pools
from riskpool.pools.models import PoolSeat
from riskpool.pools.versions import procedure_of
from riskpool.treasury.queries import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from finance.parties.models import Membership
    from kernel.days import WorkingCalendar
    from kernel.documents.models import IssuedDocument
    from kernel.money.tables import WanTable
    from kernel.work.models import JobRun
    from riskpool.pools.models import Pool

NEAREST = 3
Seat = PoolSeat.Seat
ENDED = (Claim.State.REFUSED, Claim.State.WITHDRAWN)


@dataclass(frozen=True)
class WaitingClaim:
    """A claim not yet paid, with the working days it has waited of those the procedure gives."""

    claim: Claim
    waited: int
    allowed: int

    @property
    def late(self) -> bool:
        return self.claim.state == Claim.State.FILED and self.waited > self.allowed


@dataclass(frozen=True)
class PoolPage:
    """Everything the bureau's page shows; `table` is reserved and free by source, its row totals are the cash."""

    position: pools.Position
    table: WanTable
    limits: list[pools.LimitView]
    standings: list[pools.ReturnStanding]
    waiting: list[WaitingClaim]
    known_at: dt.datetime | None
    is_now: bool
    seats: frozenset[str]
    frozen: Sequence[Problem] = ()

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row a source: its position with its printed cells."""
        return [
            {"held": held, "reserved": cells[0], "free": cells[1], "cash": total}
            for held, cells, total in zip(
                self.position.sources, self.table.cells, self.table.row_totals, strict=True
            )
        ]

    @property
    def leverage(self) -> str | None:
        return leverage_text(self.position.leverage)

    @property
    def unexplained(self) -> list[pools.SourcePosition]:
        """Sources whose statement differs from the ledger: while there is one, nothing is paid out."""
        return [source for source in self.position.sources if source.unexplained]

    @property
    def open_lines(self) -> list[Problem]:
        """Lines of the bank's statements that nobody has accounted for; asked of now only."""
        return [one for one in self.frozen if one.code == "unexplained_line"]

    @property
    def may_enter(self) -> bool:
        """Whether the viewer's house records money and statements of this pool."""
        return Seat.BUREAU in self.seats or Seat.MANAGER in self.seats

    @property
    def may_agree(self) -> bool:
        """Whether the viewer's house signs agreements and sets limits."""
        return Seat.BUREAU in self.seats

    @property
    def returns_in(self) -> int:
        return sum(standing.complete for standing in self.standings)


def pool_page(
    viewer: Membership, pool_id: UUID, *, on: dt.date, today: dt.date, known_at: dt.datetime | None = None
) -> PoolPage:
    """The page of one pool; Pool.DoesNotExist for who has no seat.

    Use of limits is worked out from the facts of that day when it is not today's; the standing of returns is known as it
    is now, and is left out on another day rather than shown as of the wrong one.
    """
    is_now = on == today and known_at is None
    held = pools.position(viewer=viewer, pool_id=pool_id, on=on, known_at=known_at)
    calendar = working_calendar()
    allowed = procedure_of(held.pool.procedure_id).decision_working_days.whole
    return PoolPage(
        position=held,
        table=wan_table([[source.set_aside, source.free] for source in held.sources], grouped=True),
        limits=pools.limit_views(viewer=viewer, on=on, pool=held.pool, known_at=known_at, as_of_now=is_now),
        standings=pools.return_standings(pool=held.pool, on=on, calendar=calendar) if is_now else [],
        waiting=[
            WaitingClaim(claim, decision_days(claim, calendar, on), allowed)
            for claim in waiting_on(viewer, held.pool, on, known_at)
        ],
        known_at=known_at,
        is_now=is_now,
        frozen=frozen(held.pool) if is_now else (),
        seats=pools.seats_at(viewer=viewer, pool=held.pool),
    )


def decision_days(claim: Claim, calendar: WorkingCalendar, on: dt.date) -> int:
    """Working days that the bureau's desk has used: its clock stands still while the bank owes an answer."""
    clocks = [clock for clock in clocks_of(claim, calendar, on) if clock.desk == ClockEvent.Desk.DECISION]
    return clocks[0].used if clocks else calendar.between(claim.filed_on, on)


def waiting_on(viewer: Membership, pool: Pool, on: dt.date, known_at: dt.datetime | None) -> QuerySet[Claim]:
    """The pool's claims that were filed and neither paid nor ended at the end of a day, as known at a moment."""
    filed = claims.claims(viewer=viewer).filter(enrolment__agreement__pool=pool, filed_on__lte=on)
    paid = Settlement.objects.filter(settled_on__lte=on)
    ended = Claim.objects.filter(state__in=ENDED, decided_on__lte=on)
    if known_at is not None:
        filed, paid = filed.filter(recorded_at__lte=known_at), paid.filter(recorded_at__lte=known_at)
        ended = ended.filter(pk__in=_known_to_have_ended(known_at))
    waiting = filed.exclude(pk__in=paid.values("claim")).exclude(pk__in=ended.values("pk"))
    return waiting.prefetch_related("clock_events__recorded_by__person").order_by("filed_on", "number")


def _known_to_have_ended(known_at: dt.datetime) -> list[str]:
    """Ids of the claims whose refusal or withdrawal stood in the record of acts at a moment."""
    verbs = [f"claim.{state}" for state in ENDED]
    acts = Act.objects.filter(subject_type=Claim._meta.label_lower, verb__in=verbs, at__lte=known_at)
    return list(acts.values_list("subject_id", flat=True))


def leverage_text(leverage: Fraction | None) -> str | None:
    """A multiple with two decimals, cut off (a multiple is not made larger by printing it).

    >>> leverage_text(Fraction(79, 30)), leverage_text(None)
    ('2.63', None)
    """
    if leverage is None:
        return None
    hundredths = leverage.numerator * 100 // leverage.denominator
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def sheet_of(page: PoolPage) -> dict[str, Any]:
    """The content of the one-page sheet: plain values, money as text; 万元 as printed and yuan exactly."""
    held = page.position
    return {
        "pool": held.pool.name,
        "on": held.on.isoformat(),
        "cash": yuan_text(held.cash),
        "cash_capitals": capitals(held.cash),
        "reserved": yuan_text(held.set_aside),
        "free": yuan_text(held.free),
        "exposure": yuan_text(held.exposure),
        "committed": yuan_text(held.committed),
        "live_loans": held.live_loans,
        "leverage": leverage_text(held.leverage),
        "sources": [
            {
                "name": row["held"].source.name,
                "reserved_wan": row["reserved"],
                "free_wan": row["free"],
                "cash_wan": row["cash"],
                "cash": yuan_text(row["held"].cash),
                "stated": yuan_text(row["held"].stated) if row["held"].stated is not None else None,
                "stated_on": row["held"].stated_on.isoformat() if row["held"].stated_on else None,
                "difference": yuan_text(row["held"].difference)
                if row["held"].difference is not None
                else None,
            }
            for row in page.rows
        ],
        "totals_wan": [*page.table.column_totals, page.table.total],
        "limits": [
            {
                "title": view.title,
                "used": yuan_text(view.used),
                "ceiling": yuan_text(view.ceiling),
                "left": yuan_text(view.left),
                "percent": view.percent,
                "reached_on": view.reached_on.isoformat() if view.reached_on else None,
            }
            for view in page.limits[:NEAREST]
        ],
        "returns": [
            {
                "bank": standing.bank.name,
                "period": f"{standing.period:%Y-%m}",
                "received": standing.received,
                "expected": standing.expected,
            }
            for standing in page.standings
        ],
        "waiting": len(page.waiting),
    }


@transaction.atomic
def ask_for_sheet(*, by: Membership, pool_id: UUID, on: dt.date) -> JobRun:
    """Let a worker issue the position of a day: rendering has no place in a request. Pool.DoesNotExist without a seat."""
    pool = pools.pool(viewer=by, pool_id=pool_id)
    job = jobs.queue(kind="portal.position", by=by, title=f"出具 {pool.name} 池况（{on.isoformat()}）")
    payload = {"job": str(job.pk), "membership": str(by.pk), "pool": str(pool_id), "on": on.isoformat()}
    outbox.put(kind="portal.position", payload=payload, effect_key=f"portal.position:{job.pk}")
    return job


def issue_sheet(*, by: Membership, pool_id: UUID, on: dt.date, today: dt.date) -> IssuedDocument:
    """Issue the pool's position of a day as a numbered PDF that anybody can verify."""
    page = pool_page(by, pool_id, on=on, today=today)
    return issue(
        by=by,
        at=timezone.now(),
        kind="pool_position",
        title=f"资金池池况（{on.isoformat()}）",  # the public check shows it: no name in it
        template="pdf/pool_position.html",
        content=sheet_of(page),
        subject=page.position.pool,
    )
