"""A bank's year under a scheme of level bank_year: who may know of it, its claims, their losses now, its runs. Reads."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from finance.parties.models import Organisation
from kernel.errors import Problem
from kernel.money.fields import fen_of
from riskpool.claims.models import Apportionment, BankYear, Claim
from riskpool.pools import queries as pools
from riskpool.pools.versions import scheme_of
from riskpool.schemes import in_year

if TYPE_CHECKING:
    from riskpool.schemes.terms import Scheme

IN_THE_YEAR = (Claim.State.IN_YEAR, Claim.State.PAID)
_ORDER = ("principal", "principal_net", "interest", "penalty", "costs")  # what collected money lowers first


def years(*, viewer: Any) -> QuerySet[BankYear]:
    """The years that the viewer may know of: a bank its own, those with a seat at a pool the pool's."""
    own = Q(agreement__bank=viewer.organisation_id)
    if viewer.organisation.kind != Organisation.Kind.BANK:
        own = Q(agreement__pool__in=pools.seated(viewer))
    return BankYear.objects.filter(own).select_related("agreement__pool", "agreement__bank", "scheme")


def list_of_years(*, viewer: Any) -> list[dict[str, Any]]:
    """The years with what stands in each: claims that count, those not settled yet, the last run, paid and owed (fen)."""
    told = []
    for year in years(viewer=viewer):
        states = list(
            year.claims.filter(state__in=IN_THE_YEAR).values_list("state", "paid", "owed", "repaid")
        )
        paid, owed, repaid = (sum(int(row[place] * 100) for row in states) for place in (1, 2, 3))
        told.append(
            {
                "year": year, "claims": len(states), "paid": paid, "owed": owed - repaid,
                "waiting": sum(row[0] == Claim.State.IN_YEAR for row in states), "last": year.runs.last(),
            }
        )  # fmt: skip
    return told


def last_day(year: BankYear) -> dt.date:
    """The day whose facts settle the year."""
    return dt.date(year.year, 12, 31)


def facts_day(year: BankYear, on: dt.date) -> dt.date:
    """The day whose facts are used on a day: the last of the year when it is over, else the day itself, as a trial."""
    return min(on, last_day(year))


def claims_in(year: BankYear) -> list[Claim]:
    """The claims that count in a year, in the order in which they were accepted."""
    rows = (
        Claim.objects.filter(bank_year=year, state__in=IN_THE_YEAR, apportionment__seq=1)
        .select_related(
            "enrolment__loan__bank", "enrolment__loan__borrower", "enrolment__loan__terms",
            "enrolment__agreement__pool", "enrolment__agreement__bank", "enrolment__scheme",
        )
        .prefetch_related("recoveries")
    )  # fmt: skip
    return list(rows.order_by("apportionment__on", "apportionment__recorded_at", "number"))


def collected_net(scheme: Scheme, claim: Claim, gross_fen: int = 0, costs_fen: int = 0) -> int:
    """What was collected on a claim in all (fen), net of costs where its scheme takes them off, with one more piece."""
    gross = sum(fen_of(piece.gross) for piece in claim.recoveries.all()) + gross_fen
    costs = sum(fen_of(piece.costs) for piece in claim.recoveries.all()) + costs_fen
    return max(gross - costs, 0) if scheme.recovery.deduct_costs == "first" else gross


def loss_now(scheme: Scheme, claim: Claim, gross_fen: int = 0, costs_fen: int = 0) -> dict[str, int]:
    """The recognised loss of a claim (fen by component) less what was collected on it since: principal first."""
    first = claim.apportionments.get(seq=1)
    net = collected_net(scheme, claim, gross_fen, costs_fen)
    return in_year.lowered(first.inputs["loss"], net, _ORDER)


@dataclass(frozen=True)
class LoweredLoss:
    """What one more piece of recovered money does to the loss of a year's claim (fen)."""

    net_fen: int
    before: int
    after: int


def lowered_losses(claim: Claim, gross_fen: int, costs_fen: int) -> LoweredLoss:
    """The loss of a claim now and with one more piece collected; the year is run again with it."""
    scheme = scheme_of(claim.enrolment.scheme_id)
    return LoweredLoss(
        collected_net(scheme, claim, gross_fen, costs_fen),
        sum(loss_now(scheme, claim).values()),
        sum(loss_now(scheme, claim, gross_fen, costs_fen).values()),
    )


def not_over_problems(year: BankYear, on: dt.date) -> list[Problem]:
    """A year is settled with the facts of its last day, so not before that day is over."""
    if on > last_day(year):
        return []
    return [
        Problem("年度结算", f"{year.year} 年度尚未终了", "现在只能试算，年度终了后再结算", "year_not_over")
    ]


def runs_of(year: BankYear) -> list[dict[str, Any]]:
    """Every run that was carried out, the latest first (fen)."""
    return [
        {
            "seq": run.seq, "on": run.on, "settled_on": run.settled_on, "sha256": run.sha256,
            "claims": len(run.working["claims"]),
            **{name: fen_of(getattr(run, name)) for name in ("covered", "entitled", "paid", "owed")},
        }
        for run in year.runs.order_by("-seq")
    ]  # fmt: skip


def last_parts(year: BankYear) -> list[Apportionment]:
    """The parts of the last run that was carried out, in the order of its claims."""
    last = year.runs.last()
    if last is None:
        return []
    place = {one["reference"]: index for index, one in enumerate(last.working["claims"])}
    rows = last.parts.select_related("claim", "run").prefetch_related("shares")
    return sorted(rows, key=lambda row: place[row.claim.number])
