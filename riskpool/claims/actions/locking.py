"""Taking a claim and what stands above it under lock, in the house's order; who may act on it, and in which state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection

from finance.parties.models import Organisation
from finance.parties.seats import permit
from kernel.errors import Problem, Refused
from kernel.work.models import Approval
from riskpool.claims import queries
from riskpool.claims.models import (
    Claim,
)
from riskpool.pools import actions as pools
from riskpool.pools import queries as pool_queries
from riskpool.pools.models import Enrolment, Limit, PoolSeat

if TYPE_CHECKING:
    from uuid import UUID

Seat = PoolSeat.Seat
PREPARES, SIGNS = "finance_bureau.officer", "finance_bureau.approver"


def lock_enrolment(enrolment_id: UUID) -> Enrolment:
    rows = Enrolment.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("agreement__pool", "agreement__bank", "loan__bank", "loan__borrower").get(
        pk=enrolment_id
    )


def lock_claim(
    by: Any,
    claim_id: Any,
    *,
    roles: tuple[str, ...],
    year: int | None,
    as_bank: bool = False,
    pays: bool = False,
    seats: tuple[str, ...] = (Seat.BUREAU,),
    scopes: Sequence[str] = queries.PAYOUT,
) -> tuple[Claim, list[Limit]]:
    """The claim and the limits it moves, locked in the house's order, for somebody who may act on it.

    `year` chooses the payout limits when the claim is accepted; later the year of its acceptance does. Lasting limits are
    locked before those of a year: whoever locks limits of a pool holds the pool, so the two rounds cannot cross.
    """
    assert connection.in_atomic_block
    own = queries.claims(viewer=by).select_related(None)
    seen = own.select_related("enrolment__agreement__pool", "enrolment__loan").get(pk=claim_id)
    if as_bank:
        if seen.enrolment.loan.bank_id != by.organisation_id:
            raise Claim.DoesNotExist
    else:
        require_seat(by, seen, seats)
    permit(by, *roles)
    agreement = seen.enrolment.agreement
    if (
        pays
    ):  # no other payee may take effect between the look and the payment; docs/lock-order.md has its place
        Organisation.objects.select_for_update(no_key=True).get(pk=seen.enrolment.loan.bank_id)
    pools.lock_pool(agreement.pool_id)
    decided_on = Claim.objects.values_list("decided_on", flat=True).get(
        pk=claim_id
    )  # under the lock, not before
    decided_in = decided_on.year if decided_on else None
    of_year = year or decided_in
    payout = [scope for scope in scopes if scope in queries.PAYOUT]
    lasting = [scope for scope in scopes if scope not in queries.PAYOUT]
    limits = []
    loans = [seen.enrolment.loan]
    if lasting:
        limits += pools.lock_limits(agreements=[agreement], scopes=lasting, loans=loans)
    if payout and of_year is not None:
        limits += pools.lock_limits(agreements=[agreement], scopes=payout, year=of_year, loans=loans)
    enrolment = lock_enrolment(seen.enrolment_id)
    claim = Claim.objects.select_for_update(of=("self",), no_key=True).get(pk=claim_id)
    claim.enrolment = enrolment
    return claim, limits


def day_of(approval: Approval) -> dt.date:
    """The business day on which the second person decided: what moves money is dated by it, not by the asking."""
    return approval.decided_on


def require_seat(by: Any, claim: Claim, seats: tuple[str, ...]) -> None:
    if not pool_queries.has_seat(viewer=by, pool=claim.enrolment.agreement.pool, seats=seats):
        raise Claim.DoesNotExist


def require_state(claim: Claim, *states: str) -> None:
    if claim.state not in states:
        wanted = "、".join(str(Claim.State(state).label) for state in states)
        raise Refused(
            Problem("补偿申请", f"{claim.number} {claim.get_state_display()}", f"只有{wanted}时可办", "state")
        )
